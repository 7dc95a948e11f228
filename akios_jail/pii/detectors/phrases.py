"""Patterns for lists of phrases: `detectors` keep their words in tables, separated by commas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import PHRASES
from akios_jail.pii.view import View


def any_of(words: str) -> str:
    """A pattern for any of the phrases as texts have them once they are folded, the longer before the shorter."""
    return "|".join(map(escaped, phrases_of(words)))


def phrases_of(words: str) -> list[str]:
    """The phrases as texts have them once they are folded, the longer before the shorter."""
    phrases = sorted({" ".join(phrase.split()) for phrase in View(words).folded.split(",")} - {""})
    return sorted(phrases, key=len, reverse=True)


def escaped(phrase: str) -> str:
    """A pattern for the phrase."""
    return re.escape(phrase).replace(r"\ ", " ")


def edged(words: str) -> str:
    """The same, not within longer words of ASCII letters."""
    ascii_: list[str] = []
    other: list[str] = []
    for phrase in words.split(","):
        (ascii_ if phrase.strip()[:1].isascii() else other).append(phrase)
    return rf"(?:\b(?:{any_of(','.join(ascii_))})" + (rf"|(?:{any_of(','.join(other))}))" if other else ")")


def stems(words: str) -> tuple[str, str]:
    """Triggers for the phrases: those that begin with an ASCII letter where a word begins, the others anywhere."""
    spaced = [phrase for phrase in phrases_of(words) if phrase[0].isascii()]
    others = [phrase for phrase in phrases_of(words) if not phrase[0].isascii()]
    return (
        rf"(?i)\b{PHRASES}(?:{'|'.join(map(escaped, spaced))})",
        rf"(?i){PHRASES}(?:{'|'.join(map(escaped, others))})" if others else "",
    )


def branched(words: Iterable[str]) -> str:
    """A pattern for any of these patterns: those that begin with the same letter are tried together, in their order.

    Where none begins as the text does, one look at each first letter tells, and not one at each word.
    """
    groups: dict[str, list[str]] = {}
    for word in words:
        plain = word[:1].isalpha() and word[1:2] not in _QUANTIFIERS
        groups.setdefault(word[0] if plain else "", []).append(word)
    others = groups.pop("", [])
    together = [
        f"{first}(?:{'|'.join(word[1:] for word in some)})" if len(some) > 1 else some[0]
        for first, some in groups.items()
    ]
    return "|".join([*together, *others])


def one_of(signs: str) -> str:
    """A pattern for any of these signs, each by itself.

    What every choice of a pattern begins with is looked for at once. A class among the choices, or what must stand
    before one, takes that away, and each character of the text is asked for all of them.
    """
    return "|".join(map(re.escape, signs))


_QUANTIFIERS = frozenset("?*+{")


def choices(pattern: str) -> list[str]:
    """The patterns that a `|` outside of groups and classes separates."""
    found = [""]
    depth = 0
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            char += pattern[place + 1]
        elif char == "[":
            char = pattern[place : pattern.index("]", place + 2) + 1]
        place += len(char)
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return [choice for choice in found if choice]


class InAnyCase:
    """A pattern, written in small letters, for text in whatever case.

    In ASCII, text in small letters is looked through for it: three times as fast as with `re.IGNORECASE`.
    """

    def __init__(self, pattern: str) -> None:
        self._small = re.compile(pattern, re.ASCII)
        self._any = re.compile(pattern, re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self._small.search(text.lower()) if text.isascii() else self._any.search(text)
