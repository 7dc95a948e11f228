"""Durable records without a stalled event loop: many records to one wait for the disk, in the order of asking.

Whatever wants an action to take effect awaits `durable`: it returns when the record is on stable storage. Records that
nobody waits for (what an exchange came to, refusals without an answer) linger for a moment first: as a rule the next
verdict comes along, and one wait serves both. If a record cannot be written, every later one fails too: from then on
nothing may be allowed, and the launcher is told.

Handing a record to a thread and hearing of it again takes longer than the disk does, and three times the processor. So
the event loop waits for the disk itself: at once while it has nothing else to do (`alone`), else once for all records
that were asked for in one turn. Where a thread is writing, or the disk was slow, the thread does it (`record_writer`),
and what arrives meanwhile goes out together with its next wait.

A session's start goes on record before its agent runs, and needs neither thread nor loop: what those need is imported
where it is used.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.record import Entry, Spelled, spell
from akios_jail.broker.record_writer import LINGER, Item, RecordWriter, tell

if TYPE_CHECKING:
    from concurrent.futures import Future


class Recorder:
    """Records of one session. `on_failure` is called once, from the thread that writes, when its journal fails.

    `clean`: takes out of a record's fields what must not be written down, whatever wrote it there. `alone`: whether
    nobody but who asks for a record would have to wait if the event loop waited for the disk.
    """

    def __init__(
        self,
        journal: Journal,
        session: str,
        policy_sha256: str,
        on_failure: Callable[[str], None],
        clean: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.alone: Callable[[], bool] = lambda: False
        self._session = session
        self._policy_sha256 = policy_sha256
        self._clean = clean
        self._writer = RecordWriter(journal, on_failure)
        self._asked: list[Item] = []  # in their order: what is not on its way yet
        self._asked_since = 0.0
        self._at_turn_s_end = False  # whether the event loop writes it at the end of this turn
        self._flushing = False  # whether a timer of the event loop sees to it otherwise
        self._lock = threading.Lock()  # never held while somebody writes, or is told
        self._closed = False

    @property
    def failure(self) -> str | None:
        """Why nothing can be recorded any more; None while it can."""
        return self._writer.failure

    def now(self, type: str, fields: dict[str, Any]) -> Leaf:
        """Record and wait, on this thread: a session's start and end. `AuditUnavailable` if it cannot be."""
        entry = self._entry(type, fields)
        with self._lock:
            self._check()
            direct = not self._asked and self._writer.has_thread is not True
        return self._writer.write_alone(entry) if direct else self._submit_now(entry).result()

    async def durable(self, type: str, fields: dict[str, Any]) -> None:
        """Record, and return when it is on stable storage. For the event loop. `AuditUnavailable` if it cannot be."""
        if not self.at_once([(type, fields)]):
            import asyncio

            waiter = asyncio.get_running_loop().create_future()
            self._submit(Item(self._entry(type, fields), False, waiter))
            await waiter

    def at_once(self, records: Sequence[tuple[str, dict[str, Any]]]) -> bool:
        """Record these (type and fields) here and now if nobody has to wait for it; False, and nothing done, else.

        For the event loop. `AuditUnavailable` if they cannot be recorded.
        """
        if self.alone() is not True:
            return False
        entries = [self._entry(type, fields) for type, fields in records]
        with self._lock:
            if self._closed or self.failure is not None or not self._writer.may_wait():
                return False
            before = self._taken()
            self._writer.claim(len(before) + len(entries))
        return self._writer.write_first(before, entries)

    def submit(self, type: str, fields: dict[str, Any], *, lingers: bool = False) -> Future[Leaf]:
        """Record without waiting. The future fails with `AuditUnavailable`; so does everything after a failure.

        `lingers`: nobody waits for this one, so that it may go out with the next.
        """
        return self._submit_now(self._entry(type, fields), lingers=lingers)

    def close(self) -> None:
        """Write what is waiting and end the thread. Idempotent."""
        with self._lock:
            self._closed = True
            left = self._writer.put(self._taken())
        self._writer.write(left)
        self._writer.close()

    def _submit_now(self, entry: Entry | Spelled, *, lingers: bool = False) -> Future[Leaf]:
        from concurrent.futures import Future

        future: Future[Leaf] = Future()
        # What was submitted is written, whether or not somebody still waits for it.
        future.set_running_or_notify_cancel()
        self._submit(Item(entry, lingers, future=future))
        return future

    def _submit(self, item: Item) -> None:
        try:
            with self._lock:
                self._check()
                if self._may_gather(item):
                    if not self._asked:
                        self._asked_since = monotonic()
                    self._asked.append(item)
                    return
                left = self._writer.put([*self._taken(), item])
        except AuditUnavailable as refused:
            tell([item], refused)
        else:
            self._writer.write(left)

    def _check(self) -> None:
        """`AuditUnavailable` where nothing is recorded any more."""
        if self._closed or self.failure is not None:
            raise AuditUnavailable(self.failure or "the session has ended")

    def _may_gather(self, item: Item) -> bool:
        """Whether this may wait for what is asked for after it: somebody sees to it. Call with the lock."""
        if item.waiter is None:
            return item.lingers and self._flush_later(LINGER)
        if not self._writer.may_wait():
            return False
        if not self._at_turn_s_end:
            item.waiter.get_loop().call_soon(self._write_asked)
            self._at_turn_s_end = True
        return True

    def _taken(self) -> list[Item]:
        """What is not on its way yet, for whoever writes it now. Call with the lock."""
        items, self._asked = self._asked, []
        self._at_turn_s_end = False
        return items

    def _write_asked(self) -> None:
        """Write what this turn of the event loop asked for, with one wait, unless somebody has taken it meanwhile."""
        with self._lock:
            if not self._at_turn_s_end:
                return
            items = self._taken()
            if not self._writer.may_wait():
                left = self._writer.put(items)
            else:
                left = None
                self._writer.claim(len(items))
        if left is not None:
            self._writer.write(left)
            return
        with contextlib.suppress(AuditUnavailable):  # who waits has been told
            self._writer.write_first(items, [])

    def _flush_later(self, seconds: float) -> bool:
        """See to it that the thread gets what lingers in a moment; False where no event loop runs."""
        if not self._flushing:
            import asyncio

            try:
                asyncio.get_running_loop().call_later(seconds, self._flush)
            except RuntimeError:
                return False
            self._flushing = True
        return True

    def _flush(self) -> None:
        with self._lock:
            self._flushing = False
            left = self._asked_since + LINGER - monotonic()
            if self._asked and left > 0.001:  # what it was set for has gone with a verdict, and this has come since
                self._flush_later(left)
                return
            # In the thread they need not linger once more: nobody behind them would be written at once meanwhile.
            rest = self._writer.put([item._replace(lingers=False) for item in self._taken()])
        self._writer.write(rest)

    def _entry(self, type: str, fields: dict[str, Any]) -> Entry | Spelled:
        clean = fields if self._clean is None else self._clean(fields)
        named = {"policy_sha256": self._policy_sha256, **clean}
        try:
            # Here, where others are not kept waiting by it, as they are where the records before this one are written.
            return Spelled(type, self._session, named, spell(type, named))
        except Exception:
            return Entry(type, self._session, named)  # no record: who writes it says so to who waits for it
