"""Which sessions a log knows: by the records of their starts and ends, read from the newest back. Changes nothing.

A session that runs has a journal that somebody holds. One that has neither an end on record nor such a journal was
killed, or lost its machine. What the records say is an agent's and its broker's word: who shows it makes it harmless.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

from akios_jail.audit import head, journal, leaf
from akios_jail.audit.bundle import WIDTH
from akios_jail.audit.head import Head
from akios_jail.audit.journal import MAX_LINE, START
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.merkle import HASH, leaf_hash
from akios_jail.audit.moments import milliseconds
from akios_jail.audit.sequencer import JOURNALS
from akios_jail.audit.tiles import DamagedTile, MissingTile, Tiles

#: Bundles of 256 records that are looked through, unless everything is asked for: about a second.
BUNDLES: Final = 2_000
#: Most bytes of what waits in one journal that are read.
_WAITING: Final = 4 * 1024 * 1024
#: Most journals that are looked at.
_JOURNALS: Final = 100_000
#: Stands in every record that matters here, and is searched for before anything is parsed.
_SIGN: Final = b'"type":"session.'
_NAME: Final = re.compile(r"ses_[0-9A-Za-z_]{1,64}")

State = Literal["running", "ended", "killed"]


class Known(NamedTuple):
    """One session. `start`: the fields of the record of its start; `end`: those of its end, None if there is none.

    `started`, `ended`: moments as the records have them, "" where there is none. `violations`: their records.
    """

    session: str
    state: State
    started: str
    start: dict[str, Any]
    ended: str
    end: dict[str, Any] | None
    violations: int


class Listing(NamedTuple):
    """`complete`: nothing older was left unread for the sake of time. `damaged`: records that are not what was signed
    for, files that cannot be read."""

    sessions: list[Known]
    complete: bool
    damaged: int


class _Seen:
    """What was read of one session so far."""

    def __init__(self) -> None:
        self.start: Leaf | None = None
        self.end: Leaf | None = None
        self.violations: set[int] = set()  # their numbers within the session: some are met twice

    def take(self, record: Leaf) -> None:
        if record.type == "session.start":
            self.start = record
        elif record.type == "session.end":
            self.end = record
        elif record.type == "session.violation":
            self.violations.add(record.n)


def listing(
    folder: str, most: int, *, keep: Callable[[str], bool] = lambda _: True, bundles: int | None = BUNDLES
) -> Listing:
    """The `most` sessions of the log in `folder` that began last, the newest first. `keep`: which ones count, by id.

    `bundles`: how many of the newest bundles to look through, None for all. `DamagedTile` if the log's head is.
    """
    reader = _Reader(folder, keep)
    before = head.load(folder)
    complete = reader.back(before.tree.size, most, bundles)
    alive = reader.journals(before)
    # A session may have ended meanwhile. Its journal goes only once its end is committed: what comes now has that.
    after = head.load(folder)
    reader.forward(before.tree.size, after.tree.size)
    found = [_known(name, seen.start, seen, name in alive) for name, seen in reader.seen.items() if seen.start]
    found.sort(key=lambda known: milliseconds(known.started), reverse=True)  # what was recovered came into the log late
    return Listing(found[:most], complete, reader.damaged)


class _Reader:
    """Goes through bundles and journals, and gathers what they say."""

    def __init__(self, folder: str, keep: Callable[[str], bool]) -> None:
        self._folder = folder
        self._keep = keep
        self._tiles = Tiles(folder)
        self.seen: dict[str, _Seen] = {}
        self.starts = 0
        self.damaged = 0

    def back(self, size: int, most: int, bundles: int | None) -> bool:
        """From the end of a tree back until so many starts are found; False if the look ended before."""
        last = (size - 1) // WIDTH if size else -1
        for count, index in enumerate(range(last, -1, -1)):
            if self.starts >= most:
                break
            if count == bundles:
                return False
            if not self._bundle(index, size, 0):
                break  # from here on back everything was pruned
        return True

    def forward(self, start: int, stop: int) -> None:
        """What came into the tree behind `start`."""
        for index in range(start // WIDTH, -(-stop // WIDTH) if stop > start else 0):
            self._bundle(index, stop, start)

    def _bundle(self, index: int, size: int, start: int) -> bool:
        """One bundle, from the record `start` on; False if it was pruned."""
        try:
            entries = self._tiles.entries(index, size)
            hashes = self._tiles.tile(0, index, size)
        except MissingTile:
            return False
        except (DamagedTile, OSError):
            self.damaged += 1
            return True
        for place, entry in enumerate(entries):
            if _SIGN in entry and index * WIDTH + place >= start:
                if leaf_hash(entry) == hashes[place * HASH : (place + 1) * HASH]:
                    self._take([entry])
                else:
                    self.damaged += 1
        return True

    def journals(self, known: Head) -> set[str]:
        """What waits in journals; the sessions whose journal somebody holds."""
        alive: set[str] = set()
        try:
            names = os.listdir(os.path.join(self._folder, JOURNALS))
        except (FileNotFoundError, NotADirectoryError):
            return alive
        for name in sorted(names)[:_JOURNALS]:
            if not _NAME.fullmatch(name) or not self._keep(name):
                continue
            try:
                fd = os.open(
                    os.path.join(self._folder, JOURNALS, name),
                    os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                )
            except FileNotFoundError:
                continue  # it has just come into the tree
            except OSError:
                self.damaged += 1
                continue
            try:
                if self._journal(name, fd, known):
                    alive.add(name)
            finally:
                os.close(fd)
        return alive

    def _journal(self, name: str, fd: int, known: Head) -> bool:
        """One journal; whether its session lives."""
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            self.damaged += 1
            return False
        if not status.st_size:
            return False  # no session has begun, and who begins one must not meet a lock
        progress = known.journals.get(name)
        position = progress.position if progress is not None else START
        first = journal.read(fd, START, MAX_LINE).entries[:1]
        self._take([*first, *journal.read(fd, position, _WAITING).entries], of=name)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False

    def _take(self, entries: Iterable[bytes], of: str = "") -> None:
        for entry in entries:
            if _SIGN not in entry:
                continue
            try:
                record = leaf.decode(entry)
            except leaf.Malformed:
                self.damaged += 1
                continue
            if not _NAME.fullmatch(record.session) or record.session != (of or record.session):
                continue
            if self._keep(record.session):
                seen = self.seen.setdefault(record.session, _Seen())
                self.starts += record.type == "session.start" and seen.start is None
                seen.take(record)


def _known(name: str, start: Leaf, seen: _Seen, alive: bool) -> Known:
    end = seen.end
    state: State = "ended" if end is not None else "running" if alive else "killed"
    ended, fields = (end.time, end.fields) if end is not None else ("", None)
    return Known(name, state, start.time, start.fields, ended, fields, len(seen.violations))
