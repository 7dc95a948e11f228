"""Where the characters of a rewritten text come from: piece by piece, not character by character."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable


class Pieces:
    """A text in which some pieces stand for others; between them nothing changed."""

    def __init__(self) -> None:
        # For each replaced piece: where what replaced it begins and ends, and where it began and ended itself.
        self._starts = array("q")
        self._ends = array("q")
        self._origin_starts = array("q")
        self._origin_ends = array("q")

    @classmethod
    def replaced(
        cls, text: str, pattern: re.Pattern[str], replace: Callable[[str], str | None]
    ) -> tuple[str, Pieces | None]:
        """The text with `replace(match)` for every match (None: the match stays), and where its characters come from
        (None: nothing was replaced)."""
        pieces = cls()
        out: list[str] = []
        done = length = 0
        for match in pattern.finditer(text):
            new = replace(match.group())
            if new is None:
                continue
            start, end = match.span()
            out += text[done:start], new
            length += start - done
            pieces._starts.append(length)
            length += len(new)
            pieces._ends.append(length)
            pieces._origin_starts.append(start)
            pieces._origin_ends.append(end)
            done = end
        if not pieces._starts:
            return text, None
        out.append(text[done:])
        return "".join(out), pieces

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text as it was that these characters come from."""
        return self._of(start)[0], self._of(end - 1)[1]

    def index(self, origin: int) -> int:
        """Where in the text as it is that begins which comes from `origin` in the text as it was."""
        number = bisect_right(self._origin_starts, origin) - 1
        if number < 0:
            return origin
        if origin < self._origin_ends[number]:
            return self._starts[number]
        return self._ends[number] + origin - self._origin_ends[number]

    def touches(self, start: int, end: int) -> bool:
        """Whether any of these characters is in a replaced piece, or such a piece, now empty, lies between them."""
        before = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        return last > before or (before >= 0 and start < self._ends[before])

    def places(self) -> Iterable[tuple[int, int]]:
        """Where what replaced them begins and ends, in order."""
        return zip(self._starts, self._ends, strict=True)

    def _of(self, index: int) -> tuple[int, int]:
        number = bisect_right(self._starts, index) - 1
        # A piece that became nothing has no characters: the one before it that has, or the plain text after it.
        if number < 0:
            return index, index + 1
        if index < self._ends[number]:
            return self._origin_starts[number], self._origin_ends[number]
        at = self._origin_ends[number] + index - self._ends[number]
        return at, at + 1
