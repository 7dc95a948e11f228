"""Which parts belong to an address: those beside what proves that there is one.

A street with its number proves it, or a postcode with its town; numbers and words of addresses beside it are believed,
names where something follows that shows that the address goes on.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.address_parts import LETTERS, Part, Parts, end_of_part, is_unit, part, start_of_part
from akios_jail.pii.finding import REACH

#: No address has more parts on either side of what proves it.
MAX_PARTS = 6


def grown(parts: Parts, start: int, stop: int, proven: bool) -> tuple[int, int]:
    """The address around what is one for sure. `proven`: by a postcode, so that names of houses belong to it."""
    low, high = max(0, start - REACH), stop + REACH
    start, stop = _whole(parts, start, stop)
    stop = _right(parts, stop, high)
    names = 0
    for _ in range(MAX_PARTS):
        found = parts.before(start)
        if found is None or found[0].start < low:
            break
        own, same_line = found
        if own.number and same_line and _codes_town(parts, own):
            start = own.start
            break
        named = not own.number or _NUMBERED.fullmatch(parts.text, own.start, own.end) is not None
        if not own.unit and (not proven or not same_line or not named or names == 2):
            break
        names += not own.unit
        start = own.start
    return start, stop


def with_house(parts: Parts, own: Part) -> tuple[int, int]:
    """A part with the number of a house beside it: `Красный проспект, 25-14`, `118, Triq San Pawl`."""
    for found in () if own.number else (parts.after(own.end), parts.before(own.start)):
        if found is None or not found[1]:
            continue
        house = _HOUSE.fullmatch(parts.text, found[0].start, found[0].end)
        if house is None and _QUARTER.match(parts.text, own.start, own.end) is not None:
            house = _NUMBERED.fullmatch(parts.text, found[0].start, found[0].end)
        if house is not None:
            return min(own.start, found[0].start), max(own.end, found[0].end)
    return own.start, own.end


def _codes_town(parts: Parts, own: Part) -> bool:
    """Whether it is a postcode, alone or after a town, in Cyrillic letters as those after it: there it comes first."""
    return _CODE_OF_TOWN.match(parts.text, own.start, own.end + 8) is not None


_CODE_OF_TOWN = re.compile(r"\d{5,6}, ?[\u0410-\u042f]|\d{5,6} [\u0410-\u042f]|[\u0410-\u042f][^\d,]{2,24} \d{4,6},")


#: A house with a letter, or a number and a name, where the rest is proven: `B-214`, `12 Nguyễn Trãi`.
_NUMBERED = re.compile(r"[A-Z]{1,2}-\d{1,4}(?:[-/]\d{1,4})?|\d{1,4}[A-Z]?(?:/\d{1,4})? [^\W\d_a-z][^\d]{2,32}")


#: Words that nothing but a quarter is called by: a number and a name before it are a street.
_QUARTER = re.compile(
    r"(?:Ph\u01b0\u1eddng|P\.|Qu\u1eadn|Q\.|X\u00e3|TP\.|Brgy\.?|Barangay|Kel\.|Kec\.|Col\.|Fracc\.) ?[^\W\d_]",
    re.IGNORECASE,
)


def _whole(parts: Parts, start: int, stop: int) -> tuple[int, int]:
    """With the rest of the first and of the last part, if those are parts."""
    text = parts.text
    first = start_of_part(text, start)
    last = end_of_part(text, stop - 1 if text[stop : stop + 1] in (".", ":") else stop)
    if 0 <= first < start and part(text, first, start) is not None:
        start = first + len(text[first:start]) - len(text[first:start].lstrip(" \t>*"))
    if (
        last > stop
        and text[stop - 1] != "."
        and (text[stop : stop + 1] in " /-#(" or (text[stop] in ".:" and is_unit(text[start:stop].rpartition(" ")[2])))
        and part(text, stop + (text[stop] in ".:"), last) is not None
    ):
        words = text[stop:last].split()
        if words and not any(word[0].islower() and not is_unit(word) for word in words):
            stop = last - len(text[stop:last]) + len(text[stop:last].rstrip())
    return start, stop


def _right(parts: Parts, stop: int, high: int) -> int:
    """Numbers and words of addresses are believed; names where one of those or the end of the line follows."""
    sure = at = stop
    names = 0
    for _ in range(MAX_PARTS):
        found = parts.after(at)
        if found is None or found[0].end > high:
            break
        own, same_line = found
        if not same_line and not own.unit and not parts.place(own) and not _last_line(parts.text, own):
            break
        if own.number and not own.unit and not parts.place(own):
            break
        at = own.end
        names += not (own.number or own.unit)
        if own.number or own.unit or (names <= 2 and same_line):
            sure = at
        if names > 2:
            break
    return sure


def _last_line(text: str, own: Part) -> bool:
    """Whether it is a town alone in the last line of a block."""
    return not own.number and own.end - own.start <= _MOST_OF_TOWN and _AFTER_BLOCK.match(text, own.end) is not None


_MOST_OF_TOWN = 32
_AFTER_BLOCK = re.compile(r"[ .]?(?:\r?\n[ \t]*\r?\n|\s*\Z)")
#: The number of a house, alone between commas.
_HOUSE = re.compile(r"#?(?:[A-Z]{1,2}[- ]?)?\d{1,4}[A-Za-z]?(?:[-/]\d{0,4}[A-Za-z]?){0,2}\.?")


#: What is said to be at a place whose name no word tells, before the town of an address of a few houses.
_LED_TO = re.compile(r"\b(?:at|in|to|from) ((?:[^\W\d_a-z][\w'\u2019-]{1,20} ?){1,3}), ?\Z")
_OWNER = re.compile(r"[^\n]{3,40} (?:of|at|in) (?=The )")


def _without_owner(text: str, own: Part) -> Part:
    """Without who is said to be there: `Jane Doe of The Old Rectory`."""
    owner = _OWNER.match(text, own.start, own.end)
    return own if owner is None else own._replace(start=owner.end())


def from_place(parts: Parts, start: int, stop: int, alone: bool) -> tuple[int, int] | None:
    """The address that ends in a postcode and a town. `alone`: the postcode is of a few houses, and names will do."""
    text = parts.text
    low = max(0, start - REACH)
    at = start
    first: int | None = None
    names = numbers = 0
    for _ in range(MAX_PARTS):
        found = parts.before(at)
        if found is None or found[0].start < low:
            break
        own, same_line = found
        own = own if own.number or not alone else _without_owner(text, own)
        piece = text[own.start : own.end]
        street = (own.number and (LETTERS.search(piece) or _HOUSE.fullmatch(piece)) is not None) or own.unit
        if first is not None and not own.unit and (not same_line or names >= 3):
            break
        if own.number and not street and not own.unit:
            break
        names += not (own.number or own.unit)
        if names > 4 or (not same_line and names > 3):
            break
        at = own.start
        if street:
            numbers += 1
            first = at
        elif first is not None or (alone and same_line):
            first = at
    if first is None or at == first:
        led = _LED_TO.search(text, max(0, at - 40), at) if alone else None
        first = led.start(1) if led is not None else first
        names += 2 * (led is not None)
    if first is None or (not numbers and not (alone and names >= 2)):
        return None
    return first, _right(parts, stop, stop + REACH)
