"""Dates as people write them, in the order of their country, with months as numbers or names in many languages."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.detectors.month_names import BY_BEGINNING
from akios_jail.pii.detectors.phrases import branched
from akios_jail.pii.lazy_pattern import LazyPattern

_NAME = rf"(?=[^\W\d_])(?:{branched(re.escape(name) for name, _ in BY_BEGINNING)})[^\W\d_]{{0,9}}+\.?"

#: Days in words.
_ORDINALS = (
    "(?:twenty|thirty)[- ]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|twentieth|thirtieth|first|"
    "second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth"
)
_SIGN = r" ?[-/.] ?"
_DATE = LazyPattern(
    rf"(?P<y1>[0-9]{{4}})(?:{_SIGN}| )(?P<m1>[0-9]{{1,2}})(?:{_SIGN}| )(?P<d1>[0-9]{{1,2}})(?:T[0-9:.Z+-]+)?|"
    rf"(?P<a2>[0-9]{{1,2}})(?P<s2>{_SIGN}| )(?P<b2>[0-9]{{1,2}})(?P=s2)(?P<y2>[0-9]{{4}}|'?[0-9]{{2}})|"
    rf"(?P<d3>[0-9]{{1,2}})(?:st|nd|rd|th|er|ère|º|ª|°|o(?= )|a(?= )|\.|-?[ієї]?го|ই|শে|ରେ)?[ ,/.-]{{0,2}}"
    rf"(?:of |de |d'|den |ב|da |ta')?(?P<m3>{_NAME})"
    rf"[ ,/.-]{{0,3}}(?:de |del |of |do |ال)?(?P<y3>[0-9]{{4}}|'?[0-9]{{2}})|"
    rf"(?P<o12>{_ORDINALS}) (?:day )?(?:of )?(?P<m12>{_NAME})[ ,]{{1,2}}(?:of )?(?P<y12>[0-9]{{4}})|"
    rf"(?P<y14>[0-9]{{4}})(?:\.? ?gada|\.) ?(?P<d14>[0-9]{{1,2}})\.? ?(?P<m14>{_NAME})|"
    rf"(?P<y15>[0-9]{{4}}) ?(?:m\.|ko|e?ko) (?P<m15>{_NAME}) (?P<d15>[0-9]{{1,2}})(?: ?d\.|a)?|"
    r"(?P<d16>[0-9]{1,2})/(?P<m16>[0-9]{1,2})[ -](?P<y16>(?:19|20)[0-9]{2})|"
    r"(?P<e13>[MTSHR]|[明大昭平令])\.?(?P<y13>[0-9]{1,2})(?:[./-]|年)(?P<m13>[0-9]{1,2})(?:[./-]|月)(?P<d13>[0-9]{1,2})日?|"
    rf"(?P<y10>[0-9]{{4}})\. ?(?P<m10>{_NAME}) (?P<d10>[0-9]{{1,2}})|"
    rf"(?P<m4>{_NAME})[ .-]{{0,2}}(?P<d4>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:, ?| |-)(?P<y4>[0-9]{{4}})|"
    r"(?P<d11>[0-9]{1,2})(?P<s11>[-/. ])(?P<m11>[IVX]{1,4})(?P=s11)(?P<y11>[0-9]{4})|"
    r"(?P<e8>明治|大正|昭和|平成|令和|民國|民国) ?(?P<y8>[0-9]{1,3}) ?年 ?"
    r"(?P<m8>[0-9]{1,2}) ?月 ?(?P<d8>[0-9]{1,2}) ?日?|"
    r"(?P<y5>[0-9]{4}|[0-9]{2}) ?[年년] ?(?P<m5>[0-9]{1,2}) ?[月월] ?(?P<d5>[0-9]{1,2}) ?[日일号號]?|"
    r"(?P<d9>[0-9]{1,2}) tháng (?P<m9>[0-9]{1,2}),? năm (?P<y9>[0-9]{4})|"
    r"(?P<y6>(?:19|20)[0-9]{2})(?P<m6>0[1-9]|1[0-2])(?P<d6>0[1-9]|[12][0-9]|3[01])|"
    r"(?P<d7>0[1-9]|[12][0-9]|3[01])(?P<m7>0[1-9]|1[0-2])(?P<y7>(?:19|20)[0-9]{2})",
    re.IGNORECASE,
)
#: The years in which people are born whom a text of today speaks of.
FIRST, LAST = 1880, 2035
#: The same years in Thailand, and in Iran and Afghanistan.
THAI, PERSIAN = (2423, 2578), (1290, 1414)
#: The year that Nepal counts now, about.
NEPALI = 2092


def date_at(text: str, start: int) -> tuple[int, str] | None:
    """Where the date ends that begins at `start`, and the date as year-month-day; None if none does.

    Where day and month could be either, the day is taken to be first: the same spelling gives the same date.
    """
    match = _DATE.match(text, start, len(text))
    if match is None or (match.end() < len(text) and text[match.end()].isascii() and text[match.end()].isalnum()):
        return None
    parts = {name[0]: value for name, value in match.groupdict().items() if value is not None}
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        day, month = (second, first) if first <= 12 < second else (first, second)
    else:
        day = int(parts["d"]) if "d" in parts else _day(parts["o"])
        month = _month(parts["m"])
    year = int(parts["y"].lstrip("'"))
    if "a" in parts and first > 31 >= year:
        year, day, month = first, year, second  # `82.03.14`
        parts["y"] = parts["a"]
    if "e" in parts:
        year += _ERAS[parts["e"].upper()]
    elif len(parts["y"].lstrip("'")) == 2:
        year += 1900 if year > LAST % 100 else 2000
    if THAI[0] <= year <= THAI[1]:
        year -= 543
    if not ((FIRST <= year <= NEPALI or PERSIAN[0] <= year <= PERSIAN[1]) and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return match.end(), f"{year:04}-{month:02}-{day:02}"


#: The year before the first of a Japanese era, and of the calendar of Taiwan.
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}
_ERAS |= {"明": 1867, "大": 1911, "昭": 1925, "平": 1988, "令": 2018}
_ERAS |= {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}


def begins_date(text: str, digit: int, earliest: int) -> int:
    """Where a date begins whose first digit is at `digit`: there, or at the name of a month before it."""
    before = text[max(earliest, digit - 4) : digit].rstrip(" .-")[-1:]
    if not before.isalnum() or before.isdecimal():
        return digit  # no word: no name of a month
    match = _MONTH_BEFORE.search(text, earliest, digit)
    return match.start() if match is not None else digit


_MONTH_BEFORE = LazyPattern(
    rf"(?:(?<![^\W\d_])(?:(?:{_ORDINALS}) (?:day )?(?:of )?)?{_NAME}[ .,-]{{0,2}}(?:of )?|"
    r"(?:明治|大正|昭和|平成|令和|民國|民国) ?|(?<![A-Za-z0-9])[MTSHR]|[明大昭平令])\Z",
    re.IGNORECASE,
)


def _month(written: str) -> int:
    if written.isdigit():
        return int(written)
    name = written.lower()
    if name in _ROMAN:
        return _ROMAN.index(name) + 1
    return next((number for beginning, number in BY_BEGINNING if name.startswith(beginning)), 0)


def _day(word: str) -> int:
    """The number of an ordinal."""
    tens, _, ones = word.lower().replace(" ", "-").partition("-")
    number = next((place for place, one in enumerate(_ONES, 1) if (ones or tens).startswith(one)), 0)
    if tens.endswith("teenth"):
        return 10 + next(place for place, one in enumerate(_TEENS, 3) if tens.startswith(one))
    if tens.startswith(("twent", "thirt")):
        return (20 if tens.startswith("twent") else 30) + (number if ones else 0)
    return number


_ONES = ("fir", "sec", "thir", "fourth", "fif", "six", "sev", "eig", "nin", "ten", "ele", "twelf")
_TEENS = ("thir", "four", "fif", "six", "seven", "eigh", "nine")


#: As stamps of offices have months.
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
