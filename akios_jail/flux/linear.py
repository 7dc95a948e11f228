"""Prices as straight lines: of usage of one kind, each token costs the same as the one before it.

The price list answers in a quarter of a millisecond, most of which it spends on finding out what can be asked of it.
Between two price tiers, and for usage of which the same counts are not zero, its answer is a constant and a rate for
each count; so it is asked for as many points as settle these, and they are kept. They are its own answers' exact
differences: nothing about prices is known here. Usage of other counts than these, and a report that contradicts
itself, is no straight line's matter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

#: Input, output, and of these cached and reasoning tokens.
Counts = tuple[int, int, int, int]
#: Which of the counts are not zero.
Kind = tuple[bool, bool, bool, bool]
#: Points that are asked about lie within so many tokens.
_WIDTH = 3
#: Lines of so many different calls are kept; the model's name is the agent's choice.
_KEPT = 256
#: Prices that hold for a part of the day begin and end with a quarter of an hour, in UTC.
_QUARTER = timedelta(minutes=15)


class Line(NamedTuple):
    """`constant` and a rate for each count, in dollars."""

    constant: Decimal
    rates: tuple[Decimal, Decimal, Decimal, Decimal]

    def price(self, counts: Counts) -> Decimal:
        """Dollars."""
        total = self.constant
        for rate, count in zip(self.rates, counts, strict=True):
            if count:
                total += rate * count
        return total


class _Known(NamedTuple):
    """The lines of one kind of call, by the tier that its prompt is in and the kind of its usage; None where there is
    no line. `since` and `until`: when they hold."""

    since: datetime
    until: datetime
    starts: list[int]
    lines: dict[tuple[int, Kind], Line | None]


class Lines:
    """Those that were found, for as long as they hold."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Known] = {}

    def line(
        self,
        call: Hashable,
        kind: Kind,
        input_tokens: int,
        now: datetime,
        starts: Callable[[], list[int]],
        price: Callable[[Counts], Decimal],
    ) -> Line | None:
        """The line for such usage of such a call; None if there is none. What is not known is asked: prompt sizes
        beyond which prices change (`starts`, in order), and the price of some counts, in dollars."""
        known = self._known.get(call)
        if known is None or not known.since <= now < known.until:
            since = now - (now - datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)) % _QUARTER
            known = _Known(since, since + _QUARTER, starts(), {})
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[call] = known
        tier = bisect_left(known.starts, input_tokens)
        if (tier, kind) not in known.lines:
            beyond = known.starts[tier - 1] if tier else 0
            narrow = tier < len(known.starts) and known.starts[tier] - beyond <= _WIDTH
            try:
                known.lines[tier, kind] = None if narrow else through(price, kind, beyond)
            except ValueError:
                known.lines[tier, kind] = None
        return known.lines[tier, kind]


def kind(counts: Counts) -> Kind | None:
    """The kind of this usage; None for one that is not for lines: without input, or with more in a part than in all."""
    told, wrote, cached, reasoning = counts
    if told <= 0 or cached > told or reasoning > wrote:
        return None
    return True, wrote > 0, cached > 0, reasoning > 0


def through(price: Callable[[Counts], Decimal], kind: Kind, beyond: int) -> Line:
    """The line for usage of this kind with input of more than `beyond` tokens. `price` is asked up to `_WIDTH` more."""
    start = _times(kind, (beyond + 2, 2, 1, 1))
    base = price(start)
    rates = [price(_more(start, place)) - base if told else Decimal(0) for place, told in enumerate(kind)]
    line = Line(Decimal(0), (rates[0], rates[1], rates[2], rates[3]))
    return line._replace(constant=base - line.price(start))


def _times(kind: Kind, counts: Counts) -> Counts:
    told, wrote, cached, reasoning = (count if there else 0 for there, count in zip(kind, counts, strict=True))
    return told, wrote, cached, reasoning


def _more(counts: Counts, place: int) -> Counts:
    told, wrote, cached, reasoning = (count + (at == place) for at, count in enumerate(counts))
    return told, wrote, cached, reasoning
