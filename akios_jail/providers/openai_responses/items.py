"""The items of a response: which of them are calls of tools, and the events that tell an item in a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.neutral import Garbled, ToolCall
from akios_jail.providers.strictjson import Unreadable

#: Calls of tools that are not named by the call, but by its kind, and the fields with what they are asked.
_OWN_TOOLS = {
    "local_shell_call": ("local_shell", ("action",)),
    "shell_call": ("shell", ("action",)),
    "apply_patch_call": ("apply_patch", ("operation",)),
    "computer_call": ("computer", ("action", "actions")),
}
#: Calls of tools that the agent defined, and the field with what they are asked.
DEFINED = {"function_call": "arguments", "custom_tool_call": "input"}
#: Fields that decide what a tool is asked: no other spelling of them may pass, as some clients take it.
_DECISIVE = frozenset(
    ["type", "call_id", "name", "arguments", "input", "action", "actions", "operation", "environment", "namespace"]
)
#: Other items whose kind sounds like a call; a search for definitions of tools does nothing.
_NO_ACTION = ("tool_search_call",)


def is_call(item: dict[str, Any], hosted_too: bool) -> bool:
    """Whether the item asks the agent to run a tool.

    `Unreadable` for a call that the provider ran itself, unless it may (`hosted_too`).
    """
    fields.no_lookalikes(item, _DECISIVE)
    kind = item.get("type")
    if not isinstance(kind, str):
        raise Unreadable("an item of it has no type")
    environment = item.get("environment")
    hosted = isinstance(environment, dict) and environment.get("type") not in (None, "local")
    if (kind in DEFINED or kind in _OWN_TOOLS) and not hosted:
        return True
    if hosted_too or kind in _NO_ACTION or not kind.endswith(("_call", "_request", "program")):
        return False
    raise Unreadable(f"it holds a call that the agent is not asked to run ({kind[:60]})")


def name(item: dict[str, Any]) -> str:
    """The name by which the called tool is ruled on. `Unreadable` without one."""
    kind = str(item.get("type"))
    told = _OWN_TOOLS[kind][0] if kind in _OWN_TOOLS else item.get("name")
    if not isinstance(told, str) or told == "":
        raise Unreadable("a tool call of it names no tool")
    return told


def call(item: dict[str, Any]) -> ToolCall:
    """The call that the item is. `Unreadable` if it does not say what the tool is asked as text."""
    kind, call_id = str(item.get("type")), item.get("call_id")
    if not isinstance(call_id, str):
        raise Unreadable("a tool call of it has no readable call_id")
    if kind in _OWN_TOOLS:
        told = _told(item)
        return ToolCall(call_id, name(item), next(iter(told.values())) if len(told) == 1 else told)
    asked: Any = item.get(DEFINED[kind])
    if not isinstance(asked, str):
        raise Unreadable("a tool call of it has no readable arguments")
    if kind == "function_call":
        try:
            asked = {} if asked.strip() == "" else strictjson.loads(asked)
        except Unreadable as error:
            asked = Garbled(asked, str(error))
    return ToolCall(call_id, name(item), asked)


def changed(item: dict[str, Any], arguments: Any) -> dict[str, Any]:
    """The same call with these arguments. `Unreadable` if it has no place for them."""
    kind = str(item["type"])
    if kind in DEFINED:
        plain = kind == "custom_tool_call" and isinstance(arguments, str)
        return {**item, DEFINED[kind]: arguments if plain else strictjson.dumps(arguments).decode()}
    told = _told(item)
    if len(told) == 1:
        return {**item, next(iter(told)): arguments}
    if not isinstance(arguments, dict) or not arguments.keys() <= told.keys():
        raise Unreadable(f"a {kind} of it cannot be asked what a rule makes of it")
    return {**item, **arguments}


def _told(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in _OWN_TOOLS[str(item["type"])][1] if item.get(key) is not None}


def message(id: str, text: str, status: str = "completed") -> dict[str, Any]:
    """An item in which the model says this."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": id, "type": "message", "status": status, "role": "assistant", "content": [part]}


def events(index: int, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that tell this item, without their numbers."""
    kind = item["type"]
    where = {"output_index": index, "item_id": item.get("id", "")}
    begun = {**item, "status": "in_progress"} if "status" in item else item
    if kind in DEFINED:
        begun = {**begun, DEFINED[kind]: ""}
    elif kind == "message":
        begun = {**begun, "content": []}
    yield {"type": "response.output_item.added", "output_index": index, "item": begun}
    if kind in DEFINED:
        key = DEFINED[kind]
        told = "function_call_arguments" if kind == "function_call" else "custom_tool_call_input"
        yield {"type": f"response.{told}.delta", **where, "delta": item[key]}
        yield {"type": f"response.{told}.done", **where, key: item[key]}
    elif kind == "message":
        for place, part in enumerate(item["content"]):
            at = {**where, "content_index": place}
            yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
            yield {"type": "response.output_text.delta", **at, "delta": part["text"], "logprobs": []}
            yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}
            yield {"type": "response.content_part.done", **at, "part": part}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}
