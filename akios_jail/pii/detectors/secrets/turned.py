"""Passwords that stand before the word for them, or answer a question after some lines.

"try Heather!4820 as the password", "Gorse-4491 is the new login password", "I reset it to …", and in a talk: "prod DB
pw pls", two lines on "ok once: …". Nothing but the value's own look tells it there, so it must look made up.

Confidence: 0.8.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import MADE_UP, STRANGE, TOKEN, WORD_LIKE, value_at
from akios_jail.pii.finding import Finding, View

_WORDS = (
    "password|passcode|passwort|kennwort|mot de passe|contrase[ñn]a|senha|palavra-passe|wachtwoord|has[łl]o|"
    "l[öo]senord|passord|adgangskode|salasana|heslo|parola|[şs]ifre|пароль"
)
_SHORT = "pw|pwd|mdp|psw"
_IS = "is|as|ist|als|est|comme|es|como|è|come|é|to|jest|är|som|er|on|je|este|—|-"
_OWN = (
    "the|your|my|our|his|her|their|das|dein|ihr|mein|unser|le|votre|ton|mon|la|tu|su|mi|il|a|sua|het|je|mijn|uw|twoje|"
    "nowe|ditt|det|new|temporary|temp|current|login|neue[sr]?|nouveau|nueva|nuova|nova|nieuwe|novo|wifi|wlan|admin"
)
_DONE = (
    "(?:re)?set|chang(?:ed|ing)|(?:zurück)?gesetzt|geändert|changé|réinitialisé|cambi[éeó]|cambiad[oa]|mudei|alter(?:ei|ado)|"
    "gewijzigd|zmieni(?:łem|łam|one)"
)
_TO = "to|auf|en|à|a|por|para|in|naar|na|into"
_NEAR = re.compile(
    rf"(?:{_WORDS}|{_SHORT}|pass|log-?in|sign-?in|account|konto|compte|cuenta|conta|zugang|vpn|mailbox)", re.IGNORECASE
)
_ASKS = re.compile(
    r"[?？]|\b(?:pls|plz|please|need|what|send|bitte|svp|por favor|forgot|give|prosz[ęe]|per favore)\b", re.I
)
_LINE = re.compile(r"[^\n:]{1,32}: (?P<said>[^\n]{0,120})(?:\n|\Z)")
#: So many lines after the question are looked at.
_LINES = 4
_BEFORE = re.compile(r"(?<![^\s\"'“„«(`*:>])(?P<value>[^\s]{6,64})[\"'”“»)`*]{0,2}\s\Z")


class TurnedSecrets:
    """What was done; a short word that begins a question. For longer words `told` asks what is below."""

    triggers = (
        rf"(?i)\b(?:{View(_DONE).folded}) (?:it |this |the pass\w{{0,6}} )?(?:{_TO}) [\"'“„«(`*]?[^\s\"'“„«(`*]",
        rf"(?i)\b(?:{_SHORT})\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger == 1:
            return answered(text, end)
        near = text[max(0, end - 120) : end + 100]
        return value_at(text, end - 1, MADE_UP) if _NEAR.search(near) is not None else None


def before(text: str, end: int) -> Finding | None:
    """The word before "is the password", unless that goes on: a password manager."""
    if _GOES_ON.match(text, end) is not None:
        return None
    verb = next(iter(_VERB.finditer(text, max(0, end - 64), end)), None)
    value = _BEFORE.search(text, max(0, end - 140), verb.start() + 1) if verb is not None else None
    if value is None:
        return None
    return value_at(text, value.start("value"), WORD_LIKE, value.end("value"))


_VERB = re.compile(rf"[ \"'”“»)`*](?:{_IS}) (?:(?:{_OWN}) ){{0,3}}(?:{_WORDS})", re.IGNORECASE)
_GOES_ON = re.compile(
    r"[\w-]|[ ](?:manager|policy|policies|field|hash|reset|length|prompt|file|rule|protect|store|vault|for user)"
)


def answered(text: str, end: int) -> Finding | None:
    """What one of the next lines says that looks made up, where the line with the word asks for it."""
    rest = _REST.match(text, end)
    if rest is None:
        return None
    line = rest.end() - 1
    begins = text.rfind("\n", max(0, line - 80), line) + 1
    if _ASKS.search(text, begins, line) is None and line - begins > _BRIEF:
        return None
    place = line + 1
    for _ in range(_LINES):
        said = _LINE.match(text, place)
        if said is None:
            return None
        alone = len(said["said"].split()) == 1
        for token in TOKEN.finditer(text, said.start("said"), said.end("said")):
            found = value_at(text, token.start(), MADE_UP if alone else STRANGE, said.end("said"))
            if found is not None and not found.key.startswith(("http", "/")):
                return found
        place = said.end()
    return None


#: What a line goes on with behind the word, if nothing is told there.
_REST = re.compile(r"[^\n:=]{0,24}\n")
#: A line with the word that asks without saying so.
_BRIEF = 40
