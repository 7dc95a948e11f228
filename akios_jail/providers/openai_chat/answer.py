"""The answer to a chat completions call, whole or in chunks: what it costs, and what the agent gets of it."""

from __future__ import annotations

import json
import time
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import Call, Usage, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: How OpenAI writes that a chunk tells no usage; never its first field.
_NO_USAGE = ',"usage":null'


class OpenAIAnswer(Following):
    """A chat completion, or its chunks."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._head: dict[str, Any] = {}
        self._open: dict[int, bool] = {}  # choices by index: whether it still writes

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        for choice in fields.objects(document, "choices"):
            for text in strings(choice.get("message")):
                self.flow.add(text)
        self._take_usage(document)
        self.finished = True
        return self.renamed(document, body)

    def event(self, event: Event) -> Event | None:
        if event.data is None or event.data.strip() == "":
            return event
        if event.data.strip() == "[DONE]":
            self.finished = True
            return event
        chunk = event.document
        if not isinstance(chunk, dict):
            raise Unreadable("a chunk of it is not an object")
        choices = fields.objects(chunk, "choices")
        if choices and not self._head:
            self._head = {key: chunk[key] for key in ("id", "object", "created", "model") if key in chunk}
        for choice in choices:
            for text in strings(choice.get("delta")):
                self.flow.add(text)
            index = choice.get("index", 0)
            if type(index) is not int:
                raise Unreadable("a chunk of it has no readable index")
            self._open[index] = choice.get("finish_reason") is None
        self._take_usage(chunk)
        if self._call.hides_usage and "usage" in chunk:
            if not choices and chunk["usage"] is not None:
                return None
            if chunk["usage"] is None:
                chunk = {key: value for key, value in chunk.items() if key != "usage"}
                if self._call.shown_model == "" and event.data.count('"usage"') == event.data.count(_NO_USAGE) == 1:
                    # Quotes within a string are escaped, so that this is the field; the rest stays as it was written.
                    return event.rewritten(event.data.replace(_NO_USAGE, "", 1), chunk)
        if self._call.shown_model != "" and "model" in chunk:
            chunk = {**chunk, "model": self._call.shown_model}
        return event if chunk is event.document else event.saying(chunk)

    def end(self, output_tokens: int) -> list[Event]:
        head = self._head or {
            "id": "chatcmpl-akios",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self._call.model,
        }
        if self._call.shown_model != "":
            head["model"] = self._call.shown_model
        writing = self._open or dict.fromkeys(range(self._call.choices), True)
        chunks: list[dict[str, Any]] = [
            {**head, "choices": [{"index": index, "delta": {}, "finish_reason": "length"}]}
            for index, still in sorted(writing.items())
            if still
        ]
        if self._call.wants_usage:
            tokens = {"prompt_tokens": self.known_input or 0, "completion_tokens": output_tokens}
            chunks.append({**head, "choices": [], "usage": {**tokens, "total_tokens": sum(tokens.values())}})
        self.finished = True
        return [*(Event(data=json.dumps(chunk, separators=(",", ":"))) for chunk in chunks), Event(data="[DONE]")]

    def _take_usage(self, document: dict[str, Any]) -> None:
        usage = read_usage(document)
        if usage is not None:
            self.usage = usage
            self.known_input = usage.input_tokens


def read_usage(document: dict[str, Any]) -> Usage | None:
    """What an answer or a chunk of it tells of its usage; None if nothing."""
    usage = document.get("usage")
    if usage is None:
        return None
    if not isinstance(usage, dict) or "prompt_tokens" not in usage:
        raise Unreadable("its usage is not an object with prompt_tokens")
    tier = document.get("service_tier")
    cached = fields.count(usage, "prompt_tokens_details", "cached_tokens") or fields.count(usage, "cached_tokens")
    return Usage(
        input_tokens=fields.count(usage, "prompt_tokens"),
        output_tokens=fields.count(usage, "completion_tokens"),
        cached_tokens=cached,
        cache_write_tokens=fields.count(usage, "prompt_tokens_details", "cache_write_tokens"),
        reasoning_tokens=fields.count(usage, "completion_tokens_details", "reasoning_tokens"),
        input_audio_tokens=fields.count(usage, "prompt_tokens_details", "audio_tokens"),
        output_audio_tokens=fields.count(usage, "completion_tokens_details", "audio_tokens"),
        options=(("service_tier", tier),) if isinstance(tier, str) else (),
    )
