"""The answer to a responses call, whole or as events: what it costs, and what the agent gets of it.

An early end has to tell the whole response, so the items are kept as they come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import Call, Usage, strings
from akios_jail.providers.openai_responses import items
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_ENDS = ("response.completed", "response.incomplete", "response.failed")


class _Item:
    """One item of a stream, as far as it has come."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item
        self.done = False
        self.counted = False
        self.pieces: dict[int, list[str]] = {}  # by content_index; what a tool is asked under 0


class ResponsesAnswer(Following):
    """A response, or the events that build one."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._response: dict[str, Any] = {}
        self._items: dict[int, _Item] = {}
        self._number = -1

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        for text in strings(document.get("output")):
            self.flow.add(text)
        self.usage = read_usage(document) if self._call.billable else Usage()
        self.finished = True
        return self.renamed(document, body)

    def event(self, event: Event) -> Event | None:
        if event.data is None or event.data.strip() in ("", "[DONE]"):
            return event
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        number = document.get("sequence_number")
        if type(number) is int:
            self._number = max(self._number, number)
        response = document.get("response")
        if response is None:
            self._follow(document)
            return event
        if not isinstance(response, dict):
            raise Unreadable("an event of it has no readable response")
        if document.get("type") in _ENDS:
            self.usage = read_usage(response)
            self.finished = True
        elif not self._response:
            self._response = response
        if self._call.shown_model == "" or "model" not in response:
            return event
        return event.saying({**document, "response": {**response, "model": self._call.shown_model}})

    def end(self, output_tokens: int) -> list[Event]:
        told = list(self._last_words(output_tokens))
        self.finished = True
        first = self._number + 1
        return [
            Event(document["type"]).saying({**document, "sequence_number": number})
            for number, document in enumerate(told, first)
        ]

    def _follow(self, document: dict[str, Any]) -> None:
        kind, index = document.get("type"), document.get("output_index")
        if kind is not None and not isinstance(kind, str):
            raise Unreadable("an event of it has no readable type")
        if kind is None or type(index) is not int:
            return  # an error, or news of the response as a whole
        if kind in ("response.output_item.added", "response.output_item.done"):
            item = document.get("item")
            if not isinstance(item, dict):
                raise Unreadable("an item of it is not an object")
            known = self._items.setdefault(index, _Item(item))
            known.item, known.done = item, kind.endswith(".done")
            if known.done and not known.counted:
                self._count(item)
            return
        delta = document.get("delta")
        if kind.endswith(".delta") and isinstance(delta, str):
            self.flow.add(delta)
            known = self._items.setdefault(index, _Item({}))
            known.counted = True
            place = document.get("content_index", 0)
            known.pieces.setdefault(place if type(place) is int else 0, []).append(delta)

    def _count(self, item: dict[str, Any]) -> None:
        """An item that came at once. What is encrypted in it nobody sees."""
        for key, value in item.items():
            if key != "encrypted_content":
                for text in strings(value):
                    self.flow.add(text)

    def _last_words(self, output_tokens: int) -> Iterator[dict[str, Any]]:
        if not self._response:
            self._response = {
                "id": "resp_akios",
                "object": "response",
                "created_at": int(time.time()),
                "model": self._call.model,
                "output": [],
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
            }
            begun = {**self._response, "status": "in_progress", "model": self._call.shown_model or self._call.model}
            yield {"type": "response.created", "response": begun}
        output: list[dict[str, Any]] = []
        for index, known in sorted(self._items.items()):
            if not known.item:
                continue  # it never began
            if not known.done:
                known.item = _broken_off(known)
                yield {"type": "response.output_item.done", "output_index": index, "item": known.item}
            output.append(known.item)
        usage = {
            "input_tokens": self.known_input or 0,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": (self.known_input or 0) + output_tokens,
        }
        response = {
            **self._response,
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "model": self._call.shown_model or self._response.get("model", self._call.model),
            "output": output,
            "usage": usage,
        }
        yield {"type": "response.incomplete", "response": response}


def read_usage(response: dict[str, Any]) -> Usage | None:
    """What a response tells of its usage; None if nothing."""
    usage = response.get("usage")
    if usage is None:
        return None
    if not isinstance(usage, dict) or "input_tokens" not in usage or "output_tokens" not in usage:
        raise Unreadable("its usage is not an object with input_tokens and output_tokens")
    tier = response.get("service_tier")
    return Usage(
        input_tokens=fields.count(usage, "input_tokens"),
        output_tokens=fields.count(usage, "output_tokens"),
        cached_tokens=fields.count(usage, "input_tokens_details", "cached_tokens"),
        cache_write_tokens=fields.count(usage, "input_tokens_details", "cache_write_tokens"),
        reasoning_tokens=fields.count(usage, "output_tokens_details", "reasoning_tokens"),
        options=(("service_tier", tier),) if isinstance(tier, str) else (),
    )


def _broken_off(known: _Item) -> dict[str, Any]:
    """An item that has no end, with what has come of it."""
    item = {**known.item, "status": "incomplete"}
    kind = item.get("type")
    if kind == "message":
        parts = sorted(known.pieces.items())
        told = [{"type": "output_text", "text": "".join(pieces), "annotations": []} for _, pieces in parts]
        return {**item, "content": told}
    if isinstance(kind, str) and kind in items.DEFINED:
        return {**item, items.DEFINED[kind]: "".join(known.pieces.get(0, []))}
    return item
