"""restore: what the agent gets has the real values where the model saw stand-ins.

Where the policy's scope has `responses`, personal data in answers is taken out first. Streams flow on: of a text that
comes in pieces only the end is held back that could be the beginning of something known, and the event in which it came
waits until the next one shows what it was; others wait behind it, so that their order stays. What could not be put back
stays as it is: that keeps nothing from anybody. What could not be taken out does not reach the agent.
"""

from __future__ import annotations

import copy
from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal, acted, refuse_blocked
from akios_jail.broker.session_view import SessionView
from akios_jail.pii.answer import Text, document_through, inside_json
from akios_jail.pii.body import redact_body
from akios_jail.pii.document import redact_text
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import Room, restored
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import strictjson
from akios_jail.providers.deltas import Delta, deltas, ended
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Answers of these types can hold words, and of those that say nothing of their type or end so.
_READABLE = ("text/", "application/x-www-form-urlencoded", "application/javascript", "application/graphql")
_LINES = ("text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq")
_READABLE_ENDINGS = ("json", "xml", "yaml", "jsonl", "csv")

#: Characters of events that wait for the rest of a text, and texts of one answer; more of either cannot be judged.
MAX_WAITING = 16 * 1024 * 1024
MAX_TEXTS = 10_000


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
        if response.events is not None:
            response.length = None
            response.events = _stream(exchange, _Events(redactor, vault), response.events)
        elif exchange.call is not None or _is_readable(response):
            await self._whole(exchange, response, redactor, vault)

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
        kind = (response.header("content-type") or "") if exchange.call is None else "application/json"
        new, counts = await self._personal.look(size, _through, redactor, vault, body, kind)
        _count(exchange, redactor, counts)
        response.body, response.length = _once(new), len(new)


async def _stream(
    exchange: Exchange, passing: _Events, events: AsyncIterator[list[Event]]
) -> AsyncIterator[list[Event]]:
    async for batch in events:
        out: list[Event] = []
        try:
            for event in batch:
                out += passing.event(event)
        except Unredactable as error:
            raise Denied(Verdict("deny", "pii_unredactable", f"{error}"), 502) from None
        _count(exchange, passing.redactor, passing.taken())
        if out:
            yield out
    try:
        last = passing.end()
    except Unredactable as error:
        raise Denied(Verdict("deny", "pii_unredactable", f"{error}"), 502) from None
    _count(exchange, passing.redactor, passing.taken())
    if last:
        yield last


def _is_readable(response: Response) -> bool:
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    return kind == "" or kind.startswith(_READABLE) or kind.endswith(_READABLE_ENDINGS)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _count(exchange: Exchange, redactor: Redactor | None, counts: Counter[str]) -> None:
    """Put what an answer held on the exchange. `Denied` if it may not come in."""
    if redactor is None or not counts:
        return
    refuse_blocked(redactor, counts, "the answer", 502)
    exchange.findings = dict(Counter(exchange.findings) + counts)
    exchange.replaced = dict(Counter(exchange.replaced) + Counter(acted(redactor, counts)))
    note = exchange.notes.setdefault("restore", {"found": {}})
    note["found"] = dict(Counter(note["found"]) + counts)


def _through(redactor: Redactor | None, vault: Vault | None, body: bytes, kind: str) -> tuple[bytes, Counter[str]]:
    """A whole answer with its personal data taken out and its values put back."""
    counts: Counter[str] = Counter()
    if redactor is not None:
        found = redact_body(redactor, body, kind)
        body, counts = found.body, found.counts
    if vault is None or vault.empty:
        return body, counts
    try:
        document = strictjson.loads(body)
    except Unreadable:
        # Within these lines stands JSON, and a line must not become two.
        written = inside_json if kind.lower().startswith(_LINES) else str
        text = restored(vault, body.decode("utf-8", "surrogateescape"), written)
        return text.encode("utf-8", "surrogateescape"), counts
    new = document_through(None, vault, document, counts)
    return (body if new is document else strictjson.dumps(new)), counts


class _Waiting(NamedTuple):
    """An event that waits for the rest of a text, or behind one: as it came and as it is to be."""

    number: int
    event: Event
    before: Any
    document: Any
    pieces: list[Delta]


class _Events:
    """The events of one stream on their way to the agent."""

    def __init__(self, redactor: Redactor | None, vault: Vault | None) -> None:
        self.redactor = redactor
        self._vault = vault
        self._texts: dict[tuple[Any, ...], Text] = {}
        self._over: set[tuple[Any, ...]] = set()
        self._queue: deque[_Waiting] = deque()
        self._size = 0
        self._number = 0  # of the next event
        self._latest: dict[tuple[Any, ...], int] = {}  # the number of the last event with a piece of a text
        self._counts: Counter[str] = Counter()
        self._room = Room()

    def taken(self) -> Counter[str]:
        """What was found since this was asked last."""
        counts, self._counts = self._counts, Counter()
        return counts

    def event(self, event: Event) -> list[Event]:
        """What goes out with this event."""
        event = self._around(event)
        if event.data is None or event.data.strip() == "":
            return [event]
        try:
            document = event.document
        except Unreadable:
            data = event.data if self.redactor is None else redact_text(self.redactor, event.data, self._counts)
            return [*self.end(), event if data == event.data else event._replace(data=data)]
        if event.event == "ping":  # in the middle of texts, of which it ends none
            return [_saying(event, document, document_through(self.redactor, None, document, self._counts))]
        pieces = deltas(document)
        if self.redactor is None:  # a stand-in that is not put back keeps nothing from anybody, so nothing waits for it
            for stream in self._texts.keys() - {piece.stream for piece in pieces}:
                self._finish(stream)
        new = copy.deepcopy(document)
        said = [_take(new, piece) for piece in pieces]
        new = document_through(self.redactor, self._vault, new, self._counts, self._room)
        for piece, words in zip(pieces, said, strict=True):
            if words and piece.stream in self._over:
                raise Unredactable("a text of the answer goes on after its end: it cannot be judged")
            text = self._texts.setdefault(piece.stream, Text(self.redactor, self._vault, piece.is_json, self._room))
            _put(new, piece, text.feed(words))
            self._counts += text.taken()
            self._latest[piece.stream] = self._number
        self._queue.append(_Waiting(self._number, event, document, new, pieces))
        self._number += 1
        self._size += len(event.data)
        if self.redactor is not None:
            for stream in ended(document, self._texts):
                self._finish(stream)
        return self._leaving()

    def end(self) -> list[Event]:
        """What still waits; the texts are over."""
        for stream in list(self._texts):
            self._finish(stream)
        return self._leaving()

    def _leaving(self) -> list[Event]:
        """The events that nothing is held back of which belongs into them, in their order."""
        out: list[Event] = []
        while self._queue and not any(self._waits(piece, self._queue[0].number) for piece in self._queue[0].pieces):
            waiting = self._queue.popleft()
            self._size -= len(waiting.event.data or "")
            out.append(_saying(waiting.event, waiting.before, waiting.document))
        if self._size > MAX_WAITING or len(self._latest) > MAX_TEXTS:
            raise Unredactable("the texts of the answer are so mixed up that they cannot be judged")
        return out

    def _waits(self, piece: Delta, number: int) -> bool:
        text = self._texts.get(piece.stream)
        return text is not None and text.held and self._latest[piece.stream] == number

    def _finish(self, stream: tuple[Any, ...]) -> None:
        """The text is over. Its rest goes with the last event that has a piece of it, which waits for that."""
        text = self._texts.pop(stream)
        rest = text.finish()
        self._counts += text.taken()
        if self.redactor is not None:
            self._over.add(stream)
        if rest:
            last = self._queue[self._latest[stream] - self._queue[0].number]
            _put(last.document, next(piece for piece in reversed(last.pieces) if piece.stream == stream), rest)

    def _around(self, event: Event) -> Event:
        """The event with no personal data in what stands beside its data."""
        if self.redactor is None:
            return event
        around = (event.event, event.id, event.comment)
        new = [words and redact_text(self.redactor, words, self._counts) for words in around]
        return event if (*new,) == around else event._replace(event=new[0] or "", id=new[1], comment=new[2])


def _take(document: Any, piece: Delta) -> str:
    """The words at this place, which is empty from here on."""
    parent = _parent(document, piece)
    words, parent[piece.path[-1]] = parent[piece.path[-1]], ""
    return str(words)


def _put(document: Any, piece: Delta, words: str) -> None:
    """Put words at this place, after those that are there."""
    _parent(document, piece)[piece.path[-1]] += words


def _parent(document: Any, piece: Delta) -> Any:
    for key in piece.path[:-1]:
        document = document[key]
    return document


def _saying(event: Event, before: Any, after: Any) -> Event:
    return event if after == before else event.saying(after)
