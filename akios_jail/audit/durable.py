"""Putting files of the log on stable storage: whole or not at all, whatever happens in the middle.

A file is written beside its place, synced, and renamed into it; the folders in which names changed are synced last.
"""

from __future__ import annotations

import os
from contextlib import suppress

from akios_jail.audit.bundle import WIDTH, tile_path

#: Who may read the log: its owner alone.
_FOLDER, _FILE = 0o700, 0o600


class Writing:
    """Files that are written together. They count only once `settle` has returned."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._changed: set[str] = set()

    def put(self, level: int | str, index: int, width: int, data: bytes, committed: int) -> None:
        """Write one tile or bundle of `width`, of which a committed tree has the first `committed` hashes or entries.

        What a crash left of this tile beyond the committed width is removed: it may be of a tree that never was.
        """
        full = os.path.join(self._folder, tile_path(level, index))
        if width < WIDTH:
            clear_partial(full, committed)
            with suppress(FileNotFoundError):
                os.unlink(full)
        self.write(tile_path(level, index, width), data)

    def write(self, path: str, data: bytes) -> None:
        """Replace the file at `path`, below the folder, by one that holds `data`."""
        place = os.path.join(self._folder, path)
        parent = os.path.dirname(place)
        self._make(parent)
        beside = place + ".new"
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, _FILE)
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fdatasync(fd)
        os.rename(beside, place)
        self._changed.add(parent)

    def settle(self) -> None:
        """Make the names of all files that were written durable."""
        for folder in sorted(self._changed, key=len, reverse=True):
            _sync_folder(folder)
        self._changed.clear()

    def _make(self, folder: str) -> None:
        """Make a folder and what lacks above it; the folder of the log itself is there."""
        if folder == self._folder or os.path.isdir(folder):
            return
        parent = os.path.dirname(folder)
        self._make(parent)
        with suppress(FileExistsError):
            os.mkdir(folder, _FOLDER)
        self._changed.add(parent)


def clear_partial(full: str, committed: int) -> None:
    """Remove the partial forms of the tile at `full` that are wider than `committed`; the folder, too, once empty."""
    folder = full + ".p"
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    kept = {str(width) for width in range(1, committed + 1)}
    for name in names:
        if name not in kept:
            os.unlink(os.path.join(folder, name))
    if kept.isdisjoint(names):
        os.rmdir(folder)


def _sync_folder(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
