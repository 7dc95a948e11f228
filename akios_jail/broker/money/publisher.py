"""Snapshots of an account for `akios budget show`: soon after a change, at most twice a second, never on a call's way.

What does not change is written now and then all the same: a session that is not heard of for long is not running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from akios_jail.broker.money.budgets import Budgets, BudgetsUnavailable

PUBLISH_S = 0.5
HEARTBEAT_S = 10.0


class Publisher:
    """Writes what `take` returns. For the event loop's thread."""

    def __init__(self, budgets: Budgets, session: str, take: Callable[[], dict[str, Any]]) -> None:
        self._budgets = budgets
        self._session = session
        self._take = take
        self._timer: asyncio.TimerHandle | None = None
        self._soon = False
        self._closed = False
        self._writing: Future[None] | None = None

    def changed(self) -> None:
        """There is something new to show."""
        if not self._soon and not self._closed:
            self._schedule(PUBLISH_S, soon=True)

    def close(self) -> None:
        """The session is over: take its snapshot away."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._write(None)

    def _schedule(self, after: float, *, soon: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._soon = soon
        self._timer = asyncio.get_running_loop().call_later(after, self._fire)

    def _fire(self) -> None:
        if self._writing is not None and not self._writing.done():
            self._schedule(PUBLISH_S, soon=True)  # the disk is slow, or the file locked: nothing piles up
            return
        self._schedule(HEARTBEAT_S, soon=False)
        self._write(self._take())

    def _write(self, snapshot: dict[str, Any] | None) -> None:
        session = self._session
        try:
            self._writing = self._budgets.submit(lambda book: book.snapshots.publish(session, snapshot))
        except BudgetsUnavailable:
            return
