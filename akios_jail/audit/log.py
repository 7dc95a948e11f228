"""Appending to the audit log: durable before it returns, from several processes at once, or not at all.

The file belongs to root. The launcher opens it and passes the descriptor to the broker, which has no right to open it
itself. Several brokers append to the same file, so every append takes the file's lock, finds the end of the chain,
writes one block and waits for `fdatasync`. Nothing that is not on stable storage is ever acknowledged: whoever calls
may let an action take effect once `append` has returned.

What goes wrong (a full disk, a read-only file system, a short write, a damaged end) raises `AuditUnavailable`, and the
caller denies. A line that did not make it is cut off again under the lock; where even that fails, or the writer was
killed, the next writer finds the unfinished end, cuts it and says so in a `log.recovered` record.
"""

from __future__ import annotations

import _thread
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from akios_jail.audit.record import GENESIS, MAX_LINE, Malformed, Record, decode, encode, timestamp

#: How long to wait for another writer before giving up, in seconds. A writer holds the lock for about a millisecond.
LOCK_WAIT_S = 5.0


class AuditUnavailable(Exception):
    """Nothing can be recorded, so nothing may be allowed. The text says why and what the operator can do."""


class Busy(Exception):
    """Another process or thread is writing, and who asked does not want to wait for it."""


class Entry(NamedTuple):
    """One record to be: see `AuditLog.append` for what the fields hold."""

    type: str
    session: str
    fields: dict[str, Any]


class _End(NamedTuple):
    """The end of the chain: the file's length in bytes, the last record's number and its line's SHA-256."""

    size: int
    seq: int
    sha256: str


class AuditLog:
    """Appends to the log behind `fd`, which must be open O_RDWR|O_APPEND; the descriptor stays the caller's to close.

    Usable from several threads. `clock` gives Unix seconds. A descriptor that cannot serve raises `AuditUnavailable`.
    """

    def __init__(self, fd: int, clock: Callable[[], float] = time.time) -> None:
        try:
            flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        except OSError as error:
            raise AuditUnavailable(f"the audit log's descriptor is not open: {error.strerror}") from error
        if flags & os.O_ACCMODE != os.O_RDWR or not flags & os.O_APPEND:
            raise AuditUnavailable("the audit log must be opened for reading and appending")
        self._fd = fd
        self._clock = clock
        self._end: _End | None = None
        self._cut: dict[str, Any] | None = None  # an unfinished line that was cut and is not yet on record
        # flock belongs to the open file, which all threads of this process share: they need a lock of their own.
        self._threads = _thread.allocate_lock()

    def append(self, type: str, session: str, fields: dict[str, Any]) -> Record:
        """Record one thing; returns once it is on stable storage.

        `fields` are JSON-ready and hold `policy_sha256`, the hash of the policy that the session runs under.
        `AuditUnavailable` if it could not be recorded, `ValueError` if it is no record (see `record.encode`).
        """
        return self.append_many([Entry(type, session, fields)])[0]

    def append_many(self, entries: Iterable[Entry], *, patient: bool = True) -> list[Record]:
        """Record several things in their order with one wait for the disk: all of them, or none.

        `patient`: wait for another process or thread that writes; who is not gets `Busy`.
        """
        entries = list(entries)
        for entry in entries:
            if not isinstance(entry.fields.get("policy_sha256"), str):
                raise ValueError(f"an audit record of type {entry.type!r} must name its policy_sha256")
        if not entries:
            return []
        if not self._threads.acquire(blocking=patient):
            raise Busy
        try:
            self._lock(patient)
            try:
                return self._write(entries)
            except OSError as error:
                raise AuditUnavailable(
                    f"the audit log cannot be written: {error.strerror}; {_remedy(error)}"
                ) from error
            finally:
                fcntl.flock(self._fd, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _lock(self, patient: bool) -> None:
        """Take the file's lock. A writer that hangs must not hang the others for ever, so the wait has an end."""
        deadline = time.monotonic() + LOCK_WAIT_S
        pause = 0.0001
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if not patient:
                    raise Busy from error
                if time.monotonic() > deadline:
                    raise AuditUnavailable(
                        f"another process has held the audit log's lock for {LOCK_WAIT_S:g} s; "
                        "find it with `fuser` on the log and end it"
                    ) from error
            except OSError as error:
                raise AuditUnavailable(f"the audit log cannot be locked: {error.strerror}") from error
            time.sleep(pause)
            pause = min(pause * 2, 0.002)

    def _write(self, entries: list[Entry]) -> list[Record]:
        end, torn = self._find_end()
        now = timestamp(self._clock())
        if torn:
            os.ftruncate(self._fd, end.size)
            self._cut = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
        asked = len(entries)
        if self._cut is not None:
            entries = [Entry("log.recovered", "", self._cut), *entries]
        lines: list[bytes] = []
        records: list[Record] = []
        seq, prev = end.seq, end.sha256
        for entry in entries:
            seq += 1
            line, record = encode(seq, now, entry.session, entry.type, entry.fields, prev)
            prev = record.sha256
            lines.append(line + b"\n")
            records.append(record)
        block = b"".join(lines)
        try:
            written = os.write(self._fd, block)
            if written != len(block):
                raise AuditUnavailable(
                    f"the disk took {written} of {len(block)} bytes of an audit record; free some space"
                )
            os.fdatasync(self._fd)
        except BaseException:
            # Also for an interrupt between the two calls: what is not acknowledged must not stay half written.
            self._undo(end)
            raise
        self._end = _End(end.size + len(block), seq, prev)
        self._cut = None
        return records[-asked:]

    def _undo(self, end: _End) -> None:
        """Cut the log back to `end`. Where this fails too the next writer finds the unfinished line and cuts it."""
        self._end = None
        try:
            os.ftruncate(self._fd, end.size)
            os.fdatasync(self._fd)
        except OSError:
            return
        self._end = end

    def _find_end(self) -> tuple[_End, bytes]:
        """Where the chain ends, and the bytes of an unfinished line behind it (b"" as a rule). Call under the lock."""
        size = os.fstat(self._fd).st_size
        known = self._end
        if known is not None and size == known.size:
            return known, b""
        if known is not None and size < known.size:
            raise AuditUnavailable(
                f"the audit log had {known.size} bytes and has {size}: something cut it; "
                "check it with `akios audit verify` and move it aside before going on"
            )
        # One whole line, one unfinished one, and their newlines always lie within this window.
        window = os.pread(self._fd, 2 * MAX_LINE + 2, max(0, size - 2 * MAX_LINE - 2))
        complete, newline, torn = window.rpartition(b"\n")
        if not newline:
            if len(window) < size:
                raise AuditUnavailable(_DAMAGED.format("it ends in a line longer than any record"))
            return _End(0, 0, GENESIS), torn
        try:
            last = decode(complete.rpartition(b"\n")[2])
        except Malformed as error:
            raise AuditUnavailable(_DAMAGED.format(f"of the last record, {error}")) from error
        return _End(size - len(torn), last.seq, last.sha256), torn


_DAMAGED = "the audit log's end is damaged ({}); check it with `akios audit verify` and move it aside before going on"


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space where the state folder is, or choose another with --state-dir"
    if error.errno in (errno.EROFS, errno.EPERM, errno.EACCES):
        return "make the state folder writable, or choose another with --state-dir"
    return "check the disk under the state folder"
