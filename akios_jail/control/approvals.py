"""Actions that wait for a person, in a SQLite database that brokers and commands share.

A broker puts an action there and looks for the decision; a command decides. A decision counts once, for the one action
whose digest it names, before the request expires and while the broker that asked still waits: the waiting broker says
so every few seconds, so that nothing can be approved after it is gone. What is used can never be used again.

Times are unix seconds. All calls block and belong on a thread; every one is a transaction of its own.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from akios_jail import database
from akios_jail.control import action as actions
from akios_jail.control.action import Action
from akios_jail.database import transaction

#: Actions of one session that may wait at once, and of all sessions.
MAX_WAITING: Final = 16
MAX_WAITING_ALL: Final = 256
#: A broker says this often that it still waits, and is taken for gone after so long without a word.
LEASE_S: Final = 5.0
GONE_AFTER_S: Final = 20.0
#: So long after the time of decision is over a broker may still find what was decided in time.
GRACE_S: Final = 5.0
#: What is over is kept for a month, and the latest of it.
KEPT_S: Final = 30 * 86400
KEPT: Final = 5000
MAX_NOTE: Final = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    action TEXT NOT NULL,
    digest TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL NOT NULL,
    seen REAL NOT NULL,      -- when the broker last said that it waits
    state TEXT NOT NULL,     -- waiting | approved | denied | used | expired | withdrawn
    decided REAL,
    who TEXT,
    note TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS approvals_by_state ON approvals (state, session);
"""
_COLUMNS = "id, session, action, digest, created, expires, seen, state, decided, who, note"


class Unavailable(Exception):
    """The store cannot be used: the message says why. Nothing is approved then."""


class Absent(Unavailable):
    """There is no store, or whoever makes it has not come further than its file: nothing ever waited."""


class Flood(Exception):
    """Too many actions wait already: the message says how many."""


class Refused(Exception):
    """A decision cannot be taken: the message says why, for the person who tried."""


class Entry(NamedTuple):
    """One row, checked. `state`: waiting | approved | denied | used | expired | withdrawn, as it is at this moment."""

    id: str
    action: Action
    digest: str
    created: float
    expires: float
    state: str
    decided: float | None
    who: str
    note: str


class Store:
    """The database at `path`. Make, use and close it on one thread."""

    def __init__(self, path: str, create: bool = True) -> None:
        """`Unavailable` if it is no database of ours; `Absent` if it is not there and not to be made."""
        if not create and not os.path.exists(path):
            raise Absent("there are no approvals yet")
        try:
            self._db = database.opened(path, _SCHEMA if create else "", shared=True)
        except sqlite3.Error as error:
            raise Unavailable(f"{path} cannot be opened: {error}") from error
        try:
            made = self._db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'approvals'").fetchone()
            if made is None:
                raise Absent("there are no approvals yet")
            self._db.execute(f"SELECT {_COLUMNS} FROM approvals LIMIT 0")  # noqa: S608
        except sqlite3.Error as error:
            self._db.close()
            raise Unavailable(f"{path} cannot be used: {error}") from error
        except Absent:
            self._db.close()
            raise
        self._version = -1

    def close(self) -> None:
        self._db.close()

    def request(self, action: Action, timeout_s: float, now: float | None = None) -> Entry:
        """Put an action before people. `Flood` if too many wait, `ValueError` if it is too large to be shown."""
        now = time.time() if now is None else now
        canonical = action.canonical()
        digest = actions.digest(canonical)
        identifier = actions.identifier(digest)
        row = (identifier, action.session, canonical, digest, now, now + timeout_s, now, "waiting")
        with self._transaction():
            self._bury(now)
            waiting = "SELECT COUNT(*) FROM approvals WHERE state = 'waiting'"
            own = self._count(f"{waiting} AND session = ?", action.session)
            if own >= MAX_WAITING:
                raise Flood(f"{own} actions of this session wait for a person already")
            if self._count(waiting) >= MAX_WAITING_ALL:
                raise Flood("too many actions of all sessions wait for a person already")
            self._db.execute(
                "INSERT INTO approvals (id, session, action, digest, created, expires, seen, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        return Entry(identifier, action, digest, now, now + timeout_s, "waiting", None, "", "")

    def changed(self) -> bool:
        """Whether another connection has written since the last call: one page of memory to look at, no disk."""
        try:
            version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise Unavailable(f"approvals cannot be read: {error}") from error
        before, self._version = self._version, version
        return version != before

    def still_waiting(self, identifiers: list[str], now: float | None = None) -> None:
        """The broker that asked is there."""
        now = time.time() if now is None else now
        with self._transaction():
            self._db.executemany("UPDATE approvals SET seen = ? WHERE id = ?", [(now, each) for each in identifiers])

    def decide(
        self, identifier: str, approve: bool, who: str, note: str = "", digest: str = "", now: float | None = None
    ) -> Entry:
        """Record a person's decision, if it is still to be taken. `Refused` if it is not.

        `digest`: what the person was shown, where that was earlier than this call.
        """
        now = time.time() if now is None else now
        with self._transaction():
            entry = self._entry(identifier, now)
            if entry.state != "waiting":
                raise Refused(_too_late(entry))
            if digest and digest != entry.digest:
                raise Refused(f"{identifier} is another action now than the one that was shown")
            state = "approved" if approve is True else "denied"
            self._db.execute(
                "UPDATE approvals SET state = ?, decided = ?, who = ?, note = ? WHERE id = ?",
                (state, now, who[:200], note[:MAX_NOTE], identifier),
            )
        return entry._replace(state=state, decided=now, who=who[:200], note=note[:MAX_NOTE])

    def outcome(self, identifier: str, digest: str, now: float | None = None) -> Entry | None:
        """What came of a request that this broker made; None while it waits. An approval is used up by asking.

        Whoever gets an approval from here is the only one who ever does.
        """
        now = time.time() if now is None else now
        with self._transaction():
            entry = self._entry(identifier, now)
            if entry.digest != digest:
                raise Unavailable(f"the approval {identifier} was tampered with")
            if entry.state == "waiting":
                return None
            if entry.state == "approved":
                self._set(identifier, "used")
            elif entry.state == "expired":
                self._set(identifier, "expired")
            return entry

    def expire(self, identifier: str) -> None:
        """Its time is up by the clock of whoever waits for it."""
        with self._transaction():
            self._db.execute("UPDATE approvals SET state = 'expired' WHERE id = ? AND state = 'waiting'", (identifier,))

    def withdraw(self, identifier: str) -> None:
        """Nobody waits for it any more."""
        with self._transaction():
            self._db.execute(
                "UPDATE approvals SET state = 'withdrawn' WHERE id = ? AND state IN ('waiting', 'approved')",
                (identifier,),
            )

    def entry(self, identifier: str, now: float | None = None) -> Entry:
        """One request. `Refused` if there is none, or it cannot be read."""
        with self._transaction():
            return self._entry(identifier, time.time() if now is None else now)

    def entries(self, waiting_only: bool, most: int = 200, now: float | None = None) -> list[Entry]:
        """The requests, the oldest first; rows that cannot be read are left out."""
        now = time.time() if now is None else now
        where = "WHERE state = 'waiting'" if waiting_only else ""
        with self._transaction():
            query = f"SELECT {_COLUMNS} FROM approvals {where} ORDER BY created DESC LIMIT ?"  # noqa: S608
            rows = self._db.execute(query, (most,)).fetchall()
        found: list[Entry] = []
        for row in reversed(rows):
            with contextlib.suppress(Refused):
                found.append(_checked(row, now))
        return [entry for entry in found if not waiting_only or entry.state == "waiting"]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self._db):
                yield
        except sqlite3.Error as error:
            raise Unavailable(f"approvals cannot be kept: {error}") from error

    def _entry(self, identifier: str, now: float) -> Entry:
        query = f"SELECT {_COLUMNS} FROM approvals WHERE id = ?"  # noqa: S608
        row = self._db.execute(query, (identifier,)).fetchone()
        if row is None:
            raise Refused(f"there is no approval {identifier}")
        return _checked(row, now)

    def _count(self, query: str, *values: str) -> int:
        return int(self._db.execute(query, values).fetchone()[0])

    def _set(self, identifier: str, state: str) -> None:
        self._db.execute("UPDATE approvals SET state = ? WHERE id = ?", (state, identifier))

    def _bury(self, now: float) -> None:
        """What is over and old goes; what nobody waits for any more is over."""
        self._db.execute(
            "UPDATE approvals SET state = 'expired' WHERE state = 'waiting' AND (expires <= ? OR seen <= ?)",
            (now, now - GONE_AFTER_S),
        )
        self._db.execute("DELETE FROM approvals WHERE state != 'waiting' AND created < ?", (now - KEPT_S,))
        self._db.execute(
            "DELETE FROM approvals WHERE state != 'waiting' AND id NOT IN"
            " (SELECT id FROM approvals ORDER BY created DESC LIMIT ?)",
            (KEPT,),
        )


def _checked(row: tuple[Any, ...], now: float) -> Entry:
    """A row as an entry. `Refused` for one that no honest broker has written."""
    identifier, session, canonical, digest, created, expires, seen, state, decided, who, note = row
    try:
        if not isinstance(canonical, str) or len(canonical) > actions.MAX_BYTES:
            raise actions.Unreadable("the stored action is too large")
        action = actions.read(canonical)
    except actions.Unreadable as error:
        raise Refused(f"the approval cannot be shown: {error}") from None
    true_digest = actions.digest(canonical)
    if digest != true_digest or identifier != actions.identifier(true_digest) or session != action.session:
        raise Refused("the approval does not belong to the action that is stored with it")
    if not all(isinstance(moment, float) for moment in (created, expires, seen)):
        raise Refused("the approval's times cannot be read")
    if state not in ("waiting", "approved", "denied", "used", "expired", "withdrawn"):
        raise Refused("the approval's state cannot be read")
    # An approval that nobody uses lasts little longer than the request would have.
    ends = {"waiting": expires, "approved": expires + GRACE_S}.get(state)
    if ends is not None and (ends <= now or seen + GONE_AFTER_S <= now):
        state = "expired"
    return Entry(
        identifier,
        action,
        digest,
        created,
        expires,
        state,
        decided if isinstance(decided, float) else None,
        who if isinstance(who, str) else "",
        note if isinstance(note, str) else "",
    )


def _too_late(entry: Entry) -> str:
    by = f" by {entry.who}" if entry.who else ""
    return {
        "approved": f"{entry.id} was approved already{by}",
        "used": f"{entry.id} was approved{by}, and is used",
        "denied": f"{entry.id} was denied already{by}",
        "withdrawn": f"nobody waits for {entry.id} any more",
        "expired": f"{entry.id} has expired, which denies it",
    }.get(entry.state, f"{entry.id} does not wait")
