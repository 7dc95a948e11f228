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
from ipaddress import AddressValueError, IPv6Address

from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: Words after which four numbers are a version.
_WORDS = (
    "version", "versions", "ver", "v", "release", "rev", "revision", "build", "section", "chapter", "oid", "upgrade",
    "since", "firmware", "driver", "sdk", "schema",
)  # fmt: skip
_VERSION_WORD = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_WORDS)})\Z", re.IGNORECASE)
#: A name and a sign that joins a version to it: `Chrome/`, `openssl-`.
_NAMED = re.compile(r"[A-Za-z][\w.]*[/-]\Z")
_BETWEEN = " :=./\"'-"
_ADDRESS_WORD = re.compile(
    r"\b(?:ip|ipv4|ipv6|addr|address|host|server|dns|from|peer|client|via|ssh|ping|remote)\b", re.I
)
_DOT = r"(?: dot |\[\.\]| ?\(dot\) ?)"
_SPELT = re.compile(rf"[0-9]{{1,3}}(?:{_DOT}[0-9]{{1,3}}){{3}}\Z", re.IGNORECASE)
_SIX = re.compile(r"[0-9A-Fa-f:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?")
_OF_ADDRESSES = "0123456789abcdefABCDEF:"
#: More characters than any address has, with a port after it.
_LONGEST = 48
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
        text = view.folded
        piece = text[max(0, end - 16) : end]
        number = piece[len(piece.rstrip("0123456789.")) :]
        start = end - len(number)
        parts = number.split(".")
        if len(parts) != 4 or not 7 <= len(number) <= 15 or parts[0] == "":
            return
        before, after = view.char(start - 1), view.char(end)
        if (before.isascii() and before.isalnum()) or before in ("_", "-") or after in ("_", "-"):
            return
        if after == "." and view.char(end + 1).isalnum():
            return
        if any(len(part) > 1 and part[0] == "0" for part in parts) or any(int(part) > 255 for part in parts):
            return
        context = view.before(start, 24)
        if before not in ("", "\n", "(", "[", ",", "|") and _is_version(context):
            return
        low = all(int(part) < 20 for part in parts)
        if low and after not in (":", "/") and _ADDRESS_WORD.search(context) is None:
            return
        if _is_nobody(parts) or _wide(view, end, 24):
            return
        private = _is_private(parts)
        yield Finding(self.kind, start, end, number, 0.6 if private else 0.95, _said(4, private))

    def _spelt(self, view: View, end: int) -> Iterable[Finding]:
        start = max(0, end - 48)
        match = _SPELT.search(view.folded, start, end)
        if match is None:
            return
        parts = re.findall(r"[0-9]+", match.group())
        number = ".".join(str(int(part)) for part in parts)
        if all(int(part) < 256 for part in parts) and not _is_nobody(number.split(".")):
            yield Finding(self.kind, match.start(), end, number, 0.9, "an IPv4 address with its dots spelt")

    def _six(self, view: View, end: int) -> Iterable[Finding]:
        text = view.folded
        piece = text[max(0, end - _LONGEST) : end]
        start = end - len(piece) + len(piece.rstrip(_OF_ADDRESSES))
        if end - start == _LONGEST:
            return  # longer than any address
        match = _SIX.match(text, start)
        if match is None:
            return
        written = match.group().rstrip(":") if not match.group().endswith("::") else match.group()
        address = _parsed(written)
        if address is None:  # a port may follow without brackets
            written = written.rpartition(":")[0]
            address = _parsed(written)
        last = start + len(written)
        before, after = view.char(start - 1), view.char(last)
        if address is None or (before.isascii() and before.isalnum()) or before == "_":
            return
        if (after.isascii() and after.isalnum()) or after == "_":
            return
        if written.count(":") == 7 and len(written) == 23:
            return  # eight bytes
        if written.count(":") < 3 and written[0] not in "23fF":
            return  # `abc::def` is a name in a program
        if address.is_loopback or address.is_unspecified or address.is_multicast or _wide(view, last, 64):
            return
        if not any(char.isdigit() for char in written):
            return
        private = address.is_private and not written.lower().startswith("2001:")
        yield Finding(self.kind, start, last, address.compressed, 0.6 if private else 0.97, _said(6, private))


def _parsed(written: str) -> IPv6Address | None:
    try:
        return IPv6Address(written)
    except AddressValueError:
        return None


def _is_nobody(parts: list[str]) -> bool:
    """Whether no one machine has this IPv4 address: loopback, "any", multicast, broadcast, a net mask, a network."""
    first = int(parts[0])
    return first in (0, 127) or first >= 224 or parts[:2] == ["255", "255"] or parts[1:] == ["0", "0", "0"]


def _is_private(parts: list[str]) -> bool:
    """Whether an IPv4 address is one of a house's own (RFC 1918, RFC 6598) or of a cable (RFC 3927)."""
    first, second = int(parts[0]), int(parts[1])
    if first in (172, 100):
        return 16 <= second <= 31 if first == 172 else 64 <= second <= 127
    return first == 10 or (first, second) in ((192, 168), (169, 254))


def _is_version(context: str) -> bool:
    """Whether what stands before four numbers says that they are a version."""
    if context.endswith(
        ("==", ">=", "<=", "~=", "^=", "<", ">", "~", "^", "> ", "< ", "== ", ">= ", "<= ", "~ ", "^ ")
    ):
        return True
    if context.endswith(("/", "-")):
        return _NAMED.search(context) is not None and not context.endswith(("ssh-", "ip-"))
    word = context.rstrip(_BETWEEN)
    return word.lower().endswith(_WORDS) and len(context) - len(word) <= 4 and _VERSION_WORD.search(word) is not None


def _wide(view: View, end: int, least: int) -> bool:
    """Whether a prefix length makes a network of many of it."""
    match = _PREFIX.match(view.folded, end)
    return match is not None and int(match[1]) < least


def _said(version: int, private: bool) -> str:
    return f"an IPv{version} address{', of a private network' if private else ''}"
