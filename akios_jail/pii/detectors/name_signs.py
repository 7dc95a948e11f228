"""How words that say that a name is near become triggers which are compiled fast, and are seen whole where they match.

Letters of any case that are more than one byte took seconds to compile. So of phrases in ASCII the pattern is over
bytes; of the others only the phrases themselves are triggers, in the cases that people write them in, and what must
stand around them is looked at where one is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from akios_jail.pii.detectors.phrases import escaped, phrases_of
from akios_jail.pii.finding import BYTES, PHRASES, Finding
from akios_jail.pii.lazy_pattern import LazyPattern

Names = Callable[[str, int], Iterable[Finding]]
#: A letter that may begin a name: a capital, or one of a script that has none.
UP = r"[A-Z\x{80}-\x{10ffff}]"
_UP_BYTES = (
    r"(?:[A-Z]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf][\x80-\xbf]|"
    r"[\xf0-\xf4][\x80-\xbf][\x80-\xbf][\x80-\xbf])"
)
_UP_CHARACTERS = r"[A-Z\x80-\U0010ffff]"
_ASCII_WORD = re.compile(r"\w", re.ASCII)


def signs(words: str, tail: str, names: Names, cased: bool = False, edge: str = r"\b") -> list[tuple[str, Names]]:
    """Triggers for any of these phrases with `tail` after it, and who looks for names where `tail` ends.

    `cased`: only in the case that they are listed in. `edge`: what stands before phrases in ASCII; of the others, those
    that begin with an ASCII letter do not stand within longer words of such, if it is the edge of a word.
    """
    phrases = phrases_of(words)
    edged = edge == r"\b"
    # A capital hardly stands within a word: such phrases are rare enough by themselves.
    plain = [phrase for phrase in phrases if phrase.isascii() and not (cased and edged and phrase[0].isupper())]
    others = [phrase for phrase in phrases if phrase not in plain]
    forms = {form for phrase in others for form in ((phrase,) if cased else _cases(phrase))}
    made: list[tuple[str, Names]] = []
    if plain:
        any_case = "" if cased else "i"
        listed = "|".join(map(escaped, plain))
        made.append((f"{BYTES}{edge}{PHRASES}(?{any_case}:{listed}){tail.replace(UP, _UP_BYTES)}", names))
    if forms:
        made.append((literally(forms), _Around(forms, tail.replace(UP, _UP_CHARACTERS), names, edged)))
    return made


def literally(phrases: Iterable[str]) -> str:
    """A trigger for these phrases, as they are written."""
    return "|".join(map(escaped, sorted(phrases)))


def _cases(phrase: str) -> set[str]:
    """In which people write it."""
    return {phrase, phrase.lower(), phrase.upper(), phrase[:1].upper() + phrase[1:].lower(), phrase.title()}


class _Around:
    """Names after phrases of which only the end is known, if what must stand around them does."""

    def __init__(self, forms: Iterable[str], tail: str, names: Names, edged: bool) -> None:
        self._tail = LazyPattern(tail)
        self._names = names
        self._forms: dict[int, set[str]] = {}
        for form in forms if edged else ():
            self._forms.setdefault(len(form), set()).add(form)

    def __call__(self, text: str, end: int) -> Iterable[Finding]:
        match = self._tail.match(text, end, len(text))
        if match is None or (self._forms and not self._alone(text, end)):
            return ()
        return self._names(text, match.end())

    def _alone(self, text: str, end: int) -> bool:
        """Whether a phrase ends there that is no end of a longer word."""
        for length, forms in self._forms.items():
            start = end - length
            if start < 0 or text[start:end] not in forms:
                continue
            if not text[start].isascii() or _ASCII_WORD.match(text[start - 1 : start]) is None:
                return True
        return False
