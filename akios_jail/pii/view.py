"""How detectors see a text: a `View`, in which the ways of writing the same character are one.

Full-width and other decimal digits are ASCII digits, all dashes are `-`, all spaces are plain, all dots in the middle
of a line are on it, control characters and those without width are gone, and what a backslash escapes (`\\n`,
`\\u0040`: JSON quoted in a text; `\\@`, `\\_`: Markdown) is the character that it means. Where a folded character
comes from is remembered (`pieces.Pieces`), so that a finding is cut out of the text that was really sent.

What a character folds to depends on a few characters before it at most, so that a piece of a text folds as it does in
the whole.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from akios_jail.pii.pieces import Pieces

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-.\s]+")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_DOTS = "\u3002\uff0e\uff61\u2024\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff65"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_CONTROLS = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_ASCII = bytes(range(0x80))
#: At most so many backslashes before an escaped character are part of its escape.
_ESCAPE = r"\\{1,16}(?:u[0-9a-fA-F]{4}|[nrtbf!-/:-@\[\]^_`{-~])"
#: A longer run of characters that show as nothing is not taken out: nobody reads over it, no model either.
MAX_UNSEEN = 256
#: Blanks that are not among the characters without width, although they show as nothing.
_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"
#: From so many different characters on that fold to one other, a table is faster than replacing each.
_MANY = 8
#: The ASCII characters once more, as tags: invisible to people, letters to models.
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_HAS_TAGS = re.compile("[\U000e0020-\U000e007e]")
#: How each of them begins in UTF-8: bytes are looked through for it thirty times as fast.
_TAG_BYTES = "\U000e0020".encode()[:2]


class View:
    """A text as the detectors see it. `context` is what the text is a value of: the name of a JSON key."""

    def __init__(self, text: str, context: str = "") -> None:
        self.text = text
        self.context = words(context) if context else ""
        self._pieces: Pieces | None = None
        self.folded = text
        if not text.isascii() or "\\" in text or _has_control(text):
            self._fold()

    def window(self, start: int, end: int) -> View:
        """A part of the folded text as a text of its own. The context is before its beginning only at the beginning."""
        view = View.__new__(View)
        view.text = view.folded = self.folded[start:end]
        view.context = self.context if start == 0 else ""
        view._pieces = None
        return view

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
        return (start, end) if self._pieces is None else self._pieces.origin(start, end)

    def index(self, origin: int) -> int:
        """Where in `folded` the character at `origin` of the text is."""
        return origin if self._pieces is None else self._pieces.index(origin)

    def _fold(self) -> None:
        text = self.text
        if not text.isascii():
            folds = {char: fold for char in _beyond_ascii(text) if (fold := _fold_char(char)) != char}
            same = {char: fold for char, fold in folds.items() if len(fold) == 1}
            if len(same) < _MANY:
                for char, fold in same.items():
                    text = text.replace(char, fold)
            else:
                text = text.translate({ord(char): fold for char, fold in same.items()})
        else:
            folds = {}
        if len(text) != len(self.text):
            raise AssertionError("characters were folded one for one")
        gone = "".join(char for char, fold in folds.items() if fold == "")
        wide = "".join(char for char, fold in folds.items() if len(fold) > 1)
        parts = [_ESCAPE] if "\\" in text else []
        if wide:
            parts.append(f"[{re.escape(wide)}]")
        if gone or _has_control(text):
            parts.append(f"[{_CONTROL}{re.escape(gone)}]+")
        self.folded = text
        if parts:
            self.folded, self._pieces = Pieces.replaced(text, re.compile("|".join(parts)), _fold_run)


# Both look at bytes, from which what is not asked for is taken out at once: four times as fast as looking for it.


def _has_control(text: str) -> bool:
    data = text.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _CONTROLS)) < len(data)


def _beyond_ascii(text: str) -> set[str]:
    """The characters in it that are not ASCII."""
    return set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))


def with_tags_shown(text: str) -> str | None:
    """The text with what it says in tag characters in plain ones, in the same places; None if it has none."""
    if text.isascii() or _TAG_BYTES not in text.encode("utf-8", "surrogatepass") or _HAS_TAGS.search(text) is None:
        return None
    return text.translate(_TAGS)


@lru_cache(maxsize=4096)
def words(name: str) -> str:
    """A JSON key as lower-case words: `homePhone` and `home_phone` are `home phone`."""
    return _SEPARATORS.sub(" ", _CAMEL.sub(" ", name[-80:])).lower().strip()


def _fold_run(run: str) -> str | None:
    """What one match of what does not fold one for one becomes; None where it stays."""
    if run[0] == "\\":
        return _fold_escape(run)
    folded = _fold_char(run[0])
    return None if folded == "" and len(run) > MAX_UNSEEN else folded


def _fold_escape(escape: str) -> str:
    escape = escape.lstrip("\\")
    if not escape.startswith("u"):
        return {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}.get(escape, escape)
    char = chr(int(escape[1:], 16))
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"  # half of a pair: no digit, letter or sign that a detector could want
    return char if char < "\x80" else _fold_char(char)


@lru_cache(maxsize=16384)
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
