"""What every stage of the pipeline looks like."""

from __future__ import annotations

from typing import Protocol

from akios_jail.broker.exchange import Exchange


class Stage(Protocol):
    """One concern of the pipeline. Constructed once a session, as `Stage(session)`; holds no exchange's state."""

    name: str

    async def request(self, exchange: Exchange) -> None:
        """Before anything goes upstream. Raise `Denied` to refuse."""

    async def response(self, exchange: Exchange) -> None:
        """When the head of the answer is here, before the agent sees it. May wrap `exchange.response.body`."""
