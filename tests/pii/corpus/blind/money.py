"""Payment cards of every network, IBANs and bank accounts, by the public descriptions of their formats."""

from __future__ import annotations

import random
import re

from stdnum import iban as iban_rules
from stdnum import luhn

from tests.pii.corpus.blind.identity import _check
from tests.pii.corpus.blind.patterns import drawn, valid

#: Network: what the number begins with, and how long it may be.
NETWORKS = {
    "amex": (("34", "37"), (15,)),
    "dankort": (("5019",), (16,)),
    "diners": (("300", "305", "36", "38"), (14,)),
    "discover": (("6011", "644", "649", "65"), (16,)),
    "elo": (("636368", "504175", "438935"), (16,)),
    "hipercard": (("606282",), (16,)),
    "jcb": (("3528", "3541", "3589"), (16,)),
    "maestro": (("5018", "5020", "5038", "6304", "6759", "6761"), (12, 13, 16, 18, 19)),
    "mastercard": (("51", "52", "53", "54", "55", "2221", "2517", "2720"), (16,)),
    "mir": (("2200", "2202", "2204"), (16,)),
    "rupay": (("6071", "6521", "8172"), (16,)),
    "troy": (("9792",), (16,)),
    "unionpay": (("620", "622", "625"), (16, 17, 19)),
    "verve": (("506104", "650010"), (16, 19)),
    "visa": (("4",), (13, 16, 16, 16, 19)),
}
#: The common ones come oftener.
_USUAL = ("visa", "visa", "visa", "mastercard", "mastercard", "mastercard", "amex", "amex")
_BBAN = {
    "AE": "033################",
    "AT": "12000###########",
    "BE": "############",
    "BG": "BNBG9661##########",
    "BR": "00360305###############P1",
    "CH": "00762############",
    "CZ": "0800################",
    "DE": "37040044##########",
    "DK": "0040##########",
    "EE": "2200############",
    "ES": "2100################",
    "FI": "123456########",
    "FR": "2004101005#############",
    "GB": "NWBK6016##########",
    "GR": "0110125################",
    "HR": "1001005##########",
    "HU": "11773###################",
    "IE": "AIBK931152########",
    "IL": "010800#############",
    "IS": "0159##################",
    "IT": "@0542811101############",
    "LT": "10000###########",
    "LV": "BANK#############",
    "NL": "ABNA##########",
    "NO": "8601#######",
    "PK": "SCBL0000############",
    "PL": "10901014################",
    "PT": "0002012##############",
    "RO": "RNCB0082############",
    "SA": "80##################",
    "SE": "500#################",
    "SI": "2633###########",
    "SK": "1200################",
    "TR": "00061#################",
    "UA": "322313###################",
}
_ACCOUNTS = {
    "AR": ("0170##################", "ar.cbu"),
    "AU": ("^########", ""),
    "BR": ("#####-#", ""),
    "CA": ("^######", ""),
    "CL": ("000########", ""),
    "CN": ("6217^###########", ""),
    "CZ": ("19-##########/0800", "cz.bankaccount"),
    "GB": ("^#######", ""),
    "HU": ("11773016-########-00000000", ""),
    "IN": ("50100^########", ""),
    "JP": ("^######", ""),
    "KE": ("01^##########", ""),
    "KR": ("110-###-######", ""),
    "NG": ("0^########", ""),
    "NO": ("####.##.#####", "no.kontonr"),
    "NZ": ("01-0###-#######-00", "nz.bankaccount"),
    "PH": ("00^#######", ""),
    "SE": ("^###-#######", ""),
    "SG": ("^##-#####-#", ""),
    "TH": ("^##-#-#####-#", ""),
    "US": ("^#########", ""),
    "ZA": ("62^########", ""),
}


def card(rng: random.Random) -> str:
    """A card's number: as one word, in its groups with blanks, or with dashes."""
    network = rng.choice(_USUAL if rng.random() < 0.5 else tuple(NETWORKS))
    starts, lengths = NETWORKS[network]
    start, length = rng.choice(starts), rng.choice(lengths)
    body = start + drawn(rng, "#" * (length - len(start) - 1))
    number = body + luhn.calc_check_digit(body)
    groups = (4, 6, 5) if length == 15 else (4, 6, 4) if length == 14 else (4, 4, 4, 4, 4)
    sign = rng.choice(("", " ", " ", "-"))
    parts = []
    for size in groups:
        parts.append(number[:size])
        number = number[size:]
    return sign.join(filter(None, parts))


def has_iban(country: str) -> bool:
    """Whether IBANs of the country are known here."""
    return country in _BBAN


def iban(rng: random.Random, country: str) -> str:
    """An IBAN of the country, its national check digits right, too; in groups of four, or as one word."""
    for _ in range(20_000):
        bban = drawn(rng, _BBAN[country])
        number = country + iban_rules.calc_check_digits(f"{country}00{bban}") + bban
        if iban_rules.is_valid(number):
            return " ".join(re.findall(".{1,4}", number)) if rng.random() < 0.6 else number
    raise ValueError(f"no IBAN of {country}")


def account(rng: random.Random, country: str) -> str | None:
    """A bank account as the country writes them; None where it is an IBAN."""
    if country not in _ACCOUNTS:
        return None
    pattern, check = _ACCOUNTS[country]
    return valid(rng, pattern, _check(check))
