"""thoughts: what a model thought and signed is remembered, so that it may go back to it unchanged.

`redact` would otherwise replace in it what looks like personal data, and the provider would refuse the call, because
the signature fits no more.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.personal import Personal
from akios_jail.broker.session_view import SessionView
from akios_jail.pii.thoughts import Thoughts as Known
from akios_jail.policy.plans import BrokerPlan
from akios_jail.providers import strictjson
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_SIGN = "signature"


def needed(plan: BrokerPlan) -> bool:
    """Whether personal data is looked for in what models are told."""
    return plan.pii.mode != "off" and "model_calls" in plan.pii.scope


class Thoughts:
    """Follows the answers of models."""

    name = "thoughts"

    def __init__(self, session: SessionView) -> None:
        personal = session.personal
        if personal is None:
            raise ValueError("the session looks for no personal data")
        self._personal: Personal = personal

    async def request(self, exchange: Exchange) -> None:
        """What is sent is redact's matter."""

    async def response(self, exchange: Exchange) -> None:
        response = exchange.response
        if exchange.call is None or not 200 <= response.status < 300:
            return
        if response.events is not None:
            response.events = _streamed(self._personal.thoughts, response.events)
        elif not response.coding:
            response.body = _whole(self._personal.thoughts, response.body)


async def _streamed(thoughts: Known, events: AsyncIterator[list[Event]]) -> AsyncIterator[list[Event]]:
    following = thoughts.follow()
    async for batch in events:
        for event in batch:
            if event.data is not None and (
                '"thinking"' in event.data or _SIGN in event.data or "reasoning" in event.data
            ):
                with contextlib.suppress(Unreadable):
                    following.event(event.document)
        yield batch


async def _whole(thoughts: Known, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body as it comes, its last piece once it is known what is signed in it."""
    kept: list[bytes] = []
    size = 0
    waiting = b""
    async for chunk in body:
        size += len(chunk)
        if size <= limits.DECODED_BODY.value:
            kept.append(chunk)
        if waiting:
            yield waiting
        waiting = chunk
    answer = b"".join(kept) if size <= limits.DECODED_BODY.value else b""
    if _SIGN.encode() in answer:
        with contextlib.suppress(Unreadable):
            thoughts.whole(strictjson.loads(answer))
    if waiting:
        yield waiting
