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
from akios_jail.pii.detectors.phrases import any_of
from akios_jail.pii.finding import REACH
from akios_jail.pii.view import View

#: A part is not longer, and no address has more parts on either side of what proves it.
MAX_PART = 64
MAX_PARTS = 6
_MAX_WORDS = 6
_MAX_UNCASED = 12

#: What stands between two parts.
_AFTER = re.compile(r" ?[,\u060c\u3001][ ]?|;[ ]| [-|/.] |,? ?\r?\n[ \t>|*]{0,8}")
_BEFORE = re.compile(r"(?: ?[,\u060c\u3001][ ]?|;[ ]| [-|/.] |,? ?\r?\n[ \t>|*]{0,8})\Z")
#: Where a part ends; a point ends it unless it stands after what is short for something.
_END = re.compile(
    r"[,;\n\r<>|{}\t=?!\u201c\u201d\u061f\u060c\u3001]|(?<![\u05d0-\u05ea])\"|\"(?![\u05d0-\u05ea])| [-/.] |"
    r"\.(?=\s|\Z)|(?<=\d)\)|:(?!\d)"
)
_SHORT = re.compile(rf"(?:^|[\s.(])(?:{any_of(street_words.SHORT)}|[A-Z\u0400-\u042f])\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\s,]+")
_SMALL = frozenset(street_words.SMALL.split())
_NEVER = frozenset(street_words.NEVER.split())
_UNITS = frozenset(word.strip(".") for word in View(street_words.PARTS.replace(",", " ")).folded.lower().split())
_UNIT = re.compile(r"[^\W\d_]+(?:[./'\"][^\W\d_]+)*")
_DIGITS = re.compile(r"\d")
_LONG = re.compile(
    r"\d{8,}|\d\.\d{2}\b|\d:\d\d|[@$\u20ac\u00a3%^~\\_+]|https?|www\.|\d{4}-\d\d-\d\d|[A-Z]{3,}-\d|\d{6,}-\d|"
    r"\d\.\d\.\d|\.\.\."
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")


class Part(NamedTuple):
    """From where to where; `number`: it has one; `unit`: a word in it says that it is a part of an address."""

    start: int
    end: int
    number: bool
    unit: bool


@lru_cache(maxsize=8192)
def _is_unit(word: str) -> bool:
    """Whether it is one of the words of addresses, with a number or a sign glued to it or without."""
    bare = word.strip("().,:'\"#-").lower()
    if bare in _UNITS:
        return True
    letters = _UNIT.match(bare)
    return letters is not None and letters.group() in _UNITS


def part(text: str, start: int, end: int) -> Part | None:
    """What stands there, if it can be a part of an address."""
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip(" \t>*")), end - len(piece) + len(piece.rstrip(" \t*'"))
    piece = text[start:end]
    if not piece or len(piece) > MAX_PART or _LONG.search(piece) is not None:
        return None
    words = _WORD.findall(piece)
    if len(words) > (_MAX_WORDS if piece.lower() != piece.upper() else _MAX_UNCASED):
        return None
    small = False  # a word in small letters needs a name after it: `Ulica kralja Zvonimira`
    for index, word in enumerate(words):
        bare = word.strip("().'\"#")
        low = bare.lower()
        if low in _NEVER or (small and bare[:1].islower()):
            return None
        if bare and bare[0].islower() and low not in _SMALL and len(bare) > 3 and not _is_unit(bare):
            if index in (0, len(words) - 1):
                return None
            small = True
        else:
            small = False
    return Part(start, end, _DIGITS.search(piece) is not None, any(map(_is_unit, words)))


def after(text: str, stop: int) -> tuple[Part, bool] | None:
    """The part that follows what ends at `stop`, and whether it does in the same line."""
    gap = _AFTER.match(text, stop, stop + 16)
    if gap is None or gap.end() >= len(text):
        return None
    found = part(text, gap.end(), end_of_part(text, gap.end()))
    return None if found is None else (found, "\n" not in gap.group())


def before(text: str, start: int) -> tuple[Part, bool] | None:
    """The part that ends before what begins at `start`, and whether it does in the same line."""
    gap = _BEFORE.search(text, max(0, start - 14), start)
    if gap is None or gap.start() == 0:
        return None
    stop = gap.start()
    first = start_of_part(text, stop)
    found = part(text, first, stop) if first >= 0 else None
    found = found or _tail(text, max(0, stop - MAX_PART), stop)
    return None if found is None else (found, "\n" not in gap.group())


def _tail(text: str, first: int, stop: int) -> Part | None:
    """The end of a sentence that is a part with a number: `delivered to Lindenring 17`."""
    for word in _BEGINS.finditer(text, first, stop):
        found = part(text, word.start(), stop)
        if found is not None:
            return found if found.number and (found.unit or _LETTERS.search(text[found.start : stop])) else None
    return None


_BEGINS = re.compile(r"(?<=[\s(])[^\s\Wa-z_][^\s]*")


def end_of_part(text: str, start: int) -> int:
    """Where the part that begins at `start` ends."""
    limit = min(len(text), start + MAX_PART + 2)
    at = start
    while True:
        sign = _END.search(text, at, limit)
        if sign is None:
            return limit
        if sign.group() != "." or not _SHORT.search(text[max(start, sign.start() - 8) : sign.start()]):
            return sign.start() + (1 if sign.group() == ")" else 0)
        at = sign.end()


def start_of_part(text: str, stop: int) -> int:
    """Where the part that ends at `stop` begins; -1 if it does not within its length."""
    first = max(0, stop - MAX_PART - 2)
    for sign in reversed(list(_START.finditer(text, first, stop))):
        at = sign.start()
        if text[at] != "." or text[at - 1 : at] == " " or _ENDS_SENTENCE.search(text[max(0, at - 8) : at]):
            return at + 1
    return 0 if first == 0 else -1


#: What stands before a part; a point, if it ends a sentence.
_START = re.compile(
    r"[,;\n\r<>|{}\t=?!(\u060c\u3001]|:(?!\d)|(?<![\u05d0-\u05ea])\"|\"(?![\u05d0-\u05ea])|\.(?=\s)|(?<= )[-/](?= )"
)
_ENDS_SENTENCE = re.compile(r"[^\W\d_]{5}\Z|(?:^|\s)[^\W\d_A-Z]{2,4}\Z|[\d)]\Z")


def grown(text: str, start: int, stop: int, proven: bool) -> tuple[int, int]:
    """The address around what is one for sure. `proven`: by a postcode, so that names of houses belong to it."""
    low, high = max(0, start - REACH), stop + REACH
    start, stop = _whole(text, start, stop)
    stop = _right(text, stop, high)
    names = 0
    for _ in range(MAX_PARTS):
        found = before(text, start)
        if found is None or found[0].start < low:
            break
        own, same_line = found
        if not own.unit and (not proven or not same_line or own.number or names == 2):
            break
        names += not own.unit
        start = own.start
    return start, stop


def _whole(text: str, start: int, stop: int) -> tuple[int, int]:
    """With the rest of the first and of the last part, if those are parts."""
    first, last = start_of_part(text, start), end_of_part(text, stop)
    if 0 <= first < start and part(text, first, start) is not None:
        start = first + len(text[first:start]) - len(text[first:start].lstrip(" \t>*"))
    if (
        last > stop
        and text[stop - 1] != "."
        and text[stop : stop + 1] in " /-#("
        and part(text, stop, last) is not None
    ):
        words = text[stop:last].split()
        if words and not any(word[0].islower() and not _is_unit(word) for word in words):
            stop = last - len(text[stop:last]) + len(text[stop:last].rstrip())
    return start, stop


def _right(text: str, stop: int, high: int) -> int:
    """Numbers and words of addresses are believed; names where one of those or the end of the line follows."""
    sure = at = stop
    names = 0
    for _ in range(MAX_PARTS):
        found = after(text, at)
        if found is None or found[0].end > high:
            break
        own, same_line = found
        if not same_line and not own.unit and not _is_place(text[own.start : own.end]):
            break
        if own.number and not own.unit and not _is_place(text[own.start : own.end]):
            break
        at = own.end
        names += not (own.number or own.unit)
        if own.number or own.unit or (names <= 2 and same_line):
            sure = at
        if names > 2:
            break
    return sure


_PLACE = re.compile(
    r"(?:[A-Z]{1,2}-)?\d{2,6}(?:[ -]\d{2,4})?(?: ?[A-Z]{2,3})?(?: [^\d]+(?: \d{1,2})?)?|"
    r"[^\d]+,? (?:- ?)?(?:[A-Z]{1,2}-)?\d{4,7}(?:-\d{3,4})?|\d{4,7}|"
    r"[A-Z]\d{4}[A-Z]{3}(?: .+)?|[^\d]+ (?:\d{1,2}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)|"
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4}|[^\d]{2,24} \d{1,3}[.:]?"
)


def _is_place(piece: str) -> bool:
    """Whether it is a postcode, with or without its town, or a town with the number of a quarter."""
    return _PLACE.fullmatch(piece) is not None


#: The number of a house, alone between commas.
_HOUSE = re.compile(r"#?(?:[A-Z]{1,2}[- ]?)?\d{1,4}[A-Za-z]?(?:[-/]\d{0,4}[A-Za-z]?){0,2}\.?")


def from_place(text: str, start: int, stop: int, alone: bool) -> tuple[int, int] | None:
    """The address that ends in a postcode and a town. `alone`: the postcode is of a few houses, and names will do."""
    low = max(0, start - REACH)
    at = start
    first: int | None = None
    names = numbers = 0
    for _ in range(MAX_PARTS):
        found = before(text, at)
        if found is None or found[0].start < low:
            break
        own, same_line = found
        piece = text[own.start : own.end]
        street = (own.number and (_LETTERS.search(piece) or _HOUSE.fullmatch(piece)) is not None) or own.unit
        if first is not None and not own.unit and (not same_line or names >= 3):
            break
        if own.number and not street and not own.unit:
            break
        names += not own.number
        if names > 4 or (not same_line and names > 3):
            break
        at = own.start
        if street:
            numbers += 1
            first = at
        elif first is not None or (alone and same_line):
            first = at
    if first is None or (not numbers and not (alone and names >= 2)):
        return None
    return first, _right(text, stop, stop + REACH)
