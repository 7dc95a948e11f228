"""Keys of wallets: a private key as wallets export it, and the words that a wallet is restored from.

A private key in Bitcoin's form (WIF) is Base58Check, so that its checksum tells. Twelve to twenty-four words in a row
are words: only behind what announces them are they a key.

Confidence: a key with its checksum 0.99; words 0.9.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.checks import base58check
from akios_jail.pii.finding import REACH, Finding, View

_BASE58 = "1-9A-HJ-NP-Za-km-z"
_KEY = re.compile(rf"(?<![A-Za-z0-9])[5KLc9][{_BASE58}]{{50,51}}(?![A-Za-z0-9])")
_ANNOUNCED = (
    "seed phrase|recovery phrase|backup phrase|mnemonic phrase|mnemonic|wallet seed|seed words|secret phrase|"
    "recovery words"
)
#: Numbers may stand before the words, and commas between them.
_WORD = r"(?:[0-9]{1,2}[.)] ?)?[a-z]{3,8}"
_BETWEEN = r"[ ,\"'\n]{1,4}"
#: Twelve words, or three, six, nine or twelve more.
_WORDS = re.compile(
    rf"[^\n:=]{{0,24}}[:=][\s\"'\[]{{0,6}}"
    rf"(?P<words>{_WORD}(?:{_BETWEEN}{_WORD}){{11}}(?:(?:{_BETWEEN}{_WORD}){{3}}){{0,4}})(?![A-Za-z])"
)


class Wallets:
    """The trigger is the key itself, or the word for the words."""

    triggers = (rf"\b[5KLc9][{_BASE58}]{{50,51}}\b", rf"(?i)\b(?:{_ANNOUNCED})")

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        if trigger == 0:
            match = _KEY.search(view.folded, max(0, end - 54), end + 1)
            if match is None or not base58check(match.group()):
                return None
            return Finding("secret", *match.span(), match.group(), 0.99, "a wallet's private key, its checksum fits")
        told = _WORDS.match(view.folded, end, end + REACH)
        if told is None:
            return None
        return Finding("secret", *told.span("words"), told["words"], 0.9, "the words that a wallet is restored from")
