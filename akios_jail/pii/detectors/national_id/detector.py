"""Applies the rules: a number in a form that proves itself, or after words that say what it is.

Confidence: 0.97 announced and with all checks right (check digits, dates, ranges); 0.88 by form and checks alone; 0.85
announced where a country has no checks. Numbers of companies (VAT, EIN, CNPJ) are no findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.pii.detectors.answers import answer_after, word_end
from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.national_id import (
    americas,
    cards,
    checks,
    elsewhere,
    europe_central,
    europe_north,
    europe_south,
)
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
    *cards.RULES,
)
#: The longest form, with its separators.
_LONGEST = 28
_FILLERS = (
    "saya|anda|aku|benim|mine's|father's|mother's|wife's|husband's|hai|mera|card|gr|rilasciata|nummer|száma?|[cč][ií]slo|"
    "numărul|numer"
)
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
            words = Announcement(*rule.words, fillers=_FILLERS)
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
    return (_after(view, row, end, digit) if digit >= 0 else None) or _answer(view, row, end)


def _after(view: View, row: _Announced, end: int, digit: int) -> Finding | None:
    rule = row.rule
    for match in row.written.finditer(view.folded, max(end, digit - _LETTERS), digit + _LONGEST):
        start, number = match.start(), _compact(match.group())
        if start > digit and (rule.tight or not _IN_WORD.fullmatch(view.folded, digit - 1, start)):
            return None
        if not rule.valid(number) or not stands_alone(view, start, match.end()):
            continue
        if rule.tight and not row.words.leads_to(view, start):
            continue
        weak = rule.tight or rule.valid is checks.anything
        reason = f"{rule.country} {rule.name}, announced{'' if weak else ', its checks right'}".lstrip()
        return Finding("national_id", start, match.end(), number, 0.85 if weak else 0.97, reason)
    return None


#: A digit within a word, and a few words: `for the T4A is`.
_IN_WORD = re.compile(r"[A-Z][0-9][A-Z]?(?: [a-z]{1,8}){0,3}[ :]{1,2}")


def _answer(view: View, row: _Announced, end: int) -> Finding | None:
    """The number that somebody gives who was asked for it by the words that end at `end`."""
    start = answer_after(view, end)
    last = word_end(view, end)
    if start < 0 or not (row.words.leads_to(view, last) or row.words.leads_to(view, end)):
        return None
    match = row.written.match(view.folded, start, start + _LONGEST)
    if match is None or not stands_alone(view, start, match.end()):
        return None
    number = _compact(match.group())
    if not row.rule.valid(number) or date_at(view.folded, start) is not None:
        return None
    return Finding("national_id", start, match.end(), number, 0.93, f"{row.rule.country} {row.rule.name}, asked for")


def _compact(number: str) -> str:
    return _SIGNS.sub("", number).upper()


_SIGNS = re.compile(r"[^0-9A-Za-zÑ]+")


def _among_digits(view: View, start: int, end: int) -> bool:
    """Whether the number is one of a row of groups of digits: `4111 1111 1111 1111` is no `1111 1111 1111`."""
    return (view.char(start - 1) == " " and view.char(start - 2).isdigit()) or (
        view.char(end) == " " and view.char(end + 1).isdigit() and view.char(end + 2).isdigit()
    )
