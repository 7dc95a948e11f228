"""The people of a locale: names, addresses and telephone numbers, from the list of a half."""

from __future__ import annotations

import random
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import phonenumbers

from tests.pii.corpus.blind.patterns import drawn

_HEAD = re.compile(r"^\[(\w+)\] (.+)\n", re.MULTILINE)
_DOMAINS = {
    "dev": (
        "gmail.com",
        "outlook.com",
        "posteo.de",
        "brightwater-logistics.com",
        "uni-halden.edu",
        "kvist.io",
        "me.com",
    ),
    "heldout": (
        "yahoo.com",
        "hotmail.co.uk",
        "proton.me",
        "fastmail.com",
        "marlowe-finch.com",
        "studio.oval.coop",
        "gmx.net",
    ),
    "dev2": (
        "icloud.com",
        "web.de",
        "tallis-crewe.com",
        "mail.ru",
        "orange.fr",
        "libero.it",
        "wp.pl",
        "nordlund.se",
    ),
    "heldout2": (
        "live.com",
        "t-online.de",
        "harrowvale.net",
        "naver.com",
        "seznam.cz",
        "163.com",
        "sapo.pt",
        "uol.com.br",
    ),
    "heldout3": (
        "zoho.com",
        "rambler.ru",
        "bluewin.ch",
        "daum.net",
        "terra.com.br",
        "telenet.be",
        "osterby-lund.net",
    ),
    "heldout4": ("gmail.com", "hey.com"),
    "dev3": ("gmail.com", "tutanota.com"),
}
_HANDLES = {
    "dev": ("nightowl", "blue_heron", "kaffee.tante"),
    "heldout": ("paperplane", "marzipan77", "le.petit.loup"),
    "dev2": ("cloudberry", "old_tram", "seven.lamps"),
    "heldout2": ("teapot", "river_stone", "quiet.comet"),
    "heldout3": ("lemon.tram", "snowdrop", "late_ferry"),
    "heldout4": ("green.kettle", "ninth_wave"),
    "dev3": ("copper.moth", "rainy_tuesday"),
}


class Address(NamedTuple):
    """The parts, and both ways to write them: on one line, and on an envelope. `postcode` may be empty."""

    street: str
    postcode: str
    city: str
    line: str
    lines: str


class Locale(NamedTuple):
    """`joined`: the family name first, nothing between; `last_first`: the family name first."""

    code: str
    half: str
    layout: str
    names: tuple[tuple[str, str], ...]
    places: tuple[str, ...]
    phones: tuple[str, ...]
    joined: bool
    last_first: bool

    @property
    def language(self) -> str:
        """As `de`."""
        return self.code[:2]

    @property
    def country(self) -> str:
        """As `AT`."""
        return self.code[3:]

    def full(self, first: str, last: str) -> str:
        """The whole name, as it is written there."""
        if self.joined:
            return last + first
        return f"{last} {first}" if self.last_first else f"{first} {last}"

    def address(self, rng: random.Random) -> Address:
        """Somebody's address."""
        street, postcode, city = (part.strip() for part in rng.choice(self.places).split("|"))
        street = drawn(rng, re.sub("[@&~*]", "", street)).replace("\uff03", "#")
        line = self.layout.format(s=street, p=postcode, c=city).strip(" ,")
        apart = re.sub(r"[,،] \{s\}$", "\n{s}", re.sub(r"^\{s\}[,،] ", "{s}\n", self.layout))
        return Address(street, postcode, city, line, apart.format(s=street, p=postcode, c=city).strip(" ,"))

    def phone(self, rng: random.Random) -> str:
        """A number that the country's plan has."""
        for _ in range(500):
            text = drawn(rng, rng.choice(self.phones))
            try:
                if phonenumbers.is_valid_number(phonenumbers.parse(text, self.country)):
                    return text
            except phonenumbers.NumberParseException:
                continue
        raise ValueError(f"no telephone number of {self.code}: {self.phones}")

    def email(self, rng: random.Random, first: str, last: str) -> str:
        """An address with the name in it if that can be written in ASCII, or with a made one."""
        parts = [_ascii(part) for part in (first, last)]
        if all(parts):
            one, two = parts
            local = rng.choice(
                (f"{one}.{two}", f"{one[0]}.{two}", f"{one}{two}{rng.randrange(60, 99)}", f"{two}-{one[0]}")
            )
        else:
            local = f"{rng.choice(_HANDLES[self.half])}{rng.randrange(10, 999)}"
        return f"{local}@{rng.choice(_DOMAINS[self.half])}"


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z]", "", folded) if len(folded) >= len(text) * 0.7 else ""


@cache
def locales(half: str) -> dict[str, Locale]:
    """The locales of a half by code."""
    text = (Path(__file__).parent / half / "people.txt").read_text()
    _, *parts = _HEAD.split(text)
    found = {}
    for code, head, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        layout, *flags = (part.strip() for part in head.split("!"))
        rows = dict(line.split(": ", 1) for line in body.strip().splitlines())
        names = [tuple(name.strip().split("/", 1)) for name in rows["names"].split(";")]
        found[code] = Locale(
            code,
            half,
            layout,
            tuple((name[0], name[1]) for name in names),
            tuple(rows["at"].split(";")),
            tuple(phone.strip() for phone in rows["tel"].split(";")),
            "joined" in flags,
            "last" in flags,
        )
    return found
