"""The ledger of one session: what is spent, what is reserved, what is left.

Pure and synchronous: it waits for nothing and asks no clock but the one it is given. It keeps the limits of a session
and of a minute; those of a day are shared with other sessions and kept in `store`. The promise is on money, and on
tokens of the whole session:

    spent + reserved <= limit + (what settlements exceeded their reservations by)

and the estimate is made so that the last term is nothing for a provider that honours the output limit it was sent.
Money of a minute is kept as strictly: a running call counts with the most it can cost, a settled one for sixty seconds
with what it did cost. Tokens a minute are a rate, not a sum: a call is let through by an estimate, counts as that much
while it runs, and as what it really used for sixty seconds after it has been settled. That window can be overrun by
what running calls use beyond their estimates, never by new calls.

Several limits of one scope (a policy's and its FluxConfig's) hold at once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from akios_jail.policy.plans import Budget, Limit

WINDOW_S = 60.0


class Want(NamedTuple):
    """What a call asks for: money and tokens at most, and tokens as far as can be guessed for the minute."""

    microusd: int
    tokens: int
    minute_tokens: int


#: What is reserved while no call runs.
NOTHING_HELD = Want(0, 0, 0)


class Spent(NamedTuple):
    """What a call has used."""

    microusd: int
    tokens: int


def plus(one: Spent, other: Spent) -> Spent:
    """Both together."""
    return Spent(one.microusd + other.microusd, one.tokens + other.tokens)


def minus(one: Spent, other: Spent) -> Spent:
    """One without the other."""
    return Spent(one.microusd - other.microusd, one.tokens - other.tokens)


class Reservation(NamedTuple):
    """Held for one call until it is settled or released."""

    number: int
    want: Want


class Refusal(NamedTuple):
    """`code`: budget_spent | budget_reserved | tokens_per_minute | cost_per_minute | call_exceeds_minute_budget.

    `wait`: a settlement of a running call may make room. `retry_after`: seconds until time makes room, None if it never
    does. `limit`: the one that is in the way.
    """

    code: str
    reason: str
    limit: Limit
    wait: bool = False
    retry_after: float | None = None

    @property
    def final(self) -> bool:
        """Neither time nor the end of a running call will make room."""
        return not self.wait and self.retry_after is None


class Headroom(NamedTuple):
    """What is left; None where there is no limit. Of minutes: of an empty one, the most that any call may ask for."""

    microusd: int | None
    tokens: int | None
    minute_tokens: int | None
    minute_microusd: int | None = None

    def within(self, microusd: int | None, tokens: int | None) -> Headroom:
        """This, but no more than so much money and so many tokens."""
        return self._replace(microusd=tightest((self.microusd, microusd)), tokens=tightest((self.tokens, tokens)))


class Settled(NamedTuple):
    """One settlement, as the sliding window and the forecast see it."""

    moment: float
    microusd: int
    tokens: int


class Ledger:
    """Budget of one session. `clock` gives seconds that never go back."""

    def __init__(self, budget: Budget, clock: Callable[[], float]) -> None:
        self._limits = tuple(limit for limit in budget.limits if limit.scope in ("session", "minute"))
        self._clock = clock
        self._numbers = 0
        self._reserved: dict[int, Want] = {}
        self._in_flight = NOTHING_HELD
        self._spent = Spent(0, 0)
        self._kept = Spent(0, 0)
        self._window: deque[Settled] = deque()
        self._window_spent = Spent(0, 0)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that are kept here, as they stand."""
        return self._limits

    @property
    def spent(self) -> Spent:
        """Everything settled so far."""
        return self._spent

    @property
    def reserved(self) -> Want:
        """Everything held for running calls."""
        return self._in_flight

    @property
    def recent(self) -> tuple[Settled, ...]:
        """What was settled within the last sixty seconds, oldest first."""
        self._slide()
        return tuple(self._window)

    @property
    def minute(self) -> Spent:
        """What the last sixty seconds used."""
        self._slide()
        return self._window_spent

    def headroom(self, *, alone: bool = False) -> Headroom:
        """What could be reserved now; `alone`: once no other call runs."""
        held = NOTHING_HELD if alone else self._in_flight
        limits = [self._open(limit) for limit in self._of("session")]
        money = [_left(limit.microusd, self._spent.microusd + held.microusd) for limit in limits]
        tokens = [_left(limit.tokens, self._spent.tokens + held.tokens) for limit in limits]
        minutes = self._of("minute")
        return Headroom(
            tightest(money),
            tightest(tokens),
            tightest([limit.tokens for limit in minutes]),
            tightest([limit.microusd for limit in minutes]),
        )

    def check(self, want: Want) -> Refusal | None:
        """Why this much cannot be reserved now; None if it can. What nothing helps against comes first, and then what
        takes the longest: the call has room when the last of them has."""
        refusals: list[Refusal] = []
        for limit in self._limits:
            ask = self._session if limit.scope == "session" else self._minute
            refusals += ask(limit, want)
        return min(refusals, key=lambda refusal: (not refusal.final, -(refusal.retry_after or 0.0)), default=None)

    def reserve(self, want: Want) -> Reservation | Refusal:
        """Hold this much for a call, or say why not."""
        refusal = self.check(want)
        if refusal is not None:
            return refusal
        return self._hold(want)

    def _hold(self, want: Want) -> Reservation:
        self._numbers += 1
        self._reserved[self._numbers] = want
        self._in_flight = Want(*(a + b for a, b in zip(self._in_flight, want, strict=True)))
        return Reservation(self._numbers, want)

    def settle(self, reservation: Reservation, spent: Spent) -> None:
        """The call is over and has used this. `KeyError` if it was settled or released before."""
        self._free(reservation)
        self._spent = plus(self._spent, spent)
        if spent.tokens > 0 or spent.microusd > 0:
            self._window.append(Settled(self._clock(), *spent))
            self._window_spent = plus(self._window_spent, spent)

    def release(self, reservation: Reservation) -> None:
        """The call used nothing. `KeyError` if it was settled or released before."""
        self._free(reservation)

    def keep_back(self, microusd: int, tokens: int) -> None:
        """Keep so much of the session's budget for its last call; nothing of a limit that is not twice as large."""
        money = tightest(limit.microusd for limit in self._of("session"))
        count = tightest(limit.tokens for limit in self._of("session"))
        self._kept = Spent(
            microusd if money is not None and money >= 2 * microusd else 0,
            tokens if count is not None and count >= 2 * tokens else 0,
        )

    def reserve_last(self, want: Want) -> Reservation | Refusal:
        """Reserve for the last call, from what was kept back too. The rate of tokens a minute does not matter to it."""
        self._kept = Spent(0, 0)
        room = [limit._replace(tokens=None) if limit.scope == "minute" else limit for limit in self._limits]
        for limit in room:
            for refusal in (self._session if limit.scope == "session" else self._minute)(limit, want):
                return refusal
        return self._hold(want)

    def raised(self, scope: str, microusd: int | None, tokens: int | None) -> bool:
        """Every limit of this scope is at least so much from now on. Whether that changed anything."""
        before = self._limits
        self._limits = tuple(
            limit._replace(microusd=_at_least(limit.microusd, microusd), tokens=_at_least(limit.tokens, tokens))
            if limit.scope == scope
            else limit
            for limit in before
        )
        return self._limits != before

    def _of(self, scope: str) -> list[Limit]:
        return [limit for limit in self._limits if limit.scope == scope]

    def _free(self, reservation: Reservation) -> None:
        want = self._reserved.pop(reservation.number)
        self._in_flight = Want(*(a - b for a, b in zip(self._in_flight, want, strict=True)))

    def _open(self, limit: Limit) -> Limit:
        """The part of a session's limit that calls may use."""
        money, tokens = limit.microusd, limit.tokens
        return limit._replace(
            microusd=None if money is None else money - self._kept.microusd,
            tokens=None if tokens is None else tokens - self._kept.tokens,
        )

    def _session(self, limit: Limit, want: Want) -> list[Refusal]:
        held = Spent(self._in_flight.microusd, self._in_flight.tokens)
        return exceeded(self._open(limit), Spent(want.microusd, want.tokens), self._spent, held, "session")

    def _minute(self, limit: Limit, want: Want) -> list[Refusal]:
        self._slide()
        refusals = []
        if limit.tokens is not None:
            used, held = self._window_spent.tokens, self._in_flight.minute_tokens
            ages = ((entry.moment, entry.tokens) for entry in self._window)
            words = _Words("tokens_per_minute", "about ", _tokens)
            refusals += self._in_window(limit, limit.tokens, want.minute_tokens, used, held, ages, words)
        if limit.microusd is not None:
            used, held = self._window_spent.microusd, self._in_flight.microusd
            ages = ((entry.moment, entry.microusd) for entry in self._window)
            words = _Words("cost_per_minute", "up to ", dollars)
            refusals += self._in_window(limit, limit.microusd, want.microusd, used, held, ages, words)
        return refusals

    def _in_window(
        self,
        limit: Limit,
        most: int,
        asked: int,
        used: int,
        held: int,
        ages: Iterable[tuple[float, int]],
        words: _Words,
    ) -> list[Refusal]:
        say = words.amount
        if asked > most:
            reason = f"this call needs {words.how}{say(asked)}; no minute may have more than {say(most)}"
            return [Refusal("call_exceeds_minute_budget", reason, limit)]
        if used + held + asked <= most:
            return []
        room = max(0, most - used - held)
        reason = (
            f"this call needs {words.how}{say(asked)}, and {say(room)} of the {say(most)} a minute are left: "
            f"{say(used)} were used in the last minute"
        )
        if held:
            reason = f"{reason} and {say(held)} are reserved for calls that are running"
        if used + asked <= most:
            return [Refusal(words.code, reason, limit, wait=True, retry_after=1.0)]
        seconds, left = WINDOW_S, used
        for moment, amount in ages:
            left -= amount
            if left <= most - asked:
                seconds = moment + WINDOW_S - self._clock()
                break
        reason = f"{reason}; there is room in {math.ceil(seconds)} seconds at the earliest"
        return [Refusal(words.code, reason, limit, retry_after=seconds)]

    def _slide(self) -> None:
        now = self._clock()
        while self._window and self._window[0].moment <= now - WINDOW_S:
            gone = self._window.popleft()
            self._window_spent = minus(self._window_spent, Spent(gone.microusd, gone.tokens))


class _Words(NamedTuple):
    code: str
    how: str
    amount: Callable[[int], str]


def exceeded(limit: Limit, want: Spent, spent: Spent, held: Spent, whose: str) -> list[Refusal]:
    """What is in the way of reserving `want` under a limit on a sum. `whose`: "session" or "day", for the reason."""
    refusals = []
    if limit.microusd is not None and spent.microusd + held.microusd + want.microusd > limit.microusd:
        left = max(0, limit.microusd - spent.microusd)
        could = f"this call could cost {dollars(want.microusd)}"
        if want.microusd > left:
            reason = f"{could}, and {dollars(left)} of the {whose}'s {dollars(limit.microusd)} is left"
            refusals.append(Refusal("budget_spent", reason, limit))
        else:
            reserved = f"{dollars(held.microusd)} is reserved for calls that are running"
            reason = f"{could}; of the {dollars(left)} that is left, {reserved}"
            refusals.append(Refusal("budget_reserved", reason, limit, wait=True))
    if limit.tokens is not None and spent.tokens + held.tokens + want.tokens > limit.tokens:
        left = max(0, limit.tokens - spent.tokens)
        could = f"this call could use {want.tokens:,} tokens"
        if want.tokens > left:
            reason = f"{could}, and {left:,} of the {whose}'s {limit.tokens:,} are left"
            refusals.append(Refusal("budget_spent", reason, limit))
        else:
            reason = f"{could}; of the {left:,} that are left, {held.tokens:,} are reserved for running calls"
            refusals.append(Refusal("budget_reserved", reason, limit, wait=True))
    return refusals


def dollars(microusd: int) -> str:
    """Money as people read it: cents, or as many digits as a small amount needs."""
    text = f"{microusd // 1_000_000}.{microusd % 1_000_000:06d}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"${whole}.{part:0<2}"


def tightest(limits: Iterable[int | None]) -> int | None:
    """The least of them; None if there is none."""
    return min((limit for limit in limits if limit is not None), default=None)


def _tokens(count: int) -> str:
    return f"{count:,} tokens"


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def _at_least(limit: int | None, least: int | None) -> int | None:
    return limit if limit is None or least is None else max(limit, least)
