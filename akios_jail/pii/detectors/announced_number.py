"""Numbers without a check digit, which count only after words that announce them.

A passport's number is letters and digits, nothing more: what makes it one is the word before it. So the words must
stand right before the value, with no more between than a colon, "number", "is" and the like; the value must have digits
enough, stand alone, and be none of the things that people write after such words instead: a date, an amount. In a talk
the words may stand in a question and the value in the answer; and what is joined to a value by a word for and, and
written just like it, is another one.
"""

# ruff: noqa: RUF001 (words for and in Cyrillic look like others)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.answers import answer_after, word_end
from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, stands_alone
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

#: Nothing that is written here has more characters.
_LONGEST = 64
_SIGNS = re.compile(r"[^0-9A-Za-z]+")
#: What joins a value to another: a remark on whose it was, and a sign or a word for and.
_JOIN = re.compile(
    r"(?: ?\([^()0-9\n]{1,40}\))?(?:(?P<sign>[,;/]|,? (?:&|\+))|"
    r",? (?:and|or|und|oder|et|ou|y|e|o|i|a|og|och|ja|ve|en|és|și|oraz|"
    r"и|та|і|και|ir|un|in|dan|và)) ?"
)
_MOST_JOINED = 6
#: What a word may have more than those of the table: `Passnummern`.
_PLURAL = 3
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
        found = list(self.at(view, digit, end)) if digit >= 0 else []
        if not found:
            found = list(self._answer(view, end))
        return [*found, *(other for one in found for other in self._joined(view, one))]

    def _answer(self, view: View, end: int) -> Iterable[Finding]:
        """The value that somebody gives who was asked for it by the words that end at `end`."""
        start = answer_after(view, end)
        if start < 0:
            return
        last = word_end(view, end)
        if not self._words.leads_to(view, last) and (last - end > _PLURAL or not self._words.leads_to(view, end)):
            return
        match = self._written.match(view.folded, start)
        if match is not None and self._fits(view, *match.span()):
            yield Finding(self.kind, *match.span(), _number(match.group()), 0.8, "the answer to a question for it")

    def _joined(self, view: View, found: Finding) -> Iterable[Finding]:
        """What follows a value and is written just like it."""
        text = view.folded
        shape, end = _shape(text[found.start : found.end]), found.end
        for _ in range(_MOST_JOINED):
            join = _JOIN.match(text, end)
            match = self._written.match(text, join.end()) if join is not None else None
            if join is None or match is None or _shape(match.group()) != shape or not self._fits(view, *match.span()):
                return
            if join["sign"] and "A" not in shape:
                return  # digits in a row count much else
            end = match.end()
            yield found._replace(
                start=match.start(), end=end, key=_number(match.group()), confidence=0.8, reason="joined to one"
            )

    def _fits(self, view: View, start: int, end: int) -> bool:
        """Whether what stands there can be a value at all."""
        number = _number(view.folded[start:end])
        return (
            sum(char.isdigit() for char in number) >= self._least
            and stands_alone(view, start, end)
            and date_at(view.folded, start) is None
            and not self.amounts(view, end, number)
            and self.holds(number)
        )

    def at(self, view: View, digit: int, earliest: int) -> Iterable[Finding]:
        """The number whose first digit is at `digit`, if one is there that words announce."""
        text = view.folded
        match = self._written.search(text, max(earliest, digit - self._letters), digit + _LONGEST)
        if match is None or match.start() > digit:
            return
        start = match.start()
        end, number = match.end(), _number(match.group())
        if not self._fits(view, start, end):
            return
        confidence = self.announced(view, start, number, earliest)
        if confidence:
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


def _number(written: str) -> str:
    return _SIGNS.sub("", written).upper()


def _shape(written: str) -> str:
    """What digits and letters it is made of."""
    return _CAPITALS.sub("A", _DIGITS.sub("0", written))


_DIGITS = re.compile("[0-9]")
_CAPITALS = re.compile("[A-Z]")
