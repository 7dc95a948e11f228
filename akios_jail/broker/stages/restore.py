"""restore: what the agent gets has the real values where the model saw stand-ins.

Where the policy's scope has `responses`, personal data in answers is taken out first. Streams flow on, of models and of
others. What could not be put back stays as it is: that keeps nothing from anybody. What could not be taken out, or not
be looked into, does not reach the agent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from akios_jail.broker import limits
from akios_jail.broker.answer_events import AnswerEvents
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal, acted, refuse_blocked, refuse_unread
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.whole_answer import through
from akios_jail.pii import legible
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import framings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Answers of these types can hold words, and of those that say nothing of their type or end so.
_READABLE = ("text/", "application/x-www-form-urlencoded", "application/javascript", "application/graphql")
_JSON = "application/json"
_EVENTS = "text/event-stream"
_READABLE_ENDINGS = ("json", "xml", "yaml", "jsonl", "csv")


def needed(plan: BrokerPlan) -> bool:
    """Whether anything comes back otherwise than upstream sent it."""
    pii = plan.pii
    stand_ins = any(rule.pii == "pseudonymize" for rule in plan.rules)
    return pii.mode != "off" and ("responses" in pii.scope or pii.restores or stand_ins)


class Restore:
    """Takes personal data out of answers and puts real values back in."""

    name = "restore"

    def __init__(self, session: SessionView) -> None:
        personal = session.personal
        if personal is None:
            raise ValueError("the session looks for no personal data")
        self._personal: Personal = personal
        self._scope = session.plan.pii.scope

    async def request(self, exchange: Exchange) -> None:
        """What leaves is redact's matter."""

    async def response(self, exchange: Exchange) -> None:
        response = exchange.response
        if exchange.call is None and "egress" not in self._scope and "responses" not in self._scope:
            return
        redactor = self._personal.redactor(exchange.verdicts, answer=True) if "responses" in self._scope else None
        # Who was sent no stand-ins has none to give back: from others they would be what the agent is to tell them.
        knows = exchange.call is not None or "egress" in self._scope
        vault = self._personal.vault if self._personal.restores and knows else None
        if redactor is None and (vault is None or vault.empty):
            return
        failed = exchange.call is not None and not 200 <= response.status < 300
        if response.length == 0 or (failed and redactor is None):
            return
        if response.events is None and exchange.call is None and _kind(response) == _EVENTS:
            response.decode(limits.DECODED_BODY.value)
            framing = framings.of("sse")
            response.events = _events(response.body, framing)
            response.body = _written(response, framing)
        if response.events is not None:
            response.length = None
            passing = AnswerEvents(redactor, vault)
            response.events = _stream(exchange, passing, self._personal.passes_unread, response.events)
        elif exchange.call is not None or _is_readable(response):
            await self._whole(exchange, response, redactor, vault)
        elif redactor is not None and redactor.acts and self._personal.passes_unread is not True:
            await self._whole(exchange, response, redactor, None)  # its bytes tell what it is
        elif redactor is not None:
            unread = Counter((legible.named(response.header("content-type") or ""),))
            _count(exchange, redactor, Counter(), unread, True)

    async def _whole(
        self, exchange: Exchange, response: Response, redactor: Redactor | None, vault: Vault | None
    ) -> None:
        response.decode(limits.DECODED_BODY.value)
        kept: list[bytes] = []
        size = 0
        async for chunk in response.body:
            size += len(chunk)
            if size > limits.DECODED_BODY.value or not exchange.make_room(len(chunk)):
                reason = "the answer is larger than what can be looked through for personal data"
                raise Denied(Verdict("deny", "answer_too_large", reason), 502)
            kept.append(chunk)
        body = b"".join(kept)
        # A client reads the answer to a call as JSON, whatever type it says that it is of.
        kind = (response.header("content-type") or "") if exchange.call is None else _JSON
        new = await self._personal.look(size, through, redactor, vault, body, kind)
        if redactor is not None:
            _count(exchange, redactor, new.counts, new.unread, self._personal.passes_unread)
        response.body, response.length = _once(new.body), len(new.body)


async def _events(body: AsyncIterator[bytes], framing: framings.Framing) -> AsyncIterator[list[Event]]:
    """The events of a stream that is no model's, as many at a time as came together."""
    parser = framing.parser()
    async for chunk in body:
        try:
            events = parser.feed(chunk)
        except Unreadable as error:
            reason = f"the answer says that it is a stream of events, and cannot be read: {error}"
            raise Denied(Verdict("deny", "answer_unreadable", reason), 502) from None
        if events:
            yield events


async def _written(response: Response, framing: framings.Framing) -> AsyncIterator[bytes]:
    if response.events is None:
        raise RuntimeError("a stage took the events of the answer away")
    async for events in response.events:
        yield b"".join([framing.encode(event) for event in events])


async def _stream(
    exchange: Exchange, passing: AnswerEvents, passes_unread: bool, events: AsyncIterator[list[Event]]
) -> AsyncIterator[list[Event]]:
    async for batch in events:
        out: list[Event] = []
        try:
            for event in batch:
                out += passing.event(event)
        except Unredactable as error:
            raise Denied(Verdict("deny", "pii_unredactable", f"{error}"), 502) from None
        if passing.redactor is not None:
            _count(exchange, passing.redactor, *passing.taken(), passes_unread)
        if out:
            yield out
    try:
        last = passing.end()
    except Unredactable as error:
        raise Denied(Verdict("deny", "pii_unredactable", f"{error}"), 502) from None
    if passing.redactor is not None:
        _count(exchange, passing.redactor, *passing.taken(), passes_unread)
    if last:
        yield last


def _kind(response: Response) -> str:
    return (response.header("content-type") or "").partition(";")[0].strip().lower()


def _is_readable(response: Response) -> bool:
    kind = _kind(response)
    return kind == "" or kind.startswith(_READABLE) or kind.endswith(_READABLE_ENDINGS)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _count(
    exchange: Exchange, redactor: Redactor, counts: Counter[str], unread: Counter[str], passes_unread: bool
) -> None:
    """Put what an answer held on the exchange. `Denied` if it may not come in."""
    refuse_unread(redactor, unread, passes_unread, "the answer", 502)
    refuse_blocked(redactor, counts, "the answer", 502)
    for name, more in (("found", counts), ("unread", unread)):
        if more:
            note = exchange.notes.setdefault("restore", {})
            note[name] = dict(Counter(note.get(name, {})) + more)
    exchange.unread = dict(Counter(exchange.unread) + unread)
    exchange.findings = dict(Counter(exchange.findings) + counts)
    exchange.replaced = dict(Counter(exchange.replaced) + Counter(acted(redactor, counts)))
