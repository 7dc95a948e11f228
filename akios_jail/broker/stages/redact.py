"""redact: personal data does not leave as it is.

Every string of a model call's body goes through the detectors that the policy names, and so do the files that are
uploaded to a model's provider, and header fields. With `egress` in the policy's scope the same is done to every other
request that can be read. What is replaced is replaced by the same for the whole session. Personal data in an address
cannot be replaced without asking for something else, so it is refused.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote_plus

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal, acted, refuse_blocked, told
from akios_jail.broker.session_view import SessionView
from akios_jail.pii.body import redact_body
from akios_jail.pii.document import redact_document, redact_text
from akios_jail.pii.form import redact_form
from akios_jail.pii.redactor import Redactor
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call

#: Fields that say how a message travels or who sends it: what looks personal there is needed where it goes, or is none.
_LEFT_FIELDS = """
    accept accept-charset accept-encoding accept-language authorization cache-control connection content-encoding
    content-language content-length content-type cookie date expect host idempotency-key if-match if-modified-since
    if-none-match if-range if-unmodified-since origin pragma proxy-authorization range te trailer transfer-encoding
    upgrade user-agent via x-api-key api-key x-goog-api-key x-amz-security-token x-amz-date x-amz-content-sha256
    traceparent tracestate sentry-trace x-request-id x-client-request-id
"""
_LEFT = frozenset(_LEFT_FIELDS.split())
#: Fields of a query that hold the key of whoever asks: no secret that leaks, but the one that belongs there.
_KEY_FIELDS = frozenset(("key", "api_key", "api-key", "apikey", "access_token", "token", "sig", "signature"))


def needed(plan: BrokerPlan) -> bool:
    """Whether the policy looks for personal data at all."""
    return plan.pii.mode != "off"


class Redact:
    """Applies the policy's `pii_handling` to what leaves."""

    name = "redact"

    def __init__(self, session: SessionView) -> None:
        personal = session.personal
        if personal is None:
            raise ValueError("the session looks for no personal data")
        self._personal: Personal = personal
        self._scope = session.plan.pii.scope
        named = {field.lower() for one in session.plan.credentials for field in one.fields}
        self._left, self._key_fields = _LEFT | named, _KEY_FIELDS | named

    async def request(self, exchange: Exchange) -> None:
        redactor = self._personal.redactor(exchange.verdicts)
        request = exchange.request
        call: Call | None = exchange.call
        model = call is not None or registry.model_host(exchange.host, request.path) is not None
        if redactor is None or ("model_calls" if model else "egress") not in self._scope:
            return
        counts: Counter[str] = Counter()
        await self._address(exchange, redactor, counts, model)
        await self._fields(exchange, redactor, counts)
        if call is not None:
            await self._call(exchange, call, redactor, counts)
        else:
            await self._body(exchange, redactor, counts)
        if not counts:
            return
        what = "the call" if call is not None else "the request"
        refuse_blocked(redactor, counts, what)
        done = acted(redactor, counts)
        exchange.findings, exchange.replaced = dict(counts), done
        if not done:
            exchange.verdicts.append(Verdict("allow", "pii_observed", f"{what} holds {told(counts)}"))
            return
        stands = "placeholders" if redactor.places(done) else "stand-ins"
        seen = "before the model sees it" if model else "before it leaves"
        exchange.verdicts.append(Verdict("modify", "pii_redacted", f"{told(done)} replaced by {stands} {seen}"))

    async def response(self, exchange: Exchange) -> None:
        """Answers are restore's matter."""

    async def _call(self, exchange: Exchange, call: Call, redactor: Redactor, counts: Counter[str]) -> None:
        if redactor.acts and any(payload.form == "tokens" for payload in call.payloads):
            reason = "the call tells the model numbers of tokens, in which personal data cannot be found"
            raise Denied(Verdict("deny", "pii_unredactable", reason))
        size = len(exchange.request.body or b"")
        places = [payload.path for payload in call.payloads]
        found = await self._personal.look(size, redact_document, redactor, call.document, places)
        counts.update(found.counts)
        if found.counts and found.document != call.document:
            path = registry.normal_path(exchange.request.path)
            exchange.call = call.wire.read(call.provider, call.host, path, found.document)
            exchange.replace_body(strictjson.dumps(found.document))

    async def _body(self, exchange: Exchange, redactor: Redactor, counts: Counter[str]) -> None:
        """The body of what is no model call, as far as it can be read."""
        request = exchange.request
        kind = request.header("content-type") or ""
        if request.body == b"":
            return
        if not redactor.acts and not (request.length or 0) <= limits.BUFFERED_BODY.value:
            return  # nothing is kept from leaving, so nothing has to be read that is too large for it
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        found = await self._personal.look(len(body), redact_body, redactor, body, kind)
        counts.update(found.counts)
        if found.body is not body:
            exchange.replace_body(found.body)

    async def _fields(self, exchange: Exchange, redactor: Redactor, counts: Counter[str]) -> None:
        headers = exchange.request.headers
        for number, (name, value) in enumerate(headers):
            if name.lower() not in self._left and len(value) > 4:
                new = await self._personal.look(len(value), redact_text, redactor, value, counts, name)
                if new != value:
                    headers[number] = (name, new)

    async def _address(self, exchange: Exchange, redactor: Redactor, counts: Counter[str], model: bool) -> None:
        request = exchange.request
        found: Counter[str] = Counter()
        await self._personal.look(0, redact_text, redactor, unquote_plus(request.path), found)
        own, rest = self._parted(request.query)
        for query, keys in ((rest, False), (own, True)):
            if query:
                form = await self._personal.look(len(query), redact_form, redactor, query)
                found.update({kind: count for kind, count in form.counts.items() if not (keys and kind == "secret")})
        done = acted(redactor, found)
        if done:
            whose = "this request to a model" if model else "this request"
            raise Denied(Verdict("deny", "pii_in_address", f"the address of {whose} holds {told(done)}"))
        counts.update(found)

    def _parted(self, query: str) -> tuple[str, str]:
        """The fields of a query in which the request's own key belongs, and the others."""
        own: list[str] = []
        rest: list[str] = []
        for field in query.split("&") if query else ():
            name = unquote_plus(field.partition("=")[0]).lower()
            (own if name in self._key_fields or name.startswith("x-amz-") else rest).append(field)
        return "&".join(own), "&".join(rest)
