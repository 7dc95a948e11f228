"""A session's journal: where its records are durable before a verdict takes effect, until they are in the tree.

Each session has a file of its own, so that brokers never wait for each other and none can touch another's records. A
line is an entry, a space, the chain's value behind it in hexadecimal digits, and a newline:

    chain(0) = 32 zero bytes        chain(n) = SHA-256(chain(n-1) || entry n)

With the chain, what was torn off or altered is told apart from what was written, and one value names all lines before
it. Who reads (`parse`) knows the framing and the chain, and looks at nothing in an entry: its bytes are an agent's say.

Who writes (`Journal`) has the only descriptor that is written through. Nothing that is not on stable storage is ever
acknowledged: an action may take effect once `append` has returned. What goes wrong (a full disk, a short write, a file
that somebody else changed) raises `AuditUnavailable`, and the caller denies; a line that did not make it is cut off
again, or found unfinished by whoever recovers the journal.
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

from akios_jail.audit.bundle import MAX_ENTRY
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.record import Entry, Spelled, place, spell, timestamp

#: What stands behind an entry on its line, in bytes: a space, the chain's 64 digits, a newline.
_TAIL = 66
#: Longest line in bytes, with its newline.
MAX_LINE = MAX_ENTRY + _TAIL


class AuditUnavailable(Exception):
    """Nothing can be recorded, so nothing may be allowed. The text says why and what the operator can do."""


class Busy(Exception):
    """Another thread is writing, and who asked does not want to wait for it."""


class Position(NamedTuple):
    """A place between two lines of a journal: how many lines and bytes stand before it, and the chain's value there."""

    entries: int
    size: int
    chain: bytes


#: The beginning of every journal.
START = Position(0, 0, bytes(32))


class Parsed(NamedTuple):
    """What stands behind a position: the whole lines' entries, the position after them, and what is wrong there.

    `wrong` is "" for a journal that ends there, or in a line that is not yet finished.
    """

    entries: list[bytes]
    position: Position
    wrong: str


def parse(data: bytes, position: Position) -> Parsed:
    """The lines in `data`, which stands in a journal at `position`."""
    entries: list[bytes] = []
    place, chain, wrong = 0, position.chain, ""
    while (end := data.find(b"\n", place)) >= 0:
        line = data[place : end + 1]
        entry, tail = line[:-_TAIL], line[-_TAIL:]
        after = hashlib.sha256(chain + entry).digest()
        if not 0 < len(entry) <= MAX_ENTRY or tail != b" %b\n" % after.hex().encode():
            wrong = "a line's bytes do not fit its chain"
            break
        entries.append(entry)
        place, chain = end + 1, after
    if not wrong and len(data) - place >= MAX_LINE:
        wrong = "a line is longer than any record"
    return Parsed(entries, Position(position.entries + len(entries), position.size + place, chain), wrong)


def read(fd: int, position: Position, most: int) -> Parsed:
    """The lines of the open journal `fd` from `position` on, of about `most` bytes; `OSError` if it cannot be read."""
    return parse(os.pread(fd, max(most, MAX_LINE), position.size), position)


class Journal:
    """Writes the journal behind `fd`, which must be empty and open O_RDWR|O_APPEND; it stays the caller's to close.

    Usable from several threads. `clock` gives Unix seconds. A descriptor that cannot serve raises `AuditUnavailable`.
    """

    def __init__(self, fd: int, clock: Callable[[], float] = time.time) -> None:
        try:
            flags = fcntl.fcntl(fd, fcntl.F_GETFL)
            status = os.fstat(fd)
        except OSError as error:
            raise AuditUnavailable(f"the journal's descriptor is not open: {error.strerror}") from error
        if flags & os.O_ACCMODE != os.O_RDWR or not flags & os.O_APPEND:
            raise AuditUnavailable("the journal must be opened for reading and appending")
        if status.st_size:
            raise AuditUnavailable("the journal holds records already: every session has one of its own")
        self._fd = fd
        self._links = status.st_nlink
        self._clock = clock
        self._end = START
        self._threads = _thread.allocate_lock()

    def append(self, type: str, session: str, fields: dict[str, Any]) -> Leaf:
        """Record one thing; returns once it is on stable storage.

        `fields` are JSON-ready and hold `policy_sha256`, the hash of the policy that the session runs under.
        `AuditUnavailable` if it could not be recorded, `ValueError` if it is no record (see `record.encode`).
        """
        return self.append_many([Entry(type, session, fields)])[0]

    def append_many(self, entries: Iterable[Entry | Spelled], *, patient: bool = True) -> list[Leaf]:
        """Record several things in their order with one wait for the disk: all of them, or none.

        `patient`: wait for another thread that writes; who is not gets `Busy`.
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
            return self._write(entries)
        except OSError as error:
            raise AuditUnavailable(f"the journal cannot be written: {error.strerror}; {remedy(error)}") from error
        finally:
            self._threads.release()

    def _write(self, entries: list[Entry | Spelled]) -> list[Leaf]:
        status, end = os.fstat(self._fd), self._end
        if status.st_nlink < self._links:
            raise AuditUnavailable("the journal was removed while its session ran: what it holds would be lost")
        if status.st_size != end.size:
            raise AuditUnavailable(
                f"the journal had {end.size} bytes and has {status.st_size}: something else changed it; "
                "check the log with `akios audit verify`"
            )
        when = timestamp(self._clock())
        number, chain = end.entries, end.chain
        lines: list[bytes] = []
        records: list[Leaf] = []
        for entry in entries:
            number += 1
            spelled = entry.spelled if isinstance(entry, Spelled) else spell(entry.type, entry.fields)
            data = place(when, entry.session, number, spelled)
            chain = hashlib.sha256(chain + data).digest()
            lines.append(b"%b %b\n" % (data, chain.hex().encode()))
            records.append(Leaf(when, entry.session, number, entry.type, entry.fields))
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
        self._end = Position(number, end.size + len(block), chain)
        return records

    def _undo(self, end: Position) -> None:
        """Cut the journal back to `end`. Where this fails, too, its size no longer fits, and nothing more is written.

        What the log's tree has taken meanwhile stays there: a record of what was then refused, and rather one too many.
        """
        try:
            os.ftruncate(self._fd, end.size)
            os.fdatasync(self._fd)
        except OSError:
            return


def remedy(error: OSError) -> str:
    """What the operator can do about a disk that does not take what is to be recorded."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space where the state folder is, or choose another with --state-dir"
    if error.errno in (errno.EROFS, errno.EPERM, errno.EACCES):
        return "make the state folder writable, or choose another with --state-dir"
    return "check the disk under the state folder"
