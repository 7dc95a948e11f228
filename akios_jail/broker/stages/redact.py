"""redact: personal data does not leave as it is.

Every string of a model call's body goes through the detectors that the policy names, and so do the files that are
uploaded to a model's provider, and all header fields. With `egress` in the policy's scope the same is done to every
other request. What is replaced is replaced by the same for the whole session. Personal data in an address cannot be
replaced without asking for something else, so it is refused; and what cannot be looked into is, too, unless the policy
lets it pass.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote_plus, urlsplit

from akios_jail.broker import encodings, limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.looked import in_path
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal, acted, refuse_blocked, refuse_unread, told
from akios_jail.broker.session_view import SessionView
from akios_jail.pii.body import redact_body
from akios_jail.pii.document import Data, redact_document
from akios_jail.pii.fields import RedactedFields, redact_fields
from akios_jail.pii.form import redact_form
from akios_jail.pii.redactor import Redactor
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Payload

#: Fields of a query that hold the key of whoever asks: no secret that leaks, but the one that belongs there.
_KEY_FIELDS = frozenset(("key", "api_key", "api-key", "apikey", "access_token", "token", "sig", "signature"))
#: Keys under which a call has data itself or an address of it.
_HOLDS_DATA = frozenset(("file_data", "file_url", "image_url", "url"))
#: So many header fields are remembered in which there is nothing.
MAX_PLAIN = 1024


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
        self._own_keys, self._key_fields = frozenset(named), _KEY_FIELDS | named
        # What comes back is read where the policy says so, or where something may have to be put back into it.
        self._reads_answers = "responses" in self._scope or ("egress" in self._scope and personal.restores)
        self._plain: set[tuple[str, str, bool]] = set()

    async def request(self, exchange: Exchange) -> None:
        request = exchange.request
        # Where nobody else reads the answer, it is looked through for the recording, or cannot be kept there.
        if exchange.call is None and (self._reads_answers or request.header("accept-encoding") is not None):
            _accept_what_is_read(exchange)
        redactor = self._personal.redactor(exchange.verdicts)
        call: Call | None = exchange.call
        model = call is not None or registry.model_host(exchange.host, request.path) is not None
        if redactor is None or ("model_calls" if model else "egress") not in self._scope:
            return
        counts: Counter[str] = Counter()
        await self._address(exchange, redactor, counts, model)
        await self._fields(exchange, redactor, counts, model)
        if call is not None:
            unread = await self._call(exchange, call, redactor, counts)
        else:
            unread = await self._body(exchange, redactor, counts)
        what = "the call" if call is not None else "the request"
        refuse_unread(redactor, unread, self._personal.passes_unread, what)
        exchange.unread = dict(unread)
        if not counts:
            return
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

    async def _call(self, exchange: Exchange, call: Call, redactor: Redactor, counts: Counter[str]) -> Counter[str]:
        """What of the call cannot be looked into."""
        if redactor.acts and any(payload.form == "tokens" for payload in call.payloads):
            reason = "the call tells the model numbers of tokens, in which personal data cannot be found; send texts"
            raise Denied(Verdict("deny", "pii_unredactable", reason))
        size = len(exchange.request.body or b"")
        places = [Data(each.path, each.media_type, _sealed(each)) for each in call.payloads]
        thoughts = self._personal.thoughts
        found = await self._personal.look(size, redact_document, redactor, call.document, places, thoughts=thoughts)
        counts.update(found.counts)
        unread = found.unread + Counter(f"{each.kind} at an address" for each in call.payloads if _fetched(call, each))
        if found.counts and found.document != call.document:
            path = registry.normal_path(exchange.request.path)
            exchange.call = call.wire.read(call.provider, call.host, path, found.document)
            exchange.replace_body(strictjson.dumps(found.document))
        return unread

    async def _body(self, exchange: Exchange, redactor: Redactor, counts: Counter[str]) -> Counter[str]:
        """The body of what is no model call, as far as it can be read; what of it cannot be."""
        request = exchange.request
        kind = request.header("content-type") or ""
        if request.body == b"":
            return Counter()
        if not redactor.acts and not (request.length or 0) <= limits.BUFFERED_BODY.value:
            return Counter()  # nothing is kept from leaving, so nothing has to be read that is too large for it
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        found = await self._personal.look(len(body), redact_body, redactor, body, kind)
        counts.update(found.counts)
        if found.body is not body:
            exchange.replace_body(found.body)
        return found.unread

    async def _fields(self, exchange: Exchange, redactor: Redactor, counts: Counter[str], model: bool) -> None:
        """The header fields. Agents send the same few again and again: those that hold nothing are remembered."""
        headers = exchange.request.headers
        new = [at for at, (name, value) in enumerate(headers) if (name, value, model) not in self._plain]
        fields = [headers[at] for at in new]
        found: RedactedFields = await self._personal.look(0, redact_fields, redactor, fields, self._own_keys, model)
        for name, kinds in found.stuck.items():
            done = acted(redactor, kinds)
            if done:
                where = f"the field {name}" if name else "the name of a header field"
                raise Denied(Verdict("deny", "pii_in_header", f"{where} of this request holds {told(done)}"))
            counts.update(kinds)
        counts.update(found.counts)
        if found.counts:
            for at, field in zip(new, found.fields, strict=True):
                headers[at] = field
        elif not found.stuck and len(self._plain) + len(fields) <= MAX_PLAIN:
            self._plain.update((name, value, model) for name, value in fields)

    async def _address(self, exchange: Exchange, redactor: Redactor, counts: Counter[str], model: bool) -> None:
        request = exchange.request
        found, exchange.shown_path = await self._personal.look(0, in_path, redactor, request.path)
        exchange.path_known = True
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


def _sealed(payload: Payload) -> bool:
    """Whether only the provider can say what this is: its own signatures, and the names of what it keeps."""
    return payload.kind == "opaque" or (payload.form == "reference" and payload.path[-1] not in _HOLDS_DATA)


def _fetched(call: Call, payload: Payload) -> bool:
    """Whether the provider is to fetch this itself, from anywhere but what it keeps: that was read when it came there,
    if it came from here."""
    value = call.document
    for key in payload.path:
        try:
            value = value[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return False
    if payload.form != "reference" or not isinstance(value, str) or "://" not in value:
        return False
    try:
        return urlsplit(value).hostname != call.host
    except ValueError:
        return True


def _accept_what_is_read(exchange: Exchange) -> None:
    """Offer upstream no coding that could not be undone here."""
    offered = exchange.request.header("accept-encoding")
    codings = [each.partition(";")[0].strip().lower() for each in (offered or "").split(",")]
    read = [each for each in encodings.ACCEPTED.split(", ") if each in codings or "*" in codings]
    new = ", ".join(read) or "identity"
    if offered != new:
        exchange.request.set_header("Accept-Encoding", new)
