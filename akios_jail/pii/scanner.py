"""One pass over a text finds where every trigger of every detector ends.

The patterns are compiled into one Hyperscan database, whose cost hardly grows with their number. It sees bytes; where a
text is not ASCII, offsets are counted back to characters, but only up to where something was found.

Compiling takes tenths of a second, so it is done once for a set of patterns and a process, and a broker does it beside
the start of the session (`Scanner.prepare`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import hyperscan  # type: ignore[import-untyped,unused-ignore]


class Scanner:
    """`triggers`: for each detector, its patterns. `ValueError` for a pattern that cannot be compiled, at first use."""

    def __init__(self, triggers: Sequence[Sequence[str]]) -> None:
        self._names = [(index, number) for index, patterns in enumerate(triggers) for number in range(len(patterns))]
        self._patterns = tuple(pattern for patterns in triggers for pattern in patterns)
        self._scratch = threading.local()

    def prepare(self) -> None:
        """Compile now rather than at the first text."""
        if self._patterns:
            _compiled(self._patterns)

    def scan(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Detector, number of the trigger, and the offset of the character after its match; by offset."""
        if not self._patterns:
            return
        database = _compiled(self._patterns)
        data = text.encode("utf-8", "replace")  # half a surrogate pair is a question mark: one character, too
        hits: list[tuple[int, int]] = []

        def hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            hits.append((end, id))

        database.scan(data, match_event_handler=hit, scratch=self._own_scratch(database))
        hits.sort()
        names = self._names
        if len(data) == len(text):
            for end, id in hits:
                index, number = names[id]
                yield index, number, end
            return
        done = characters = 0
        for end, id in hits:
            if end > done:
                characters += len(data[done:end].decode())
                done = end
            index, number = names[id]
            yield index, number, characters

    def _own_scratch(self, database: Any) -> Any:
        """Hyperscan's working memory, which two scans may not have at once: one for each thread."""
        scratch = getattr(self._scratch, "of", None)
        if scratch is None:
            scratch = self._scratch.of = hyperscan.Scratch(database)
        return scratch


def _flags(pattern: str) -> int:
    """Whether a pattern must know where characters begin.

    One that names only ASCII characters and no others ("any but a digit", ".") matches the same bytes either way, and
    as bytes it costs a third, to compile and to look for.
    """
    bytewise = pattern.isascii() and _NAMES_OTHERS.search(pattern) is None
    return 0 if bytewise else int(hyperscan.HS_FLAG_UTF8)


#: What stands for characters that are not named: a negated class, a dot, a negated shorthand, a code point.
_NAMES_OTHERS = re.compile(r"\[\^|(?<!\\)(?:\\\\)*\.|\\[DHNPRSVWXpx]")

_compiling = threading.Lock()


def _compiled(patterns: tuple[str, ...]) -> Any:
    with _compiling:  # a second thread waits for what the first is compiling already
        return _database(patterns)


@lru_cache(maxsize=32)
def _database(patterns: tuple[str, ...]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[_flags(pattern) for pattern in patterns],
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a trigger cannot be compiled: {error}") from error
    return database
