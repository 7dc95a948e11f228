"""Which placeholder of a recording is which one of the session that replays it.

Placeholders are numbered as values are met, and stand-ins are drawn anew for each session: the same value has another
name here. Which is which is learned from requests that are the same but for their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from akios_jail.broker.hidden import SPELLED, Marks
from akios_jail.providers import framings
from akios_jail.radar.recorded import STAND_IN

if TYPE_CHECKING:
    from akios_jail.broker.personal import Personal


class Names:
    """The names of one replay. Nothing has any where the policy looks for no personal data."""

    def __init__(self, personal: Personal | None, marks: Marks | None) -> None:
        self._personal = personal
        self._marks = marks
        self._now: dict[str, str] = {}  # by its name on record
        self._then: dict[str, str] = {}
        #: What placeholders are called that stand for something.
        self.kinds = personal.kinds | {STAND_IN} if personal is not None else frozenset[str]()

    def begin_after(self, numbers: dict[str, int]) -> None:
        """No placeholder of this session is one of the recording: some values only that one knew."""
        if self._personal is not None:
            if self._marks is not None:
                self._marks.skip(numbers.get(STAND_IN, 0))
            for kind, number in numbers.items():
                self._personal.vault.skip(kind, number)

    def fit(self, then: Sequence[str], now: Sequence[str]) -> bool:
        """Whether these can be the same things in this order, as far as is known."""
        return len(then) == len(now) and all(
            self._now.get(old, new) == new and self._then.get(new, old) == old
            for old, new in zip(then, now, strict=True)
        )

    def learn(self, then: Sequence[str], now: Sequence[str]) -> None:
        """They are the same things."""
        for old, new in zip(then, now, strict=True):
            self._now[old] = new
            self._then[new] = old

    def recorded(self, text: str) -> str:
        """A text of this session with the names that are on record."""

        def then(match: re.Match[str]) -> str:
            known = self._then.get(f"[{match.group(1)}_{match.group(2)}]")
            if known is None:
                return match.group()
            return known if match.group().startswith("[") else quote(known)

        return SPELLED.sub(then, text)

    def told(self, data: bytes, kind: str, clean: bool) -> bytes:
        """A recorded answer as upstream would say it in this session. `clean`: upstream was told of placeholders; else
        it was told of the things themselves."""
        if self._personal is None or not self._now:
            return data
        from akios_jail.broker.answer_events import AnswerEvents
        from akios_jail.broker.whole_answer import through
        from akios_jail.pii.vault import Vault

        names = Vault()
        values = (
            {} if clean else {token: value for value, token in self._personal.vault.latest(self._personal.vault.count)}
        )
        for old, new in self._now.items():
            if new.startswith(f"[{STAND_IN}_"):
                new = (self._marks.stand_in(new) if self._marks is not None else None) or new
            names.put(old, values.get(new, new))
        framing = framings.of_answer("sse", True, kind)
        if framing is None:
            return through(None, names, data, kind).body
        cut = framings.of(framing)
        passing = AnswerEvents(None, names)
        events = [new for event in cut.parser().feed(data) for new in passing.event(event)] + passing.end()
        return b"".join([cut.encode(event) for event in events])
