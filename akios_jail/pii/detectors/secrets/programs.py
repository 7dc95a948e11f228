"""Passwords among the options of programs: `docker login -p …`, `openssl -k …`, `net use … /user:jo …`.

The trigger is the program's name alone; where its password stands, a pattern tells from there on.

Confidence: 0.9.
"""

from __future__ import annotations

import re

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_VALUE = r"[\"']?(?P<value>[^\s\"'$*{<%-][^\s\"'<>|;]{3,119})"
#: The names, and what stands between them and the password.
_PROGRAMS = (
    (r"(?:docker|podman|nerdctl|helm registry|az|oc) login", rf"[^\n|]{{0,80}}? (?:-p|--password)[ =]{_VALUE}"),
    (r"redis-cli", rf"[^\n|]{{0,60}}? -a {_VALUE}"),
    (r"mongo(?:sh|dump|restore|export|import)?", rf"[^\n|]{{0,80}}? -p {_VALUE}"),
    (r"ldap(?:search|modify|add|delete|whoami)", rf"[^\n|]{{0,100}}? -w {_VALUE}"),
    (r"ipmitool", rf"[^\n|]{{0,60}}? -P {_VALUE}"),
    (r"(?:un)?zip", rf"[^\n|]{{0,30}}? -P {_VALUE}"),
    (r"(?:7za?|(?:un)?rar)", rf"[^\n|]{{0,30}}? -p(?=[^\s-]){_VALUE}"),
    (r"(?:smbclient|rpcclient|net rpc)", rf"[^\n|]{{0,60}}? -U [\"']?[^\s%\"']{{1,40}}%{_VALUE}"),
    (r"net use", rf"[^\n]{{0,80}}?/user:[^\s]{{1,60}} {_VALUE}"),
    (r"net user", rf" [\w.-]{{1,24}} (?!/){_VALUE}"),
    (r"(?:sqlplus|expdp|impdp)", r" [A-Za-z0-9_]{1,30}/(?P<value>[^\s/@\"']{4,60})"),
    (r"openssl", rf"[^\n|]{{0,80}}?(?: -k |pass:){_VALUE}"),
    (r"htpasswd", rf" -[a-zA-Z]{{0,4}}b[a-zA-Z]{{0,4}} [^\s]{{1,60}} [^\s]{{1,40}} {_VALUE}"),
    (r"echo", r" [\"']?[\w.-]{1,32}:(?P<value>[^\s:\"'$|]{4,60})[\"']? ?\| ?(?:sudo )?chpasswd"),
    (r"aws configure set", rf" [a-z_.]{{0,40}}(?:secret_access_key|session_token) {_VALUE}"),
    (r"(?:setx|ENV)", rf" [A-Z0-9_]{{0,30}}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|ACCESS_KEY) {_VALUE}"),
    (r"curl", rf"[^\n|]{{0,80}}? (?:-b|--cookie)[ =][\"']?[\w.-]{{1,40}}={_VALUE}"),
)


class Programs:
    """One trigger a program."""

    triggers = tuple(rf"\b{name} " for name, _ in _PROGRAMS)

    def __init__(self) -> None:
        self._rows = tuple(re.compile(rf"(?<=\s)(?<!\s\s){rest}" if False else rest) for _, rest in _PROGRAMS)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        match = self._rows[trigger].match(view.folded, end - 1, end + 240)
        if match is None or stands_for_nothing(match["value"]):
            return None
        return Finding("secret", *match.span("value"), match["value"], 0.9, "where a program takes its password")
