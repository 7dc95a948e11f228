"""How deep in strings of JSON a place in a text lies: what is put there is escaped as often.

The arguments of a tool call are JSON, and so, often, is one of them: in `{"body": "{\\"to\\": \\"[EMAIL_1]\\"}"}` a
line break in the value is written `\\\\n`. The text may come in pieces and need not be valid: where a string begins as
JSON does, the quotes in it are taken to be JSON's.
"""

from __future__ import annotations

import json
import re

#: Strings in strings in strings …: from here on down it is text.
MAX_LEVELS = 6

_NEXT = re.compile(r"\S")
_QUOTE = re.compile(r'["\n]')
#: What can follow the first character of an object or an array. A placeholder begins as an array does.
_AFTER = {"{": frozenset('"}\\'), "[": frozenset('"{[]\\-0123456789tfn')}
#: A power of two that is more than there are levels to halve it.
_MANY = 1 << 8
_UNSEEN, _TEXT, _JSON = "", "text", "json"


def inside_json(value: str) -> str:
    """The value as it stands inside a string of JSON."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


class Nesting:
    """Follows one text of JSON."""

    def __init__(self) -> None:
        self._open: list[str] = []  # what is in each string around this place; "{" or "[" is all that was seen of it
        self._slashes = 0  # backslashes that were the end of what has passed

    def passed(self, text: str) -> None:
        """The next piece of the text, as it was before anything was put into it."""
        at = 0
        while at < len(text):
            if self._open and self._open[-1] not in (_TEXT, _JSON):
                begins = self._begins(text, at)
                self._slashes = 0 if begins > at else self._slashes
                at = begins
                continue
            quote = _QUOTE.search(text, at)
            end = quote.start() if quote is not None else len(text)
            self._count(text[at:end])
            if quote is None:
                return
            if quote.group() == "\n":
                self._open.clear()  # no string goes over the end of a line
            else:
                self._quote(self._slashes)
            self._slashes = 0
            at = quote.end()

    def _count(self, text: str) -> None:
        """How many backslashes are the end of what has passed with this. Of many the lowest bits are enough."""
        bare = len(text.rstrip("\\"))
        count = len(text) - bare + (self._slashes if bare == 0 else 0)
        self._slashes = count if count < _MANY else _MANY + count % _MANY

    def written(self, value: str) -> str:
        """The value as it has to stand here."""
        for _ in range(max(1, len(self._open))):
            value = inside_json(value)
        return value

    def _begins(self, text: str, at: int) -> int:
        """Look at what the innermost string begins with; where to go on."""
        following = _NEXT.search(text, at)
        if following is None:
            return len(text)
        first = following.group()
        if self._open[-1] in _AFTER:
            self._open[-1] = _JSON if first in _AFTER[self._open[-1]] else _TEXT
        elif first in _AFTER:
            self._open[-1] = first
            return following.end()
        else:
            self._open[-1] = _TEXT
        return following.start()

    def _quote(self, slashes: int) -> None:
        """A quote behind so many backslashes. Each string around it takes one of two away; the first for which none
        is left ends there, and where JSON is in the last a new one begins."""
        for level in range(len(self._open)):
            if slashes % 2 == 0:
                del self._open[level:]
                return
            slashes //= 2
            if self._open[level] != _JSON:
                return
        if slashes == 0 and len(self._open) < MAX_LEVELS:
            self._open.append(_UNSEEN)
