"""The form of a provider's key: letters that it always begins with, and what follows them.

Providers begin their keys with letters of their own so that they can be told in any text. A form holds these leads, the
class and number of the characters after them, and a check where the provider builds one in. Confidence is 0.99 where
that check fits, otherwise what the form says: 0.95 for leads that mean nothing else, less for short ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.lazy_pattern import LazyPattern

#: So many characters after the lead belong to the trigger; keys have more.
SEEN = 8
#: Keys that may be longer than this are those of `LongSecrets`, which looks further.
SHORT = 248
LONG = 2048

BASE62 = "A-Za-z0-9"
BASE64URL = "A-Za-z0-9_-"
BASE64 = "A-Za-z0-9+/"
HEX = "0-9a-f"

#: Whole runs of one character, or words that stand where a key is to be put.
_DUMMY = re.compile(
    r"([xX*.0#_-])\1{5}|(.)\2{9}|your|my[-_]|here|placeholder|change[-_]?me|insert|replace|redacted|dummy|example[-_]|todo|"
    r"goes|secret[-_]?key|api[-_]?key|token[-_]",
    re.IGNORECASE,
)


class Form(NamedTuple):
    """`leads`, then `least` to `most` characters of the class `body` and whatever `rest` (a pattern) says.

    `fits` tells whether a provider's own check digit fits, None if it has none. `bare`: it may stand in the middle of
    other letters, because its lead is long enough. `mixed`: without a digit and in one case it is no key. `label`: the
    lead is no part of the key. `before`: so many characters before the lead are.
    """

    name: str
    leads: tuple[str, ...]
    body: str
    least: int
    most: int = 0
    rest: str = ""
    fits: Callable[[str], bool] | None = None
    confidence: float = 0.95
    bare: bool = False
    mixed: bool = True
    label: bool = False
    before: int = 0

    def triggers(self) -> tuple[str, ...]:
        """One pattern a lead, each of one length, so that the start is known from the end."""
        return tuple(f"{re.escape(lead)}[{self.body}]{{{min(self.least, SEEN)}}}" for lead in self.leads)


class Forms:
    """Several forms, found by their triggers."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.triggers = tuple(trigger for form in forms for trigger in form.triggers())
        self._rows = [(form, lead, _pattern(form)) for form in forms for lead in form.leads]

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        form, lead, pattern = self._rows[trigger]
        body = end - min(form.least, SEEN)
        start = body - len(lead)
        if not form.bare and start > 0 and _glued(view.folded[start - 1]):
            return None
        match = pattern.match(view.folded, body, body + LONG)
        if match is None or is_dummy(match.group(), form.mixed):
            return None
        start = body if form.label else max(0, start - form.before)
        value = view.folded[start : match.end()].rstrip(".")
        confidence, reason = form.confidence, f"the form of {form.name}"
        if form.fits is not None:
            if form.fits(value):
                confidence, reason = 0.99, f"{form.name}, its checksum fits"
            else:
                confidence, reason = 0.85, f"the form of {form.name}, its checksum does not fit"
        return Finding("secret", start, start + len(value), value, confidence, reason)


def is_dummy(body: str, mixed: bool = True) -> bool:
    """Whether this stands where a key is to be put, rather than being one: `xxxx`, `your-key-here`, no variety."""
    if len(set(body)) < min(6, len(body) // 2):
        return True
    if mixed and len(body) >= 12 and not any(map(str.isdigit, body)) and (body.islower() or body.isupper()):
        return True
    return _DUMMY.search(body) is not None


def _pattern(form: Form) -> LazyPattern:
    most = str(max(form.most, form.least)) if form.most >= 0 else ""
    bound = "" if form.rest else f"(?![{BASE62}])"
    return LazyPattern(rf"[{form.body}]{{{form.least},{most}}}{form.rest}{bound}")


def _glued(before: str) -> bool:
    return before.isascii() and before.isalnum()
