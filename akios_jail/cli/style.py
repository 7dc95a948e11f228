"""How the commands look: colours only for a person at a terminal, and the few signs that every command uses alike."""

from __future__ import annotations

import os
from typing import IO

#: ANSI codes by meaning, so that a command never chooses a colour.
_CODES = {"good": "32", "bad": "31", "warning": "33", "quiet": "2", "strong": "1"}


def coloured(stream: IO[str]) -> bool:
    """Whether `stream` shows colours: a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb forbids it."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def paint(text: str, meaning: str, stream: IO[str]) -> str:
    """`text` in the colour of its meaning (good, bad, warning, quiet, strong) where `stream` shows colours."""
    return f"\033[{_CODES[meaning]}m{text}\033[0m" if coloured(stream) else text


def printable(text: str) -> str:
    """`text` without the control characters by which foreign words could rewrite a terminal; newlines and tabs stay."""
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def on_a_line(text: str) -> str:
    """The same on one line, as a line that foreign words break is one that they have written."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")
