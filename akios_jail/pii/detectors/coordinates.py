"""Geographic coordinates: where somebody is or lives.

Latitude and longitude count together: as decimals with four places or more, where they are two and no more (rows of
numbers are vectors), with degrees, minutes and seconds, or with the letters of the four winds. After words that say
latitude or longitude each counts alone, from two places on. Four places are eleven metres; fewer are a village. Squares
of a grid, codes and words for places count by their form or behind their name (`coordinate_forms`).

Confidence: 0.95 with words, letters or degree signs; 0.8 as a pair of decimals or as a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors import coordinate_forms as forms
from akios_jail.pii.detectors.coordinate_words import EITHER, GRIDS, WORDS
from akios_jail.pii.detectors.surroundings import digit_after
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: So many places make a pair that stands alone more than two amounts.
_PLACES = 4
_ROOM = 64
_TRIGGERS = (
    r"[0-9]{1,2}\.[0-9]{4,15}°?(?: ?[,;/|] ?| |%2C|~)[-+]?[0-9]{1,3}\.[0-9]{4,15}\b",
    WORDS.trigger,
    forms.WINDS_TRIGGER,
    forms.NORTH_TRIGGER,
    forms.EAST_FIRST_TRIGGER,
    forms.PLUS_TRIGGER,
    forms.EASTERN_TRIGGER,
    forms.ASSIGNED_TRIGGER,
    forms.SENTENCE_TRIGGER,
    forms.GRID_TRIGGER,
    GRIDS.trigger,
    forms.THREE_WORDS_TRIGGER,
    r"\b[0-9]{1,2},[0-9]{5,15}(?: ?[;/|] ?| |, )[-+]?[0-9]{1,3},[0-9]{5,15}\b",
    *forms.MAP_TRIGGERS,
)
_MAPS = len(_TRIGGERS) - len(forms.MAP_TRIGGERS)


class Coordinates:
    """`52.5200, 13.4050`, `"lat": 52.52, "lon": 13.405`, `52°31'12"N 13°24'18"E`, `geo:52.52,13.40`."""

    kind = "coordinates"
    triggers = _TRIGGERS

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger >= _MAPS:
            return _in_map(view, end, trigger - _MAPS)
        return _CHECKS[trigger](view, end)


def _pair(view: View, end: int) -> Iterable[Finding]:
    text = view.folded
    for match in forms.PAIR.finditer(text, max(0, end - 44), min(len(text), end + 16)):
        if match.end() < end:
            continue
        start, last = match.span()
        latitude, longitude = match[1], match[3]
        if min(len(latitude.partition(".")[2]), len(longitude.partition(".")[2])) < _PLACES:
            return
        if not _on_earth(latitude, longitude) or not _only_two(view, start, last):
            return
        if max(abs(float(latitude)), abs(float(longitude))) >= 1 and not _amounts(view, match):
            yield _found(start, last, latitude, longitude, 0.8, "latitude and longitude to a few metres")
        return


def _comma_pair(view: View, end: int) -> Iterable[Finding]:
    """`52,516275; 13,377704`: five places and more are no amounts."""
    match = next(
        (m for m in forms.COMMA_PAIR.finditer(view.folded, max(0, end - 44), end + 16) if m.end() >= end), None
    )
    if match is not None and _UNIT.match(view.folded, match.end()) is None:
        yield from _with_commas(view, match, 0.8)


def _announced(view: View, end: int) -> Iterable[Finding]:
    text = view.folded
    digit = digit_after(view, end)
    if digit < 0:
        return
    start = digit - 1 if digit > end and text[digit - 1] in "-+" else digit
    match = forms.PAIR.match(text, start)
    if match is not None and _on_earth(match[1], match[3]) and WORDS.leads_to(view, start):
        if _only_two(view, start, match.end()) and not (_is_short(match) and _VAGUE.search(view.before(start, 24))):
            yield _found(start, match.end(), match[1], match[3], 0.95, "latitude and longitude, announced")
        return
    commas = forms.COMMA_PAIR.match(text, start)
    if commas is not None and WORDS.leads_to(view, start):
        yield from _with_commas(view, commas, 0.95)
        return
    angle = forms.ONE_ANGLE.match(text, start) or forms.LETTERED_ONE.match(text, start)
    if angle is not None and WORDS.leads_to(view, start):
        key = _SIGNS.sub(" ", angle.group()).strip()
        yield Finding("coordinates", start, angle.end(), key, 0.95, "latitude or longitude in degrees, announced")
        return
    one = forms.ONE.match(text, start) or forms.COMMA_ONE.match(text, start)
    if one is None or abs(_number(one.group())) > 180 or not WORDS.leads_to(view, start):
        return
    after = text[one.end() : one.end() + 1]
    word = _ALONE.search(view.before(start, 40))
    if word is None or after.isalnum() or after in ("%", "_") or _UNIT.match(text, one.end()) is not None:
        return
    exact = one.end() - start - _POINT.search(one.group()).start() > _PLACES  # type: ignore[union-attr]  # it has one
    if (
        exact
        or word[1].strip(" ") != ""
        or _OTHER.match(text, one.end())
        or _BEFORE_OTHER.search(view.before(start, 40))
    ):
        yield Finding("coordinates", start, one.end(), one.group(), 0.95, "latitude or longitude, announced")


def _assigned(view: View, end: int) -> Iterable[Finding]:
    """`userLat: 52.5163`, `mlon=13.3777`."""
    for match in forms.ASSIGNED.finditer(view.folded, max(0, end - 48), end + 24):
        start, last = match.span("one")
        if start < end <= last and abs(_number(match["one"])) <= 180 and _UNIT.match(view.folded, last) is None:
            yield Finding("coordinates", start, last, match["one"], 0.95, "latitude or longitude under its name")


def _eastern(view: View, end: int) -> Iterable[Finding]:
    """`北緯36度17分20秒 東経137度38分51秒`, `东经121.4737`."""
    for match in forms.EASTERN.finditer(view.folded, max(0, end - 6), end + _ROOM):
        if match.start() < end:
            key = re.sub(r"[^0-9.]+", " ", match.group()).strip()
            if len(match["angle"]) > _PLACES:
                yield Finding("coordinates", *match.span(), key, 0.95, "latitude and longitude in degrees")
        return


def _lettered(view: View, end: int) -> Iterable[Finding]:
    text = view.folded
    for match in forms.LETTERED.finditer(text, max(0, end - 40), min(len(text), end + _ROOM)):
        before = view.char(match.start() - 1)
        if not (before.isascii() and before.isalnum()) and before not in (".", "_"):
            key = _SIGNS.sub(" ", match.group()).strip()
            yield Finding("coordinates", *match.span(), key, 0.95, "latitude and longitude with their directions")


def _plus_code(view: View, end: int) -> Iterable[Finding]:
    match = forms.PLUS_CODE.search(view.folded, max(0, end - 16), end)
    if match is None:
        return
    group = "code" if match["code"] else "short"
    if any(char.isdigit() for char in match[group][:4]):
        yield Finding("coordinates", *match.span(group), match[group], 0.8, "an Open Location Code")


def _sentence(view: View, end: int) -> Iterable[Finding]:
    match = forms.SENTENCE.search(view.folded, max(0, end - 40), end)
    if match is not None:
        yield Finding("coordinates", match.start(), end, match.group(), 0.95, "the place in a receiver's sentence")


def _grid(view: View, end: int) -> Iterable[Finding]:
    match = forms.GRID.search(view.folded, max(0, end - 32), end)
    if match is not None:
        yield Finding("coordinates", match.start(), end, match.group(), 0.85, "a square of a grid")


def _after_grid(view: View, end: int) -> Iterable[Finding]:
    digit = digit_after(view, end)
    for start in range(max(end, digit - 3), digit + 1) if digit >= 0 else ():
        match = forms.AFTER_GRID.match(view.folded, start, start + 40)
        if match is not None and not view.char(start - 1).isalnum() and GRIDS.leads_to(view, start):
            yield Finding("coordinates", *match.span(), match.group(), 0.9, "a square of a grid, announced")
            return


def _three_words(view: View, end: int) -> Iterable[Finding]:
    match = forms.THREE_WORDS.search(view.folded, max(0, end - _ROOM), end)
    if match is not None:
        yield Finding("coordinates", match.start(), end, match.group().lower(), 0.85, "three words for a place")


def _in_map(view: View, end: int, form: int) -> Iterable[Finding]:
    """Two numbers in the address of a map; of a route, each of its ends."""
    for match in forms.IN_MAP[form].finditer(view.folded, max(0, end - 96), end + 60):
        if _on_earth(match["one"], match["two"]):
            start, last = match.start("one"), match.end("two")
            yield _found(start, last, match["one"], match["two"], 0.95, "where a map is looked at")


_CHECKS = (
    _pair,
    _announced,
    _lettered,
    _lettered,
    _lettered,
    _plus_code,
    _eastern,
    _assigned,
    _sentence,
    _grid,
    _after_grid,
    _three_words,
    _comma_pair,
)
_SIGNS = re.compile(r"[^0-9NSEWO.]+")
_POINT = re.compile("[.,]")
#: A word that speaks of one of the two.
_ALONE = re.compile(rf"(?<![A-Za-z])(?:gps)?(?:{EITHER})([^A-Za-z0-9]{{0,6}})\Z", re.IGNORECASE)
#: The other of the two behind a number, or before it.
_OTHER = re.compile(rf"[ ,;/|&]{{1,3}}(?:e |y |et |and |und |i )?(?:{EITHER})[^A-Za-z0-9]{{1,4}}[0-9]", re.IGNORECASE)
_BEFORE_OTHER = re.compile(rf"[0-9][ ,;/|&]{{1,3}}(?:e |y |et |and |und |i )?(?:{EITHER}) [-+]?\Z", re.IGNORECASE)
#: Words for much else that has a place.
_VAGUE = re.compile(
    r"(?:location|position|位置|위치|عرض|طول|ширина|дължина|geo)[^A-Za-z0-9]{0,6}[-+]?\Z", re.IGNORECASE
)
_UNIT = re.compile(r" ?(?:EUR|USD|GBP|CHF|ms|s|sec|kg|g|px|em|rem|pt|cm|mm|km|m|[KMG]i?B|[%€$£])(?![A-Za-z])")
_NUMBER_BEFORE = re.compile(r"[0-9](?:[,;/| ]{1,3}|[,;/| ]{0,2}\[|\][,;/| ]{0,2})\Z")
_NUMBER_AFTER = re.compile(
    r"(?:[,;/| ]{1,3}|[,;/| ]{0,2}\[|\][,;/| ]{0,2})"
    r"[-+]?[0-9]+\.[0-9]{3}(?![0-9]* ?(?:km|mi|m|ft|kg|l|h|EUR|USD|GBP|[€$£])(?![A-Za-z]))"
)
#: What programs shift, turn and draw.
_NO_PLACE = re.compile(
    r"(?:translate|rotate|scale|matrix|skew|rgba?|hsla?|bezier|vec[23]|range|prices?|p50|p95|kurse?|rates?|loss|acc)"
    r"\w{0,6}[ :=(]{1,2}\Z",
    re.IGNORECASE,
)


def _number(written: str) -> float:
    return float(written.replace(",", "."))


def _is_short(pair: re.Match[str]) -> bool:
    """Whether the two have so few places that much else has as many."""
    return min(len(pair[1].partition(".")[2]), len(pair[3].partition(".")[2])) < _PLACES - 1


def _with_commas(view: View, pair: re.Match[str], confidence: float) -> Iterable[Finding]:
    latitude, longitude = pair[1].replace(",", "."), pair[3].replace(",", ".")
    if _on_earth(latitude, longitude) and not view.char(pair.start() - 1).isalnum():
        yield _found(*pair.span(), latitude, longitude, confidence, "latitude and longitude, with decimal commas")


def _on_earth(latitude: str, longitude: str) -> bool:
    one, other = abs(float(latitude)), abs(float(longitude))
    return (one <= 90 and other <= 180) or (one <= 180 and other <= 90)  # GeoJSON has the longitude first


def _amounts(view: View, pair: re.Match[str]) -> bool:
    """Whether two numbers are times or prices: with a unit, or with nothing but a blank between and few places."""
    few = len(pair[1].partition(".")[2]) < _PLACES + 1
    unit = _UNIT.match(view.folded, pair.end()) is not None
    return (pair[2] == " " and few) or unit or _NO_PLACE.search(view.before(pair.start(), 20)) is not None


def _only_two(view: View, start: int, end: int) -> bool:
    """Whether they are no part of a longer row of numbers; an altitude without places may follow, and another two in
    brackets of their own."""
    before = view.before(start, 4)
    if before[-1:].isalnum() or before[-1:] in (".", "_") or _NUMBER_BEFORE.search(before) is not None:
        return False
    return _NUMBER_AFTER.match(view.folded, end) is None and not view.char(end).isalnum()


def _found(start: int, end: int, latitude: str, longitude: str, confidence: float, reason: str) -> Finding:
    return Finding("coordinates", start, end, f"{float(latitude):g},{float(longitude):g}", confidence, reason)
