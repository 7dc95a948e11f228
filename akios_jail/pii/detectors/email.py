"""Email addresses.

The syntax is that of RFC 5322's dot-atom, with the punctuation that mailboxes really use, and letters of any script
(RFC 6531). The domain must be one that could exist: labels within DNS lengths, IDNA where not ASCII, and a last label
of letters that is not a file name's ending (`icon@2x.png`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.pattern import Linear

_AT = Linear(r"(?i)@|%40|&#64;|&#x40;")
_LOCAL = re.compile(r"[\w.%+'-]+")  # matched from the sign backwards
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
        if "@" not in view.folded and "%40" not in view.folded and "&#" not in view.folded:
            return
        for at, after in _AT.spans(view.folded):
            found = _check(view, at, after)
            if found is not None:
                yield found


def _check(view: View, at: int, after: int) -> Finding | None:
    """The address around the sign from `at` to `after`, if it is one."""
    domain = _domain(view.folded[after : after + MAX_DOMAIN + 1])
    backwards = _LOCAL.match(view.folded[max(0, at - MAX_LOCAL) : at][::-1])
    if domain is None or backwards is None:
        return None
    local = backwards.group()[::-1].lstrip(".'%")
    if local == "" or local.endswith(".") or ".." in local:
        return None
    start = at - len(local)
    if local.lower() == "git" or _URL_PASSWORD.search(view.before(start, 64)) is not None:
        return None
    return Finding("email", start, after + len(domain), f"{local}@{domain}".lower())


def _domain(text: str) -> str | None:
    """The longest beginning that is a plausible domain name."""
    match = _DOMAIN.match(text)
    domain = match.group().split("..")[0].rstrip(".-_") if match is not None else ""
    head, dot, last = domain.rpartition(".")
    tld = _TLD.match(last)
    if dot == "" or tld is None or _FILE_ENDINGS.fullmatch(tld.group()) is not None:
        return None
    domain = f"{head}.{tld.group()}"
    for label in head.split("."):
        if not 0 < len(label) <= 63 or label.startswith("-") or label.endswith("-"):
            return None
    if not domain.isascii():
        try:
            domain.encode("idna")
        except UnicodeError:
            return None
    return domain
