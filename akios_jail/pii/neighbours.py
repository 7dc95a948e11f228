"""Names that stand alone beside what is somebody's: `Jane Doe, passport C01X00T47`, `DE89 3704 …; Jane Doe; 80.00`.

In a list of one person's data a cell that is nothing but a name is whose data it is, in whatever language the others
are called something. So no word is looked for here, only places beside what was found already: cells on both sides, and
lines above and below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from akios_jail.pii.detectors.name_grammar import is_surnamed, is_thing, name_before, normal, whole_name
from akios_jail.pii.detectors.phrases import one_of
from akios_jail.pii.finding import Finding
from akios_jail.pii.holders import holders
from akios_jail.pii.view import View

CONFIDENCE = 0.7
REASON = "alone beside what is somebody's"
#: Kinds of which a value is one person's, and that people list beside a name.
_OF_ONE = frozenset(
    (
        "passport",
        "driving_licence",
        "national_id",
        "ssn",
        "itin",
        "iban",
        "credit_card",
        "bank_account",
        "medical_record",
        "date_of_birth",
        "phone",
        "street_address",
    )
)
#: What announces a value in its own cell is not longer.
_MAX_LABEL = 40
#: What follows it there, such as a remark.
_MAX_REST = 24
#: A name and what announces it are not longer.
_MAX_CELL = 64
_FAR = _MAX_LABEL + _MAX_CELL + 8
_ENDS = re.compile(
    one_of(",;|\t<>[]\u060c\u3001\u3002\uff0c\uff1b\uff08\uff09")
    + r"|\r\n|\n|\( ?|\) ?| (?:[()] ?| +|[-\u2013\u2014/\u00b7\u2022] )|"
    + "|".join(rf"\{sign}(?:(?<=[^\W\d_]{{3}}\{sign})|(?<=[%)\u20ac\d]\{sign})) " for sign in ".!?")
)
#: The lines of a signature above a telephone number have no number, nor more characters together.
_MAX_BLOCK = 160
_BLOCK = re.compile(
    r"(?:\A\n?|\n[ \t]*\r?\n|\n-{2,3} ?\r?\n|\n={3,}\r?\n)([^\n\d:|]{3,60})(?: \|[^\n\d]{2,60})?"
    r"(?:\n[^\n\d:]{2,60}){0,2}\Z"
)
_IN_SENTENCE = re.compile(r"[^\W\d_A-Z] \Z|[.!?:] \Z")
_COLON = re.compile(r"[:\uff1a]")
#: What a sentence may have before a name, and hardly before a place.
_LED = re.compile(
    r"(?<![^\W_])(?!(?:in|at|from|near|nach|aus|en|em|bei|w|z|v|ve|na|u|i)\b)[^\W\d_A-Z][^\W\d_]{1,23}\.?:? \Z"
)
#: No shorter text holds a name and what ends its cell.
_LEAST = 4
#: A letter that a name may begin with.
_LETTER = re.compile(r"[^\W\d_a-z]")
#: Not in the last characters of a name.
_NO_NAME = re.compile(r"[\d@={}#%&+]")
#: Two words, and not a word with a letter: `Class B`.
_WORDS = re.compile(r"[^\W\d_]{2}.*[ -](?:[^\W\d_]|['\u2019]){2}|[^\W\d_]\.? .*[^\W\d_]{3}")


def neighbours(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Names beside `findings`, none of which overlaps any of them."""
    found: list[Finding] = []
    for place, finding in enumerate(findings):
        if finding.kind not in _OF_ONE:
            continue
        low = findings[place - 1].end if place else 0
        high = findings[place + 1].start if place + 1 < len(findings) else len(text)
        signed = _above(text, low, finding)
        above = [*_named(text, *signed)] if signed is not None else []
        cells = (None if above else _before(text, low, finding.start)), _after(text, finding.end, high)
        for cell in cells:
            if cell is not None:
                above += _named(text, *cell)
        found += above
        found += _right_before(text, low, finding)
        taken = {(one.start, one.end) for one in found}
        found += [one for one in holders(text, low, finding, high) if (one.start, one.end) not in taken]
    return found


def _above(text: str, low: int, finding: Finding) -> tuple[int, int] | None:
    """The first line of the block that ends in a line with a telephone number: a signature, with what somebody is."""
    if finding.kind != "phone":
        return None
    last = text.rfind("\n", low, finding.start)
    if last < 0 or finding.start - last > _MAX_LABEL:
        return None
    block = _BLOCK.search(text, max(low, last - _MAX_BLOCK), last)
    return block.span(1) if block is not None else None


def _right_before(text: str, low: int, finding: Finding) -> Iterable[Finding]:
    """`ring Jane Doe 0412 791 897`: a name with nothing but a blank between, in a sentence."""
    if finding.kind != "phone" or text[finding.start - 1 : finding.start] != " ":
        return
    stop = finding.start - 1
    if text[stop - 1 : stop] == ":":
        stop -= 1
    first = max(low, stop - _MAX_CELL)
    if first == stop or not text[stop - 1].isalpha():
        return
    piece = text[first:stop]
    begin = name_before(piece, 0, len(piece))
    if begin == len(piece) or not _IN_SENTENCE.search(piece, 0, begin):
        return
    yield from _named(text, first + begin, stop)


def _before(text: str, low: int, start: int) -> tuple[int, int] | None:
    """The cell before the one that ends at `start`."""
    first = max(low, start - _FAR)
    if start - first < _LEAST:
        return None  # another finding is right before it
    ends = [*_ENDS.finditer(text, first, start)]
    if not ends or start - ends[-1].end() > _MAX_LABEL:
        return None
    stop = ends[-1].start()
    if len(ends) > 1:
        first = ends[-2].end()
    elif first > 0:
        return None  # where the cell begins is not known, or a finding begins it
    if ends[-1].group().endswith("\n"):
        return (first, stop) if len(ends) == 1 or ends[-2].group().endswith("\n") else None
    colons = [*_COLON.finditer(text, first, stop)]
    return (colons[-1].end() if colons else first), stop


def _after(text: str, end: int, high: int) -> tuple[int, int] | None:
    """The cell after the one that begins at `end`; what is a label of another value is none."""
    if high - end < _LEAST:
        return None
    last = min(high, end + _MAX_REST + _MAX_CELL)
    own = _ENDS.search(text, end, min(last, end + _MAX_REST))
    if own is None:
        return None
    first = own.end()
    other = _ENDS.search(text, first, last)
    if other is None:
        return (first, last) if last == len(text) else None
    if own.group().endswith("\n") and not other.group().endswith("\n"):
        return None
    return None if _COLON.search(text, first, other.start()) else (first, other.start())


def _named(text: str, first: int, stop: int) -> Iterable[Finding]:
    if (
        stop - first < 2
        or _LETTER.search(text, first, stop) is None
        or _NO_NAME.search(text, max(first, stop - 8), stop) is not None
    ):
        return
    cell = text[first:stop]
    first += len(cell) - len(cell.lstrip())
    cell = text[first:stop].rstrip()
    if not 2 <= len(cell) <= _MAX_CELL:
        return
    folded = cell if cell.isascii() else View(cell).folded
    span = whole_name(folded, 0, len(folded), most=4)
    if span is None and len(folded) == len(cell):
        begin = name_before(folded, 0, len(folded))
        if 0 < begin < len(folded) and _LED.search(folded, 0, begin) is not None:
            span = whole_name(folded, begin, len(folded), most=4)
    if span is None:
        return
    name = folded[slice(*span)]
    if name.isupper() or any(len(word) == 2 and word.isupper() for word in name.split()) or is_thing(name):
        return
    if not (_WORDS.search(name) if name[0].isupper() else _is_full(name, text[first - 1 : first])):
        return
    if len(folded) == len(cell):
        first, cell = first + span[0], cell[slice(*span)]
    yield Finding("person_name", first, first + len(cell), normal(name), CONFIDENCE, REASON)


def _is_full(name: str, before: str) -> bool:
    """Whether it is one for sure, in a script without capitals: with a family name, or two words on their own line."""
    return is_surnamed(name) if name[0] >= "\u2e7f" else before in ("", "\n", "|", "\t") and name.count(" ") in (1, 2)
