"""Secrets whose label says so: `password: …`, `api_key = "…"`, `--token …`, "the password is …".

A password may be any word, so it is believed where it stands in quotation marks or on a line of its own, and
elsewhere if it has a digit or a sign in it. Tokens and keys must look random. Programs are full of both words with no
secret beside them (`password = getpass()`, `token: str`), so what is a name, a call, a type or a template is none.

Confidence: a password in quotation marks 0.9, otherwise 0.8, of letters alone 0.6; a token or key 0.9.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors import labels
from akios_jail.pii.detectors.labels import labelled
from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.detectors.secrets.label_words import PASSWORDS, TOKENS
from akios_jail.pii.finding import REACH, Finding, View
from akios_jail.pii.keys import meaning
from akios_jail.pii.values_of_keys import entropy, stands_for_nothing

#: `name = name_2`, `config.password`, `getToken`: names of a program.
_PROGRAM_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9]*(?:[_.:]+[A-Za-z0-9_]*)*")
_CODE = re.compile(r"[(){}\[\]<>]|\$[A-Za-z{(]|%[({sd]|=>|&&|\|\||\\|^[/~.@#*]|::")
#: After an unquoted secret.
_AFTER = re.compile(r"[\s\"'`|<>]|;|,(?=\s|\Z|\w+[=:])|[)}\]](?=\W|\Z)|&(?=\w+=|amp;)")
_PROSE = frozenset(
    [
        "is",
        "was",
        "has",
        "are",
        "the",
        "a",
        "an",
        "be",
        "not",
        "must",
        "should",
        "can",
        "will",
        "required",
        "invalid",
        "incorrect",
        "wrong",
        "correct",
        "expired",
        "changed",
        "reset",
        "updated",
        "missing",
        "protected",
        "protection",
        "manager",
        "policy",
        "field",
        "and",
        "or",
        "for",
        "to",
        "of",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "your",
        "my",
        "our",
        "this",
        "that",
        "ist",
        "war",
        "muss",
        "nicht",
        "est",
        "pas",
        "es",
        "no",
        "non",
    ]
)


_SENTENCE = (
    r"(?i)(?:password|passwort|passcode|passphrase|kennwort|senha|contrase(?:ñ|n)a|wachtwoord|mot de passe|pin|heslo|"
    r"has(?:ł|l)o|l(?:ö|o)senord(?:et)?|passord(?:et)?|adgangskode|salasana|пароль|parola|şifre)\"? "
    r"(?:is|was|ist|lautet|war|es|est|é|e|je|jest|är|er|on|:) [^\s]"
)


#: What is called a token, a cookie or a session and is shorter is a number or a name.
_SHORT_TOKEN = 16


class LabelledSecrets:
    """Labels with a sign; options of commands; sentences."""

    triggers = (
        r"(?i)--?(?:password|passwd|pass|pwd|token|secret|api-?key|access-?key|auth-?token|client-?secret) [^\s-]",
        _SENTENCE,
        *labels.triggers([*PASSWORDS, *TOKENS], r"[:=]"),
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        if trigger > 1:
            return _of_label(view, end)
        start = end - 1
        value, quoted = _token(view.folded, start)
        start += quoted
        if trigger == 0:
            return _finding(start, value, 0.85, "an option's value") if _random_word(value) else None
        told = quoted or _has_more_than_letters(value) or _PASSPHRASE.fullmatch(value.rstrip(".!?")) is not None
        if stands_for_nothing(value) or not told or _CODE.search(value):
            return None
        return _finding(start, value.rstrip(".!?"), 0.8, "a sentence says so")


def _of_label(view: View, end: int) -> Finding | None:
    found = labelled(view, end)
    if found is None:
        return None
    means = meaning(found.label)
    if means is None or means.kind != "secret":
        return None
    value = view.folded[found.start : found.end] if found.quoted else _token(view.folded, found.start)[0]
    if stands_for_nothing(value) or not means.holds(value):
        return None
    if "token" in means.look and _NO_SESSION.match(value) is not None:
        return None
    if "token" in means.look:
        if value[:7].lower() in ("bearer ", "basic ") or not _random(value):
            return None
        if len(value) < _SHORT_TOKEN and not found.label.lower().endswith(("key", "secret", "pass")):
            return None
        return _finding(found.start, value, 0.9, "looks random, and its label names a key or a token")
    label = found.label.lower()
    if value.lower() in (label, label.rpartition("_")[2]) or is_dummy(value, mixed=False):
        return None
    if found.quoted:
        return None if _CODE.search(value) and " " in value else _finding(found.start, value, 0.9, "a quoted password")
    return _unquoted(view, found, value)


def _unquoted(view: View, found: labels.Labelled, value: str) -> Finding | None:
    if len(value) < 4 or _CODE.search(value[:1]) or _is_of_program(value):
        return None
    if value.lower() in _PROSE:
        return None
    if "passphrase" in found.label.lower() and _SENTENCE_LIKE.fullmatch(view.folded, found.start, found.end):
        return _finding(found.start, view.folded[found.start : found.end], 0.8, "words behind a label of passphrases")
    if _has_more_than_letters(value):
        return _finding(found.start, value, 0.8, "its label names a password")
    if _PASSPHRASE.fullmatch(value):
        return _finding(found.start, value, 0.8, "words in a row behind a label of passwords")
    rest = view.folded[found.start + len(value) : found.end].strip()
    if found.label[-1] > "\u2e7f" and _LATIN.fullmatch(value):
        return _finding(found.start, value, 0.7, "Latin letters behind a label of another script")
    name = found.label.rpartition(" ")[2]
    variable = found.sign == "=" and (name.isupper() or _is_property(view, found, name))
    if rest or not (variable or (found.alone and found.sign == ":" and not value[0].isupper() and len(value) >= 6)):
        return None
    return _finding(found.start, value, 0.6, "its label names a password")


def _is_property(view: View, found: labels.Labelled, name: str) -> bool:
    """Whether it is a line of a file of properties: `spring.datasource.password=…`, with no blank around the sign."""
    return found.alone and "." in name and view.folded[found.start - 1] == "=" and view.folded[found.start - 2] != " "


#: Small words and nothing else, up to the end of the line.
_SENTENCE_LIKE = re.compile(
    r"(?!(?:enter|must|the|a|your|use|type|at|please|no|not|is)\b)[a-z]{2,12}(?: [a-z]{1,12}){3,11}"
)
_LATIN = re.compile(r"[a-zA-Z]{6,24}")
#: Three words or more, joined by a sign; or capitals within a word.
_PASSPHRASE = re.compile(r"[a-z]{3,12}(?:-[a-z]{3,12}){2,7}|[A-Za-z]*[a-z][A-Z][a-z]+[A-Z][A-Za-z]{4,}")


def _finding(start: int, value: str, confidence: float, reason: str) -> Finding:
    return Finding("secret", start, start + len(value), value, confidence, reason)


def _token(text: str, start: int) -> tuple[str, bool]:
    """What stands at `start` up to a blank or a sign, without quotation marks; whether there were any."""
    quote = text[start : start + 1]
    if quote and quote in "\"'`\u201c":
        close = text.find("\u201d" if quote == "\u201c" else quote, start + 1, start + REACH - 56)
        if close > start + 1 and "\n" not in text[start:close]:
            return text[start + 1 : close], True
    end = _AFTER.search(text, start, start + REACH - 56)
    return text[start : end.start() if end is not None else start + REACH - 56].rstrip(".:,;"), False


def _random(value: str) -> bool:
    """As keys and tokens are: no name of a program, no path, no sentence."""
    if len(value) < 8 or " " in value or _CODE.search(value) or is_dummy(value):
        return False
    digits = sum(map(str.isdigit, value))
    mixed = len(value) >= 20 and not value.islower() and not value.isupper()
    if digits < (1 if mixed else 2) or (value.isdigit() and len(value) < _LEAST_OF_DIGITS) or entropy(value) < 2.8:
        return False
    return not (_PROGRAM_NAME.fullmatch(value) and digits < 3 and len(value) < 24)


#: Cookies that count visits or keep a choice.
_NO_SESSION = re.compile(
    r"_(?:g[a-z]{1,3}|fbp|fbc|hj[a-z]*|pk_[a-z]+|clck|clsk|utm[a-z])[\w.]{0,40}=|(?:lang|locale|theme|consent|currency)=",
    re.I,
)
#: Shorter values of digits alone are numbers of something.
_LEAST_OF_DIGITS = 24


def _random_word(value: str) -> bool:
    return _random(value) or (
        len(value) >= 6 and _has_more_than_letters(value) and not _CODE.search(value) and not _is_of_program(value)
    )


def _has_more_than_letters(value: str) -> bool:
    return len(value) >= 4 and any(not char.isalpha() and char not in "_-./:" for char in value)


def _is_of_program(value: str) -> bool:
    """A path of names, a call, a subscript: `settings.PASSWORD`, `user_password`, `get_password(`."""
    if re.search(r"\w[(\[]|[)\]]$|^[{<$%&*@/]|;$", value):
        return True
    if _PROGRAM_NAME.fullmatch(value) is None:
        return False
    return "." in value or ("_" in value and _DIGITS.search(value) is None) or "::" in value


#: A year or more: names of a program end in one digit, or two.
_DIGITS = re.compile(r"[0-9]{3}")
