"""Durable records without a stalled event loop: one writer thread, many records to one wait for the disk.

Whatever wants an action to take effect awaits `durable`: it returns when the record is on stable storage. While the
thread waits for the disk, the records that arrive meanwhile gather, and go out together with the next wait. Records
that nobody waits for (what an exchange came to, refusals without an answer) linger for a moment first: as a rule the
next verdict comes along, and one wait serves both. If a record cannot be written, every later one fails too: from then
on nothing may be allowed, and the launcher is told.

Handing a record to a thread and hearing of it again takes longer than the disk does, and three times the processor. So
the event loop waits for the disk itself: at once while it has nothing else to do (`alone`), else once for all records
that were asked for in one turn. Where the thread is writing, or the disk was slow, the thread does it.

A session's start goes on record before its agent runs, and needs neither thread nor loop: what those need is imported
where it is used.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.record import Entry, Spelled, spell

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

#: Most records that share one wait, so that the first of them does not wait for a flood.
_BATCH = 256

#: How long a record that nobody waits for may linger, in seconds.
_LINGER = 0.02

#: A wait for the disk that took longer than this, in seconds, was too long for the event loop: the thread does the
#: waiting after it, for so many times as long. A disk that stays slow holds up the loop for a hundredth of its time.
_SLOW = 0.005
_MISTRUST = 100


class _Item(NamedTuple):
    """A record on its way, and who is told what became of it: a coroutine of the event loop, or a thread."""

    entry: Entry | Spelled
    lingers: bool
    waiter: asyncio.Future[None] | None = None
    future: Future[Leaf] | None = None


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
        self._journal = journal
        self._session = session
        self._policy_sha256 = policy_sha256
        self._on_failure = on_failure
        self._clean = clean
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._kept: list[_Item] = []  # what lingers until the event loop's timer, or until the next comes
        self._kept_since = 0.0
        self._gathered: list[_Item] = []  # what was asked for in this turn of the event loop
        self._flushing = False
        self._unwritten = 0  # records that are on their way: others go behind them
        self._mistrusted_until = 0.0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.failure: str | None = None

    def now(self, type: str, fields: dict[str, Any]) -> Leaf:
        """Record and wait, on this thread: a session's start and end. `AuditUnavailable` if it cannot be."""
        if self._thread is None and not self._kept and not self._gathered:
            return self._alone(type, fields)
        return self.submit(type, fields).result()

    async def durable(self, type: str, fields: dict[str, Any]) -> None:
        """Record, and return when it is on stable storage. For the event loop. `AuditUnavailable` if it cannot be."""
        if not self.at_once([(type, fields)]):
            import asyncio

            waiter = asyncio.get_running_loop().create_future()
            self._submit(_Item(self._entry(type, fields), False, waiter))
            await waiter

    def at_once(self, records: Sequence[tuple[str, dict[str, Any]]]) -> bool:
        """Record these (type and fields) here and now if nobody has to wait for it; False, and nothing done, else.

        For the event loop. `AuditUnavailable` if they cannot be recorded.
        """
        if self.alone() is not True:
            return False
        entries = [self._entry(type, fields) for type, fields in records]
        with self._lock:
            if self._closed or self.failure is not None or not self._may_wait():
                return False
            before = self._taken()
            self._unwritten += len(before)
        return self._here(before, entries)

    def submit(self, type: str, fields: dict[str, Any], *, lingers: bool = False) -> Future[Leaf]:
        """Record without waiting. The future fails with `AuditUnavailable`; so does everything after a failure.

        `lingers`: nobody waits for this one, so that it may go out with the next.
        """
        from concurrent.futures import Future

        future: Future[Leaf] = Future()
        # What was submitted is written, whether or not somebody still waits for it.
        future.set_running_or_notify_cancel()
        self._submit(_Item(self._entry(type, fields), lingers, future=future))
        return future

    def _submit(self, item: _Item) -> None:
        with self._lock:
            if self._closed or self.failure is not None:
                refused = AuditUnavailable(self.failure or "the session has ended")
            elif item.waiter is not None and self._may_wait():
                if not self._gathered:
                    item.waiter.get_loop().call_soon(self._write_gathered)
                self._gathered.append(item)
                return
            elif item.lingers and self._flush_later(_LINGER):
                if not self._kept:
                    self._kept_since = monotonic()
                self._kept.append(item)
                return
            else:
                self._hand_over([*self._taken(), item])
                return
        _tell([item], refused)

    def close(self) -> None:
        """Write what is waiting and end the thread. Idempotent."""
        with self._lock:
            self._closed = True
            self._hand_over(self._taken())
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()
            self._thread = None

    def _may_wait(self) -> bool:
        """Whether the event loop itself may wait for the disk now. Call with the lock."""
        return not self._unwritten and monotonic() >= self._mistrusted_until

    def _taken(self) -> list[_Item]:
        """What is not on its way yet, in its order, for whoever writes it now. Call with the lock."""
        items = [*self._kept, *self._gathered]
        self._kept, self._gathered = [], []
        return items

    def _hand_over(self, items: list[_Item]) -> None:
        """Give these to the thread. Call with the lock."""
        if items and self._thread is None:
            self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
            self._thread.start()
        self._unwritten += len(items)
        for item in items:
            self._queue.put(item)

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
            left = self._kept_since + _LINGER - monotonic()
            if self._kept and left > 0.001:  # what it was set for has gone with a verdict, and this has come since
                self._flush_later(left)
                return
            # In the thread they need not linger once more: nobody behind them would be written at once meanwhile.
            self._hand_over([item._replace(lingers=False) for item in self._taken()])

    def _write_gathered(self) -> None:
        """Write what this turn of the event loop asked for, with one wait, unless somebody has taken it meanwhile."""
        with self._lock:
            items = self._taken() if self._gathered else []
            if not self._may_wait():
                self._hand_over(items)
                return
            self._unwritten += len(items)
        if items:
            with contextlib.suppress(AuditUnavailable):  # who waits has been told
                self._here(items, [])

    def _entry(self, type: str, fields: dict[str, Any]) -> Entry | Spelled:
        clean = fields if self._clean is None else self._clean(fields)
        named = {"policy_sha256": self._policy_sha256, **clean}
        try:
            # Here, where others are not kept waiting by it, as they are where the records before this one are written.
            return Spelled(type, self._session, named, spell(type, named))
        except Exception:
            return Entry(type, self._session, named)  # no record: who writes it says so to who waits for it

    def _alone(self, type: str, fields: dict[str, Any]) -> Leaf:
        if self.failure is not None:
            raise AuditUnavailable(self.failure)
        return self._journal.append_many([self._entry(type, fields)])[0]

    def _write(self) -> None:
        open = True
        while open:
            item = self._queue.get()
            batch: list[_Item] = []
            until = monotonic() + _LINGER
            while item is not None:
                batch.append(item)
                if len(batch) >= _BATCH:
                    break
                left = until - monotonic()
                try:
                    # Also with no time left: what is in the queue already goes along.
                    item = self._queue.get(timeout=left) if item.lingers and left > 0 else self._queue.get_nowait()
                except Empty:
                    break
            open = item is not None
            if batch:
                self._append(batch)
                with self._lock:
                    self._unwritten -= len(batch)

    def _append(self, batch: list[_Item]) -> None:
        """Write these, and say so to who waits."""
        if self.failure is not None:
            _tell(batch, AuditUnavailable(self.failure))
            return
        try:
            records = self._journal.append_many([item.entry for item in batch])
        except AuditUnavailable as failure:
            self._fail(str(failure))
            _tell(batch, failure)
        except Exception as failure:
            if len(batch) > 1:
                # One of them is no record: the others must not suffer for it.
                for item in batch:
                    self._append([item])
                return
            _tell(batch, failure)
        else:
            _tell(batch, records)

    def _here(self, before: list[_Item], entries: list[Entry | Spelled]) -> bool:
        """Write what was asked for before, and these, on this thread. False if others write, or if one of them is no
        record: the thread then writes what was before, and finds out which it is."""
        begun, written = monotonic(), None
        try:
            written = self._journal.append_many([*(item.entry for item in before), *entries], patient=False)
        except AuditUnavailable as failure:
            _tell(before, failure, here=True)
            self._fail(str(failure))
            raise
        except Exception:
            return False  # `Busy`, or no record
        finally:
            ended = monotonic()
            with self._lock:
                self._unwritten -= len(before)
                if written is None and self.failure is None:
                    self._hand_over(before)
                if ended - begun > _SLOW:
                    self._mistrusted_until = ended + _MISTRUST * (ended - begun)
        _tell(before, written, here=True)
        return True

    def _fail(self, reason: str) -> None:
        with self._lock:
            first, self.failure = self.failure is None, reason
        if first:
            self._on_failure(reason)


def _tell(items: Sequence[_Item], became: list[Leaf] | Exception, *, here: bool = False) -> None:
    """Say what became of these to who waits for them: the records (perhaps more than these), or why there are none.

    `here`: this is the thread of the event loop.
    The event loop is woken once for all. Waking it for each, and by way of another kind of future, took longer than
    writing a record does.
    """
    waiters = [item.waiter for item in items if item.waiter is not None]
    if waiters:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            if here:
                _wake(waiters, became)
            else:
                waiters[0].get_loop().call_soon_threadsafe(_wake, waiters, became)
    for number, item in enumerate(items):
        if item.future is None:
            continue
        if isinstance(became, Exception):
            item.future.set_exception(became)
        else:
            item.future.set_result(became[number])


def _wake(waiters: list[asyncio.Future[None]], became: list[Leaf] | Exception) -> None:
    for waiter in waiters:
        if waiter.done():
            continue  # it was cancelled
        if isinstance(became, Exception):
            waiter.set_exception(became)
        else:
            waiter.set_result(None)
