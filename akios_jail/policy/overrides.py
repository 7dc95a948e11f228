"""Methods that servers may take a request for beside its own: by a header field, the query, or a field of its form."""

from __future__ import annotations

from typing import Final

from akios_jail.policy import forms
from akios_jail.policy.action import Action

#: Fields by which some servers let a request pass for one of another method.
_FIELDS: Final = frozenset(("x-http-method-override", "x-http-method", "x-method-override"))


def asked(action: Action) -> list[str]:
    """The methods, in capitals. Those that a body asks for are told only if it was read."""
    # What hands fields on as variables (CGI and its like) makes no difference between the two dashes.
    found = [value.strip().upper() for name, value in action.headers if name.lower().replace("_", "-") in _FIELDS]
    if "%" in action.query or "method" in action.query.lower():
        found += forms.overriding(action.query.encode("utf-8", "surrogatepass"))
    if action.body and may_be_in_body(action):
        found += forms.overriding(action.body)
    return found


def may_be_in_body(action: Action) -> bool:
    """Whether some server may look for a method in the request's body."""
    kind = forms.kind(action.headers)
    return kind in ("form", "doubtful") or (kind == "" and action.method == "POST")  # Ruby's take that for a form
