"""Remembers the last conversations as they were sent.

Agents send the whole conversation with every call. Comparing it with the one before is a hundred times cheaper than
reading and digesting it again, and as sure: only what is equal is taken as known. Where the call is there as the text
that is sent to the model, texts are compared: that is one look along memory, where comparing what was parsed of it is a
look at ten thousand places.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import deque
from typing import Any, Final, NamedTuple

from akios_jail.radar.said import Request

#: Conversations that are remembered, and how large their calls may be together, in bytes.
_MOST: Final = 64
_BYTES: Final = 4 * 1024 * 1024
#: Beginnings of calls up to their messages that are remembered, and how long they may be, in bytes.
_HEADS: Final = 4
_HEAD: Final = 128 * 1024
#: As calls are written (`strictjson`). Where one is written in another way, it is compared by what was parsed of it.
_written: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class _Conversation(NamedTuple):
    """`ends` and `chains` belong together: after so many items the conversation was this chain. `text`: the items as
    they were sent, `places`: where each of them ends in it; without a text, `items` are what was parsed of it."""

    base: bytes
    items: list[Any]
    text: bytearray
    places: list[int]
    ends: list[int]
    chains: list[bytes]
    size: int

    def alike(self, items: list[Any], body: bytes, start: int) -> int:
        """How many items at its beginning are those of a call, whose items begin at `start` of `body` (-1: they are
        nowhere in it)."""
        if self.items or start < 0:
            return _alike(self.items, items) if self.items and items and self.items[0] == items[0] else 0
        whole = start + len(self.text)
        if self.text == memoryview(body)[start:whole] and _ends(body, whole):  # compared in place: nothing is copied
            return len(self.places)
        low, high = 0, len(self.places)  # the first `low` are alike, and not all of the first `high`
        while high - low > 1:
            middle = (low + high) // 2
            begin, end = self.places[low - 1] if low else 0, self.places[middle - 1]
            if self.text[begin:end] == body[start + begin : start + end] and _ends(body, start + end):
                low = middle
            else:
                high = middle
        return low


class Known(NamedTuple):
    """What is known of a call's items: the first `length` are `chain`. `told_by`: the conversation that had them, of
    whose items `same` and of whose ends `at` are in them; `whole`: they are all of it."""

    length: int
    chain: bytes
    told_by: _Conversation | None = None
    at: int = 0
    whole: bool = False
    same: int = 0
    start: int = -1


class Recall:
    """The last conversations of a session."""

    def __init__(self) -> None:
        self._latest: deque[_Conversation] = deque()
        self._heads: deque[tuple[str, bytes]] = deque(maxlen=_HEADS)
        self._size = 0

    def known(self, base: bytes, request: Request) -> Known:
        """How many of a call's items, which stand behind the chain `base`, were there before."""
        start = self._start(request)
        best = Known(0, base, start=start)
        for each in self._latest:
            if each.base != base or not request.items:
                continue
            same = each.alike(request.items, request.body, start)
            at = bisect_right(each.ends, same)
            whole = same == (len(each.items) or len(each.places))
            if at and (whole or each.ends[at - 1] > best.length):
                best = Known(each.ends[at - 1], each.chains[at - 1], each, at, whole, same, start)
            if whole:
                break
        return best

    def keep(self, base: bytes, request: Request, known: Known, news: list[tuple[int, bytes]]) -> None:
        """Remember a conversation of which this was known. `news`: by numbers of further items, the chains that they
        are."""
        earlier = known.told_by
        ends = earlier.ends if earlier is not None else []
        chains = earlier.chains if earlier is not None else []
        places = earlier.places if earlier is not None else []
        text = earlier.text if earlier is not None else bytearray()
        if earlier is not None and known.whole:  # the new one stands for that one, too, and goes on with what it has
            self._latest = deque(each for each in self._latest if each is not earlier)
            self._size -= earlier.size
        else:
            ends, chains, places = ends[: known.at], chains[: known.at], places[: known.same]
            text = text[: places[-1]] if places else bytearray()
        ends += [end for end, _ in news]
        chains += [chain for _, chain in news]
        if not ends or request.size > _BYTES:
            return
        if _placed(request, known.start, text, places):
            kept = _Conversation(base, [], text, places, ends, chains, request.size)
        else:
            kept = _Conversation(base, request.items, bytearray(), [], ends, chains, request.size)
        self._latest.appendleft(kept)
        self._size += request.size
        while len(self._latest) > _MOST or self._size > _BYTES:
            self._size -= self._latest.pop().size

    def _start(self, request: Request) -> int:
        """Where the items begin in the text of a call; -1 if there is none, or it is written in another way.

        What begins as another call did up to its items has its items there, too.
        """
        if not request.body:
            return -1
        for key, head in self._heads:
            if key == request.key and request.body.startswith(head):
                return len(head)
        try:
            before = "".join(f"{_written(name)}:{_written(value)}," for name, value in request.before)
            head = f"{{{before}{_written(request.key)}:[".encode()
        except (ValueError, TypeError, RecursionError, RuntimeError):
            return -1
        if not request.body.startswith(head):
            return -1
        if len(head) <= _HEAD:
            self._heads.appendleft((request.key, head))
        return len(head)


def _placed(request: Request, start: int, text: bytearray, places: list[int]) -> bool:
    """Add further items, as they stand in the text of a call, and where each of them ends. False if one of them does
    not stand there, or others do."""
    if start < 0:
        return False
    begin = len(text)
    try:
        for item in request.items[len(places) :]:
            text += (b"," if places else b"") + _written(item).encode()
            places.append(len(text))
    except (ValueError, TypeError, RecursionError):
        return False
    end = start + len(text)
    return bool(places) and text[begin:] == request.body[start + begin : end] and request.body[end : end + 1] == b"]"


def _ends(body: bytes, at: int) -> bool:
    """Whether an item of a list ends here, and is not only the beginning of a longer one."""
    return body[at : at + 1] in (b",", b"]")


def _alike(one: list[Any], other: list[Any]) -> int:
    """How many items at the beginning of two lists are equal."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)
