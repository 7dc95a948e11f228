"""What the turns of a text are asked for place by place is what reading each place's surroundings anew would tell."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from akios_jail.pii.detectors.names_in_talk import Turns

_TURN = re.compile(r"^([A-Z][a-z]?): (?=\S)", re.MULTILINE)
_LINES = st.lists(
    st.sampled_from(["Bo: hi!", "Al: x", "Bo:", "you", "Al: go on then ok", "", " ", "Cy: is it?", "Di:  q", "K"]),
    max_size=12,
)


@given(_LINES, st.integers(0, 60), st.integers(0, 60))
def test_turns_of_a_part_are_those_that_the_part_has_by_itself(lines: list[str], first: int, size: int) -> None:
    text = "\n".join(lines)
    part = text[first : first + size]
    alone = [turn.group(1) for turn in _TURN.finditer(part) if turn.start() or not first]
    assert Turns(text).between(_TURN, first, first + size) == alone


@given(_LINES, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=4))
def test_lines_are_told_alike_whoever_asked_before(lines: list[str], parts: list[tuple[int, int]]) -> None:
    text = "\n".join(lines)
    turns = Turns(text)
    for first, size in parts:
        pieces = text[first : first + size].split("\n")
        alone = [Turns(piece).lines(0, len(piece)) for piece in [*(f"{one}\n" for one in pieces[:-1]), pieces[-1]]]
        told = Counter(next(iter(one)) for one in alone)
        assert turns.lines(first, first + size) == told
