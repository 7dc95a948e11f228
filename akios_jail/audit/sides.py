"""Which of two sides is right, place by place: what a tile holds, and what is below it gives. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

#: Hashes in which the two sides may differ before it is no longer tried which of them are right.
_TRIED = 8

#: A hash from each place of a tile; None where it cannot be had.
Side = list[bytes | None]


def agree(held: Side, from_below: Callable[[], Side], fits: Callable[[Sequence[bytes]], bool]) -> list[bytes] | None:
    """The hashes that are right, each taken from one of the two sides; None if no choice fits what is above them."""
    if (whole := _fitting(held, fits)) is not None:
        return whole
    below = from_below()
    if (whole := _fitting(below, fits)) is not None:
        return whole
    differ = [place for place, (one, other) in enumerate(zip(held, below, strict=True)) if one != other]
    if len(differ) > _TRIED:
        return None
    for sides in product((held, below), repeat=len(differ)):
        mixed = list(held)
        for place, side in zip(differ, sides, strict=True):
            mixed[place] = side[place]
        if (whole := _fitting(mixed, fits)) is not None:
            return whole
    return None


def _fitting(side: Side, fits: Callable[[Sequence[bytes]], bool]) -> list[bytes] | None:
    whole = [value for value in side if value is not None]
    return whole if len(whole) == len(side) and fits(whole) is True else None
