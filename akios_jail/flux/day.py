"""A day's budget: what is held of it, how it stands, and what of it is left. No file is read or written here."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.flux.ledger import Spent, plus, tightest
from akios_jail.policy.plans import Limit

DAY_S = 86_400
NOTHING = Spent(0, 0)
#: Of what the day has left, the part that one session may hold for calls to come.
_AHEAD = 16


class Held(NamedTuple):
    """A reservation of a day's budget. `want` is what it holds."""

    id: str
    day: int
    want: Spent


class Drawn(NamedTuple):
    """Of what is held so much was spent, and so much is given back: less than nothing if more was used than is held."""

    held: Held
    spent: Spent
    back: Spent


class Standing(NamedTuple):
    """One name's day: its number (days since 1970), what is spent and reserved, and how far its limits were raised.

    What is reserved for sessions that were not heard of for a while counts as spent: it will hardly be given back.
    """

    name: str
    day: int
    spent: Spent
    reserved: Spent
    raised_microusd: int | None = None
    raised_tokens: int | None = None

    def raised(self, limit: Limit) -> Limit:
        """The limit as it stands today."""
        return limit._replace(
            microusd=_raised(limit.microusd, self.raised_microusd), tokens=_raised(limit.tokens, self.raised_tokens)
        )

    def left(self, limits: tuple[Limit, ...]) -> tuple[int | None, int | None]:
        """Micro-dollars and tokens that nobody spent or reserved; None where nothing limits them."""
        used = plus(self.spent, self.reserved)
        money, tokens = tightest_of(self.raised(limit) for limit in limits)
        return (
            None if money is None else max(0, money - used.microusd),
            None if tokens is None else max(0, tokens - used.tokens),
        )


def date_of(day: int) -> str:
    """A day by its number since 1970, as people write it; the number itself where no calendar has it."""
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(day * DAY_S))
    except (OverflowError, ValueError, OSError):
        return f"day {day}"


def _raised(limit: int | None, raised: int | None) -> int | None:
    return limit if limit is None or raised is None else max(limit, raised)


def tightest_of(limits: Iterable[Limit]) -> tuple[int | None, int | None]:
    """Micro-dollars and tokens that all of these limits allow; None where none limits them."""
    limits = tuple(limits)
    return tightest(limit.microusd for limit in limits), tightest(limit.tokens for limit in limits)


def is_little(ahead: Spent, want: Spent, left: tuple[int | None, int | None]) -> bool:
    """Whether so much can be held beside what is wanted without others going short."""
    pairs = zip(ahead, want, left, strict=True)
    return all(room is None or more <= max(0, room - wanted) // _AHEAD for more, wanted, room in pairs)


def fits(limit: Limit, want: Spent) -> bool:
    """Whether an empty day has room for it."""
    return not (
        (limit.microusd is not None and want.microusd > limit.microusd)
        or (limit.tokens is not None and want.tokens > limit.tokens)
    )
