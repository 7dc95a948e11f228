"""The official clients as judges: bytes that a wire format gives are read by their own parsers and accumulators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
from anthropic import Anthropic
from openai import OpenAI

from akios_jail.providers.neutral import Call, Garbled, Gate, Ruling, ToolCall
from akios_jail.providers.sse import Event, SseParser

Rule = Callable[[ToolCall], Ruling]
ALLOW = Ruling("allow")


class _Canned(httpx2.BaseTransport):
    """Answers every request with these bytes."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._body = body
        self._kind = kind

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": self._kind}, content=self._body)


def _client(body: bytes) -> httpx2.Client:
    kind = "application/json" if body.startswith(b"{") else "text/event-stream"
    return httpx2.Client(transport=_Canned(body, kind))


def openai(body: bytes) -> OpenAI:
    return OpenAI(api_key="none", base_url="http://upstream.test/v1", http_client=_client(body), max_retries=0)


def anthropic(body: bytes) -> Anthropic:
    return Anthropic(api_key="none", base_url="http://upstream.test", http_client=_client(body), max_retries=0)


def events(*documents: dict[str, Any] | str, named: bool = False) -> bytes:
    """A stream of these documents; `named`: each event bears its document's type."""
    out = []
    for document in documents:
        if isinstance(document, str):
            out.append(Event(data=document))
        else:
            out.append(Event(document["type"] if named else "").saying(document))
    return b"".join(event.encode() for event in out)


def gated(gate: Gate, stream: bytes, rule: Rule) -> bytes:
    """What the agent gets of a stream whose calls are ruled on so; those that nobody can read are refused."""
    shown: list[Event] = []

    def ruled(call: ToolCall) -> Ruling:
        return Ruling("deny", call.arguments.why) if isinstance(call.arguments, Garbled) else rule(call)

    def take(flows: list[Event | ToolCall]) -> None:
        for flow in flows:
            shown.extend(gate.ruled(flow, ruled(flow)) if isinstance(flow, ToolCall) else [flow])

    for event in SseParser().feed(stream):
        take(gate.event(event))
    take(gate.end())
    return b"".join(event.encode() for event in shown)


def through(call: Call, stream: bytes, rule: Rule) -> bytes:
    """What the agent gets of a stream: the answer's reader first, then the gate."""
    answer = call.wire.answer(call)
    read = [shown for event in SseParser().feed(stream) if (shown := answer.event(event)) is not None]
    return gated(call.wire.gate(call), b"".join(event.encode() for event in read), rule)


def ruling(**by_name: Ruling) -> Rule:
    """Rule by the name of the tool; what is not named is allowed."""
    return lambda call: by_name.get(call.name, ALLOW)
