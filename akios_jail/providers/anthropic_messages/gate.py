"""Tool calls in messages, held back until each is ruled on.

A tool call is a content block: in a stream its events are held from its start to its stop, then it is given out, and
the next event waits for the ruling. What is refused becomes a text block at the same index, so that the blocks of the
message stay numbered as they came. A call that the provider ran itself cannot be ruled on; it passes where the call
that asked for it was allowed to, and in any other answer it is `Unreadable`.

Clients find a block by its place among those that began, and add to its arguments whatever says that it is a piece of
them, whenever it comes. So a call must stand at the place that its index names, and nothing may come to it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from akios_jail.providers import fields, refusals, strictjson
from akios_jail.providers.neutral import Garbled, Ruling, ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Ends that may come in the middle of a call.
_BROKEN_OFF = ("max_tokens", "model_context_window_exceeded", "refusal")
#: Fields that decide what a tool is asked: no other spelling of them may pass, as some clients take it.
_EVENT = frozenset(["type", "index", "content_block", "delta", "message"])
_MESSAGE = frozenset(["type", "content", "stop_reason"])
_BLOCK = frozenset(["type", "id", "name", "input"])
_DELTA = frozenset(["type", "partial_json"])
#: How a piece of a call's arguments says that it is one; clients pass over any other.
_PIECE = "input_json_delta"
#: Some clients go by the name of an event, and some by its type.
_NAMES = frozenset(
    (
        "message_start",
        "message_delta",
        "message_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
    )
)


@dataclass
class _Block:
    """A tool call that is held."""

    index: int
    id: str
    name: str
    given: dict[str, Any]  # what its start says that it is asked
    events: list[Event]
    pieces: list[str] = field(default_factory=list)
    stopped: bool = False

    def call(self) -> ToolCall:
        """What it asks. `Unreadable` if that is told twice."""
        written = "".join(self.pieces)
        if written.strip() == "":
            return ToolCall(self.id, self.name, self.given)
        if self.given:
            raise Unreadable("a tool call of it is asked two things")
        try:
            return ToolCall(self.id, self.name, strictjson.loads(written))
        except Unreadable as error:
            return ToolCall(self.id, self.name, Garbled(written, str(error)))


class MessagesGate:
    """The gate of one answer."""

    def __init__(self, hosted: bool) -> None:
        """`hosted`: the call has the provider run tools by itself, which was ruled on before it was sent."""
        self._hosted = hosted
        self._block: _Block | None = None
        self._given: _Block | None = None  # its call was given out and waits for its ruling
        self._stayed = 0
        self._refused = 0
        self._begun = 0  # blocks
        self._places: set[int] = set()  # of those that are calls

    def event(self, event: Event) -> list[Event | ToolCall]:
        if event.data is None:
            return [event]
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        fields.no_lookalikes(document, _EVENT)
        kind = document.get("type")
        if event.event in _NAMES and event.event != kind:
            raise Unreadable("an event of it is named otherwise than it says")
        if kind == "content_block_start":
            return self._start(event, document)
        held = self._block
        if held is not None and kind in ("content_block_delta", "content_block_stop"):
            return self._within(held, event, document)
        if kind == "content_block_delta":
            self._check_apart(document)
        if kind == "message_delta":
            return self._message_delta(event, document)
        if kind == "message_start":
            message = document.get("message")
            if isinstance(message, dict):
                fields.no_lookalikes(message, _MESSAGE)
            if isinstance(message, dict) and message.get("content"):
                raise Unreadable("its message_start holds content already")
        elif "message" in document or "content_block" in document:
            raise Unreadable("an event of it holds what belongs into another")
        if kind == "message_stop" and held is not None:
            raise Unreadable("it ends within a tool call")
        return [event]

    def end(self) -> list[Event | ToolCall]:
        if self._block is not None:
            raise Unreadable("it ends within a tool call")
        return []

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        block, self._given = self._given, None
        if block is None:
            raise ValueError("no call waits for a ruling")
        if ruling.decision == "allow":
            self._stayed += 1
            return block.events
        if ruling.decision == "modify":
            self._stayed += 1
            return _changed(block, ruling.arguments)
        self._refused += 1
        return _text(block, refusals.refused(block.name, ruling.reason))

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        fields.no_lookalikes(document, _MESSAGE)
        return [
            call for block in fields.objects(document, "content") if (call := _whole(block, self._hosted)) is not None
        ]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        waiting = iter(rulings)
        blocks = fields.objects(document, "content")
        stayed = 0
        for place, block in enumerate(blocks):
            call = _whole(block, self._hosted)
            if call is None:
                continue
            ruling = next(waiting)
            if ruling.decision == "modify":
                block["input"] = ruling.arguments
            elif ruling.decision != "allow":
                blocks[place] = {"type": "text", "text": refusals.refused(call.name, ruling.reason)}
                continue
            stayed += 1
        if rulings and stayed == 0 and document.get("stop_reason") == "tool_use":
            document["stop_reason"] = "end_turn"

    def _start(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        before: list[Event | ToolCall] = []
        if self._block is not None:
            if not self._block.stopped:
                raise Unreadable("another block begins within a tool call of it")
            before = [self._give(self._block)]  # more follows, so it was not broken off
        block = document.get("content_block")
        if not isinstance(block, dict):
            raise Unreadable("a content block of it is not an object")
        call = _whole(block, self._hosted)
        place, self._begun = self._begun, self._begun + 1
        if call is None:
            return [*before, event]
        if _index(document) != place:
            raise Unreadable("a tool call of it stands at another place than it says")
        self._places.add(place)
        self._block = _Block(place, call.id, call.name, call.arguments, [event])
        return before

    def _check_apart(self, document: dict[str, Any]) -> None:
        """A piece of what is no call that is held: of text, or of a call that the provider runs."""
        delta = document.get("delta")
        if not isinstance(delta, dict):
            return
        fields.no_lookalikes(delta, _DELTA)
        if delta.get("type") != _PIECE and "partial_json" not in delta:
            return
        if not self._hosted or _index(document) in self._places:
            raise Unreadable("a piece of a tool call of it belongs to no block that is open")

    def _within(self, held: _Block, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        if _index(document) != held.index or held.stopped:
            raise Unreadable("an event of it does not belong to the block that is open")
        held.events.append(event)
        if document["type"] == "content_block_delta":
            delta = document.get("delta")
            if not isinstance(delta, dict) or not isinstance(piece := delta.get("partial_json"), str):
                raise Unreadable("a piece of a tool call of it is not JSON text")
            fields.no_lookalikes(delta, _DELTA)
            if delta.get("type") != _PIECE:
                raise Unreadable("a piece of a tool call of it does not say that it is one")
            held.pieces.append(piece)
            return []
        held.stopped = True
        # Of what is no JSON the next message_delta tells whether it was broken off.
        return [] if isinstance(held.call().arguments, Garbled) else [self._give(held)]

    def _give(self, block: _Block) -> ToolCall:
        self._block, self._given = None, block
        return block.call()

    def _message_delta(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        delta = document.get("delta")
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        block, self._block = self._block, None
        before: list[Event | ToolCall] = []
        if block is not None and not block.stopped:
            raise Unreadable("it ends within a tool call")
        if block is not None and reason in _BROKEN_OFF:
            before += _text(block, refusals.cut_off(block.name))
        elif block is not None:
            before.append(self._give(block))
        refused = self._refused or block is not None
        if isinstance(delta, dict) and reason == "tool_use" and refused and not self._stayed:
            event = event.saying({**document, "delta": {**delta, "stop_reason": "end_turn"}})
        return [*before, event]


def _index(document: dict[str, Any]) -> int:
    index = document.get("index")
    if type(index) is not int:
        raise Unreadable("an event of it has no readable index")
    return index


def _whole(block: dict[str, Any], hosted: bool) -> ToolCall | None:
    """The tool call that a block is, as far as the block tells it."""
    fields.no_lookalikes(block, _BLOCK)
    kind = block.get("type")
    if kind == "tool_use":
        call_id, name, asked = block.get("id"), block.get("name"), block.get("input")
        if not isinstance(call_id, str) or not isinstance(name, str) or name == "" or not isinstance(asked, dict):
            raise Unreadable("a tool call of it has no readable id, name and input")
        return ToolCall(call_id, name, asked)
    if not isinstance(kind, str) or (kind.endswith("tool_use") and not hosted):
        raise Unreadable(f"it holds a call that the agent is not asked to run ({str(kind)[:60]})")
    return None


def _changed(block: _Block, arguments: Any) -> list[Event]:
    start, stop = block.events[0], block.events[-1]
    content = {**start.document["content_block"], "input": {}}
    written = strictjson.dumps(arguments).decode()
    delta = {"type": _PIECE, "partial_json": written}
    return [
        start.saying({**start.document, "content_block": content}),
        _event("content_block_delta", {"index": block.index, "delta": delta}),
        stop,
    ]


def _text(block: _Block, words: str) -> list[Event]:
    start = {"index": block.index, "content_block": {"type": "text", "text": ""}}
    delta = {"index": block.index, "delta": {"type": "text_delta", "text": words}}
    return [
        _event("content_block_start", start),
        _event("content_block_delta", delta),
        _event("content_block_stop", {"index": block.index}),
    ]


def _event(kind: str, fields_of_it: dict[str, Any]) -> Event:
    return Event(kind).saying({"type": kind, **fields_of_it})
