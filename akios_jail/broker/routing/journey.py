"""Where one call may be sent, in order, and whether it goes on after an attempt.

The first sending is the agent's own, or the routing rule's; before it, if the plan wants that, the same on the
provider's cheaper tier. What fails in passing is sent again after a wait, as often as the rule allows; then the
fallbacks have their turn, one attempt each. Only attempts that the agent has seen nothing of are made good: once an
answer has begun, it stands as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from akios_jail.broker.exchange import Exchange, Prepare
from akios_jail.broker.http_message import Response
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.routing import firstwords
from akios_jail.broker.routing.sending import Sending, Unroutable
from akios_jail.flux.backoff import Outcome, Waits, outcome_of
from akios_jail.flux.hold import Hold
from akios_jail.policy.plans import Target
from akios_jail.policy.verdict import Verdict

#: Makes the call ready for a target: `Unroutable` if it cannot be.
Ready = Callable[[Target], Awaitable[Sending]]

#: Refusals of a fallback for what it may cost: another may be cheaper, or have a price.
_UNAFFORDABLE = frozenset(
    (
        "budget_spent",
        "budget_reserved",
        "budget_queued",
        "call_exceeds_minute_budget",
        "cost_per_minute",
        "cost_unbounded",
        "price_unknown",
        "tokens_per_minute",
    )
)
#: How an attempt failed whose answer began with an error.
_ERROR_FIRST = "upstream_error_first"

#: Answers to the cheaper tier that the usual one would give as well: the key is wrong, or may not do this.
_SAME_ON_EVERY_TIER = (401, 402, 403)


class Journey:
    """The way of one exchange's call. `usual`: what is sent where `flexible`, tried first, is refused."""

    def __init__(
        self,
        exchange: Exchange,
        usual: Sending,
        flexible: Sending | None,
        fallbacks: tuple[Target, ...],
        retries: int,
        waits: Waits,
        ready: Ready,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._exchange = exchange
        self._usual = usual
        self._flexible = flexible
        self._fallbacks = list(fallbacks)
        self._retries = retries
        self._waits = waits
        self._ready = ready
        self._sleep = sleep
        self._present = usual if flexible is None else flexible
        self._fallen_back = False

    async def begin(self) -> None:
        """Make the exchange ready for the first attempt; the usual sending is what it holds already."""
        if self._flexible is not None:
            await self._take(
                self._flexible, Verdict("modify", "spot", f"{self._flexible.told} is asked on its cheaper tier")
            )
        if self._flexible is not None or self._retries > 0 or self._fallbacks:
            self._exchange.again = self.again

    async def again(self, came: Response | UpstreamFailed | Denied) -> Prepare | None:
        """How the next attempt is prepared; None if what came of this one is for the agent."""
        if isinstance(came, Denied):
            return await self._not_afforded(came)
        outcome = await self._outcome(came)
        if outcome.good:
            return None
        prepare = await self._next(outcome)
        if prepare is not None and isinstance(came, Response) and outcome.failure is not None:
            self._exchange.passage.failure = outcome.failure
            if outcome.failure == _ERROR_FIRST and isinstance(self._exchange.call.hold, Hold):
                self._exchange.call.hold.release()  # like any other error, it costs nothing
        return prepare

    async def _next(self, outcome: Outcome) -> Prepare | None:
        if self._flexible is not None and self._present is self._flexible:
            return self._usual_tier(outcome)
        if self._retries > 0 and outcome.passing:
            wait = self._waits.next(outcome.retry_after)
            if wait is not None:
                self._retries -= 1
                return self._again_after(wait)
        if outcome.elsewhere:
            return await self._fall_back(outcome)
        return None

    async def _outcome(self, came: Response | UpstreamFailed) -> Outcome:
        if isinstance(came, UpstreamFailed):
            return Outcome(None, came.code)
        outcome = outcome_of(came.status, came.headers, datetime.now(UTC))
        if not 200 <= came.status < 300:
            return outcome
        try:
            trouble = await firstwords.trouble(self._exchange.call, came)
        except UpstreamFailed as failed:
            return Outcome(None, failed.code)
        return outcome if trouble is None else outcome._replace(status=trouble.status, failure=_ERROR_FIRST)

    async def _not_afforded(self, denied: Denied) -> Prepare | None:
        """A fallback that the budget refuses gives way to the next, on record. So does no other refusal."""
        verdict = denied.verdict
        if not self._fallen_back or verdict.code not in _UNAFFORDABLE:
            return None
        prepare = await self._fall_back(Outcome(None, verdict.code))
        if prepare is not None:
            self._pass_over(self._present.told, verdict.code, verdict.reason)
        return prepare

    def _pass_over(self, target: str, code: str, reason: str) -> None:
        skipped = self._exchange.notes.setdefault("fallbacks_skipped", [])
        skipped.append({"target": target, "code": code, "reason": reason})

    def _usual_tier(self, outcome: Outcome) -> Prepare | None:
        if outcome.status in _SAME_ON_EVERY_TIER:
            return None
        reason = f"the cheaper tier came to {outcome.told}, so {self._usual.told} is asked on its usual one"
        return self._prepared(self._usual, Verdict("modify", "spot_refused", reason))

    def _again_after(self, wait: float) -> Prepare:
        sending = self._present

        async def prepare() -> None:
            await self._sleep(wait)
            await self._take(sending, None)

        return prepare

    async def _fall_back(self, outcome: Outcome) -> Prepare | None:
        """The next fallback that the call can be sent to; those that it cannot are passed over, on record."""
        while self._fallbacks:
            target = self._fallbacks.pop(0)
            self._retries = 0
            try:
                sending = await self._ready(target)
            except Unroutable as error:
                name = f"{target.model} at {target.host}" if target.host else target.model
                self._pass_over(name, error.code, str(error))
                continue
            self._fallen_back = True
            reason = f"{self._present.told} came to {outcome.told}, so {sending.told} is asked"
            return self._prepared(sending, Verdict("modify", "fallback", reason))
        return None

    def _prepared(self, sending: Sending, verdict: Verdict) -> Prepare:
        async def prepare() -> None:
            await self._take(sending, verdict)

        return prepare

    async def _take(self, sending: Sending, verdict: Verdict | None) -> None:
        """Make the exchange ready for this sending."""
        exchange = self._exchange
        self._present = sending
        exchange.restore(sending.request)
        exchange.call = await offload(len(sending.request.body), sending.fresh)
        exchange.asked_call = sending.asked
        if verdict is not None:
            exchange.verdicts.append(verdict)
