"""understand: is this a model call, and what does it say?

From here on the parsed document is the request: what upstream receives is written from it, so that nothing reaches a
model that was not read here. Where a policy counts money or tokens, or keeps personal data from models, a request
that must be a model call and cannot be read is refused.
"""

from __future__ import annotations

from akios_jail.broker import limits
from akios_jail.broker.exchange import Denied, Exchange, SessionView
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.strictjson import Unreadable


class Understand:
    """Puts the neutral form of a model call on the exchange."""

    name = "understand"

    def __init__(self, session: SessionView) -> None:
        plan = session.plan
        limited = any(limit is not None for limit in plan.budget)
        self._must_read = limited or plan.pii.mode in ("redact_before_inference", "block")

    async def request(self, exchange: Exchange) -> None:
        request = exchange.request
        known = registry.model_host(exchange.host, request.path)
        wire = registry.spoken(request.path) if request.method == "POST" else None
        if (known is None and wire is None) or (not self._must_read and wire is None):
            return
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        try:
            call = registry.understand(exchange.host, request.method, request.path, body)
        except Unreadable as error:
            if not self._must_read:
                return
            kind = request.header("content-type") or "no content type"
            reason = f"the policy governs what models are told, and this call cannot be read: {error} ({kind[:80]})"
            raise Denied(Verdict("deny", "model_call_unreadable", reason)) from None
        if call is None:
            return
        exchange.call = call
        exchange.replace_body(strictjson.dumps(call.document))
        request.set_header("Content-Type", "application/json")
        request.set_header("Accept-Encoding", "identity")

    async def response(self, exchange: Exchange) -> None:
        """Answers are followed by meter."""
