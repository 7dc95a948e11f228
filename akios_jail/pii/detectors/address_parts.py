"""The parts of an address, one after another: what stands between commas or line ends, and whether it can be a part.

A street with its number, or a postcode with its town, proves that there is an address; the parts beside it are the
flat, the building, the quarter, the district and the country, in whatever order a country has them. A part either has
a number or is a name of a few words; where there is proof, both are believed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from akios_jail.pii.detectors import street_words
from akios_jail.pii.detectors.phrases import any_of, one_of
from akios_jail.pii.view import View

#: A part is not longer.
MAX_PART = 64
_MAX_WORDS = 6
_MAX_UNCASED = 12

#: What stands between two parts.
_GAP_AFTER = re.compile(r" ?[,\u060c\u3001][ ]?|;[ ]| [-|/.] |,? ?\r?\n[ \t>|*]{0,8}")
_GAP_BEFORE = re.compile(r"(?: ?[,\u060c\u3001][ ]?|;[ ]| [-|/.] |,? ?\r?\n[ \t>|*]{0,8})\Z")
#: Where a part ends; a point ends it unless it stands after what is short for something.
_END = re.compile(
    one_of(",;\n\r<>|{}\t=?!\u201c\u201d\u061f\u060c\u3001")
    + r"|\"(?<![\u05d0-\u05ea]\")|\"(?![\u05d0-\u05ea])| [-/.] |\.(?=\s|\Z)|\)(?<=\d\))|:(?!\d)"
)
#: Which floor, door or house, as in Turkish: a colon ends no part there.
_COLON = re.compile(r"\b(?:kat|daire|no|blok|d|k|apt|unit|flat)\Z", re.IGNORECASE)
_SHORT = re.compile(rf"(?:^|[\s.(])(?:{any_of(street_words.SHORT)}|[A-Z\u0400-\u042f])\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\s,]+")
_SMALL = frozenset(street_words.SMALL.split())
_NEVER = frozenset(street_words.NEVER.split())
_UNITS = frozenset(word.strip(".") for word in View(street_words.PARTS.replace(",", " ")).folded.lower().split())
_UNIT = re.compile(r"[^\W\d_]+(?:[./'\"][^\W\d_]+)*")
_DIGITS = re.compile(r"\d")
_LONG = re.compile(
    r"\d(?:\d{7}|\.\d{2}\b|:\d\d|\d{3}-\d\d-\d\d|\d{5,}-\d|\.\d\.\d)|[@$\u20ac\u00a3%^~\\_+]|https?|www\.|"
    r"[A-Z]{3,}-\d|\.\.\."
)
#: Without one of these there is none of those.
_SIGNS = re.compile(r"[\d@$\u20ac\u00a3%^~\\_+.]|http|www")
LETTERS = re.compile(r"[^\W\d_]{3,}")


class Part(NamedTuple):
    """From where to where; `number`: it has one; `unit`: a word in it says that it is a part of an address."""

    start: int
    end: int
    number: bool
    unit: bool


class _Word(NamedTuple):
    """What a word says of the part it is in. `unit`: it is one of the words of addresses, with a number or a sign glued
    to it or without; `small`: in small letters; `open`: so, and no word of addresses: a name comes after it."""

    never: bool
    small: bool
    open: bool
    unit: bool


@lru_cache(maxsize=8192)
def _judged(word: str) -> _Word:
    bare = word.strip("().'\"#")
    low = bare.lower()
    naked = low.strip("().,:'\"#-")
    letters = _UNIT.match(naked)
    unit = naked in _UNITS or (letters is not None and letters.group() in _UNITS)
    small = bare[:1].islower() and not "\u10d0" <= bare[0] <= "\u10ff"  # Georgian names have no capitals
    return _Word(low in _NEVER, small, small and low not in _SMALL and len(bare) > 3 and not unit, unit)


def is_unit(word: str) -> bool:
    """Whether it is one of the words of addresses."""
    return _judged(word).unit


def part(text: str, start: int, end: int) -> Part | None:
    """What stands there, if it can be a part of an address."""
    piece = text[start:end].lstrip(" \t>*")
    start = end - len(piece)
    piece = piece.rstrip(" \t*'")
    end = start + len(piece)
    if not piece or len(piece) > MAX_PART or (_SIGNS.search(piece) is not None and _LONG.search(piece) is not None):
        return None
    words = _WORD.findall(piece)
    if len(words) > _MAX_WORDS and (len(words) > _MAX_UNCASED or piece.lower() != piece.upper()):
        return None
    small = unit = False  # a word in small letters needs a name after it: `Ulica kralja Zvonimira`
    for index, word in enumerate(words):
        said = _judged(word)
        if said.never or (small and said.small) or (said.open and index in (0, len(words) - 1)):
            return None
        small = said.open
        unit = unit or said.unit
    return Part(start, end, _DIGITS.search(piece) is not None, unit)


class Parts:
    """The parts of one text, each judged once: many addresses may stand beside one another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: dict[tuple[int, int], tuple[int, int, bool]] = {}  # of streets: see `street_address`
        self._after: dict[int, tuple[Part, bool] | None] = {}
        self._before: dict[int, tuple[Part, bool] | None] = {}
        self._places: dict[int, bool] = {}

    def after(self, stop: int) -> tuple[Part, bool] | None:
        """The part that follows what ends at `stop`, and whether it does in the same line."""
        if stop not in self._after:
            self._after[stop] = _after(self.text, stop)
        return self._after[stop]

    def place(self, own: Part) -> bool:
        """Whether a part is a postcode, with or without its town, or a town with the number of a quarter."""
        known = self._places.get(own.start)
        if known is None:
            known = self._places[own.start] = _PLACE.fullmatch(self.text, own.start, own.end) is not None
        return known

    def before(self, start: int) -> tuple[Part, bool] | None:
        """The part that ends before what begins at `start`, and whether it does in the same line."""
        if start not in self._before:
            self._before[start] = _before(self.text, start)
        return self._before[start]


_PLACE = re.compile(
    r"(?:[A-Z]{1,2}-)?\d{2,6}(?:[ -]\d{2,4})?(?: ?[A-Z]{2,3})?(?: [^\d]+(?: \d{1,2})?)?|"
    r"[^\d]+,? (?:- ?)?(?:[A-Z]{1,2}-)?\d{4,7}(?:-\d{3,4})?|\d{4,7}|"
    r"[A-Z]\d{4}[A-Z]{3}(?: .+)?|[^\d]+ (?:\d{1,2}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)|"
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4}|[^\d]{2,24} \d{1,3}[.:]?"
)


def _after(text: str, stop: int) -> tuple[Part, bool] | None:
    gap = _GAP_AFTER.match(text, stop, stop + 16)
    if gap is None or gap.end() >= len(text):
        return None
    stop = end_of_part(text, gap.end())
    found = part(text, gap.end(), stop) or _head(text, gap.end(), stop)
    return None if found is None else (found, "\n" not in gap.group())


def _head(text: str, start: int, stop: int) -> Part | None:
    """The beginning of the rest of a sentence: `Selangor` of `Selangor was returned`."""
    ends = start
    for word in _WORD.finditer(text, start, stop):
        said = _judged(word.group())
        if said.never or said.open:
            break
        if not said.small:
            ends = word.end()
    begins = start < ends < stop and (text[start].isupper() or _CODE_ALONE.match(text, start, ends) is not None)
    return part(text, start, ends) if begins else None


#: A postcode as Brazil, Portugal, Poland and Japan write it, before a sentence goes on.
_CODE_ALONE = re.compile(r"(?:\d{5}-\d{3}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3}-\d{4})(?!\w|-\d)")


def _before(text: str, start: int) -> tuple[Part, bool] | None:
    gap = _GAP_BEFORE.search(text, max(0, start - 14), start)
    if gap is None or gap.start() == 0:
        return None
    stop = gap.start()
    first = start_of_part(text, stop)
    found = part(text, first, stop) if first >= 0 else None
    found = found or tail(text, max(0, stop - MAX_PART), stop)
    return None if found is None else (found, "\n" not in gap.group())


def tail(text: str, first: int, stop: int) -> Part | None:
    """The end of a sentence that is a part with a number, or a house: `delivered to Lindenring 17`, `at Hill Farm`."""
    for word in _BEGINS.finditer(text, first, stop):
        found = part(text, word.start(), stop)
        if found is not None:
            if found.unit and _AT.search(text, max(0, word.start() - 6), word.start()) is not None:
                return found
            return found if found.number and (found.unit or LETTERS.search(text[found.start : stop])) else None
    return None


_AT = re.compile(r"\b(?:at|of|in|to|from) \Z")
_BEGINS = re.compile(r"(?<=[\s(])[^\s\Wa-z_][^\s]*")


def end_of_part(text: str, start: int) -> int:
    """Where the part that begins at `start` ends."""
    limit = min(len(text), start + MAX_PART + 2)
    at = start
    while True:
        sign = _END.search(text, at, limit)
        if sign is None:
            return limit
        if sign.group() == ":" and _COLON.search(text[max(0, sign.start() - 6) : sign.start()]):
            at = sign.end()
            continue
        if sign.group() != "." or not (
            _SHORT.search(text[max(0, sign.start() - 8) : sign.start()]) or _ordinal(text, sign.start())
        ):
            return sign.start() + (1 if sign.group() == ")" else 0)
        at = sign.end()


_ORDINAL = re.compile(r"(?<!\d)(?<!\d\.)\d{1,2}\. ([^\W\d_]{1,8})(?!\w)")


def _ordinal(text: str, point: int) -> bool:
    """Whether the point makes a number the number of a floor or a door: `4. tv`."""
    for first in (point - 2, point - 1):
        number = _ORDINAL.match(text, max(0, first), point + 12)
        if number is not None and number.start() >= 0 and text.find(".", number.start(), point + 1) == point:
            return _judged(number.group(1)).unit
    return False


def start_of_part(text: str, stop: int) -> int:
    """Where the part that ends at `stop` begins; -1 if it does not within its length."""
    first = max(0, stop - MAX_PART - 2)
    for sign in reversed(list(_START.finditer(text, first, stop))):
        at = sign.start()
        ends = text[at] != "." or text[at - 1 : at] == " " or _ENDS_SENTENCE.search(text[max(0, at - 8) : at])
        if ends and not (text[at] == "." and _ordinal(text, at)):
            return at + 1
    return 0 if first == 0 else -1


#: What stands before a part; a point, if it ends a sentence.
_START = re.compile(
    one_of(",;\n\r<>|{}\t=?!(\u060c\u3001")
    + r"|:(?!\d)|\"(?<![\u05d0-\u05ea]\")|\"(?![\u05d0-\u05ea])|\.(?=\s)|-(?<= -)(?= )|/(?<= /)(?= )"
)
_ENDS_SENTENCE = re.compile(r"[^\W\d_]{5}\Z|(?:^|\s)[^\W\d_A-Z]{2,4}\Z|[\d)]\Z")
