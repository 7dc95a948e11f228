"""Where a message is cut that comes in pieces: places that follow from its bytes, so that every run has the same."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TypeVar

Sliced = TypeVar("Sliced", bytes, str)


def pieces(data: Sliced) -> list[Sliced]:
    """The message in up to nine pieces."""
    digest = hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")).digest()
    places: set[int] = {int.from_bytes(digest[at : at + 4], "big") % (len(data) + 1) for at in range(0, 32, 4)}
    return [data[start:end] for start, end in pairwise(sorted({0, len(data), *places}))]


def singly(data: Sliced) -> list[Sliced]:
    """Each byte or character for itself."""
    return [data[at : at + 1] for at in range(len(data))]
