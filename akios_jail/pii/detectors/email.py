"""Email addresses.

The syntax is that of RFC 5322's dot-atom, with the punctuation that mailboxes really use, and letters of any script
(RFC 6531). The domain must be one that could exist: labels within DNS lengths, and a last label of letters that is not
a file name's ending (`icon@2x.png`). What follows it in the same breath (`.1`, `.x`) is not taken for a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.pattern import Linear

_AT = Linear(r"(?i)@|%(?:25){0,8}40|&#0{0,8}64;|&#x0{0,8}40;|&commat;")
_LOCAL = re.compile(r"[\w.%+'-]+")  # matched from the sign backwards, as are the others
#: Everything that RFC 5322 lets stand unquoted, where that belongs to the address: `a!b@`, `a#@`.
_WHOLE_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+")
_QUOTED_LOCAL = re.compile(r"\"[^\"\r\n]+\"")
_DOMAIN = re.compile(r"[\w.-]+")
_TLD = re.compile(r"xn--[a-z0-9-]+|[^\W\d_]{2,24}", re.IGNORECASE)
#: `scheme://user:` before it makes it a password in a URL.
_URL_PASSWORD = re.compile(r"://[^\s/@]*:$")

#: Endings of files that are written after an @ (image densities, package versions) and are nobody's domain.
_FILE_ENDINGS = re.compile(
    r"png|jpe?g|gif|svg|webp|bmp|ico|s?css|[cm]?jsx?|tsx?|jsonl?|html?|xml|ya?ml|toml|ini|txt|[ct]sv|pdf|log|lock|exe|"
    r"dll|tar|t?gz|whl|deb|rpm",
    re.IGNORECASE,
)
MAX_LOCAL = 64  # RFC 5321, 4.5.3.1.1
MAX_DOMAIN = 253


class Email:
    """`someone@example.com`, also written with an escaped `@` as in a URL."""

    field = "email"

    def find(self, view: View) -> Iterable[Finding]:
        if "@" not in view.folded and "%" not in view.folded and "&" not in view.folded:
            return
        for at, after in _AT.spans(view.folded):
            found = _check(view, at, after)
            if found is not None:
                yield found


def _check(view: View, at: int, after: int) -> Finding | None:
    """The address around the sign from `at` to `after`, if it is one."""
    domain = _domain(view.folded[after : after + MAX_DOMAIN + 1])
    if domain is None:
        return None
    local = _local(view.folded[max(0, at - MAX_LOCAL) : at])
    if local is None:
        return None
    start = at - len(local)
    if local.lower() == "git" or _URL_PASSWORD.search(view.before(start, 64)) is not None:
        return None
    return Finding("email", start, after + len(domain), f"{local}@{domain}".lower())


def _local(before: str) -> str | None:
    """The part before the sign, from the text that ends there."""
    backwards = before[::-1]
    usual = _LOCAL.match(backwards)
    local = usual.group()[::-1].lstrip(".'%") if usual is not None else ""
    if local:
        return None if local.endswith(".") or ".." in local else local
    unusual = _QUOTED_LOCAL.match(backwards) or _WHOLE_LOCAL.match(backwards)
    if unusual is None:
        return None
    local = unusual.group()[::-1]
    return local if any(character.isalnum() for character in local) else None


def _domain(text: str) -> str | None:
    """The longest beginning that is a plausible domain name."""
    match = _DOMAIN.match(text)
    domain = match.group().split("..")[0].rstrip(".-_") if match is not None else ""
    while True:
        head, dot, last = domain.rpartition(".")
        if dot == "":
            return None
        tld = _TLD.match(last)
        if tld is not None and _FILE_ENDINGS.fullmatch(tld.group()) is not None:
            return None
        if tld is not None and _labels(head):
            return f"{head}.{tld.group()}"
        domain = head


def _labels(name: str) -> bool:
    """Whether these can be the labels of a domain name, as far as their form goes: not every name must exist."""
    return all(
        0 < len(label) <= 63 and not label.startswith("-") and not label.endswith("-") for label in name.split(".")
    )
