"""Names where machines keep them: boarding passes, messages between hospitals, markup, calls that set them, cards.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.name_grammar import MAX_NAME, is_thing, name_at, named, parts, whole_name
from akios_jail.pii.detectors.names_labelled import is_label
from akios_jail.pii.finding import Finding

#: A family name or first names in capitals, as airlines print them.
_HALF = r"[^\W\d_](?:[^\W\d_]|['\u2019-](?=[^\W\d_])){1,29}"
_PASSENGER = re.compile(
    r"(?:(?i:passenger|pax|traveller|traveler|guest|name|boarding pass)[:=]? {1,4}|"
    r"(?<!\d)\d{1,2}\.(?:\d ?)?|(?:^|(?<=\n)))"
    rf"({_HALF}/{_HALF}(?: [^\W\d_]{{2,20}}(?= (?:MR|MRS|MS|MISS|MSTR|CHD|INF)\b))?)(?![\w/])"
)
#: What airlines print besides, on the same line or the next.
_OF_FLIGHTS = re.compile(r"\b(?:MRS?|MS|MISS|MSTR|SEAT|PNR|FLIGHT|GATE|LOC|CHD|INF)\b|\b[A-Z][A-Z0-9] ?\d{2,4}\b")
_FIELD = re.compile(r"\|([^\W\d_][^|^\n]{1,40})\^([^\W\d_][^|^\n]{1,40})(?=[|^\n]|\Z)")
_VALUE = re.compile(r"[^\"\n]{1,80}(?=\")")
_LABEL = re.compile(r">([^<>\n]{2,32}?):?</[a-z]{1,6}>:? {0,4}(?:<[a-z]{2,4}>)?\Z", re.IGNORECASE)
_CELL = re.compile(r"[^<>\n]{3,60}(?=<|\n|\Z)")
_GIVEN = re.compile(r"(?:=| )['\"]?([^\W\d_][^\n=\"'\]]{2,50})['\"\]]\Z")
_QUOTED = re.compile(r"[^\"'\n]{1,60}(?=[\"'])")
_CARD = re.compile(r"(?:\d{4}[ -]?){3}\d{2,4}(?:, exp \d\d/\d\d,)? \Z")
_AFTER_CARD = re.compile(r"[^\n,;|\d]{4,40}?(?=,| \d|\n|\Z|[;|])")


def passenger_named(text: str, end: int) -> Iterable[Finding]:
    """`Passenger: DOE/JANE`, `1.1DOE/JANE MRS`, and `DOE/JANE` where flights and seats are."""
    for match in _PASSENGER.finditer(text, max(0, end - 56), end + 56):
        if match.start(1) < end <= match.end(1):
            name = match.group(1)
            if not name.isupper() or is_thing(name.replace("/", " ")):
                return ()
            alone = match.start() == match.start(1)
            if alone and min(map(len, name.split("/"))) < 3:
                return ()  # `AND/OR PP 12`
            if alone and _OF_FLIGHTS.search(text, match.end(), match.end() + 40) is None:
                return ()
            return named(text, *match.span(1), 0.8, "as airlines write who flies")
    return ()


def flying(text: str, end: int) -> Iterable[Finding]:
    """`DOE/JANE` anywhere among flights, airports, seats and tickets."""
    start, stop = max(0, end - 34), min(len(text), end + 34)
    for match in _SLASHED.finditer(text, start, stop):
        if match.start() < end <= match.end():
            name = match.group()
            around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
            if not name.isupper() or len(name) < _LEAST_SLASHED or is_thing(name.replace("/", " ")):
                return ()
            if len({sign.lastgroup for sign in _AIRLINES.finditer(around)}) < _LEAST_SIGNS:
                return ()
            return named(text, *match.span(), 0.75, "as airlines write who flies")
    return ()


_SLASHED = re.compile(rf"(?<![\w/'-]){_HALF}/{_HALF}(?![\w/])")
_AROUND = 200
_LEAST_SLASHED = 7
#: So many different signs of a flight are near.
_LEAST_SIGNS = 2
_AIRLINES = re.compile(
    r"(?P<paper>\b(?i:pnr|e-?tickets?|boarding|itinerary|apis|record locator)\b)|"
    r"(?P<seat>\b(?i:gate|seat|cabin|baggage|terminal|pax|passengers?|check-?in)\b)|"
    r"(?P<flight>\b(?i:flight|flug|vol|vuelo|volo)\b|\b(?:[A-Z]{2}|[A-Z]\d|\d[A-Z]) ?\d{2,4}\b)|"
    r"(?P<route>\b[A-Z]{3} ?[-/>] ?[A-Z]{3}\b|\b[A-Z]{3} [A-Z]{3}\b)|"
    r"(?P<day>\b\d{2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))"
)


def in_message(text: str, end: int) -> Iterable[Finding]:
    """`|Doe^Jane|` of HL7."""
    match = _FIELD.search(text, max(0, end - 48), end + 48)
    if match is None or is_thing(match.group(1)) or is_thing(match.group(2)):
        return ()
    return [
        found for group in (1, 2) for found in named(text, *match.span(group), 0.8, "in a message between hospitals")
    ]


def human_name(text: str, end: int) -> Iterable[Finding]:
    """`"family":"Doe","given":["Jane"]` of FHIR."""
    start = end - 1
    around = text[max(0, start - 120) : start + 120]
    if '"given"' not in around and '"name"' not in around:
        return ()
    if '"family"' not in around and '"Patient"' not in around and '"Practitioner"' not in around:
        return ()
    value = _VALUE.match(text, start)
    span = whole_name(text, start, value.end(), least=1) if value is not None else None
    return named(text, *span, 0.85, "in a record of a person") if span is not None else ()


def in_markup(text: str, end: int) -> Iterable[Finding]:
    """`<td>Name</td><td>Jane Doe</td>`, `<b>Customer</b>: Jane Doe`."""
    start = end - 1
    label = _LABEL.search(text, max(0, start - 64), start)
    value = _CELL.match(text, start)
    if label is None or value is None:
        return ()
    called = label.group(1).strip().lower()
    if called not in ("name", "nom", "nombre", "nome", "naam") and not is_label(called):
        return ()
    span = whole_name(text, start, value.end())
    return named(text, *span, 0.75, "after a label for people") if span is not None else ()


def user(text: str, end: int) -> Iterable[Finding]:
    """`user 'Jane Doe' logged in`, `[user=Jane Doe]`."""
    given = _GIVEN.search(text, max(0, end - 60), end)
    span = whole_name(text, *given.span(1), most=4) if given is not None else None
    return named(text, *span, 0.7, "a user, in a log") if span is not None else ()


def setter(text: str, end: int) -> Iterable[Finding]:
    """`setFirstName("Jane")`."""
    value = _QUOTED.match(text, end - 1)
    span = whole_name(text, end - 1, value.end(), least=1) if value is not None else None
    return named(text, *span, 0.8, "set as somebody's name") if span is not None else ()


def after_card(text: str, end: int) -> Iterable[Finding]:
    """The name after the number of a card."""
    start = end - 1
    if _CARD.search(text, max(0, start - 44), start) is None:
        return ()
    value = _AFTER_CARD.match(text, start)
    span = whole_name(text, start, value.end(), most=4) if value is not None else None
    return named(text, *span, 0.7, "after the number of a card") if span is not None else ()


def above_line(text: str, end: int) -> Iterable[Finding]:
    """The line above `Sent from my phone`, but for blank ones."""
    stop = text.rfind("\n", max(0, end - 24), end)
    stop = len(text[:stop].rstrip("\r\n -")) if stop > 0 else 0
    first = text.rfind("\n", max(0, stop - MAX_NAME), stop) + 1
    span = whole_name(text, first, stop, least=1, most=4) if stop - first <= MAX_NAME else None
    return named(text, *span, 0.7, "signed at the end of a letter") if span is not None else ()


def between_commas(text: str, end: int) -> Iterable[Finding]:
    """`I, Jane Doe, hereby declare`."""
    start = end - 1
    stop = name_at(text, start, start + MAX_NAME)
    if not 2 <= parts(text[start:stop]) <= 4 or is_thing(text[start:stop]):
        return ()
    if text[stop : stop + 1] not in (",", ";") and not text.startswith((" of ", " (", " residing", " born"), stop):
        return ()
    return named(text, start, stop, 0.8, "somebody says who they are")
