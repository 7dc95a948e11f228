"""route: an answer in another wire format is told in the agent's, and the agent hears something while it waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.broker.stages import route
from akios_jail.broker.stages.route import Route
from akios_jail.providers import registry
from tests.broker.routing.test_journey import exchange_of

ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Done there."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 500, "output_tokens": 50},
}


def translated(*chunks: bytes, wait: float, stream: bool) -> Exchange:
    """An exchange of an agent that speaks chat completions, answered by Anthropic after a while."""
    exchange, sending = exchange_of("gpt-4o")
    said = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    exchange.call = registry.understand("api.anthropic.com", "POST", "/v1/messages", json.dumps(said).encode())
    exchange.asked_call = replace(sending.call, stream=stream)

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            await asyncio.sleep(wait)
            yield chunk

    exchange.response = Response(200, "OK", [("Content-Type", "application/json")], body(), None)
    return exchange


async def read(exchange: Exchange) -> list[bytes]:
    await Route.response(object(), exchange)  # type: ignore[arg-type]
    return [chunk async for chunk in exchange.response.body]


@pytest.mark.parametrize("stream", [False, True])
def test_an_agent_that_waits_for_a_translation_hears_something(monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    monkeypatch.setattr(route, "ALIVE_S", 0.05)

    async def test() -> None:
        exchange = translated(json.dumps(ANSWER).encode(), wait=0.3, stream=stream)
        chunks = await read(exchange)
        assert chunks[:2] == [b"\n", b"\n"]
        assert b"Done there." in chunks[-1]
        assert exchange.response.length is None
        if not stream:
            document: Any = json.loads(b"".join(chunks))
            assert document["object"] == "chat.completion"
        exchange.close()

    asyncio.run(test())


def test_an_answer_that_comes_at_once_has_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        exchange = translated(json.dumps(ANSWER).encode(), wait=0, stream=False)
        (body,) = await read(exchange)
        assert exchange.response.length == len(body)
        exchange.close()

    asyncio.run(test())


def test_an_answer_that_cannot_be_told_is_refused_in_words() -> None:
    async def test() -> None:
        exchange = translated(b'{"type": "nonsense"}', wait=0, stream=False)
        with pytest.raises(Denied, match=r"the answer of api\.openai\.com cannot be told") as caught:
            await read(exchange)
        assert caught.value.verdict.code == "answer_untranslatable"
        exchange.close()

    asyncio.run(test())


def test_an_agent_that_leaves_takes_the_reading_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "ALIVE_S", 0.05)

    async def test() -> None:
        exchange = translated(b"{", wait=60, stream=False)
        await Route.response(object(), exchange)  # type: ignore[arg-type]
        assert await anext(aiter(exchange.response.body)) == b"\n"
        exchange.close()
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(test())
