"""Rows under heads, within the columns of a terminal. What a cell holds is made harmless: it may be an agent's."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import IO, Final

from akios_jail.cli.style import on_a_line, paint

_GAP: Final = 2
#: No column that is shortened becomes narrower.
_LEAST: Final = 10


def lines(heads: Sequence[str], rows: Iterable[Sequence[str]], room: int, long: Iterable[int] = ()) -> list[str]:
    """The line of the heads, and one for each row. `room`: columns of a line, 0 for as many as it needs. `long`: the
    columns that are shortened where there is too little."""
    cells = [[on_a_line(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(heads))]
    _narrow(widths, set(long), room)
    return [
        "".join(_fit(cell, width) + " " * _GAP for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def columns(stream: IO[str]) -> int:
    """How many columns a line may have; 0: as many as it needs."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def shown(heads: Sequence[str], rows: Iterable[Sequence[str]], long: Iterable[int] = ()) -> None:
    """Print the rows; all of each to who is no terminal."""
    head, *rest = lines(heads, rows, columns(sys.stdout), long)
    print(paint(head, "quiet", sys.stdout), *rest, sep="\n")


def _width(text: str) -> int:
    """Columns that a terminal gives to a text."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _narrow(widths: list[int], long: set[int], room: int) -> None:
    """Take from the widest of the long columns until the line has room."""
    over = sum(widths) + _GAP * (len(widths) - 1) - room if room else 0
    while over > 0 and (able := [column for column in long if widths[column] > _LEAST]):
        widths[max(able, key=lambda column: widths[column])] -= 1
        over -= 1


def _fit(cell: str, width: int) -> str:
    if _width(cell) > width:
        kept, used = "", 0
        for character in cell:
            used += _width(character)
            if used > width - 1:
                break
            kept += character
        cell = kept + "…"
    return cell + " " * (width - _width(cell))
