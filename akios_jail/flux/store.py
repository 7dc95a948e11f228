"""Day budgets, shared by every broker of the machine, and what `akios budget` reads and writes: `budgets.db`.

A day budget belongs to a name (that of the policy) and to a calendar day in UTC. What a call may cost is reserved here
before it runs, durably, and settled afterwards. A reservation that nobody settled is spent: whoever died with it, or
lost power, may have had all of it. So there is nothing to recover, and no amount depends on a guess about who still
lives: for a session that was not heard of for a while nobody waits any longer, that is all. Old reservations are folded
into their day's sum. Nothing but a settlement lowers what a day has used.

A day that has ended stays closed when the clock steps back: the latest day that was ever used is the one that counts.
A clock that was far ahead leaves such a day behind it; who raises that day's budget, with the clock right again, makes
it today. A call belongs to the day on which it was reserved.

Everything here waits for the disk and belongs on one thread that may do so. `synchronous=FULL` for reservations; what
only gives back (a settlement within its reservation, a snapshot) need not survive a power failure.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from akios_jail import database
from akios_jail.database import number, text, transaction, whole, whole_or_none
from akios_jail.flux import queue, snapshots
from akios_jail.flux.day import DAY_S, NOTHING, Drawn, Held, Standing, date_of, fits, is_little, tightest_of
from akios_jail.flux.ledger import Refusal, Spent, exceeded, plus
from akios_jail.flux.queue import Place
from akios_jail.policy.plans import Limit

NAME = "budgets.db"
#: A session that has not written its snapshot for so long is not running.
STALE_S = 30.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS days (
    name TEXT NOT NULL, day INTEGER NOT NULL, microusd INTEGER NOT NULL, tokens INTEGER NOT NULL,
    limit_microusd INTEGER, limit_tokens INTEGER, PRIMARY KEY (name, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, day INTEGER NOT NULL, session TEXT NOT NULL, since REAL NOT NULL,
    microusd INTEGER NOT NULL, tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reserved ON reservations (name, day);
CREATE TABLE IF NOT EXISTS raises (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, target TEXT NOT NULL, scope TEXT NOT NULL,
    day INTEGER NOT NULL, microusd INTEGER, tokens INTEGER
) STRICT;
"""


class Raise(NamedTuple):
    """A budget that somebody raised to so much. `target`: a session's id, or the name that a budget is shared by."""

    number: int
    at: float
    who: str
    target: str
    scope: str
    day: int
    microusd: int | None
    tokens: int | None


class Store:
    """`budgets.db` in a folder. For one thread. `sqlite3.Error` where the file cannot be used.

    `patience`: seconds for which each transaction waits for others that write.
    """

    def __init__(self, folder: str, now: Callable[[], float] = time.time, patience: float = database.BUSY_S) -> None:
        self._now = now
        self._path = os.path.join(folder, NAME)
        self._patience = patience
        self._numbers = 0
        self._nonce = os.urandom(6).hex()
        schema = _SCHEMA + queue.SCHEMA + snapshots.SCHEMA
        self._connection = database.opened(self._path, schema, any_thread=True, patience=patience, shared=True)
        self.queue = queue.Queue(self._connection, now)
        self.snapshots = snapshots.Snapshots(self._connection, now)
        self._file = _file(self._path)

    @property
    def replaced(self) -> bool:
        """Whether this is no longer the file that others open: it was removed, or another is in its place."""
        return _file(self._path) != self._file

    def wait_at_most(self, seconds: float) -> None:
        """How long transactions wait for others that write, from now on."""
        if seconds != self._patience:
            self._patience = seconds
            self._connection.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._connection.close()

    # --- day budgets ---

    def reserve(
        self, name: str, session: str, limits: tuple[Limit, ...], want: Spent, place: Place | None = None
    ) -> Held | Refusal:
        """Hold this much of the name's day, durably, or say why not.

        Where calls queue, one that came before and still waits comes first; `place` is this call's own, and free if the
        call goes.
        """
        return self.claim(name, session, limits, want, place)[0]

    def claim(
        self,
        name: str,
        session: str,
        limits: tuple[Limit, ...],
        want: Spent,
        place: Place | None = None,
        ahead: Spent = NOTHING,
        drawn: Drawn | None = None,
    ) -> tuple[Held | Refusal, Standing]:
        """`reserve`, and how the day stands with it, at the price of one transaction.

        `ahead`: hold so much more for calls to come, all of it or nothing, if that is little of what the day has left.
        `drawn`: is written first, granted or not, and what is granted is added to what that holds, if it is of the
        same day. The `want` of what is returned is what was granted.
        """
        with transaction(self._connection, durable=True):
            known = self._draw(drawn) if drawn is not None else None
            standing = self._standing(name)
            behind = self.queue.behind(standing, session, limits, place)  # first: who waits must be seen to wait
            refusal = self._refusal(standing, limits, want) or behind
            if refusal is not None:
                return refusal, standing
            if place is not None:
                self.queue.drop(place)
            if is_little(ahead, want, standing.left(limits)):
                want = plus(want, ahead)
            if drawn is not None and known == standing.day:
                held = Held(drawn.held.id, standing.day, want)
                self._connection.execute(
                    "UPDATE reservations SET microusd = microusd + ?, tokens = tokens + ?, since = ? WHERE id = ?",
                    (*want, self._now(), held.id),
                )
            else:
                self._numbers += 1
                held = Held(f"{session}.{self._nonce}.{self._numbers}", standing.day, want)
                self._connection.execute(
                    "INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (held.id, name, standing.day, session, self._now(), *want),
                )
            self._connection.execute(
                "INSERT INTO days VALUES (?, ?, 0, 0, ?, ?) ON CONFLICT (name, day) "
                "DO UPDATE SET limit_microusd = excluded.limit_microusd, limit_tokens = excluded.limit_tokens",
                (name, standing.day, *tightest_of(limits)),
            )
        return held, standing._replace(reserved=plus(standing.reserved, want))

    def settle(self, held: Held, spent: Spent) -> None:
        """The call is over and has used this: the rest is free. Nothing happens to one that was folded already."""
        beyond = spent.microusd > held.want.microusd or spent.tokens > held.want.tokens
        with transaction(self._connection, durable=beyond):
            row = self._connection.execute(
                "DELETE FROM reservations WHERE id = ? RETURNING name, day", (held.id,)
            ).fetchone()
            if row is not None:
                self._add(text(row[0]), whole(row[1]), spent)

    def draw(self, drawn: Drawn) -> None:
        """Write what was spent of a reservation, and what of it is free. What then holds nothing is gone."""
        beyond = drawn.back.microusd < 0 or drawn.back.tokens < 0
        with transaction(self._connection, durable=beyond):
            self._draw(drawn)
            self._connection.execute(
                "DELETE FROM reservations WHERE id = ? AND microusd <= 0 AND tokens <= 0", (drawn.held.id,)
            )

    def standing(self, name: str) -> Standing:
        """How the name's day stands."""
        with transaction(self._connection, durable=False):
            return self._standing(name)

    def fold(self) -> None:
        """Count what was reserved before yesterday, and never settled, as spent."""
        with transaction(self._connection, durable=False):
            old = self._today() - 1
            rows = self._connection.execute(
                "DELETE FROM reservations WHERE day < ? RETURNING name, day, microusd, tokens", (old,)
            ).fetchall()
            for name, day, microusd, tokens in rows:
                self._add(text(name), whole(day), Spent(whole(microusd), whole(tokens)))
            self.queue.forget()
            self.snapshots.forget()

    # --- raises ---

    def raise_to(self, who: str, target: str, scope: str, microusd: int | None, tokens: int | None) -> Raise:
        """Raise a budget, durably; of a day: of the present one, which becomes today if a clock was ahead."""
        with transaction(self._connection, durable=True):
            if scope == "day":
                self._back_to_today(target)
            day = self._standing(target).day if scope == "day" else 0
            number = self._connection.execute(
                "INSERT INTO raises (at, who, target, scope, day, microusd, tokens) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._now(), who, target, scope, day, microusd, tokens),
            ).lastrowid
        return Raise(number or 0, self._now(), who, target, scope, day, microusd, tokens)

    def raises(self, targets: tuple[str, str], after: int) -> list[Raise]:
        """The raises of these targets with a higher number than `after`, oldest first."""
        rows = self._connection.execute(
            "SELECT number, at, who, target, scope, day, microusd, tokens FROM raises "
            "WHERE target IN (?, ?) AND number > ? ORDER BY number LIMIT 1000",
            (*targets, after),
        )
        return [_raise(*row) for row in rows]

    def standings(self) -> list[tuple[Standing, tuple[int | None, int | None]]]:
        """Today's standing of every name that has one, with its limits as they were when it was last used."""
        with transaction(self._connection, durable=False):
            rows = self._connection.execute(
                "SELECT name, limit_microusd, limit_tokens, max(day) FROM days WHERE day >= ? "
                "GROUP BY name ORDER BY name LIMIT 1000",
                (self._today(),),
            ).fetchall()
            return [
                (self._standing(text(name)), (whole_or_none(microusd), whole_or_none(tokens)))
                for name, microusd, tokens, _ in rows
            ]

    # --- within a transaction ---

    def _refusal(self, standing: Standing, limits: tuple[Limit, ...], want: Spent) -> Refusal | None:
        refusals = []
        ahead = self._ahead(standing)
        for limit in limits:
            raised = standing.raised(limit)
            for refusal in exceeded(raised, want, standing.spent, standing.reserved, "day"):
                again = (
                    (standing.day + 1) * DAY_S - self._now() if fits(limit, want) else None
                )  # tomorrow's is as written
                soon = "" if again is None else "; the next day begins at 00:00 UTC"
                refusals.append(refusal._replace(retry_after=again, reason=refusal.reason + soon + ahead))
        return min(refusals, key=lambda refusal: (not refusal.final, refusal.wait), default=None)

    def _standing(self, name: str) -> Standing:
        latest = self._connection.execute("SELECT max(day) FROM days WHERE name = ?", (name,)).fetchone()[0]
        day = max(self._today(), whole_or_none(latest) or 0)
        spent = self._connection.execute(
            "SELECT microusd, tokens FROM days WHERE name = ? AND day = ?", (name, day)
        ).fetchone()
        heard_of = (self._now() - STALE_S, self._now() + STALE_S)
        rows = self._connection.execute(
            "SELECT r.since BETWEEN ? AND ? OR coalesce(s.updated, 0) BETWEEN ? AND ?, sum(r.microusd), sum(r.tokens) "
            "FROM reservations AS r LEFT JOIN sessions AS s ON s.id = r.session "
            "WHERE r.name = ? AND r.day = ? GROUP BY 1",
            (*heard_of, *heard_of, name, day),
        ).fetchall()
        sums = {alive: Spent(whole(microusd), whole(tokens)) for alive, microusd, tokens in rows}
        spent = NOTHING if spent is None else Spent(*map(whole, spent))
        lost, reserved = sums.get(0, NOTHING), sums.get(1, NOTHING)
        raised = self._connection.execute(
            "SELECT max(microusd), max(tokens) FROM raises WHERE target = ? AND scope = 'day' AND day = ?", (name, day)
        ).fetchone()
        return Standing(name, day, plus(spent, lost), reserved, *map(whole_or_none, raised))

    def _draw(self, drawn: Drawn) -> int | None:
        """The day of the reservation; None, and nothing happens, if it was folded already."""
        less = (drawn.spent.microusd + drawn.back.microusd, drawn.spent.tokens + drawn.back.tokens)
        row = self._connection.execute(
            "UPDATE reservations SET microusd = microusd - ?, tokens = tokens - ? WHERE id = ? RETURNING name, day",
            (*less, drawn.held.id),
        ).fetchone()
        if row is None:
            return None
        if drawn.spent != NOTHING:
            self._add(text(row[0]), whole(row[1]), drawn.spent)
        return whole(row[1])

    def _add(self, name: str, day: int, spent: Spent) -> None:
        self._connection.execute(
            "INSERT INTO days VALUES (?, ?, ?, ?, NULL, NULL) ON CONFLICT (name, day) "
            "DO UPDATE SET microusd = microusd + excluded.microusd, tokens = tokens + excluded.tokens",
            (name, day, *spent),
        )

    def _back_to_today(self, name: str) -> None:
        """What was used on days that are still to come by the clock was used today."""
        today = self._today()
        rows = self._connection.execute(
            "DELETE FROM days WHERE name = ? AND day > ? RETURNING microusd, tokens", (name, today)
        ).fetchall()
        for used in rows:
            self._add(name, today, Spent(*map(whole, used)))
        self._connection.execute("UPDATE reservations SET day = ? WHERE name = ? AND day > ?", (today, name, today))

    def _ahead(self, standing: Standing) -> str:
        """What to say of a day that is not today."""
        if standing.day <= self._today() + 1:
            return ""
        day = date_of(standing.day)
        return (
            f" (the day is {day}, as this machine's clock once said; it counts until `akios budget raise` "
            f"{standing.name[:80]} --per-day makes it today)"
        )

    def _today(self) -> int:
        return int(self._now() // DAY_S)


def _raise(count: object, when: object, *rest: object) -> Raise:
    """A row of `raises` as a budget that was raised."""
    who, target, scope, day, microusd, tokens = rest
    amounts = (whole_or_none(microusd), whole_or_none(tokens))
    return Raise(whole(count), number(when), text(who), text(target), text(scope), whole(day), *amounts)


def _file(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
