"""tape: what the agent asked for is noted for the recording, before what the agent did not write changes in it.

Behind `redact`, so that no personal data is in it that is kept from leaving. What goes upstream and what comes back is
recorded where it goes by (`broker.tape`).
"""

from __future__ import annotations

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.taped import Taped


class Tape:
    """Notes the requests of one session."""

    name = "tape"

    def __init__(self, session: SessionView) -> None:
        """Nothing is needed of the session: the exchange has what is noted."""

    async def request(self, exchange: Exchange) -> None:
        """As the agent asked it."""
        if isinstance(exchange.taped, Taped):
            exchange.taped.seen(exchange)

    async def response(self, exchange: Exchange) -> None:
        """Answers are recorded as they come from upstream."""
