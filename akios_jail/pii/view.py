"""How detectors see a text: a `View`, in which the ways of writing the same character are one.

Full-width and other decimal digits are ASCII digits, all dashes are `-`, all spaces are plain, all dots in the middle
of a line are on it, control characters and those without width are gone, and what a backslash escapes (`\\n`,
`\\u0040`: JSON quoted in a text; `\\@`, `\\_`: Markdown) is the character that it means. Each folded character
remembers its origin, so that a finding is cut out of the text that was really sent.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-.\s]+")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_FOLDED = re.compile(r"\\+(?:u[0-9a-fA-F]{4}|[nrtbf!-/:-@\[\]^_`{-~])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOTS = "\u3002\uff0e\uff61\u2024\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff65"
#: Blanks that are not among the characters without width, although they show as nothing.
_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"
#: The ASCII characters once more, as tags: invisible to people, letters to models.
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_HAS_TAGS = re.compile("[\U000e0020-\U000e007e]")


class View:
    """A text as the detectors see it. `context` is what the text is a value of: the name of a JSON key."""

    def __init__(self, text: str, context: str = "") -> None:
        self.text = text
        self.context = words(context) if context else ""
        self._origin: tuple[list[int], list[int]] | None = None  # where each folded character begins and ends
        if text.isascii() and "\\" not in text and _CONTROLS.search(text) is None:
            self.folded = text
        else:
            self.folded, *origin = _fold(text)
            self._origin = (origin[0], origin[1])

    def before(self, start: int, width: int) -> str:
        """Up to `width` characters before `start`; at the beginning of the text the context comes before it."""
        if start >= width or not self.context:
            return self.folded[max(0, start - width) : start]
        return f"{self.context}: {self.folded[:start]}"[-width:]

    def char(self, index: int) -> str:
        """The folded character at `index`, "" outside the text."""
        return self.folded[index] if 0 <= index < len(self.folded) else ""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text that was sent these folded characters come from."""
        if self._origin is None:
            return start, end
        starts, ends = self._origin
        return starts[start], ends[end - 1]


def with_tags_shown(text: str) -> str | None:
    """The text with what it says in tag characters in plain ones, in the same places; None if it has none."""
    return text.translate(_TAGS) if not text.isascii() and _HAS_TAGS.search(text) is not None else None


def words(name: str) -> str:
    """A JSON key as lower-case words: `homePhone` and `home_phone` are `home phone`."""
    return _SEPARATORS.sub(" ", _CAMEL.sub(" ", name[-80:])).lower().strip()


def _fold(text: str) -> tuple[str, list[int], list[int]]:
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _FOLDED.finditer(text):
        start, end = match.span()
        plain = _fold_escape(match.group()) if text[start] == "\\" else _fold_char(match.group())
        folded += text[done:start], plain
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        starts.extend([start] * len(plain))
        ends.extend([end] * len(plain))
        done = end
    folded.append(text[done:])
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return "".join(folded), starts, ends


def _fold_escape(escape: str) -> str:
    escape = escape.lstrip("\\")
    if not escape.startswith("u"):
        return {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}.get(escape, escape)
    char = chr(int(escape[1:], 16))
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"  # half of a pair: no digit, letter or sign that a detector could want
    return char if char < "\x80" else _fold_char(char)


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _UNSEEN or char < " " or char == "\x7f":
        return ""
    if char in _DASHES:
        return "-"
    if char in _DOTS:
        return "."
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Mn", "Me"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if compatible.isascii() else char
