"""Secrets in addresses of the web: what lets whoever has the link in, once or always.

`…/callback?code=…` (OAuth), `…?sig=…`, `…/reset/…`, `…/private-…/basic.ics`. The field or the step of the path says
that it lets in; the value must be a mixture as machines make them, since the same words stand before names and numbers.

Confidence: 0.85.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from akios_jail.pii.detectors.secrets.made_up import STRANGE, looks, secret_at, switches
from akios_jail.pii.finding import Finding, View

#: Fields whose value lets in, or proves something; a token may be short, a code is one of many things.
_FIELDS = (
    "code|code_verifier|ticket|samlresponse|_?csrf|_?xsrf|authenticity_token|sig|signature|hmac|tok|t|k|auth|otp|"
    "invite|magic|login_token|reset_token|token|session(?:_?id)?|sid|phpsessid"
)
_STEPS = (
    "reset|reset[-_]?password|password[-_/]reset|set-password|invite|invitations?|magic(?:[-_]?link)?|activate|"
    "activation|verify(?:-email)?|confirm|unsubscribe|private|secret|accept|hooks?"
)
_SEEN = 1
_VALUE = re.compile(r"[A-Za-z0-9%/._~+=-]{8,240}")
_SEGMENT = re.compile(r"[A-Za-z0-9_~-]{12,120}(?=[/?#\s\"'<>)]|\Z)")
_SHORT = re.compile(r"token=\Z", re.IGNORECASE)


class Links:
    """A field of a query; a step of a path."""

    triggers = (
        rf"(?i)[?&#](?:{_FIELDS})=[a-z0-9%/._~+-]",
        rf"(?i)/(?:{_STEPS})[/-][a-z0-9_~-]",
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text, start = view.folded, end - _SEEN
        match = (_SEGMENT if trigger else _VALUE).match(text, start, start + 250)
        if match is None:
            return None
        value = match.group().rstrip(".")
        plain = unquote(value).rstrip("=")
        short = trigger == 0 and _SHORT.search(text, start - 6, start) is not None
        if looks(plain) < STRANGE and not (short and plain.isalnum() and switches(plain) >= _LEAST_SWITCHES):
            return None
        return secret_at(start, value, 0.85, "what lets in whoever has the link")


#: How often letters and digits take turns in a short token.
_LEAST_SWITCHES = 3
