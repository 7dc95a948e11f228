"""How much of the agent's bodies one session may keep in memory at once, over all of its exchanges together."""

from __future__ import annotations


class Full(Exception):
    """No room is left until another exchange has ended."""


class Buffers:
    """A count of bytes with a bound."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def take(self, count: int) -> None:
        """Take room for so many bytes; `Full` if it is not there."""
        if self.used + count > self.limit:
            raise Full
        self.used += count

    def give(self, count: int) -> None:
        """Give back what was taken."""
        self.used -= count
