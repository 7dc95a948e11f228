"""Labels in a text, and what stands behind them: `Name: Jane`, `"dob": "1984"`, `api_key = "…"`, `<ssn>…</ssn>`.

A trigger is a word that a label ends in, with the sign that follows it. From its end the label is read backwards and
the value forwards; `keys` says what the label means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.pii.view import View

#: A label is not longer, nor is a value that has to be looked for in a line.
MAX_LABEL = 64
MAX_VALUE = 200

_LABEL = re.compile(
    r"(?P<label>[^\W\d](?:[\w.\-/]|\[[\w'\"]{1,20}\]|['\u2019](?=\w)|[ ](?=[\w(])){0,62})[\"'`\])*:]{0,3}[ \t]{0,3}\Z"
)
#: Where a label cannot reach back over.
_BREAK = re.compile(r"[\n\r\t{}(,;|<>&?\"`=!\u3001\u3002\uff0c]|[:.!?][ ]| - |(?<!\w)'")
_SIGN = re.compile(r"(?:[:=]|=>|:=|->|::)?\*{0,2}[ \t]{0,3}")
#: So many words fit into one pattern.
_TOGETHER = 24
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb"}
_REST = re.compile(r"[^\n\r]*")


class Labelled(NamedTuple):
    """`start` and `end` of the value in the folded text; `sign` is what stood between it and its `label`.

    `quoted`: it stood in quotation marks. `alone`: the label begins its line.
    """

    label: str
    sign: str
    start: int
    end: int
    quoted: bool
    alone: bool


def triggers(words: Iterable[str], sign: str) -> tuple[str, ...]:
    """Patterns that end right after `sign` (a pattern) behind a label that ends in one of the words."""
    ordered = sorted(set(words))
    many = [ordered[first : first + _TOGETHER] for first in range(0, len(ordered), _TOGETHER)]
    return tuple(rf"(?i)(?:{'|'.join(map(re.escape, some))})[\"'`\])*]{{0,3}}[ ]{{0,3}}{sign}" for some in many)


def labelled(view: View, end: int) -> Labelled | None:
    """What the sign that ends at `end` stands between; None if there is no label, or nothing after it."""
    text = view.folded
    first = max(0, end - MAX_LABEL - 8)
    before = text[first : end - 1]
    label = _label(before)
    if label is None:
        return None
    match = _SIGN.match(text, end - 1)
    start = match.end() if match is not None else end
    sign = text[end - 1 : start].strip()
    if sign == "" or text.startswith("=", start):
        return None  # a comparison
    name, place = label
    alone = (place == 0 and first == 0) or before[:place].rstrip(" \t\"'`*->#").endswith("\n") or _begins(before, place)
    value = _value(text, start)
    return None if value is None else Labelled(name, sign, *value, alone)


def _label(before: str) -> tuple[str, int] | None:
    cut = 0
    bare = before.rstrip("\"'`])*: \t")
    for found in _BREAK.finditer(bare):
        cut = found.end()
    match = _LABEL.search(before, cut)
    return None if match is None else (match["label"], match.start())


def _begins(before: str, place: int) -> bool:
    return before[:place].strip(" \t\"'`*->#") == "" and len(before) < MAX_LABEL


def _value(text: str, start: int) -> tuple[int, int, bool] | None:
    """From where to where the value goes, and whether it is quoted."""
    closing = _QUOTES.get(text[start : start + 1])
    if closing is not None:
        stop = text.find(closing, start + 1, start + 1 + MAX_VALUE)
        if stop > start + 1 and "\n" not in text[start:stop]:
            return start + 1, stop, True
        return None
    line = _REST.match(text, start, start + MAX_VALUE)
    if line is None or not line.group().strip():
        return None
    return start, start + len(line.group().rstrip()), False
