"""The line of calls that wait for room in a budget: first come, first served, and only the first is ever woken.

Whoever stands behind waits even if there were room for it: many small calls cannot starve a large one. A call whose
agent leaves, or whose patience ends, gives up its place, and the next one is the first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Line(Generic[T]):
    """`holdup` is what the first in line waits for, for those behind to be told; None if nobody waits."""

    def __init__(self) -> None:
        self._places: deque[Place[T]] = deque()
        self.holdup: T | None = None

    def __len__(self) -> int:
        return len(self._places)

    def join(self) -> Place[T]:
        """A place at the end."""
        place = Place(self)
        self._places.append(place)
        return place

    def is_first(self, place: Place[T] | None) -> bool:
        """Whether it is this one's turn; None stands for a newcomer."""
        return not self._places if place is None else self._places[0] is place

    def wake(self) -> None:
        """There may be room: let the first look."""
        if self._places:
            self._places[0].turn.set()

    def leave(self, place: Place[T]) -> None:
        """It waits no longer. Idempotent."""
        if place in self._places:
            self._places.remove(place)
            if not self._places:
                self.holdup = None
            self.wake()


class Place(Generic[T]):
    """One call's place in a line."""

    def __init__(self, line: Line[T]) -> None:
        self.turn = asyncio.Event()
        self._line = line

    async def wait(self, seconds: float) -> None:
        """Until it is woken, but no longer than this."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self.turn.wait()
        except TimeoutError:
            return
        finally:
            self.turn.clear()
