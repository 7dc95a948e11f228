"""settle: what a call did use is taken from the budget, and the rest of its reservation is free.

As soon as it is known, before the agent has the end of the answer: its next call finds the room that this one left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.session_view import SessionView
from akios_jail.flux.hold import Hold
from akios_jail.flux.ledger import Spent


class Settle:
    """Ends what reserve holds, by what meter counts."""

    name = "settle"

    def __init__(self, session: SessionView) -> None:
        """Nothing is kept of the session: what is held is on the call."""

    async def request(self, exchange: Exchange) -> None:
        """There is nothing to settle before the answer."""

    async def response(self, exchange: Exchange) -> None:
        hold = getattr(exchange.call, "hold", None)
        if not isinstance(hold, Hold):
            return
        if not 200 <= exchange.response.status < 300:
            hold.release()
            return
        exchange.response.body = _watch(exchange, hold, exchange.response.body)


async def _watch(exchange: Exchange, hold: Hold, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in body:
        _settle(exchange, hold)
        yield chunk
    _settle(exchange, hold)


def _settle(exchange: Exchange, hold: Hold) -> None:
    usage = exchange.usage
    if usage is not None:
        hold.settle(Spent(usage.cost_microusd, usage.input_tokens + usage.output_tokens))
