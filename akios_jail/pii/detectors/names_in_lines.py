"""Names in lines that are about people: headers, cards, chats, what stands beside an address or before a date of birth.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors import name_words
from akios_jail.pii.detectors.name_grammar import MAX_NAME, is_thing, name_at, name_before, named, parts, title_at
from akios_jail.pii.detectors.phrases import any_of
from akios_jail.pii.finding import REACH, Finding

_ENTRY = re.compile(r"[\"']?([^<>\"'\n;,@]{2,60})[\"']?[ ]?(?:<[^<>\n]{3,100}>|\([^()\n]{3,100}\))?[;,]?[ ]?")
_CLOCK = re.compile(r"\d:\d\d(?:[ ]?[APap]\.?[Mm]\.?)?([\])]?,? (?:- )?)")
_BESIDE = re.compile(r"[\"']?(?:, ?|; ?|\t| \| | - |\]?\()[\"']?(?:mailto:)?[^\s<>@(),;\"'|]{1,64}@\Z")
_BORN = re.compile(rf",? \(?(?:{any_of(name_words.BORN)})\Z")
_PERSONAL = re.compile(
    r"@|\b(?:dob|birth|e-?mail|phone|tel|mobile|ssn|passport|address|street|patient|employee|customer|age|gender|sex|title|"
    r"geburt|telefon|anschrift|adresse|naissance|correo|direcci|nascita|nascimento|geboorte|urodzenia)",
    re.IGNORECASE,
)
_HEADERS = frozenset(" ".join(header.split()).lower() for header in name_words.HEADERS.split(","))
#: Headers that things have as well as people.
_PLAIN = re.compile(
    r"(?:names?|nombre|nom|nome|naam|namn|navn|nimi|isim|имя|名前|이름|from|to|de|da|von|an|van|od|do)\Z", re.I
)
_TWO_CELLS = re.compile(
    r"(?:\A|[\s,;|\t(\"'])([^\W\d_][^\s,;|\"'()]{1,30})[\"']?(?:, ?|; ?|\t| \| )[\"']?([^\W\d_][^\s,;|\"'()]{1,30})\Z"
)
_ENDS_OF_CARDS = frozenset(("", "\n", "\r", ":", ";", '"'))


def header(text: str, end: int) -> Iterable[Finding]:
    """`From: Jane Doe <jane@example.com>, Bob Lee`: everybody in the line."""
    line = text.rfind("\n", max(0, end - 40), end) + 1
    label = text[max(line, end - 40) : end - 2].strip(" \t>*|-#\"'")
    if label.lower() not in _HEADERS:
        return []
    stop = text.find("\n", end, end + REACH)
    stop = end + REACH if stop < 0 else stop
    found: list[Finding] = []
    around = text[max(0, end - REACH) : end + REACH]
    for entry in _ENTRY.finditer(text, end, stop):
        addressed = "@" in entry.group()
        start = title_at(text, entry.start(1), entry.end(1))
        last = name_at(text, start, entry.end(1))
        name = text[start:last]
        if last == start or text[last : entry.end(1)].strip() or is_thing(name) or parts(name) > 5:
            continue
        if not addressed and (parts(name) < 2 or (_PLAIN.match(label) and _PERSONAL.search(around) is None)):
            continue
        found += named(text, start, last, 0.8, "in a line that names people")
    return found


def before_address(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe <jane@example.com>`, also surname first."""
    open_ = max(text.rfind("<", max(0, end - 70), end), text.rfind("(", max(0, end - 70), end))
    if open_ < 0:
        return ()
    first = max(0, open_ - MAX_NAME)
    last = first + len(text[first:open_].rstrip(" \"'"))
    line = max(text.rfind(sign, first, last) for sign in "\n:;,<>\"'|\t([")
    start = name_before(text, max(first, line + 1), last)
    if text[start - 2 : start] == ", ":
        surname = name_before(text, first, start - 2)
        start = surname if surname < start - 2 and text[surname - 1 : surname] in ('"', "'", "") else start
    start = title_at(text, start, last)
    name = text[start:last]
    if start == last or is_thing(name) or (parts(name) < 2 and text[open_] == "("):
        return ()
    return named(text, start, last, 0.9, "before an address for e-mail")


def beside_address(text: str, end: int) -> Iterable[Finding]:
    """`("Jane Doe", "jane@example.com")`, `Jane Doe,jane@example.com`, `[Jane Doe](mailto:…)`."""
    piece = text[max(0, end - MAX_NAME - 72) : end]
    match = _BESIDE.search(piece)
    if match is None:
        return ()
    last = end - len(piece) + match.start()
    found = _ending(text, last, 0.8, "beside an address for e-mail")
    return found or _cells(text, end - len(piece), last)


def card(text: str, end: int) -> Iterable[Finding]:
    """`FN:Jane Doe` of a vCard, `ATTENDEE;CN=Jane Doe:mailto:…` of a calendar."""
    start = title_at(text, end, end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    if stop == start or is_thing(text[start:stop]) or text[stop : stop + 1] not in _ENDS_OF_CARDS:
        return ()
    return named(text, start, stop, 0.9, "in a card or a calendar")


def before_birth(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe, born 1984`; `Jane Doe, CEO`."""
    piece = text[max(0, end - 40) : end]
    match = _BORN.search(piece)
    if match is None:
        return ()
    return _ending(text, end - len(piece) + match.start(), 0.8, "before a date of birth or an age")


def speaker(text: str, end: int) -> Iterable[Finding]:
    """`[10:15] Jane: hi`: who says something in a chat; what logs write after a time has no such name."""
    stop = end - 2
    first = max(0, stop - 48)
    clocks = list(_CLOCK.finditer(text[first:stop]))
    if not clocks:
        return ()
    clock = clocks[-1]
    start = first + clock.end()
    bracketed = clock.group(1).strip() != ""
    name = text[start:stop]
    if name_at(text, start, stop) != stop or is_thing(name) or name.isupper() or not 1 <= parts(name) <= 3:
        return ()
    if parts(name) == 1 and not bracketed:
        return ()
    return named(text, start, stop, 0.75, "speaks in a chat")


def _ending(text: str, last: int, confidence: float, reason: str) -> tuple[Finding, ...]:
    """First and last name, if they end here and nothing else is in their line or cell."""
    first = max(0, last - MAX_NAME)
    line = max(text.rfind(sign, first, last) for sign in "\n:;,<>\"'|\t([.!?")
    start = name_before(text, max(first, line + 1), last)
    start = title_at(text, start, last)
    name = text[start:last]
    if start == last or is_thing(name) or not 2 <= parts(name) <= 4:
        return ()
    return named(text, start, last, confidence, reason)


def _cells(text: str, first: int, last: int) -> tuple[Finding, ...]:
    """First and last name in cells of their own: `Jane,Doe,jane@example.com`, `('Jane', 'Doe', 'jane@…')`."""
    match = _TWO_CELLS.search(text[first:last])
    if match is None:
        return ()
    spans = [(first + match.start(cell), first + match.end(cell)) for cell in (1, 2)]
    if any(name_at(text, start, stop) != stop or is_thing(text[start:stop]) for start, stop in spans):
        return ()
    return tuple(f for start, stop in spans for f in named(text, start, stop, 0.75, "in a cell before an address"))
