"""Why something that looks like personal data is not found: what a person who asks is told.

Only for people who ask about a text of theirs: no finding depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from akios_jail.pii.redactor import Redactor

#: Longer texts are files for `akios pii scan`.
MAX_TEXT = 10_000

_SEPARATORS = re.compile(r"[ .\-/]")


class NearMiss(NamedTuple):
    """What a place in the text looks like, and what speaks against it."""

    kind: str
    start: int
    end: int
    reason: str


def near_misses(text: str, redactor: Redactor) -> Iterator[NearMiss]:
    """What is not found in a text and why, as far as that can be said."""
    text = text[:MAX_TEXT]
    found = redactor.find(text)
    told = [(one.start, one.end) for one in found]
    kinds: set[str] = set()
    for kind, pattern, against in _LOOKS:
        for match in pattern.finditer(text) if kind in redactor.kinds else ():
            if any(start < match.end() and match.start() < end for start, end in told):
                continue
            reason = against(match[0])
            if reason:
                told.append(match.span())
                kinds.add(kind)
                yield NearMiss(kind, *match.span(), reason)
    if not found and any(char.isdigit() for char in text):
        yield from _with_a_name(text, redactor, kinds)


def _with_a_name(text: str, redactor: Redactor, told: set[str]) -> Iterator[NearMiss]:
    """Kinds that the text would be if a name, such as a JSON key, said so, but for those that were told of."""
    for kind in sorted(redactor.kinds - told):
        name = kind.replace("_", " ")
        if any(finding.kind == kind for finding in redactor.find(f"{name}: {text}")):
            yield NearMiss(kind, 0, len(text), f"would be found beside a word that says what it is, such as {name!r}")


def _card(value: str) -> str | None:
    digits = _SEPARATORS.sub("", value)
    if not 13 <= len(digits) <= 19 or _luhn(digits):
        return None
    return "has the length of a card number, but its last digit is not the check digit (Luhn)"


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _iban(value: str) -> str | None:
    bare = value.replace(" ", "").upper()
    if not 15 <= len(bare) <= 34 or int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4])) % 97 == 1:
        return None
    return "begins like an IBAN, but its check digits do not fit (modulo 97)"


def _email(value: str) -> str | None:
    domain = value.rpartition("@")[2]
    return "has an @, but no domain with a dot after it" if "." not in domain.strip(".") else None


def _ssn(value: str) -> str | None:
    area, group, serial = value[:3], value[4:6], value[7:]
    if "000" in (area, group + "0") or serial == "0000" or area == "666":
        return "is written like a US social security number, but no number is given with these parts"
    return None


def _date(value: str) -> str:
    return "is a date; a date of birth only where a word such as `born`, `DOB` or a key says so"


def _phone(value: str) -> str | None:
    count = len(re.sub(r"\D", "", value))
    if not 7 <= count <= 15:
        return None
    return "may be a telephone number, but is none in a known plan, or no word or country code says so"


_LOOKS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("iban", re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.ASCII), _iban),
    ("credit_card", re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])", re.ASCII), _card),
    ("email", re.compile(r"[^\s@]{1,64}@[^\s@]{0,255}"), _email),
    ("ssn", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])", re.ASCII), _ssn),
    ("date_of_birth", re.compile(r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4})(?!\d)", re.ASCII), _date),
    ("phone", re.compile(r"(?<![\w.])\+?\(?\d(?:[ .()\-/]{0,2}\d){6,14}(?![\w.])", re.ASCII), _phone),
)
