"""The ledger of one session: what is spent, what is reserved, what is left.

Pure and synchronous: it waits for nothing and asks no clock but the one it is given. The promise is on money and on
tokens of the whole session:

    spent + reserved <= limit + (what settlements exceeded their reservations by)

and the estimate is made so that the last term is nothing for a provider that honours the output limit it was sent.
Tokens a minute are a rate, not a sum: a call is let through by an estimate, counts as that much while it runs, and as
what it really used for sixty seconds after it has been settled. The window can be overrun by what running calls use
beyond their estimates, never by new calls.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from akios_jail.policy.plans import Budget

WINDOW_S = 60.0


class Want(NamedTuple):
    """What a call asks for: money and tokens at most, and tokens as far as can be guessed for the minute."""

    microusd: int
    tokens: int
    minute_tokens: int


class Spent(NamedTuple):
    """What a call has used."""

    microusd: int
    tokens: int


class Reservation(NamedTuple):
    """Held for one call until it is settled or released."""

    number: int
    want: Want


class Refusal(NamedTuple):
    """`code`: budget_spent | budget_reserved | tokens_per_minute | call_exceeds_minute_budget.

    `wait`: a settlement of a running call may make room. `retry_after`: seconds until time makes room, None if it never
    does.
    """

    code: str
    reason: str
    wait: bool = False
    retry_after: float | None = None


class Headroom(NamedTuple):
    """What is neither spent nor reserved; None where there is no limit."""

    microusd: int | None
    tokens: int | None
    minute_tokens: int | None  # of an empty window: the most that any call may ask for


class _Limits(NamedTuple):
    """The tightest of each kind of limit."""

    max_cost_per_session_microusd: int | None
    max_tokens_per_session: int | None
    max_tokens_per_minute: int | None

    @classmethod
    def of(cls, budget: Budget) -> _Limits:
        session = [limit for limit in budget.limits if limit.scope == "session"]
        minute = [limit for limit in budget.limits if limit.scope == "minute"]
        return cls(
            min((limit.microusd for limit in session if limit.microusd is not None), default=None),
            min((limit.tokens for limit in session if limit.tokens is not None), default=None),
            min((limit.tokens for limit in minute if limit.tokens is not None), default=None),
        )


class Ledger:
    """Budget of one session. `clock` gives seconds that never go back."""

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._budget = _Limits.of(budget)
        self._clock = clock
        self._numbers = 0
        self._reserved: dict[int, Want] = {}
        self._in_flight = Want(0, 0, 0)
        self._spent = Spent(0, 0)
        self._window: deque[tuple[float, int]] = deque()
        self._window_tokens = 0

    @property
    def spent(self) -> Spent:
        """Everything settled so far."""
        return self._spent

    @property
    def reserved(self) -> Want:
        """Everything held for running calls."""
        return self._in_flight

    def headroom(self) -> Headroom:
        """What could be reserved now."""
        budget = self._budget
        return Headroom(
            _left(budget.max_cost_per_session_microusd, self._spent.microusd + self._in_flight.microusd),
            _left(budget.max_tokens_per_session, self._spent.tokens + self._in_flight.tokens),
            budget.max_tokens_per_minute,
        )

    def reserve(self, want: Want) -> Reservation | Refusal:
        """Hold this much for a call, or say why not."""
        refusal = self._money(want) or self._tokens(want) or self._minute(want)
        if refusal is not None:
            return refusal
        self._numbers += 1
        self._reserved[self._numbers] = want
        self._in_flight = Want(*(a + b for a, b in zip(self._in_flight, want, strict=True)))
        return Reservation(self._numbers, want)

    def settle(self, reservation: Reservation, spent: Spent) -> None:
        """The call is over and has used this. `KeyError` if it was settled or released before."""
        self._free(reservation)
        self._spent = Spent(self._spent.microusd + spent.microusd, self._spent.tokens + spent.tokens)
        if spent.tokens > 0:
            self._window.append((self._clock(), spent.tokens))
            self._window_tokens += spent.tokens

    def release(self, reservation: Reservation) -> None:
        """The call used nothing. `KeyError` if it was settled or released before."""
        self._free(reservation)

    def _free(self, reservation: Reservation) -> None:
        want = self._reserved.pop(reservation.number)
        self._in_flight = Want(*(a - b for a, b in zip(self._in_flight, want, strict=True)))

    def _money(self, want: Want) -> Refusal | None:
        limit = self._budget.max_cost_per_session_microusd
        if limit is None or self._spent.microusd + self._in_flight.microusd + want.microusd <= limit:
            return None
        left = max(0, limit - self._spent.microusd)
        could = f"this call could cost {dollars(want.microusd)}"
        if want.microusd > left:
            return Refusal("budget_spent", f"{could}, and {dollars(left)} of the session's {dollars(limit)} is left")
        held = dollars(self._in_flight.microusd)
        reason = f"{could}; of the {dollars(left)} that is left, {held} is reserved for calls that are running"
        return Refusal("budget_reserved", reason, wait=True)

    def _tokens(self, want: Want) -> Refusal | None:
        limit = self._budget.max_tokens_per_session
        if limit is None or self._spent.tokens + self._in_flight.tokens + want.tokens <= limit:
            return None
        left = max(0, limit - self._spent.tokens)
        could = f"this call could use {want.tokens:,} tokens"
        if want.tokens > left:
            return Refusal("budget_spent", f"{could}, and {left:,} of the session's {limit:,} are left")
        reason = f"{could}; of the {left:,} that are left, {self._in_flight.tokens:,} are reserved for running calls"
        return Refusal("budget_reserved", reason, wait=True)

    def _minute(self, want: Want) -> Refusal | None:
        limit = self._budget.max_tokens_per_minute
        if limit is None:
            return None
        if want.minute_tokens > limit:
            reason = f"this call needs about {want.minute_tokens:,} tokens; no minute may have more than {limit:,}"
            return Refusal("call_exceeds_minute_budget", reason)
        now = self._clock()
        while self._window and self._window[0][0] <= now - WINDOW_S:
            self._window_tokens -= self._window.popleft()[1]
        if self._window_tokens + self._in_flight.minute_tokens + want.minute_tokens <= limit:
            return None
        used = f"{self._window_tokens:,} of the {limit:,} tokens a minute were used in the last minute"
        if self._window_tokens + want.minute_tokens <= limit:
            held = f"{self._in_flight.minute_tokens:,} are reserved for calls that are running"
            return Refusal("tokens_per_minute", f"{used} and {held}", wait=True, retry_after=1.0)
        return Refusal("tokens_per_minute", used, retry_after=self._frees_in(now, limit - want.minute_tokens))

    def _frees_in(self, now: float, room: int) -> float:
        """Whole seconds, at least one, until at most `room` tokens of the window are left."""
        left = self._window_tokens
        for moment, tokens in self._window:
            left -= tokens
            if left <= room:
                return max(1.0, math.ceil(moment + WINDOW_S - now))
        return WINDOW_S


def dollars(microusd: int) -> str:
    """Money as people read it: cents, or as many digits as a small amount needs."""
    text = f"{microusd // 1_000_000}.{microusd % 1_000_000:06d}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"${whole}.{part:0<2}"


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)
