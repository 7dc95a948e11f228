"""RE2 with types: patterns that take time linear in the text, whatever the text is.

Detectors see hostile text, so what runs over all of it is RE2. Python's own `re` serves on windows of bounded length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import re2  # type: ignore[import-untyped]


class Match(Protocol):
    """The part of `re.Match` that is used."""

    def group(self) -> str: ...

    def start(self) -> int: ...

    def end(self) -> int: ...


class Pattern(Protocol):
    """The part of `re.Pattern` that is used."""

    def finditer(self, text: str) -> Iterator[Match]: ...

    def search(self, text: str) -> Match | None: ...


def linear(pattern: str) -> Pattern:
    """The compiled pattern (syntax of RE2: no look-around, no back-references)."""
    return cast("Pattern", re2.compile(pattern))
