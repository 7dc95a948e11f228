"""Patterns for lists of phrases: `detectors` keep their words in tables, separated by commas."""

from __future__ import annotations

import re


def any_of(words: str) -> str:
    """A pattern for any of the phrases, the longer before the shorter."""
    phrases = sorted({" ".join(phrase.split()) for phrase in words.split(",")} - {""})
    return "|".join(re.escape(phrase).replace(r"\ ", " ") for phrase in sorted(phrases, key=len, reverse=True))


def edged(words: str) -> str:
    """The same, not within longer words of ASCII letters."""
    ascii_: list[str] = []
    other: list[str] = []
    for phrase in words.split(","):
        (ascii_ if phrase.strip()[:1].isascii() else other).append(phrase)
    return rf"(?:\b(?:{any_of(','.join(ascii_))})" + (rf"|(?:{any_of(','.join(other))}))" if other else ")")
