"""Calls that wait for a budget's next window: each has a place that outlives its broker.

A place belongs to a request's digest, not to a connection, so that the same request takes it up again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from akios_jail.database import number, text, transaction, whole
from akios_jail.flux.day import DAY_S, Standing, tightest_of
from akios_jail.flux.ledger import Refusal, Spent
from akios_jail.policy.plans import Limit

#: A place whose call was not seen for so long lets others pass, and one of so long ago is forgotten.
LIVE_S = 5.0
FORGOTTEN_S = 7 * DAY_S
_MOST = 10_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, session TEXT NOT NULL,
    session_name TEXT NOT NULL, microusd INTEGER NOT NULL, tokens INTEGER NOT NULL, since REAL NOT NULL,
    seen REAL NOT NULL, UNIQUE (name, digest)
) STRICT;
"""
_PLACES = "SELECT number, name, digest, session, session_name, microusd, tokens, since, seen FROM queue"


class Place(NamedTuple):
    """A call that waits for a budget's next window. `digest` is of its request; `since` and `seen` are Unix times."""

    number: int
    name: str
    digest: str
    session: str
    session_name: str
    microusd: int
    tokens: int
    since: float
    seen: float


class Queue:
    """The table of places, in the store's file."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._connection = connection
        self._now = now

    def take(self, name: str, digest: str, session: str, session_name: str, want: Spent) -> Place:
        """The call's place in the name's queue, durably: the one that it has already, or a new one at the end."""
        now = self._now()
        with transaction(self._connection, durable=True):
            count = self._connection.execute("SELECT count(*) FROM queue WHERE name = ?", (name,)).fetchone()[0]
            if count >= _MOST:
                self._connection.execute(
                    "DELETE FROM queue WHERE number = (SELECT number FROM queue WHERE name = ? ORDER BY seen LIMIT 1)",
                    (name,),
                )
            self._connection.execute(
                "INSERT INTO queue (name, digest, session, session_name, microusd, tokens, since, seen) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, digest) DO UPDATE SET session = excluded.session, "
                "session_name = excluded.session_name, microusd = excluded.microusd, tokens = excluded.tokens, "
                "seen = excluded.seen",
                (name, digest, session, session_name, *want, now, now),
            )
            rows = self._connection.execute(f"{_PLACES} WHERE name = ? AND digest = ?", (name, digest)).fetchall()
        return _place(rows[0])

    def step_aside(self, place: Place) -> None:
        """Nobody waits on this place for now. It stays, for the same call to come again; others pass meanwhile."""
        with transaction(self._connection, durable=False):
            self._connection.execute("UPDATE queue SET seen = seen - ? WHERE number = ?", (LIVE_S, place.number))

    def leave(self, place: Place) -> None:
        """The call goes: its place is free."""
        with transaction(self._connection, durable=False):
            self._connection.execute("DELETE FROM queue WHERE number = ?", (place.number,))

    def places(self) -> list[Place]:
        """Everything that waits, in the order in which it came."""
        return [_place(row) for row in self._connection.execute(f"{_PLACES} ORDER BY number LIMIT 1000")]

    # --- within the store's transaction ---

    def forget(self) -> None:
        """Drop the places of long ago."""
        self._connection.execute("DELETE FROM queue WHERE seen < ?", (self._now() - FORGOTTEN_S,))

    def drop(self, place: Place) -> None:
        """`leave`, with what the call goes for."""
        self._connection.execute("DELETE FROM queue WHERE number = ?", (place.number,))

    def behind(
        self, standing: Standing, session: str, limits: tuple[Limit, ...], place: Place | None
    ) -> Refusal | None:
        """The queue: those of this session that wait are seen to wait, and who came first goes first."""
        name = standing.name
        queues = next((limit for limit in limits if limit.action == "alert_and_queue"), None)
        if queues is None:
            return None
        now = self._now()
        self._connection.execute(
            "UPDATE queue SET seen = ? WHERE name = ? AND session = ? AND seen > ?", (now, name, session, now - LIVE_S)
        )
        # Who asks for more than a whole day has waits for a person, and holds up nobody; nor does who was seen by a
        # clock that was ahead.
        money, tokens = tightest_of(standing.raised(limit) for limit in limits)
        before = self._connection.execute(
            "SELECT 1 FROM queue WHERE name = ? AND seen > ? AND seen < ? AND number < ? "
            "AND microusd <= coalesce(?, microusd) AND tokens <= coalesce(?, tokens) LIMIT 1",
            (name, now - LIVE_S, now + LIVE_S, place.number if place is not None else 1 << 62, money, tokens),
        ).fetchone()
        if before is None:
            return None
        reason = "calls that came before this one wait in the queue for the day's budget"
        return Refusal("budget_queued", reason, queues, wait=True)


def _place(row: tuple[object, ...]) -> Place:
    count, name, digest, session, session_name, microusd, tokens, since, seen = row
    texts = (text(name), text(digest), text(session), text(session_name))
    return Place(whole(count), *texts, whole(microusd), whole(tokens), number(since), number(seen))
