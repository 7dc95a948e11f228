"""What stands around the digits of a telephone number: whether they stand alone, where they end, what they count."""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.surroundings import digits_of
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_LAST_GROUP = re.compile(r"[ .()/-]+[0-9]+\Z")
#: What numbers of things are followed by.
UNITS = re.compile(r" ?(?:units?|pieces|pcs|items|St[uü]ck)\b", re.IGNORECASE)


def stands_alone(view: View, start: int, end: int, plus: bool = False, open_end: bool = False) -> bool:
    """Whether the characters around do not make this a part of something longer."""
    before, after = view.char(start - 1), view.char(end)
    if (before.isascii() and before.isalnum()) or before in ("_", "+") or (before == "%" and not plus):
        return False
    if before != "" and before in "-./=" and view.char(start - 2).isdigit():
        return False
    if before in ("-", "#", "$") and (before != "-" or view.char(start - 2).isalnum()):
        return False
    if open_end:
        return True
    if after == "_" or (after.isascii() and after.isalnum() and not (after in "xX" and view.char(end + 1).isdigit())):
        return False
    return not (after != "" and after in "-./" and view.char(end + 1).isdigit())


def in_a_row(view: View, start: int, end: int, candidate: str) -> bool:
    """Whether digits and spaces alone stand among further groups of digits: a row of numbers."""
    if not candidate.replace(" ", "").isdigit():
        return False
    return (view.char(start - 1) == " " and view.char(start - 2).isdigit()) or (
        view.char(end) == " " and view.char(end + 1).isdigit()
    )


def ends(text: str, start: int, end: int, least: int) -> Iterable[int]:
    """Where the candidate ends, then without its last group of digits, and so on: another number may follow."""
    while len(digits_of(text[start:end])) >= least:
        yield end
        cut = _LAST_GROUP.search(text, start, end)
        if cut is None:
            return
        end = cut.start()


def phone(start: int, end: int, key: str, confidence: float, reason: str) -> Finding:
    """A telephone number."""
    return Finding("phone", start, end, key, confidence, reason)
