"""Addresses of machines, and places on the earth."""

from __future__ import annotations

import ipaddress
import random

_SITES = ("shop.example.com", "portal.meridian-health.org", "app.kestrel.io", "files.northwind.net", "crm.acme.co.uk")


def ip4(rng: random.Random) -> str:
    """A public address."""
    while True:
        address = ipaddress.IPv4Address(rng.randrange(1 << 24, 224 << 24))
        if address.is_global:
            return str(address)


def ip6(rng: random.Random) -> str:
    """A public address: short, as it is, or at full length."""
    prefix = rng.choice([0x2A02, 0x2001_0470 >> 16, 0x2600, 0x2409, 0x2A00])
    network = prefix << 112 | rng.randrange(0x0100, 1 << 16) << 96 | rng.getrandbits(32) << 64
    address = ipaddress.IPv6Address(network | rng.choice([1, rng.getrandbits(16), rng.getrandbits(64)]))
    return rng.choice([address.compressed, address.compressed, address.exploded, address.compressed.upper()])


def mac(rng: random.Random) -> str:
    """With colons, dashes, or dots as Cisco writes it."""
    digits = f"{rng.getrandbits(48) & ~(1 << 40):012x}"
    pairs = [digits[place : place + 2] for place in range(0, 12, 2)]
    dotted = ".".join(digits[place : place + 4] for place in range(0, 12, 4))
    return rng.choice([":".join(pairs), ":".join(pairs).upper(), "-".join(pairs).upper(), dotted])


def coordinates(rng: random.Random) -> str:
    """A pair, in decimal degrees or in degrees, minutes and seconds."""
    north, east = rng.uniform(-60, 70), rng.uniform(-170, 175)
    if rng.random() < 0.7:
        return f"{north:.{rng.randint(4, 7)}f}, {east:.{rng.randint(4, 7)}f}"
    return f"{_sexagesimal(north, 'NS', rng)} {_sexagesimal(east, 'EW', rng)}"


def _sexagesimal(degrees: float, signs: str, rng: random.Random) -> str:
    whole, rest = divmod(abs(degrees), 1)
    sign = signs[degrees < 0]
    return f"{int(whole)}°{int(rest * 60):02}'{rng.uniform(0, 59.9):.1f}\"{sign}"


def url_with_user(rng: random.Random, login: str, email: str) -> str:
    """An address that says who somebody is: in its authority, or in its query. What of it says so is in mark-up."""
    site = rng.choice(_SITES)
    token = f"{rng.getrandbits(80):020x}"
    return rng.choice(
        [
            f"https://⟦url_user_data|secret={login}:{token[:12]}⟧@{site}/reports",
            f"ftp://⟦url_user_data|secret={login}:{token[:9]}⟧@{site}/inbox/",
            f"postgres://⟦url_user_data|secret={login}:{token[:14]}⟧@{site}:5432/main",
            f"https://{site}/welcome?email=⟦url_user_data|email={email.replace('@', '%40')}⟧&ref=mail",
            f"https://{site}/users/profile?username=⟦url_user_data|person_name={login}⟧&tab=2",
        ]
    )
