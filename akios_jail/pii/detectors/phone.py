"""Telephone numbers.

Five kinds of candidates, in falling order of what the writing itself proves: a number with its country code, of a
length that this country's numbers have; a number grouped as North America writes it; a number grouped as other
countries write theirs at home (a trunk 0, an area in parentheses, pairs at the end); and any digits after words that
announce a telephone number; and groups that only their place makes one (`phone_places`). Digits with a country code
and no grouping must also be of the country's plan (Google's
libphonenumber, the phonenumbers package, asked last because it takes long). Numbers reserved for fiction are in no plan
but are written for people, so they count where the grouping is right.

Ten digits alone are as often an order number or a time stamp: without words before them they are left alone.

Confidence: 0.97 with country code and of the plan, or announced and grouped; 0.93 with country code and grouped; 0.9
announced; 0.85 as North America groups; 0.8 as other countries do; 0.75 by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.calling_codes import calling_code
from akios_jail.pii.detectors.phone_places import CHINESE, GROUPED, ITALIAN, MOBILE, among_chinese, tells, under_a_line
from akios_jail.pii.detectors.phone_words import ANNOUNCED, NEAR, OF_CUSTOMERS
from akios_jail.pii.detectors.surroundings import digit_after, digits_of, otherwise
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

_SIGN = r"[ .()/-]{0,3}"
_INTERNATIONAL = re.compile(rf"(?:\+|00) ?\(?[0-9](?>(?:{_SIGN}[0-9]){{6,17}})")
_NANP = re.compile(r"(?:\+?1[ .-]{0,2})?(?:\([0-9]{3}\)[ .-]{0,3}|[0-9]{3}[ .-]{1,3})[0-9]{3}[ .-]{1,3}[0-9]{4}\Z")
_SPOKEN = re.compile(r"[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{3} ?(?:dash|dot|hyphen|minus) ?[0-9]{4}\Z", re.I)
_TRUNK = re.compile(r"\(?0[1-9][0-9]{0,4}\)?(?>(?:[ ./-]{1,3}[0-9]{2,8}){1,5})")
_HOME = re.compile(
    r"(?:\+?[0-9]{1,3}[ -])?\([0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{2,4}(?:[ -]?[0-9]{2,4})?\Z|"
    r"(?:8[ -])?\(?[0-9]{2,3}\)?[ .-][0-9]{3}[ .-][0-9]{2}[ .-][0-9]{2}\Z|"
    r"[0-9]{2,5}[ .-][0-9]{4,5}[ -][0-9]{4}\Z|[6-9][0-9]{4}[ -][0-9]{5}\Z|[6-9][0-9]{2}(?:[ .-][0-9]{2}){3}\Z"
)
_ANY = re.compile(rf"[0-9](?>(?:{_SIGN}[0-9]){{5,16}})")
_BEFORE = re.compile(r"(?:\+ ?)?\(?\Z")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12][0-9]|3[01])(?:[^0-9]|\Z)|"
    r"[0-3]?[0-9]([-./])[0-3]?[0-9]\1(?:19|20)?[0-9]{2}(?:[^0-9]|\Z)"
)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])")
_LAST_GROUP = re.compile(r"[ .()/-]+[0-9]+\Z")
_TRUNK_IN_BRACKETS = re.compile(r"\(0\)")
#: Numbers have no fewer digits; after words, and without.
_LEASTANNOUNCED, _LEAST = 6, 7
#: The longest number at home, with its signs.
_HOME_LONGEST = 26


#: From this trigger on a number's place decides.
_BY_PLACE = 12


class Phone:
    """Numbers of any country with its code or as it groups them; `region` is where numbers without a code are from."""

    kind = "phone"
    triggers = (
        rf"\+ ?\(?[0-9](?:{_SIGN}[0-9]){{6}}",
        rf"\b00 ?\(?[1-9](?:{_SIGN}[0-9]){{8}}",
        r"(?:\([0-9]{3}\)[ .-]{0,3}|[0-9]{3}[ .-]{1,3})[0-9]{3}[ .-]{1,3}[0-9]{4}",
        r"\b555[ .-][0-9]{4}",
        r"\b0[1-9][0-9]{0,4}\)?[ ./-]{1,3}[0-9](?:[ ./-]{0,3}[0-9]){5}",
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
    )

    def __init__(self, region: str = "US") -> None:
        self._code = "+1" if region in ("US", "CA") else ""

    def keyed(self, context: str) -> bool:
        """Whether a name announces a number, or may do so with what else stands before it."""
        return ANNOUNCED.ends(context) or NEAR.search(f"{context}\n") is not None

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger <= 1:
            return _international(view, end)
        if trigger <= 3 or trigger == 9:
            return self._nanp(view, end, spoken=trigger == 9)
        if trigger == 4:
            return _trunk(view, end)
        if trigger <= 8:
            return _at_home(view, end)
        if trigger >= _BY_PLACE:
            return _mobile(view, end) if trigger == 14 else _in_its_place(view, end, chinese=trigger > _BY_PLACE)
        first = digit_after(view, end) if trigger == 10 else end - 1 if view.context else -1
        return self._announced(view, first) if first >= 0 else ()

    def _nanp(self, view: View, end: int, spoken: bool) -> Iterable[Finding]:
        match = (_SPOKEN if spoken else _NANP).search(view.folded, max(0, end - 32), end)
        start = match.start() if match is not None else end - 8  # 555-0123
        if not _stands_alone(view, start, end):
            return
        candidate = view.folded[start:end]
        digits = digits_of(candidate)[-10:]
        if len(digits) == 7 and (_UNITS.match(view.folded, end) or view.char(end) == "-"):
            return
        if len(digits) == 10:
            plausible = digits[0] in "23456789" and digits[3] in "23456789" and digits[1:3] != "11"
            odd = not (plausible or digits.startswith("555")) or _in_a_row(view, start, end, candidate)
            odd = odd or _NUMBERED.search(view.before(start, 12)) is not None
            if odd and not ANNOUNCED.leads_to(view, start):
                return
        key = f"{self._code}{digits}" if len(digits) == 10 else digits
        yield _finding(start, end, key, 0.85, "grouped as in North America")

    def _announced(self, view: View, first: int) -> Iterable[Finding]:
        text = view.folded
        before = _BEFORE.search(text, max(0, first - 3), first)
        start = before.start() if before is not None else first
        match = _ANY.match(text, first)
        if match is None or _DATE.match(text, first) or _ADDRESS.match(text, first):
            return
        if not (ANNOUNCED.leads_to(view, start) or _near_words(view, start, match)):
            return
        if OF_CUSTOMERS.search(view.before(start, 24)) is not None:
            return
        for end in _ends(text, first, match.end(), _LEASTANNOUNCED):
            digits = digits_of(text[first:end])
            if len(digits) > (15 if text[start] == "+" or digits.startswith("00") else 12):
                continue
            if not _stands_alone(view, start, end):
                return
            grouped = end - first > len(digits)
            yield _finding(start, end, self._key(text[start:end]), 0.97 if grouped else 0.9, "announced")
            return

    def _key(self, written: str) -> str:
        digits = digits_of(_TRUNK_IN_BRACKETS.sub("", written))
        if written.startswith("+"):
            return f"+{digits}"
        if digits.startswith("00"):
            return f"+{digits[2:]}"
        if self._code and len(digits) == 11 and digits.startswith("1"):
            return f"+{digits}"
        return f"{self._code}{digits}" if len(digits) == 10 and digits[0] != "0" else digits


#: `n° 1A 440 588 1111`: numbered as letters and parcels are.
_NUMBERED = re.compile(r"\bn[°º]\.? ?(?:[0-9]?[A-Z] )?\Z", re.IGNORECASE)


def _near_words(view: View, start: int, match: re.Match[str]) -> bool:
    """Whether a bare number that could be one at home follows the words with a name or a line between."""
    return (
        _BARE.fullmatch(match.group()) is not None
        and NEAR.search(view.before(start, 56)) is not None
        and not otherwise(view, start)
    )


_BARE = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}|0[1-9][0-9]{8,9}")


def _international(view: View, end: int) -> Iterable[Finding]:
    text = view.folded
    plus = text.rfind("+", max(0, end - 34), end)
    begin = plus if plus >= 0 else _zeros(text, end)
    match = _INTERNATIONAL.match(text, begin) if begin >= 0 else None
    if match is None or not _stands_alone(view, begin, match.end(), plus=True, open_end=True):
        return
    prefix = 1 if plus >= 0 else 2
    if prefix == 2 and view.char(begin - 1) in " .-" and view.char(begin - 2).isdigit():
        return  # a row of numbers
    digits = digits_of(_TRUNK_IN_BRACKETS.sub("", text[begin + prefix : match.end()]))
    for last, count in _group_ends(text, begin + prefix, match.end()):
        code = calling_code(digits[:count])
        if code is None or not _stands_alone(view, begin, last, plus=True):
            continue
        grouped = _GROUPED.search(text, begin + prefix, last) is not None
        fiction = code == "1" and digits[1] in "23456789" and prefix == 1
        number = f"+{digits[:count]}"
        if grouped and prefix == 1:
            yield _finding(begin, last, number, 0.93, f"country code {code}, grouped")
        elif fiction or ANNOUNCED.leads_to(view, begin) or _of_the_plan(number):
            yield _finding(begin, last, number, 0.97, f"country code {code}, announced or of its plan")
        else:
            continue
        return


def _group_ends(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Where the groups of digits end, the last first, and how many digits there are up to there."""
    ends, count = [], 0
    for group in _GROUP.finditer(text, start, end):
        if text[group.start() - 1 : group.end() + 1] != "(0)":
            count += group.end() - group.start()
        ends.append((group.end(), count))
    return reversed(ends)


_GROUP = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9][ .()/-]+[0-9]")


def _zeros(text: str, end: int) -> int:
    """Where the 00 of a number stands whose ninth digit after it ends at `end`."""
    place, digits = end, 0
    while place > 0 and digits < 11 and end - place < 40:
        place -= 1
        digits += text[place].isdigit()
    return place if digits == 11 and text.startswith("00", place) else -1


def _of_the_plan(number: str) -> bool:
    """Whether libphonenumber knows a range of numbers that this one, with its country code, lies in."""
    import phonenumbers  # 50 ms, and only few texts have such a candidate

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


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
    for last in _ends(text, begin, match.end(), 9):
        written = text[begin:last]
        digits = digits_of(written)
        if len(digits) > 12 or not _stands_alone(view, begin, last):
            continue
        odd = (len(digits) < 10 and _DATED.search(written) is not None) or otherwise(view, begin)
        if not odd or ANNOUNCED.leads_to(view, begin):
            yield _finding(begin, last, digits, 0.8, "a trunk 0 and groups")
        return


_TRUNK_AT = re.compile(r"(?<![0-9A-Za-z.,+/-])(?<![0-9][ )])\(?0[1-9][0-9]{0,4}\)?[ ./-]{1,3}[0-9]")
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
    if not 8 <= len(digits) <= 13 or not _stands_alone(view, start, end):
        return
    if _DATE.match(written) or _ADDRESS.match(written) or _NANP.match(written):
        return
    odd = len(digits) < 9 or _in_a_row(view, start, end, written) or otherwise(view, start)
    if odd and not ANNOUNCED.leads_to(view, start):
        return
    yield _finding(start, end, digits, 0.8, "grouped as telephone numbers are")


def _in_its_place(view: View, end: int, chinese: bool) -> Iterable[Finding]:
    """Groups that are a telephone number where their place says so: see `phone_places`."""
    match = (_ELEVEN if chinese else _GROUPS).search(view.folded, max(0, end - _HOME_LONGEST), end)
    if match is None or not _stands_alone(view, match.start(), end) or otherwise(view, match.start()):
        return
    start, written = match.start(), match.group()
    if (
        _in_a_row(view, start, end, written)
        or _DATE.match(written)
        or _YEAR.search(written)
        or _UNITS.match(view.folded, end)
    ):
        return
    if among_chinese(view, start, end) if chinese else (ITALIAN.fullmatch(written) or tells(view, start, end)):
        yield _finding(start, end, digits_of(written), 0.75, "grouped as at home, and where such numbers stand")


def _mobile(view: View, end: int) -> Iterable[Finding]:
    """A trunk 0 and nine or ten digits that are the whole line under a name or an address."""
    start = end - 11 if view.char(end - 11) == "0" and not view.char(end - 12).isdigit() else end - 10
    if under_a_line(view, start, end) and not otherwise(view, start):
        yield _finding(start, end, view.folded[start:end], 0.75, "a trunk 0, alone on a line under words")


_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_GROUPS, _ELEVEN = re.compile(GROUPED + r"\Z"), re.compile(CHINESE + r"\Z")


def _finding(start: int, end: int, key: str, confidence: float, reason: str) -> Finding:
    return Finding("phone", start, end, key, confidence, reason)


_UNITS = re.compile(r" ?(?:units?|pieces|pcs|items|St[uü]ck)\b", re.IGNORECASE)


def _stands_alone(view: View, start: int, end: int, plus: bool = False, open_end: bool = False) -> bool:
    """Whether the characters around do not make this a part of something longer."""
    before, after = view.char(start - 1), view.char(end)
    if (before.isascii() and before.isalnum()) or before in ("_", "+") or (before == "%" and not plus):
        return False
    if before != "" and before in "-./=" and view.char(start - 2).isdigit():
        return False
    if before in ("-", "#", "$") and (before != "-" or view.char(start - 2).isalnum()):
        return False
    if open_end:
        return True
    if after == "_" or (after.isascii() and after.isalnum() and not (after in "xX" and view.char(end + 1).isdigit())):
        return False
    return not (after != "" and after in "-./" and view.char(end + 1).isdigit())


def _in_a_row(view: View, start: int, end: int, candidate: str) -> bool:
    """Whether digits and spaces alone stand among further groups of digits: a row of numbers."""
    if not candidate.replace(" ", "").isdigit():
        return False
    return (view.char(start - 1) == " " and view.char(start - 2).isdigit()) or (
        view.char(end) == " " and view.char(end + 1).isdigit()
    )


def _ends(text: str, start: int, end: int, least: int) -> Iterable[int]:
    """Where the candidate ends, then without its last group of digits, and so on: another number may follow."""
    while len(digits_of(text[start:end])) >= least:
        yield end
        cut = _LAST_GROUP.search(text, start, end)
        if cut is None:
            return
        end = cut.start()
