"""The trace of one session in a file: written by one writer, read by anybody while it grows.

One SQLite file a session (write-ahead logging), because then there is one writer for each by construction, sessions do
not wait for each other, and a session's trace goes away by removing a file. Losing the last moments in a power failure
is no harm to a trace, so commits do not wait for the disk; what must not be lost is in the audit log.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable
from typing import Any, Final

from akios_jail import database
from akios_jail.radar.steps import SHED, Edge, Step

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS session (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step (
    number INTEGER PRIMARY KEY, type TEXT NOT NULL, time REAL NOT NULL, request_id TEXT NOT NULL,
    fields TEXT NOT NULL, payload TEXT
);
CREATE TABLE IF NOT EXISTS edge (
    source INTEGER NOT NULL, target INTEGER NOT NULL, type TEXT NOT NULL, evidence TEXT NOT NULL
);
"""
#: Bytes of a page. Small ones: each session has a connection, and each connection twenty pages from the start.
_PAGE: Final = 1024
#: What a file of a trace is called.
NAME: Final = re.compile(r"ses_[0-9a-f]{12}\.db")
#: One payload is kept up to so many characters of JSON; of a longer one its beginning.
MAX_PAYLOAD: Final = 256 * 1024
#: All payloads of a session together, in characters; further ones are left out.
MAX_PAYLOADS: Final = 1024 * 1024 * 1024
#: Steps of a session. An agent that makes more has its trace end there.
MAX_STEPS: Final = 1_000_000
#: So much of the disk, in bytes, or the eighth part of a small one, is left to the audit log, which must not end.
SPARED: Final = 512 * 1024 * 1024
#: A payload of no more characters is kept as long as steps are.
_SMALL: Final = 256


class Full(Exception):
    """There is no room for more steps, in the trace or on the disk."""


class Writer:
    """Adds to one file. Not for several threads at once. `sqlite3.Error` or `OSError` where it cannot."""

    def __init__(self, folder: str, session: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, f"{session}.db")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        self._database = database.opened(path, _SCHEMA, any_thread=True, page=_PAGE)
        self._database.execute("PRAGMA cache_size = -256")  # KiB: nothing is read again
        self._kept = 0
        self._path = path
        #: Steps that were added, and payloads that were left out of them.
        self.steps = 0
        self.shed = 0

    def add(self, steps: Iterable[Step], edges: Iterable[Edge], facts: dict[str, Any] | None = None) -> None:
        """All of it, in one transaction. `facts`: of the session as a whole, in the place of what was there. `Full` if
        there are too many steps, or the disk has no room to spare for them."""
        room = spare(self._path)
        rows = []
        for step in steps:
            payload = self._payload(step.payload, room)
            room -= len(payload or "")
            rows.append((*step[:4], _json(step.fields), payload))
        self.steps += len(rows)
        if rows and self.steps > MAX_STEPS:
            raise Full(f"it has {MAX_STEPS} steps, and has no room for more")
        if rows and spare(self._path, 2) < 0:  # steps are small, and may have some of what is the log's
            raise Full("the disk is nearly full")
        with database.transaction(self._database, durable=False):
            self._database.executemany("INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._database.executemany("INSERT INTO edge VALUES (?, ?, ?, ?)", edges)
            if facts:
                named = [(name, _json(value)) for name, value in facts.items()]
                self._database.executemany("INSERT OR REPLACE INTO session VALUES (?, ?)", named)

    def close(self) -> None:
        """Nothing more will be added."""
        self._database.close()

    def _payload(self, payload: dict[str, Any], room: int) -> str | None:
        """As JSON; None for one that is left out, the beginning of one that is too long. `room`: of the disk."""
        if payload is not SHED:
            text = _json(payload)
            text = text if len(text) <= MAX_PAYLOAD else _json(_cut(payload))
            if self._kept + len(text) <= MAX_PAYLOADS and len(text) <= max(room, _SMALL):
                self._kept += len(text)
                return text
        self.shed += 1
        return None


def sessions(folder: str) -> list[str]:
    """Ids of the sessions with a trace, the newest first."""
    found: list[tuple[int, str]] = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if NAME.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                    found.append((status(entry.path).st_mtime_ns, entry.name.removesuffix(".db")))
    return [name for _, name in sorted(found, reverse=True)]


def status(path: str) -> os.stat_result:
    """Of a session's file. Without root there are links to those of sessions that run, which the launcher has laid; a
    broker can lay none. With root there are none, and none is followed."""
    return os.stat(path) if os.geteuid() != 0 else os.lstat(path)


def spare(path: str, share: int = 1) -> int:
    """So many bytes may be added to a database: the rest of the disk, or this share of the rest, is the audit log's.
    Below zero: so many are missing. What stands in the database's own log is to be written once more."""
    disk = os.statvfs(os.path.dirname(path))
    try:
        twice = os.stat(f"{path}-wal").st_size
    except FileNotFoundError:
        twice = 0
    return disk.f_bavail * disk.f_frsize - twice - min(SPARED, disk.f_blocks * disk.f_frsize // 8) // share


_plain: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_escaped: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode


def _json(value: Any) -> str:
    text = _plain(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which no text can hold, but an escape can
        return _escaped(value)
    return text


def _cut(payload: dict[str, Any]) -> dict[str, Any]:
    """The beginning of each part, as text."""
    room = MAX_PAYLOAD // 8 // max(1, len(payload))  # a character may take several in JSON
    return {name: (value if isinstance(value, str) else _json(value))[:room] for name, value in payload.items()} | {
        "cut": True
    }
