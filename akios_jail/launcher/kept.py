"""How many traces and recordings stay: files that brokers wrote, each its own, and that none of them can remove.

Whoever wrote them may be an agent's by now. They are names and sizes here, in a folder that is not theirs; nothing in
them is read, and no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import Final

from akios_jail.launcher.state import KEPT_FOLDERS

#: What a session's file is called, and what SQLite keeps beside it. The database is the last to go: by its name the
#: rest is found.
_NAME: Final = re.compile(r"ses_[0-9a-f]{12}\.db")
_PARTS: Final = ("-wal", "-shm", "-journal", "")
#: So many sessions are kept, and at most `_SOME` more: not every session looks how many there are.
KEPT: Final = 1_000
_SOME: Final = 16
#: So many bytes of all traces together, and of all recordings.
KEPT_BYTES: Final = 16 * 1024 * 1024 * 1024
#: A log that nobody has written to for so long, in seconds, is not of a session that runs.
_LEFT_S: Final = 86_400.0
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def prune(folder: str, session: str) -> None:
    """At the end of some sessions: let the oldest go of what lies in the brokers' `folder`."""
    if int(session[-2:], 16) % _SOME == 0:
        for name in KEPT_FOLDERS:
            with contextlib.suppress(OSError):  # somebody else is at it, or has taken it away
                keep_newest(os.path.join(folder, name), KEPT, KEPT_BYTES)


def keep_newest(folder: str, most: int, most_bytes: int) -> None:
    """Remove the oldest files until there are no more of them, and no more bytes in all of them, and what is left of
    files that are gone. Those of sessions that run stay."""
    place = os.open(folder, _FOLDER)
    try:
        names = os.listdir(place)
        files = sorted(((_time(place, name), name) for name in names if _NAME.fullmatch(name)), reverse=True)
        total = 0
        for count, (_, name) in enumerate(files, 1):
            total += sum(_size(place, f"{name}{part}") for part in _PARTS)
            if (count > most or total > most_bytes) and not _runs(place, name):
                _remove(place, name)
        for name in _orphans(names):
            if not _runs(place, name):
                _remove(place, name)
    finally:
        os.close(place)


def _time(place: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=place, follow_symlinks=False).st_mtime_ns
    except OSError:  # removed meanwhile
        return 0


def _size(place: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=place, follow_symlinks=False).st_size
    except OSError:
        return 0


def _runs(place: int, name: str) -> bool:
    return time.time() - _time(place, f"{name}-wal") / 1e9 < _LEFT_S


def _remove(place: int, name: str) -> None:
    for part in _PARTS:
        with contextlib.suppress(OSError):
            os.unlink(f"{name}{part}", dir_fd=place)


def _orphans(names: list[str]) -> set[str]:
    """Databases that are gone, and left something beside them."""
    there = frozenset(names)
    found = set()
    for name in names:
        session, _, part = name.partition(".db")
        database = f"{session}.db"
        if part in _PARTS[:-1] and _NAME.fullmatch(database) and database not in there:
            found.add(database)
    return found
