"""The answer to a messages call, whole or as events: what it costs, and what the agent gets of it."""

from __future__ import annotations

import json
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import Call, Usage, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable


class AnthropicAnswer(Following):
    """A message, or the events that build one."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._started = False
        self._open: set[int] = set()  # content blocks without their end
        self._usage: dict[str, Any] = {}

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        for text in strings(document.get("content")):
            self.flow.add(text)
        if self._call.billable:
            self._merge(document.get("usage"))
            self.usage = read_usage(self._usage)
        else:
            self.usage = Usage()
        self.finished = True
        return self.renamed(document, body)

    def event(self, event: Event) -> Event | None:
        if event.data is None:
            return event
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        kind = document.get("type")
        if kind == "message_start":
            message = document.get("message")
            if not isinstance(message, dict):
                raise Unreadable("its message_start has no message")
            self._started = True
            self._merge(message.get("usage"))
            self.known_input = read_usage(self._usage).input_tokens
            if self._call.shown_model != "" and "model" in message:
                return event.saying({**document, "message": {**message, "model": self._call.shown_model}})
        elif kind == "content_block_start":
            self._open.add(_index(document))
            for text in strings(document.get("content_block")):
                self.flow.add(text)
        elif kind == "content_block_delta":
            for text in strings(document.get("delta")):
                self.flow.add(text)
        elif kind == "content_block_stop":
            self._open.discard(_index(document))
        elif kind == "message_delta":
            self._merge(document.get("usage"))
            self.usage = read_usage(self._usage)
        elif kind == "message_stop":
            self.finished = True
        return event

    def end(self, output_tokens: int) -> list[Event]:
        events: list[dict[str, Any]] = []
        message: dict[str, Any]
        if not self._started:
            usage = {"input_tokens": 0, "output_tokens": 0}
            model = self._call.shown_model or self._call.model
            head = {"id": "msg_akios", "type": "message", "role": "assistant", "model": model}
            message = {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
            events.append({"type": "message_start", "message": message})
        events.extend({"type": "content_block_stop", "index": index} for index in sorted(self._open))
        stop = {"stop_reason": "max_tokens", "stop_sequence": None}
        events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": output_tokens}})
        events.append({"type": "message_stop"})
        self.finished = True
        return [Event(event["type"], json.dumps(event, separators=(",", ":"))) for event in events]

    def _merge(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            raise Unreadable("its usage is not an object")
        self._usage.update({key: value for key, value in usage.items() if value is not None})


def read_usage(usage: dict[str, Any]) -> Usage:
    """All that a usage object tells, cached input counted as input."""
    if "input_tokens" not in usage or "output_tokens" not in usage:
        raise Unreadable("its usage lacks input_tokens or output_tokens")
    cached = fields.count(usage, "cache_read_input_tokens")
    written = fields.count(usage, "cache_creation_input_tokens")
    options = [(key, usage[key]) for key in ("speed", "inference_geo") if isinstance(usage.get(key), str)]
    return Usage(
        input_tokens=fields.count(usage, "input_tokens") + cached + written,
        output_tokens=fields.count(usage, "output_tokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=fields.count(usage, "cache_creation", "ephemeral_1h_input_tokens"),
        reasoning_tokens=fields.count(usage, "output_tokens_details", "thinking_tokens"),
        web_searches=fields.count(usage, "server_tool_use", "web_search_requests"),
        options=tuple(options),
    )


def _index(document: dict[str, Any]) -> int:
    index = document.get("index")
    if type(index) is not int:
        raise Unreadable("an event of it has no readable index")
    return index
