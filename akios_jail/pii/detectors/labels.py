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

#: Of a label only so many words are read: how it ends is what counts.
_MOST_WORDS = 4
#: A label read from its end to its beginning: words, and what may stand between them.
_IN_LABEL = r"[\w\u0900-\u0dff\u0e00-\u0e7f]|[ .\-/'\u2019](?=\w)|[\"']?\[(?=\w)|\)(?=\w)"
_BACKWARDS = re.compile(
    rf"[ \t]{{0,3}}[\"'`\])*:]{{0,3}}(?P<label>(?:{_IN_LABEL}){{1,{MAX_LABEL}}}+)(?P<before>[ \t\"'`*>#|-]*+)"
)
#: The same where it is one or a few words and nothing else, as most are: a third of the time.
_PLAIN = re.compile(r"[\"']?(?P<label>[A-Za-z_]{1,24}+(?: [A-Za-z_]{1,24}+)?)(?P<before>[\"']?[ ]*)(?=[\n{,])")
_LEADING = "0123456789_-./'\u2019 "
_SIGN = re.compile(r"(?:=>|:=|->|::|[:=])?\*{0,2}[ \t]{0,3}")
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
    ordered = sorted({View(word).folded for word in words})
    many = [ordered[first : first + _TOGETHER] for first in range(0, len(ordered), _TOGETHER)]
    return tuple(rf"(?i)(?:{'|'.join(map(re.escape, some))})[\"'`\])*_]{{0,3}}[ ]{{0,3}}{sign}" for some in many)


def labelled(view: View, end: int) -> Labelled | None:
    """What the sign that ends at `end` stands between; None if there is no label, or nothing after it."""
    text = view.folded
    if text.startswith("=", end):
        return None  # a comparison
    before = text[max(0, end - MAX_LABEL - 8) : end - 1][::-1]
    match = _PLAIN.match(before) or _BACKWARDS.match(before)
    if match is None:
        return None
    label = match.group(1)[::-1].lstrip(_LEADING)
    if not label:
        return None
    if label.count(" ") >= _MOST_WORDS:
        label = " ".join(label.split(" ")[-_MOST_WORDS:])
    sign = _SIGN.match(text, end - 1)
    start = sign.end() if sign is not None else end
    value = _value(text, start)
    if value is None:
        return None
    line = before[match.end() : match.end() + 1]
    if line == "=" and " " in label:
        label = label.rpartition(" ")[2]  # what is before it is the value of another
    alone = line == "\n" or (line == "" and match.end() < MAX_LABEL)
    return Labelled(label, text[end - 1 : start].strip(), *value, alone)


def _value(text: str, start: int) -> tuple[int, int, bool] | None:
    """From where to where the value goes, and whether it is quoted."""
    closing = _QUOTES.get(text[start : start + 1])
    if closing is not None:
        stop = text.find(closing, start + 1, start + 1 + MAX_VALUE)
        if stop > start + 1 and "\n" not in text[start:stop]:
            return start + 1, stop, True
        return None
    line = _line(text, start)
    bare = line.strip()
    if not bare and text.startswith(":", start - 1 - len(line)):
        start += len(line) + 1  # `Bill to:` has its value in the next line
        line = _line(text, start)
        bare = line.strip()
    if not bare:
        return None
    start += len(line) - len(line.lstrip())
    return start, start + len(bare), False


def _line(text: str, start: int) -> str:
    """What is left of a line from `start` on."""
    line = _REST.match(text, start, start + MAX_VALUE)
    return line.group() if line is not None else ""
