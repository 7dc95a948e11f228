"""reserve: the most that a model call can cost is set aside before it runs.

A call that states no output limit gets one that the budget affords, so that the provider enforces what was reserved.
When running calls hold what this one needs, it waits for them a while. What a call holds is given back when its
exchange ends, however that happens: this stage sees to it that nothing stays reserved.
"""

from __future__ import annotations

import asyncio
import functools
import time
from typing import Any

from akios_jail.broker.exchange import Denied, Exchange, SessionView, Usage
from akios_jail.flux.bill import Bill, Charge
from akios_jail.flux.estimate import (
    Content,
    Unbounded,
    affordable_output,
    count_media,
    input_bound,
    input_guess,
    minute_want,
    want,
)
from akios_jail.flux.hold import Hold
from akios_jail.flux.ledger import Ledger, Refusal, Reservation
from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Rates
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import strictjson
from akios_jail.providers.neutral import Call

#: How long a call waits for others to settle before it is sent away to come again ...
WAIT_S = 20.0
#: ... after this many seconds.
COME_AGAIN_S = 5.0
#: So far beyond any prompt that every price tier is reached.
_ANY_PROMPT = 100_000_000

#: Failures after which a call may have run although no answer came: it was sent, or may have been.
_MAY_HAVE_RUN = frozenset(
    ("agent_left", "upstream_timeout", "upstream_closed", "upstream_cut", "upstream_invalid", "settlement_failed")
)
_STATUS = {"budget_spent": 402, "call_exceeds_minute_budget": 403, "tokens_per_minute": 429, "budget_reserved": 429}


class Reserve:
    """Keeps the session's ledger."""

    name = "reserve"

    def __init__(self, session: SessionView) -> None:
        self._budget = session.plan.budget
        self._limited = self._budget.limited
        self._capped = any(limit.scope != "minute" for limit in self._budget.limits)
        self._minute = min(
            (limit.tokens for limit in self._budget.limits if limit.scope == "minute" and limit.tokens is not None),
            default=None,
        )
        self._ledger = Ledger(self._budget, time.monotonic)
        self._prices = PriceList()
        self._loaded = False
        self._room = asyncio.Event()

    async def request(self, exchange: Exchange) -> None:
        call: Call | None = exchange.call
        if call is None or not call.billable:
            return
        if self._capped and call.unbounded:
            reason = f"what this call costs cannot be bounded in advance: {call.unbounded[0]}"
            raise Denied(Verdict("deny", "cost_unbounded", reason))
        if not self._loaded:
            await asyncio.to_thread(self._prices.load)
            self._loaded = True
        if call.stream and (self._limited or call.provider):
            call.wire.ask_usage(call)
        body = exchange.request.body or b""
        if call.hides_usage:
            body = strictjson.dumps(call.document)
            exchange.replace_body(body)
        content = _content(call, body)
        rates, tokens = self._bounds(call, content)
        guess = input_guess(content, _media_bytes(call))
        stated = call.max_output_tokens
        hold = await self._reserve(call, rates, tokens, guess)
        call.hold = hold
        exchange.on_close(functools.partial(_close, exchange, call, hold))
        if call.max_output_tokens != stated:
            exchange.replace_body(strictjson.dumps(call.document))

    async def response(self, exchange: Exchange) -> None:
        """What a call did cost is settled by settle."""

    def _bounds(self, call: Call, content: Content) -> tuple[Rates | None, int]:
        priced = _priced(call)
        rates: Rates | None = None
        try:
            tokens = _ANY_PROMPT if content.references else input_bound(content, None)
            rates = self._prices.rates(priced, tokens)
        except PriceUnknown as error:
            if self._budget.money:
                reason = f"{error}, so that the session's budget could not be kept"
                raise Denied(Verdict("deny", "price_unknown", reason)) from None
        try:
            return rates, input_bound(content, rates.context_window if rates is not None else None)
        except Unbounded as error:
            if self._capped:
                reason = f"what this call costs cannot be bounded in advance: {error}"
                raise Denied(Verdict("deny", "cost_unbounded", reason)) from None
            return rates, input_bound(content._replace(references=0), None)

    async def _reserve(self, call: Call, rates: Rates | None, tokens: int, guess: int) -> Hold:
        """Reserve, waiting for running calls if they hold what is missing. Writes an output limit if none is stated."""
        stated = call.max_output_tokens
        until = time.monotonic() + WAIT_S
        while True:
            room = self._room
            output = stated or affordable_output(self._ledger.headroom(), rates, tokens, guess, call.choices)
            total = output * call.choices
            minute = minute_want(self._minute, guess, total, stated is not None)
            outcome = self._ledger.reserve(want(rates, tokens, total, minute))
            if isinstance(outcome, Reservation):
                break
            await self._wait_or_refuse(outcome, room, until)
        bounded = stated is not None or self._limited
        if stated is None and self._limited:
            call.wire.limit_output(call, output)
        bill = Bill(self._prices, _priced(call), rates, tokens, total if bounded else None)
        return Hold(self._ledger, outcome, bill, self._wake)

    async def _wait_or_refuse(self, refusal: Refusal, room: asyncio.Event, until: float) -> None:
        left = until - time.monotonic()
        if refusal.wait and left > 0:
            try:
                await asyncio.wait_for(room.wait(), left)
            except TimeoutError:
                retry_after: float | None = COME_AGAIN_S
            else:
                return
        else:
            retry_after = COME_AGAIN_S if refusal.wait else refusal.retry_after
        raise Denied(Verdict("deny", refusal.code, refusal.reason), _STATUS[refusal.code], retry_after)

    def _wake(self) -> None:
        room, self._room = self._room, asyncio.Event()
        room.set()


def _close(exchange: Exchange, call: Call, hold: Hold) -> None:
    """The exchange is over. Whatever is still held is settled or given back."""
    if not hold.open:
        return
    if exchange.usage is None:
        charge = _owed(exchange, call, hold.bill)
        if charge is None:
            hold.release()
            return
        exchange.usage = Usage(charge.input_tokens, charge.output_tokens, charge.microusd, call.model, charge.estimated)
    usage = exchange.usage
    hold.settle(Charge(usage.input_tokens, usage.output_tokens, usage.cost_microusd, usage.estimated).spent)


def _owed(exchange: Exchange, call: Call, bill: Bill) -> Charge | None:
    """What a call without a usage report is billed; None if it cannot have cost anything."""
    if exchange.answered:
        if not 200 <= exchange.response.status < 300:
            return None
        if call.answer is None:
            return bill.unanswered()
        return bill.seen(call.answer.known_input, call.answer.flow, call.hidden_output)
    if exchange.passage.sent and exchange.passage.failure in _MAY_HAVE_RUN:
        return bill.unanswered()
    return None


def _priced(call: Call) -> Priced:
    return Priced(call.provider, call.model, call.host, call.price_options)


def _content(call: Call, body: bytes) -> Content:
    images, references = count_media((payload.kind, payload.form) for payload in call.payloads)
    return Content(body, call.model, images, references, call.added_input_tokens)


def _media_bytes(call: Call) -> int:
    """How much of the body is data in base64, which makes no text tokens."""
    total = 0
    for payload in call.payloads:
        value: Any = call.document
        for key in payload.path:
            value = value.get(key) if isinstance(value, dict) else value[key]
        total += len(value) if isinstance(value, str) and payload.form != "reference" else 0
    return total
