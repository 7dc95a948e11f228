"""Passports, driving licences and medical record numbers."""

from __future__ import annotations

import random

from tests.pii.corpus.locale import filled

_PASSPORTS = {
    "US": ("Nxxxxxxxx", "Axxxxxxxx"),
    "GB": ("Nxxxxxxxx",),
    "DE": ("CxxNxxxxx", "FxxxxNxxx"),
    "FR": ("NxAAxxxxx",),
    "IT": ("YANxxxxxx",),
    "ES": ("AAAxxxxxx",),
    "NL": ("NAAxxxxx5",),
    "PL": ("AANxxxxxx",),
    "CA": ("AAxxxxxx",),
    "AU": ("NxxxxxxxA", "PAxxxxxxx"),
    "IN": ("ANxxxxxx",),
    "CN": ("Exxxxxxxx", "EAxxxxxxx"),
    "JP": ("TAxxxxxxx",),
    "KR": ("Mxxxxxxxx",),
    "BR": ("AAxxxxxx",),
    "RU": ("Nx xxxxxxx",),
}
_LICENCES = {
    "US": ("Axxxxxxx", "Axxx-xxxx-xxxx", "Nxxxxxxxx"),
    "CA": ("Axxxx-xxxxx-xxxxx", "Nxxxxxx"),
    "DE": ("BxxxAAxxx51",),
    "FR": ("Nxxxxxxxxxxx",),
    "IT": ("MIxxxxxxxA", "U1AxxxxxxA"),
    "ES": ("xxxxxxxxA",),
    "AU": ("Nxxxxxxx",),
    "IN": ("MH12 20Nxxxxxxxx", "KA0520Nxxxxxxxx"),
    "BR": ("Nxxxxxxxxxx",),
    "PL": ("xxxxx/1N/xxxx",),
    "NL": ("Nxxxxxxxxx",),
    "IE": ("Nxxxxxxxx",),
}


def passport(rng: random.Random, country: str) -> str:
    """As the country numbers them; where that is not known here, one or two letters and digits."""
    return filled(rng.choice(_PASSPORTS.get(country, ("Axxxxxxx", "AAxxxxxxx", "AAxxxxxx"))), rng)


def licence(rng: random.Random, country: str, last: str) -> str:
    """As the country numbers them; Britain's begins with the holder's name and day of birth."""
    if country == "GB":
        name = "".join(char for char in last.upper() if "A" <= char <= "Z")[:5].ljust(5, "9")
        month = rng.randint(1, 12) + rng.choice([0, 50])
        decade, year = rng.randint(0, 9), rng.randint(0, 9)
        return f"{name}{decade}{month:02}{rng.randint(1, 28):02}{year}{filled('AA9AA', rng)}"
    return filled(rng.choice(_LICENCES.get(country, ("AAxxxxxx", "xxxxxxxxx", "Axxxxxxxx"))), rng)


def medical_record(rng: random.Random) -> str:
    """As hospitals number their patients."""
    return filled(rng.choice(["Nxxxxxx", "xxxxxxxx", "Nxx-xx-xx", "Nxx-xxx-xxx", "Axxxxxxx", "Nxxxxxxxxx"]), rng)
