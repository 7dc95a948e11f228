"""What is known of a locale: names, streets, cities, how telephone numbers are written, and the words of its forms."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).with_name("locales")


class Locale(NamedTuple):
    """`code`: language and country, as de_AT. `joined`: family name first, without a space."""

    code: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    postcodes: tuple[str, ...]
    addresses: tuple[str, ...]
    phones: tuple[str, ...]
    joined: bool
    words: dict[str, str]

    @property
    def language(self) -> str:
        """As `de`."""
        return self.code[:2]

    @property
    def country(self) -> str:
        """As `AT`."""
        return self.code[3:]

    def half(self, number: int) -> Locale:
        """The same locale with every second name, street and city only, from the first (0) or the second (1) on."""
        names = {field: getattr(self, field)[number::2] for field in ("first", "last", "streets")}
        return self._replace(**names, cities=self.cities[number::2] or self.cities)


@cache
def locales() -> dict[str, Locale]:
    """All locales by code."""
    words = _words()
    found = {}
    for name in ("europe", "americas", "world"):
        for code, table in tomllib.loads((_FOLDER / f"{name}.toml").read_text()).items():
            found[code] = Locale(
                code,
                _names(table["first"]),
                _names(table["last"]),
                tuple(table["streets"]),
                tuple(table["cities"].split("|")),
                tuple(table["zip"].split("|")),
                tuple(table["addresses"]),
                tuple(table["phones"]),
                table.get("joined", False),
                words[code[:2]],
            )
    return found


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in listed.split())


def _words() -> dict[str, dict[str, str]]:
    head, *rows = [
        line.split("|") for line in (_FOLDER / "words.txt").read_text().splitlines() if line and line[0] != "#"
    ]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def filled(pattern: str, rng: random.Random) -> str:
    """A pattern with digits for x, digits from 2 to 9 for N, capitals for A, small letters for a."""
    sets = {"x": "0123456789", "N": "23456789", "A": "ABCDEFGHJKLMNPRSTUVWXYZ", "a": "ABDEFGHJLNPQRSTUWXYZ"}
    return "".join(rng.choice(sets[char]) if char in sets else char for char in pattern)
