"""What is written in a text in another encoding: percent, HTML's and quoted-printable escapes, base64.

Where the scanner points at such writing, the text around it is decoded into a second text with the way back, which the
engine looks through like the first. Neither is right by itself: `100%25` may be meant as it stands.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from akios_jail.pii.finding import REACH
from akios_jail.pii.pieces import Pieces

#: Encoding in encoding in encoding …: from here on down it is text.
MAX_DEPTH = 3
#: Most runs of letters and digits are shorter.
_USUAL = 96
#: A longer run of base64's characters in a text is not decoded.
MAX_RUN = 64 * 1024
#: As far as this from the sign of an encoding the finding it belongs to may depend on the text: an escape of one
#: character takes up to twelve.
ENCODED_REACH = 2 * REACH * 12

_BASE64 = 0
_PERCENT = 1
_QUOTED = 2
#: The signs of each, in the syntax of triggers. Of the last two it is enough to know one within REACH.
TRIGGERS = (
    r"[0-9A-Za-z+/_-]{20}(?:[^0-9A-Za-z+/_-]|$)",
    r"%(?:[2-7][0-9A-Fa-f]|[C-Fc-f][0-9A-Fa-f]%)|&#[0-9xX]|(?i)&(?:commat|period|plus|nbsp|hyphen|dash|lowbar|colon);",
    r"=\r?\n|=(?:40|2E|2D|2B|5F)|=[C-F][0-9A-F]=[89AB][0-9A-F]",
)
SPARSE = 2

_BYTE = r"%(?:25){0,8}"
_PERCENT_ITEM = re.compile(
    rf"{_BYTE}[0-7][0-9A-Fa-f]|{_BYTE}[C-Fc-f][0-9A-Fa-f](?:{_BYTE}[89ABab][0-9A-Fa-f]){{1,3}}"
    r"|&(?:#0{0,8}[0-9]{1,7}|#[xX]0{0,8}[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
)
_QUOTED_ITEM = re.compile(r"=\r?\n|=[2-7][0-9A-F]|=[C-F][0-9A-F](?:=[89AB][0-9A-F]){1,3}")
_HEX = re.compile(r"[%=](?:25)*([0-9A-Fa-f]{2})")
_RUN = re.compile(r"[0-9A-Za-z+/_-]+")
_NO_BASE64 = re.compile(r"[0-9a-fA-F-]+|[a-z0-9_/-]+|[A-Z_]+|[0-9+/_-]+")
_STANDARD = bytes.maketrans(b"-_", b"+/")


def run_before(text: str, end: int) -> int:
    """How many characters before `end` could be one run of base64, at most one more than are decoded."""
    for most in (_USUAL, MAX_RUN + 1):  # most are short: the longest is not cut out for each
        backwards = _RUN.match(text[max(0, end - most) : end][::-1])
        length = backwards.end() if backwards is not None else 0
        if length < most:
            break
    return length


class Decoded(Protocol):
    """A part of a text, decoded."""

    @property
    def text(self) -> str: ...

    def origin(self, start: int, end: int) -> tuple[int, int] | None:
        """Where in the encoded text these characters come from; None if nothing among them was encoded."""

    def changed(self) -> Iterable[tuple[int, int]]:
        """Where in the text what was encoded begins and ends, in order."""


def decoded(text: str, signs: Iterable[tuple[int, int]]) -> Iterator[Decoded]:
    """The parts of a text around these signs: number of the trigger, and where its match ends, by offset."""
    ends: tuple[list[int], list[int], list[int]] = ([], [], [])
    for trigger, end in signs:
        ends[trigger].append(end)
    for start, end in _regions(ends[_PERCENT], len(text)):
        yield from _escaped(text, start, end, _PERCENT_ITEM)
    for start, end in _regions(ends[_QUOTED], len(text)):
        yield from _escaped(text, start, end, _QUOTED_ITEM)
    for end in ends[_BASE64]:
        run = _run(text, end)
        if run is not None:
            yield run


def _regions(ends: list[int], length: int) -> Iterator[tuple[int, int]]:
    if not ends:
        return
    start, stop = max(0, ends[0] - 3 * REACH), 0
    for end in ends:
        if end - 3 * REACH > stop > 0:
            yield start, stop
            start = end - 3 * REACH
        stop = min(length, end + 3 * REACH)
    yield start, stop


class _Escaped:
    """A region in which some characters were escaped."""

    def __init__(self, text: str, at: int, pieces: Pieces) -> None:
        self.text = text
        self._at = at
        self._pieces = pieces

    def origin(self, start: int, end: int) -> tuple[int, int] | None:
        if not self._pieces.touches(start, end):
            return None
        first, last = self._pieces.origin(start, end)
        return self._at + first, self._at + last

    def changed(self) -> Iterable[tuple[int, int]]:
        return self._pieces.places()


def _escaped(text: str, start: int, end: int, item: re.Pattern[str]) -> Iterator[Decoded]:
    plain, pieces = Pieces.replaced(text[start:end], item, _unescaped)
    if pieces is not None:
        yield _Escaped(plain, start, pieces)


def _unescaped(item: str) -> str | None:
    if item[0] == "&":
        plain = html.unescape(item)
        return plain if len(plain) <= 2 else None
    if item[-1] == "\n":
        return ""
    try:
        return bytes.fromhex("".join(_HEX.findall(item))).decode()
    except ValueError:
        return None


class _Base64:
    """A run of base64 that holds text."""

    def __init__(self, text: str, at: int, length: int) -> None:
        self.text = text
        self._at = at
        self._length = length

    def origin(self, start: int, end: int) -> tuple[int, int] | None:
        text = self.text
        if text.isascii():
            first, last = start, end
        else:
            first, last = len(text[:start].encode()), len(text[:end].encode())
        # Every four characters are three bytes: a finding takes the whole groups that it lies in.
        return self._at + first // 3 * 4, self._at + min(self._length, -(-last // 3) * 4)

    def changed(self) -> Iterable[tuple[int, int]]:
        return ((0, len(self.text)),)


def _run(text: str, end: int) -> _Base64 | None:
    """The text in the run of base64 characters that ends at `end`, or a character before it."""
    stop = end if _RUN.match(text, end - 1) is not None else end - 1
    length = run_before(text, stop)
    if length < 20 or length > MAX_RUN:
        return None
    run = text[stop - length : stop]
    if _NO_BASE64.fullmatch(run[:64]) is not None:
        return None
    data = run[: length - 1 if length % 4 == 1 else length].encode().translate(_STANDARD)
    try:
        plain = base64.b64decode(data + b"=" * (-len(data) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not plain.translate(_LAYOUT).isprintable():
        return None
    return _Base64(plain, stop - length, length)


_LAYOUT = {ord(char): " " for char in "\r\n\t"}
