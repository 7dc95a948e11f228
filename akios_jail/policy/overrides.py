"""Methods that servers may take a request for beside its own: by a header field, the query, or a field of its form."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from akios_jail.policy import forms
from akios_jail.policy.action import Action

#: Fields by which some servers let a request pass for one of another method.
_FIELDS: Final = frozenset(("x-http-method-override", "x-http-method", "x-method-override"))
_PARAMETER: Final = "_method"


def asked(action: Action) -> list[str]:
    """The methods, in capitals. A form's are told only if its body was read."""
    found = [value for name, value in action.headers if name.lower() in _FIELDS]
    if _PARAMETER in action.query.lower() or "%" in action.query:
        found += [value for name, value in parse_qsl(action.query) if name.lower() == _PARAMETER]
    methods = [value.strip().upper() for value in found]
    if action.body and forms.kind(action.headers) in ("form", "doubtful"):
        methods += forms.overriding(action.body)
    return methods
