"""Keys that no letters of their own begin: what tells them is the whole of their form, or how they end.

Confidence: 0.9; a password's hash 0.85.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.finding import Finding, View


class _Whole(NamedTuple):
    """`pattern` is all of it, in the syntax that RE2, Hyperscan and Python share; `more` may follow, for Python."""

    name: str
    pattern: str
    more: str = ""
    confidence: float = 0.9


_WHOLE = (
    _Whole("a Mailchimp key", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    _Whole("a Mailgun key", r"\b[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}\b"),
    _Whole("a New Relic licence key", r"\b[0-9a-f]{36}NRAL\b"),
    _Whole("a Lob key", r"\b(?:live|test)_[0-9a-f]{35}\b"),
    _Whole("a Mollie key", r"\b(?:live|test)_[A-Za-z0-9]{30}\b"),
    _Whole("a GoCardless token", r"\b(?:live|sandbox)_[A-Za-z0-9_-]{40}\b"),
    _Whole("an Asana token", r"\b[0-2]/[0-9]{16}(?:/[0-9]{16})?:[0-9a-z]{32}\b"),
    _Whole("an Azure key", r"\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18}[A-Za-z0-9]{4}[A-Za-z0-9]{4}\b"),
    _Whole("an Azure DevOps token", r"\b[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b"),
    _Whole("an Azure key", r"\b[A-Za-z0-9+/]{32,33}(?:AzFu|AzSe|AzCa|ACDb|APIM)[A-Za-z0-9+/]{6,44}={0,2}"),
    _Whole("an Azure key", r"\b[A-Za-z0-9+/]{33}\+(?:ASb|AEh|ARm|ACR)[A-Za-z0-9+/]{6,8}="),
    _Whole("a Zhipu key", r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"),
    _Whole("a Ghost key", r"\b[0-9a-f]{24}:[0-9a-f]{64}\b"),
    _Whole("a Vault token", r"\bs\.[A-Za-z0-9]{24}\b"),
    _Whole("a MaxMind key", r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b"),
    _Whole("a password's hash", r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}", "", 0.85),
    _Whole("a password's hash", r"\$(?:1|5|6|y|apr1)\$[./A-Za-z0-9=$]{22}", r"[./A-Za-z0-9$]{0,110}", 0.85),
    _Whole("a password's hash", r"\$argon2(?:i|d|id)\$v=[0-9]{2}\$", r"[\w=,+/$]{30,160}", 0.85),
)
_LONGEST = 120


class WholeForms:
    """The trigger is the whole, so that only what fits is looked at."""

    def __init__(self) -> None:
        self.triggers = tuple(whole.pattern for whole in _WHOLE)
        self._rows = tuple((whole, re.compile(rf"{whole.pattern}\Z"), re.compile(whole.more)) for whole in _WHOLE)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        whole, pattern, more = self._rows[trigger]
        match = pattern.search(view.folded, max(0, end - _LONGEST), end)
        if match is None or is_dummy(match.group(), mixed=not match.group().startswith("$")):
            return None
        rest = more.match(view.folded, end)
        stop = rest.end() if rest is not None else end
        value = view.folded[match.start() : stop]
        return Finding("secret", match.start(), stop, value, whole.confidence, f"the form of {whole.name}")
