"""Email addresses.

The syntax is that of RFC 5322's dot-atom, with the punctuation that mailboxes really use, quoted local parts, letters
of any script (RFC 6531) and address literals as domains. The domain must be one that could exist: labels within DNS
lengths, and a last label of letters that is not a file name's ending (`icon@2x.png`). What follows it in the same
breath (`.1`, `.x`) is not taken for a part of it. The sign may be escaped as in a URL or in HTML; the other spellings
that people use for it are in `email_spelled`.

Confidence: 0.97; 0.93 with an escaped sign; 0.9 with a domain that is an address.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from akios_jail.pii.detectors import email_spelled
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.lazy_pattern import LazyPattern

_ESCAPED_AT = re.compile(r"(?:%(?:25){0,8}40|&#0{0,8}64;|&#x0{0,8}40;|&commat;)\Z", re.IGNORECASE)
_LOCAL = re.compile(r"[\w.%+'-]+")  # matched from the sign backwards, as are the others
#: Everything that RFC 5322 lets stand unquoted, where that belongs to the address: `a!b@`, `a#@`.
_WHOLE_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+")
_QUOTED_LOCAL = re.compile(r"\"[^\"\r\n]+\"")
_DOMAIN = re.compile(r"[\w.-]+")
_LITERAL = re.compile(r"\[(?:IPv6:[0-9a-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]", re.IGNORECASE)
_TLD = re.compile(r"xn--[a-z0-9-]+|[^\W\d_]{2,24}", re.IGNORECASE)
#: `scheme://user:` before it makes it a password in a URL, or its end.
_URL_PASSWORD = re.compile(r"://[^\s/@]*:[^\s/]*$")
#: Scripts that set no blanks between words: an address ends where they begin.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED_BEFORE = LazyPattern(rf".*[{_UNSPACED}](?=[!-~]+\Z)", re.DOTALL)
_UNSPACED_AFTER = LazyPattern(rf"(?<=[a-z])[{_UNSPACED}].*", re.IGNORECASE | re.DOTALL)
#: Of the words before the sign, those that programs say: `git@host:path`, Kotlin's `this@Outer.field`.
_WORDS_OF_PROGRAMS = frozenset(("git", "this", "super", "return"))
#: The number of a message has the form of an address, and a local part that no person has.
_MESSAGE_ID = re.compile(r"(?:message-id|in-reply-to|references|content-id|cid):[^@]*\Z", re.IGNORECASE)

#: Endings of files that are written after an @ (image densities, package versions) and are nobody's domain.
_FILE_ENDINGS = re.compile(
    r"png|jpe?g|gif|svg|webp|bmp|ico|s?css|[cm]?jsx?|tsx?|jsonl?|html?|xml|ya?ml|toml|ini|txt|[ct]sv|pdf|log|lock|exe|"
    r"dll|tar|t?gz|whl|deb|rpm",
    re.IGNORECASE,
)
#: A file may be named after an address (`ada@example.org.txt`): before its ending stands a domain that surely is one.
_SURE_TLD = re.compile(r"com|org|net|edu|gov|info|biz|int|mil|io|co|example|test|[a-z]{2}", re.IGNORECASE)
_ENDINGS_OF_PROGRAMS = re.compile(r"s?css|[cm]?jsx?|tsx?|jsonl?|ya?ml|toml|t?gz|lock", re.IGNORECASE)
MAX_LOCAL = 64  # RFC 5321, 4.5.3.1.1
#: A domain may have 253 characters (RFC 1035); with the sign they must lie within the reach of a detector.
MAX_DOMAIN = 250


class Email:
    """`someone@example.com`, and the ways of writing it that a person or a program still understands."""

    kind = "email"
    triggers = (r"[^\s@]@[^\s@.,;]", r"(?i)%(?:25){0,8}40|&#0{0,8}64;|&#x0{0,8}40;|&commat;", *email_spelled.TRIGGERS)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger == 0:
            found = _check(view, end - 2, end - 1, 0.97, "a domain that could exist after the sign")
        elif trigger == 1:
            sign = _ESCAPED_AT.search(view.folded, max(0, end - 24), end)
            found = None if sign is None else _check(view, sign.start(), end, 0.93, "an escaped sign before a domain")
        else:
            found = email_spelled.check(view, end)
        return () if found is None else (found,)


def _check(view: View, at: int, after: int, confidence: float, reason: str) -> Finding | None:
    """The address around the sign from `at` to `after`, if it is one."""
    domain = _domain(view.folded[after : after + MAX_DOMAIN + 1])
    if domain is None:
        return None
    local = _local(view.folded[max(0, at - MAX_LOCAL) : at])
    if local is None or local.lower() in _WORDS_OF_PROGRAMS:
        return None
    start, end = at - len(local), after + len(domain)
    before = view.before(start, 64)
    if _URL_PASSWORD.search(before) is not None:
        return None
    if sum(map(str.isdigit, local)) >= 6 and _MESSAGE_ID.search(before) is not None:
        return None
    if domain[0] == "[":
        confidence, reason = 0.9, "an address literal after the sign"
    return Finding("email", start, end, normal(local, domain), confidence, reason)


def normal(local: str, domain: str) -> str:
    """One form for all spellings of an address; a domain in letters of any script has its ASCII form."""
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # a name that DNS would not take is its own normal form
            domain = domain.encode("idna").decode()
    return f"{local}@{domain}".lower()


def _local(before: str) -> str | None:
    """The part before the sign, from the text that ends there."""
    backwards = before[::-1]
    usual = _LOCAL.match(backwards)
    local = usual.group()[::-1].lstrip(".'%") if usual is not None else ""
    if local:
        local = local if local.isascii() else _UNSPACED_BEFORE.compiled.sub("", local)
        local = local.rpartition("..")[2]  # `see page 1..jane@example.org`
        nobody = local.strip("+-_") == "" or local.endswith(".")  # `+@app.route(` is a decorator in a diff
        return None if nobody else local
    unusual = _QUOTED_LOCAL.match(backwards) or _WHOLE_LOCAL.match(backwards)
    if unusual is None:
        return None
    local = unusual.group()[::-1]
    return local if any(character.isalnum() for character in local) else None


def _domain(text: str) -> str | None:
    """The longest beginning that is a plausible domain name."""
    match = _DOMAIN.match(text)
    if match is None:
        literal = _LITERAL.match(text)
        return literal.group() if literal is not None else None
    domain = match.group().split("..")[0].rstrip(".-_")
    if not domain.isascii():
        domain = _UNSPACED_AFTER.compiled.sub("", domain)
    while True:
        head, dot, last = domain.rpartition(".")
        if dot == "":
            return None
        tld = _TLD.match(last)
        if tld is not None and _FILE_ENDINGS.fullmatch(tld.group()) is not None:
            return _before_ending(head, tld.group())
        if tld is not None and _labels(head):
            return f"{head}.{tld.group()}"
        domain = head


def _before_ending(name: str, ending: str) -> str | None:
    """The domain that a file's name ends with before the file's ending; None if it is hardly one."""
    head, dot, last = name.rpartition(".")
    sure = _SURE_TLD.fullmatch(last)
    if dot == "" or sure is None or not _labels(head) or not any(char.isalpha() for char in head):
        return None
    # Programs name their files by language: `messages@app.de.json`.
    return None if len(last) == 2 and _ENDINGS_OF_PROGRAMS.fullmatch(ending) is not None else name


def _labels(name: str) -> bool:
    """Whether these can be the labels of a domain name, as far as their form goes: not every name must exist."""
    return all(
        0 < len(label) <= 63 and not label.startswith("-") and not label.endswith("-") for label in name.split(".")
    )
