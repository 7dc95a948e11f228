"""A pace for records that an agent can cause at will: a burst, then a steady rate, and a count of what was held back.

Every record is durable before it counts, which costs time and disk. An agent that asks for a million names must not be
able to fill the disk or to keep the broker busy with writing; what is held back is still counted, and the count goes
into the next record.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class Pace:
    """At most `burst` at once and `per_second` over time. `held` counts since the last one that was let through."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_second = per_second
        self.burst = burst
        self.held = 0
        self._clock = clock
        self._tokens = float(burst)
        self._last = clock()

    def admit(self) -> bool:
        """Whether one more may go now; if not, it is added to `held`."""
        now = self._clock()
        self._tokens = min(float(self.burst), self._tokens + (now - self._last) * self.per_second)
        self._last = now
        if self._tokens >= 1:
            self._tokens -= 1
            return True
        self.held += 1
        return False

    def take_held(self) -> int:
        """How many were held back since the last call."""
        held, self.held = self.held, 0
        return held
