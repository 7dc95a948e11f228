"""What happened to entries that are not those of the tree: each is named by its index and by what became of it. Pure.

A bundle's bytes are compared with the leaf hashes that stand there by right. An entry that has such a hash is sound
wherever it stands, and is the landmark between which the rest is explained: entries that were altered, taken out, moved
or put in. A damaged length must not hide what follows it, so the next sound entry is looked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from akios_jail.audit.merkle import leaf_hash

#: How many times its own length is hashed of a bundle in search of sound entries. Beyond, the rest counts as damaged.
_SEARCHED = 8
#: How a record begins: only there a lost entry is looked for.
_BEGINNING = b"{"


class Damage(NamedTuple):
    """One thing that is wrong. `kind`: altered | dropped | reordered | inserted | truncated | missing | forged | torn.

    `file` is relative to the log's folder, `entries` the indexes concerned (none where it is no entry), `what` a
    sentence.
    """

    kind: str
    file: str
    entries: range
    what: str


#: No entry is concerned.
NO_ENTRIES = range(0)


class _Piece(NamedTuple):
    """A part of a bundle: a sound entry (`place` is its own in the bundle) or damaged bytes (`place` is None).

    `frames`: as how many entries the damaged bytes are framed; 0 where they are not framed at all.
    """

    place: int | None
    frames: int


def diagnose(data: bytes, hashes: Sequence[bytes], first: int, file: str) -> list[Damage]:
    """What is wrong with a bundle's bytes, if its entries have these hashes by right; [] if nothing is.

    `first`: the index of its first entry in the log.
    """
    pieces = _pieces(data, hashes)
    if [piece.place for piece in pieces] == list(range(len(hashes))):
        return []
    damages: list[Damage] = []
    seen: set[int] = set()
    once: list[_Piece] = []
    for piece in pieces:
        if piece.place is not None and piece.place in seen:
            index = first + piece.place
            damages.append(Damage("inserted", file, just(index), f"{named(just(index))} stands there a second time"))
            continue
        if piece.place is not None:
            seen.add(piece.place)
        once.append(piece)
    kept = _longest_rise([piece.place for piece in once if piece.place is not None])
    for place in sorted(seen - kept):
        index = first + place
        damages.append(Damage("reordered", file, just(index), f"{named(just(index))} does not stand in its place"))
    damages += _between(once, kept, seen, len(hashes), first, file)
    return sorted(damages, key=lambda damage: (damage.entries.start, damage.kind))


def _between(
    pieces: Sequence[_Piece], kept: set[int], seen: set[int], count: int, first: int, file: str
) -> list[Damage]:
    """What is damaged and missing between one entry that stands in its place and the next."""
    damages: list[Damage] = []
    before, framed, unframed = -1, 0, False
    for piece in [*pieces, _Piece(count, 1)]:
        if piece.place is None:
            framed += piece.frames
            unframed = unframed or piece.frames == 0
            continue
        if piece.place not in kept and piece.place != count:
            continue
        missing = [place for place in range(before + 1, piece.place) if place not in seen]
        damages += _gap(missing, framed, unframed, piece.place == count, before, first, file)
        before, framed, unframed = piece.place, 0, False
    return damages


def _gap(
    missing: list[int], framed: int, unframed: bool, at_end: bool, before: int, first: int, file: str
) -> list[Damage]:
    """`missing`: places without their entry; `framed`, `unframed`: what damaged bytes stand there instead."""
    gone = [range(first + part.start, first + part.stop) for part in _runs(missing)]
    if not missing and not framed and not unframed:
        return []
    if not missing:
        where = f"behind entry {first + before}" if before >= 0 else "before its first entry"
        what = f"{framed or 'some'} entries that are not of the log stand {where}" if framed != 1 else ""
        here = range(first + before + 1, first + before + 1)
        return [Damage("inserted", file, here, what or f"an entry that is not of the log stands {where}")]
    if not framed and not unframed:
        kind = "truncated" if at_end else "dropped"
        words = "the file ends before {}" if at_end else "{} is not there"
        return [Damage(kind, file, part, words.format(named(part))) for part in gone]
    words = "{} was altered" if unframed or framed >= len(missing) else "{} was altered or taken out"
    damages = [Damage("altered", file, part, words.format(named(part))) for part in gone]
    if framed > len(missing):
        what = f"{framed - len(missing)} more entries stand there than the log has"
        damages.append(Damage("inserted", file, gone[0], f"{what}, around {named(gone[0])}"))
    return damages


def _pieces(data: bytes, hashes: Sequence[bytes]) -> list[_Piece]:
    """A bundle's bytes as sound entries and damaged stretches, in the order in which they stand."""
    places: dict[bytes, int] = {}
    for position, known in enumerate(hashes):
        places.setdefault(known, position)
    pieces: list[_Piece] = []
    budget = _SEARCHED * len(data)
    at = 0
    while at < len(data):
        entry, end = _framed(data, at)
        place = None if entry is None else places.get(leaf_hash(entry))
        if place is not None:
            pieces.append(_Piece(place, 1))
            at = end
            continue
        start = at
        at, budget = _next_sound(data, start, places, budget)
        pieces.append(_Piece(None, _count(data, start, at)))
    return pieces


def _next_sound(data: bytes, start: int, places: dict[bytes, int], budget: int) -> tuple[int, int]:
    """Where the next sound entry's frame begins behind `start` (the end if there is none), and what is left to hash."""
    begins = data.find(_BEGINNING, start + 3)
    while begins != -1 and budget > 0:
        entry, _ = _framed(data, begins - 2)
        if entry is not None:
            budget -= len(entry)
            if leaf_hash(entry) in places:
                return begins - 2, budget
        begins = data.find(_BEGINNING, begins + 1)
    return len(data), budget


def _framed(data: bytes, at: int) -> tuple[bytes | None, int]:
    """The entry whose length stands at `at`, and where it ends; None if it does not fit."""
    start = at + 2
    end = start + int.from_bytes(data[at:start], "big")
    return (data[start:end], end) if start <= len(data) and end <= len(data) else (None, end)


def _count(data: bytes, start: int, stop: int) -> int:
    """As how many whole frames these bytes are written; 0 if they are not."""
    count = 0
    while start < stop:
        start += 2 + int.from_bytes(data[start : start + 2], "big")
        count += 1
    return count if start == stop else 0


def _longest_rise(places: list[int]) -> set[int]:
    """The members of the longest rising subsequence: what stands in its place if the others were moved."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for position, place in enumerate(places):
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
        ends[at : at + 1] = [position]
        before.append(ends[at - 1] if at else -1)
    kept: set[int] = set()
    position = ends[-1] if ends else -1
    while position >= 0:
        kept.add(places[position])
        position = before[position]
    return kept


def _runs(places: Sequence[int]) -> list[range]:
    """Rising numbers as ranges without gaps."""
    runs: list[range] = []
    for place in places:
        if runs and runs[-1].stop == place:
            runs[-1] = range(runs[-1].start, place + 1)
        else:
            runs.append(range(place, place + 1))
    return runs


def just(index: int) -> range:
    """One entry."""
    return range(index, index + 1)


def named(entries: range) -> str:
    """`entry 7`, `entries 7 to 9`."""
    return f"entry {entries[0]}" if len(entries) == 1 else f"entries {entries[0]} to {entries[-1]}"
