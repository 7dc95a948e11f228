"""understand: is this a model call, and what does it say?

From here on the parsed document is the request: what upstream receives is written from it, so that nothing reaches a
model that was not read here. Where a policy counts money or tokens, or keeps personal data from models, a request
that must be a model call and cannot be read is refused.
"""

from __future__ import annotations

from akios_jail.broker import limits
from akios_jail.broker.exchange import Denied, Exchange, SessionView
from akios_jail.broker.offload import offload
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call
from akios_jail.providers.strictjson import Unreadable


class Understand:
    """Puts the neutral form of a model call on the exchange."""

    name = "understand"

    def __init__(self, session: SessionView) -> None:
        plan = session.plan
        self._must_read = plan.budget.limited or plan.pii.mode in ("redact_before_inference", "block")

    async def request(self, exchange: Exchange) -> None:
        request = exchange.request
        looked_at = registry.may_be_call(exchange.host, request.path)
        if not looked_at or (not self._must_read and registry.spoken(request.path) is None):
            return
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        try:
            read = await offload(len(body), _read, exchange, body)
        except Unreadable as error:
            if not self._must_read:
                return
            kind = request.header("content-type") or "no content type"
            reason = f"the policy governs what models are told, and this call cannot be read: {error} ({kind[:80]})"
            raise Denied(Verdict("deny", "model_call_unreadable", reason)) from None
        if read is None:
            return
        exchange.call, plain = read
        exchange.replace_body(plain)
        request.set_header("Content-Type", "application/json")
        request.set_header("Accept-Encoding", "identity")

    async def response(self, exchange: Exchange) -> None:
        """Answers are followed by meter."""


def _read(exchange: Exchange, body: bytes) -> tuple[Call, bytes] | None:
    """The call and its document written again; None if this is no call."""
    call = registry.understand(exchange.host, exchange.request.method, exchange.request.path, body)
    return None if call is None else (call, strictjson.dumps(call.document))
