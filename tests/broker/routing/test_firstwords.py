"""The first event of a stream is looked at, and nothing of the stream is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import UpstreamFailed
from akios_jail.broker.routing import firstwords
from akios_jail.providers import registry
from akios_jail.providers.troubles import Trouble

ERROR = b'data: {"error":{"message":"busy","code":503}}\n\n'
HELLO = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
PING = b": still here\n\n"


async def looked_at(*chunks: bytes, kind: str = "text/event-stream", cut: bool = False) -> tuple[Trouble | None, bytes]:
    """What was found, and what the agent would get afterwards."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        if cut:
            raise UpstreamFailed(502, "upstream_cut", "it broke off")

    call = registry.understand(
        "api.openai.com",
        "POST",
        "/v1/chat/completions",
        b'{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}]}',
    )
    assert call is not None
    response = Response(200, "OK", [("Content-Type", kind)], body(), None)
    found = await firstwords.trouble(call, response)
    return found, b"".join([chunk async for chunk in response.body])


@pytest.mark.parametrize(
    ("chunks", "trouble"),
    [
        ((ERROR,), True),
        ((PING, ERROR[:9], ERROR[9:]), True),
        ((PING + PING, HELLO, ERROR), False),
        ((HELLO + ERROR,), False),
        ((), False),
        ((PING,), False),
        ((b"data: nonsense\n\n", ERROR), False),
        ((b"x" * 70_000, ERROR), False),
    ],
)
def test_only_the_first_event_counts_and_every_byte_stays(chunks: tuple[bytes, ...], trouble: bool) -> None:
    found, rest = asyncio.run(looked_at(*chunks))
    assert found == (Trouble(503, "busy") if trouble else None)
    assert rest == b"".join(chunks)


def test_what_is_no_stream_is_not_looked_at() -> None:
    assert asyncio.run(looked_at(ERROR, kind="application/json")) == (None, ERROR)


def test_signs_of_life_reach_the_agent_before_it_loses_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firstwords, "_PATIENCE_S", 0.0)
    assert asyncio.run(looked_at(PING, ERROR)) == (None, PING + ERROR)


def test_a_stream_that_breaks_off_before_its_first_event_has_failed() -> None:
    with pytest.raises(UpstreamFailed, match="broke off"):
        asyncio.run(looked_at(PING, cut=True))
