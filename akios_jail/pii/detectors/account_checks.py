"""Check digits of bank accounts, by country. Each function gets the number without its signs.

They follow what the countries' banks publish: ABA for routing numbers, ISO 7064 for what counts modulo 97 or 11, 10.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.checksums import mod_97, weighted


def routing(number: str) -> bool:
    """A US routing number: a district of the Federal Reserve, and its check digit."""
    prefix = int(number[:2])
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return known and number != "000000000" and weighted(number, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def spanish(number: str) -> bool:
    """A CCC: the bank and its branch have a digit, the account has one."""
    first = weighted("00" + number[:8], (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11
    second = weighted(number[10:], (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11
    return number[8:10] == "".join(str({0: 0, 1: 1}.get(rest, 11 - rest)) for rest in (first, second))


def clabe(number: str) -> bool:
    """A Mexican CLABE."""
    total = sum(int(digit) * (3, 7, 1)[index % 3] % 10 for index, digit in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


def clabe_of_a_bank(number: str) -> bool:
    """Eighteen digits are much else: so the bank and the place must be such as there are."""
    return number[:3] in _MEXICAN_BANKS and "010" <= number[3:6] <= "990" and clabe(number)


_MEXICAN_BANKS = frozenset(
    re.findall(
        "...",
        "002006009012014019021030032036037042044058059060062072106108110112113116124126127128129130132133135136137138"
        "140141143145147148150151152154155156157158160166167168",
    )
)


def argentine(number: str) -> bool:
    """A CBU: the bank and its branch have a digit, the account has one."""
    bank = (10 - weighted(number[:7], (7, 1, 3, 9, 7, 1, 3)) % 10) % 10
    account = (10 - weighted(number[8:21], (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)) % 10) % 10
    return number[7] == str(bank) and number[21] == str(account)


def polish(number: str) -> bool:
    """An NRB: an IBAN without its letters."""
    return mod_97(number[2:] + "PL" + number[:2]) == 1


def norwegian(number: str) -> bool:
    """Eleven digits, the last by weights modulo 11."""
    return weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == (11 - int(number[10])) % 11


def belgian(number: str) -> bool:
    """Ten digits and their remainder by 97, for which 97 itself stands at nought."""
    return (int(number[:10]) % 97 or 97) == int(number[10:])


def hungarian(number: str) -> bool:
    """The eight digits of the bank and its branch."""
    return weighted(number[:8], (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0 and number[:3] != "000"


def czech(number: str) -> bool:
    """The number without its signs: where its prefix ended is not seen, so the main part may be all."""
    main = number[:-4]
    weights = (6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
    return any(
        weighted(main[-length:].rjust(10, "0"), weights) % 11 == 0
        and (length == len(main) or weighted(main[:-length].rjust(10, "0")[-10:], weights) % 11 == 0)
        for length in range(max(6, len(main) - 6), min(10, len(main)) + 1)
    )


def croatian(number: str) -> bool:
    """The bank and the account have each a check digit by ISO 7064 MOD 11,10."""
    return number[0] in "124" and _mod_11_10(number[:7]) and _mod_11_10(number[7:])


def _mod_11_10(number: str) -> bool:
    rest = 10
    for digit in number[:-1]:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return (rest + int(number[-1])) % 10 == 1


def remains_one(number: str) -> bool:
    """Two last digits by ISO 7064 MOD 97-10, as in Portugal, Angola and the south of the Slavs."""
    return int(number) % 97 == 1


def remains_nothing(number: str) -> bool:
    """A key of 97 less the remainder, as in France, Morocco and Tunisia; letters count as digits in France."""
    return int(number.translate(_AS_DIGITS)) % 97 == 0


_AS_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def serbian(number: str) -> bool:
    """Bank, account and check digits, the account as often without the noughts before it."""
    return remains_one(f"{number[:3]}{number[3:-2]:0>13}{number[-2:]}")


def italian(number: str) -> bool:
    """The letter before the bank, by the values that a tax code has, too."""
    total = sum(_odd(char) if place % 2 == 0 else _even(char) for place, char in enumerate(number[1:]))
    return chr(ord("A") + total % 26) == number[0]


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def _odd(char: str) -> int:
    return _ODD[_even(char)]


def _even(char: str) -> int:
    return int(char) if char.isdigit() else ord(char) - ord("A")


def british(number: str) -> bool:
    """Six digits that could be a date, or a sort code; the eight after them are no other date."""
    return number[6:8] not in ("19", "20")


def every(number: str) -> bool:
    """Where the writing says enough."""
    return True
