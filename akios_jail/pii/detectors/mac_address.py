"""Addresses of network cards (IEEE 802 EUI-48).

Six pairs of hexadecimal digits with one sign between, or three groups of four with dots. Groups of pairs are also how
certificates' fingerprints and other bytes are written, so there must be six and no seventh. All zeroes, all ones and
addresses of groups (multicast) are nobody's.

Confidence: 0.97.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_PAIR = "[0-9A-Fa-f]{2}"
#: Where the sign between says little, words must say it.
_WORDS = re.compile(r"\b(?:mac|hwaddr|ether|ethernet|hardware|bssid|wlan|bluetooth|address)\b", re.IGNORECASE)


class MacAddress:
    """`00:1a:2b:3c:4d:5e`, `00-1A-2B-3C-4D-5E`, `001a.2b3c.4d5e`."""

    kind = "mac_address"
    triggers = (
        rf"\b{_PAIR}(?::{_PAIR}){{5}}\b",
        rf"\b{_PAIR}(?:-{_PAIR}){{5}}\b",
        r"\b[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\b",
        rf"\b{_PAIR}(?: {_PAIR}){{5}}\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        start = end - (14 if trigger == 2 else 17)
        written = view.folded[start:end]
        sign = ":-. "[trigger]
        if view.char(start - 1) == sign or (view.char(end) == sign and _hexadecimal(view.char(end + 1))):
            return
        before = view.char(start - 1)
        if (before.isascii() and before.isalnum()) or before == "_":
            return
        digits = written.replace(sign, "").lower()
        if digits in ("0" * 12, "f" * 12) or int(digits[1], 16) & 1:
            return
        told = sign == ":" or _WORDS.search(view.before(start, 32)) is not None
        if sign == " " and not told:
            return
        if not told and (digits.isdigit() or digits.isalpha()):
            return  # 01-02-03-04-05-06 counts something
        yield Finding(self.kind, start, end, digits, 0.97, "six bytes, of one card")


def _hexadecimal(char: str) -> bool:
    return char != "" and char in "0123456789abcdefABCDEF"
