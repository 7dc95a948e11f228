"""meter: counts an answer as it flows.

The answer is read event by event, and what it used is on the exchange before the agent has its last byte. A stream
that goes on beyond the output limit that was reserved for it is ended, in the form in which its wire format ends at a
limit: the provider does not keep the limit that it was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from akios_jail.broker import limits
from akios_jail.broker.exchange import Denied, Exchange, SessionView, Usage
from akios_jail.flux.bill import Charge
from akios_jail.flux.hold import Hold
from akios_jail.flux.prices import Tokens
from akios_jail.policy.verdict import Verdict
from akios_jail.providers.neutral import Answer, Call
from akios_jail.providers.sse import SseError, SseParser
from akios_jail.providers.strictjson import Unreadable


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
        if call is None or not isinstance(call.hold, Hold) or not 200 <= response.status < 300:
            return
        response.decode(limits.DECODED_BODY.value)
        answer = call.answer = call.wire.answer(call)
        kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            response.length = None
            response.body = _stream(exchange, call, answer, response.body)
        else:
            response.body = _whole(exchange, call, answer, response.body)


async def _stream(exchange: Exchange, call: Call, answer: Answer, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    parser = SseParser()
    bound = call.hold.bill.output_bound
    async for chunk in body:
        out: list[bytes] = []
        try:
            for event in parser.feed(chunk):
                shown = answer.event(event)
                if _over(answer, bound):
                    out += [last.encode() for last in answer.end(bound or 0)]
                    exchange.passage.failure = "output_limit_ignored"
                    _use(exchange, call, answer)
                    yield b"".join(out)
                    return
                if shown is not None:
                    out.append(shown.encode())
        except (SseError, Unreadable) as error:
            reason = f"the model's answer is not a readable stream: {error}"
            raise Denied(Verdict("deny", "answer_unreadable", reason), 502) from None
        if answer.finished:
            _use(exchange, call, answer)
        if out:
            yield b"".join(out)
    _use(exchange, call, answer)


async def _whole(exchange: Exchange, call: Call, answer: Answer, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Passes the body on, its last chunk only after what it used is known."""
    kept: list[bytes] | None = []
    size = 0
    last = b""
    async for chunk in body:
        size += len(chunk)
        answer.flow.bytes = size  # until it is read: no more tokens than bytes
        if kept is not None:
            kept.append(chunk)
        if size > limits.DECODED_BODY.value:
            kept = None
        if last:
            yield last
        last = chunk
    if kept is not None:
        answer.flow.bytes = 0
        try:
            answer.whole(b"".join(kept))
        except Unreadable:
            answer.flow.bytes = size
    _use(exchange, call, answer)
    if last:
        yield last


def _over(answer: Answer, bound: int | None) -> bool:
    if bound is None:
        return False
    reported = answer.usage.output_tokens if answer.usage is not None else 0
    return not answer.finished and max(reported, answer.flow.at_least) > bound


def _use(exchange: Exchange, call: Call, answer: Answer) -> None:
    """Put on the exchange what the call has used."""
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
        )
        charge = bill.reported(tokens, used.options)
    exchange.usage = Usage(charge.input_tokens, charge.output_tokens, charge.microusd, call.model, charge.estimated)
