"""A regular expression that is compiled when it is first used.

The detectors have hundreds, which take a tenth of a second to compile; a text needs the few that its triggers lead to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_Asks = Callable[[str, int, int], "re.Match[str] | None"]


class LazyPattern:
    """`re.compile(pattern, flags)`, later. A pattern that cannot be compiled is an error at its first use.

    `search`, `match` and `finditer` are those of `re.Pattern`, and from their first use on nothing stands in between.
    """

    __slots__ = ("_compiled", "_flags", "finditer", "match", "pattern", "search")

    search: _Asks
    match: _Asks
    finditer: Callable[[str, int, int], Iterator[re.Match[str]]]

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None
        self.search = lambda text, start, end: self.compiled.search(text, start, end)
        self.match = lambda text, start, end: self.compiled.match(text, start, end)
        self.finditer = lambda text, start, end: self.compiled.finditer(text, start, end)

    @property
    def compiled(self) -> re.Pattern[str]:
        """The pattern itself."""
        if self._compiled is None:
            compiled = self._compiled = re.compile(self.pattern, self._flags)
            self.search, self.match, self.finditer = compiled.search, compiled.match, compiled.finditer
        return self._compiled
