"""Kinds of a policy's own: by pattern, or as lists of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import re2  # type: ignore[import-untyped]

from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.view import View

CONFIDENCE = 0.95
#: So many words fit into one pattern.
_TOGETHER = 50


class OwnPattern:
    """What a pattern of the policy matches, up to `REACH` characters of it. Confidence: 0.95, its author's word."""

    def __init__(self, name: str, pattern: str) -> None:
        self.kind = name
        self.triggers = (pattern,)
        self.shortest = 1
        self._pattern = re2.compile(pattern)

    def check(self, view: View, trigger: int, end: int) -> Iterator[Finding]:
        at = max(0, end - REACH)
        for match in self._pattern.finditer(view.folded[at : end + REACH]):
            start, stop = at + match.start(), at + match.end()
            if start >= end:
                return
            if start < end <= stop:
                yield Finding(self.kind, start, stop, _normal(match.group()), CONFIDENCE, "a pattern of the policy")


class OwnWords:
    """Words and phrases of the policy, standing alone, in whatever case, with any blanks between. Confidence 0.95."""

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self.kind = name
        self._words = {normal for word in words if (normal := _normal(View(word).folded))}
        ordered = sorted(self._words)
        self.shortest = min((len(word) for word in ordered), default=1)
        self._longest = max((len(word) for word in ordered), default=0)
        patterns = [r"\s+".join(re.escape(part) for part in word.split(" ")) for word in ordered]
        self.triggers = tuple(
            f"(?i){'|'.join(patterns[first : first + _TOGETHER])}" for first in range(0, len(patterns), _TOGETHER)
        )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if _is_word(view.char(end)) and _is_word(view.char(end - 1)):
            return
        # Blanks may be more than the list has; so many more are not looked for.
        for start in range(end - 1, max(-1, end - min(REACH, self._longest + 16) - 1), -1):
            if _is_word(view.char(start)) and _is_word(view.char(start - 1)):
                continue
            normal = _normal(view.folded[start:end])
            if normal in self._words and not view.char(start).isspace():
                yield Finding(self.kind, start, end, normal, CONFIDENCE, "a word of the policy")


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
