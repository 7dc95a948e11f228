"""What running sessions have to show to `akios budget`: the last snapshot of each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from akios_jail.database import number, text, transaction
from akios_jail.flux.day import DAY_S

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, updated REAL NOT NULL, snapshot TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


class Snapshots:
    """The table of sessions, in the store's file. What is written need not survive a power failure."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._connection = connection
        self._now = now

    def publish(self, session: str, snapshot: dict[str, Any] | None) -> None:
        """What a running session has to show; None: it is over."""
        with transaction(self._connection, durable=False):
            if snapshot is None:
                self._connection.execute("DELETE FROM sessions WHERE id = ?", (session,))
            else:
                self._connection.execute(
                    "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", (session, self._now(), json.dumps(snapshot))
                )

    def read(self) -> list[tuple[str, float, dict[str, Any]]]:
        """Sessions with the time of their snapshot and what it says; what cannot be read is left out."""
        found = []
        for session, updated, told in self._connection.execute(
            "SELECT id, updated, snapshot FROM sessions ORDER BY id LIMIT 1000"
        ):
            try:
                snapshot = json.loads(text(told))
            except (ValueError, RecursionError):
                continue
            if isinstance(snapshot, dict):
                found.append((text(session), number(updated), snapshot))
        return found

    def forget(self) -> None:
        """Drop those of more than a day ago; within the store's transaction."""
        self._connection.execute("DELETE FROM sessions WHERE updated < ?", (self._now() - DAY_S,))
