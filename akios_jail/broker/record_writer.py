"""Who writes a session's records: whoever asks, on its own thread, or a thread that does nothing else.

`recorder` decides when and which of the two; here records get onto stable storage in the order in which they come, and
whoever waits for one hears what became of it. If one cannot be written, every later one fails too.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.record import Entry, Spelled

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

#: Most records that share one wait in the thread, so that the first of them does not wait for a flood.
_BATCH = 256

#: How long a record that nobody waits for may linger, in seconds.
LINGER = 0.02

#: A wait for the disk that took longer than this, in seconds, was too long for the event loop: the thread does the
#: waiting after it, for so many times as long. A disk that stays slow holds up the loop for a hundredth of its time.
_SLOW = 0.005
_MISTRUST = 100


class Item(NamedTuple):
    """A record on its way, and who is told what became of it: a coroutine of the event loop, or a thread."""

    entry: Entry | Spelled
    lingers: bool
    waiter: asyncio.Future[None] | None = None
    future: Future[Leaf] | None = None


class RecordWriter:
    """Writes the records of one session. `on_failure` is called once, from the thread that found out."""

    def __init__(self, journal: Journal, on_failure: Callable[[str], None]) -> None:
        self._journal = journal
        self._on_failure = on_failure
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._unwritten = 0  # records that are on their way: others go behind them
        self._mistrusted_until = 0.0
        self.failure: str | None = None

    @property
    def has_thread(self) -> bool:
        """Whether the thread was needed by now."""
        return self._thread is not None

    def may_wait(self) -> bool:
        """Whether the event loop itself may wait for the disk now."""
        return not self._unwritten and monotonic() >= self._mistrusted_until

    def claim(self, count: int) -> None:
        """So many records are about to be written: what is put from here on goes behind them."""
        with self._lock:
            self._unwritten += count

    def put(self, items: Sequence[Item]) -> Sequence[Item]:
        """Give these to the thread. Those that are returned the caller has to `write`: there can be no thread."""
        with self._lock:
            self._unwritten += len(items)
            if items and self._thread is None:
                thread = threading.Thread(target=self._run, name="audit", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the machine has no room for one more
                    return items
                self._thread = thread
            for item in items:
                self._queue.put(item)
        return ()

    def write(self, items: Sequence[Item]) -> None:
        """Write these, which were put or claimed, and say so to who waits for them."""
        if not items:
            return
        try:
            self._append(items)
        finally:
            self._written(len(items))

    def write_first(self, before: Sequence[Item], entries: Sequence[Entry | Spelled]) -> bool:
        """Write all of these, which were claimed, with one wait on this thread, which is the event loop's.

        False if somebody else is writing, or if one of them is no record; `AuditUnavailable` if nothing can be written.
        Those `before` are looked after whatever happens.
        """
        begun = monotonic()
        left: Sequence[Item] = ()
        try:
            records = self._journal.append_many([*(item.entry for item in before), *entries], patient=False)
        except AuditUnavailable as failure:
            self._failed(before, failure, here=True)
            raise
        except Exception:  # `Busy`, or no record: the thread finds out which it is
            left = self.put(before)
            return False
        else:
            tell(before, records, here=True)
            return True
        finally:
            ended = monotonic()
            if ended - begun > _SLOW:
                self._mistrusted_until = ended + _MISTRUST * (ended - begun)
            self._written(len(before) + len(entries))
            self.write(left)

    def write_alone(self, entry: Entry | Spelled) -> Leaf:
        """Write this one, and wait for it. `AuditUnavailable` if it cannot be, which the caller alone is told."""
        try:
            return self._journal.append_many([entry])[0]
        except AuditUnavailable as failure:
            self.failure = str(failure)
            raise

    def close(self) -> None:
        """End the thread when it has written everything. Idempotent."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        open = True
        while open:
            item = self._queue.get()
            batch: list[Item] = []
            until = monotonic() + LINGER
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
            self.write(batch)

    def _written(self, count: int) -> None:
        with self._lock:
            self._unwritten -= count

    def _append(self, items: Sequence[Item]) -> None:
        if self.failure is not None:
            tell(items, AuditUnavailable(self.failure))
            return
        try:
            records = self._journal.append_many([item.entry for item in items])
        except AuditUnavailable as failure:
            self._failed(items, failure)
        except Exception as failure:
            if len(items) > 1:
                # One of them is no record: the others must not suffer for it.
                for item in items:
                    self._append([item])
                return
            tell(items, failure)
        else:
            tell(items, records)

    def _failed(self, items: Sequence[Item], failure: AuditUnavailable, *, here: bool = False) -> None:
        """Nothing can be written any more: first that is so, then it is said."""
        with self._lock:
            first, self.failure = self.failure is None, str(failure)
        if first:
            try:
                self._on_failure(str(failure))
            except Exception:  # who waits is refused all the same, now and later
                with contextlib.suppress(OSError):  # this, too, may be for the disk that is full
                    traceback.print_exc()
        tell(items, failure, here=here)


def tell(items: Sequence[Item], became: list[Leaf] | Exception, *, here: bool = False) -> None:
    """Say what became of these to who waits for them: the records (perhaps more than these), or why there are none.

    `here`: this is the thread of the event loop.
    The event loop is woken once for all. Waking it for each, and by way of another kind of future, took longer than
    writing a record does.
    """
    for number, item in enumerate(items):
        if item.future is None:
            continue
        if isinstance(became, Exception):
            item.future.set_exception(became)
        else:
            item.future.set_result(became[number])
    waiters = [item.waiter for item in items if item.waiter is not None]
    if waiters:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            if here:
                _wake(waiters, became)
            else:
                waiters[0].get_loop().call_soon_threadsafe(_wake, waiters, became)


def _wake(waiters: list[asyncio.Future[None]], became: list[Leaf] | Exception) -> None:
    for waiter in waiters:
        if waiter.done():
            continue  # it was cancelled
        if isinstance(became, Exception):
            waiter.set_exception(became)
        else:
            waiter.set_result(None)
