"""Going through a tree from its signed root down to every entry, and naming the first thing on each way that is wrong.

Whatever stands in a tile can be had from two sides: from the tile itself, and from what is below it (the tiles one
level down, and at the foot the entries). What the level above vouches for is right; where the two sides differ, the one
that gives the hash above tells which of them was changed. Reads each file once while all is well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from akios_jail.audit import merkle
from akios_jail.audit.bundle import ENTRIES, MAX_BUNDLE, WIDTH, Framing, tile_path, unframe
from akios_jail.audit.damage import NO_ENTRIES, Damage, diagnose
from akios_jail.audit.merkle import HASH, leaf_hash, perfect_root
from akios_jail.audit.sides import Side, agree
from akios_jail.audit.tiles import LEVELS, DamagedTile, MissingTile, Tiles, Tree, read_file

#: Damages that are named, and tiles that are missed, before the rest is left alone: a log whose checkpoint says 2**60
#: entries and that has none of them must not be looked for in earnest.
_MOST_DAMAGES, _MOST_MISSED = 10_000, 2_000


class _TooMuch(Exception):
    """So much is damaged or missing that the rest is not worth naming."""


class Walk:
    """One examination of a tree. `on_entry` is given every sound entry with its index, from left to right.

    `start`: entries before it are not read, nor the tiles that cover only them. What is found stands in `damages`;
    bundles that are not there in `absent` (they may have been pruned). `forged`: nothing gives the signed root.
    """

    def __init__(self, tiles: Tiles, tree: Tree, on_entry: Callable[[int, bytes], None], start: int = 0) -> None:
        self._tiles = tiles
        self._tree = tree
        self._on_entry = on_entry
        self._start = start
        self.damages: list[Damage] = []
        self.absent: list[range] = []
        self.forged = False
        self._missed = 0

    def run(self) -> None:
        """Examine everything."""
        try:
            self._run()
        except _TooMuch:
            what = "so much of the log is damaged or missing that the rest was not examined"
            self.damages.append(Damage("missing", "tile", range(self._start, self._tree.size), what))

    def _run(self) -> None:
        edge = self._edge()
        for level in sorted(edge, reverse=True):
            index = self._tree.size >> 8 * (level + 1)
            self._older_widths(level, index, edge[level])
            self._below_tile(level, index, edge[level])

    def _edge(self) -> dict[int, list[bytes]]:
        """The hashes of the partial tiles, which together give the root: as they are by right, where that is known."""
        size = self._tree.size
        widths = {level: (size >> 8 * level) % WIDTH for level in range(LEVELS)}
        spots = [(level, place) for level, width in widths.items() for place in range(width)]

        def fits(hashes: Sequence[bytes]) -> bool:
            known = dict(zip(spots, hashes, strict=True))

            def read(level: int, index: int) -> bytes:
                tile, height = divmod(level, 8)
                first = (index << height) % WIDTH
                return perfect_root([known[tile, place] for place in range(first, first + (1 << height))])

            return merkle.root(size, read) == self._tree.root

        held: Side = []
        troubles: dict[int, DamagedTile] = {}
        for level, width in widths.items():
            if width:
                side, trouble = self._held(level, size >> 8 * (level + 1), width)
                held += side
                if trouble is not None:
                    troubles[level] = trouble

        def below() -> Side:
            sides = (
                self._from_below(level, size >> 8 * (level + 1), width) for level, width in widths.items() if width
            )
            return [value for side in sides for value in side]

        right = agree(held, below, fits)
        if right is None:
            self.forged = True
            self._name_forgery(held, below(), troubles)
            right = [mine or other or b"" for mine, other in zip(held, below(), strict=True)]
        edge: dict[int, list[bytes]] = {}
        for (level, _), value in zip(spots, right, strict=True):
            edge.setdefault(level, []).append(value)
        if not self.forged:
            for level, hashes in edge.items():
                place = [spot for spot, (each, _) in enumerate(spots) if each == level]
                self._name_tile(
                    level, size >> 8 * (level + 1), [held[spot] for spot in place], hashes, troubles.get(level)
                )
        return edge

    def _name_forgery(self, held: Side, below: Side, troubles: dict[int, DamagedTile]) -> None:
        for trouble in troubles.values():
            kind = "missing" if isinstance(trouble, MissingTile) else "altered"
            self.damages.append(Damage(kind, trouble.path, NO_ENTRIES, trouble.what))
        if held == below:
            what = "tiles and entries fit each other but not the signed root: all of them were rewritten"
        else:
            what = "neither the tiles nor the entries give the signed root"
        self.damages.append(Damage("forged", "checkpoint", range(self._start, self._tree.size), what))

    def _full(self, level: int, index: int, expected: bytes | None) -> None:
        """A full tile and everything below it; `expected` is its hash in the tile above, None if that is not known."""
        if (index + 1) << 8 * (level + 1) <= self._start:
            return
        if len(self.damages) > _MOST_DAMAGES:
            raise _TooMuch
        held, trouble = self._held(level, index, WIDTH)
        right: list[bytes] | None = [value for value in held if value is not None]
        if expected is not None:

            def below() -> Side:
                return self._from_below(level, index, WIDTH)

            right = agree(held, below, lambda hashes: perfect_root(hashes) == expected)
            if right is None:
                path = trouble.path if trouble is not None else tile_path(level, index)
                span = self._span(level, index, 0, WIDTH)
                what = trouble.what if trouble is not None else "its hashes do not give the hash in the tile above"
                kind = "missing" if isinstance(trouble, MissingTile) else "altered"
                self.damages.append(Damage(kind, path, span, what))
                right = [value or other or b"" for value, other in zip(held, below(), strict=True)]
            else:
                self._name_tile(level, index, held, right, trouble)
        elif trouble is not None:
            kind = "missing" if isinstance(trouble, MissingTile) else "altered"
            self.damages.append(Damage(kind, trouble.path, self._span(level, index, 0, WIDTH), trouble.what))
            right = []
        self._older_widths(level, index, right or [])
        self._below_tile(level, index, right or [])

    def _below_tile(self, level: int, index: int, hashes: Sequence[bytes]) -> None:
        if level == 0:
            self._bundle(index, hashes)
            return
        for place in range(WIDTH):
            child = index * WIDTH + place
            if (child + 1) << 8 * level > self._tree.size:
                return
            self._full(level - 1, child, (hashes[place] or None) if place < len(hashes) else None)

    def _bundle(self, index: int, hashes: Sequence[bytes]) -> None:
        first = index * WIDTH
        width = min(WIDTH, self._tree.size - first)
        if first + width <= self._start:
            return
        try:
            data, path = self._tiles.bundle(index, self._tree.size)
        except MissingTile:
            if self.absent and self.absent[-1].stop == first:
                self.absent[-1] = range(self.absent[-1].start, first + width)
            else:
                self.absent.append(range(first, first + width))
            return
        except DamagedTile as trouble:
            self.damages.append(Damage("altered", trouble.path, range(first, first + width), trouble.what))
            return
        try:
            entries = unframe(data, width)
        except Framing:
            entries = []
        if len(hashes) != width:  # no hash is known: the entries are named by what they are, and vouched for by nothing
            hashes = [leaf_hash(entry) for entry in entries]
            if not entries:
                what = "it is no entry bundle, and no tile says what should stand there"
                self.damages.append(Damage("altered", path, range(first, first + width), what))
        own = [leaf_hash(entry) for entry in entries]
        if not entries or own != list(hashes):
            self.damages += diagnose(data, hashes, first, path)
        known = set(hashes)
        for place, entry in enumerate(entries):
            if own[place] in known:
                self._on_entry(first + place, entry)
        self._older_bundles(index, hashes)

    def _older_widths(self, level: int, index: int, hashes: Sequence[bytes]) -> None:
        """The narrower forms of a tile that stand beside it: each is the beginning of what it is by right."""
        if not all(hashes):
            return
        for width, path in self._narrower(level, index, len(hashes)):
            try:
                data = read_file(self._tiles.folder, path, WIDTH * HASH)
            except MissingTile:
                continue  # it has just gone: the full tile is there
            except DamagedTile as trouble:
                self.damages.append(Damage("altered", trouble.path, NO_ENTRIES, trouble.what))
                continue
            if data != b"".join(hashes[:width]):
                span = self._span(level, index, 0, width)
                what = "it is not the beginning of the tile that took its place"
                self.damages.append(Damage("altered", path, span, what))

    def _older_bundles(self, index: int, hashes: Sequence[bytes]) -> None:
        for width, path in self._narrower(ENTRIES, index, len(hashes)):
            try:
                data = read_file(self._tiles.folder, path, MAX_BUNDLE)
            except MissingTile:
                continue
            except DamagedTile as trouble:
                self.damages.append(Damage("altered", trouble.path, NO_ENTRIES, trouble.what))
                continue
            self.damages += diagnose(data, hashes[:width], index * WIDTH, path)

    def _narrower(self, level: int | str, index: int, width: int) -> Iterator[tuple[int, str]]:
        full = tile_path(level, index)
        try:
            names = os.listdir(os.path.join(self._tiles.folder, full + ".p"))
        except (FileNotFoundError, NotADirectoryError):
            return
        for narrow in range(1, min(width, WIDTH)):
            if str(narrow) in names:
                yield narrow, f"{full}.p/{narrow}"

    def _held(self, level: int, index: int, width: int) -> tuple[Side, DamagedTile | None]:
        """What the tile itself holds, and what is wrong with its file."""
        try:
            data = self._tiles.tile(level, index, self._tree.size)
        except DamagedTile as trouble:
            self._missed += 1
            if self._missed > _MOST_MISSED:
                raise _TooMuch from None
            return [None] * width, trouble
        return [data[place : place + HASH] for place in range(0, len(data), HASH)], None

    def _from_below(self, level: int, index: int, width: int) -> Side:
        """What the tile must hold, from what is below it."""
        if level == 0:
            try:
                entries = self._tiles.entries(index, self._tree.size)
            except DamagedTile:
                return [None] * width
            return [leaf_hash(entry) for entry in entries]
        side: Side = []
        for place in range(width):
            child = index * WIDTH + place
            hashes, trouble = self._held(level - 1, child, WIDTH)
            if trouble is not None:
                hashes = self._from_below(level - 1, child, WIDTH)
            known = [value for value in hashes if value is not None]
            side.append(perfect_root(known) if len(known) == WIDTH else None)
        return side

    def _name_tile(
        self, level: int, index: int, held: Side, right: Sequence[bytes], trouble: DamagedTile | None
    ) -> None:
        """Name a tile whose file does not hold what is right, although the rest of the log does."""
        if trouble is not None:
            kind = "missing" if isinstance(trouble, MissingTile) else "altered"
            what = f"{trouble.what}; what is below it is whole"
            self.damages.append(Damage(kind, trouble.path, self._span(level, index, 0, len(right)), what))
            return
        for place, (mine, true) in enumerate(zip(held, right, strict=True)):
            if mine != true:
                span = self._span(level, index, place, place + 1)
                what = f"its hash number {place} was altered; what is below it is whole"
                self.damages.append(Damage("altered", tile_path(level, index, len(right)), span, what))

    def _span(self, level: int, index: int, start: int, stop: int) -> range:
        """The entries below some hashes of a tile."""
        first = index * WIDTH
        return range((first + start) << 8 * level, (first + stop) << 8 * level)
