"""The first event of a streamed answer, looked at before the agent has anything: is it an answer, or an error?

Read only where something can follow from it. What was read stays in the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic

from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import UpstreamFailed
from akios_jail.providers import framings, troubles
from akios_jail.providers.neutral import Call
from akios_jail.providers.strictjson import Unreadable
from akios_jail.providers.troubles import Trouble

#: An event that is longer is no error.
_MOST = 64 * 1024
#: Signs of life that an upstream sends instead of an answer are kept from the agent for so long, in seconds.
_PATIENCE_S = 15.0


async def trouble(call: Call, response: Response) -> Trouble | None:
    """The error that the answer begins with, None if it begins with anything else or is no stream that can be read.

    `UpstreamFailed` if it breaks off before its first event; the answer itself then breaks off there too.
    """
    framing = framings.of_answer(call.wire.framing, call.stream, response.header("content-type") or "")
    if framing is None or response.coding:
        return None
    parser = framings.of(framing).parser()
    body = aiter(response.body)
    kept: list[bytes] = []
    size, until = 0, monotonic() + _PATIENCE_S
    try:
        while size <= _MOST and monotonic() < until:
            chunk = await anext(body, None)
            if chunk is None:
                break
            kept.append(chunk)
            size += len(chunk)
            events = [event for event in parser.feed(chunk) if not troubles.is_sign_of_life(event)]
            if events:
                return troubles.of_event(events[0])
    except Unreadable:
        return None  # meter says so
    except UpstreamFailed as failed:
        body = _broken(failed)
        raise
    finally:
        response.body = _whole(kept, body)
    return None


async def _whole(kept: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in kept:
        yield chunk
    async for chunk in rest:
        yield chunk


async def _broken(failed: UpstreamFailed) -> AsyncIterator[bytes]:
    raise failed
    yield b""
