"""In a replay nothing is dialled. The broker has no network there either; this says so in words."""

from __future__ import annotations

from akios_jail.broker.dialer import Dialer, Place
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.policy.verdict import Verdict

NOT_KEPT = "replay_not_kept"


class Unplugged(Dialer):
    """Knows no address of anything."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.decider, session.opening.options)
        self._session = session

    async def where(self, host: str, port: int) -> list[Place]:
        """`Denied`, and the session ends: what went through a connection that nobody opened is not on record."""
        reason = f"a replay dials nobody, and what went through the connection to {host}:{port} is not on record"
        self._session.end(NOT_KEPT, reason)
        raise Denied(Verdict("deny", NOT_KEPT, reason))

    async def named(self, host: str, port: int) -> list[Place]:
        """The same."""
        return await self.where(host, port)
