"""Addresses on the internet, IPv4 and IPv6.

What points at a machine, and so at whoever uses it: public addresses, and also private ones (10/8, 192.168/16,
fc00::/7, fe80::/10), which name one machine of one house, and those reserved for documentation, which stand for
somebody's. No person is behind loopback, "any", broadcast and multicast addresses, net masks, or the networks that a
prefix length of less than 24 (IPv4) or 64 (IPv6) bits makes of them. Four numbers with dots are a version where words
or signs beside them say so, or where all are below 20.

Confidence: 0.95 IPv4, 0.6 private; 0.97 IPv6, 0.6 private.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_FOUR = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_VERSION = re.compile(
    r"(?:\b(?:versions?|ver|v|release|rev|build|section|chapter|oid|upgrade|since|firmware|driver|sdk|"
    r"schema)[ :=./-]{0,3}|[<>=~^]=?[ ]?|[A-Za-z][\w.]*[/-]|==)\Z",
    re.IGNORECASE,
)
_ADDRESS_WORD = re.compile(
    r"\b(?:ip|ipv4|ipv6|addr|address|host|server|dns|from|peer|client|via|ssh|ping|remote)\b", re.I
)
_DOT = r"(?: dot |\[\.\]| ?\(dot\) ?)"
_SPELT = re.compile(rf"[0-9]{{1,3}}(?:{_DOT}[0-9]{{1,3}}){{3}}\Z", re.IGNORECASE)
_SIX = re.compile(r"[0-9A-Fa-f:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?")
_LETTERS = frozenset("0123456789abcdefABCDEF:")
_PREFIX = re.compile(r"/([0-9]{1,3})(?![0-9./])")


class IpAddress:
    """`203.0.113.7`, `2001:db8::7`; with or without a port, in brackets or not."""

    kind = "ip_address"
    triggers = (
        r"\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
        r"\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b",
        r"[0-9A-Fa-f]{3,4}::",
        r"\b[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}::",
        rf"(?i)\b[0-9]{{1,3}}{_DOT}[0-9]{{1,3}}{_DOT}[0-9]{{1,3}}{_DOT}[0-9]{{1,3}}\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger == 0:
            return self._four(view, end)
        if trigger == 4:
            return self._spelt(view, end)
        return self._six(view, end)

    def _four(self, view: View, end: int) -> Iterable[Finding]:
        match = _FOUR.search(view.folded, max(0, end - 15), end)
        if match is None:
            return
        start, number = match.start(), match.group()
        before, after = view.char(start - 1), view.char(end)
        if (before.isascii() and before.isalnum()) or before in ("_", ".", "-") or after in ("_", "-"):
            return
        if after == "." and view.char(end + 1).isalnum():
            return
        parts = number.split(".")
        if any(len(part) > 1 and part[0] == "0" for part in parts) or any(int(part) > 255 for part in parts):
            return
        context = view.before(start, 24)
        if _VERSION.search(context) is not None and not context.endswith(("//", "ssh-", "ip-")):
            return
        if all(int(part) < 20 for part in parts) and _ADDRESS_WORD.search(context) is None and after not in (":", "/"):
            return
        address = IPv4Address(number)
        if _nobody(address, number) or _wide(view, end, 24):
            return
        confidence = 0.6 if address.is_private and not _documents(parts) else 0.95
        yield Finding(self.kind, start, end, str(address), confidence, _said(4, confidence))

    def _spelt(self, view: View, end: int) -> Iterable[Finding]:
        start = max(0, end - 48)
        match = _SPELT.search(view.folded, start, end)
        if match is None:
            return
        parts = re.findall(r"[0-9]+", match.group())
        number = ".".join(str(int(part)) for part in parts)
        if all(int(part) < 256 for part in parts) and not _nobody(IPv4Address(number), number):
            yield Finding(self.kind, match.start(), end, number, 0.9, "an IPv4 address with its dots spelt")

    def _six(self, view: View, end: int) -> Iterable[Finding]:
        text = view.folded
        start = end
        while start > 0 and end - start < 48 and text[start - 1] in _LETTERS:
            start -= 1
        match = _SIX.match(text, start)
        if match is None:
            return
        written = match.group().rstrip(":") if not match.group().endswith("::") else match.group()
        last = start + len(written)
        before, after = view.char(start - 1), view.char(last)
        if (
            (before.isascii() and before.isalnum())
            or before == "_"
            or (after.isascii() and after.isalnum())
            or after == "_"
        ):
            return
        try:
            address = IPv6Address(written)
        except AddressValueError:
            return
        if written.count(":") == 7 and len(written) == 23:
            return  # eight bytes
        if written.count(":") < 3 and written[0] not in "23fF":
            return  # `abc::def` is a name in a program
        if _nobody(address, written) or _wide(view, last, 64):
            return
        if not any(char.isdigit() for char in written):
            return
        private = address.is_private and not written.lower().startswith("2001:")
        confidence = 0.6 if private else 0.97
        yield Finding(self.kind, start, last, address.compressed, confidence, _said(6, confidence))


_MASK = re.compile(r"255\.255\.[0-9]{1,3}\.[0-9]{1,3}")


def _nobody(address: IPv4Address | IPv6Address, written: str) -> bool:
    """Whether no one machine has this address."""
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return True
    if isinstance(address, IPv4Address):
        return written.startswith("0.") or written.endswith(".0.0.0") or _MASK.fullmatch(written) is not None
    return False


def _documents(parts: list[str]) -> bool:
    return parts[:3] in (["192", "0", "2"], ["198", "51", "100"], ["203", "0", "113"])


def _wide(view: View, end: int, least: int) -> bool:
    """Whether a prefix length makes a network of many of it."""
    match = _PREFIX.match(view.folded, end)
    return match is not None and int(match[1]) < least


def _said(version: int, confidence: float) -> str:
    return f"an IPv{version} address{', of a private network' if confidence < 0.9 else ''}"
