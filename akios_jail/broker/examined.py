"""A request's body read for a rule, and sent as what it was read as.

Servers go by Content-Type, and by habit where there is none: Ruby's take any POST without one for a form. So a form
goes on as it was read, in one spelling, and JSON is called JSON.
"""

from __future__ import annotations

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.policy import forms
from akios_jail.policy.decide import Action


async def with_body(exchange: Exchange, action: Action) -> Action:
    """The action with its body. `Denied` for one that cannot be had."""
    body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
    request = exchange.request
    kind = forms.kind(request.headers)
    if kind == "form":
        try:
            body = forms.read(body).encoded
        except forms.Unreadable:
            return action._replace(body=body)  # which the condition says itself, if it depends on the body
        exchange.replace_body(body)
    elif kind == "" and body.lstrip()[:1] in (b"{", b"["):
        request.set_header("Content-Type", "application/json")
    return action._replace(body=body, headers=request.headers)
