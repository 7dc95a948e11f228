"""Remembers the last conversations as they were sent.

Agents send the whole conversation with every call. Comparing it with the one before, piece by piece, is a hundred times
cheaper than reading and digesting it again, and as sure: only what is equal is taken as known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Any, Final, NamedTuple

#: Conversations that are remembered, and how large their calls may be together, in bytes.
_MOST: Final = 64
_BYTES: Final = 4 * 1024 * 1024


class _Conversation(NamedTuple):
    """`ends` and `chains` belong together: after so many items the conversation was this chain."""

    base: bytes
    items: list[Any]
    ends: list[int]
    chains: list[bytes]
    size: int


class Known(NamedTuple):
    """What is known of a call's items: the first `length` are `chain`. `told_by`: the conversation that had them, of
    whose ends `at` are in them; `whole`: they are all of it."""

    length: int
    chain: bytes
    told_by: _Conversation | None = None
    at: int = 0
    whole: bool = False


class Recall:
    """The last conversations of a session."""

    def __init__(self) -> None:
        self._latest: deque[_Conversation] = deque()
        self._size = 0

    def known(self, base: bytes, items: list[Any]) -> Known:
        """How many of these items, which stand behind the chain `base`, were there before."""
        best = Known(0, base)
        for each in self._latest:
            if each.base != base or not items or each.items[0] != items[0]:
                continue
            same = _alike(each.items, items)
            at = bisect_right(each.ends, same)
            whole = same == len(each.items)
            if at and (whole or each.ends[at - 1] > best.length):
                best = Known(each.ends[at - 1], each.chains[at - 1], each, at, whole)
            if whole:
                break
        return best

    def keep(self, base: bytes, items: list[Any], known: Known, news: list[tuple[int, bytes]], size: int) -> None:
        """Remember a conversation of which this was known. `news`: by numbers of further items, the chains that they
        are. `size`: of the call, in bytes."""
        earlier = known.told_by
        ends = earlier.ends if earlier is not None else []
        chains = earlier.chains if earlier is not None else []
        if earlier is not None and known.whole:  # the new one stands for that one, too, and goes on with its lists
            self._latest = deque(each for each in self._latest if each is not earlier)
            self._size -= earlier.size
        else:
            ends, chains = ends[: known.at], chains[: known.at]
        ends += [end for end, _ in news]
        chains += [chain for _, chain in news]
        if not ends or size > _BYTES:
            return
        self._latest.appendleft(_Conversation(base, items, ends, chains, size))
        self._size += size
        while len(self._latest) > _MOST or self._size > _BYTES:
            self._size -= self._latest.pop().size


def _alike(one: list[Any], other: list[Any]) -> int:
    """How many items at the beginning of two lists are equal."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)
