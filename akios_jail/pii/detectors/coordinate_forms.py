"""How places are written: degrees, minutes and seconds with the winds, decimals, grids, addresses of maps.

Patterns only; `coordinates` says where they count. The winds have letters or words in some fifteen languages: `N`,
`Nord`, `с. ш.`, `пн. ш.`.
"""

# ruff: noqa: RUF001, RUF002 (primes and quotation marks that people write for minutes and seconds, and other scripts)
from __future__ import annotations

import re

from akios_jail.pii.lazy_pattern import LazyPattern

DECIMAL = r"[-+]?[0-9]{1,3}\.[0-9]{2,15}"
_BETWEEN = r"(?: ?[,;/|] ?| |%2C|,?\n {0,24}|~)"
PAIR = re.compile(rf"({DECIMAL})°?({_BETWEEN})({DECIMAL})°?")
ONE = re.compile(DECIMAL)
#: With a comma before the places, so many of them that it parts no thousands.
_COMMA = r"[-+]?[0-9]{1,3},[0-9]{4,15}"
COMMA_PAIR = re.compile(rf"({_COMMA})°?( ?[;/|] ?|, ?| )({_COMMA})(?![0-9,])°?")
COMMA_ONE = re.compile(rf"{_COMMA}(?![0-9])")

# An ordinal's little o is an o once it is folded.
_DEGREE = r" ?(?:[°˚∘]|o(?=[ 0-9])|d(?=[0-9])|deg(?:rees)?\.?(?=[ ,0-9]))"
_MINUTE = r" ?(?:['′’´‘`]|m(?=[0-9 ,]))"
_SECOND = r" ?(?:[\"″”“]|''|′′|’’|´´|s(?![a-z]))"
_PART = r"[0-9]{1,2}(?:[.,][0-9]{1,8})?"
ANGLE = (
    rf"[0-9]{{1,3}}(?:[.,][0-9]{{1,12}})?{_DEGREE}"
    rf"(?: ?{_PART}{_MINUTE}(?: ?{_PART}(?:{_SECOND})?)?| ?[0-5]?[0-9]\.[0-9]{{2,6}})?"
)
#: Degrees and minutes parted by blanks or colons, the minutes with places or followed by seconds.
_BARE_ANGLE = r"[0-9]{1,3}(?:[ :][0-5]?[0-9](?:\.[0-9]{2,6}|[ :][0-5]?[0-9](?:\.[0-9]{1,5})?))"
_PLAIN = r"[-+]?[0-9]{1,3}[.,][0-9]{2,15} ?°?"
#: What begins with a capital is written so only with an angle or a decimal right beside it.
_NORTH = r"(?:North|South|Nord|S[uü]d|Norte|Sur|Sul|Noord|Zuid|Sud|LU|LS|[NSÉ](?![a-zé])|(?:с|ю|пн|пд)\. ?ш\.?)"
_EAST = (
    r"(?:East|West|Ost|Est|Ouest|Este|Oeste|Ovest|Oost|BT|BB|[EWOLÖVØK](?![A-Za-z0-9])|"
    r"(?:в|з|сх|зх)\. ?д\.?)(?![A-Za-z0-9])"
)
_EAST_BEFORE = r"[EWO]"
_ALONE = rf"(?:{ANGLE}|{_BARE_ANGLE}|{_PLAIN})"
_LATITUDE = rf"(?:{_ALONE} ?{_NORTH}|\b[NS] ?{_ALONE})"
_LONGITUDE = rf"(?:{_EAST_BEFORE} ?{_ALONE}(?![0-9])|{_ALONE} ?{_EAST})"
LETTERED = re.compile(rf"{_LATITUDE}[ ,;/]{{0,3}}{_LONGITUDE}|{_ALONE} ?{_EAST}[ ,;/]{{1,3}}{_ALONE} ?{_NORTH}")
#: Where a second letter or word for the winds tells of two: the end of the first, and the beginning of the second.
WINDS_TRIGGER = (
    r"[0-9] ?[°'\"′″’”´s]{0,2} ?(?:[NSÉ]|LS|LU|North|South|Nord|S[uü]d|Norte|Sur|Sul|Noord|Zuid|(?:с|ю|пн|пд)\. ?ш\.?)"
    r"[ ,;/]{0,3}[EWO]?[0-9]"
)
EAST_FIRST_TRIGGER = r"[0-9][°'\"′″’”] ?[EWO][ ,;/]{1,3}[0-9]{1,2}[°.]"
NORTH_TRIGGER = r"\b[NS] ?[0-9]{1,2}[.° ,][0-9 ]"
#: One of the two, where its name stands before it.
ONE_ANGLE = re.compile(rf"(?=[^\n]{{0,16}}['′’´])[-+]?{ANGLE} ?(?:{_NORTH}|{_EAST})?(?![A-Za-z0-9])")
LETTERED_ONE = re.compile(rf"{_PLAIN} ?(?:{_NORTH}|{_EAST})(?![A-Za-z0-9])")

#: In China, Japan and Korea the wind and the word for the circle stand before each.
EASTERN_TRIGGER = r"(?:[北南][緯纬]|[東东西][経經经]|[북남]위|[동서]경)[:： ]{0,2}[0-9]"
_EASTERN_ANGLE = (
    r"[0-9]{1,3}(?:\.[0-9]{2,12})?(?: ?[度도°](?: ?[0-9]{1,2}(?:\.[0-9]{1,8})? ?[分분′'’]"
    r"(?: ?[0-9]{1,2}(?:\.[0-9]{1,5})? ?(?:[秒초″\"”]|'')?)?)?)?"
)
EASTERN = LazyPattern(
    rf"(?:[東东西][経經经]|[北南][緯纬]|[북남]위|[동서]경)[: ]{{0,2}}(?P<angle>{_EASTERN_ANGLE})"
    rf"(?:[ ,、，/]{{0,3}}(?:[東东西][経經经]|[北南][緯纬]|[북남]위|[동서]경)[: ]{{0,2}}{_EASTERN_ANGLE})?"
)

#: Addresses of maps, whose numbers stand in rows or between signs of their own.
MAP_TRIGGERS = (
    r"#map=[0-9]{1,2}(?:\.[0-9]{1,4})?/-?[0-9]{1,2}\.[0-9]",
    r"!3d-?[0-9]{1,2}\.[0-9]{2,16}!4d-?[0-9]{1,3}\.[0-9]",
    r"[?&]x=-?[0-9]{1,3}\.[0-9]{5,15}&y=-?[0-9]{1,3}\.[0-9]",
    r"/maps/dir/[^\s/]{0,60}/?-?[0-9]{1,2}\.[0-9]{3,12},-?[0-9]{1,3}\.[0-9]",
)
IN_MAP = (
    LazyPattern(rf"#map=[0-9.]{{1,7}}/(?P<one>{DECIMAL})/(?P<two>{DECIMAL})"),
    LazyPattern(rf"!3d(?P<one>{DECIMAL})!4d(?P<two>{DECIMAL})"),
    LazyPattern(rf"[?&]x=(?P<one>{DECIMAL})&y=(?P<two>{DECIMAL})"),
    LazyPattern(rf"/(?P<one>{DECIMAL}),(?P<two>{DECIMAL})(?=/|\Z|[\s?\"'&])"),
)
#: A name that says latitude or longitude, the sign behind it and the number: `userLat: 52.5`, `mlon=13.37`.
ASSIGNED_TRIGGER = (
    r"(?i)(?:lat|lng|lon|long|latitude|longitude|latitud|longitud)(?:deg|_deg|_e)?[\"'\]]{0,2}(?: ?= ?|: ?|%3D)[\"']?"
    r"[-+]?[0-9]{1,3}[.,][0-9]{2}"
)
ASSIGNED = LazyPattern(
    r"(?:(?<![A-Za-z])(?:m|s|d|x|start|end|home|user|my|geo|from|to|dest|src|cur|last)?"
    r"(?i:lat|lng|lon|long|latitude|longitude|latitud|longitud)|(?<=[a-z])(?:Lat|Lng|Lon|Long)(?:itude?)?)"
    r"(?i:deg|_deg|_e)?[\"'\]]{0,2}(?: ?= ?|: ?|%3[Dd])[\"']?(?P<one>[-+]?[0-9]{1,3}[.,][0-9]{2,15})(?![0-9.,]?[0-9])"
)
#: As receivers of satellites say it (NMEA 0183): degrees and minutes run together.
SENTENCE_TRIGGER = r"\b[0-9]{4}\.[0-9]{2,7},[NS],[0-9]{5}\.[0-9]{2,7},[EW]\b"
SENTENCE = LazyPattern(rf"{SENTENCE_TRIGGER}\Z")

#: Squares of a grid: UTM and what armies make of it, by their form; the ordnance survey's, and these run together,
#: after their names.
_ZONE = r"(?:[1-9]|[1-5][0-9]|60) ?[C-HJ-NP-X]"
GRID_TRIGGER = rf"\b{_ZONE} (?:[1-9][0-9]{{5}}(?:m?E)?,? [0-9]{{7}}|[A-HJ-NP-Z]{{2}} [0-9]{{4,5}} [0-9]{{4,5}})\b"
GRID = LazyPattern(rf"(?<![0-9A-Za-z.]){GRID_TRIGGER}\Z")
AFTER_GRID = LazyPattern(
    rf"{_ZONE} ?(?:[A-HJ-NP-Z]{{2}} ?(?:[0-9]{{10}}|[0-9]{{8}}|[0-9]{{6}}|[0-9]{{3,5}} [0-9]{{3,5}})|"
    r"[1-9][0-9]{5}(?:\.[0-9]{1,4})? ?(?:m? ?E)?,? {1,2}[0-9]{6,7}(?:\.[0-9]{1,4})?(?: ?(?:m? ?N))?)(?![0-9A-Za-z])|"
    r"[HNOST][A-HJ-Z] ?(?:[0-9]{3} ?[0-9]{3}|[0-9]{4} ?[0-9]{4}|[0-9]{5} ?[0-9]{5})(?![0-9A-Za-z])"
)
#: Three words for a square of three metres.
THREE_WORDS_TRIGGER = (
    r"(?:[^:/]|^)///[a-z]{3,20}\.[a-z]{3,20}\.[a-z]{3,20}\b|"
    r"(?i)(?:\bw3w\.co/|\b(?:what3words|w3w)(?:\.com/| ?(?:is|address|location)?[: ]{1,3}/{0,3}))"
    r"[a-z]{3,20}\.[a-z]{3,20}\.[a-z]{3,20}\b"
)
THREE_WORDS = LazyPattern(r"(?<![a-z.])[^\W\d_]{3,20}\.[^\W\d_]{3,20}\.[^\W\d_]{3,20}\Z", re.IGNORECASE)
#: Open Location Codes: whole, or short with a town behind.
PLUS_TRIGGER = (
    r"\b(?:[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\b|"
    r"[23456789CFGHJMPQRVWX]{4}\+[23456789CFGHJMPQRVWX]{2,3},? [A-Z])"
)
PLUS_CODE = LazyPattern(
    r"(?P<code>[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3})\Z|"
    r"(?<![0-9A-Za-z])(?P<short>(?=[0-9]*[A-Z])(?=[A-Z]*[0-9])[23456789CFGHJMPQRVWX]{4}\+[23456789CFGHJMPQRVWX]{2,3})"
    r",? [A-Z]\Z"
)
