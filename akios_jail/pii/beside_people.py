"""What stands right behind a name or an address and is the same person's, though no word calls it so.

`Jane Doe  55 4134 3726`, `12 Main St, Leeds - 07700900123`: groups that telephone numbers have, or digits that begin as
mobile numbers do, up to the end of the cell. `MRN 4711. Jane Doe, 12/03/1956.`: a date behind a name that stands behind
a number of somebody's papers, or of a patient; not of the last years, in which appointments are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.phone_places import GROUPED, PLAIN
from akios_jail.pii.finding import Finding

CONFIDENCE = 0.75
#: Names that are found less surely than this lead to nothing.
_SURE_ENOUGH = 0.65
#: From a name or an address to a number.
_TO_NUMBER = re.compile(r"(?: {1,4}|\t|[,;] ?| ?\(| [-\u2013\u2014|/:] )(?=[0-9])")
#: Three groups or two, and no date; of digits alone, such as begin as mobile numbers do.
_GROUPS = re.compile(rf"(?!(?:19|20)[0-9]{{2}}[ -]|[0-9]{{2}}[ -][0-9]{{2}}[ -](?:19|20))(?:{GROUPED}|{PLAIN})")
_MOBILE = re.compile(r"(?:0[1-9][0-9]{8,9}|[6-9][0-9]{9})(?![0-9])")
#: The end of a cell, of a line or of a sentence.
_CLOSED = re.compile(r"\)|[ ]?(?:[,;|\t\r\n]|\.?(?:\s|\Z)(?![0-9])| [-\u2013\u2014|/] )")
_TO_DATE = re.compile(r"(?:[,;] ?| ?\(| [-\u2013\u2014|/] )(?=[0-9])")
_ENDED = re.compile(r"[.,;)|\s]|\Z")
#: Numbers by which somebody is known to an office or a hospital.
_PAPERS = frozenset(("medical_record", "national_id", "passport", "driving_licence", "ssn"))
#: So far before the name one of those may stand.
_NEAR = 16
#: What no word calls a birth is not of the last years.
_LAST = "2012"


def numbers_beside(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Telephone numbers behind names and addresses in `findings`, which they do not overlap."""
    found: list[Finding] = []
    for place, finding in enumerate(findings):
        named = finding.kind == "person_name"
        if (named or finding.kind == "street_address") and finding.confidence >= _SURE_ENOUGH:
            stop = findings[place + 1].start if place + 1 < len(findings) else len(text)
            found += _number(text, finding.end, stop, named)
    return found


def births_beside(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Dates of birth behind names in `findings`."""
    found: list[Finding] = []
    for place, finding in enumerate(findings):
        if finding.kind == "person_name" and finding.confidence >= _SURE_ENOUGH and place:
            stop = findings[place + 1].start if place + 1 < len(findings) else len(text)
            found += _birth(text, findings[place - 1], finding, stop)
    return found


def _number(text: str, end: int, stop: int, named: bool) -> Iterable[Finding]:
    gap = _TO_NUMBER.match(text, end, stop)
    if gap is None:
        return
    number = _MOBILE.match(text, gap.end(), stop) or (_GROUPS.match(text, gap.end(), stop) if named else None)
    if number is None or _CLOSED.match(text, number.end()) is None:
        return
    key = "".join(filter(str.isdigit, number.group()))
    yield Finding("phone", *number.span(), key, CONFIDENCE, "right behind a name or an address")


def _birth(text: str, paper: Finding, name: Finding, stop: int) -> Iterable[Finding]:
    if paper.kind not in _PAPERS or name.start - paper.end > _NEAR:
        return
    gap = _TO_DATE.match(text, name.end, stop)
    date = date_at(text, gap.end()) if gap is not None else None
    if gap is None or date is None or date[0] > stop or date[1] > _LAST or _ENDED.match(text, date[0]) is None:
        return
    yield Finding("date_of_birth", gap.end(), *date, CONFIDENCE, "behind a name and the number of somebody's papers")
