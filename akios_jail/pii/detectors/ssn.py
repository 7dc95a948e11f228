"""United States social security numbers.

The rules are the Social Security Administration's: the area (first three digits) is never 000, 666 or 900 to 999, the
group (next two) never 00, the serial (last four) never 0000. Two numbers that were printed in advertisements are
invalid for ever. Nine digits are common, so anything but the usual dashes needs words before it that say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.pattern import Linear

_CANDIDATE = Linear(r"\d{3}(?:[ .-]?)\d{2}(?:[ .-]?)\d{4}")
_NINE = re.compile(r"(?:[^0-9]*+[0-9]){9}")  # no number has fewer digits
_SEPARATORS = re.compile(r"[ .-]+")
_CUE = re.compile(
    r"(?:\bssns?|\bss ?#|\bsocial(?:[ -]security)?|\bsoc\.? ?sec\.?|\bsocial[ -]insurance|\btax(?:payer)?[ -]?(?:id|"
    r"identification)|\btin|\bitin)\b"
    r"(?:[^a-z]|\b(?:number|numbers|no|nr|num|is|was|of|are|and|or|card|id|the|their|my|his|her)\b)*$",
    re.IGNORECASE,
)
#: What may stand before a number with nothing between.
_GLUED_CUE = re.compile(r"(?:\b|_)(?:ssn|social|itin|tin)_?$", re.IGNORECASE)
_NEGATIVE = re.compile(
    r"(?:\b(?:order|invoice|ticket|case|tracking|part|model|serial|ref(?:erence)?)\b[^a-z0-9]*|#)$", re.I
)
_ADVERTISED = frozenset(("078051120", "219099999"))


class Ssn:
    """`123-45-6789`; with other separators or none where the words before it say so."""

    field = "ssn"

    def find(self, view: View) -> Iterable[Finding]:
        if _NINE.match(view.folded) is None:
            return
        for start, end in _CANDIDATE.spans(view.folded):
            candidate = view.folded[start:end]
            digits = _SEPARATORS.sub("", candidate)
            if is_number(digits) and _plausible(view, start, end, candidate):
                yield Finding("ssn", start, end, digits)


def is_number(digits: str) -> bool:
    """Whether these nine digits can be a social security number."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return digits not in _ADVERTISED


def _plausible(view: View, start: int, end: int, candidate: str) -> bool:
    before, after = view.char(start - 1), view.char(end)
    glued = before.isalnum() or before == "_"
    if after.isalnum() or after == "_" or (glued and _GLUED_CUE.search(view.before(start, 64)) is None):
        return False
    if before != "" and before in "-./" and view.char(start - 2).isalnum():
        return False
    if after != "" and after in "-./" and view.char(end + 1).isalnum():
        return False
    separators = candidate[3], candidate[5 if candidate[3].isdigit() else 6]
    window = view.before(start, 64)
    if separators == ("-", "-"):
        return _NEGATIVE.search(window) is None or _CUE.search(window) is not None
    if separators[0] != separators[1] and not (separators[0].isdigit() and separators[1].isdigit()):
        return False
    return _CUE.search(window) is not None
