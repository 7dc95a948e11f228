"""What stands after `Bearer` and `Basic` in an `Authorization` header (RFC 6750, RFC 7617), wherever it is written.

A Basic credential must decode to a user and a password, or look random behind the header's name; a bearer token must
look random, since people also write about bearer tokens.

Confidence: Basic 0.95, Bearer 0.9.
"""

from __future__ import annotations

import base64
import re

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.finding import REACH, Finding, View
from akios_jail.pii.values_of_keys import entropy

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")

_HEADER = re.compile(r"authorization[\"']?[:=] ?[\"']?basic {1,2}\Z", re.IGNORECASE)


class AuthorizationHeaders:
    """The trigger has the first eight characters of the credential."""

    triggers = (r"(?i)\bbearer[ :]{1,2}[A-Za-z0-9._~+/-]{8}", r"(?i)\bbasic[ ]{1,2}[A-Za-z0-9+/]{8}")

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        start = end - 8
        match = _TOKEN.match(view.folded, start, end + REACH)
        if match is None or view.folded[start - 1] not in " :":
            return None
        value = match.group().rstrip(".")
        reason, confidence = ("a bearer token", 0.9) if trigger == 0 else ("user and password of Basic", 0.95)
        if trigger == 0:
            believed = _random(value)
        else:  # behind the header's name it need not decode: some put their own keys there
            named = _HEADER.search(view.folded, max(0, start - 32), start) is not None
            believed = _user_and_password(value) or (named and _random(value))
        if not believed:
            return None
        return Finding("secret", start, start + len(value), value, confidence, reason)


def _random(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return len(value) >= 16 and digits >= 2 and entropy(value) >= 2.8 and not is_dummy(value)


def _user_and_password(value: str) -> bool:
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except ValueError:
        return False
    user, colon, password = text.partition(":")
    return colon == ":" and text.isprintable() and bool(user or password)
