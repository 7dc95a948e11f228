"""Codes that open something once or always: one-time codes, codes of doors, recovery codes, seeds of authenticators.

They are digits or groups that much else is written in, so that their words must stand right beside them.

Confidence: 0.8; an authenticator's seed 0.9.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import secret_at
from akios_jail.pii.finding import Finding, View

_YOURS = "your|ihr|dein|votre|ton|tu|su|il tuo|o seu|seu|din|twój|váš|tvůj"
_CODE = "code|código|codigo|codice|kod|kód|kode"
_PLACES = "door|gate|entry|garage|lock ?box|key ?box|building|front door|entrance|lobby|lift|elevator|locker"
_DIGITS = re.compile(r"(?<![0-9A-Za-z_.,/+-])(?:[A-Z]-)?[0-9]{4,8}")
_GROUPS = re.compile(r"[0-9A-Za-z]{3,12}(?:[ -][0-9A-Za-z]{3,12}){1,15}(?![0-9A-Za-z])")
_SEED = re.compile(r"[A-Z2-7]{16,64}(?![0-9A-Za-z])|(?:[A-Za-z2-7]{4} ){3,15}[A-Za-z2-7]{4}(?![0-9A-Za-z])")
_APP = re.compile(r"[a-z]{4}(?:[ -][a-z]{4}){3}(?![0-9A-Za-z])")
#: Where the digits end, and where they begin the pattern.
_BEHIND = (
    rf"(?i)\b(?:{_YOURS}) (?:{_CODE})(?: ?:| is| lautet| est| es| è| é| to| je| är)? [0-9]{{4,8}}\b",
    rf"(?i)\b(?:{_PLACES})[ -]?(?:{_CODE})(?: ?:| is| es)? [0-9]{{4,8}}\b",
    r"(?i)\b(?:pin-?code|pin-?nummer|geheimzahl|code pin|código pin|codice pin|kod pin|pinkod)(?: ?:| is)? [0-9]{4}\b",
    r"\bPIN: ?[0-9]{4}\b",
)
_BEFORE = (
    rf"(?i)\b[0-9]{{4,8}} (?:is|ist|est|es|è|é) (?:{_YOURS}) [^\n]{{0,40}}(?:{_CODE})\b",
    r"(?i)\b(?:use|enter) [0-9]{4,8} (?:to|as) [^\n]{0,16}(?:log|sign|verif|confirm|code)",
)
_WORDS = (
    r"(?i)\b(?:recovery|backup|scratch)[ -](?:codes?|keys?)[^\n0-9A-Za-z]{1,4}[0-9A-Za-z]{3}",
    r"(?i)\b(?:2fa|mfa|totp|otp|authenticator)(?: app)? (?:secret|seed|key|setup key)[^\n0-9A-Za-z]{1,4}[A-Za-z2-7]{4}",
    r"(?i)\bapp(?:-specific)?[ -]passwords?[^\n0-9A-Za-z]{1,4}[a-z]{4}[ -][a-z]{4}",
)
_PATTERNS = (_GROUPS, _SEED, _APP)
_BACK = (3, 4, 9)


class Codes:
    """Words before digits, words behind digits, words before groups."""

    triggers = (*_BEHIND, *_BEFORE, *_WORDS)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger < len(_BEHIND) + len(_BEFORE):
            behind = trigger < len(_BEHIND)
            *_, last = [None, *_DIGITS.finditer(text, max(0, end - (9 if behind else 90)), end)]
            if last is None or (behind and (last.end() != end or _GOES_ON.match(text, end))):
                return None
            return secret_at(last.start(), last.group(), 0.8, "digits that words call a code")
        row = trigger - len(_BEHIND) - len(_BEFORE)
        match = _PATTERNS[row].match(text, end - _BACK[row], end + 200)
        if match is None or (row == 0 and sum(map(str.isdigit, match.group())) < _LEAST_DIGITS):
            return None
        return secret_at(match.start(), match.group(), 0.9 if row == 1 else 0.8, "groups that words call a key")


_GOES_ON = re.compile(r"[./:-]?[0-9A-Za-z_]|,[0-9]{1,3}(?!\w)|\s?(?:%|€|\$)")
#: Groups of recovery codes have digits; words have none.
_LEAST_DIGITS = 4
