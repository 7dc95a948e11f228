"""What a generateContent call says: where its texts and data lie, and what it may cost beyond the model's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers.google_generate import spelling
from akios_jail.providers.neutral import Path, Payload, TextAt, ToolCall, string_paths
from akios_jail.providers.strictjson import Unreadable

#: Tools that the agent runs: nothing is billed beyond the tokens of the call.
_CLIENT_TOOLS = ("functionDeclarations", "computerUse")
#: Settings by which something else than one answer of the named model is billed.
_BEYOND = {
    "routingConfig": "the provider chooses what runs and what it costs",
    "modelSelectionConfig": "the provider chooses what runs and what it costs",
    "automaticContinuation": "the provider goes on beyond the output limit",
}


def read_contents(at: Path, root: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    """Texts and data of a request object, or of the request within a countTokens call."""
    keys = spelling.keys(root)
    for name, role in (("systemInstruction", "system"), ("contents", "")):
        if name in keys:
            for where, content in spelling.objects((*at, keys[name]), root[keys[name]]):
                _content(where, content, role, texts, payloads)
    if "tools" in keys:
        for where, tool in spelling.objects((*at, keys["tools"]), root[keys["tools"]]):
            texts.extend(TextAt(place, "definition") for place in string_paths(where, tool))
    for name in ("cachedContent", "continuationToken"):
        if name in keys and root[keys[name]]:
            payloads.append(Payload((*at, keys[name]), "file", "reference", ""))


def provider_tools(root: dict[str, Any]) -> tuple[str, ...]:
    """The tools that the provider runs itself."""
    names: list[str] = []
    for _, tool in spelling.objects(("tools",), spelling.value(root, "tools")):
        client = [spelling.keys(tool).get(name) for name in _CLIENT_TOOLS]
        names += [key[:60] for key, value in tool.items() if key not in client and value not in (None, False)]
    return tuple(names)


def unbounded(root: dict[str, Any]) -> tuple[str, ...]:
    """What makes the cost of the call impossible to bound in advance."""
    reasons = [f"the provider runs this tool itself and bills what it reads ({name})" for name in provider_tools(root)]
    for settings in (root, spelling.inner(root, "generationConfig")):
        for name, why in _BEYOND.items():
            if spelling.value(settings, name) not in (None, False):
                reasons.append(f"{why} ({name})")
    if tier(root) not in ("", "unspecified", "standard", "flex"):
        reasons.append(f"the price list does not have the prices of this service tier ({tier(root)[:60]})")
    return tuple(reasons)


def tier(root: dict[str, Any]) -> str:
    """The service tier that is asked for, in lower case; "" for none."""
    stated = spelling.value(root, "serviceTier")
    if stated is None:
        return ""
    if not isinstance(stated, str):
        raise Unreadable("its serviceTier is not text")
    return stated.lower().removeprefix("service_tier_")


def results(document: dict[str, Any]) -> Iterator[tuple[ToolCall, Path]]:
    """The tool results of a call, each with the place of what it says."""
    keys = spelling.keys(document)
    if "contents" not in keys:
        return
    for at, content in spelling.objects((keys["contents"],), document[keys["contents"]]):
        parts = spelling.keys(content).get("parts")
        if parts is None:
            continue
        for where, part in spelling.objects((*at, parts), content[parts]):
            key = spelling.keys(part).get("functionResponse")
            answer = part.get(key) if key is not None else None
            if not isinstance(answer, dict) or key is None:
                continue
            inside = spelling.keys(answer).get("response")
            if inside is not None:
                call = ToolCall(
                    str(spelling.value(answer, "id") or ""), str(spelling.value(answer, "name") or ""), None
                )
                yield call, (*where, key, *_said((inside,), answer[inside]))


def called(function: Any) -> ToolCall:
    """The tool call that a functionCall is, or that a functionResponse answers. `Unreadable` without a name."""
    if not isinstance(function, dict):
        raise Unreadable("a functionCall or functionResponse of it is not an object")
    name, number = spelling.value(function, "name"), spelling.value(function, "id")
    arguments = spelling.value(function, "args")
    if not isinstance(name, str) or name == "":
        raise Unreadable("a functionCall or functionResponse of it names no function")
    if number is not None and not isinstance(number, str):
        raise Unreadable("the id of a functionCall of it is not text")
    if arguments is not None and not isinstance(arguments, dict):
        raise Unreadable("the args of a functionCall of it are not an object")
    if spelling.value(function, "partialArgs") or spelling.value(function, "willContinue"):
        raise Unreadable("a functionCall of it comes in pieces, which only the agent could put together")
    return ToolCall(number or "", name, {} if arguments is None else arguments)


def _said(at: Path, response: Any) -> Path:
    """Where the text of a result is: its one field, if it has one only and that is text."""
    if isinstance(response, dict) and len(response) == 1:
        ((key, value),) = response.items()
        if isinstance(value, str):
            return (*at, key)
    return at


def _content(at: Path, content: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    keys = spelling.keys(content)
    if role == "":
        said = content.get(keys.get("role", ""))
        role = "assistant" if isinstance(said, str) and said.lower() == "model" else "user"
    if "parts" in keys:
        for where, part in spelling.objects((*at, keys["parts"]), content[keys["parts"]]):
            _part(where, part, role, texts, payloads)


def _part(at: Path, part: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    names = {key: name for name, key in spelling.keys(part).items()}
    for key, value in part.items():
        name, where = names.get(key, ""), (*at, key)
        if name == "inlineData" and isinstance(value, dict):
            _data(where, value, payloads)
        elif name == "fileData" and isinstance(value, dict):
            keys = spelling.keys(value)
            kind, media_type = _kind(value.get(keys.get("mimeType", "")))
            payloads.append(Payload((*where, keys.get("fileUri", "fileUri")), kind, "reference", media_type))
        elif name == "thoughtSignature" and isinstance(value, str):
            payloads.append(Payload(where, "opaque", "base64", ""))
        elif name == "functionResponse" and isinstance(value, dict):
            _response(where, value, texts, payloads)
        elif name == "functionCall" and isinstance(value, dict):
            asked = spelling.keys(value).get("args")
            if asked is not None:
                texts.extend(TextAt(place, "assistant") for place in string_paths((*where, asked), value[asked]))
        else:
            texts.extend(TextAt(place, role) for place in string_paths(where, value))


def _response(at: Path, value: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    keys = spelling.keys(value)
    if "response" in keys:
        said = string_paths((*at, keys["response"]), value[keys["response"]])
        texts.extend(TextAt(place, "tool") for place in said)
    if "parts" in keys:
        for where, part in spelling.objects((*at, keys["parts"]), value[keys["parts"]]):
            _part(where, part, "tool", texts, payloads)


def _data(at: Path, blob: dict[str, Any], payloads: list[Payload]) -> None:
    keys = spelling.keys(blob)
    kind, media_type = _kind(blob.get(keys.get("mimeType", "")))
    payloads.append(Payload((*at, keys.get("data", "data")), kind, "base64", media_type))


def _kind(media_type: Any) -> tuple[str, str]:
    media_type = media_type if isinstance(media_type, str) else ""
    kind = media_type.partition("/")[0].lower()
    return (kind if kind in ("image", "audio") else "file"), media_type
