"""Geographic coordinates: where somebody is or lives.

Latitude and longitude count together: as decimals with four places or more, where they are two and no more (rows of
numbers are vectors), with degrees, minutes and seconds, or with the letters of the four winds. After words that say
latitude or longitude each counts alone, from two places on. Four places are eleven metres; fewer are a village.

Confidence: 0.95 with words, letters or degree signs; 0.8 as a pair of decimals.
"""

# ruff: noqa: RUF001 (primes and quotation marks that people write for minutes and seconds)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.surroundings import Announcement, digit_after
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_WORDS = Announcement(
    "lat", "lng", "lon", "long", "latitude", "longitude", "latlng", "lat ?/ ?lon", "lat, ?lon", "coordinates?",
    "coords", "gps", "gpslatitude", "gpslongitude",
    "geo", "location", "position", "breitengrad", "l[aä]ngengrad", "koordinaten", "standort",
    "coordonn[eé]es", "coordenadas", "latitud", "longitud", "ubicaci[oó]n", "latitudine", "longitudine", "coordinate",
    "posizione", "localiza[cç][aã]o", "co[oö]rdinaten", "breedtegraad", "lengtegraad", "wsp[oó][lł]rz[eę]dne",
    "szeroko[sś][cć]", "d[lł]ugo[sś][cć]", "koordinater", "широта", "долгота", "координаты", "纬度", "经度", "坐标",
    "緯度", "経度", "座標", "위도", "경도", "좌표", "خط العرض", "خط الطول", "إحداثيات", r"point ?\(", "geo:", "ll=",
    "/@",
    fillers="decimal|degrees?|deg|x|y|point|lng|lon|lat",
)  # fmt: skip
_DECIMAL = r"[-+]?[0-9]{1,3}\.[0-9]{2,15}"
_BETWEEN = r"(?: ?[,;/|] ?| |%2C)"
_PAIR = re.compile(rf"({_DECIMAL})°?({_BETWEEN})({_DECIMAL})°?")
_ONE = re.compile(rf"{_DECIMAL}")
_ANGLE = r"[0-9]{1,3} ?°(?: ?[0-9]{1,2}(?:[.,][0-9]+)? ?['′’](?: ?[0-9]{1,2}(?:[.,][0-9]+)? ?(?:[\"″”]|''))?)?"
_LETTERED = re.compile(
    rf"(?:{_ANGLE} ?[NS]|[NS] ?{_ANGLE}|[0-9]{{1,2}}\.[0-9]{{2,15}} ?°? ?[NS]|[NS] ?[0-9]{{1,2}}\.[0-9]{{2,15}} ?°?)"
    rf"[ ,;/]{{1,3}}"
    rf"(?:{_ANGLE} ?[EWO]|[EWO] ?{_ANGLE}|"
    rf"[0-9]{{1,3}}\.[0-9]{{2,15}} ?°? ?[EWO]|[EWO] ?[0-9]{{1,3}}\.[0-9]{{2,15}} ?°?)"
    r"(?![A-Za-z0-9])"
)
#: One of the two, where its name stands before it.
_ONE_ANGLE = re.compile(rf"(?=[^\n]{{0,16}}['′’]){_ANGLE} ?[NSEWO]?(?![A-Za-z0-9])")
_HAN_ANGLE = r"[0-9]{1,3}(?:\.[0-9]{2,8})?度(?:[0-9]{1,2}(?:\.[0-9]{1,5})?分(?:[0-9]{1,2}(?:\.[0-9]{1,4})?秒)?)?"
_OF_HAN = re.compile(rf"{_HAN_ANGLE}[ ,、/]{{0,3}}[東东][経經经]{_HAN_ANGLE}")
#: So many places make a pair that stands alone more than two amounts.
_PLACES = 4
_PLUS_CODE = re.compile(r"[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\Z")
_ROOM = 64


class Coordinates:
    """`52.5200, 13.4050`, `"lat": 52.52, "lon": 13.405`, `52°31'12"N 13°24'18"E`, `geo:52.52,13.40`."""

    kind = "coordinates"
    triggers = (
        r"[0-9]{1,2}\.[0-9]{4,15}°?(?: ?[,;/|] ?| |%2C)[-+]?[0-9]{1,3}\.[0-9]{4,15}\b",
        _WORDS.trigger,
        r"[0-9] ?[°'\"′″’”]? ?[NS][ ,;/]{1,3}[0-9]",
        r"\b[NS] ?[0-9]{1,2}[.°][0-9 ]",
        r"\b[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\b",
        "北[緯纬]",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger == 0:
            return self._pair(view, end)
        if trigger == 1:
            return self._announced(view, end)
        if trigger == 4:
            return self._plus_code(view, end)
        if trigger == 5:
            return self._in_han(view, end)
        return self._lettered(view, end)

    def _pair(self, view: View, end: int) -> Iterable[Finding]:
        text = view.folded
        for match in _PAIR.finditer(text, max(0, end - 44), min(len(text), end + 16)):
            if match.end() < end:
                continue
            start, last = match.span()
            latitude, longitude = match[1], match[3]
            if min(len(latitude.partition(".")[2]), len(longitude.partition(".")[2])) < _PLACES:
                return
            if not _on_earth(latitude, longitude) or not _only_two(view, start, last, match[2]):
                return
            if max(abs(float(latitude)), abs(float(longitude))) >= 1 and not _amounts(view, match):
                yield _found(start, last, latitude, longitude, 0.8, "latitude and longitude to a few metres")
            return

    def _announced(self, view: View, end: int) -> Iterable[Finding]:
        text = view.folded
        digit = digit_after(view, end)
        if digit < 0:
            return
        start = digit - 1 if digit > end and text[digit - 1] in "-+" else digit
        match = _PAIR.match(text, start)
        if match is not None and _on_earth(match[1], match[3]) and _WORDS.leads_to(view, start):
            if _only_two(view, start, match.end(), match[2]):
                yield _found(start, match.end(), match[1], match[3], 0.95, "latitude and longitude, announced")
            return
        angle = _ONE_ANGLE.match(text, start)
        if angle is not None and _WORDS.leads_to(view, start):
            key = re.sub(r"[^0-9NSEWO.]+", " ", angle.group())
            yield Finding("coordinates", start, angle.end(), key, 0.95, "latitude or longitude in degrees, announced")
            return
        one = _ONE.match(text, start)
        if one is None or abs(float(one.group())) > 180 or not _WORDS.leads_to(view, start):
            return
        after = text[one.end() : one.end() + 1]
        word = _ALONE.search(view.before(start, 32))
        exact = one.end() - start - one.group().index(".") > _PLACES
        if word is not None and (exact or word[1].strip(" ") != "") and not (after.isalnum() or after in ("%", "_")):
            yield Finding("coordinates", start, one.end(), one.group(), 0.95, "latitude or longitude, announced")

    def _in_han(self, view: View, end: int) -> Iterable[Finding]:
        """`北緯36度17分20秒 東経137度38分51秒`."""
        match = _OF_HAN.match(view.folded, end)
        if match is not None:
            key = re.sub(r"[^0-9.]+", " ", match.group())
            yield Finding("coordinates", end - 2, match.end(), key, 0.95, "latitude and longitude in degrees")

    def _lettered(self, view: View, end: int) -> Iterable[Finding]:
        text = view.folded
        for match in _LETTERED.finditer(text, max(0, end - 32), min(len(text), end + _ROOM)):
            before = view.char(match.start() - 1)
            if not (before.isascii() and before.isalnum()) and before not in (".", "_"):
                key = re.sub(r"[^0-9NSEWO.]+", " ", match.group()).strip()
                yield Finding(self.kind, *match.span(), key, 0.95, "latitude and longitude with their directions")

    def _plus_code(self, view: View, end: int) -> Iterable[Finding]:
        match = _PLUS_CODE.search(view.folded, max(0, end - 12), end)
        if match is not None and any(char.isdigit() for char in match.group()[:4]):
            yield Finding(self.kind, match.start(), end, match.group(), 0.8, "an Open Location Code")


#: Words that speak of one of the two.
_ALONE = re.compile(
    r"(?<![A-Za-z])(?:lat|lng|lon|long|latitude|longitude|breitengrad|l[aä]ngengrad|latitud|longitud|latitudine|longitudine|"
    r"breedtegraad|lengtegraad|szeroko\w+|d[lł]ugo\w+|широта|долгота|纬度|经度|緯度|経度|위도|경도)([^A-Za-z0-9]{0,6})\Z",
    re.IGNORECASE,
)
_UNIT = re.compile(r" ?(?:EUR|USD|GBP|CHF|ms|s|sec|kg|g|px|[KMG]i?B|[%€$£])(?![A-Za-z])")
_NUMBER_BEFORE = re.compile(r"[0-9][,;/| \[\]]{1,3}\Z")
_NUMBER_AFTER = re.compile(
    r"[,;/| \]\[]{1,3}[-+]?[0-9]+\.[0-9]{3}(?![0-9]* ?(?:km|mi|m|ft|kg|l|h|EUR|USD|GBP|[€$£])(?![A-Za-z]))"
)


def _on_earth(latitude: str, longitude: str) -> bool:
    one, other = abs(float(latitude)), abs(float(longitude))
    return (one <= 90 and other <= 180) or (one <= 180 and other <= 90)  # GeoJSON has the longitude first


def _amounts(view: View, pair: re.Match[str]) -> bool:
    """Whether two numbers are times or prices: with a unit, or with nothing but a blank between and few places."""
    few = len(pair[1].partition(".")[2]) < _PLACES + 1
    return (pair[2] == " " and few) or _UNIT.match(view.folded, pair.end()) is not None


def _only_two(view: View, start: int, end: int, between: str) -> bool:
    """Whether they are no part of a longer row of numbers; an altitude without places may follow."""
    before = view.before(start, 4)
    if before[-1:].isalnum() or before[-1:] in (".", "_") or _NUMBER_BEFORE.search(before) is not None:
        return False
    return _NUMBER_AFTER.match(view.folded, end) is None and not view.char(end).isalnum()


def _found(start: int, end: int, latitude: str, longitude: str, confidence: float, reason: str) -> Finding:
    return Finding("coordinates", start, end, f"{float(latitude):g},{float(longitude):g}", confidence, reason)
