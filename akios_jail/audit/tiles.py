"""The log's tree on disk, as C2SP tlog-tiles lays it out: reading it and letting it grow.

`tile/<L>/<N>` holds the hashes of 256 perfect subtrees of height 8 * L, `tile/entries/<N>` the 256 entries below a tile
of level 0. The last tile of a level is partial and stands in `<N>.p/<W>`, one file for every width that a tree was
committed with; these go only once the full tile is there, so that whoever holds an old checkpoint finds its tiles.

Who appends says which tree is committed, and nothing on disk beyond that tree is believed: it is what a crash left, and
it is overwritten. What is on disk within it is checked against its root first: a log must never sign a tree that does
not go on from the one before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from akios_jail.audit import bundle, merkle
from akios_jail.audit.bundle import ENTRIES, MAX_BUNDLE, WIDTH, tile_path
from akios_jail.audit.durable import Writing, clear_partial
from akios_jail.audit.merkle import HASH

#: Tiles that a `Hashes` keeps, each of 8 KiB: a walk from left to right needs one of each level.
CACHED = 64
#: Levels of tiles that a tree can have.
LEVELS = 8


class Tree(NamedTuple):
    """A tree: how many entries it has, and its root hash."""

    size: int
    root: bytes


#: What opening something that is no regular file answers: a link, a socket, a device without driver, a folder.
_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR})

#: The tree of a log before its first entry.
NO_TREE = Tree(0, merkle.EMPTY)


class DamagedTile(Exception):
    """A file of the log that is not what it must be. `path` is relative to the log's folder."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


class MissingTile(DamagedTile):
    """A file of the log that is not there."""


class Tiles:
    """The tree in `folder`. One process at a time may append: the caller holds the log's lock."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)

    def hashes(self, size: int) -> Hashes:
        """The hashes of the tree of the first `size` entries, for `merkle.root`, `inclusion` and `consistency`."""
        return Hashes(self, size)

    def root(self, size: int) -> bytes:
        """The root of the tree of the first `size` entries; `DamagedTile` if its tiles are not there."""
        return merkle.root(size, self.hashes(size))

    def tile(self, level: int, index: int, size: int) -> bytes:
        """The hashes of one tile in a tree of `size` entries: all 256, or as many as the tree has."""
        width = min(WIDTH, (size >> 8 * level) - WIDTH * index)
        data, path = self._part(level, index, width, WIDTH * HASH)
        held = width if path == tile_path(level, index, width) else WIDTH
        if len(data) != held * HASH:
            raise DamagedTile(path, f"it has {len(data)} bytes, and must have {held * HASH}")
        return data[: width * HASH]

    def entries(self, index: int, size: int) -> list[bytes]:
        """The entries of bundle `index` in a tree of `size` entries; they are not compared with their hashes."""
        width = min(WIDTH, size - WIDTH * index)
        data, path = self.bundle(index, size)
        try:
            return bundle.unframe(data, width)
        except bundle.Framing as error:
            raise DamagedTile(path, str(error)) from error

    def bundle(self, index: int, size: int) -> tuple[bytes, str]:
        """The bytes of bundle `index` in a tree of `size` entries, and the file that they stand in."""
        width = min(WIDTH, size - WIDTH * index)
        data, path = self._part(ENTRIES, index, width, MAX_BUNDLE)
        if path != tile_path(ENTRIES, index, width):
            with suppress(bundle.Framing):
                data = bundle.frame(bundle.unframe(data, WIDTH)[:width])
        return data, path

    def read(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Every entry from `start` to before `stop` with its index; `stop` is at most the size of a committed tree."""
        for index in range(start // WIDTH, -(-stop // WIDTH)):
            first = index * WIDTH
            for place, entry in enumerate(self.entries(index, stop)):
                if first + place >= start:
                    yield first + place, entry

    def append(self, tree: Tree, entries: Sequence[bytes]) -> Tree:
        """Write what the tree grows by; the tree that it then is, which counts once the caller has committed it.

        All files are on stable storage when this returns. `DamagedTile` if what is on disk is not `tree`, `OSError` if
        it cannot be written: both leave `tree` as it was.
        """
        if self.root(tree.size) != tree.root:
            raise DamagedTile("tile", f"the tiles do not give the root of the committed tree of {tree.size} entries")
        if not entries:
            return tree
        size = tree.size + len(entries)
        writing = Writing(self.folder)
        self._append_entries(tree.size, entries, writing)
        grown = b"".join(merkle.leaf_hash(entry) for entry in entries)
        for level in range(LEVELS):
            old = tree.size >> 8 * level
            kept = self.tile(level, old // WIDTH, tree.size) if old % WIDTH else b""
            row = kept + grown
            first = old // WIDTH
            grown = b""
            for place in range(0, len(row), WIDTH * HASH):
                hashes = row[place : place + WIDTH * HASH]
                index = first + place // (WIDTH * HASH)
                writing.put(level, index, len(hashes) // HASH, hashes, max(0, old - index * WIDTH))
                if len(hashes) == WIDTH * HASH:
                    grown += merkle.perfect_root(_apart(hashes))
            if not grown:
                break
        writing.settle()
        return Tree(size, self.root(size))

    def tidy(self, old: int, new: int) -> None:
        """Remove the partial tiles of what became full between two committed sizes; call once `new` is committed."""
        for level in range(LEVELS):
            for index in range((old >> 8 * level) // WIDTH, (new >> 8 * level) // WIDTH):
                for kind in (level, ENTRIES) if level == 0 else (level,):
                    clear_partial(os.path.join(self.folder, tile_path(kind, index)), 0)

    def _append_entries(self, size: int, entries: Sequence[bytes], writing: Writing) -> None:
        index, width = divmod(size, WIDTH)
        kept: list[bytes] = []
        if width:
            kept = self.entries(index, size)
            known = self.tile(0, index, size)
            if b"".join(map(merkle.leaf_hash, kept)) != known:
                raise DamagedTile(tile_path(ENTRIES, index, width), "its entries are not those of the tree")
        row = [*kept, *entries]
        for place in range(0, len(row), WIDTH):
            part = row[place : place + WIDTH]
            at = index + place // WIDTH
            writing.put(ENTRIES, at, len(part), bundle.frame(part), max(0, size - at * WIDTH))

    def _part(self, level: int | str, index: int, width: int, most: int) -> tuple[bytes, str]:
        """The bytes of a tile or bundle and where they stand: instead of a partial one perhaps the full one."""
        path = tile_path(level, index, width)
        try:
            return read_file(self.folder, path, most), path
        except MissingTile:
            if width == WIDTH:
                raise
            full = tile_path(level, index)
            with suppress(MissingTile):
                return read_file(self.folder, full, most), full
            raise


class Hashes:
    """A `merkle.ReadHash` over the tiles of a tree of `size` entries."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self._tiles = tiles
        self._size = size
        self._cache: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def __call__(self, level: int, index: int) -> bytes:
        if (index + 1) << level > self._size:
            raise ValueError(f"a tree of {self._size} entries has no perfect subtree {index} of height {level}")
        tile_level, height = divmod(level, 8)
        number, first = divmod(index << height, WIDTH)
        hashes = self._tile(tile_level, number)[first * HASH : (first + (1 << height)) * HASH]
        return merkle.perfect_root(_apart(hashes))

    def _tile(self, level: int, number: int) -> bytes:
        hashes = self._cache.get((level, number))
        if hashes is None:
            hashes = self._cache[level, number] = self._tiles.tile(level, number, self._size)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end((level, number))
        return hashes


def read_file(folder: str | os.PathLike[str], path: str, most: int) -> bytes:
    """A file of the log, of at most `most` bytes; `MissingTile`, `DamagedTile` or `OSError` if it cannot be had.

    A copied log may come from anybody: a link, a pipe or a device in place of a file is not followed or waited for.
    """
    try:
        fd = os.open(os.path.join(folder, path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise MissingTile(path, "it is not there") from None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise DamagedTile(path, "it is no regular file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise DamagedTile(path, "it is no regular file")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(most + 1)
    finally:
        os.close(fd)
    if len(data) > most:
        raise DamagedTile(path, f"it has more than {most} bytes")
    return data


def _apart(hashes: bytes) -> list[bytes]:
    return [hashes[place : place + HASH] for place in range(0, len(hashes), HASH)]
