"""The tool calls of one choice, put together from their pieces.

Streams in which clients may not agree which piece belongs to which call (no index, one index for two ids, names and
ids repeated) are marked: what is allowed of them may not pass as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from akios_jail.providers import fields, refusals, strictjson
from akios_jail.providers.neutral import Garbled, Ruling, ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: What a choice ends with when its model has asked for tools.
ASKS = ("tool_calls", "function_call")
#: Ends that may come in the middle of a call.
_BROKEN_OFF = ("length", "content_filter")
#: Where the two kinds of tools have what they are asked.
BODIES = {"function": "arguments", "custom": "input"}
#: Fields of answers that decide what a tool is asked: no other spelling of them may pass, as some clients take it.
_CHUNK = frozenset(["choices"])
_CHOICE = frozenset(["delta", "message", "index", "finish_reason"])
_DELTA = frozenset(["tool_calls", "function_call", "content"])
_ENTRY = frozenset(["index", "id", "type", "function", "custom"])
_BODY = frozenset(["name", "arguments", "input"])
#: What is in most of them, and in no other case of any of these: not looked at key by key.
_USUAL = frozenset(
    [
        *("id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint", "obfuscation"),
        *("index", "delta", "message", "logprobs", "finish_reason"),
        *("role", "content", "refusal", "tool_calls", "function_call", "reasoning_content"),
    ]
)
#: More calls than any model makes in one answer.
_MAX_CALLS = 1_000


@dataclass
class Asked:
    """One tool call as far as its pieces have come. `body`: function | custom."""

    id: str = ""
    name: str = ""
    body: str = ""
    pieces: list[str] = field(default_factory=list)
    index: int | None = None
    call: ToolCall | None = None  # once it is complete
    ruling: Ruling | None = None

    @property
    def written(self) -> str:
        return "".join(self.pieces)

    @property
    def stays(self) -> bool:
        return self.ruling is not None and self.ruling.decision in ("allow", "modify")

    @property
    def words(self) -> str:
        """What is said in the place of a call that does not stay."""
        if self.call is None or self.ruling is None:
            return refusals.cut_off(self.name)
        return refusals.refused(self.name, self.ruling.reason)

    def complete(self, finish: Any) -> None:
        """Parse what it asks. What cannot be read is `Garbled`, or without a call if the answer was broken off."""
        if self.name == "":
            raise Unreadable("a tool call of it names no tool")
        written = self.written
        if self.body == "custom":
            self.call = None if finish in _BROKEN_OFF else ToolCall(self.id, self.name, written)
            return
        try:
            arguments = {} if written.strip() == "" and finish not in _BROKEN_OFF else strictjson.loads(written)
        except Unreadable as error:
            if finish in _BROKEN_OFF:
                return
            arguments = Garbled(written, str(error))
        self.call = ToolCall(self.id, self.name, arguments)

    def changed(self) -> str:
        """What the tool is to be asked by its ruling, as it is written in the format."""
        arguments = self.ruling.arguments if self.ruling is not None else None
        if self.body == "custom" and isinstance(arguments, str):
            return arguments
        return strictjson.dumps(arguments).decode()


@dataclass
class Choice:
    """What is held of one choice."""

    asked: list[Asked] = field(default_factory=list)
    held: list[tuple[Event, list[Asked]]] = field(default_factory=list)  # with the call of each entry, in order
    as_it_was: bool = True  # what is allowed may pass with the events that were held
    spoke: bool = False  # text of it has gone to the agent
    ended: bool = False  # its calls have been ruled on


def told_once(document: Any, choices: list[dict[str, Any]]) -> None:
    """`Unreadable` if a chunk or an answer says in another case what decides whether it asks for tools."""
    if isinstance(document, dict) and not _USUAL.issuperset(document):
        fields.no_lookalikes(document, _CHUNK)
    for choice in choices:
        if not _USUAL.issuperset(choice):
            fields.no_lookalikes(choice, _CHOICE)
        for said in (choice.get("delta"), choice.get("message")):
            if isinstance(said, dict) and not _USUAL.issuperset(said):
                fields.no_lookalikes(said, _DELTA)


def gather(held: Choice, delta: dict[str, Any]) -> list[Asked]:
    """Put the pieces of a delta where they belong; which call each entry is of, `function_call` last."""
    owners = [piece(held, entry) for entry in fields.objects(delta, "tool_calls")]
    legacy = delta.get("function_call")
    if legacy is not None:
        if not isinstance(legacy, dict):
            raise Unreadable("its function_call is not an object")
        asked = next((asked for asked in held.asked if asked.index == -1), None)
        if asked is None:
            asked = _new(held, -1)
        asked.body = "function"
        _add(held, asked, legacy)
        owners.append(asked)
    return owners


def piece(held: Choice, entry: dict[str, Any]) -> Asked:
    """Put one entry of `tool_calls` where it belongs; the call that it is of. `Unreadable` for what is none."""
    fields.no_lookalikes(entry, _ENTRY)
    index, call_id = entry.get("index"), entry.get("id")
    if index is not None and (type(index) is not int or not 0 <= index < _MAX_CALLS):
        raise Unreadable("a tool call of it has no readable index")
    if call_id is not None and not isinstance(call_id, str):
        raise Unreadable("a tool call of it has no readable id")
    # The last call with this index: an index that returns with another id is another call.
    asked = next((asked for asked in reversed(held.asked) if index is None or asked.index == index), None)
    if asked is None or (call_id and asked.id and asked.id != call_id):
        if index is None or asked is not None or index != len(held.asked):
            held.as_it_was = False
        asked = _new(held, index)
    elif call_id or index is None:
        held.as_it_was = False
    asked.id = asked.id or call_id or ""
    bodies = [key for key in BODIES if entry.get(key) is not None]
    if len(bodies) > 1 or (asked.body and bodies and bodies != [asked.body]):
        raise Unreadable("a tool call of it is of two kinds")
    if bodies:
        asked.body = bodies[0]
        if not isinstance(entry[asked.body], dict):
            raise Unreadable("a tool call of it is not an object")
        _add(held, asked, entry[asked.body])
    return asked


def _new(held: Choice, index: int | None) -> Asked:
    if len(held.asked) >= _MAX_CALLS:
        raise Unreadable(f"it makes more than {_MAX_CALLS} tool calls")
    asked = Asked(index=index)
    held.asked.append(asked)
    return asked


def _add(held: Choice, asked: Asked, body: dict[str, Any]) -> None:
    fields.no_lookalikes(body, _BODY)
    name, text = body.get("name"), body.get(BODIES[asked.body])
    if any(value is not None and not isinstance(value, str) for value in (name, text)):
        raise Unreadable("a tool call of it has no readable name and arguments")
    if name:
        if asked.name and asked.name != name:
            raise Unreadable("a tool call of it changes its name")
        held.as_it_was = held.as_it_was and not asked.name
        asked.name = name
    if text:
        asked.pieces.append(text)


def finish_of(choice: dict[str, Any]) -> Any:
    """Why the choice has ended, None while it goes on; some servers say "" then."""
    return choice.get("finish_reason") or None
