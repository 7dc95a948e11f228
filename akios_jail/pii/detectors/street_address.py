"""Postal addresses: a street with a number, as each country writes it, and what belongs to it; boxes at post offices.

A street without a number is a place that everybody knows. From street and number the address goes on: a flat, the
place with its postcode, the country, on the same line or the next ones. A code that stands for a few houses (British,
Canadian) and a town with state and ZIP code count by themselves.

Confidence: street, number and postcode 0.95; street and number 0.85, in small letters 0.7; a box 0.85; town with state
and ZIP code 0.75; a postcode alone 0.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from akios_jail.pii.detectors import address_growth, address_parts, address_said, place_forms
from akios_jail.pii.detectors.address_parts import Parts
from akios_jail.pii.detectors.name_grammar import (
    MAX_NAME,
    after_last,
    is_thing,
    name_at,
    name_before,
    named,
    parts,
    title_at,
)
from akios_jail.pii.detectors.names_in_lines import ENDING, cells_of_name
from akios_jail.pii.detectors.street_forms import STREETS
from akios_jail.pii.finding import REACH, Finding, View
from akios_jail.pii.lazy_pattern import LazyPattern

#: A street with its number is not longer.
_MAX_STREET = 110
#: What stands before a street and belongs to it is not longer.
_MAX_LEAD = 48
_INDENT = 24
#: A postcode and a town are not longer.
_MAX_PLACE = 72
#: Four digits that are a year more often than a postcode, unless nothing follows the town.
_YEAR = re.compile(r"(?:19|20)\d\d ")
_TOWN = re.compile(r"[^\d]{0,3}[^\W\d_A-Z]|[^\d]{6}")
_CLOSED = re.compile(r"[ ]?(?:[\n\r,;|\t<\"')]|\.(?:\s|\Z)|\Z)")
_DIGIT = re.compile("[0-9]")
#: In India and Thailand: from the house to the postcode, with blanks between the parts.
_WITHOUT_COMMAS = re.compile(r"(?=.*[\u0900-\u0e7f])(?:\d{1,4}(?:/\d{1,4})? \S+ \S+.*|\S+ \S+ .*\b\d{5,6})")
#: Words in a street's place that make it something else: measures, versions, lists.
_OTHERWISE = re.compile(
    r"\b(?:minutes?|hours?|days?|weeks?|months?|years?|times?|people|items?|percent|miles?|km|meters?|feet|dollars?|"
    r"euros?|points?|steps?|ways?|version|chapter|figure|table|section|journal|users?|files?|lines?|tests?|is|are|was|has|"
    r"in|on|at|by|to|for|with|and|or|per|this|that|more|new|next|last)\b",
    re.IGNORECASE,
)


class StreetAddress:
    """One trigger a way of writing streets, and one each for boxes, for town with state and ZIP code, for postcodes."""

    kind = "street_address"
    triggers = (
        *(way.trigger for way in STREETS),
        place_forms.BOX_TRIGGER,
        place_forms.CITY_STATE_ZIP_TRIGGER,
        place_forms.POSTCODE_TRIGGER,
        place_forms.CODE_TOWN_TRIGGER,
        place_forms.TOWN_CODE_TRIGGER,
        place_forms.FEW_HOUSES_TRIGGER,
        place_forms.CODE_REGION_TRIGGER,
        place_forms.WORDS_TRIGGER,
        address_said.TRIGGER,
    )

    def __init__(self) -> None:
        self._parts: WeakKeyDictionary[View, Parts] = WeakKeyDictionary()  # of texts that are being looked through

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        beside = self._parts.get(view)
        if beside is None:
            beside = self._parts[view] = Parts(view.folded)
        number = trigger - len(STREETS)
        if number < 0:
            return _street(beside, trigger, end)
        if number == 0:
            return _single(beside, end, place_forms.BOX, 0.85, "a box at a post office", goes_on=True)
        if number == 1:
            return _placed(beside, end, place_forms.CITY_STATE_ZIP, True, 0.75, "a town with state and ZIP code")
        if number == 2:
            whole = _single(beside, end, place_forms.BRITISH_LINE, 0.9, "number, name and postcode, as in Britain")
            return whole or _placed(beside, end, place_forms.POSTCODE, True, 0.7, "a postcode of a few houses")
        if number == 3:
            return _placed(beside, end, place_forms.CODE_TOWN, False, 0.9, "parts of an address before its postcode")
        if number == 4:
            return _placed(beside, end, place_forms.TOWN_CODE, False, 0.85, "parts of an address before its postcode")
        if number == 5:
            return _placed(beside, end, place_forms.FEW_HOUSES, True, 0.8, "a postcode of a few houses")
        if number == 8:
            span = address_said.announced(beside, end)
            return (
                ()
                if span is None
                else (_finding(beside.text, *span, 0.75, "parts of an address behind words for one"),)
            )
        return _from_code(beside, end) if number == 6 else _worded(beside, end)


class AddressBlocks(StreetAddress):
    """The same, with the name in the line above the street: that of who lives there. Confidence: 0.8."""

    kinds = ("street_address", "person_name")

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        for found in super().check(view, trigger, end):
            yield found
            yield from _name_above(view.folded, found.start)
            yield from _name_before(view.folded, found.start)


def _name_above(text: str, start: int) -> Iterable[Finding]:
    line = text.rfind("\n", max(0, start - _INDENT), start)
    if line < 0 or text[line:start].strip(" \t\n>|*"):
        return
    above = text.rfind("\n", max(0, line - MAX_NAME), line) + 1
    if above == 0 and line > MAX_NAME:
        return
    stop = above + len(text[above:line].rstrip(" ,\t\r"))
    first = above + len(text[above:stop]) - len(text[above:stop].lstrip(" \t>|*"))
    first = title_at(text, first, stop)
    name = text[first:stop]
    if name_at(text, first, stop) == stop and 2 <= parts(name) <= 4 and not is_thing(name):
        yield from named(text, first, stop, 0.8, "in the line above an address")


_BEFORE = re.compile(r"(?:[\"']?(?:, ?|; ?|\t)[\"']?| [-.|] )\Z")


def _name_before(text: str, start: int) -> Iterable[Finding]:
    """`Jane Doe, 12 Main Street`; `'Jane Doe', '12 Main Street'`: in the part or the cell before an address."""
    gap = _BEFORE.search(text, max(0, start - 4), start)
    if gap is None or not text[gap.start() - 1 : gap.start()].isalpha():
        return
    stop = gap.start()
    low = max(0, stop - MAX_NAME)
    first = name_before(text, after_last(ENDING, text, low, stop), stop)
    if text[gap.start() : gap.start() + 1] in "\"'":
        yield from cells_of_name(text, max(0, stop - MAX_NAME), stop)
    first = title_at(text, first, stop)
    name = text[first:stop]
    if first < stop and name[0].isupper() and 2 <= parts(name) <= 4 and not is_thing(name):
        yield from named(text, first, stop, 0.75, "before an address")


def _street(beside: Parts, index: int, end: int) -> Iterable[Finding]:
    text = beside.text
    way = STREETS[index]
    if _DIGIT.search(text, max(0, end - way.before), end + way.after) is None:
        return ()
    match = _around(text, end, way.pattern, way.before)
    if match is None:
        return ()
    street = match.group()
    if index < 2 and _OTHERWISE.search(street) is not None:
        return ()
    spans, span = beside.spans, match.span()
    if span not in spans:
        spans[span] = _grown(beside, *span, span[0] + REACH)
    start, stop, whole = spans[span]
    confidence = 0.95 if whole else 0.7 if index == 1 else 0.85
    reason = f"{way.name}{', with the place' if whole else ''}"
    return (_finding(text, start, stop, confidence, reason),)


def _grown(beside: Parts, start: int, stop: int, high: int) -> tuple[int, int, bool]:
    """The whole address around a street and its number, and whether its place is in it."""
    text = beside.text
    rest = place_forms.REST.match(text, stop, high)
    whole = rest is not None and rest["place"] is not None
    stop = rest.end() if rest is not None else stop
    leading = place_forms.LEADING_CODE if "\u4e00" <= text[start] <= "\u9fff" else place_forms.LEAD
    lead = leading.search(text, max(0, start - _MAX_LEAD), start)
    start = lead.start() if lead is not None else start
    return *address_growth.grown(beside, start, stop, whole), whole


def _single(
    beside: Parts, end: int, pattern: LazyPattern, confidence: float, reason: str, goes_on: bool = False
) -> tuple[Finding, ...]:
    text = beside.text
    match = _around(text, end, pattern)
    if match is None:
        return ()
    stop = match.end()
    rest_has_place = False
    if goes_on:
        rest = place_forms.REST.match(text, stop, end + REACH)
        rest_has_place = rest is not None and rest["place"] is not None
        stop = rest.end() if rest is not None else stop
    start, stop = address_growth.grown(beside, match.start(), stop, rest_has_place)
    return (_finding(text, start, stop, confidence, reason),)


def _placed(
    beside: Parts, end: int, pattern: LazyPattern, alone: bool, confidence: float, reason: str
) -> tuple[Finding, ...]:
    """What ends in a postcode; `alone`: the postcode is found without a street, too."""
    text = beside.text
    if not alone:
        first = max(text.rfind(sign, max(0, end - _MAX_PLACE), end - 2) for sign in ",\n-.")
        if _DIGIT.search(text, max(0, first - address_parts.MAX_PART), max(0, first)) is None:
            return ()  # no house has a number before the town
    match = _around(text, end, pattern, _MAX_PLACE)
    if match is None:
        return ()
    if not alone and _YEAR.match(match.group()) and not _CLOSED.match(text, match.end()):
        return ()
    if address_parts.part(text, match.start(), match.end()) is None:
        return ()
    if pattern is place_forms.TOWN_CODE and not _TOWN.match(match.group()):
        return ()
    place = match.start(), match.end()
    if alone and pattern is not place_forms.CITY_STATE_ZIP:
        place = _with_town(text, *place, pattern is place_forms.FEW_HOUSES)
    span = address_growth.from_place(beside, *place, alone)
    if span is not None:
        return (_finding(text, *span, max(confidence, 0.85), reason),)
    code = match.span()
    return (_finding(text, *code, confidence, reason),) if alone and pattern is not place_forms.FEW_HOUSES else ()


def _with_town(text: str, start: int, stop: int, after: bool) -> tuple[int, int]:
    """With the town before the postcode, if they are one part, as in `Holt NR25 7AA`, and the one `after` it."""
    first = address_parts.start_of_part(text, start)
    town = address_parts.part(text, first, start) if 0 <= first < start else None
    start = start if town is None or town.number else town.start
    last = address_parts.end_of_part(text, stop) if after and text[stop : stop + 1] == " " else stop
    town = address_parts.part(text, stop, last) if last > stop + 1 and text[stop + 1].isupper() else None
    return start, stop if town is None or town.number else town.end


def _from_code(beside: Parts, end: int) -> tuple[Finding, ...]:
    """A postcode and a region or a town, and what follows: streets there need no word that is known."""
    match = _around(beside.text, end, place_forms.CODE_REGION, 12)
    if match is None:
        return ()
    start, stop = address_growth.grown(beside, *match.span(), True)
    if stop == match.end() or _DIGIT.search(beside.text, match.end(), stop) is None:
        return ()
    return (_finding(beside.text, start, stop, 0.85, "a postcode, its region, and a house"),)


def _worded(beside: Parts, end: int) -> tuple[Finding, ...]:
    """What a word for streets, quarters or houses is in, if there is a number and another part beside it."""
    text = beside.text
    stop = address_parts.end_of_part(text, end)
    start = address_parts.start_of_part(text, stop)
    own = address_parts.part(text, start, stop) if start >= 0 else None
    own = own or address_parts.tail(text, max(0, stop - address_parts.MAX_PART), stop)
    if own is None:
        return ()
    low, high = address_growth.with_house(beside, own)
    start, stop = address_growth.grown(beside, low, high, own.number or (low, high) != (own.start, own.end))
    piece = text[start:stop]
    if _DIGIT.search(piece) is None:
        return ()
    if (start, stop) == (own.start, own.end) and _WITHOUT_COMMAS.fullmatch(piece) is None:
        return ()
    return (_finding(text, start, stop, 0.75, "a word for streets or houses, a number and another part"),)


def _around(text: str, end: int, pattern: LazyPattern, before: int = _MAX_STREET) -> re.Match[str] | None:
    """The match that holds the end of the trigger."""
    for match in pattern.finditer(text, max(0, end - before), end + 64):
        if match.start() < end and end <= match.end() + 16:
            return match
        if match.start() >= end:
            return None
    return None


def _finding(text: str, start: int, stop: int, confidence: float, reason: str) -> Finding:
    value = text[start:stop].rstrip(" ,;-|\t\r\n")
    key = " ".join(re.findall(r"\w+", value.casefold()))
    return Finding("street_address", start, start + len(value), key, confidence, reason)
