"""The answer to a converse call, whole or as a stream: what it costs, and how it ends early."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import eventstream, fields, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import Call, Usage, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: What of a block or of a piece of one a model wrote; the rest is data and signatures.
_WRITTEN = ("text", "input", "name", "reasoningText")


class ConverseAnswer(Following):
    """A ConverseResponse, or the events of a stream."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._started = False
        self._open: set[int] = set()

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        if not self._call.billable:
            self.usage = Usage()
            return body
        output = document.get("output")
        message = output.get("message") if isinstance(output, dict) else None
        for block in fields.objects(message, "content") if isinstance(message, dict) else []:
            self._write(block)
        self.usage = read_usage(document.get("usage"))
        self.known_input = self.usage.input_tokens
        self.finished = True
        return body

    def event(self, event: Event) -> Event | None:
        if event.data is None or eventstream.is_failure(event):
            return event
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        if event.event == "messageStart":
            self._started = True
        elif event.event in ("contentBlockStart", "contentBlockDelta"):
            self._open.add(index_of(document))
            piece = document.get("start" if event.event == "contentBlockStart" else "delta")
            if isinstance(piece, dict):
                self._write(piece)
        elif event.event == "contentBlockStop":
            self._open.discard(index_of(document))
        elif event.event == "metadata":
            self.usage = read_usage(document.get("usage"))
            self.known_input = self.usage.input_tokens
            self.finished = True
        return event

    def end(self, output_tokens: int) -> list[Event]:
        tokens = {"inputTokens": self.known_input or 0, "outputTokens": output_tokens}
        usage = {**tokens, "totalTokens": sum(tokens.values())}
        self.finished = True
        return [
            *([] if self._started else [Event("messageStart").saying({"role": "assistant"})]),
            *(Event("contentBlockStop").saying({"contentBlockIndex": index}) for index in sorted(self._open)),
            Event("messageStop").saying({"stopReason": "max_tokens"}),
            Event("metadata").saying({"usage": usage, "metrics": {"latencyMs": 0}}),
        ]

    def _write(self, piece: dict[str, Any]) -> None:
        """Count what a block, or a piece of one, says."""
        for value in (piece, *(child for child in piece.values() if isinstance(child, dict))):
            for key in _WRITTEN:
                written = value.get(key)
                for text in strings(
                    written.get("text") if key == "reasoningText" and isinstance(written, dict) else written
                ):
                    self.flow.add(text)


def index_of(document: dict[str, Any]) -> int:
    """The block that an event is of."""
    index = document.get("contentBlockIndex")
    if type(index) is not int:
        raise Unreadable("an event of it has no readable contentBlockIndex")
    return index


def read_usage(usage: Any) -> Usage:
    """A TokenUsage."""
    if not isinstance(usage, dict) or "inputTokens" not in usage or "outputTokens" not in usage:
        raise Unreadable("its usage lacks inputTokens or outputTokens")
    cached = fields.count(usage, "cacheReadInputTokens")
    written = fields.count(usage, "cacheWriteInputTokens")
    hour = sum(
        fields.count(detail, "inputTokens")
        for detail in fields.objects(usage, "cacheDetails")
        if detail.get("ttl") == "1h"
    )
    return Usage(
        input_tokens=fields.count(usage, "inputTokens") + cached + written,
        output_tokens=fields.count(usage, "outputTokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
    )
