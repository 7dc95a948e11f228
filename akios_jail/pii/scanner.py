"""One pass over a text finds where every trigger of every detector ends.

The patterns are compiled into a Hyperscan database, whose cost hardly grows with their number. It sees bytes; where a
text is not ASCII, offsets are counted back to characters, but only up to where something was found.

Compiling takes up to seconds, so what was compiled before is used again (`trigger_cache`), and a broker does it beside
the start of the session (`Scanner.prepare`).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Any

import hyperscan  # type: ignore[import-untyped,unused-ignore]

from akios_jail.pii.finding import REACH
from akios_jail.pii.trigger_cache import TriggerCache, Writer
from akios_jail.pii.trigger_databases import Databases, Patterns, compiled

#: Databases of so many sets of patterns stay in memory.
_MOST = 32


class Scanner:
    """`triggers`: for each detector, its patterns; "" is none. `ValueError` for a pattern that cannot be compiled, at
    first use.

    The last `sparse` patterns are told of at most once in REACH bytes: they say that something is near. Those of the
    first `own` detectors, which are a policy's own, are compiled apart: the others are the same for many policies.
    `alike`: detectors to which all their triggers are one, number 0.
    """

    def __init__(
        self, triggers: Sequence[Sequence[str]], sparse: int = 0, own: int = 0, alike: Collection[int] = ()
    ) -> None:
        rows = [
            (index, number, pattern)
            for index, patterns in enumerate(triggers)
            for number, pattern in enumerate(patterns)
            if pattern
        ]
        rows.sort(key=lambda row: row[0] < own)
        self._names = [(index, 0 if index in alike else number) for index, number, _ in rows]
        texts = tuple(pattern for _, _, pattern in rows)
        first_own = sum(index >= own for index, _ in self._names)
        self._sparse = range(first_own - sparse, first_own)
        self._sets = [Patterns(0, texts[:first_own]), Patterns(first_own, texts[first_own:])]
        self._compiled: dict[Patterns, Databases] = {}  # by this scanner, now
        self._databases: Databases = ()
        self._scratches = threading.local()

    def prepare(self, cache: TriggerCache | None = None) -> bool:
        """Take what was compiled before from `cache`, or compile now rather than at the first text.

        Whether some were compiled now, and would be worth keeping.
        """
        if self._databases:
            return False
        made = [(patterns, *_databases(patterns, cache)) for patterns in self._sets if patterns.texts]
        self._compiled = {patterns: databases for patterns, databases, anew in made if anew}
        self._databases = tuple(database for _, databases, _ in made for database in databases)
        return bool(self._compiled)

    def keep(self, writer: Writer) -> None:
        """Have what was compiled kept for other processes."""
        for patterns, databases in self._compiled.items():
            writer.store(patterns, databases)

    def scan(self, text: str) -> Sequence[tuple[int, int, int]]:
        """Detector, number of the trigger, and the offset of the character after its match; by offset."""
        if not self._databases:
            self.prepare()
        data = text.encode("utf-8", "replace")  # half a surrogate pair is a question mark: one character, too
        hits: list[int] = []  # end and pattern in one number: a flood of hits takes a third of the memory of pairs
        count, first, sparse = len(self._names), self._sparse.start, self._sparse
        keep = hits.append

        def hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            keep(end * count + id)

        last = [-REACH] * count

        def sparse_hit(id: int, start: int, end: int, flags: int, context: object) -> None:
            if id < first or id not in sparse:
                keep(end * count + id)
            elif end - last[id] > REACH:
                last[id] = end
                keep(end * count + id)

        of = sparse_hit if sparse else hit
        for database, scratch in zip(self._databases, self._own_scratches(), strict=True):
            database.scan(data, match_event_handler=of, scratch=scratch)
        if not hits:
            return ()
        hits.sort()
        names = self._names
        if len(data) == len(text):
            return [(*names[hit % count], hit // count) for hit in hits]
        placed = []
        done = characters = 0
        for found in hits:  # some characters are more than one byte
            end = found // count
            if end > done:
                characters += len(data[done:end].decode())
                done = end
            placed.append((*names[found % count], characters))
        return placed

    def _own_scratches(self) -> tuple[Any, ...]:
        """Hyperscan's working memory, which two scans may not have at once: one for each thread."""
        scratches: tuple[Any, ...] | None = getattr(self._scratches, "of", None)
        if scratches is None:
            scratches = self._scratches.of = tuple(hyperscan.Scratch(database) for database in self._databases)
        return scratches


_known: dict[Patterns, Databases] = {}
_making = threading.Lock()


def _databases(patterns: Patterns, cache: TriggerCache | None) -> tuple[Databases, bool]:
    """The databases of these patterns, made once a process, and whether they had to be compiled now."""
    with _making:  # a second thread waits for what the first is making already
        known = _known.get(patterns)
        if known is not None:
            return known, False
        kept = cache.load(patterns) if cache is not None else None
        if len(_known) >= _MOST:
            del _known[next(iter(_known))]
        made = _known[patterns] = compiled(patterns) if kept is None else kept
        return made, kept is None
