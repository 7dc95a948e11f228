"""Secrets where programs declare and pass them: `KEY: &str = "…"`, `define("DB_PASSWORD", "…")`, `setPassword("…")`.

The type, the brackets or the comma stand between the name and the value, so that it is no label's. Programs are full of
such names and harmless strings: a password must look made up, a key strange.

Confidence: 0.85.
"""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.made_up import STRANGE, WORD_LIKE, value_at
from akios_jail.pii.finding import Finding, View

_THOUGHT_UP = "password|passwd|passphrase|pwd"
_RANDOM = "key|token|secret|credential|salt"
_TYPED = r"[\"']?[!?]?: ?[a-z&'\[\]<>?!.*]{2,20}(?: [a-z]{2,10})? = [\"'`][^\s\"'`]"
_ARRAY = r"\[[0-9A-Z_]{0,12}\] ?= ?\"[^\s\"]"
_SECOND = r"[\"'], ?[\"'][^\s\"']"
_CALL = r"\([\"'][^\s\"']"


class DeclaredSecrets:
    """A password's name, or a key's, and what stands between it and the first character of the string."""

    triggers = (
        rf"(?i)(?:{_THOUGHT_UP})(?:{_TYPED}|{_ARRAY}|{_SECOND}|{_CALL})",
        rf"(?i)(?:{_RANDOM})(?:{_TYPED}|{_ARRAY}|{_SECOND}|{_CALL})",
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        quote = text[end - 2]
        close = text.find(quote, end - 1, end + 120)
        found = value_at(text, end - 1, STRANGE if trigger else WORD_LIKE) if close > 0 else None
        if found is None or found.end != close:
            return None
        return found._replace(confidence=0.85, reason="a string under a name of secrets")
