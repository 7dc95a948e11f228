"""`budgets.db` beside the event loop: one thread that waits for the disk, started when it is first needed.

A session without a day budget never waits for it: there it only carries away snapshots.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from akios_jail.database import BUSY_S

if TYPE_CHECKING:
    from akios_jail.flux.store import Store

T = TypeVar("T")

#: What is asked for stands in line and waits for other processes that write for `BUSY_S` together, but for so many
#: seconds at least when its turn has come.
LEAST_BUSY_S = 0.05


class BudgetsUnavailable(Exception):
    """`budgets.db` cannot be read or written. The message is for people."""


class Budgets:
    """The store of one session, on a thread of its own."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._store: Store | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._closed = False

    async def ask(self, work: Callable[[Store], T]) -> T:
        """The result of `work`, done by the thread. `BudgetsUnavailable` if the file fails it.

        What was begun is finished, whoever waits for it.
        """
        return await asyncio.wrap_future(self.submit(work))

    def submit(self, work: Callable[[Store], T]) -> Future[T]:
        """The same without waiting."""
        if self._closed:
            raise BudgetsUnavailable("the session has ended")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "budgets")
        return self._thread.submit(self._do, work, monotonic() + BUSY_S)

    def close(self) -> None:
        """Finish what was asked for, and close the file; waits for both. Idempotent."""
        self._closed = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.submit(self._shut)
            thread.shutdown(wait=True)

    def _do(self, work: Callable[[Store], T], until: float) -> T:
        import sqlite3

        from akios_jail.flux.store import Store

        # What stood in line while another process kept the file locked has waited along: however much has piled up,
        # a session that ends then ends soon.
        patience = max(LEAST_BUSY_S, round(until - monotonic(), 1))
        try:
            if self._store is not None and self._store.replaced:
                self._shut()
            if self._store is None:
                if not os.path.isabs(self._folder):
                    raise BudgetsUnavailable("the session has no folder for what outlives it")
                self._store = Store(self._folder, patience=patience)
                self._store.fold()
            self._store.wait_at_most(patience)
            return work(self._store)
        except (sqlite3.Error, OSError) as error:
            raise BudgetsUnavailable(f"budgets.db in the state folder cannot be used: {error}") from error

    def _shut(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()
