"""The tools that an MCP server lists, without those that the policy refuses whatever they are asked.

The agent's model does not ask then for what it cannot have. No rule depends on it: a tool that is called all the same
is refused by the call's own ruling, so a list that cannot be read goes on as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.policy.tools import Judge
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import framings, mcp, mcp_answers
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: A request for a list is short.
_LONGEST_REQUEST = 64 * 1024


async def leave_out(exchange: Exchange, judge: Judge) -> None:
    """Take the hidden tools out of the answer, if the request asks for a list of tools."""
    response = exchange.response
    if not judge.hides or not _asks_for_list(exchange) or not 200 <= response.status < 300:
        return
    response.decode(limits.DECODED_BODY.value)
    response.length = None
    if framings.of_answer("sse", True, response.header("content-type") or "") == "sse":
        response.body = _streamed(response.body, judge)
    else:
        response.body = _whole(exchange, response.body, judge)


def _asks_for_list(exchange: Exchange) -> bool:
    request = exchange.request
    if not request.body or request.coding or len(request.body) > _LONGEST_REQUEST:
        return False
    try:
        asked = mcp.read(request.headers, request.body)
    except Unreadable:
        return False
    return asked is not None and asked.lists


async def _streamed(body: AsyncIterator[bytes], judge: Judge) -> AsyncIterator[bytes]:
    framing = framings.of("sse")
    parser = framing.parser()
    async for chunk in body:
        out: list[bytes] = []
        try:
            out += [framing.encode(_shown(event, judge)) for event in parser.feed(chunk)]
        except Unreadable as error:
            reason = f"the answer of the MCP server is not a readable stream: {error}"
            raise Denied(Verdict("deny", "answer_unreadable", reason), 502) from None
        if out:
            yield b"".join(out)


def _shown(event: Event, judge: Judge) -> Event:
    with suppress(Unreadable):
        return mcp_answers.event(event, judge.shows)
    return event


async def _whole(exchange: Exchange, rest: AsyncIterator[bytes], judge: Judge) -> AsyncIterator[bytes]:
    kept: list[bytes] = []
    async for chunk in rest:
        kept.append(chunk)
        if not exchange.make_room(len(chunk)):
            break
    else:
        body = b"".join(kept)
        with suppress(Unreadable):
            body = await offload(len(body), mcp_answers.whole, body, judge.shows)
        if body:
            yield body
        return
    for chunk in kept:  # too much to be kept: it goes on as it is
        yield chunk
    async for chunk in rest:
        yield chunk
