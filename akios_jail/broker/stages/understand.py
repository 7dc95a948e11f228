"""understand: is this a model call, and what does it say?

From here on the parsed document is the request: what upstream receives is written from it, so that nothing reaches a
model that was not read here. What must be a model call and cannot be read is refused where the policy needs to read it:
because it counts money or tokens, keeps personal data from models or rules on tools, or because its monitoring is
strict. Elsewhere it passes and is on record as opaque.
"""

from __future__ import annotations

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import dear_headers, registry, strictjson
from akios_jail.providers.neutral import Call
from akios_jail.providers.strictjson import Unreadable

_FETCHED = "tool rules govern what a model asks for, and an answer that is fetched afterwards passes none of them"
#: Methods by which a model can be made to work.
_ACTS = ("POST", "PUT", "PATCH")


class Understand:
    """Puts the neutral form of a model call on the exchange."""

    name = "understand"

    def __init__(self, session: SessionView) -> None:
        plan = session.plan
        self._rules_tools = any(rule.tool for rule in plan.tools)
        self._reads = plan.budget.limited or plan.keeps_personal_data or self._rules_tools
        self._priced = plan.budget.money
        self._must_read = self._reads or plan.monitoring != "standard"
        others = plan.budget.limited or self._rules_tools or plan.monitoring != "standard"
        self._only_data = plan.keeps_personal_data and not others

    async def request(self, exchange: Exchange) -> None:
        host, request = exchange.host, exchange.request
        if self._rules_tools and registry.fetches_answer(host, request.method, request.path):
            raise Denied(Verdict("deny", "model_answer_ungoverned", _FETCHED))
        if not registry.may_be_call(host, request.path):
            return
        if self._only_data and _is_upload(exchange):
            return  # no model runs for it, and redact reads its parts
        if not self._must_read and registry.spoken(request.path) is None:
            if registry.model_host(host, request.path) is not None:
                exchange.opaque = _whose(exchange) if request.method in _ACTS else ""
                return
            if request.length == 0 or (request.header("content-type") or "").startswith("multipart/"):
                return  # on nobody's host only JSON tells that it is for a model
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        try:
            read = await offload(len(body), _read, exchange, body)
        except Unreadable as error:
            exchange.opaque = _whose(exchange)
            if not self._must_read:
                return
            raise Denied(self._refusal(exchange, error)) from None
        if read is None:
            return
        exchange.call, plain = read
        if self._priced and exchange.call.billable and (why := dear_headers.unbounded(request.headers)):
            reason = f"what this call costs cannot be bounded in advance: {why}"
            raise Denied(Verdict("deny", "cost_unbounded", reason))
        exchange.replace_body(plain)
        request.set_header("Content-Type", "application/json")
        request.set_header("Accept-Encoding", "identity")

    async def response(self, exchange: Exchange) -> None:
        """Answers are followed by meter."""

    def _refusal(self, exchange: Exchange, error: Unreadable) -> Verdict:
        kind = exchange.request.header("content-type") or "no content type"
        why = f"this call cannot be read: {error} ({kind[:80]})"
        if self._reads:
            return Verdict("deny", "model_call_unreadable", f"the policy governs what models are told, and {why}")
        return Verdict("deny", "model_call_opaque", f"under strict monitoring nothing passes unread, and {why}")


def _is_upload(exchange: Exchange) -> bool:
    """Whether this puts a file where later calls can name it, in parts that can be told apart."""
    request = exchange.request
    kind = (request.header("content-type") or "").lower()
    return request.method == "POST" and request.path.endswith("/files") and kind.startswith("multipart/form-data")


def _whose(exchange: Exchange) -> str:
    """Who gets a call that nobody here could read: the provider by its name in the price list, or the host."""
    known = registry.model_host(exchange.host, exchange.request.path)
    return known.provider if known is not None and known.provider else exchange.host


def _read(exchange: Exchange, body: bytes) -> tuple[Call, bytes] | None:
    """The call and its document written again; None if this is no call."""
    request = exchange.request
    call = registry.understand(exchange.host, request.method, request.path, body, request.query)
    return None if call is None else (call, strictjson.dumps(call.document))
