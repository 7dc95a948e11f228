"""What a session has taken out of a day's budget ahead of its calls, so that not every call waits for the disk.

An advance is one reservation on disk (`day.Held`) from which many calls are served: each takes what it can cost at
most, and gives back what it did not use, both in memory. On disk it counts as reserved until it is drawn, so a broker
that dies loses the day at most what it had reserved, and nothing that happens here can spend more than that. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from akios_jail.flux.day import NOTHING, Drawn, Held
from akios_jail.flux.ledger import Spent, minus, plus


class Part(NamedTuple):
    """What one call holds of an advance."""

    advance: Advance
    want: Spent


class Advance:
    """`held`: the reservation on disk. `free`: nobody's, of it; `running`: calls hold it; `spent`: settled, and not
    yet drawn. Together they are what is reserved on disk, once everything that was asked of it is done.

    `lasts`: there was plenty in the day when it was taken, so that what is free may stay for the calls to come.
    """

    def __init__(self, held: Held, *, lasts: bool, since: float) -> None:
        self.held = held
        self.lasts = lasts
        self.since = since  # when it was last asked for on disk
        self.free = NOTHING
        self.running = NOTHING
        self.spent = NOTHING
        self._parts = 0

    @property
    def idle(self) -> bool:
        """Whether no call holds any of it."""
        return self._parts == 0

    @property
    def exceeded(self) -> bool:
        """Whether calls have used more than was reserved for them: the day must know of that at once."""
        return self.free.microusd < 0 or self.free.tokens < 0

    def has(self, want: Spent) -> bool:
        """Whether so much is free."""
        return want.microusd <= self.free.microusd and want.tokens <= self.free.tokens

    def granted(self, amount: Spent) -> None:
        """So much more is reserved on disk."""
        self.free = plus(self.free, amount)

    def take(self, want: Spent) -> Part:
        """So much of what is free is a call's now."""
        self._parts += 1
        self.free, self.running = minus(self.free, want), plus(self.running, want)
        return Part(self, want)

    def give(self, want: Spent, used: Spent) -> None:
        """The call that held `want` has used this; the rest is free, less than nothing if it has used more."""
        self._parts -= 1
        self.running, self.spent = minus(self.running, want), plus(self.spent, used)
        self.free = plus(self.free, minus(want, used))

    def draw(self, *, back: bool) -> Drawn | None:
        """What is to be written of it now: what was spent, and, with `back`, what is free; None if there is neither.

        From here on it counts as written.
        """
        free = self.free if back or self.exceeded else NOTHING
        if self.spent == NOTHING and free == NOTHING:
            return None
        drawn = Drawn(self.held, self.spent, free)
        self.spent, self.free = NOTHING, minus(self.free, free)
        return drawn

    def undrawn(self, drawn: Drawn) -> None:
        """It could not be written. What was spent is to be written yet; what was free is nobody's any more."""
        self.spent = plus(self.spent, drawn.spent)
