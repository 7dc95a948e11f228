"""A request's body read for a rule, and sent as what it was read as.

Servers go by Content-Type, and by habit where there is none: Ruby's take any POST without one for a form. So a form
goes on as it was read, in one spelling, and JSON is called JSON.
"""

from __future__ import annotations

import contextlib

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.policy import forms
from akios_jail.policy.action import Action


async def with_body(exchange: Exchange, action: Action) -> Action:
    """The action with its body, for a rule that is about it. `Denied` for one that cannot be had."""
    body = as_read(exchange, await exchange.read_decoded(limits.BUFFERED_BODY.value))
    return action._replace(body=body, headers=exchange.request.headers)


def as_read(exchange: Exchange, body: bytes) -> bytes:
    """The decoded body in the spelling in which it goes on, and the request made to say what it is.

    A form that cannot be read stays as it is: conditions say that themselves, if they depend on it.
    """
    request = exchange.request
    kind = forms.kind(request.headers)
    if kind == "form":
        with contextlib.suppress(forms.Unreadable):
            body = forms.read(body).encoded
            exchange.replace_body(body)
    elif kind == "" and body.lstrip()[:1] in (b"{", b"["):
        request.set_header("Content-Type", "application/json")
    return body
