"""Tool calls in the answers of converse, held back until each is ruled on.

A tool call is a content block: its events are held from its start to its stop, then it is given out. What is refused
becomes a text block at the same index; text blocks have no start of their own here.
"""

from __future__ import annotations

from typing import Any

from akios_jail.providers import eventstream, fields, refusals, strictjson
from akios_jail.providers.bedrock_converse import request
from akios_jail.providers.bedrock_converse.answer import index_of
from akios_jail.providers.neutral import Garbled, Ruling, ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Ends that may come in the middle of a call.
_BROKEN_OFF = (
    "max_tokens",
    "model_context_window_exceeded",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
)


class ConverseGate:
    """The gate of one answer."""

    def __init__(self) -> None:
        self._held: list[Event] = []  # the events of the block that is held, its start first
        self._given: list[Event] = []  # the same, once its call was given out and waits for its ruling
        self._asked: dict[str, Any] = {}
        self._index = 0
        self._complete = False
        self._refused = self._stayed = 0

    def event(self, event: Event) -> list[Event | ToolCall]:
        if event.data is None or eventstream.is_failure(event):
            return [event]
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        if event.event == "contentBlockStart":
            return self._start(event, document)
        if event.event in ("contentBlockDelta", "contentBlockStop"):
            return self._within(event, document)
        if event.event == "messageStop":
            return self._stop(event, document)
        return [event]

    def end(self) -> list[Event | ToolCall]:
        if self._held:
            raise Unreadable("it ends within a tool call")
        return []

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        held, self._given = self._given, []
        index = index_of(held[0].document)
        if ruling.decision == "allow":
            self._stayed += 1
            return held
        if ruling.decision == "modify":
            self._stayed += 1
            asked = {"input": strictjson.dumps(ruling.arguments).decode()}
            return [held[0], _delta(index, {"toolUse": asked}), held[-1]]
        self._refused += 1
        return _said(index, refusals.refused(call.name, ruling.reason))

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return [request.called(block["toolUse"], block["toolUse"].get("input")) for block in _blocks(document)]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        refused = 0
        for block, ruling in zip(_blocks(document), rulings, strict=True):
            if ruling.decision == "modify":
                block["toolUse"]["input"] = ruling.arguments
            elif ruling.decision != "allow":
                name = block.pop("toolUse")["name"]
                block.clear()
                block["text"] = refusals.refused(name, ruling.reason)
                refused += 1
        if rulings and refused == len(rulings) and document.get("stopReason") == "tool_use":
            document["stopReason"] = "end_turn"

    def _start(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        before = self._overdue()
        start = document.get("start")
        asked = start.get("toolUse") if isinstance(start, dict) else None
        if asked is None:
            return [*before, event]
        request.called(asked, {})
        self._asked, self._index, self._held, self._complete = asked, index_of(document), [event], False
        return before

    def _overdue(self) -> list[Event | ToolCall]:
        """The call that is still held although more follows: its input is no JSON, and it was not broken off."""
        if not self._held:
            return []
        if not self._complete:
            raise Unreadable("another block begins within a tool call of it")
        return [self._give()]

    def _within(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        if not self._held:
            delta = document.get("delta")
            if isinstance(delta, dict) and "toolUse" in delta:
                raise Unreadable("a piece of a tool call of it belongs to no call")
            return [event]
        if self._complete and index_of(document) != self._index:
            return [*self._overdue(), *self._within(event, document)]  # text blocks have no start
        if index_of(document) != self._index or self._complete:
            raise Unreadable("an event of it does not belong to the block that is open")
        self._held.append(event)
        if event.event == "contentBlockDelta":
            return []
        self._complete = True
        # Of what is no JSON messageStop tells whether it was broken off.
        return [] if isinstance(self._call().arguments, Garbled) else [self._give()]

    def _call(self) -> ToolCall:
        written = "".join(_piece(event.document) for event in self._held[1:-1])
        try:
            asked = strictjson.loads(written) if written.strip() else {}
        except Unreadable as error:
            asked = Garbled(written, str(error))
        if not isinstance(asked, (dict, Garbled)):
            asked = Garbled(written, "it is not an object")
        return request.called(self._asked, {})._replace(arguments=asked)

    def _give(self) -> ToolCall:
        call = self._call()
        self._held, self._given = [], self._held
        return call

    def _stop(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        reason = document.get("stopReason")
        before: list[Event | ToolCall] = []
        garbled = bool(self._held)
        if garbled and self._complete and reason in _BROKEN_OFF:
            self._held = []
            before += _said(self._index, refusals.cut_off(self._asked["name"]))
        else:
            before += self._overdue()
        if reason == "tool_use" and (self._refused or garbled) and not self._stayed:
            event = event.saying({**document, "stopReason": "end_turn"})
        return [*before, event]


def _piece(document: dict[str, Any]) -> str:
    delta = document.get("delta")
    asked = delta.get("toolUse") if isinstance(delta, dict) else None
    piece = asked.get("input") if isinstance(asked, dict) else None
    if not isinstance(piece, str):
        raise Unreadable("a piece of a tool call of it is not JSON text")
    return piece


def _delta(index: int, delta: dict[str, Any]) -> Event:
    return Event("contentBlockDelta").saying({"contentBlockIndex": index, "delta": delta})


def _said(index: int, words: str) -> list[Event]:
    return [_delta(index, {"text": words}), Event("contentBlockStop").saying({"contentBlockIndex": index})]


def _blocks(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of a whole answer that are tool calls."""
    output = document.get("output")
    message = output.get("message") if isinstance(output, dict) else None
    content = fields.objects(message, "content") if isinstance(message, dict) else []
    blocks = [block for block in content if block.get("toolUse") is not None]
    for block in blocks:
        request.called(block["toolUse"], {})
    return blocks
