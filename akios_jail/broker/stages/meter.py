"""meter: reads an answer once, and counts it as it flows.

A stream is cut into events here (`Response.events`), by the framing of its wire format; whatever looks at the answer
afterwards looks at these, and they are written out once, at the end. What the answer used is on the exchange before
the agent has its last byte. A stream that goes on beyond the output limit that was reserved for it is ended, in the
form in which its wire format ends at a limit: the provider does not keep the limit that it was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange, Usage
from akios_jail.broker.http_message import Response
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.flux.bill import Charge
from akios_jail.flux.hold import Hold
from akios_jail.flux.prices import Tokens
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import framings
from akios_jail.providers.framings import Framing
from akios_jail.providers.neutral import Answer, Call, Flow
from akios_jail.providers.sse import Event, SseError
from akios_jail.providers.strictjson import Unreadable

_CUT = "the model wrote beyond its output limit of {} tokens, so its answer was ended there"


class Meter:
    """Follows the answers to model calls."""

    name = "meter"

    def __init__(self, session: SessionView) -> None:
        """Nothing is kept of the session: what a call may use is on the call."""

    async def request(self, exchange: Exchange) -> None:
        """Requests are counted by reserve."""

    async def response(self, exchange: Exchange) -> None:
        call: Call | None = exchange.call
        response = exchange.response
        if call is None or not 200 <= response.status < 300:
            return
        framing = framings.of_answer(call.wire.framing, call.stream, response.header("content-type") or "")
        if framing is None and not isinstance(call.hold, Hold) and not call.shown_model:
            return
        response.decode(limits.DECODED_BODY.value)
        answer = call.answer = call.wire.answer(call)
        if framing is None:
            response.body = _whole(exchange, call, answer, response.body)
            if call.shown_model:
                response.length = None
        else:
            cutting = framings.of(framing)
            response.length, response.framing = None, framing
            response.events = _events(exchange, call, answer, cutting, response.body)
            response.body = _written(response, cutting)


async def _events(
    exchange: Exchange, call: Call, answer: Answer, framing: Framing, body: AsyncIterator[bytes]
) -> AsyncIterator[list[Event]]:
    """The events that are for the agent, as many at a time as came together."""
    parser = framing.parser()
    bound = _bound(call)
    flow = answer.flow
    # While nobody takes them nothing is read, and the model may go on writing into buffers that nobody sees.
    unread = _Unread(flow)
    exchange.on_close(unread.end)
    async for chunk in body:
        out: list[Event] = []
        try:
            for event in parser.feed(chunk):
                shown = answer.event(event)
                if _over(answer, bound):
                    exchange.cut_short(Verdict("deny", "output_limit_ignored", _CUT.format(bound)))
                    _use(exchange, call, answer)
                    yield [*out, *answer.end(bound or 0)]
                    return
                if shown is not None:
                    out.append(shown)
        except (SseError, Unreadable) as error:
            reason = f"the model's answer is not a readable stream: {error}"
            raise Denied(Verdict("deny", "answer_unreadable", reason), 502) from None
        if answer.finished:
            _use(exchange, call, answer)
        if out:
            unread.begin()
            yield out
            unread.end()
    _use(exchange, call, answer)


async def _written(response: Response, framing: Framing) -> AsyncIterator[bytes]:
    """The events as they go over the wire: those that are left when the first is asked for, after every stage."""
    if response.events is None:
        raise RuntimeError("a stage took the events of the answer away")
    async for events in response.events:
        yield b"".join([framing.encode(event) for event in events])


async def _whole(exchange: Exchange, call: Call, answer: Answer, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Passes the body on, its last chunk only after what it used is known.

    Where the agent is to see another model's name, it gets all of it at once, unless it is too large to be kept.
    """
    kept: list[bytes] | None = []
    waiting: list[bytes] = []
    size = 0
    # A whole answer was written to its end before it was sent: however little of it is read, it has cost all.
    expected = exchange.response.length or _bound(call) or 0
    async for chunk in body:
        size += len(chunk)
        answer.flow.bytes = max(size, expected)  # until it is read: no more tokens than bytes
        if kept is not None:
            kept.append(chunk)
            if size > limits.DECODED_BODY.value or not exchange.make_room(len(chunk)):
                kept = None
        if waiting and (kept is None or not call.shown_model):
            yield b"".join(waiting)
            waiting.clear()
        waiting.append(chunk)
    shown: bytes | None = None
    if kept is not None:
        answer.flow.bytes = 0
        try:
            shown = await offload(size, answer.whole, b"".join(kept))
        except Unreadable:
            kept = None
    if kept is None:
        answer.flow.bytes = size
    _use(exchange, call, answer)
    if shown is not None and call.shown_model:
        yield shown
    elif waiting:
        yield b"".join(waiting)


class _Unread:
    """Adds up the time in which an answer was not read because its last piece had not been taken yet."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._since: float | None = None

    def begin(self) -> None:
        """A piece is handed out."""
        self._since = monotonic()

    def end(self) -> None:
        """It was taken, or nobody is there to take it."""
        if self._since is not None:
            self._flow.unread_s += monotonic() - self._since
            self._since = None


def _bound(call: Call) -> int | None:
    """The most that the answer may hold, in tokens; None if there is no bound."""
    return call.hold.bill.output_bound if isinstance(call.hold, Hold) else None


def _over(answer: Answer, bound: int | None) -> bool:
    if bound is None:
        return False
    reported = answer.usage.output_tokens if answer.usage is not None else 0
    return not answer.finished and max(reported, answer.flow.at_least) > bound


def _use(exchange: Exchange, call: Call, answer: Answer) -> None:
    """Put on the exchange what the call has used, if it is billed."""
    if not isinstance(call.hold, Hold):
        return
    bill = call.hold.bill
    charge: Charge
    if answer.usage is None:
        charge = bill.seen(answer.known_input, answer.flow, call.hidden_output)
    else:
        used = answer.usage
        tokens = Tokens(
            input=used.input_tokens,
            output=used.output_tokens,
            cached=used.cached_tokens,
            cache_write=used.cache_write_tokens,
            cache_write_1h=used.cache_write_1h_tokens,
            reasoning=used.reasoning_tokens,
            input_audio=used.input_audio_tokens,
            output_audio=used.output_audio_tokens,
            web_searches=used.web_searches,
            others=used.others,
        )
        charge = bill.reported(tokens, used.options)
    exchange.usage = Usage(charge.input_tokens, charge.output_tokens, charge.microusd, call.model, charge.estimated)
