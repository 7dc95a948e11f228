"""Passports, driving licences and medical numbers, as their issuers write them."""

from __future__ import annotations

import random
import re
import unicodedata

from stdnum.gb import nhs

from tests.pii.corpus.blind.patterns import drawn, valid

_PASSPORTS = {
    "AR": "AA@######",
    "AU": "PA#######",
    "BR": "F@######",
    "CA": "G@######",
    "CH": "X#######",
    "CN": "E########",
    "DE": "C&##&&##&",
    "ES": "PA@######",
    "FR": "##F&#####",
    "GB": "5########",
    "IN": "Z#######",
    "IT": "Y@#######",
    "JP": "TR#######",
    "KR": "M########",
    "MX": "G########",
    "NL": "NW&####&#",
    "PL": "E@#######",
    "PT": "C@######",
    "RU": "75 #######",
    "SE": "9#######",
    "SG": "K#######@",
    "TR": "U########",
    "UA": "FP######",
    "US": "5########",
    "ZA": "A########",
}
_LICENCES = {
    "AU": ("########",),
    "BR": ("###########",),
    "CA": ("@####-#####-#####", "#######"),
    "DE": ("B##&&#&&&##",),
    "ES": ("########&",),
    "FR": ("##AB#####",),
    "IN": ("MH14 20##00#####", "KA0520##00#####"),
    "IT": ("MI#######@", "U1&#####&#"),
    "NL": ("5#########",),
    "PL": ("#####/##/####",),
    "US": ("@#######", "@###-####-####", "### ### ###", "@##-##-####", "########"),
    "ZA": ("##########@@",),
}
_MEDICAL = ("MRN-0######", "00######", "H########", "##-##-##", "PT#######", "##########", "@@######")


def passport(rng: random.Random, country: str) -> str:
    """A number as the country prints it on the data page."""
    return drawn(rng, _PASSPORTS.get(country, "@@#######"))


def licence(rng: random.Random, country: str, last: str) -> str | None:
    """A licence's number; None where the country's is not known here. Great Britain's begins with the family name."""
    if country == "GB":
        plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().upper()
        letters = re.sub("[^A-Z]", "", plain)[:5].ljust(5, "9")
        return letters + drawn(rng, f"#0{rng.randrange(1, 10)}{rng.randrange(10, 29)}#@9@@")
    return drawn(rng, rng.choice(_LICENCES[country])) if country in _LICENCES else None


def medical_record(rng: random.Random) -> str:
    """A hospital's number of a patient: each has its own way."""
    return drawn(rng, rng.choice(_MEDICAL))


def nhs_number(rng: random.Random) -> str:
    """A number of the National Health Service, with its check digit."""
    return valid(rng, "^## ### ####", nhs.is_valid)


def medicare_beneficiary(rng: random.Random) -> str:
    """A Medicare number of the United States: eleven characters whose places are fixed, without S, L, O, I, B, Z."""
    letters = "ACDEFGHJKMNPQRTUVWXY"
    kinds = "CAXNAXNAANN"
    sets = {"C": "123456789", "A": letters, "N": "0123456789", "X": letters + "0123456789"}
    text = "".join(rng.choice(sets[kind]) for kind in kinds)
    return f"{text[:4]}-{text[4:7]}-{text[7:]}"
