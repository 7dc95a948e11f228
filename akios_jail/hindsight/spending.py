"""What recorded calls used, counted against the limits of another policy: as far as that can be known. Pure.

A call that ran has used what is on record; what would have been reserved for it is not known, and what a call would
have used that did not run is not either. So a call is refused for certain only if nothing was left before it.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from akios_jail.flux.routing import Standing
from akios_jail.policy import quantities
from akios_jail.policy.plans import Budget, Limit

_DAY_S: Final = 86_400
_MINUTE_S: Final = 60.0
#: A day of a budget by the name that shares it, and what was used of it: micro-dollars and tokens.
Days = dict[tuple[str, int], tuple[int, int]]


class Used(NamedTuple):
    """What one call used."""

    microusd: int = 0
    tokens: int = 0


class Refused(NamedTuple):
    """There is no room for a call. `sure`: whatever it would use."""

    limit: Limit
    reason: str
    sure: bool


class Spending:
    """The account of one session under one budget. `days` is shared by the sessions that are judged together."""

    def __init__(self, budget: Budget, days: Days) -> None:
        self.budget = budget
        self._days = days
        self._all = Used()
        self._minute: deque[tuple[float, Used]] = deque()

    def add(self, when: float, used: Used) -> None:
        """A call that ran."""
        self._all = Used(self._all.microusd + used.microusd, self._all.tokens + used.tokens)
        self._minute.append((when, used))
        day = (self.budget.shared_by, int(when) // _DAY_S)
        before = self._days.get(day, (0, 0))
        self._days[day] = (before[0] + used.microusd, before[1] + used.tokens)

    def refused(self, when: float, used: Used | None) -> Refused | None:
        """Whether a call finds no room. `used`: what it used when it ran, None if it did not run."""
        perhaps: Refused | None = None
        for limit in self.budget.limits:
            if limit.scope == "minute" and limit.action in ("throttle", "alert_and_queue"):
                continue  # it waits until there is room
            spent = self._spent(limit, when)
            for unit, most, so_far, more in (
                ("dollars", limit.microusd, spent.microusd, used.microusd if used else 1),
                ("tokens", limit.tokens, spent.tokens, used.tokens if used else 1),
            ):
                if most is None or so_far + more <= most:
                    continue
                left = f"of the {limit.scope}'s {_told(unit, most)}, {_told(unit, so_far)} were used before it"
                if so_far >= most:
                    return Refused(limit, left, sure=True)
                perhaps = perhaps or Refused(limit, f"it used {_told(unit, more)}, and {left}", sure=False)
        if used is None and perhaps is None and self.budget.limited:
            return Refused(self.budget.limits[0], "it did not run, so that nobody knows what it would have used", False)
        return perhaps

    def standing(self, when: float) -> Standing:
        """As routing conditions see it."""
        left: list[list[int]] = [[], []]
        parts = [0.0]
        for limit in self.budget.limits:
            spent = self._spent(limit, when)
            for at, (most, so_far) in enumerate(((limit.microusd, spent.microusd), (limit.tokens, spent.tokens))):
                if most is not None:
                    left[at].append(max(0, most - so_far))
                    parts.append(min(1.0, so_far / most) if most else 1.0)
        microusd, tokens = (min(each) if each else None for each in left)
        return Standing(self._all.microusd, microusd, tokens, max(parts))

    def _spent(self, limit: Limit, when: float) -> Used:
        if limit.scope == "session":
            return self._all
        if limit.scope == "day":
            return Used(*self._days.get((self.budget.shared_by, int(when) // _DAY_S), (0, 0)))
        while self._minute and self._minute[0][0] <= when - _MINUTE_S:
            self._minute.popleft()
        return Used(sum(used.microusd for _, used in self._minute), sum(used.tokens for _, used in self._minute))


def _told(unit: str, amount: int) -> str:
    return quantities.dollars(amount) if unit == "dollars" else f"{amount:,} tokens"
