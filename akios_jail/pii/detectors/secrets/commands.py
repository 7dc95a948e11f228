"""Passwords where a command, a file of settings or a program's library has its own way of writing them.

`curl -u jo:…`, `mysql -p…`, `docker login -p …`, `openssl -k …`, `sshpass -p …`, `login jo password …` (netrc),
`IDENTIFIED BY '…'`, `requirepass …`, a router's `radius-server key …`, markup, and addresses of databases without a
scheme: `jo:…@tcp(host)`, `jdbc:oracle:thin:jo/…@host`.

Confidence: 0.9.
"""

from __future__ import annotations

import re

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_OF_ROUTER = r"\b(?:radius-server|tacacs-server|radius|tacacs)(?: [a-z0-9.-]{1,40}){0,2} key [^\s]"
#: Patterns that end at the first character of the password, in the syntax that RE2 and Hyperscan share.
_BEFORE = (
    r"\bcurl [^\n|]{0,60}(?:-u|--user)[ =][\"']?[^\s:\"'$]{1,40}:[^\s\"']",
    r"\bmysql(?:dump|admin)?(?: [^\n|]{0,60})? -p[^\s\"']",
    r"\bsshpass -p ?[\"']?[^\s\"']",
    _OF_ROUTER,
    r"\b(?:plain-text-password-value|pre-shared-key (?:ascii-text )?)[ \"]{1,2}[^\s\"]",
    r":(?:[0-9]{4,5}|\*):[A-Za-z_*][A-Za-z0-9_*-]{0,30}:[A-Za-z_][A-Za-z0-9_.-]{0,30}:[^\s:/]",
    r"(?i)\blogin [^\s]{1,60}[,\s]{1,3}password [^\s\"']",
    r"(?i)\b(?:identified by|with password|convertto-securestring|encrypted password) [\"'][^\s\"']",
    r"(?i)\b(?:requirepass|masterauth|bindpw|rootpw|snmp-server community) [^\s\"']",
    r"(?i)<(?:password|passwd|pwd|passwort)>[^<\s]",
    r"(?i)(?:key|name)=[\"'][a-z0-9_.:-]{0,24}(?:api-?key|password|secret|token)[\"'] value=[\"'][^\s\"']",
    r"(?i)\bauthorization[\"']?: ?[\"']?(?:token|apikey|api-key|key|ssws) [A-Za-z0-9]",
    r"\bjdbc:oracle:thin:[^\s/@\"']{1,40}/[^\s@\"']",
)
_VALUE = re.compile(r"[^\s\"'<>|;,]{4,120}")
_UNTIL_HOST = re.compile(r"[^\s\"'@]{4,120}(?=@)")
#: The trigger of addresses without a scheme ends at the bracket of the network.
_DSN = r"[A-Za-z0-9_.-]:[^\s:@\"'/]{1,60}@(?:tcp|udp|unix|cloudsql)\("
_IN_DSN = re.compile(r":(?P<password>[^\s:@\"'/]{1,60})@[a-z]{3,8}\(\Z")
_EXAMPLES = frozenset(("password", "pass", "passwd", "pwd", "secret", "token", "public", "private", "changeme"))
_OF_PROGRAM = re.compile(r"[$%{<&*(]")


class Commands:
    """One trigger a way."""

    triggers = (*_BEFORE, _DSN)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger == len(_BEFORE):
            match = _IN_DSN.search(text, max(0, end - 80), end)
            span = match.span("password") if match is not None else None
        else:
            rest = (_UNTIL_HOST if trigger == len(_BEFORE) - 1 else _VALUE).match(text, end - 1, end + 120)
            span = rest.span() if rest is not None else None
        if span is None:
            return None
        value = text[slice(*span)]
        if _OF_PROGRAM.match(value) or value.lower() in _EXAMPLES or stands_for_nothing(value):
            return None
        if set(value) <= set("0123456789:"):
            return None  # a port
        return Finding("secret", *span, value, 0.9, "where a command or a setting has its password")
