"""One pass over a text finds where every trigger of every detector ends.

The patterns are compiled into a Hyperscan database, whose cost hardly grows with their number. It sees bytes; where a
text is not ASCII, offsets are counted back to characters, but only up to where something was found.

Compiling takes tenths of a second, so it is done once for a set of patterns and a process, and a broker does it beside
the start of the session (`Scanner.prepare`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import hyperscan  # type: ignore[import-untyped,unused-ignore]

from akios_jail.pii.finding import REACH


class Scanner:
    """`triggers`: for each detector, its patterns. `ValueError` for a pattern that cannot be compiled, at first use.

    The last `sparse` patterns are told of at most once in REACH bytes: they say that something is near.
    """

    def __init__(self, triggers: Sequence[Sequence[str]], sparse: int = 0) -> None:
        self._sparse = sparse
        self._names = [(index, number) for index, patterns in enumerate(triggers) for number in range(len(patterns))]
        self._patterns = tuple(pattern for patterns in triggers for pattern in patterns)
        self._databases: tuple[Any, ...] = ()
        self._scratches = threading.local()

    def prepare(self) -> None:
        """Compile now rather than at the first text."""
        if not self._databases and self._patterns:
            self._databases = _compiled(self._patterns)

    def scan(self, text: str) -> Iterable[tuple[int, int, int]]:
        """Detector, number of the trigger, and the offset of the character after its match; by offset."""
        if not self._databases:
            self.prepare()
        data = text.encode("utf-8", "replace")  # half a surrogate pair is a question mark: one character, too
        hits: list[int] = []  # end and pattern in one number: a flood of hits takes a third of the memory of pairs
        count = len(self._names)
        keep = hits.append

        def hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            keep(end * count + id)

        last = [-REACH] * count

        def sparse_hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            if id < first_sparse:
                keep(end * count + id)
            elif end - last[id] > REACH:
                last[id] = end
                keep(end * count + id)

        first_sparse = count - self._sparse
        of = sparse_hit if self._sparse else hit
        for database, scratch in zip(self._databases, self._own_scratches(), strict=True):
            database.scan(data, match_event_handler=of, scratch=scratch)
        return self._placed(data, len(data) == len(text), hits) if hits else ()

    def _placed(self, data: bytes, plain: bool, hits: list[int]) -> Iterator[tuple[int, int, int]]:
        """The hits with their offsets in characters."""
        hits.sort()
        names, count = self._names, len(self._names)
        done = characters = 0
        for hit in hits:
            end, id = divmod(hit, count)
            if plain:
                characters = end
            elif end > done:
                characters += len(data[done:end].decode())
                done = end
            index, number = names[id]
            yield index, number, characters

    def _own_scratches(self) -> tuple[Any, ...]:
        """Hyperscan's working memory, which two scans may not have at once: one for each thread."""
        scratches: tuple[Any, ...] | None = getattr(self._scratches, "of", None)
        if scratches is None:
            scratches = self._scratches.of = tuple(hyperscan.Scratch(database) for database in self._databases)
        return scratches


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


def _compiled(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    with _compiling:  # a second thread waits for what the first is compiling already
        return _cached(patterns)


@lru_cache(maxsize=32)
def _cached(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    """Two databases, of the patterns over bytes and of those over characters: one takes half as long again."""
    by_flags: dict[int, list[int]] = {}
    for id, pattern in enumerate(patterns):
        by_flags.setdefault(_flags(pattern), []).append(id)
    return tuple(_database([patterns[id] for id in ids], ids, flags) for flags, ids in by_flags.items())


def _database(patterns: list[str], ids: list[int], flags: int) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=ids,
            elements=len(patterns),
            flags=[flags] * len(patterns),
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a trigger cannot be compiled: {error}") from error
    return database
