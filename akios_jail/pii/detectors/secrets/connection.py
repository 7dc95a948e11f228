"""Passwords in addresses: `postgres://user:password@host/database`, `https://user:token@host`.

The finding is the password alone: which server and which user it is for says nothing and is often needed.

Confidence: 0.95.
"""

from __future__ import annotations

import re

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_USERINFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,30})://(?P<user>[^\s/@:\"'<>]{0,100}):(?P<password>[^\s/\"'<>]{1,120})@(?=[\w\[])"
)
#: What documentation writes there.
_EXAMPLES = frozenset(("password", "pass", "pwd", "passwd", "secret", "token", "pw", "xxx", "***", "xxxx", "****"))


class ConnectionPasswords:
    """The trigger ends at the sign after the password."""

    triggers = (r"[A-Za-z0-9]://[^\s/@:\"'<>]{0,64}:[^\s/@\"'<>]{1,100}@",)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        start = text.rfind("://", max(0, end - 240), end)
        first = max(0, start - 31)
        for match in _USERINFO.finditer(text, first, end + 122):
            if not match.start() < end <= match.end():
                continue
            password = match["password"]
            if stands_for_nothing(password) or password.lower() in _EXAMPLES or "{" in password or password[0] == "$":
                return None
            return Finding("secret", *match.span("password"), password, 0.95, "the password in an address")
        return None
