"""The tool calls that a recorded answer of a model asks for, read as the broker reads them."""

from __future__ import annotations

from typing import Final

from akios_jail.providers import framings, registry, strictjson
from akios_jail.providers.neutral import Call, Ruling, ToolCall
from akios_jail.providers.sse import SseError
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar.recorded import Attempt

#: What the reader of an answer is told of each call: which ones there are is all that is asked here.
_PASSES: Final = Ruling("allow")


def tool_calls(attempt: Attempt) -> list[ToolCall]:
    """In their order. `Unreadable` if they are not recorded, or nobody can tell."""
    if attempt.status is None or not 200 <= attempt.status < 300:
        return []
    if attempt.request is None:
        raise Unreadable(f"the call is not kept ({attempt.request_unkept})")
    if attempt.response is None:
        raise Unreadable(f"the answer is not kept ({attempt.response_unkept})")
    call = registry.understand(attempt.host, attempt.method, attempt.path, attempt.request, attempt.query)
    if call is None:
        return []
    kind = next((value for name, value in attempt.response_headers if name.lower() == "content-type"), "")
    framing = framings.of_answer(call.wire.framing, call.stream, kind)
    return _whole(call, attempt.response) if framing is None else _streamed(call, framing, attempt.response)


def _whole(call: Call, body: bytes) -> list[ToolCall]:
    document = strictjson.loads(body)
    if not isinstance(document, dict):
        raise Unreadable("the answer is no object")
    return call.wire.gate(call).calls(document)


def _streamed(call: Call, framing: str, body: bytes) -> list[ToolCall]:
    gate, answer, found = call.wire.gate(call), call.wire.answer(call), list[ToolCall]()
    try:
        for event in framings.of(framing).parser().feed(body):
            shown = answer.event(event)
            items = gate.event(shown) if shown is not None else []
            for item in items:
                if isinstance(item, ToolCall):
                    found.append(item)
                    gate.ruled(item, _PASSES)
        found += [item for item in gate.end() if isinstance(item, ToolCall)]
    except SseError as error:
        raise Unreadable(str(error)) from error
    return found
