"""What a chat completions call says: where its texts and data lie, which tools it offers, what it may cost beyond."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.neutral import Path, Payload, TextAt, ToolCall, string_paths
from akios_jail.providers.strictjson import Unreadable

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.=+-]+)*;base64,")
#: Families that think nowhere but in the text that they show.
_SHOWS_ALL = re.compile(r"(?:ft:)?(?:gpt-3\.5|gpt-4|gpt-4o|gpt-4\.1|chatgpt-4o)(?:[-:]|$)")
#: Searches that the provider makes by itself.
SEARCHES = ("web_search_options", "search_parameters", "enable_search", "plugins", "compound_custom")
#: Models that search the web whether they are asked to or not.
_SEARCHES_ITSELF = re.compile(r"-search-(?:preview|api)|:online$|^(?:groq/)?compound(?:-|$)")
#: Ways of asking for more than the model's own answer to this prompt, and what each is.
BEYOND = {
    "web_search_options": "the provider's web search bills by what it finds",
    "search_parameters": "the provider's web search bills by what it finds",
    "enable_search": "the provider's web search bills by what it finds",
    "prediction": "a predicted output is billed beyond the output limit",
    "models": "the provider chooses what runs and what it costs",
    "plugins": "the provider chooses what runs and what it costs",
    "route": "the provider chooses what runs and what it costs",
    "compound_custom": "the provider chooses what runs and what it costs",
    "preset": "the provider chooses what runs and what it costs",
}


def read_message(at: Path, message: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    role = message.get("role")
    role = {"developer": "system", "function": "tool"}.get(role, role) if isinstance(role, str) else "user"
    content = message.get("content")
    if isinstance(content, str):
        texts.append(TextAt((*at, "content"), role))
    elif isinstance(content, list):
        for index, part in enumerate(content):
            if not isinstance(part, dict):
                raise Unreadable("a part of a message's content is not an object")
            _part((*at, "content", index), part, role, texts, payloads)
    elif content is not None:
        raise Unreadable("a message's content is neither text nor a list of parts")
    if isinstance(message.get("audio"), dict):
        payloads.append(Payload((*at, "audio", "id"), "audio", "reference", ""))
    for index, tool_call in enumerate(fields.objects(message, "tool_calls")):
        for kind, key in (("function", "arguments"), ("custom", "input")):
            if isinstance(tool_call.get(kind), dict) and isinstance(tool_call[kind].get(key), str):
                texts.append(TextAt((*at, "tool_calls", index, kind, key), "assistant"))


def _part(at: Path, part: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = part.get("type")
    inner = part.get(kind) if isinstance(kind, str) else None
    if kind in ("text", "refusal") and isinstance(inner, str):
        texts.append(TextAt((*at, kind), role))
    elif kind == "image_url" and isinstance(inner, (dict, str)):
        where: Path = (*at, "image_url", "url") if isinstance(inner, dict) else (*at, "image_url")
        url = inner.get("url") if isinstance(inner, dict) else inner
        payloads.append(data_url(where, "image", url))
    elif kind == "input_audio" and isinstance(inner, dict):
        payloads.append(Payload((*at, "input_audio", "data"), "audio", "base64", f"audio/{inner.get('format')}"))
    elif kind == "file" and isinstance(inner, dict):
        if isinstance(inner.get("file_data"), str):
            payloads.append(data_url((*at, "file", "file_data"), "file", inner["file_data"]))
        else:
            payloads.append(Payload((*at, "file", "file_id"), "file", "reference", ""))
    else:
        texts.extend(TextAt(where, role) for where in string_paths(at, part))


def data_url(at: Path, kind: str, url: Any) -> Payload:
    """The payload that a URL is: the data itself in a data URL, and a reference in any other."""
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    if match is None:
        return Payload(at, kind, "reference", "")
    return Payload(at, kind, "data_url", match.group(1) or "")


def unbounded(provider: str, model: str, document: dict[str, Any]) -> tuple[str, ...]:
    reasons = [f"{why} ({key})" for key, why in BEYOND.items() if document.get(key) not in (None, False)]
    if provider == "openrouter":
        # A variant searches the web or chooses a dearer server, and so does a preference of servers.
        if ":" in model and not model.endswith((":free", ":floor")):
            reasons.append(f"the provider chooses what runs and what it costs ({model[-60:]})")
        if document.get("provider") is not None:
            reasons.append("the provider chooses what runs and what it costs (provider)")
    for name in (*_hosted(document), *_by_model(model)):
        reasons.append(f"the provider runs this tool itself and bills what it reads ({name})")
    return tuple(reasons)


def provider_tools(model: str, document: dict[str, Any]) -> tuple[str, ...]:
    """What the provider runs by itself for this call: nobody can rule on what it is asked."""
    named = [key for key in SEARCHES if document.get(key) not in (None, False)]
    return (*_hosted(document), *named, *_by_model(model))


def _hosted(document: dict[str, Any]) -> list[str]:
    kinds = [tool.get("type") for tool in fields.objects(document, "tools")]
    return [str(kind)[:60] for kind in kinds if kind not in ("function", "custom")]


def _by_model(model: str) -> list[str]:
    return ["web_search"] if _SEARCHES_ITSELF.search(model.lower()) else []


def results(document: dict[str, Any]) -> list[tuple[ToolCall, Path]]:
    """The tool results that the call tells, with what they answer as far as the conversation shows it."""
    asked: dict[str, ToolCall] = {}
    found: list[tuple[ToolCall, Path]] = []
    for index, message in enumerate(document["messages"]):
        for entry in fields.objects(message, "tool_calls"):
            call = _asked(entry)
            asked[call.id] = call
        legacy = message.get("function_call")
        if isinstance(legacy, dict):
            call = _asked({"function": legacy})
            asked[f"function {call.name}"] = call
        role, name = message.get("role"), str(message.get("name") or "")
        if role == "tool":
            call_id = str(message.get("tool_call_id") or "")
            found.append((asked.get(call_id, ToolCall(call_id, name, None)), ("messages", index, "content")))
        elif role == "function":
            call = asked.get(f"function {name}", ToolCall("", name, None))
            found.append((call, ("messages", index, "content")))
    return found


def _asked(entry: dict[str, Any]) -> ToolCall:
    """A tool call that the conversation tells. Arguments that are no JSON are their text."""
    kind = "custom" if isinstance(entry.get("custom"), dict) else "function"
    body = entry.get(kind)
    body = body if isinstance(body, dict) else {}
    arguments = body.get("input" if kind == "custom" else "arguments")
    if kind == "function" and isinstance(arguments, str):
        with contextlib.suppress(Unreadable):
            arguments = strictjson.loads(arguments)
    return ToolCall(str(entry.get("id") or ""), str(body.get("name") or ""), arguments)


def shows_all(model: str) -> bool:
    """Whether the model is of a family that thinks nowhere but in the text that it shows."""
    return _SHOWS_ALL.match(model.lower()) is not None
