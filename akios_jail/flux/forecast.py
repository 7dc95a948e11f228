"""What will be spent soon if it goes on like this: a straight line through the last minute's settlements.

The rate is what was settled in the last sixty seconds, divided by that minute or by the session's age where that is
shorter (but no less than ten seconds, so that the first call alone makes no trend). The forecast of a sum is what is
spent plus the rate for the seconds looked ahead. The forecast of a sliding minute leaves out what will have slid out of
it. Nothing is random and nothing learned: the same settlements give the same forecast.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.flux.ledger import WINDOW_S, Refusal, Settled, Spent, dollars, plus
from akios_jail.policy.plans import Limit

#: Less than this says nothing of a rate.
LEAST_AGE_S = 10.0


class Rate(NamedTuple):
    """Spending as measured: so much in so many seconds. Whole numbers, so that nothing about money is rounded early."""

    used: Spent
    milliseconds: int

    def in_seconds(self, seconds: float) -> Spent:
        """What is spent in so many seconds at this rate, rounded up."""
        factor = int(seconds * 1000)
        return Spent(*(-(-amount * factor // self.milliseconds) for amount in self.used))


def rate(recent: Iterable[Settled], now: float, started: float) -> Rate:
    """The rate at `now` of a session that began at `started` (both by the ledger's clock)."""
    used = [entry for entry in recent if entry.moment > now - WINDOW_S]
    seconds = max(LEAST_AGE_S, min(WINDOW_S, now - started))
    return Rate(Spent(sum(entry.microusd for entry in used), sum(entry.tokens for entry in used)), int(seconds * 1000))


def of_sum(spent: Spent, pace: Rate, ahead_s: float) -> Spent:
    """What a sum will have come to in `ahead_s` seconds."""
    return plus(spent, pace.in_seconds(ahead_s))


def of_minute(recent: Iterable[Settled], pace: Rate, now: float, ahead_s: float) -> Spent:
    """What the sliding minute will hold in `ahead_s` seconds."""
    still = [entry for entry in recent if entry.moment > now + ahead_s - WINDOW_S]
    more = pace.in_seconds(min(ahead_s, WINDOW_S))
    return Spent(
        sum(entry.microusd for entry in still) + more.microusd, sum(entry.tokens for entry in still) + more.tokens
    )


def crossing(limit: Limit, expected: Spent, ahead_s: float) -> Refusal | None:
    """The forecast against one limit; None as long as it holds."""
    whose = {"session": "the session", "minute": "a minute", "day": "the day"}[limit.scope]
    if limit.microusd is not None and expected.microusd > limit.microusd:
        told = f"{dollars(expected.microusd)} of the {dollars(limit.microusd)} for {whose}"
    elif limit.tokens is not None and expected.tokens > limit.tokens:
        told = f"{expected.tokens:,} of the {limit.tokens:,} tokens for {whose}"
    else:
        return None
    reason = f"at this rate {told} would be used in {ahead_s:g} seconds, so calls are slowed down"
    return Refusal("budget_forecast", reason, limit, wait=True, retry_after=0.5)
