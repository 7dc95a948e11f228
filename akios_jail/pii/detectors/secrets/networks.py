"""Keys of wireless networks: `WIFI:S:…;P:…;;`, `wifi Guest / …`, "Wi-Fi: Hof-Gast, Schlüssel 7438-2910-5561".

Whoever writes a network's name and something after it writes the key, so that it may look like any word with a digit in
it; where a word for keys stands before it, digits alone will do.

Confidence: 0.85.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import MADE_UP, secret_at, value_at
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_WORDS = (
    "key|pass|pw|pwd|psk|code|password|passwort|kennwort|schlüssel|clé|mdp|mot de passe|clave|contraseña|chiave|senha|"
    "chave|sleutel|wachtwoord|code wifi|hasło|klucz|nyckel|lösenord|nøkkel|passord|kode|heslo|şifre|parola|пароль|ключ"
)
_TO_KEY = re.compile(
    rf"[^\n]{{1,48}}?\b(?:{View(_WORDS).folded})(?: ?[:=→-] ?| (?:is |ist |est |es |è |é )?)[\"'“«]?"
    r"(?P<key>(?=[^\s]*[0-9])(?![0-9]{1,2}:[0-9]{2})[^\s,;<>|\"'»”()]{8,64})",
    re.IGNORECASE,
)
_BEHIND_SLASH = re.compile(r"[^\n/|]{1,32} [/|] (?=[^\s])")
_QR = re.compile(r":[^\n]{0,80}?P:(?P<key>(?:\\.|[^;\\\n]){4,63})(?=;)")


class NetworkKeys:
    """The words for a network; from there on, the text of its square code, a word for the key, or a slash."""

    triggers = (r"(?i)\b(?:wlan|wi-?fi|ssid|hotspot)\b|вай-?фай|无线|無線",)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        square = _QR.match(text, end, end + 160)
        if square is not None:
            return secret_at(square.start("key"), square["key"], 0.95, "the key of a wireless network")
        match = _TO_KEY.match(text, end, end + 160)
        if match is not None:
            value = match["key"].rstrip(".:!?")
            if len(value) < _LEAST or stands_for_nothing(value) or value.startswith(("http", "/", "$", "{", "<")):
                return None
            return secret_at(match.start("key"), value, 0.85, "the key of a wireless network")
        slash = _BEHIND_SLASH.match(text, end, end + 64)
        found = value_at(text, slash.end(), MADE_UP) if slash is not None else None
        return None if found is None else found._replace(confidence=0.85, reason="the key of a wireless network")


#: IEEE 802.11: a passphrase has eight characters or more.
_LEAST = 8
