"""What a messages call says: where its texts and data lie, which tools it offers, what it may cost beyond."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.neutral import Path, Payload, TextAt, ToolCall, string_paths
from akios_jail.providers.strictjson import Unreadable

#: Tools that Anthropic defines and the agent runs: nothing is billed beyond the tokens of the call.
CLIENT_TOOLS = ("custom", "bash_", "text_editor_", "computer_", "memory_", "str_replace_")


def output_limit(limit: int | None, thinking: Any) -> int | None:
    """With interleaved thinking, the thinking budget may lie above max_tokens; the larger one is what can be billed."""
    budget = fields.positive(thinking, "budget_tokens") if isinstance(thinking, dict) else None
    return limit if limit is None or budget is None or budget < limit else limit + budget


def least_output(limit: int | None, thinking: Any) -> int:
    """The lowest limit that can be written: a budget for thinking stays as it is, and must stay below it."""
    budget = fields.positive(thinking, "budget_tokens") if isinstance(thinking, dict) else None
    if budget is None:
        return 1
    return budget + 1 if limit is None or budget < limit else limit + budget


def price_options(document: dict[str, Any]) -> dict[str, str]:
    """`cache`: how long this call asks the prompt cache to keep anything, which is what writing to it costs by."""
    speed, geo = document.get("speed"), document.get("inference_geo")
    lifetimes = set(_cache_lifetimes(document))
    return {
        "speed": speed if isinstance(speed, str) else "standard",
        "inference_geo": geo if isinstance(geo, str) else "",
        "cache": "none" if not lifetimes else "5m" if lifetimes == {"5m"} else "1h",
    }


def _cache_lifetimes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        control = value.get("cache_control")
        if control is not None:
            yield str(control.get("ttl", "5m")) if isinstance(control, dict) else "unreadable"
        for child in value.values():
            yield from _cache_lifetimes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _cache_lifetimes(child)


def content(at: Path, said: Any, role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    """Find what is said in a content: a text, or a list of blocks."""
    if said is None:
        return
    if isinstance(said, str):
        texts.append(TextAt(at, role))
        return
    if not isinstance(said, list):
        raise Unreadable("a content is neither text nor a list of blocks")
    for index, block in enumerate(said):
        if not isinstance(block, dict):
            raise Unreadable("a block of content is not an object")
        _block((*at, index), block, role, texts, payloads)


def _block(at: Path, block: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = block.get("type")
    for key in ("text", "thinking", "title", "context"):
        if isinstance(block.get(key), str):
            texts.append(TextAt((*at, key), role))
    for key in ("signature", "data", "encrypted_content", "encrypted_index"):
        if isinstance(block.get(key), str):
            payloads.append(Payload((*at, key), "opaque", "base64", ""))
    texts.extend(TextAt(where, role) for where in string_paths((*at, "input"), block.get("input")))
    source = block.get("source")
    if isinstance(source, dict):
        _source((*at, "source"), source, "image" if kind == "image" else "file", texts, payloads)
    if kind == "container_upload":
        payloads.append(Payload((*at, "file_id"), "file", "reference", ""))
    if isinstance(block.get("content"), (str, list)):
        inner = "tool" if kind == "tool_result" else role
        content((*at, "content"), block["content"], inner, texts, payloads)


def _source(at: Path, source: dict[str, Any], kind: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    form, media_type = source.get("type"), source.get("media_type")
    if form == "base64":
        payloads.append(Payload((*at, "data"), kind, "base64", media_type if isinstance(media_type, str) else ""))
    elif form == "text":
        texts.extend(TextAt(where, "user") for where in string_paths((*at, "data"), source.get("data")))
    elif form == "content":
        content((*at, "content"), source.get("content"), "user", texts, payloads)
    else:
        payloads.append(Payload((*at, "url" if form == "url" else "file_id"), kind, "reference", ""))


def unbounded(document: dict[str, Any]) -> tuple[str, ...]:
    reasons = [f"the provider runs tools itself and bills what they read ({name})" for name in provider_tools(document)]
    management = document.get("context_management")
    if management is not None and "compact" in json.dumps(management):
        reasons.append("the provider also bills the summaries that it makes of the conversation (context_management)")
    return tuple(reasons)


def provider_tools(document: dict[str, Any]) -> tuple[str, ...]:
    """What the provider runs by itself for this call: nobody can rule on what it is asked."""
    kinds = [tool.get("type") for tool in fields.objects(document, "tools")]
    tools = [str(kind)[:60] for kind in kinds if kind is not None and not str(kind).startswith(CLIENT_TOOLS)]
    return (*tools, *(key for key in ("mcp_servers", "container") if document.get(key)))


def results(document: dict[str, Any]) -> list[tuple[ToolCall, Path]]:
    """The tool results that the call tells, with what they answer as far as the conversation shows it."""
    asked: dict[str, ToolCall] = {}
    found: list[tuple[ToolCall, Path]] = []
    for index, message in enumerate(document["messages"]):
        blocks = message.get("content")
        for place, block in enumerate(blocks if isinstance(blocks, list) else []):
            if block.get("type") == "tool_use":
                call = ToolCall(str(block.get("id") or ""), str(block.get("name") or ""), block.get("input"))
                asked[call.id] = call
            elif block.get("type") == "tool_result":
                call_id = str(block.get("tool_use_id") or "")
                at = ("messages", index, "content", place, "content")
                found.append((asked.get(call_id, ToolCall(call_id, "", None)), at))
    return found
