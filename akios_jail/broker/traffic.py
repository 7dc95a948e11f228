"""What the event loop is busy with, over all sessions: whether anybody would notice if it waited for a moment."""

from __future__ import annotations


class Traffic:
    """Counts what runs: exchanges, and connections that are carried through unread."""

    def __init__(self) -> None:
        self._running = 0

    @property
    def alone(self) -> bool:
        """Whether no more than one thing runs, so that no other would notice a short wait."""
        return self._running <= 1

    def begins(self) -> None:
        """One more runs."""
        self._running += 1

    def ends(self) -> None:
        """One of them is over."""
        self._running -= 1
