"""RE2 with types: patterns that take time linear in the text, whatever the text is.

Detectors see hostile text, so what runs over all of it is RE2. Python's own `re` serves on windows of bounded length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2  # type: ignore[import-untyped]


class Linear:
    """A compiled pattern (syntax of RE2: no look-around, no back-references)."""

    def __init__(self, pattern: str) -> None:
        self._text: Any = re2.compile(pattern)
        self._bytes: Any = re2.compile(pattern.encode())  # where a character is a byte, offsets need no conversion

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the pattern matches, from left to right, without overlap."""
        matches = self._bytes.finditer(text.encode()) if text.isascii() else self._text.finditer(text)
        for match in matches:
            yield match.span()

    def found(self, text: str) -> bool:
        """Whether the pattern matches anywhere."""
        found = self._bytes.search(text.encode()) if text.isascii() else self._text.search(text)
        return found is not None
