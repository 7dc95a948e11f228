"""What a variable of Terraform falls back to, where its name says that it is a secret.

`variable "db_password" { … default = "…" }` (HCL): the name and the value are apart, with a type and a description
between them.

Confidence: 0.85.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import STRANGE, looks, secret_at
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_DEFAULT = re.compile(
    r"(?P<name>[a-z0-9_-]{1,60})\" ?\{[^{}]{0,240}?\bdefault\s{0,8}=\s{0,8}\"(?P<value>[^\"\n$]{4,120})\"",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?P<thought_up>passw(?:or)?d|passphrase|pwd|pass)|token|secret|key|credential", re.IGNORECASE)


class Variables:
    """From the word on."""

    triggers = (r"variable \"",)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        match = _DEFAULT.match(view.folded, end)
        name = _NAME.search(match["name"]) if match is not None else None
        if match is None or name is None or stands_for_nothing(match["value"]):
            return None
        if name["thought_up"] is None and looks(match["value"]) < STRANGE:
            return None
        return secret_at(match.start("value"), match["value"], 0.85, "what a variable for a secret falls back to")
