"""gate: tool rules on what a model's answer asks the agent to do.

Every tool call is held until it is ruled on; text flows on. A refused call reaches the agent as words of its model, so
that it can react. While a person is asked the stream stays alive by blank lines, and upstream is read on within
bounds, so that neither side gives up. An answer that cannot be read is refused: a call might be in it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Final, NamedTuple, TypeVar

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.broker.tools import failed, listing
from akios_jail.broker.tools.rulings import Rulings
from akios_jail.broker.tools.unanswered import Unanswered
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.tools import Asking
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Garbled, Ruling, ToolCall
from akios_jail.providers.neutral import Gate as WireGate
from akios_jail.providers.openai_responses import continued
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

T = TypeVar("T")

#: A client that waits for a person hears something this often, in seconds.
ALIVE_S: Final = 15.0
#: A ruling that takes no longer is not worth a sign of life.
_AT_ONCE_S: Final = 0.5
#: What an event that is held takes up beside its text, about.
_HELD: Final = 1024
#: An event without fields, so a blank line, which every client skips; Google's own takes a comment for an answer.
_STILL_HERE: Final = Event()


def needed(plan: BrokerPlan) -> bool:
    """Whether the plan has rules over tools."""
    return any(rule.tool for rule in plan.tools)


class Gate:
    """Applies tool rules to the answers of models."""

    name = "gate"

    def __init__(self, session: Session) -> None:
        self._rulings = Rulings(session)
        self._unanswered = Unanswered()

    async def request(self, exchange: Exchange) -> None:
        """Whether a call may pass is screen's matter; here it is told what was refused in the answer that it
        continues."""
        call: Call | None = exchange.call
        missing = self._unanswered.missing(call) if call is not None else []
        if call is None or not missing:
            return
        path = registry.normal_path(exchange.request.path)
        document = continued.telling(call.document, missing)
        exchange.call = call.wire.read(call.provider, call.host, path, document)
        exchange.replace_body(strictjson.dumps(document))
        reason = f"the provider is told of {len(missing)} refused tool calls in the answer that this one continues"
        exchange.verdicts.append(Verdict("modify", "refusals_told", reason))

    async def response(self, exchange: Exchange) -> None:
        call: Call | None = exchange.call
        response = exchange.response
        if call is None:
            await listing.leave_out(exchange, self._rulings.judge)
            return
        if not 200 <= response.status < 300:
            await self._failed(exchange, response)
            return
        self._unanswered.taken(call)
        if response.events is not None:
            response.events = self._stream(exchange, call, response.framing, response.events)
        else:
            await self._whole(exchange, call, response)

    async def _stream(
        self, exchange: Exchange, call: Call, framing: str, events: AsyncIterator[list[Event]]
    ) -> AsyncIterator[list[Event]]:
        gate = _Noting(call, self._unanswered, exchange.make_room)
        ahead = _Ahead(events)
        exchange.on_close(ahead.close)
        alive = [_STILL_HERE] if framing in ("sse", "json_array") else []
        try:
            while (batch := await ahead.take()) is not None:
                out: list[Event] = []
                for event in batch:
                    items = _read(gate, event)
                    if (plain := _plain(items)) is not None:
                        out += plain
                        continue
                    async for shown in self._ruled(exchange, gate, items, ahead, alive):
                        out += shown.events
                        if shown.now and out:
                            yield out
                            out = []
                if out:
                    yield out
            last: list[Event] = []
            async for shown in self._ruled(exchange, gate, _read(gate, None), ahead, alive):
                last += shown.events
                if shown.now and last:
                    yield last
                    last = []
            if last:
                yield last
        finally:
            ahead.close()

    async def _ruled(
        self, exchange: Exchange, gate: WireGate, items: list[Event | ToolCall], ahead: _Ahead, alive: list[Event]
    ) -> AsyncIterator[_Shown]:
        """What the agent gets of these, calls being ruled on one after the other; signs of life while that takes."""
        for item in items:
            if isinstance(item, Event):
                yield _Shown([item])
                continue
            rulings = self._at_once(exchange, [item])
            if rulings is not None:
                yield _Shown(_carried_out_in_stream(gate, item, rulings[0]))
                continue
            ruling = _until_closed(exchange, self._rule(exchange, item))
            wait = _AT_ONCE_S
            while not (await asyncio.wait({ruling}, timeout=wait))[0]:
                ahead.start(exchange)
                yield _Shown(alive if wait == ALIVE_S else [], now=True)
                wait = ALIVE_S
            yield _Shown(_carried_out_in_stream(gate, item, ruling.result()))

    def _at_once(self, exchange: Exchange, calls: list[ToolCall]) -> list[Ruling] | None:
        """The rulings on calls about which nobody need be asked, without a task and its turns; None for others."""
        askings: list[Asking] = []
        for call in calls:
            if isinstance(call.arguments, Garbled):
                return None
            askings.append(Asking(call.name, call.arguments))
        return self._rulings.at_once(exchange, askings)

    async def _rule(self, exchange: Exchange, call: ToolCall) -> Ruling:
        if isinstance(call.arguments, Garbled):
            return await self._rulings.on_garbled(exchange, call.name, call.arguments)
        return await self._rulings.on_call(exchange, Asking(call.name, call.arguments))

    async def _whole(self, exchange: Exchange, call: Call, response: Response) -> None:
        response.decode(limits.DECODED_BODY.value)
        body = await _collected(exchange, response)
        gate = _Noting(call, self._unanswered, exchange.make_room)
        try:
            document = await offload(len(body), strictjson.loads, body)
            if not isinstance(document, dict):
                raise Unreadable("it is not an object")
            calls = gate.calls(document)
        except Unreadable as error:
            raise _unreadable(error) from None
        if not calls:
            _put(response, body)
            return
        at_once = self._at_once(exchange, calls)
        if at_once is not None:
            _put(response, _carried_out(gate, document, at_once, body))
            return
        rulings = _until_closed(exchange, self._rule_all(exchange, calls))
        if (await asyncio.wait({rulings}, timeout=_AT_ONCE_S))[0]:
            _put(response, _carried_out(gate, document, rulings.result(), body))
            return
        response.length = None
        response.body = _kept_alive(gate, document, rulings, body)

    async def _failed(self, exchange: Exchange, response: Response) -> None:
        """An error passes; an answer that says it is one does not."""
        response.decode(limits.DECODED_BODY.value)
        body = await _collected(exchange, response)
        if await offload(len(body), failed.holds_answer, body):
            raise _unreadable(f"it comes under the status {response.status}, and is no error")
        _put(response, body)

    async def _rule_all(self, exchange: Exchange, calls: list[ToolCall]) -> list[Ruling]:
        return [await self._rule(exchange, call) for call in calls]


class _Noting:
    """The gate of one answer, which notes what it refuses, and holds no more than there is room for."""

    def __init__(self, call: Call, unanswered: Unanswered, make_room: Callable[[int], bool]) -> None:
        self._call = call
        self._gate = gate = call.wire.gate(call)
        self._unanswered = unanswered
        self._make_room = make_room
        self.end, self.calls = gate.end, gate.calls

    def event(self, event: Event) -> list[Event | ToolCall]:
        flows = self._gate.event(event)
        if (not flows or flows[0] is not event) and not self._make_room(len(event.data or "") + _HELD):
            raise Unreadable("its tool calls are more than there is room to hold")
        return flows

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        events = self._gate.ruled(call, ruling)
        self._unanswered.note(self._call, self._gate)
        return events

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        self._gate.ruled_whole(document, rulings)
        self._unanswered.note(self._call, self._gate)


class _Shown(NamedTuple):
    """Events for the agent. `now`: it is to have them, and what came before them, at once."""

    events: list[Event]
    now: bool = False


class _Ahead:
    """A stream of events that can be read on, within bounds, while nobody takes any.

    Until `start` it is read as it is taken, at no cost. From then on a task reads it, because what one task has begun
    to wait for no other can go on waiting for.
    """

    def __init__(self, events: AsyncIterator[list[Event]]) -> None:
        self._events = events
        self._kept: deque[tuple[list[Event], int]] = deque()
        self._size = 0
        self._over = False
        self._failure: BaseException | None = None
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def take(self) -> list[Event] | None:
        """The next events, None at the end. What reading failed with is raised here."""
        if self._reader is None:
            return await anext(self._events, None)
        while not self._kept:
            if self._failure is not None:
                raise self._failure
            if self._over:
                return None
            self._changed.clear()
            await self._changed.wait()
        events, size = self._kept.popleft()
        self._size -= size
        self._changed.set()
        return events

    def start(self, exchange: Exchange) -> None:
        """Read on from here. Does nothing the second time, or when the exchange has ended."""
        if self._reader is None and not exchange.closed:
            self._reader = asyncio.get_running_loop().create_task(self._read())

    def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.cancel()

    async def _read(self) -> None:
        try:
            async for events in self._events:
                size = sum(len(event.data or "") for event in events)
                self._kept.append((events, size))
                self._size += size
                self._changed.set()
                while self._size > limits.READ_AHEAD.value:
                    self._changed.clear()
                    await self._changed.wait()
        except Exception as failure:
            self._failure = failure
        finally:
            self._over = True
            self._changed.set()


def _read(gate: WireGate, event: Event | None) -> list[Event | ToolCall]:
    """What comes of an event, or of the end. `Denied` for what cannot be read."""
    try:
        return gate.end() if event is None else gate.event(event)
    except Unreadable as error:
        raise _unreadable(error) from None


def _plain(items: list[Event | ToolCall]) -> list[Event] | None:
    """These, if nothing of them has to be ruled on."""
    events = [item for item in items if isinstance(item, Event)]
    return events if len(events) == len(items) else None


def _carried_out_in_stream(gate: WireGate, call: ToolCall, ruling: Ruling) -> list[Event]:
    try:
        return gate.ruled(call, ruling)
    except Unreadable as error:
        raise _unreadable(error) from None


async def _collected(exchange: Exchange, response: Response) -> bytes:
    kept: list[bytes] = []
    size = 0
    async for chunk in response.body:
        size += len(chunk)
        if size > limits.DECODED_BODY.value or not exchange.make_room(len(chunk)):
            reason = "the model's answer is too large to be looked at whole, and tool rules look at every answer"
            raise Denied(Verdict("deny", "answer_too_large", reason), 502)
        kept.append(chunk)
    return b"".join(kept)


def _carried_out(gate: WireGate, document: dict[str, Any], rulings: list[Ruling], body: bytes) -> bytes:
    if all(ruling.decision == "allow" for ruling in rulings):
        return body
    gate.ruled_whole(document, rulings)
    return strictjson.dumps(document)


async def _kept_alive(
    gate: WireGate, document: dict[str, Any], rulings: asyncio.Task[list[Ruling]], body: bytes
) -> AsyncIterator[bytes]:
    """The answer once all is ruled on, and until then white space, which JSON may begin with."""
    while not (await asyncio.wait({rulings}, timeout=ALIVE_S))[0]:
        yield b"\n"
    yield _carried_out(gate, document, rulings.result(), body)


def _put(response: Response, body: bytes) -> None:
    response.length = len(body)
    response.body = _once(body)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


def _until_closed(exchange: Exchange, ruling: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that does not outlive the exchange: a person who is asked need not answer then any more."""
    task = asyncio.get_running_loop().create_task(ruling)

    def cancel() -> None:
        task.cancel()

    exchange.on_close(cancel)
    return task


def _unreadable(error: Unreadable | str) -> Denied:
    reason = f"tool rules look at every answer of a model, and this one cannot be read: {error}"
    return Denied(Verdict("deny", "answer_unreadable", reason), 502)
