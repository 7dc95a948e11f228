"""What all formats need when a conversation is carried from one to another.

A translation says all of what was said or refuses: `Untranslatable` names what the other format has no words for. Left
out is what tells a model nothing (identifiers of users, marks for caches and storage), and, by its name in
`Conversation.left_out`, how this provider's models are to work: another one thinks as hard as it does, and a call that
failed is answered. What an agent relies on in the answer (its format, its number, its probabilities) is no such wish.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from akios_jail.providers.neutral import Conversation, Message, Part, ToolCall, Untranslatable

#: Stands before the result of a tool that failed, in formats that have no flag for it.
FAILED = "[the tool failed]\n"
#: Ids of tool calls that every format takes.
_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def only(document: dict[str, Any], what: str, *known: Collection[str]) -> None:
    """`Untranslatable` if the document says anything under a key that is not known. null says nothing."""
    for key, value in document.items():
        if value is not None and not any(key in keys for keys in known):
            raise Untranslatable(f"the {key[:60]} of {what}")


def wishes(document: dict[str, Any], names: Collection[str]) -> tuple[str, ...]:
    """Those of these wishes that a call states."""
    return tuple(name for name in names if document.get(name) is not None)


def description(document: dict[str, Any]) -> str:
    """The description of a tool. `Untranslatable` if it is no text."""
    told = document.get("description")
    if told is not None and not isinstance(told, str):
        raise Untranslatable("the description of a tool that is no text")
    return told or ""


def schema(stated: Any) -> dict[str, Any]:
    """The schema of what a tool is asked; where none is stated, it is asked nothing."""
    if stated is None:
        return {"type": "object", "properties": {}}
    if not isinstance(stated, dict):
        raise Untranslatable("the schema of a tool that is no object")
    return stated


def checked(conversation: Conversation, strict: bool = False) -> Conversation:
    """The conversation with ids of tool calls that every format takes, each result with that of its call.

    `strict`: the format has strict tools. `Untranslatable` for what formats understand differently: a conversation
    whose last word is the model's, names of tools that not every format allows.
    """
    if not conversation.messages or conversation.messages[-1].role == "assistant":
        raise Untranslatable("a conversation in which it is not the model's turn")
    for tool in conversation.tools:
        if _NAME.fullmatch(tool.name) is None:
            raise Untranslatable(f"a tool named {tool.name[:80]!r}")
        if tool.strict and not strict:
            raise Untranslatable(f"a tool whose arguments are guaranteed ({tool.name})")
    for role, parts in conversation.messages:
        if role != "assistant" and any(part.kind == "tool_call" for part in parts):
            raise Untranslatable(f"a tool call of the role {role[:60]}")
    ids = _Ids()
    messages = [Message(role, tuple(ids.part(part) for part in parts)) for role, parts in conversation.messages]
    return conversation._replace(messages=tuple(messages))


def texts(parts: Collection[Part]) -> str:
    """The text of an answer, as one."""
    return "\n\n".join(part.text for part in parts if part.kind == "text")


def result_text(part: Part) -> str:
    """A tool's result where the format has no flag for failure."""
    return FAILED + part.text if part.failed else part.text


class _Ids:
    """Gives every tool call an id; results without one answer the calls of their tool in order.

    Whether the calls have one or not: Google's SDKs send the model's calls back as they came, and results without ids.
    """

    def __init__(self) -> None:
        self._count = 0
        self._given: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._open: dict[str, dict[str, None]] = {}  # by the tool's name, the calls without a result, oldest first

    def part(self, part: Part) -> Part:
        if part.call is None:
            return part
        call = part.call
        if part.kind == "tool_call":
            own = self._own(call.id)
            self._named[own] = call.name
            self._open.setdefault(call.name, {})[own] = None
        elif call.id == "":
            waiting = self._open.get(call.name)
            if not waiting:
                raise Untranslatable(f"a result of the tool {call.name[:80]!r}, which was not called")
            own = next(iter(waiting))
            del waiting[own]
        else:
            own = self._given.get(call.id) or self._own(call.id)
            self._open.get(self._named.get(own, ""), {}).pop(own, None)
        return part._replace(call=ToolCall(own, call.name, call.arguments))

    def _own(self, id: str) -> str:
        if _ID.fullmatch(id) is not None:
            self._given[id] = id
            return id
        self._count += 1
        own = f"call_akios_{self._count}"
        if id:
            self._given[id] = own
        return own
