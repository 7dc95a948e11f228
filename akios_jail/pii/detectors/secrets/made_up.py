"""How much a word looks like a password that somebody made up, or a machine: by signs, digits and cases in it.

Three degrees: `WORD_LIKE` is a word with a number, as many names of things are; `MADE_UP` words in a row with a number,
or a short mixture; `STRANGE` a mixture that nothing else has. Names of algorithms, versions, paths, calls and numbers
of orders are none of them.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.finding import Finding

NOT_MADE_UP, WORD_LIKE, MADE_UP, STRANGE = range(4)

#: What is written without a blank, in scripts that passwords are in.
TOKEN = re.compile(r"[!-~\u00a1-\u024f\u0370-\u052f]+")
_LONGEST = 112
_ALGORITHM = re.compile(
    r"(?i)sha-?\d|md5|aes|rsa|crypt|pbkdf|argon|hmac|base\d|utf|oauth|x509|pkcs|tls|ssl|ipv?\d|http|\.(?:com|org|net)\b|"
    r"rfc|iso|cve|php|python|java|level|version|wpa\d"
)
_NO_PASSWORD = re.compile(
    r"(?i)v?\d[\d.,:/-]*(?:[a-z]{0,4}|-[a-z]+|(?:st|nd|rd|th))|[a-z]+[/\\].*|[a-z_]+\d?[(\[=].*|-{1,2}[a-z].*|[#@$%&/].{0,12}|0x[0-9a-f]+|(?-i:[A-Z0-9]{2,8}(?:-[A-Z0-9]{2,8})+)|"
    r"[0-9a-f]{4,12}(?:-[0-9a-f]{4,12})+"
)
_CODE = re.compile(r"[(){}\[\]<>=|\\\"`;/]|&&|::")
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_WORDS_AND_NUMBER = re.compile(r"[^\W\d_]{4,}(?:[-_.][^\W\d_]{3,})+[-_.]?[0-9]{2,4}")
_WORD_AND_YEAR = re.compile(r"[^\W\d_]{4,}[-_.]?[0-9]{2,8}|[^\W\d_]{2,}[0-9]{2,}[^\W\d_]{2,}")
_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[^\W\d_]")
_SIGNS = frozenset("!$#%*?+^&~@")


def value_at(text: str, start: int, least: int, end: int | None = None) -> Finding | None:
    """What stands at `start`, up to `end` or a blank, if it looks so much like a password at least."""
    token = TOKEN.match(text, start, min(start + _LONGEST, end if end is not None else len(text)))
    if token is None:
        return None
    value = token.group().rstrip(".,;:)\u201c\u201d\u2019")
    opening = len(value) - len(value.lstrip("\"'`(\u201c\u201e\u00ab\u2018"))
    value = value[opening:].rstrip("\"'`\u00bb")
    if token.end() - start >= _LONGEST or looks(value.rstrip("=")) < least or is_dummy(value, mixed=False):
        return None
    return secret_at(start + opening, value, 0.8, "told beside the word for a password or key")


def looks(value: str) -> int:
    """How much a word looks like a password."""
    if not 6 <= len(value) <= 104 or _DIGITS.search(value) is None or _LETTERS.search(value) is None:
        return NOT_MADE_UP
    if _NO_PASSWORD.fullmatch(value) or _ALGORITHM.search(value):
        return NOT_MADE_UP
    runs = _RUNS.findall(value)
    mixed = sum(map(len, runs)) < 2.6 * len(runs)
    if len(value) >= 20 and mixed and not _CODE.search(value.replace("/", "")):
        return STRANGE
    if len(value) >= 20 and value.isalnum() and switches(value) >= _OF_MACHINES:
        return STRANGE
    if _CODE.search(value) or ("@" in value and "." in value.partition("@")[2]):
        return NOT_MADE_UP
    bare = value.rstrip("?")
    if len(bare) >= 8 and any(char in _SIGNS for char in bare[1:]):
        return STRANGE
    if len(value) >= 8 and mixed and not (value.islower() and "-" in value):
        return STRANGE if len(value) >= 12 else MADE_UP
    if _WORDS_AND_NUMBER.fullmatch(value) or (len(value) >= 10 and _GROUPS.fullmatch(value) and switches(value) >= 2):
        return MADE_UP
    return WORD_LIKE if _WORD_AND_YEAR.fullmatch(value) and len(value) >= 8 else NOT_MADE_UP


def switches(value: str) -> int:
    """How often a letter and a digit stand side by side."""
    return len(_SWITCH.findall(value))


_SWITCH = re.compile(r"(?=[A-Za-z][0-9]|[0-9][A-Za-z])")
#: In so many places machines put digits among letters, where people put a number behind a word.
_OF_MACHINES = 5
#: Groups of small letters and digits, one of which has letters behind its digits: `aucg5-1zdsq-88`.
_GROUPS = re.compile(r"(?=[a-z0-9-]*[0-9][a-z])[a-z0-9]{2,8}(?:-[a-z0-9]{2,8}){1,6}")


def secret_at(start: int, value: str, confidence: float, reason: str) -> Finding:
    """A secret that begins at `start`."""
    return Finding("secret", start, start + len(value), value, confidence, reason)
