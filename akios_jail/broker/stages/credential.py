"""credential: the agent sends placeholders, upstream gets keys, and neither shows up anywhere else.

For each attempt, after everything that changes the request: the keys that are bound to this attempt's host go into the
place that the policy names, if the connection is TLS (which upstream is verified on; `--cacert` and `--connect-to` are
the operator's word). They go into `exchange.outgoing`, which the connection alone reads: what other stages see, and
what is put on record, keeps its placeholders. A placeholder anywhere else is a violation: the request is refused, or
its sending broken off before the placeholder's last byte has left. Answers from hosts with a key are rid of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from akios_jail.audit.journal import AuditUnavailable
from akios_jail.broker import encodings, limits
from akios_jail.broker.destinations import authority
from akios_jail.broker.exchange import Exchange, Outgoing
from akios_jail.broker.http_message import undecodable
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.upstream import sent_fields
from akios_jail.credentials import reroute, sigv4
from akios_jail.credentials.find import Finder
from akios_jail.credentials.keys import Held, Key
from akios_jail.credentials.placing import Head, Headers, Placed, Stray, place, stray
from akios_jail.credentials.scrub import Stream
from akios_jail.policy import plans
from akios_jail.policy.verdict import Verdict

#: A framing of AWS's that passes for a content coding; what it frames is searched as it is.
_FRAMING = "aws-chunked"
#: Codings in which an answer can be searched.
_READABLE = frozenset({"gzip", "x-gzip", "deflate", "identity"})
#: Most bytes of a compressed answer that is searched before any of it goes on.
_SMALL = 1 << 20
#: Most bytes that a stream may decode to: nothing of it is kept, so that this bounds nothing but time.
_STREAMED = 1 << 40


def needed(plan: plans.BrokerPlan) -> bool:
    """Whether there is any key to put in or to look for."""
    return bool(plan.credentials)


class Credential:
    """Puts the session's keys into requests and takes them out of answers."""

    name = "credential"

    def __init__(self, session: SessionView) -> None:
        self._session = session
        self._held = session.held
        finder, scrubber = session.finder, session.scrubber
        if finder is None or scrubber is None:
            raise ValueError("the session has credentials in its plan and no keys")
        self._finder: Finder = finder
        self._scrubber = scrubber

    async def request(self, exchange: Exchange) -> None:
        exchange.outgoing = None
        request = exchange.request
        bound = self._bound(exchange)
        head = Head(exchange.host, request.method, request.path, request.query, _readable(request.headers, bound))
        waited = time.monotonic() - exchange.passage.started
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        if exchange.rerouted:
            head = reroute.without(head, [held for held in self._held if held.is_for(exchange.asked_host)])
            head = reroute.addressed(head, bound, now)
            waited = 0.0
        elif exchange.asked_call is not None:  # of a translated call the agent's fields stay, but not its query
            head = reroute.addressed(head, [held for held in bound if held.plan.place == "query"], now)
        placed = place(head, bound)
        signature = self._signature(head, placed, bound, waited)
        if signature is not None:
            placed = placed._replace(rest=signature.rest)
            if signature.needs_body:
                await exchange.read_body(limits.BUFFERED_BODY.value)
        found = stray(placed.rest, self._finder)
        if found is not None:
            raise await self._violated(exchange, found)
        await self._search_body(exchange)
        headers, used = placed.headers, placed.used
        if signature is not None:
            headers, used = _signed(exchange, signature), (*used, signature.held.plan.name)
        exchange.notes.pop(self.name, None)
        if used:
            exchange.notes[self.name] = {"used": used}
        exchange.outgoing = Outgoing(headers, placed.query)

    async def response(self, exchange: Exchange) -> None:
        if not self._bound(exchange):
            return
        response = exchange.response
        response.headers = self._scrubber.fields(response.headers)
        response.reason = self._scrubber.text(response.reason)
        if response.length == 0:
            return
        if response.coding and response.length is not None and exchange.call is None:
            await self._search_coded(exchange, response.length)
            return
        response.decode(_STREAMED)  # to be searched for the key that was sent
        response.body = _scrubbed(response.body, self._scrubber.stream(), response.length)

    async def _search_coded(self, exchange: Exchange, length: int) -> None:
        """An answer that is kept compressed where it comes from: it arrives as it is, as its checksums say, if it can.

        A small one with a key in it arrives decoded, without the key; a large one breaks off.
        """
        response = exchange.response
        try:
            if length > _SMALL or not exchange.make_room(length):
                decoder = encodings.Decoder(response.coding, _STREAMED)
                response.body = self._searched(exchange.host, response.body, decoder)
                return
            raw = b"".join([chunk async for chunk in response.body])
            plain = await offload(len(raw), encodings.decode, raw, response.coding, limits.DECODED_BODY.value)
        except encodings.Undecodable as error:
            raise undecodable(error) from None
        clean, found = await offload(len(plain), self._scrubber.clean, plain)
        if found:
            raw, response.length = clean, len(clean)
            response.remove_header("content-encoding")
        response.body = _one(raw)

    async def _searched(
        self, host: str, body: AsyncIterator[bytes], decoder: encodings.Decoder
    ) -> AsyncIterator[bytes]:
        """The answer as it flows, still coded; it breaks off before the end of a key."""
        watch = self._scrubber.watch()
        async for chunk in body:
            try:
                for piece in decoder.pieces(chunk):
                    if watch.feed(piece):
                        reason = f"a compressed answer of {host} holds the key that it was sent"
                        raise Denied(Verdict("deny", "answer_holds_key", reason), 502)
                    await asyncio.sleep(0)  # a few bytes can be many
            except encodings.Undecodable as error:
                raise undecodable(error) from None
            yield chunk

    def _bound(self, exchange: Exchange) -> list[Held]:
        """The credentials that may go to where this exchange goes now."""
        if exchange.protocol != "https":
            return []
        return [held for held in self._held if held.is_for(exchange.host)]

    def _signature(self, head: Head, placed: Placed, bound: list[Held], waited: float) -> sigv4.Signature | None:
        """What is to be signed, if the request is signed by the placeholder of one of these credentials."""
        # With what `place` has put in: a key in another field may be covered by the signature.
        head = head._replace(headers=placed.headers, query=placed.query)
        for held in bound:
            if held.plan.place == "sigv4":
                try:
                    signature = sigv4.read(head, placed.rest, held, waited)
                except sigv4.Unsignable as error:
                    reason = f"the credential {held.plan.name!r} cannot sign this: {error}"
                    raise Denied(Verdict("deny", "credential_unsignable", reason)) from None
                if signature is not None:
                    return signature
        return None

    async def _search_body(self, exchange: Exchange) -> None:
        request = exchange.request
        codings = [coding for coding in request.coding.split(", ") if coding not in ("", _FRAMING)]
        coding = ", ".join(codings)
        try:
            if request.body is None:
                decoder = encodings.Decoder(coding, _STREAMED) if coding else None
                request.stream = self._watched(exchange, request.stream, decoder)
            elif request.body:
                key = await offload(len(request.body), _in_body, self._finder, request.body, coding)
                if key is not None:
                    raise await self._violated(exchange, Stray(key, "body"))
        except encodings.Undecodable as error:
            raise _unsearchable(error) from None

    async def _watched(
        self, exchange: Exchange, body: AsyncIterator[bytes], decoder: encodings.Decoder | None
    ) -> AsyncIterator[bytes]:
        """The body as it flows upstream; it breaks off before the end of a placeholder."""
        raw, plain = self._finder.watch(), self._finder.watch()
        async for chunk in body:
            key = raw.feed(chunk)
            if decoder is not None and key is None:
                try:
                    key = next((found for piece in decoder.pieces(chunk) if (found := plain.feed(piece))), None)
                except encodings.Undecodable as error:
                    raise _unsearchable(error) from None
            if key is not None:
                raise await self._violated(exchange, Stray(key, "body"))
            yield chunk

    async def _violated(self, exchange: Exchange, found: Stray) -> Denied:
        """Put the violation on record; the denial to raise."""
        key, where = found.key, self._scrubber.text(found.where)
        plan = next(held.plan for held in self._held if held.plan.name == key.credential)
        fields = {
            "request_id": exchange.id,
            "credential": key.credential,
            "role": key.role,
            "where": where[:128],
            "host": exchange.host,
            "protocol": exchange.protocol,
            "method": exchange.request.method,
        }
        reason = (
            f"the placeholder of the credential {key.credential!r} is in the {where} of a request to "
            f"{exchange.protocol}://{exchange.host}; the policy has it in {_told(plan)}, over https, and nowhere else"
        )
        try:
            await asyncio.wrap_future(self._session.violated("credential_misplaced", reason, fields))
        except AuditUnavailable as error:
            return Denied(Verdict("deny", "audit_unavailable", f"nothing passes that cannot be recorded: {error}"))
        return Denied(Verdict("deny", "credential_misplaced", reason))


def _told(plan: plans.Credential) -> str:
    """Where a credential belongs, for people."""
    hosts = ", ".join(plan.hosts[:8])
    if plan.place == "sigv4":
        return f"AWS signatures for {hosts}"
    fields = " or ".join(plan.fields)
    return f"the {'header field' if plan.place == 'header' else 'query parameter'} {fields} to {hosts}"


def _signed(exchange: Exchange, signature: sigv4.Signature) -> Headers:
    """The header fields with the signature for the request as the connection will send it."""
    request = exchange.request
    headers = [*sent_fields(signature.headers), ("Host", authority(exchange.host, exchange.port, exchange.protocol))]
    if request.length:
        headers.append(("Content-Length", str(request.length)))
    head = Head(exchange.host, request.method, request.path, request.query, headers)
    return sigv4.sign(signature, head, request.body)


def _readable(headers: Headers, bound: list[Held]) -> Headers:
    """To a host with a key: ask for no coding in which its answer could not be searched."""
    if not bound:
        return headers
    result = []
    ranged = any(name.lower() == "range" for name, _ in headers)  # from its middle nothing can be decoded
    for name, value in headers:
        if name.lower() == "accept-encoding":
            kept = [item for item in value.split(",") if item.partition(";")[0].strip().lower() in _READABLE]
            value = ("" if ranged else ",".join(kept).strip()) or "identity"
        result.append((name, value))
    return result


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _in_body(finder: Finder, body: bytes, coding: str) -> Key | None:
    found = finder.find(body)
    if found is None and coding:
        found = finder.find(encodings.decode(body, coding, limits.DECODED_BODY.value))
    return found


def _unsearchable(error: encodings.Undecodable) -> Denied:
    if isinstance(error, encodings.TooLarge):
        return Denied(Verdict("deny", "body_too_large", str(error)), 413)
    return Denied(Verdict("deny", "body_undecodable", str(error)), 415)


async def _scrubbed(body: AsyncIterator[bytes], stream: Stream, length: int | None) -> AsyncIterator[bytes]:
    """The answer without keys. With all of its `length` there nothing has to wait for an end."""
    came = 0
    async for chunk in body:
        came += len(chunk)
        clean = stream.feed(chunk)
        if came == length:
            clean += stream.finish()
        if clean:
            yield clean
    last = stream.finish()
    if last:
        yield last
