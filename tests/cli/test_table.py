"""Rows within the columns of a terminal, whatever a cell holds."""

from __future__ import annotations

import unicodedata

import pytest

from akios_jail.cli.table import lines

HEADS = ("number", "what", "why")
ROWS = [
    ("1", "GET https://api.example.com/a/very/long/path", "a sentence of some length"),
    ("200", "短い名前" * 8, "x"),
]


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("room", [40, 60, 80, 200])
def test_lines_fit_into_the_room_there_is(room: int) -> None:
    shown = lines(HEADS, ROWS, room, long=(1, 2))
    assert all(columns(line) <= room for line in shown)
    assert len(shown) == 3


def test_all_of_it_is_shown_where_there_is_no_terminal() -> None:
    shown = lines(HEADS, ROWS, 0, long=(1, 2))
    assert ROWS[0][1] in shown[1]
    assert "…" not in "".join(shown)


def test_short_columns_are_never_shortened_and_long_ones_only_so_far() -> None:
    head, *_ = lines(("number", "what"), [("123456789", "b" * 50)], 5, long=(1,))
    assert head.startswith("number     what")


def test_cells_cannot_move_the_terminal_or_begin_a_line() -> None:
    (_, line) = lines(("a",), [("\x1b[2J\n\t\u202e\u200b",)], 80)
    assert line == "\\x1b[2J\\n\\t\\x202e\\x200b"


def test_columns_stand_below_their_heads() -> None:
    head, first, second = lines(HEADS, ROWS, 0)
    assert first.index("GET") == head.index("what")
    assert second.startswith("200     短")
