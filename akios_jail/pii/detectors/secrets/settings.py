"""Passwords and PINs in settings whose name has the word, but does not end in it: `HESLO_ADMIN='…'`, `"pin_card": "…"`.

`labelled` reads names by their ends. Here any word of a name will do, so that the value must look the part.

Confidence: 0.8.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.detectors.secrets.made_up import secret_at
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_OBJECT, _LOOK = 2, 3
_WORDS = "pass|pwd|passwd|password|passwort|kennwort|heslo|senha|clave|contrasena|haslo|parola|sifre|lozinka|geslo|mdp"
_PINS = "pin|otp|puk|nip|mpin"
_NAME = r"(?:_[a-z0-9]{1,20}){0,3}[\"']?[ ]{0,4}(?:=>|:=|[:=])[ ]{0,4}"
_NAME_OF_PIN = r"(?:_[a-z0-9]{1,20}){0,3}[\"']?[ ]{0,2}[:=][ ]{0,2}[\"']?"
_VALUE = re.compile(r"[\"'](?P<quoted>[^\"'\n]{4,64})[\"']|(?P<bare>(?:(?!&\w+=)[^\s\"',;)}\]]){4,64})")
_BEGINS = re.compile(r"(?<![A-Za-z0-9])\Z|(?<=[a-z0-9])\Z")
_PIN = re.compile(r"[0-9]{4,8}|[0-9]{2,3}(?:[ -][0-9]{2,3}){1,3}")
_CODE = re.compile(r"[(){}\[\]<>$]|::|\A[a-z_]+(?:[._][a-z_]+)+\Z|://|\A[/.~]")
_LOOKS = re.compile(r"(?=.*[0-9])(?=.*[^\W\d_]).{5,}|(?=.*[^\W\d_].*[!#*?+&@%^~.][^\W\d_]?).{6,}")


#: Names of switches, and comparisons.
_ASKS = re.compile(
    r"(?:forgot|reset|show|hide|has|is|require\w*|min|max|no|need|change|update|get|set|valid\w*|hash\w*|check)_[a-z0-9_]{3,40}"
    r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?[^\s]?\Z|[=!]=\s{0,4}[\"']?[^\s]?\Z",
    re.IGNORECASE,
)
_NEAR_WORDS = re.compile(
    r"pass|log-?in|sign-?in|account|konto|compte|cuenta|conta|zugang|acces|zugriff|portal|credential|mailbox|vpn|wi-?fi|wlan|"
    r"mdp|senha|clave|contrase|wachtwoord|hasł|haslo|heslo|jelszó|parol|şifre|парол|пароль|логин|kennwort|lösen|adgang|sandi|"
    r"รหัส|密|パス|비밀|비번|سر|رمز|סיסמ",
    re.IGNORECASE,
)
_BY_LOOK = re.compile(r"(?<![\w@/.%&=?-])[A-Za-z]{4,24}[!*$][A-Za-z]{0,16}[0-9]{2,6}[!*$]?(?![\w@/%=-])")


class Settings:
    """A name with a word for a password in it; one with a word for a PIN; an object of which one is the value; what
    looks like a password, where somebody speaks of logins."""

    triggers = (
        rf"(?i)(?:{_WORDS}){_NAME}[\"']?[^\s\"']",
        rf"(?i)(?:[a-z0-9]_(?:{_PINS})|\b(?:{_PINS})_[a-z0-9]{{1,20}}){_NAME_OF_PIN}[0-9]{{2}}",
        r"(?i)(?:password|passwd|pwd|passphrase)[\"'] ?: ?\{[^{}\n]{0,40}[\"']value[\"'] ?: ?[\"'][^\"']",
        r"[A-Za-z]{4}[!*$][A-Za-z]{0,16}[0-9]{2}",
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger == _OBJECT:
            inside = _VALUE.match(text, end - 2)
            if inside is None or inside["quoted"] is None or stands_for_nothing(inside["quoted"]):
                return None
            return secret_at(end - 1, inside["quoted"], 0.85, "the value of a password")
        if trigger == _LOOK:
            first = max(0, end - 44)
            found = next((one for one in _BY_LOOK.finditer(text, first, end + 12) if one.end() >= end), None)
            near = text[max(0, end - 140) : end + 100]
            if found is None or _NEAR_WORDS.search(near) is None:
                return None
            return secret_at(found.start(), found.group(), 0.7, "looks like a password, where logins are spoken of")
        match = _VALUE.match(text, end - 1 - trigger)
        if match is None or text[end - 2 - trigger] in "\"'":
            quoted = _VALUE.match(text, end - 2 - trigger)
            match = quoted if quoted is not None and quoted["quoted"] is not None else match
        if match is None:
            return None
        if _ASKS.search(text, max(0, end - 48), end) is not None:
            return None
        group = "quoted" if match["quoted"] is not None else "bare"
        value = match[group]
        if trigger:
            pin = _PIN.fullmatch(value)
            return secret_at(match.start(group), value, 0.8, "digits under a name for PINs") if pin else None
        if stands_for_nothing(value) or _CODE.search(value) or is_dummy(value, mixed=False) or not _LOOKS.match(value):
            return None
        return secret_at(match.start(group), value, 0.8, "a value under a name for passwords")
