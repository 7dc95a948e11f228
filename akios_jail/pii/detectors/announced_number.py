"""Numbers without a check digit, which count only after words that announce them.

A passport's number is letters and digits, nothing more: what makes it one is the word before it. So the words must
stand right before the value, with no more between than a colon, "number", "is" and the like; the value must have digits
enough, stand alone, and be none of the things that people write after such words instead: a date, an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, stands_alone
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

#: Nothing that is written here has more characters.
_LONGEST = 64
_SIGNS = re.compile(r"[^0-9A-Za-z]+")
_AMOUNT = re.compile(
    r" ?(?:%|€|\$|£|EUR|USD|GBP|days?|years?|months?|weeks?|hours?|Jahre|ans|mois|años|"
    r"times|pages?|people|users|items)(?!\w)"
)


class AnnouncedNumber:
    """One kind of such numbers. `written` is what they look like: a pattern of Python's.

    `letters`: how many characters of it may stand before its first digit. `least`: how many digits it has at least.
    """

    def __init__(
        self, kind: str, words: Announcement, written: str, least: int, letters: int, confidence: float
    ) -> None:
        self.kind = kind
        self.triggers: tuple[str, ...] = (words.trigger, KEYED)
        self._words = words
        self._written = re.compile(rf"(?<![0-9A-Za-z])(?:{written})(?![0-9A-Za-z_])")
        self._least, self._letters, self._confidence = least, letters, confidence

    def keyed(self, context: str) -> bool:
        """Whether a name announces such a number."""
        return self._words.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger == 1:
            return self.at(view, end - 1, 0) if view.context else ()
        digit = digit_after(view, end)
        return self.at(view, digit, end) if digit >= 0 else ()

    def at(self, view: View, digit: int, earliest: int) -> Iterable[Finding]:
        """The number whose first digit is at `digit`, if one is there that words announce."""
        text = view.folded
        match = self._written.search(text, max(earliest, digit - self._letters), digit + _LONGEST)
        if match is None or match.start() > digit:
            return
        start = match.start()
        end, number = match.end(), _SIGNS.sub("", match.group()).upper()
        if sum(char.isdigit() for char in number) < self._least or not stands_alone(view, start, end):
            return
        if date_at(text, start) is not None or self.amounts(view, end, number):
            return
        confidence = self.announced(view, start, number, earliest)
        if confidence and self.holds(number):
            yield Finding(self.kind, start, end, number, confidence, "announced by the words before it")

    def announced(self, view: View, start: int, number: str, earliest: int) -> float:
        """How sure it is that words lead to what begins at `start`: 0 if none do. `earliest`: where a word ended."""
        return self._confidence if self._words.leads_to(view, start) else 0.0

    def amounts(self, view: View, end: int, number: str) -> bool:
        """Whether what stands behind the number makes it an amount of something."""
        return _AMOUNT.match(view.folded, end) is not None

    def holds(self, number: str) -> bool:
        """Whether the number can be one of the kind; for those that have more to check."""
        return True
