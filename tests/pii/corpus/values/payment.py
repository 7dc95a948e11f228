"""Payment cards, IBANs and account numbers."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from tests.pii.corpus.locale import filled
from tests.pii.corpus.values.check_digits import luhn, mod_11_10, weighted

#: Network: prefixes, lengths; in about the frequency of cards.
_NETWORKS: tuple[tuple[int, tuple[str, ...], tuple[int, ...]], ...] = (
    (30, ("4",), (16, 16, 16, 16, 13, 19)),
    (25, ("51", "52", "53", "54", "55", "2221", "2300", "2719"), (16,)),
    (10, ("34", "37"), (15,)),
    (6, ("6011", "644", "649", "65"), (16,)),
    (5, ("36", "38", "300", "305"), (14,)),
    (5, ("3528", "3550", "3589"), (16,)),
    (5, ("620", "623", "625"), (16, 16, 19)),
    (5, ("5018", "5020", "5038", "6304", "6759", "6761"), (16, 16, 18, 19, 13)),
    (3, ("2200", "2204"), (16,)),
    (3, ("6521", "8172", "5085"), (16,)),
    (2, ("9792",), (16,)),
)


def card(rng: random.Random) -> str:
    """Of any network and length, grouped as on the card, by dashes, or not at all."""
    _, prefixes, lengths = rng.choices(_NETWORKS, [network[0] for network in _NETWORKS])[0]
    prefix, length = rng.choice(prefixes), rng.choice(lengths)
    body = prefix + "".join(rng.choice(string.digits) for _ in range(length - len(prefix) - 1))
    number = body + luhn(body)
    groups = {15: (4, 6, 5), 14: (4, 6, 4)}.get(length, (4,) * -(-length // 4))
    parts, rest = [], number
    for size in groups:
        parts.append(rest[:size])
        rest = rest[size:]
    return rng.choice([" ", " ", "-", "", ""]).join(part for part in parts if part)


#: Country: what stands after the check digits; x a digit, A a letter, and {name} a part that has a rule of its own.
_BBANS = {
    "GB": "AAAAxxxxxxxxxxxxxx",
    "IE": "AAAAxxxxxxxxxxxxxx",
    "DE": "xxxxxxxxxxxxxxxxxx",
    "AT": "xxxxxxxxxxxxxxxx",
    "CH": "xxxxxxxxxxxxxxxxx",
    "DK": "xxxxxxxxxxxxxx",
    "SE": "xxxxxxxxxxxxxxxxxxxx",
    "RO": "AAAAxxxxxxxxxxxxxxxx",
    "BG": "AAAAxxxxxxxxxxxxxx",
    "LT": "xxxxxxxxxxxxxxxx",
    "LV": "AAAAxxxxxxxxxxxxx",
    "GR": "xxxxxxxxxxxxxxxxxxxxxxx",
    "TR": "xxxxx0xxxxxxxxxxxxxxxx",
    "UA": "xxxxxxxxxxxxxxxxxxxxxxxxx",
    "IL": "xxxxxxxxxxxxxxxxxxx",
    "SA": "xxxxxxxxxxxxxxxxxxxx",
    "AE": "xxxxxxxxxxxxxxxxxxx",
    "BR": "xxxxxxxxxxxxxxxxxxxxxxxCx",
    "LU": "xxxxxxxxxxxxxxxx",
    "MT": "AAAAxxxxxxxxxxxxxxxxxxxxxxx",
    "CY": "xxxxxxxxxxxxxxxxxxxxxxxx",
}


def _digits(rng: random.Random, count: int) -> str:
    return filled("x" * count, rng)


def _be(rng: random.Random) -> str:
    body = _digits(rng, 10)
    return f"{body}{int(body) % 97 or 97:02}"


def _es(rng: random.Random) -> str:
    bank, account = _digits(rng, 8), _digits(rng, 10)
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    checks = [11 - weighted(part, weights) % 11 for part in ("00" + bank, account)]
    first, second = (str({10: 1, 11: 0}.get(check, check)) for check in checks)
    return bank + first + second + account


def _fr(rng: random.Random) -> str:
    bank, branch, account = _digits(rng, 5), _digits(rng, 5), _digits(rng, 11)
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank}{branch}{account}{key:02}"


def _it(rng: random.Random) -> str:
    body = _digits(rng, 22)
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    total = sum(odd[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(body))
    return string.ascii_uppercase[total % 26] + body


def _mod_97(length: int) -> Callable[[random.Random], str]:
    """Two digits at the end make the whole 1 modulo 97: Portugal, Slovenia."""

    def write(rng: random.Random) -> str:
        body = _digits(rng, length - 2)
        return f"{body}{98 - int(body) * 100 % 97:02}"

    return write


def _last(length: int, weights: tuple[int, ...], modulus: int) -> Callable[[random.Random], str]:
    """One weighted digit at the end: Norway, Estonia, the Netherlands."""

    def write(rng: random.Random) -> str:
        while True:
            body = _digits(rng, length - 1)
            check = -weighted(body, weights) % modulus
            if check < 10:
                return f"{body}{check}"

    return write


def _fi(rng: random.Random) -> str:
    body = _digits(rng, 13)
    return body + luhn(body)


def _pl(rng: random.Random) -> str:
    bank = _digits(rng, 7)
    return f"{bank}{-weighted(bank, (3, 9, 7, 1, 3, 9, 7)) % 10}{_digits(rng, 16)}"


def _cz(rng: random.Random) -> str:
    prefix = _last(6, (10, 5, 8, 4, 2), 11)(rng)
    return _digits(rng, 4) + prefix + _last(10, (6, 3, 7, 9, 10, 5, 8, 4, 2), 11)(rng)


def _nl(rng: random.Random) -> str:
    return filled("AAAA", rng) + "0" + _last(9, (9, 8, 7, 6, 5, 4, 3, 2), 11)(rng)


def _hu(rng: random.Random) -> str:
    bank, account = _digits(rng, 7), _digits(rng, 15)
    checks = [str(-weighted(part, (9, 7, 3, 1) * 4) % 10) for part in (bank, account)]
    return bank + checks[0] + account + checks[1]


def _hr(rng: random.Random) -> str:
    bank, account = _digits(rng, 6), _digits(rng, 9)
    return bank + mod_11_10(bank) + account + mod_11_10(account)


_RULES: dict[str, Callable[[random.Random], str]] = {
    "BE": _be,
    "ES": _es,
    "FR": _fr,
    "IT": _it,
    "PT": _mod_97(21),
    "SI": _mod_97(15),
    "NO": _last(11, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11),
    "EE": lambda rng: _digits(rng, 2) + _last(14, (7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7), 10)(rng),
    "FI": _fi,
    "PL": _pl,
    "CZ": _cz,
    "SK": _cz,
    "NL": _nl,
    "HU": _hu,
    "HR": _hr,
}


def iban(rng: random.Random, country: str) -> str:
    """Of the country if it has IBANs, else of any; in groups of four or in one piece."""
    if country not in _RULES and country not in _BBANS:
        country = rng.choice([*_RULES, *_BBANS])
    body = _RULES[country](rng) if country in _RULES else filled(_BBANS[country].replace("C", "A"), rng)
    as_number = "".join(str(int(char, 36)) for char in f"{body}{country}00")
    number = f"{country}{98 - int(as_number) % 97:02}{body}"
    if rng.random() < 0.4:
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def account(rng: random.Random, country: str) -> str:
    """A domestic account number, as the country's banks print it."""
    if country == "MX":
        body = filled("0" + "x" * 16, rng)
        return f"{body}{-sum(int(d) * w % 10 for d, w in zip(body, (3, 7, 1) * 6, strict=False)) % 10}"
    patterns = {
        "GB": ("xxxxxxxx",),
        "NZ": ("0N-xxxx-xxxxxxx-00",),
        "AU": ("xxx xxx xxx", "xxxxxxxxx"),
        "JP": ("xxxxxxx",),
        "CZ": ("xxxxxxxxxx/0800", "19-xxxxxxxxxx/0100"),
        "SE": ("5xxx-xx xxx xx",),
        "IN": ("xxxxxxxxxxx", "xxxxxxxxxxxxxxx"),
        "KR": ("110-xxx-xxxxxx",),
        "BR": ("Nxxxx-x", "Nxxxxxx-x"),
    }
    return filled(rng.choice(patterns.get(country, ("Nxxxxxxxx", "Nxxxxxxxxx", "Nxxxxxxxxxxx"))), rng)
