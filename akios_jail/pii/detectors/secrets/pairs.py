"""Secrets whose name stands beside them in other ways than behind a colon: pairs of name and value, markup, tables,
a user with the password, `token …` in a sentence.

`{"name": "DB_PASSWORD", "value": "…"}`, `<param name="password">…<`, `| API key | … |`, `auth=("jo", "…")`,
`creds: jo / …`. A password must look made up there, a key strange (`made_up`).

Confidence: 0.8; beside a name in a pair 0.85.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import MADE_UP, STRANGE, WORD_LIKE, value_at
from akios_jail.pii.finding import Finding, View

_THOUGHT_UP = "password|passwd|passphrase|pwd"
_RANDOM = "api[._ -]?key|access[._ -]?key|secret|token|credential"
#: What stands between a name and its value in lists of pairs; attributes of markup and the end of its tag.
_VALUE = r"[\"']?[, \n]{1,12}[\"']?value[\"']?: ?[\"']?[^\s\"']"
_TAG = r"[\"'][^<>\n]{0,40}>(?:[ \n]{0,12}<value>)?[^<\s]"
_CELL = r"[ *`]{0,4}\| ?[*`]{0,3}[^\s|*`-]"
_NAMED = r"(?:name|key|id)[\"']?[:=] ?[\"']?[a-z0-9_.-]{0,30}"
_CREDENTIALS = (
    "creds?|credentials|logins?|sign-?in|zugangsdaten|anmeldedaten|anmeldung mit|identifiants|accès|credenciales|"
    "accesos?|credenziali|accesso|inloggegevens|inloggning|dane logowania|přihlašovací údaje|логин|доступы?|u/p|"
    "wi-?fi|wlan|ssid|wp-admin|cpanel|plesk|s?ftp|vpn|citrix|router|staging|backend|back ?office|intranet"
)
_KEYS = (
    "key|token|secret|schlüssel|clé|clave|chiave|chave|sleutel|nyckel|klucz|klíč|kulcs|anahtar|ключ|密钥|密鑰|金鑰|令牌|キー|"
    "トークン|토큰|مفتاح|מפתח"
)
#: The pattern that ends with the value's first character, how much it must look made up, and how sure that is.
_ROWS = (
    (rf"(?i){_NAMED}(?:{_THOUGHT_UP})(?:{_VALUE}|{_TAG})", WORD_LIKE, 0.85),
    (rf"(?i){_NAMED}(?:{_RANDOM})(?:{_VALUE}|{_TAG})", STRANGE, 0.85),
    (r"(?i)(?:csrf|xsrf)[a-z_-]{0,12}[\"'] content=[\"'][^\s\"']", STRANGE, 0.85),
    (r"(?i)type=[\"']password[\"'][^<>\n]{0,60}value=[\"'][^\s\"']", WORD_LIKE, 0.85),
    (rf"(?i)(?:{_RANDOM}|key){_CELL}", STRANGE, 0.8),
    (r"(?i)(?:auth|login|credentials?)(?: ?= ?)?\([\"']", WORD_LIKE, 0.8),
    (rf"(?i)\b(?:{_CREDENTIALS})(?: ?[:=-])? ", MADE_UP, 0.8),
    (r"(?i)\b(?:admin|root|guest|gast|invitado|ospite|administrator) ?/ ?[^\s]", MADE_UP, 0.8),
    (r"(?i)\bu(?:ser)?: ?[^\s]{1,40},? p(?:ass|w|wd)?: ?[^\s]", WORD_LIKE, 0.8),
    (r"(?i)\b(?:password|pass|pwd|passwort) ?(?:→|➜|➡|->) ?[^\s]", WORD_LIKE, 0.8),
    (
        r"\b(?:enable|username [^\s]{1,40}(?: privilege [0-9]{1,2})?) (?:secret|password) (?:[0-9] )?[^\s]",
        WORD_LIKE,
        0.85,
    ),
    (
        (
            rf"(?i)(?:{View(_KEYS).folded})(?: ?#?[0-9]{{1,2}})?(?:'s|:| ?→| ?[-=]>| ?=)? ?(?:is |0x)?"
            r"[A-Za-z0-9+/_.~-]{20}"
        ),
        STRANGE,
        0.8,
    ),
    # the private part of a JSON Web Key (RFC 7518), and variables of the surroundings
    (r"\"d\" ?: ?\"[A-Za-z0-9_-]{20}", STRANGE, 0.9),
    (r"\b[A-Z][A-Z0-9_]{2,30}_KEY[\"'\])]{0,3} ?[:=] ?[\"']?[A-Za-z0-9+/_.-]{20}", STRANGE, 0.85),
)
#: Of the rows with a user: what goes on up to the password.
_USERS = {
    5: re.compile(r"[^\"'\n]{1,60}[\"'], ?[\"']"),
    6: re.compile(
        r"(?:user[ :]{1,2})?[^\s:/|,]{1,40}(?: ?[/:|] ?|, | (?:and|und|et|y|e) )(?:pass\w{0,5}:? )?", re.IGNORECASE
    ),
}
#: Of how many characters of the value the triggers of the last rows see.
_SEEN, _LONG_ROWS = 20, 3
#: What ends a value that stands in marks.
_END = re.compile("[\\s\"'<>|`]")


class Pairs:
    """One trigger a way of writing."""

    triggers = tuple(pattern for pattern, _, _ in _ROWS)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        _, least, confidence = _ROWS[trigger]
        start = end - (_SEEN if trigger >= len(_ROWS) - _LONG_ROWS else 1)
        if trigger in _USERS:
            user = _USERS[trigger].match(view.folded, end, end + 80)
            if user is None:
                return None
            start = user.end()
        closing = _END.search(view.folded, start, end + 120)
        found = value_at(view.folded, start, least, closing.start() if closing is not None else end + 120)
        return found if found is None else found._replace(confidence=confidence)
