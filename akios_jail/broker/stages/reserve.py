"""reserve: the most that a model call can cost is set aside before it runs.

A call that states no output limit gets one that the budget affords, and one that states more than is left gets what is
left, so that the provider enforces what was reserved. Where there is no room it waits as its budgets say (`account`).
What a call holds is given back when its attempt ends, however that happens: this stage sees to it that nothing stays
reserved.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from typing import Any

from akios_jail.broker.exchange import Exchange, Usage
from akios_jail.broker.money.account import Claim, Last
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.flux.bill import Bill, Charge
from akios_jail.flux.estimate import (
    DEFAULT_OUTPUT,
    LEAST_OUTPUT,
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
from akios_jail.flux.ledger import Headroom, Want, tightest
from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Rates
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import strictjson
from akios_jail.providers.neutral import Call

#: So far beyond any prompt that every price tier is reached.
_ANY_PROMPT = 100_000_000

#: Failures after which a call may have run although no answer came: it was sent, or may have been.
_MAY_HAVE_RUN = frozenset(
    ("agent_left", "upstream_timeout", "upstream_closed", "upstream_cut", "upstream_invalid", "settlement_failed")
)


class Reserve:
    """Asks the session's account for room."""

    name = "reserve"

    def __init__(self, session: SessionView) -> None:
        self._budget = session.plan.budget
        self._limited = self._budget.limited
        self._capped = self._budget.money or any(limit.scope != "minute" for limit in self._budget.limits)
        self._minute = tightest(limit.tokens for limit in self._budget.limits if limit.scope == "minute")
        self._account = session.account
        self._prices = PriceList(self._budget.prices, upper_bound=self._budget.unknown_price == "upper_bound")
        self._loaded = False

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
        stated = call.max_output_tokens
        guess = input_guess(content, _media_bytes(call))
        size = functools.partial(self._size, call, rates, tokens, guess)
        try:
            claim = await self._account.claim(size, functools.partial(_digest, exchange, body))
        except Denied as denied:
            raise _with_input(denied, tokens) from denied
        self._hold(exchange, call, claim, rates, tokens)
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

    def _size(
        self, call: Call, rates: Rates | None, tokens: int, guess: int, headroom: Headroom, alone: Headroom
    ) -> Want:
        """What to reserve. A stated limit is lowered only if it could not be had even with no other call running."""
        stated = call.max_output_tokens
        least = max(LEAST_OUTPUT, call.least_output_tokens)
        room = headroom if stated is None else alone._replace(minute_tokens=None)
        most = max(DEFAULT_OUTPUT, least) if stated is None else stated
        output = affordable_output(room, rates, tokens, guess, call.choices, most=most, least=least)
        total = output * call.choices
        return want(rates, tokens, total, minute_want(self._minute, guess, total, stated is not None))

    def _hold(self, exchange: Exchange, call: Call, claim: Claim, rates: Rates | None, tokens: int) -> None:
        """Put the reservation on the call, and into the call the output limit that it was made for."""
        stated = call.max_output_tokens
        total = claim.want.tokens - tokens
        bill = Bill(self._prices, _priced(call), rates, tokens, total if self._limited or stated is not None else None)
        hold = call.hold = Hold(
            bill, functools.partial(self._account.settle, claim), claim.want if self._limited else None
        )
        exchange.on_close(functools.partial(_close, exchange, call, hold))
        if self._budget.summary.model:
            request = exchange.request
            where = (exchange.host, exchange.port, exchange.protocol, request.path, request.query)
            self._account.last = Last(call, *where, list(request.headers))
        output = total // call.choices
        if not self._limited or output == stated:
            return
        call.wire.limit_output(call, output)
        if stated is not None:
            reason = f"the output limit of {stated:,} tokens was lowered to {output:,}: the budget affords no more"
            exchange.verdicts.append(Verdict("modify", "output_limit_lowered", reason))


def _with_input(denied: Denied, tokens: int) -> Denied:
    """The refusal of a call for its own size, with how much of that no lower output limit would save."""
    verdict = denied.verdict
    if verdict.code not in ("budget_spent", "budget_reserved") or not verdict.reason.startswith("this call"):
        return denied
    reason = f"{verdict.reason}; its input counts with up to {tokens:,} tokens"
    return Denied(verdict._replace(reason=reason), denied.status, denied.retry_after)


def _digest(exchange: Exchange, body: bytes) -> str:
    """By which a request is known that comes again: where it goes and what it says."""
    where = f"{exchange.request.method} {exchange.host}:{exchange.port}{exchange.request.target}\n"
    return hashlib.sha256(where.encode() + body).hexdigest()


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
