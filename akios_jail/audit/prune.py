"""Retention: removing old entries from the log without breaking it.

Only whole entry bundles go, and every hash stays: roots, proofs and consistency hold as before, and an entry that
somebody kept can still be proven. A record in the log says, before anything is removed, who removed what; without it
`verify` takes removed entries for missing ones.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime

from akios_jail.audit import leaf
from akios_jail.audit.bundle import ENTRIES, WIDTH, tile_path
from akios_jail.audit.durable import clear_partial
from akios_jail.audit.moments import moment
from akios_jail.audit.tiles import Tiles

#: The type of the record that says so. Its field `before` is the index below which entries are no more.
TYPE = "log.pruned"


def first_kept(tiles: Tiles, size: int) -> int:
    """The index from which on entries are there; `size` of the log if none is."""
    low, high = 0, size // WIDTH
    while low < high:
        middle = (low + high) // 2
        if os.path.lexists(os.path.join(tiles.folder, tile_path(ENTRIES, middle))):
            high = middle
        else:
            low = middle + 1
    return low * WIDTH


def keeping(size: int, entries: int) -> int:
    """Below which index entries may go if the last so many are to stay: a bundle goes as a whole or not at all."""
    return max(0, size - entries) // WIDTH * WIDTH


def before(tiles: Tiles, size: int, when: datetime) -> int:
    """Below which index entries may go if all from a moment on are to stay.

    A bundle with one record of that time or later, or of no readable time, stays, and so does all behind it: clocks
    are set, and the log's order is not theirs. `DamagedTile` if a bundle cannot be read.
    """
    start = first_kept(tiles, size)
    for index in range(start // WIDTH, size // WIDTH):
        for entry in tiles.entries(index, size):
            try:
                recorded = moment(leaf.decode(entry).time)
            except leaf.Malformed:
                return index * WIDTH
            if recorded is None or recorded >= when:
                return index * WIDTH
    return size // WIDTH * WIDTH


def remove(tiles: Tiles, start: int, stop: int) -> int:
    """Remove the bundles of the entries from `start` to before `stop`; how many there were.

    Call it with the log's lock held, once the record that says so is committed.
    """
    removed = 0
    for index in range(start // WIDTH, stop // WIDTH):
        full = os.path.join(tiles.folder, tile_path(ENTRIES, index))
        clear_partial(full, 0)
        with suppress(FileNotFoundError):
            os.unlink(full)
            removed += 1
        with suppress(OSError):
            os.rmdir(os.path.dirname(full))  # only an empty folder goes
    return removed
