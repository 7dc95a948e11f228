"""United States social security numbers, and the taxpayer numbers (ITIN) that have their form.

The rules are the Social Security Administration's: the area (first three digits) is never 000, 666 or 900 to 999, the
group (next two) never 00, the serial (last four) never 0000. Two numbers that were printed in advertisements are
invalid for ever. An ITIN begins with 9 and has 50 to 65, 70 to 88, 90 to 92 or 94 to 99 in the middle (Internal Revenue
Service). Nine digits are common, so anything but the usual dashes needs words before it that say what it is.

Confidence: 0.99 announced, 0.92 by dashes. Neither number has a check digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.answers import answer_after
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, otherwise
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

_ANNOUNCED = Announcement(
    "ssn", "ssns", "ss ?#", "social", "social[ _-]security", "social[ _-]insurance", r"soc\.? ?sec",
    "seguro[ _-]social",
    "tax[ _-]?id", "tax[ _-]?identification", "taxpayer[ _-]?id", "taxpayer[ _-]?identification",
    "tin", "itin", "i-t-i-n", "s-s-n", r"s\.s\.n", "soc",
    fillers="claim|va|file|applicant|spouse|spouse's|employee|borrower|taxpayer|patient|veteran|last|page",
)  # fmt: skip
_SPELLED = r" ?(?:dash|hyphen|minus|dot|space|gui[oó]n|strich|tiret) ?"
_SEPARATOR = rf"(?:[ .-]| - |, |{_SPELLED})?"
_NUMBER = re.compile(rf"([0-9]{{3}})({_SEPARATOR})([0-9]{{2}})({_SEPARATOR})([0-9]{{4}})", re.IGNORECASE)
#: What the number was before somebody corrected it, in quotation marks as the new one.
_FORMER = re.compile(
    r"['\"][^\n]{0,48}?\b(?:was|from|old|formerly|previously|instead of) ['\"](?P<number>[0-9]{9})['\"]"
)
_ADVERTISED = frozenset(("078051120", "219099999"))
_TRIGGERS = (
    r"[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    _ANNOUNCED.trigger,
    KEYED,
    rf"(?i)[0-9]{{3}}{_SPELLED}[0-9]{{2}}{_SPELLED}[0-9]{{4}}\b",
)
_DASHED, _CUED, _IN_KEY, _SPOKEN = range(4)


class Ssn:
    """`123-45-6789`; with other separators or none where the words before it say so."""

    kind = "ssn"
    triggers = _TRIGGERS

    def keyed(self, context: str) -> bool:
        """Whether a name announces such a number."""
        return _ANNOUNCED.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return _found(self.kind, view, trigger, end)


class Itin:
    """`912-78-1234`, likewise."""

    kind = "itin"
    triggers = _TRIGGERS

    def keyed(self, context: str) -> bool:
        """Whether a name announces such a number."""
        return _ANNOUNCED.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return _found(self.kind, view, trigger, end)


def is_ssn(digits: str) -> bool:
    """Whether these nine digits can be a social security number."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return digits not in _ADVERTISED


def is_itin(digits: str) -> bool:
    """Whether these nine digits can be an individual taxpayer identification number."""
    return digits[0] == "9" and ("50" <= digits[3:5] <= "99") and digits[3:5] not in _NEVER and digits[5:] != "0000"


_NEVER = frozenset(("66", "67", "68", "69", "89", "93"))
_IS = {"ssn": is_ssn, "itin": is_itin}
_CALLED = {"ssn": "area, group and serial in use", "itin": "in the range of taxpayer numbers"}


def _found(kind: str, view: View, trigger: int, end: int) -> Iterable[Finding]:
    asked = False
    if trigger == _DASHED:
        match = _NUMBER.match(view.folded, end - 11)
    elif trigger == _SPOKEN:
        match = next((m for m in _NUMBER.finditer(view.folded, max(0, end - 32), end) if m.end() == end), None)
    elif trigger == _CUED:
        answer = answer_after(view, end)
        match = _NUMBER.match(view.folded, answer) if answer >= 0 else None
        asked = match is not None
        match = match or _NUMBER.match(view.folded, max(0, digit_after(view, end)))
    else:
        match = _NUMBER.match(view.folded, end - 1) if view.context else None
    if match is None:
        return
    digits = match[1] + match[3] + match[5]
    if not _IS[kind](digits) or not _alone(view, match.start(), match.end()):
        return
    separators = match[2], match[4]
    if len(separators[0].strip()) != len(separators[1].strip()) and separators[0] != separators[1]:
        return
    if trigger in (_DASHED, _SPOKEN) and not _glued(view, match.start()) and not otherwise(view, match.start()):
        yield Finding(kind, match.start(), match.end(), digits, 0.92, f"{_CALLED[kind]}, written with dashes")
    elif asked and _ANNOUNCED.leads_to(view, end):
        yield Finding(
            kind, match.start(), match.end(), digits, 0.98, f"{_CALLED[kind]}, the answer to a question for it"
        )
    elif _ANNOUNCED.leads_to(view, match.start()):
        yield Finding(kind, match.start(), match.end(), digits, 0.99, f"{_CALLED[kind]}, announced")
        former = _FORMER.match(view.folded, match.end(), match.end() + 80)
        if former is not None and _IS[kind](former["number"]):
            yield Finding(kind, *former.span("number"), former["number"], 0.9, "what an announced one was before")


def _glued(view: View, start: int) -> bool:
    before = view.char(start - 1)
    return before.isalnum() or before == "_"


def _alone(view: View, start: int, end: int) -> bool:
    before, after = view.char(start - 1), view.char(end)
    if before.isdigit() or (before != "" and before in "-./" and view.char(start - 2).isalnum()):
        return False
    return not (after.isalnum() or after == "_" or (after != "" and after in "-./" and view.char(end + 1).isalnum()))
