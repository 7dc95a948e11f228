"""What waits in journals: records that are durable and not yet in the tree. Reads them, and changes nothing.

A journal belongs to a session that runs, or to one that died and whose records wait for `akios audit recover`. Its
chain shows whether what stands in it is what was written, and whether it begins with what the tree has of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from akios_jail.audit import journal
from akios_jail.audit.damage import NO_ENTRIES, Damage
from akios_jail.audit.head import Head, Progress, load
from akios_jail.audit.journal import START, Position
from akios_jail.audit.sequencer import JOURNALS

#: Bytes that are read at once.
_CHUNK = 4 * 1024 * 1024
#: Most journals that are looked at.
_MOST = 100_000


class Waiting(NamedTuple):
    """The journal of one session: so many records wait in it."""

    session: str
    records: int


def waiting(folder: str, head: Head, damages: list[Damage]) -> list[Waiting]:
    """The journals in a log's folder; what is wrong with them is added to `damages`."""
    found = []
    for session in _sessions(folder):
        progress = head.journals.get(session, Progress(START, False))
        if progress.done:
            continue  # it is in the tree, and only its file has not gone yet
        path = os.path.join(JOURNALS, session)
        try:
            fd = os.open(os.path.join(folder, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # it has just come into the tree
        except OSError as error:
            damages.append(Damage("altered", path, NO_ENTRIES, f"it cannot be read: {error.strerror}"))
            continue
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                damages.append(Damage("altered", path, NO_ENTRIES, "it is no regular file"))
                continue
            records, wrong = _read(fd, progress.position)
        finally:
            os.close(fd)
        if wrong:
            damages.append(Damage("altered", path, NO_ENTRIES, wrong))
        if records:
            found.append(Waiting(session, records))
    gone = _gone(folder, head)
    if gone:
        gone &= _gone(folder, load(folder))  # the log may have finished with one just now
    for session in sorted(gone):
        what = "the log has not finished with it, and it is not there: what was behind its last record is lost"
        damages.append(Damage("missing", os.path.join(JOURNALS, session), NO_ENTRIES, what))
    return found


def _gone(folder: str, head: Head) -> set[str]:
    """The sessions whose journals are not there, although `head` has not done with them."""
    open_ones = {session for session, progress in head.journals.items() if not progress.done}
    return {session for session in open_ones if not os.path.lexists(os.path.join(folder, JOURNALS, session))}


def _sessions(folder: str) -> Iterator[str]:
    try:
        names = os.listdir(os.path.join(folder, JOURNALS))
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from sorted(names)[:_MOST]


def _read(fd: int, known: Position) -> tuple[int, str]:
    """How many records stand behind what the tree has, and what is wrong in the journal ("": nothing)."""
    position, wrong = _up_to(fd, START, known.size)
    if wrong:
        return 0, f"record {position.entries + 1} was altered: {wrong}"
    if position != known:
        return 0, f"it does not begin with the {known.entries} records that the tree has of it"
    position, wrong = _up_to(fd, known, None)
    where = f"record {position.entries + 1} was altered: {wrong}" if wrong else ""
    return position.entries - known.entries, where


def _up_to(fd: int, position: Position, end: int | None) -> tuple[Position, str]:
    """Read whole lines on, up to a byte (None: all there are)."""
    while True:
        most = _CHUNK if end is None else min(_CHUNK, end - position.size)
        parsed = journal.parse(os.pread(fd, max(most, 0), position.size), position)
        if parsed.wrong or not parsed.entries:
            return parsed.position, parsed.wrong
        position = parsed.position
