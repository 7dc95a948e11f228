"""Foreign words made harmless for every place at once: a terminal, a log of continuous integration, a page.

What the formats need beside that (quotes, brackets, markup) each of them escapes itself.
"""

from __future__ import annotations

from typing import Final

#: Most characters of one name or sentence: a report is read by people.
MOST: Final = 1_000


def plain(text: str, most: int = MOST) -> str:
    """`text` on one line, at most so long, with nothing in it that acts or hides.

    Control characters, line breaks, and marks that turn the direction of writing become visible escapes. Runners of
    GitHub and Azure obey `##[…]` and `##vso[…]` anywhere in a line of a log, so no two number signs stay together.
    """
    if len(text) > most:
        text = text[:most] + "…"
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    return text.replace("##", "#\\x23")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
