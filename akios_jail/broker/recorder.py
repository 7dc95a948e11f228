"""Durable records without a stalled event loop: one writer thread, many records to one wait for the disk.

Whatever wants an action to take effect awaits `submit`; its future is done when the record is on stable storage. While
the thread waits for the disk, the records that arrive meanwhile gather, and go out together with the next wait. Records
that nobody waits for (what an exchange came to, refusals without an answer) linger for a moment first: as a rule the
next verdict comes along, and one wait serves both. If a record cannot be written, every later one fails too: from then
on nothing may be allowed, and the launcher is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, NamedTuple

from akios_jail.audit.log import AuditLog, AuditUnavailable, Entry
from akios_jail.audit.record import Record

#: Most records that share one wait, so that the first of them does not wait for a flood.
_BATCH = 256

#: How long a record that nobody waits for may linger, in seconds.
_LINGER = 0.02


class _Item(NamedTuple):
    entry: Entry
    future: Future[Record]
    lingers: bool


class Recorder:
    """Records of one session's log. `on_failure` is called once, from the writer thread, when the log fails.

    `clean`: takes out of a record's fields what must not be written down, whatever wrote it there.
    """

    def __init__(
        self,
        log: AuditLog,
        session: str,
        policy_sha256: str,
        on_failure: Callable[[str], None],
        clean: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._log = log
        self._session = session
        self._policy_sha256 = policy_sha256
        self._on_failure = on_failure
        self._clean = clean
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.failure: str | None = None
        self.first: Record | None = None
        self.last: Record | None = None

    def now(self, type: str, fields: dict[str, Any]) -> Record:
        """Record and wait, on this thread: a session's start and end. `AuditUnavailable` if it cannot be."""
        return self.submit(type, fields).result() if self._thread is not None else self._alone(type, fields)

    def submit(self, type: str, fields: dict[str, Any], *, lingers: bool = False) -> Future[Record]:
        """Record without waiting. The future fails with `AuditUnavailable`; so does everything after a failure.

        `lingers`: nobody waits for this one, so that it may go out with the next.
        """
        entry = self._entry(type, fields)
        future: Future[Record] = Future()
        # What was submitted is written, whether or not somebody still waits for it.
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._closed or self.failure is not None:
                future.set_exception(AuditUnavailable(self.failure or "the session has ended"))
                return future
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
                self._thread.start()
            self._queue.put(_Item(entry, future, lingers))
        return future

    def close(self) -> None:
        """Write what is waiting and end the thread. Idempotent."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()
            self._thread = None

    def _entry(self, type: str, fields: dict[str, Any]) -> Entry:
        clean = fields if self._clean is None else self._clean(fields)
        return Entry(type, self._session, {"policy_sha256": self._policy_sha256, **clean})

    def _alone(self, type: str, fields: dict[str, Any]) -> Record:
        if self.failure is not None:
            raise AuditUnavailable(self.failure)
        record = self._log.append_many([self._entry(type, fields)])[0]
        self._remember([record])
        return record

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

    def _append(self, batch: list[_Item]) -> None:
        if self.failure is not None:
            error: Exception = AuditUnavailable(self.failure)
        else:
            try:
                records = self._log.append_many([item.entry for item in batch])
            except AuditUnavailable as failure:
                error = failure
                self._fail(str(failure))
            except Exception as failure:
                if len(batch) > 1:
                    # One of them is no record: the others must not suffer for it.
                    for item in batch:
                        self._append([item])
                    return
                error = failure
            else:
                self._remember(records)
                for item, record in zip(batch, records, strict=True):
                    item.future.set_result(record)
                return
        for item in batch:
            item.future.set_exception(error)

    def _remember(self, records: list[Record]) -> None:
        if self.first is None:
            self.first = records[0]
        self.last = records[-1]

    def _fail(self, reason: str) -> None:
        with self._lock:
            self.failure = reason
        self._on_failure(reason)
