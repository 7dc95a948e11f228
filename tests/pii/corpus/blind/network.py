"""Addresses of machines and of places."""

from __future__ import annotations

import ipaddress
import random


def ip4(rng: random.Random) -> str:
    """A public address."""
    while True:
        address = ipaddress.IPv4Address(rng.randrange(2**24, 224 * 2**24))
        if address.is_global:
            return str(address)


def ip6(rng: random.Random) -> str:
    """A public address, compressed or not."""
    prefix = rng.choice((0x2A02, 0x2001, 0x2607, 0x2804, 0x240E))
    middle = rng.randrange(0x0DB9, 0xFFFF)
    tail = rng.getrandbits(64) if rng.random() < 0.6 else rng.randrange(1, 0xFFFF)
    address = ipaddress.IPv6Address((prefix << 112) | (middle << 96) | (rng.getrandbits(16) << 80) | tail)
    return address.exploded if rng.random() < 0.15 else str(address)


def mac(rng: random.Random) -> str:
    """Six bytes, as systems, switches and labels write them."""
    pairs = [f"{byte:02x}" for byte in (rng.choice((0x00, 0x3C, 0xA4, 0xDC, 0xF0)), *rng.randbytes(5))]
    style = rng.randrange(4)
    if style == 3:
        text = "".join(pairs)
        return f"{text[:4]}.{text[4:8]}.{text[8:]}"
    joined = (":", "-", ":")[style].join(pairs)
    return joined.upper() if style == 2 else joined


def latitude(rng: random.Random) -> str:
    """Five or six decimals."""
    return f"{rng.uniform(-54, 69):.{rng.choice((5, 6))}f}"


def longitude(rng: random.Random) -> str:
    """Five or six decimals."""
    return f"{rng.uniform(-160, 160):.{rng.choice((5, 6))}f}"


def coordinates(rng: random.Random) -> str:
    """A pair, in decimals or in degrees, minutes and seconds."""
    style = rng.randrange(4)
    if style < 2:
        return f"{latitude(rng)},{' ' * style}{longitude(rng)}"
    north, east = rng.uniform(1, 69), rng.uniform(1, 160)
    if style == 2:
        return f"{north:.5f}° N, {east:.5f}° E"
    parts = []
    for value, side in ((north, "N"), (east, "E")):
        minutes = value % 1 * 60
        parts.append(f"{int(value)}°{int(minutes):02d}'{minutes % 1 * 60:04.1f}\"{side}")
    return " ".join(parts)
