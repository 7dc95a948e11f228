"""One pass over a text finds where every trigger of every detector ends.

The patterns are compiled into one Hyperscan database, whose cost does not grow with their number. It sees bytes; where
a text is not ASCII, offsets are counted back to characters, but only up to where something was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import hyperscan  # type: ignore[import-untyped,unused-ignore]


class Scanner:
    """`triggers`: for each detector, its patterns."""

    def __init__(self, triggers: Sequence[Sequence[str]]) -> None:
        self._names = [(index, number) for index, patterns in enumerate(triggers) for number in range(len(patterns))]
        self._database: Any = None
        if self._names:
            patterns = [pattern.encode() for many in triggers for pattern in many]
            self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            self._database.compile(
                expressions=patterns,
                ids=list(range(len(patterns))),
                elements=len(patterns),
                flags=[hyperscan.HS_FLAG_UTF8] * len(patterns),
            )

    def scan(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Detector, number of the trigger, and the offset of the character after its match; by offset."""
        if self._database is None:
            return
        data = text.encode("utf-8", "replace")  # half a surrogate pair is a question mark: one character, too
        hits: list[tuple[int, int]] = []

        def hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            hits.append((end, id))

        self._database.scan(data, match_event_handler=hit)
        hits.sort()
        plain = len(data) == len(text)
        done = characters = 0
        for end, id in hits:
            if plain:
                characters = end
            elif end > done:
                characters += len(data[done:end].decode())
                done = end
            yield (*self._names[id], characters)
