"""The account of one session: what it may spend, who waits for room, and what happens when there is none.

The arithmetic is the ledger's (session and minute) and the store's (day); this is the part that waits. A call that
fits at once takes the short way: one look at the ledger and, under a day budget, one at what was taken of the day. A
call that does not fit joins the line, and leaves it with a reservation or with a refusal, never both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.broker.money.advance import Part
from akios_jail.broker.money.alerts import Alerts, Note
from akios_jail.broker.money.budgets import Budgets, BudgetsUnavailable
from akios_jail.broker.money.daybook import Daybook
from akios_jail.broker.money.line import Line, Place
from akios_jail.broker.money.publisher import Publisher
from akios_jail.broker.outcome import Denied
from akios_jail.flux import actions, forecast
from akios_jail.flux.ledger import NOTHING_HELD, Headroom, Ledger, Refusal, Reservation, Spent, Want
from akios_jail.flux.routing import Standing
from akios_jail.policy.plans import BrokerPlan, Limit
from akios_jail.policy.verdict import Verdict
from akios_jail.providers.neutral import Call

if TYPE_CHECKING:  # SQLite is loaded where there is a day's budget
    from akios_jail.flux import queue
    from akios_jail.flux.store import Raise

#: How often a call looks that waits for what happens in other processes: another session's settlement, a raise.
POLL_S = 0.5
#: Tokens that are kept back of a session's budget for its last call.
KEPT_TOKENS = 4_096
#: A call looks no more often than this whether it is its turn, unless it is woken.
_LEAST_PAUSE_S = 0.02
#: Tries to fit a call into a day that other sessions use at the same time.
_TRIES = 4

#: What to ask for, given what is left now and what is left once no other call of the session runs.
Sizing = Callable[[Headroom, Headroom], Want]


class Claim(NamedTuple):
    """Room that was made for one call."""

    want: Want
    reservation: Reservation
    held: Part | None


class Last(NamedTuple):
    """Where and how the session called a model the last time."""

    call: Call
    host: str
    port: int
    protocol: str
    path: str
    query: str
    headers: list[tuple[str, str]]


class Account:
    """Reserves and settles for one session. For the event loop's thread.

    `note` writes an audit record without waiting, `end` ends the session; `running_s` is how long a call waits for
    others that run. `on_end` is told, once, that a budget ends the session; nothing is reserved from then on but for
    its last call. `last` is kept where there is to be one.
    """

    def __init__(
        self,
        plan: BrokerPlan,
        session: str,
        name: str,
        state_folder: str,
        note: Note,
        end: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        budget = plan.budget
        self.plan = plan
        self.ledger = Ledger(budget, clock)
        self.alerts = Alerts(budget.webhook, session, name, budget.shared_by, note)
        self.running_s = actions.WAIT_S
        self.line: Line[Refusal] = Line()
        self.on_end: Callable[[str], None] | None = None
        self.last: Last | None = None
        self._over: str | None = None
        if budget.summary.model:
            self.ledger.keep_back(budget.summary.reserve_microusd, KEPT_TOKENS)
        self._name = name
        self._clock = clock
        self._started = clock()
        self._note = note
        self._end = end
        self._budgets = Budgets(state_folder)
        self.days = Daybook(budget, self._budgets, session, self._unsettled)
        self._publisher = Publisher(self._budgets, session, self._told)

    # --- what there is ---

    def headroom(self, *, alone: bool = False) -> Headroom:
        """What could be reserved now, by what is known of the day; `alone`: once no other call of this session runs."""
        return self.days.fit(self.ledger.headroom(alone=alone))

    def standing(self) -> Standing:
        """How the budget stands, for the conditions of the routing."""
        left = self.headroom()
        parts = [part for limit in self._limits() for part in _parts(limit, self._spent(limit))]
        return Standing(self.ledger.spent.microusd, left.microusd, left.tokens, min(1.0, max([0.0, *parts])))

    def snapshot(self) -> dict[str, Any]:
        """How things stand, for `akios budget show`: JSON."""
        held = self.ledger.reserved
        return {
            "name": self._name,
            "shared_by": self.plan.budget.shared_by,
            "spent": _amount(self.ledger.spent),
            "reserved": _amount(Spent(held.microusd, held.tokens)),
            "waiting": len(self.line),
            "look_ahead_s": self.plan.routing.look_ahead_s,
            "limits": [
                {
                    "scope": limit.scope,
                    "action": limit.action,
                    "origin": limit.origin,
                    "microusd": limit.microusd,
                    "tokens": limit.tokens,
                    "spent": _amount(self._spent(limit)),
                    "reserved": _amount(self._held(limit)),
                    "forecast": _amount(self._expected(limit)),
                }
                for limit in self._limits()
            ],
        }

    def _told(self) -> dict[str, Any]:
        """The snapshot; and what was spent of the day is put where others see it."""
        self.days.tell()
        return self.snapshot()

    # --- reserving ---

    async def claim(self, size: Sizing, digest: Callable[[], str]) -> Claim:
        """Make room for one call, waiting as its budgets say. `Denied` if there is none.

        `digest`: of the request, by which a call is known that comes again.
        """
        since = self._clock()
        place: Place[Refusal] | None = None
        queued: queue.Place | None = None
        try:
            while True:
                if self._over is not None:
                    raise Denied(Verdict("deny", "budget_spent", self._over), 402)
                waited = self._clock() - since
                outcome = await self._attempt(size, place, queued, waited)
                if isinstance(outcome, Claim):
                    if queued is not None and outcome.held is None:
                        self.days.leave(queued)
                    queued = None
                    if self.days.news:
                        news, self.days.news = self.days.news, []
                        self._heed(news)
                    self._publisher.changed()
                    return outcome
                if await self._was_raised(outcome, waited):
                    continue
                forecast_only = outcome.code == "budget_forecast"
                if not outcome.wait:
                    self.alerts.met(outcome)
                left = self._patience(outcome) - waited
                if not forecast_only and actions.hopeless(outcome, left):
                    raise self._denied(outcome)
                if outcome.limit.action == "alert_and_queue" and queued is None and not forecast_only:
                    queued = await self._queue(size, digest)
                place = place or self.line.join()
                if self.line.is_first(place):
                    self.line.holdup = outcome
                self._publisher.changed()
                # Whoever waited for a forecast for long enough may have nothing left and yet not be the first.
                pause = min(left, self._look_again(outcome, first=self.line.is_first(place)))
                await place.wait(max(pause, _LEAST_PAUSE_S))
        except BudgetsUnavailable as error:
            reason = f"the day's budget cannot be kept: {error}"
            raise Denied(Verdict("deny", "budget_unavailable", reason)) from error
        finally:
            if queued is not None:
                self.days.step_aside(queued)
            if place is not None:
                self.line.leave(place)
                self._publisher.changed()

    async def claim_last(self, want: Want) -> Claim:
        """Make room for the session's last call, at once. `Denied` if there is none."""
        reservation = self.ledger.reserve_last(want)
        if isinstance(reservation, Refusal):
            raise Denied(Verdict("deny", reservation.code, reservation.reason), 402)
        if not self.days.limits:
            return Claim(want, reservation, None)
        try:
            held = await self.days.reserve(Spent(want.microusd, want.tokens), None)
        except BaseException:
            self.ledger.release(reservation)
            raise
        if isinstance(held, Refusal):
            self.ledger.release(reservation)
            raise Denied(Verdict("deny", held.code, held.reason), 402)
        return Claim(want, reservation, held)

    def settle(self, claim: Claim, spent: Spent | None) -> None:
        """The call is over: it has used this, None for nothing. Waits for nothing."""
        if spent is None:
            self.ledger.release(claim.reservation)
        else:
            self.ledger.settle(claim.reservation, spent)
        if claim.held is not None:
            self.days.settle(claim.held, spent or Spent(0, 0))
        self.line.wake()
        self._publisher.changed()

    async def close(self) -> None:
        """The session is over: whatever was settled is on disk when this returns."""
        self._publisher.close()
        await self.days.close()
        await asyncio.to_thread(self._budgets.close)

    async def _attempt(
        self, size: Sizing, place: Place[Refusal] | None, queued: queue.Place | None, waited: float
    ) -> Claim | Refusal:
        """Reserve, if it is this call's turn and there is room."""
        tries = _TRIES if self.days.limits else 1
        while True:
            want = size(*self._rooms())
            refusal = self.ledger.check(want)
            if (refusal is None or not refusal.final) and not self.line.is_first(place):
                refusal = self.line.holdup
            refusal = refusal or self._slowed(waited)
            if refusal is not None:
                return refusal
            reservation = self.ledger.reserve(want)
            if isinstance(reservation, Refusal) or not self.days.limits:
                return reservation if isinstance(reservation, Refusal) else Claim(want, reservation, None)
            try:
                held = await self.days.reserve(Spent(want.microusd, want.tokens), queued)
            except BaseException:
                self.ledger.release(reservation)
                self.line.wake()
                raise
            if isinstance(held, Part):
                return Claim(want, reservation, held)
            self.ledger.release(reservation)
            tries -= 1
            # What is left of the day is known now: the call may be content with less.
            less = size(*self._rooms())
            if tries == 0 or (less.microusd >= want.microusd and less.tokens >= want.tokens):
                return held

    def _rooms(self) -> tuple[Headroom, Headroom]:
        """What could be reserved now, and once no other call of this session runs: the same, if none does."""
        now = self.headroom()
        return now, (now if self.ledger.reserved == NOTHING_HELD else self.headroom(alone=True))

    def _patience(self, refusal: Refusal) -> float:
        if refusal.code == "budget_forecast":
            return self.plan.routing.look_ahead_s
        return actions.patience(refusal, self.running_s)

    def _look_again(self, refusal: Refusal, *, first: bool) -> float:
        """Seconds after which a call looks again that nobody woke."""
        if not first:
            return self._patience(refusal)
        pause = refusal.retry_after if refusal.retry_after is not None else self._patience(refusal)
        return pause if refusal.code == "budget_forecast" else min(POLL_S, pause)

    async def _queue(self, size: Sizing, digest: Callable[[], str]) -> queue.Place:
        want = size(*self._rooms())
        return await self.days.queue(digest(), self._name, Spent(want.microusd, want.tokens))

    def _denied(self, refusal: Refusal) -> Denied:
        outcome = actions.outcome(refusal)
        if outcome.ends and self._over is None:
            self._over = f"the session is being ended: {refusal.reason}"
            self._end("budget_spent", refusal.reason)
            if self.on_end is not None:
                self.on_end(refusal.reason)
            self.line.wake()
        return Denied(Verdict("deny", outcome.code, refusal.reason), outcome.status, outcome.retry_after)

    def _unsettled(self, reason: str) -> None:
        """What is not settled stays reserved, and so spent, but a call may have used more than it had reserved."""
        self._end("settlement_failed", f"the day's budget could not be settled: {reason}")

    # --- raises and the forecast ---

    async def _was_raised(self, refusal: Refusal, waited: float) -> bool:
        """Whether somebody raised a budget of this session since the last look, so that it is worth trying again."""
        if refusal.code == "budget_forecast":
            return False
        if refusal.wait and refusal.limit.action != "alert_and_queue" and waited < POLL_S:
            return False  # what running calls hold is mostly free before a file was asked
        return self._heed(await self.days.raises())

    def _heed(self, raises: list[Raise]) -> bool:
        """Take raises into account, and put them on record. Whether there were any."""
        for entry in raises:
            if entry.scope != "day":
                self.ledger.raised(entry.scope, entry.microusd, entry.tokens)
            self._note("budget.raised", {"by": entry.who, **_raise(entry)})
        if raises:
            self.alerts.rearm()
        return bool(raises)

    def _slowed(self, waited: float) -> Refusal | None:
        """Why a call had better wait a while, if spending is to be slowed down at all."""
        routing = self.plan.routing
        if not routing.predictive or waited >= routing.look_ahead_s:
            return None
        found = (forecast.crossing(limit, self._expected(limit), routing.look_ahead_s) for limit in self._limits())
        return next((refusal for refusal in found if refusal is not None), None)

    def _expected(self, limit: Limit) -> Spent:
        """What will have been used of a limit soon, if it goes on like this."""
        now, recent, ahead = self._clock(), self.ledger.recent, self.plan.routing.look_ahead_s
        pace = forecast.rate(recent, now, self._started)
        if limit.scope == "minute":
            return forecast.of_minute(recent, pace, now, ahead)
        return forecast.of_sum(self._spent(limit), pace, ahead)

    def _limits(self) -> list[Limit]:
        """Every limit as it stands, raises included."""
        standing = self.days.standing
        days = self.days.limits if standing is None else tuple(standing.raised(limit) for limit in self.days.limits)
        return [*self.ledger.limits, *days]

    def _held(self, limit: Limit) -> Spent:
        if limit.scope == "day":
            return self.days.standing.reserved if self.days.standing is not None else Spent(0, 0)
        held = self.ledger.reserved
        return Spent(held.microusd, held.minute_tokens if limit.scope == "minute" else held.tokens)

    def _spent(self, limit: Limit) -> Spent:
        if limit.scope == "minute":
            return self.ledger.minute
        if limit.scope == "day":
            return self.days.standing.spent if self.days.standing is not None else Spent(0, 0)
        return self.ledger.spent


def _amount(spent: Spent) -> dict[str, int]:
    return {"microusd": spent.microusd, "tokens": spent.tokens}


def _raise(entry: Raise) -> dict[str, Any]:
    return {"scope": entry.scope, "limit_microusd": entry.microusd, "limit_tokens": entry.tokens, "at": entry.at}


def _parts(limit: Limit, spent: Spent) -> list[float]:
    """How much of the limit is spent, of money and of tokens."""
    pairs = ((limit.microusd, spent.microusd), (limit.tokens, spent.tokens))
    return [1.0 if most == 0 else used / most for most, used in pairs if most is not None]
