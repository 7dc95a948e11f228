"""What is to be played: the attempts of a recording in their order, and which of them a request asks for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from akios_jail.broker.hidden import SPELLED
from akios_jail.broker.replay.spelled import Spelled, spelled, where
from akios_jail.radar import recording
from akios_jail.radar.recorded import Attempt, Exchange

#: Characters of an address that are shown.
_TITLE: Final = 500


class Note(NamedTuple):
    """One attempt on record. `step`: its number, from 1, in the order in which attempts were begun. `digest`: "" where
    its request was not kept."""

    step: int
    exchange: int
    attempt: int
    title: str
    door: bytes
    digest: str
    tokens: tuple[str, ...]


class Score:
    """A recording, read once; bodies stay on the disk. `approvals`: what people decided, in order.

    `numbers`: the highest number of a placeholder of each kind. `ends`: why there may have been more than is recorded,
    in a clause, "" if there was not. `recording.Unavailable` if it cannot be read."""

    def __init__(self, folder: str, session: str, kinds: Collection[str]) -> None:
        self._folder, self._session, self._kinds = folder, session, kinds
        self.notes: list[Note] = []
        self.approvals: list[dict[str, Any]] = []
        self.numbers: dict[str, int] = {}
        begun: list[tuple[float, int, Attempt, Spelled | None]] = []
        self._used: set[int] = set()
        with recording.opened(folder, session) as kept:
            self.ends = _end(kept.facts)
        for exchange in self._exchanges():
            self.approvals += [each for each in exchange.rulings if "approval" in each]
            for attempt in exchange.attempts:
                self._count(attempt)
                form = spelled(attempt, kinds) if attempt.request is not None or attempt.request_sha256 else None
                bare = attempt._replace(request=None, response=None)
                begun.append((attempt.time, exchange.number, bare, form and form._replace(text="")))
        begun.sort(key=lambda each: (each[0], each[1], each[2].number))
        for step, (_, number, attempt, form) in enumerate(begun, 1):
            digest, tokens = (form.digest, form.tokens) if form is not None else ("", ())
            title = f"{attempt.method} {where(attempt)}"[:_TITLE]
            self.notes.append(Note(step, number, attempt.number, title, door(attempt), digest, tokens))
        self._by_digest: dict[str, list[Note]] = defaultdict(list)
        for note in self.notes:
            self._by_digest[note.digest].append(note)

    def same(self, asked: Spelled) -> Iterator[Note]:
        """Those that are like this request and have not been played, the first one first."""
        return (note for note in self._by_digest.get(asked.digest, ()) if note.step not in self._used)

    def left(self) -> list[Note]:
        """Those that have not been played."""
        return [note for note in self.notes if note.step not in self._used]

    def use(self, note: Note) -> None:
        """It is played now, and not again."""
        self._used.add(note.step)

    @property
    def played(self) -> int:
        """How many have been played."""
        return len(self._used)

    def attempt(self, note: Note) -> Attempt:
        """All of it, with its bodies."""
        for exchange in self._exchanges(note.exchange):
            for attempt in exchange.attempts:
                if attempt.number == note.attempt:
                    return attempt
        raise recording.Unavailable("the recording has changed while it was played")

    def _exchanges(self, number: int | None = None) -> Iterator[Exchange]:
        with recording.opened(self._folder, self._session) as kept:
            yield from kept.exchanges(number)

    def _count(self, attempt: Attempt) -> None:
        if not self._kinds:
            return
        told = (*attempt.headers, *attempt.response_headers)
        head = "\n".join((attempt.path, attempt.query, *(value for _, value in told)))
        bodies = [(body or b"").decode("utf-8", "replace") for body in (attempt.request, attempt.response)]
        for text in (head, *bodies):
            for kind, number in SPELLED.findall(text):
                if kind in self._kinds:
                    self.numbers[kind] = max(self.numbers.get(kind, 0), min(int(number[:9]), 10_000_000))


def _end(facts: dict[str, Any]) -> str:
    if facts.get("failure") or facts.get("left_out"):
        return "not all of it could be written then"
    return "" if "outcome" in facts else "its session was killed, or still ran"


def door(attempt: Attempt) -> bytes:
    """A digest of where a request goes and what it is, but for its contents."""
    where_to = (attempt.method, attempt.protocol, attempt.host, attempt.port, attempt.path)
    return hashlib.sha256(repr(where_to).encode("utf-8", "backslashreplace")).digest()
