"""Stand-ins: values that look like the real ones and are nobody's.

Where a format has a range for examples, fiction or tests, stand-ins come from it. Where it has none, they keep the
shape (digits for digits, letters for letters) and the check digits are right; such a number may belong to somebody, but
says nothing about whom it stands for.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from random import Random

from akios_jail.pii.pseudonym_words import FIRST_NAMES, LAST_NAMES, STREETS

#: Kinds with check digits, or other rules that a random value may break.
_CHECKED = frozenset(("credit_card", "iban", "ssn", "itin", "national_id", "phone", "ip_address", "mac_address"))
#: Test numbers of the networks begin so; the rest of the digits is free.
_TEST_CARDS = {
    "34": "371449",
    "37": "371449",
    "36": "305693",
    "30": "305693",
    "35": "353011",
    "4": "424242",
    "5": "555555",
    "2": "222300",
    "6": "601111",
}
_DIGITS = re.compile(r"\d")
_NUMBER = re.compile(r"\d+")
#: Values longer than this are no value that anybody reads: they get placeholders.
_LONGEST = 200


def needs_check(kind: str) -> bool:
    """Whether a stand-in of this kind must be one to the kind's own detector."""
    return kind in _CHECKED


def stand_ins(kind: str, value: str, drawn: Random) -> Iterator[str]:
    """Stand-ins for the value, endless for most kinds, in an order that `drawn` decides."""
    if len(value) > _LONGEST or "\n" in value:
        return
    make = _MAKERS.get(kind, _shape)
    while True:
        yield make(value, drawn)


def _email(value: str, drawn: Random) -> str:
    name = f"{drawn.choice(FIRST_NAMES)}.{drawn.choice(LAST_NAMES)}{drawn.randrange(10, 1000)}".lower()
    return f"{name}@example.{drawn.choice(('com', 'org', 'net'))}"


def _name(value: str, drawn: Random) -> str:
    words = max(1, min(3, len(value.split())))
    names = [drawn.choice(FIRST_NAMES) for _ in range(max(1, words - 1))]
    if words > 1:
        names.append(drawn.choice(LAST_NAMES))
    name = " ".join(names)
    return name.upper() if value.isupper() else name


def _street(value: str, drawn: Random) -> str:
    return f"{drawn.randrange(2, 990)} {drawn.choice(STREETS)}"


def _phone(value: str, drawn: Random) -> str:
    """Fiction's own numbers: 555-0100 to 555-0199 in any North American area; elsewhere the last digits change."""
    digits = _DIGITS.findall(value)
    american = len(digits) == 10 or (len(digits) == 11 and digits[0] == "1")
    if (american and not value.startswith(("+", "00"))) or (value.startswith("+1") and len(digits) == 11):
        area = f"{drawn.choice('23456789')}{drawn.choice('023456789')}{drawn.choice('0234567')}"
        new = [*digits[:-10], *f"{area}55501{drawn.randrange(100):02d}"]
    else:
        free = min(6, max(3, len(digits) - 5))
        new = [*digits[:-free], *(str(drawn.randrange(10)) for _ in range(free))]
    return _with_digits(value, new)


def _ssn(value: str, drawn: Random) -> str:
    number = f"{drawn.randrange(773, 900)}{drawn.randrange(1, 100):02d}{drawn.randrange(1, 10000):04d}"
    return _with_digits(value, list(number))


def _itin(value: str, drawn: Random) -> str:
    number = f"9{drawn.randrange(100):02d}{drawn.randrange(70, 89)}{drawn.randrange(1, 10000):04d}"
    return _with_digits(value, list(number))


def _card(value: str, drawn: Random) -> str:
    digits = _DIGITS.findall(value)
    text = "".join(digits)
    begins = next((test for start, test in _TEST_CARDS.items() if text.startswith(start)), text[:6])
    rest = "".join(str(drawn.randrange(10)) for _ in range(len(digits) - len(begins) - 1))
    return _with_digits(value, list(_with_luhn(begins + rest)))


def _iban(value: str, drawn: Random) -> str:
    plain = [char for char in value if char.isalnum()]
    country = "".join(plain[:2]).upper()
    account = "".join(_like(char, drawn) for char in plain[4:]).upper()
    digits = "".join(str(int(char, 36)) for char in f"{account}{country}00" if char in _ALPHANUMERIC)
    check = 98 - int(digits) % 97
    return _with_characters(value, f"{country}{check:02d}{account}")


def _ip(value: str, drawn: Random) -> str:
    """Addresses for documentation (RFC 5737, RFC 3849), then those for benchmarks (RFC 2544)."""
    if ":" in value:
        return f"2001:db8:{drawn.randrange(1, 65536):x}::{drawn.randrange(1, 65536):x}"
    net = drawn.choice(("192.0.2", "198.51.100", "203.0.113", f"198.18.{drawn.randrange(256)}"))
    return f"{net}.{drawn.randrange(1, 255)}"


def _mac(value: str, drawn: Random) -> str:
    number = f"00005E0053{drawn.randrange(256):02X}" if drawn.random() < 0.5 else f"02{drawn.randrange(2**40):010X}"
    return _with_characters(value, number if value.upper() == value else number.lower())


def _date(value: str, drawn: Random) -> str:
    """Another day: a year nearby, and numbers that may be a day or a month."""

    def other(match: re.Match[str]) -> str:
        text = match.group()
        if len(text) == 4:
            return str(max(1900, int(text) - drawn.randrange(-6, 7)))
        if len(text) == 8:
            year_first = text[:2] in ("19", "20")
            year, day = (
                text[:4] if year_first else text[4:],
                f"{drawn.randrange(1, 13):02d}{drawn.randrange(1, 13):02d}",
            )
            return f"{year}{day}" if year_first else f"{day}{year}"
        return f"{drawn.randrange(1, 13):0{len(text)}d}"[: max(2, len(text))]

    return _NUMBER.sub(other, value)


def _place(value: str, drawn: Random) -> str:
    """Other coordinates: whole degrees of two digits stay below sixty, which no axis forbids."""

    def other(match: re.Match[str]) -> str:
        text = match.group()
        if len(text) <= 3:
            return str(drawn.randrange(10, 60)) if len(text) > 1 else str(drawn.randrange(10))
        return "".join(str(drawn.randrange(10)) for _ in text)

    return _NUMBER.sub(other, value)


def _shape(value: str, drawn: Random) -> str:
    return "".join(_like(char, drawn) for char in value)


_MAKERS: dict[str, Callable[[str, Random], str]] = {
    "email": _email,
    "person_name": _name,
    "street_address": _street,
    "phone": _phone,
    "ssn": _ssn,
    "itin": _itin,
    "credit_card": _card,
    "iban": _iban,
    "ip_address": _ip,
    "mac_address": _mac,
    "date_of_birth": _date,
    "coordinates": _place,
}
_ALPHANUMERIC = frozenset(string.ascii_uppercase + string.digits)


def _like(char: str, drawn: Random) -> str:
    if char.isdigit():
        return str(drawn.randrange(10))
    if char.isalpha():
        letters = string.ascii_uppercase if char.isupper() else string.ascii_lowercase
        return drawn.choice(letters)
    return char


def _with_digits(value: str, digits: list[str]) -> str:
    """The value with these digits in the place of its own."""
    left = iter(digits)
    return "".join(next(left, "") if char.isdigit() else char for char in value)


def _with_characters(value: str, characters: str) -> str:
    left = iter(characters)
    return "".join(next(left, "") if char.isalnum() else char for char in value)


def _with_luhn(digits: str) -> str:
    total = 0
    for number, char in enumerate(reversed(digits)):
        doubled = int(char) * (2 if number % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)
