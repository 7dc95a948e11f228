"""Applies the rules: a number in a form that proves itself, or after words that say what it is.

Confidence: 0.97 announced and with all checks right (check digits, dates, ranges); 0.88 by form and checks alone; 0.85
announced where a country has no checks. Numbers of companies (VAT, EIN, CNPJ) are no findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.pii.detectors.national_id import americas, checks, elsewhere, europe_central, europe_north, europe_south
from akios_jail.pii.detectors.national_id.rule import Rule
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, otherwise, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.lazy_pattern import LazyPattern
from akios_jail.pii.view import View

RULES: tuple[Rule, ...] = (
    *europe_north.RULES,
    *europe_central.RULES,
    *europe_south.RULES,
    *americas.RULES,
    *elsewhere.RULES,
)
#: The longest form, with its separators.
_LONGEST = 28
#: How many characters of a form may stand before its first digit.
_LETTERS = 9


class _Alone(NamedTuple):
    """A form that counts by itself; `ending` matches it at the end of a slice."""

    rule: Rule
    ending: LazyPattern


class _Announced(NamedTuple):
    """A form that counts after words."""

    rule: Rule
    words: Announcement
    written: LazyPattern


class NationalId:
    """Numbers of some sixty countries."""

    kind = "national_id"

    def __init__(self) -> None:
        rows: list[tuple[str, _Alone | _Announced]] = []
        for rule in RULES:
            words = Announcement(*rule.words)
            written = LazyPattern(rf"(?<![0-9A-Za-z])(?:{rule.written})(?![0-9A-Za-z_])", 0 if rule.tight else re.I)
            rows.append((words.trigger, _Announced(rule, words, written)))
            rows += [(form, _Alone(rule, LazyPattern(form + r"\Z"))) for form in rule.alone]
        self.triggers = tuple(trigger for trigger, _ in rows)
        self._rows = tuple(row for _, row in rows)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        row = self._rows[trigger]
        finding = _alone(view, row, end) if isinstance(row, _Alone) else _announced(view, row, end)
        return () if finding is None else (finding,)


def _alone(view: View, row: _Alone, end: int) -> Finding | None:
    match = row.ending.search(view.folded, max(0, end - _LONGEST), end)
    if match is None or _among_digits(view, match.start(), end) or not stands_alone(view, match.start(), end):
        return None
    rule, start, number = row.rule, match.start(), _compact(match.group())
    if not (rule.valid_alone or rule.valid)(number) or otherwise(view, start):
        return None
    reason = f"{rule.country} {rule.name}: its form{'' if rule.valid is checks.anything else ' and its checks'} right"
    return Finding("national_id", start, end, number, 0.88, reason)


def _announced(view: View, row: _Announced, end: int) -> Finding | None:
    digit = digit_after(view, end)
    if digit < 0:
        return None
    rule = row.rule
    for match in row.written.finditer(view.folded, max(end, digit - _LETTERS), digit + _LONGEST):
        start, number = match.start(), _compact(match.group())
        if start > digit:
            return None
        if not rule.valid(number) or not stands_alone(view, start, match.end()):
            continue
        if rule.tight and not row.words.leads_to(view, start):
            continue
        weak = rule.tight or rule.valid is checks.anything
        reason = f"{rule.country} {rule.name}, announced{'' if weak else ', its checks right'}".lstrip()
        return Finding("national_id", start, match.end(), number, 0.85 if weak else 0.97, reason)
    return None


def _compact(number: str) -> str:
    return _SIGNS.sub("", number).upper()


_SIGNS = re.compile(r"[^0-9A-Za-zÑ]+")


def _among_digits(view: View, start: int, end: int) -> bool:
    """Whether the number is one of a row of groups of digits: `4111 1111 1111 1111` is no `1111 1111 1111`."""
    return (view.char(start - 1) == " " and view.char(start - 2).isdigit()) or (
        view.char(end) == " " and view.char(end + 1).isdigit() and view.char(end + 2).isdigit()
    )
