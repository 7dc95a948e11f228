"""What a converse call says: where its texts and data lie, and what it may cost beyond the model's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.neutral import Path, Payload, TextAt, ToolCall, string_paths
from akios_jail.providers.strictjson import Unreadable

_MEDIA = {"image": "image", "document": "file", "video": "file", "audio": "audio"}
#: Strings that are names of things or of kinds of things, not text.
_SILENT = frozenset(("type", "ttl", "status", "toolUseId", "format"))


def read_document(at: Path, document: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    """Texts and data of a converse request, or of one within a count-tokens call."""
    for index, block in enumerate(fields.objects(document, "system")):
        _block((*at, "system", index), block, "system", texts, payloads)
    for index, message in enumerate(fields.objects(document, "messages")):
        role = message.get("role")
        role = role if isinstance(role, str) else "user"
        for place, block in enumerate(fields.objects(message, "content")):
            _block((*at, "messages", index, "content", place), block, role, texts, payloads)
    config = document.get("toolConfig")
    if config is not None and not isinstance(config, dict):
        raise Unreadable("its toolConfig is not an object")
    texts.extend(TextAt(where, "definition") for where in string_paths((*at, "toolConfig", "tools"), tools(document)))
    if isinstance(document.get("promptVariables"), dict):
        variables = string_paths((*at, "promptVariables"), document["promptVariables"])
        texts.extend(TextAt(where, "user") for where in variables)


def tools(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of toolConfig.tools."""
    config = document.get("toolConfig")
    return fields.objects(config, "tools") if isinstance(config, dict) else []


def provider_tools(document: dict[str, Any]) -> tuple[str, ...]:
    """The tools that the provider runs itself."""
    return tuple(key[:60] for tool in tools(document) for key in tool if key not in ("toolSpec", "cachePoint"))


def output_limit(document: dict[str, Any]) -> int | None:
    """The stated limit; with the thinking budget where that lies above it, because then both can be billed."""
    limit = fields.positive(inner(document, "inferenceConfig"), "maxTokens")
    thinking = inner(document, "additionalModelRequestFields").get("thinking")
    budget = fields.positive(thinking, "budget_tokens") if isinstance(thinking, dict) else None
    return limit if limit is None or budget is None or budget < limit else limit + budget


def least_output(document: dict[str, Any]) -> int:
    """The lowest limit that can be written: a budget for thinking stays as it is, and must stay below it."""
    limit = fields.positive(inner(document, "inferenceConfig"), "maxTokens")
    thinking = inner(document, "additionalModelRequestFields").get("thinking")
    budget = fields.positive(thinking, "budget_tokens") if isinstance(thinking, dict) else None
    if budget is None:
        return 1
    return budget + 1 if limit is None or budget < limit else limit + budget


def unbounded(document: dict[str, Any]) -> tuple[str, ...]:
    """What makes the cost of the call impossible to bound in advance."""
    reasons = [
        f"the provider runs this tool itself and bills what it reads ({name})" for name in provider_tools(document)
    ]
    if document.get("guardrailConfig"):
        reasons.append("guardrails are billed beside the model (guardrailConfig)")
    for key, option, plain in (
        ("serviceTier", "type", ("default", "flex")),
        ("performanceConfig", "latency", ("standard",)),
    ):
        stated = inner(document, key).get(option)
        if stated is not None and stated not in plain:
            reasons.append(f"the price list does not have the prices of this {option} ({key}: {str(stated)[:40]})")
    for key in _keys(document.get("additionalModelRequestFields")):
        folded = key.replace("_", "").casefold()
        if "max" in folded and ("token" in folded or "len" in folded or "gen" in folded):
            reasons.append(f"another output limit than the format's own is asked for ({key[:60]})")
    return tuple(reasons)


def cache(document: dict[str, Any]) -> str:
    """How long this call asks the prompt cache to keep anything: none | 5m | 1h."""
    lifetimes = set(_lifetimes(document))
    return "none" if not lifetimes else "5m" if lifetimes == {"5m"} else "1h"


def results(document: dict[str, Any]) -> Iterator[tuple[ToolCall, Path]]:
    """The tool results of a call, each with the place of what it says."""
    names: dict[str, str] = {}
    for index, message in enumerate(fields.objects(document, "messages")):
        for place, block in enumerate(fields.objects(message, "content")):
            asked, result = block.get("toolUse"), block.get("toolResult")
            if isinstance(asked, dict):
                names[str(asked.get("toolUseId"))] = str(asked.get("name"))
            if isinstance(result, dict):
                at: Path = ("messages", index, "content", place, "toolResult", "content")
                content = fields.objects(result, "content")
                if len(content) == 1 and isinstance(content[0].get("text"), str):
                    at = (*at, 0, "text")
                number = str(result.get("toolUseId"))
                yield ToolCall(number, names.get(number, ""), None), at


def called(asked: Any, given: Any) -> ToolCall:
    """The tool call that a toolUse is, asked `given`. `Unreadable` without a name and an id."""
    number = asked.get("toolUseId") if isinstance(asked, dict) else None
    name = asked.get("name") if isinstance(asked, dict) else None
    if not isinstance(number, str) or not isinstance(name, str) or name == "" or not isinstance(given, dict):
        raise Unreadable("a tool call of it has no readable toolUseId, name and input")
    if asked.get("type") is not None:
        raise Unreadable(f"it holds a call that the agent is not asked to run ({str(asked['type'])[:60]})")
    return ToolCall(number, name, given)


def inner(document: dict[str, Any], key: str) -> dict[str, Any]:
    """The object in this field; the empty object if absent. `Unreadable` for anything else."""
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"its {key} is not an object")
    return value


def _block(at: Path, block: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    for key, value in block.items():
        where = (*at, key)
        if key in _MEDIA and isinstance(value, dict):
            _media(where, value, _MEDIA[key], role, texts, payloads)
        elif key == "toolResult" and isinstance(value, dict):
            for index, inside in enumerate(fields.objects(value, "content")):
                _block((*where, "content", index), inside, "tool", texts, payloads)
        elif key == "toolUse" and isinstance(value, dict):
            texts.extend(TextAt(place, role) for place in string_paths((*where, "input"), value.get("input")))
        elif key == "reasoningContent" and isinstance(value, dict):
            _reasoning(where, value, texts, payloads)
        elif key == "guardContent" and isinstance(value, dict):
            _block(where, value, role, texts, payloads)
        else:
            texts.extend(TextAt(place, role) for place in string_paths(where, value) if place[-1] not in _SILENT)


def _reasoning(at: Path, value: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    thought = value.get("reasoningText")
    for key in ("text", "signature"):
        if isinstance(thought, dict) and isinstance(thought.get(key), str):
            where = (*at, "reasoningText", key)
            if key == "text":
                texts.append(TextAt(where, "assistant"))
            else:
                payloads.append(Payload(where, "opaque", "base64", ""))
    if isinstance(value.get("redactedContent"), str):
        payloads.append(Payload((*at, "redactedContent"), "opaque", "base64", ""))


def _media(at: Path, value: dict[str, Any], kind: str, role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    texts.extend(TextAt((*at, key), role) for key in ("name", "context") if isinstance(value.get(key), str))
    source = value.get("source")
    if not isinstance(source, dict):
        return
    for key, inside in source.items():
        where = (*at, "source", key)
        if key == "bytes":
            payloads.append(Payload(where, kind, "base64", _media_type(kind, value.get("format"))))
        elif key == "s3Location":
            payloads.append(Payload((*where, "uri"), kind, "reference", ""))
        else:
            texts.extend(TextAt(place, role) for place in string_paths(where, inside))


def _media_type(kind: str, form: Any) -> str:
    return f"{kind if kind != 'file' else 'application'}/{form}" if isinstance(form, str) else ""


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _keys(child)
    elif isinstance(value, list):
        for child in value:
            yield from _keys(child)


def _lifetimes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        point = value.get("cachePoint", value.get("cache_control"))
        if point is not None:
            yield str(point.get("ttl", "5m")) if isinstance(point, dict) else "unreadable"
        for child in value.values():
            yield from _lifetimes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _lifetimes(child)
