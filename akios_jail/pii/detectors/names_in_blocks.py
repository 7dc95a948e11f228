"""Names by their place among lines: above a telephone number or an address for e-mail, after the dashes of a signature,
below a label or a heading that says who is listed; and in records of machines.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.name_grammar import (
    MAX_NAME,
    is_greeting,
    is_thing,
    name_at,
    named,
    parts,
    title_at,
    whole_name,
)
from akios_jail.pii.finding import REACH, Finding

#: So many lines above the first line with a number or an address, a name may stand.
_MOST_LINES = 4
_ITEM = re.compile(r"[ \t]{0,8}(?:[-*.]|\d{1,2}[.)])[ \t]+(?:\[[ xX]?\] )?([^\n]{2,80})")
_AFTER_ITEM = re.compile(r"[ ]?(?:\Z|[,(:;/|-])")
_SIGNER = re.compile(r"(?:i\. ?[AV]\.|ppa\.|p\.p\.|pp|gez\.|/s/)[ ]{1,2}")
_HALF = r"[^\W\d_](?:[^\W\d_]|['\u2019-](?=[^\W\d_])){1,23}"
_PASSENGER = re.compile(rf"(?<![\w/'-])({_HALF}/{_HALF}(?: [^\W\d_]{{1,20}})?) *\Z")
#: A number of a passport, or a date.
_DOCUMENT = re.compile(r"[ :]{1,3}(?:(?=[A-Z]{0,4}[0-9])[A-Z0-9]{6,12}\b|[0-9]{1,4}[-./ ]?[0-9A-Z]{2})")


def above_contact(text: str, end: int) -> Iterable[Finding]:
    """The line above a telephone number or an address for e-mail, or the first of the lines above it."""
    last = text.rfind("\n", max(0, end - MAX_NAME - 8), end)
    lines: list[tuple[int, int]] = []
    for _ in range(_MOST_LINES):
        first = text.rfind("\n", max(0, last - MAX_NAME - 8), last) + 1
        if last - first > MAX_NAME or text[first:last].strip(" \t>|\r") == "":
            break
        lines.append((first, last))
        last = first - 1
        if last < 0:
            break
    while len(lines) > 1 and is_greeting(text[slice(*lines[-1])].strip(" \t>|\r,.!")):
        lines.pop()  # the closing of a letter, and below it who wrote
    for first, stop in (*lines[-1:], *lines[:1]):
        span = whole_name(text, first, stop, most=4)
        if span is not None and not text[span[0] : span[1]].isupper():
            return named(text, *span, 0.75, "in the line above a telephone number or an address")
    return ()


_ENDED = re.compile(r"\s*\Z")
_REMARK = re.compile(r" [|,(/-]|, ")


def ends_letter(text: str, end: int) -> Iterable[Finding]:
    """A name alone in the last line, after a paragraph: who wrote it."""
    start = end - 1
    stop = text.find("\n", start, start + 48)
    if stop < 0 and len(text) - start >= 48:
        return ()
    if (stop >= 0 and _ENDED.match(text, stop) is None) or (
        text[start - 1] == "/" and text[start - 3 : start - 1] != "\n\n"
    ):
        return ()
    span = whole_name(text, start, stop if stop >= 0 else len(text), least=1, most=3)
    if span is None or text[span[0] : span[1]].isupper():
        return ()
    return named(text, *span, 0.7, "signed at the end of a letter")


def signed(text: str, end: int) -> Iterable[Finding]:
    """`-- ` and a name below; `- Jane` as the last line."""
    start = end - 1
    stop = _end_of_line(text, start)
    own_line = text[start - 1 : start] == "\n"
    remark = _REMARK.search(text, start, stop)
    span = whole_name(text, start, stop if remark is None else remark.start(), least=1, most=4)
    if span is None or text[span[0] : span[1]].isupper():
        return ()
    if not own_line and text[stop : stop + REACH].strip() != "":
        return ()  # an item of a list
    return named(text, *span, 0.75, "signed after a dash")


def signed_in_line(text: str, end: int) -> Iterable[Finding]:
    """`Best, Jane` at the end of a line."""
    start = end - 1
    signer = _SIGNER.match(text, start)
    start = signer.end() if signer is not None else start
    span = whole_name(text, start, _end_of_line(text, start), least=1, most=4)
    if span is None:
        return ()
    return named(text, *span, 0.7, "signed after a closing")


def below_label(text: str, end: int) -> Iterable[Finding]:
    """`Full name` on a line, and the name on the next."""
    start = end - 1
    span = whole_name(text, start, _end_of_line(text, start))
    return named(text, *span, 0.75, "below a label that says name") if span is not None else ()


def listed(text: str, end: int) -> Iterable[Finding]:
    """`Attendees:` and lines that begin with a sign each."""
    at = text.rfind("\n", max(0, end - 16), end) + 1
    found: list[Finding] = []
    while at < end + REACH:
        item = _ITEM.match(text, at, min(len(text), end + REACH))
        if item is None:
            break
        start = title_at(text, item.start(1), item.end(1))
        stop = name_at(text, start, item.end(1))
        name = text[start:stop]
        if stop > start and _AFTER_ITEM.match(text, stop, item.end(1)) and 2 <= parts(name) <= 5 and not is_thing(name):
            found += named(text, start, stop, 0.8, "in a list of people")
        at = item.end() + 1
    return found


def card_parts(text: str, end: int) -> Iterable[Finding]:
    """`N:Doe;Jane;;;` of a vCard."""
    start = text.rfind(":", max(0, end - 64), end) + 1
    found: list[Finding] = []
    for _ in range(3):
        stop = name_at(text, start, start + MAX_NAME)
        if stop > start and text[stop : stop + 1] in (";", "\n", "\r", ""):
            found += named(text, start, stop, 0.85, "in a card")
        else:
            stop = start
        if text[stop : stop + 1] != ";":
            break
        start = stop + 1
    return found


def of_account(text: str, end: int) -> Iterable[Finding]:
    """`cn=Jane Doe,`; the fifth field of `/etc/passwd`."""
    start = end - 1
    stop = name_at(text, start, start + MAX_NAME)
    name = text[start:stop]
    if not 2 <= parts(name) <= 4 or is_thing(name) or text[stop : stop + 1] not in (",", ":", "\n", "\r", "", ";", '"'):
        return ()
    return named(text, start, stop, 0.8, "in a record of an account")


def passenger(text: str, end: int) -> Iterable[Finding]:
    """`DOE/JANE MRS`, `DOE/JANE PP 123456789`, as airlines write it."""
    match = _PASSENGER.search(text, max(0, end - 72), text.rfind(" ", max(0, end - 12), end))
    if match is None or not match.group(1).isupper():
        return ()
    word = text[match.end() : end].strip()
    if word in ("PP", "PPT", "PASSPORT", "DOB") and not _DOCUMENT.match(text, end):
        return ()  # `AND/OR PP`
    return named(text, *match.span(1), 0.8, "before a title or a document, as airlines write it")


def _end_of_line(text: str, start: int) -> int:
    stop = text.find("\n", start, start + MAX_NAME + 16)
    if stop >= 0:
        return stop
    return min(len(text), start + MAX_NAME + 16)
