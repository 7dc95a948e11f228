"""What a responses call says: where its texts and data lie, which tools it offers, what it may cost beyond."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.neutral import Path, Payload, TextAt, ToolCall, string_paths
from akios_jail.providers.openai_chat.request import data_url
from akios_jail.providers.strictjson import Unreadable

#: Tools that the agent runs, and searches for their definitions.
_AGENT_RUNS = ("function", "custom", "local_shell", "apply_patch", "computer", "computer_use_preview", "tool_search")
#: Parts of an input that the provider keeps and the call only names.
KEPT = ("previous_response_id", "conversation")
_ROLES = {"developer": "system"}
#: Fields of items that are marks for the provider rather than text.
_MARKS = ("id", "type", "status", "call_id", "role", "phase", "approval_request_id", "server_label")
_RESULTS = {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}


def read_input(document: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    """Find what the model is told."""
    said = document.get("input")
    if isinstance(document.get("instructions"), str):
        texts.append(TextAt(("instructions",), "system"))
    if isinstance(said, str):
        texts.append(TextAt(("input",), "user"))
    elif said is not None:
        for index, item in enumerate(fields.objects(document, "input")):
            _item(("input", index), item, texts, payloads)
    payloads.extend(Payload((key,), "opaque", "reference", "") for key in KEPT if document.get(key) is not None)
    for index, tool in enumerate(fields.objects(document, "tools")):
        texts.extend(TextAt(at, "definition") for at in string_paths(("tools", index), tool))


def unbounded(document: dict[str, Any]) -> tuple[str, ...]:
    """What makes the cost impossible to bound in advance, as clauses for people."""
    reasons = [
        f"the provider runs this tool itself and bills what it reads ({name})"
        for name in _hosted(fields.objects(document, "tools"))
    ]
    if document.get("prompt") is not None:
        reasons.append("what the provider keeps as a prompt may name models and tools of its own (prompt)")
    if fields.flag(document, "background"):
        reasons.append("its answer is not in the answer to the call, so that it cannot be counted (background)")
    management = document.get("context_management")
    if management is not None and "compact" in json.dumps(management):
        reasons.append("the provider also bills the summaries that it makes of the conversation (context_management)")
    return tuple(reasons)


def provider_tools(document: dict[str, Any]) -> tuple[str, ...]:
    """What the provider runs by itself for this call, or where it tells calls that nobody sees: stored prompts that
    may name tools, and answers in the background."""
    kept = [key for key in ("prompt", "background") if document.get(key) not in (None, False)]
    return (*_hosted(fields.objects(document, "tools")), *kept)


def added_tokens(document: dict[str, Any], each: int) -> int:
    """Instructions that the provider adds for tools that it defines, at `each` for one."""
    return each * sum(1 for tool in fields.objects(document, "tools") if tool.get("type") not in ("function", "custom"))


def results(document: dict[str, Any]) -> list[tuple[ToolCall, Path]]:
    """The tool results that the call tells, with what they answer as far as the input shows it."""
    asked: dict[str, ToolCall] = {}
    found: list[tuple[ToolCall, Path]] = []
    said = document.get("input")
    for index, item in enumerate(said if isinstance(said, list) else []):
        kind, call_id = item.get("type"), str(item.get("call_id") or "")
        if kind in ("function_call", "custom_tool_call"):
            asked[call_id] = ToolCall(call_id, str(item.get("name") or ""), _arguments(item))
        elif isinstance(kind, str) and (kind in _RESULTS or kind.endswith("_call_output")):
            found.append((asked.get(call_id, ToolCall(call_id, "", None)), ("input", index, "output")))
    return found


def _arguments(item: dict[str, Any]) -> Any:
    arguments = item.get("arguments")
    if not isinstance(arguments, str):
        return item.get("input")
    with contextlib.suppress(Unreadable):
        return strictjson.loads(arguments)
    return arguments


def _hosted(tools: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for tool in tools:
        kind = tool.get("type")
        environment = tool.get("environment")
        local = isinstance(environment, dict) and environment.get("type") == "local"
        if kind == "namespace":
            found += _hosted(fields.objects(tool, "tools"))
        elif kind not in _AGENT_RUNS and not (kind == "shell" and local):
            found.append(str(kind)[:60])
    return found


def _item(at: Path, item: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = item.get("type", "message")
    role = item.get("role")
    if kind == "message":
        role = _ROLES.get(role, role) if isinstance(role, str) else "user"
    elif kind == "item_reference":
        payloads.append(Payload((*at, "id"), "opaque", "reference", ""))
        return
    else:
        role = "tool" if str(kind).endswith("_output") else "assistant"
    for key, value in item.items():
        if key == "encrypted_content":
            payloads.append(Payload((*at, key), "opaque", "base64", ""))
        elif key in ("content", "output", "summary"):
            _content((*at, key), value, role, texts, payloads)
        elif key not in _MARKS:
            texts.extend(TextAt(where, role) for where in string_paths((*at, key), value))


def _content(at: Path, content: Any, role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    if isinstance(content, str):
        texts.append(TextAt(at, role))
        return
    if not isinstance(content, list):
        texts.extend(TextAt(where, role) for where in string_paths(at, content))
        return
    for index, part in enumerate(content):
        if not isinstance(part, dict):
            raise Unreadable("a part of an item's content is not an object")
        _part((*at, index), part, role, texts, payloads)


def _data(at: Path, part: dict[str, Any], keys: tuple[str, ...], kind: str, payloads: list[Payload]) -> None:
    """Whichever of these keys the part has: the provider takes one of several as it likes."""
    there = [key for key in keys if part.get(key) is not None] or [keys[-1]]
    payloads.extend(data_url((*at, key), kind, part.get(key)) for key in there)


def _part(at: Path, part: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = part.get("type")
    if kind in ("input_image", "computer_screenshot"):
        _data(at, part, ("image_url", "file_id"), "image", payloads)
    elif kind == "input_file":
        _data(at, part, ("file_data", "file_url", "file_id"), "file", payloads)
    elif kind == "input_audio" and isinstance(part.get("input_audio"), dict):
        audio = part["input_audio"]
        payloads.append(Payload((*at, "input_audio", "data"), "audio", "base64", f"audio/{audio.get('format')}"))
    else:
        for key, value in part.items():
            if key not in ("type", "annotations", "logprobs"):
                texts.extend(TextAt(where, role) for where in string_paths((*at, key), value))
