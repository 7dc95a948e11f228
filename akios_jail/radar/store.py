"""The trace of one session in a file: written by one writer, read by anybody while it grows.

One SQLite file a session (write-ahead logging), because then there is one writer for each by construction, sessions do
not wait for each other, and a session's trace goes away by removing a file. Losing the last moments in a power failure
is no harm to a trace, so commits do not wait for the disk; what must not be lost is in the audit log.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from akios_jail import database
from akios_jail.radar.steps import Edge, Step

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
_NAME: Final = re.compile(r"ses_[0-9a-f]{12}\.db")
#: One payload is kept up to so many characters of JSON; of a longer one its beginning.
MAX_PAYLOAD: Final = 256 * 1024
#: Stands for a payload that there was no time to keep.
SHED: Final[dict[str, Any]] = {}


class Trace(NamedTuple):
    """A session's trace as it was read. `session`: what is known of it as a whole, by name."""

    session: dict[str, Any]
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]


class Unavailable(Exception):
    """A trace cannot be read; the text says why."""


class Writer:
    """Adds to one file. Not for several threads at once. `sqlite3.Error` or `OSError` where it cannot."""

    def __init__(self, folder: str, session: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._database = database.opened(os.path.join(folder, f"{session}.db"), _SCHEMA, any_thread=True)

    def add(self, steps: Iterable[Step], edges: Iterable[Edge], facts: dict[str, Any] | None = None) -> None:
        """All of it, in one transaction. `facts`: of the session as a whole, in the place of what was there."""
        rows = [(*step[:4], _json(step.fields), _payload(step.payload)) for step in steps]
        with database.transaction(self._database, durable=False):
            self._database.executemany("INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._database.executemany("INSERT INTO edge VALUES (?, ?, ?, ?)", list(edges))
            named = [(name, _json(value)) for name, value in (facts or {}).items()]
            self._database.executemany("INSERT OR REPLACE INTO session VALUES (?, ?)", named)

    def close(self) -> None:
        """Nothing more will be added."""
        self._database.close()


def sessions(folder: str) -> list[str]:
    """Ids of the sessions with a trace, the newest first."""
    try:
        entries = [entry for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
    except FileNotFoundError:
        return []
    entries.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns, reverse=True)
    return [entry.name.removesuffix(".db") for entry in entries]


def read(folder: str, session: str) -> Trace:
    """The trace of a session as far as it has come. `Unavailable` if there is none, or it is damaged."""
    path = os.path.join(folder, f"{session}.db")
    if not _NAME.fullmatch(f"{session}.db") or not os.path.exists(path):
        raise Unavailable(f"there is no trace of {session}")
    try:
        connection = database.opened(path)
        try:
            facts = {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM session")}
            steps = tuple(_steps(connection.execute("SELECT * FROM step ORDER BY number")))
            edges = tuple(Edge(*row) for row in connection.execute("SELECT * FROM edge ORDER BY rowid"))
        finally:
            connection.close()
    except (sqlite3.Error, ValueError, TypeError, OSError) as error:
        raise Unavailable(f"the trace of {session} cannot be read: {error}") from error
    return Trace(facts, steps, edges)


def _steps(rows: Iterable[Any]) -> Iterator[Step]:
    for number, type, time, request_id, fields, payload in rows:
        shed = payload is None
        found = json.loads(fields)
        yield Step(
            number, type, time, request_id, {**found, "shed": True} if shed else found, json.loads(payload or "{}")
        )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _payload(payload: dict[str, Any]) -> str | None:
    """As JSON; None for one that was left out, the beginning of one that is too long."""
    if payload is SHED:
        return None
    text = _json(payload)
    if len(text) <= MAX_PAYLOAD:
        return text
    return _json(
        {
            name: f"{value if isinstance(value, str) else _json(value)}"[: MAX_PAYLOAD // 2]
            for name, value in payload.items()
        }
        | {"cut": True}
    )
