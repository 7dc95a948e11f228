"""What proves a national number: the check digits, by python-stdnum where it has them, else by the rule given here.

Modules of python-stdnum are imported at the first candidate that needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from akios_jail.pii.detectors.checksums import luhn, weighted


@lru_cache(maxsize=128)
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def stdnum(name: str) -> Callable[[str], bool]:
    """The check of one module of python-stdnum."""

    def check(number: str) -> bool:
        return _module(name).is_valid(number) is True

    return check


def anything(number: str) -> bool:
    """For numbers without check digits, whose form is all there is."""
    return True


def both(first: Callable[[str], bool], second: Callable[[str], bool]) -> Callable[[str], bool]:
    """Two checks that must both pass."""
    return lambda number: first(number) and second(number)


def matches(pattern: str) -> Callable[[str], bool]:
    """A form that the whole number must have."""
    compiled = re.compile(pattern)
    return lambda number: compiled.fullmatch(number) is not None


def no_time_stamp(number: str) -> bool:
    """Thirteen digits that are not milliseconds since 1970 of the years 2014 to 2033."""
    return not "1400000000000" <= number < "2000000000000"


def nino(number: str) -> bool:
    """United Kingdom: prefixes that are never given out."""
    return number[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def german_pension(number: str) -> bool:
    """Deutsche Rentenversicherung: area, date of birth, letter, serial, check digit."""
    if not (number[:2].isdigit() and "01" <= number[4:6] <= "12" and "01" <= number[2:4] <= "81"):
        return False
    letter = f"{ord(number[8]) - 64:02}"
    digits = number[:8] + letter + number[9:11]
    total = 0
    for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = int(digit) * weight
        total += product // 10 + product % 10
    return number[11] == str(total % 10)


def french_nir(number: str) -> bool:
    """France: thirteen characters and the key, or without the key with the parts in their ranges."""
    if len(number) == 15:
        return bool(_module("fr.nir").is_valid(number))
    month = int(number[3:5])
    return number[0] in "12" and (1 <= month <= 12 or 20 <= month <= 42 or month >= 50)


def spanish_insurance(number: str) -> bool:
    """Spain: the last two digits are what remains of the others, divided by 97."""
    province, serial = number[:2], number[2:10].lstrip("0")
    short = int(province + serial.zfill(7)) if len(serial) < 8 else int(province + serial)
    return short % 97 == int(number[10:])


def personnummer(number: str) -> bool:
    """Sweden: the check digit over the last ten, and a day of the month (60 more for coordination numbers)."""
    ten = number[-10:]
    return "01" <= ten[2:4] <= "12" and 1 <= int(ten[4:6]) % 60 <= 31 and luhn(ten)


def _dates_a_file(number: str) -> bool:
    """Whether it reads as a date of our days and a time: `241019-1432` names a log file."""
    ten, day = number[-10:], number[-6:-4]
    recent = number[:2] == "20" if len(number) == 12 else "10" <= ten[:2] <= "39"
    return recent and "01" <= ten[2:4] <= "12" and "01" <= day <= "31" and ten[6:8] < "24" and ten[8:] < "60"


#: Sweden, without words beside it.
personnummer_alone = both(personnummer, lambda number: not _dates_a_file(number))


def hetu(number: str) -> bool:
    """Finland: the sign stands between the date and the rest; the last character is the remainder by 31."""
    return number[-1] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:6] + number[-4:-1]) % 31]


#: Finland, without words beside it.
hetu_alone = both(hetu, lambda number: not _dates_a_file(number))


def danish(number: str) -> bool:
    """Denmark, since 2007: any number with a date."""
    return "01" <= number[:2] <= "31" and "01" <= number[2:4] <= "12"


def danish_alone(number: str) -> bool:
    """Denmark before 2007, which are nine in ten of the living: with a check digit."""
    checked = weighted(number, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    return checked and danish(number) and not _dates_a_file(number)


def latvian(number: str) -> bool:
    """Latvia: the remainder by 11 of 1101 less the weighted digits."""
    return (1101 - weighted(number, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10 == int(number[10])


def hungarian_insurance(number: str) -> bool:
    """Hungary (TAJ)."""
    return weighted(number, (3, 7, 3, 7, 3, 7, 3, 7)) % 10 == int(number[8])


def hungarian_tax(number: str) -> bool:
    """Hungary, tax numbers of people."""
    return number[0] == "8" and weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9)) % 11 == int(number[9])


def portuguese_insurance(number: str) -> bool:
    """Portugal (NISS)."""
    return number[0] in "12" and 9 - weighted(number, (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)) % 10 == int(number[10])


def luxembourgish(number: str) -> bool:
    """Luxembourg: of the last two digits, the first is Luhn's over what comes before."""
    return luhn(number[:12])


def snils(number: str) -> bool:
    """Russia, pension insurance."""
    total = weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, 1)) % 101
    return (total % 100) == int(number[9:])


def kazakh(number: str) -> bool:
    """Kazakhstan (IIN): a date, the century, and a check digit with two rows of weights."""
    if not ("01" <= number[2:4] <= "12" and "01" <= number[4:6] <= "31" and number[6] in "123456"):
        return False
    rest = weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) % 11
    if rest == 10:
        rest = weighted(number, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return rest == int(number[11])


def chinese(number: str) -> bool:
    """China: ISO 7064 modulus 11-2; fifteen digits, of before 1999, have none."""
    if len(number) == 15:
        return "01" <= number[8:10] <= "12" and "01" <= number[10:12] <= "31"
    total = weighted(number, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return "01" <= number[10:12] <= "12" and "01" <= number[12:14] <= "31" and number[17] == "10X98765432"[total % 11]


def taiwanese(number: str) -> bool:
    """Taiwan: the letter counts as two digits."""
    letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".find(number[0]) + 10
    digits = f"{letter}{number[1:]}"
    return digits.isdigit() and weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def hong_kong(number: str) -> bool:
    """Hong Kong: one or two letters, six digits, a check digit or A."""
    letters = f"{number[:-7]:>2}"
    values = [36 if char == " " else int(char, 36) for char in letters]
    total = values[0] * 9 + values[1] * 8 + weighted(number[-7:-1], (7, 6, 5, 4, 3, 2)) + int(number[-1], 36)
    return total % 11 == 0


def korean(number: str) -> bool:
    """Korea: a date and the digit of sex and century; newer numbers have no check digit."""
    return "01" <= number[2:4] <= "12" and "01" <= number[4:6] <= "31" and number[6] in "12345678"


def japanese(number: str) -> bool:
    """Japan (My Number)."""
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[11]) == (0 if rest <= 1 else 11 - rest)


def singaporean(number: str) -> bool:
    """Singapore (NRIC, FIN)."""
    total = weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    if number[0] == "M":
        return number[8] == "KLJNPQRTUWX"[10 - total % 11]
    return number[8] == ("JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK")[total % 11]


def thai(number: str) -> bool:
    """Thailand."""
    return (11 - weighted(number, (13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 10 == int(number[12])


def iranian(number: str) -> bool:
    """Iran."""
    rest = weighted(number, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[9]) == (rest if rest < 2 else 11 - rest)


def egyptian(number: str) -> bool:
    """Egypt: century, date, governorate."""
    return number[0] in "23" and "01" <= number[3:5] <= "12" and "01" <= number[5:7] <= "31" and number[7:9] <= "88"


def uruguayan(number: str) -> bool:
    """Uruguay."""
    return weighted(number.zfill(8), (2, 9, 8, 7, 6, 3, 4, 1)) % 10 == 0


def pis(number: str) -> bool:
    """Brazil (PIS, PASEP, NIS)."""
    rest = weighted(number, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[10]) == (0 if rest < 2 else 11 - rest)


def dui(number: str) -> bool:
    """El Salvador."""
    return -weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 10 == int(number[8])


def rfc(number: str) -> bool:
    """Mexico, tax numbers of people, with their check digit."""
    return _module("mx.rfc").is_valid(number, validate_check_digits=True) is True
