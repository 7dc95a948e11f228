"""Telephone numbers.

Five kinds of candidates, in falling order of what the writing itself proves: a number with its country code, of a
length that this country's numbers have; a number grouped as North America writes it; a number grouped as other
countries write theirs at home (a trunk 0, an area in parentheses, pairs at the end); and any digits after words that
announce a telephone number; and groups that only their place makes one (`phone_places`).

Ten digits alone are as often an order number or a time stamp: without words before them they are left alone.

Confidence: 0.97 with country code and of the plan, or announced and grouped; 0.93 with country code and grouped; 0.9
announced; 0.85 as North America groups; 0.8 as other countries do; 0.75 by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.phone_edges import UNITS, ends, in_a_row, phone, stands_alone
from akios_jail.pii.detectors.phone_international import SIGN, TRUNK_IN_BRACKETS, international, of_the_plan
from akios_jail.pii.detectors.phone_likely import INITIAL, LIKELY, NUMBERED, after_initial, is_likely
from akios_jail.pii.detectors.phone_places import (
    CHINESE,
    GROUPED,
    ITALIAN,
    MOBILE,
    PLAIN,
    TO_THE_END,
    among_chinese,
    tells,
    under_a_line,
)
from akios_jail.pii.detectors.phone_words import ANNOUNCED, ASKED, CALLED, NEAR, OF_CUSTOMERS
from akios_jail.pii.detectors.surroundings import digit_after, digits_of, otherwise
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

_NANP = re.compile(r"(?:\+?1[ .-]{0,2})?(?:\([0-9]{3}\)[ .-]{0,3}|[0-9]{3}[ .-]{1,3})[0-9]{3}[ .-]{1,3}[0-9]{4}\Z")
_SPOKEN = re.compile(r"[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{4}\Z", re.I)
_TRUNK = re.compile(r"\(?0[1-9][0-9]{0,5}\)?(?>(?:[ ./-]{1,3}[0-9]{2,8}){1,5})")
_HOME = re.compile(
    r"(?:\+?[0-9]{1,3}[ -])?\([0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{2,4}(?:[ -]?[0-9]{2,4})?\Z|"
    r"(?:8[ -])?\(?[0-9]{2,3}\)?[ .-][0-9]{3}[ .-][0-9]{2}[ .-][0-9]{2}\Z|"
    r"[0-9]{2,5}[ .-][0-9]{4,5}[ -][0-9]{4}\Z|[6-9][0-9]{4}[ -][0-9]{5}\Z|[6-9][0-9]{2}(?:[ .-][0-9]{2}){3}\Z"
)
_ANY = re.compile(rf"[0-9](?>(?:{SIGN}[0-9]){{5,16}})")
_BEFORE = re.compile(r"(?:\+ ?)?\(?\Z")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12][0-9]|3[01])(?:[^0-9]|\Z)|"
    r"[0-3]?[0-9]([-./])[0-3]?[0-9]\1(?:19|20)?[0-9]{2}(?:[^0-9]|\Z)"
)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])")
#: Numbers have no fewer digits; after words, and without.
_LEASTANNOUNCED, _LEAST = 6, 7
#: The longest number at home, with its signs.
_HOME_LONGEST = 26


#: From this trigger on a number's place decides.
_BY_PLACE = 12
_ASKED = 16
_INITIAL = 18


class Phone:
    """Numbers of any country with its code or as it groups them; `region` is where numbers without a code are from."""

    kind = "phone"
    triggers = (
        rf"\+ ?\(?[0-9](?:{SIGN}[0-9]){{6}}",
        rf"\b00 ?\(?[1-9](?:{SIGN}[0-9]){{8}}",
        r"(?:\([0-9]{3}\)[ .-]{0,3}|[0-9]{3}[ .-]{1,3})[0-9]{3}[ .-]{1,3}[0-9]{4}",
        r"\b555[ .-][0-9]{4}",
        r"\b0[1-9][0-9]{0,4}(?:\)?[ ./-]{1,3}[0-9](?:[ ./-]{0,3}[0-9]){5}|[0-9] [0-9]{5}\b)",
        r"\([0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{2,4}(?:[ -][0-9]{2,4})?\b",
        r"\b[0-9]{2,3}\)?[ .-][0-9]{3}[ .-][0-9]{2}[ .-][0-9]{2}\b",
        r"\b(?:1[3-9][0-9][ -][0-9]{4}[ -]|[1-9][0-9] 9?[0-9]{4}-)[0-9]{4}\b",
        r"\b[6-9](?:[0-9]{4}[ -][0-9]{5}|[0-9]{2}(?:[ .-][0-9]{2}){3})\b",
        r"(?i)\b[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{4}\b",
        ANNOUNCED.trigger,
        KEYED,
        GROUPED,
        CHINESE,
        MOBILE,
        PLAIN,
        ASKED,
        LIKELY.trigger,
        INITIAL,
        NUMBERED,
    )

    def __init__(self, region: str = "US") -> None:
        self._code = "+1" if region in ("US", "CA") else ""

    def keyed(self, context: str) -> bool:
        """Whether a name announces a number, or may do so with what else stands before it."""
        return ANNOUNCED.ends(context) or NEAR.search(f"{context}\n") is not None

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger <= 1:
            return international(view, end)
        if trigger <= 3 or trigger == 9:
            return self._nanp(view, end, spoken=trigger == 9)
        if trigger == 4:
            return _trunk(view, end)
        if trigger <= 8:
            return _at_home(view, end)
        if _BY_PLACE <= trigger < _ASKED:
            return _mobile(view, end) if trigger == 14 else _in_its_place(view, end, trigger)
        if trigger == _INITIAL:
            return _behind_initial(view, end)
        if trigger > _INITIAL:
            return self._announced(view, _FIRST.search(view.folded, max(0, end - 9), end).start())  # type: ignore[union-attr]
        first = digit_after(view, end) if trigger != 11 else end - 1 if view.context else -1
        return self._announced(view, first) if first >= 0 else ()

    def _nanp(self, view: View, end: int, spoken: bool) -> Iterable[Finding]:
        match = (_SPOKEN if spoken else _NANP).search(view.folded, max(0, end - 32), end)
        start = match.start() if match is not None else end - 8  # 555-0123
        if not stands_alone(view, start, end):
            return
        candidate = view.folded[start:end]
        digits = digits_of(candidate)[-10:]
        if len(digits) == 7 and (UNITS.match(view.folded, end) or view.char(end) == "-"):
            return
        if len(digits) == 10:
            plausible = digits[0] in "23456789" and digits[3] in "23456789" and digits[1:3] != "11"
            odd = not (plausible or digits.startswith("555")) or in_a_row(view, start, end, candidate)
            odd = odd or _NUMBERED.search(view.before(start, 12)) is not None
            if odd and not ANNOUNCED.leads_to(view, start):
                return
        key = f"{self._code}{digits}" if len(digits) == 10 else digits
        yield phone(start, end, key, 0.85, "grouped as in North America")

    def _announced(self, view: View, first: int) -> Iterable[Finding]:
        text = view.folded
        before = _BEFORE.search(text, max(0, first - 3), first)
        start = before.start() if before is not None else first
        match = _ANY.match(text, first)
        if match is None or _DATE.match(text, first) or _ADDRESS.match(text, first):
            return
        sure = ANNOUNCED.leads_to(view, start) or _near_words(view, start, match) or _called(view, start)
        if OF_CUSTOMERS.search(view.before(start, 24)) is not None:
            return
        for end in ends(text, first, match.end(), _LEASTANNOUNCED):
            digits = digits_of(text[first:end])
            abroad = text[start] == "+" or digits.startswith("00")
            if len(digits) > (15 if abroad else 13) or (
                len(digits) == 13 and not (abroad or of_the_plan(f"+{digits}"))
            ):
                continue
            if not (sure or is_likely(view, start, end, digits)):
                continue
            if not stands_alone(view, start, end):
                return
            grouped = end - first > len(digits)
            yield phone(start, end, self._key(text[start:end]), 0.97 if grouped else 0.9, "announced")
            return

    def _key(self, written: str) -> str:
        digits = digits_of(TRUNK_IN_BRACKETS.sub("", written))
        if written.startswith("+"):
            return f"+{digits}"
        if digits.startswith("00"):
            return f"+{digits[2:]}"
        if self._code and len(digits) == 11 and digits.startswith("1"):
            return f"+{digits}"
        return f"{self._code}{digits}" if len(digits) == 10 and digits[0] != "0" else digits


def _behind_initial(view: View, end: int) -> Iterable[Finding]:
    """`c: 4155552671`."""
    start = after_initial(view, end)
    if start >= 0 and stands_alone(view, start, end):
        yield phone(start, end, view.folded[start:end], 0.8, "behind a letter for a telephone")


#: `n° 1A 440 588 1111`: numbered as letters and parcels are.
_NUMBERED = re.compile(r"\bn[°º]\.? ?(?:[0-9]?[A-Z] )?\Z", re.IGNORECASE)


def _called(view: View, start: int) -> bool:
    """Whether somebody is to be called, by name, at what begins here."""
    return CALLED.search(view.before(start, 72)) is not None


def _near_words(view: View, start: int, match: re.Match[str]) -> bool:
    """Whether a bare number that could be one at home follows the words with a name or a line between."""
    return (
        _BARE.fullmatch(match.group()) is not None
        and NEAR.search(view.before(start, 56)) is not None
        and not otherwise(view, start)
    )


#: The digits at the end of what leads to them.
_FIRST = re.compile(r"(?<![0-9])[0-9]+\Z")
_BARE = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}|0[1-9][0-9]{8,9}")


def _trunk(view: View, end: int) -> Iterable[Finding]:
    """A trunk 0, then groups of digits: `020 7946 0958`, `06 12 34 56 78`, `(030) 90 18 20`."""
    text = view.folded
    starts = (at for at in range(max(0, end - 30), end - 7) if _TRUNK_AT.match(text, at))
    matches = (match for match in (_TRUNK.match(text, at) for at in starts) if match is not None)
    match = next((match for match in matches if match.end() >= end), None)  # of two close by, the one that ends here
    if match is None:
        return
    begin = match.start()
    if _PAIRS.match(text, begin) is None and (_DATE.match(text, begin) or _ADDRESS.match(text, begin)):
        return
    for last in ends(text, begin, match.end(), 9):
        written = text[begin:last]
        digits = digits_of(written)
        if len(digits) > 12 or not stands_alone(view, begin, last):
            continue
        odd = (len(digits) < 10 and _DATED.search(written) is not None) or otherwise(view, begin)
        if not odd or ANNOUNCED.leads_to(view, begin):
            yield phone(begin, last, digits, 0.8, "a trunk 0 and groups")
        return


_TRUNK_AT = re.compile(
    r"(?<![0-9A-Za-z.+/-])(?<![0-9][ )])(?:(?<![0-9],)|(?=0[1-9][0-9]{1,2}-[0-9]{3,4}-[0-9]{4}(?![0-9])))"
    r"\(?0[1-9][0-9]{0,5}\)?[ ./-]{1,3}[0-9]"
)
#: As in France: nothing else is written so.
_PAIRS = re.compile(r"0[1-9](?:[ .-][0-9]{2}){4}(?![0-9])")
#: A year at the end, as in `03 04 2021`.
_DATED = re.compile(r"(?:\A|[^0-9])(?:19|20)[0-9]{2}\Z")


def _at_home(view: View, end: int) -> Iterable[Finding]:
    """Other groups that telephone numbers have and little else: `(11) 91234-5678`, `495 123-45-67`, `98765 43210`."""
    match = _HOME.search(view.folded, max(0, end - _HOME_LONGEST), end)
    if match is None:
        return
    start, written = match.start(), match.group()
    digits = digits_of(written)
    if not 8 <= len(digits) <= 13 or not stands_alone(view, start, end):
        return
    if _DATE.match(written) or _ADDRESS.match(written) or _NANP.match(written):
        return
    odd = len(digits) < 9 or in_a_row(view, start, end, written) or otherwise(view, start)
    if odd and not ANNOUNCED.leads_to(view, start):
        return
    yield phone(start, end, digits, 0.8, "grouped as telephone numbers are")


def _in_its_place(view: View, end: int, trigger: int) -> Iterable[Finding]:
    """Groups that are a telephone number where their place says so: see `phone_places`."""
    chinese, plain = trigger == _BY_PLACE + 1, trigger > _BY_PLACE + 1
    if plain and TO_THE_END.match(view.folded, end) is None:
        return
    match = (_ELEVEN if chinese else _GROUPS if trigger == _BY_PLACE else _PLAIN).search(
        view.folded, max(0, end - _HOME_LONGEST), end
    )
    if match is None or not stands_alone(view, match.start(), end) or otherwise(view, match.start()):
        return
    start, written = match.start(), match.group()
    if (
        in_a_row(view, start, end, written)
        or _DATE.match(written)
        or _YEAR.search(written)
        or UNITS.match(view.folded, end)
    ):
        return
    if (
        among_chinese(view, start, end)
        if chinese
        else (ITALIAN.fullmatch(written) or tells(view, start, end, plain=plain))
    ):
        yield phone(start, end, digits_of(written), 0.75, "grouped as at home, and where such numbers stand")


def _mobile(view: View, end: int) -> Iterable[Finding]:
    """Digits that are the whole line under a name or an address, or beside an address of mail."""
    match = _BARE_LINE.search(view.folded, max(0, end - 11), end)
    if match is None or view.char(end) not in ("", "\n", "\r", " ", "\t"):
        return
    start = match.start()
    if under_a_line(view, start, end) and not otherwise(view, start):
        yield phone(start, end, view.folded[start:end], 0.75, "digits alone on a line under words")


_BARE_LINE = re.compile(rf"(?<![0-9]){MOBILE}\Z")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_GROUPS, _ELEVEN, _PLAIN = (re.compile(rf"{groups}\Z") for groups in (GROUPED, CHINESE, PLAIN))
