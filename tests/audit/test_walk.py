"""A tree of three levels: what is wrong in the middle is told apart from what is below it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from akios_jail.audit.examine import examine
from akios_jail.audit.sides import agree
from tests.audit.trees import Log, records

SIZE = 65_536 + 300
#: Every kind of tile that such a tree has, with the entries below its hash number 0 and how many hashes it has.
TILES = {
    "tile/0/000": (range(1), 256),
    "tile/0/255": (range(65_280, 65_281), 256),
    "tile/0/257.p/44": (range(65_792, 65_793), 44),
    "tile/1/000": (range(256), 256),
    "tile/1/001.p/1": (range(65_536, 65_792), 1),
    "tile/2/000.p/1": (range(65_536), 1),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("log")).grow(records(SIZE))


@contextmanager
def changed(path: Path, content: bytes | None) -> Iterator[None]:
    """The file at `path` with another content, or gone, for a while."""
    whole = path.read_bytes()
    path.unlink() if content is None else path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(whole)


def damages(log: Log) -> list[tuple[str, str, range]]:
    return [(each.kind, each.file, each.entries) for each in examine(str(log.folder), log.signer.vkey).damages]


def flipped(path: Path, place: int) -> bytes:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    return bytes(content)


def test_a_tree_of_three_levels_has_these_tiles(log: Log) -> None:
    assert all((log.folder / tile).stat().st_size == 32 * width for tile, (_, width) in TILES.items())
    assert damages(log) == []


@pytest.mark.parametrize("tile", TILES)
def test_a_flipped_bit_names_the_tile_and_the_entries_below_the_hash(log: Log, tile: str) -> None:
    first, _ = TILES[tile]
    with changed(log.folder / tile, flipped(log.folder / tile, 5)):
        assert damages(log) == [("altered", tile, first)]


@pytest.mark.parametrize("tile", TILES)
def test_a_tile_that_is_gone_or_cut_short_is_named_and_everything_below_it_is_still_read(log: Log, tile: str) -> None:
    path = log.folder / tile
    entry = log.folder / "tile/entries/100"
    for content in (None, path.read_bytes()[:-1]):
        with changed(path, content), changed(entry, flipped(entry, 60)):
            assert [file for _, file, _ in damages(log)] == (
                ["tile/entries/100", tile] if tile in ("tile/0/255",) else [tile, "tile/entries/100"]
            )


def test_tiles_of_two_levels_above_the_same_entries_are_both_named(log: Log) -> None:
    lower, upper = log.folder / "tile/0/007", log.folder / "tile/1/000"
    with changed(lower, flipped(lower, 0)), changed(upper, flipped(upper, 3 * 32)):
        assert damages(log) == [
            ("altered", "tile/1/000", range(3 * 256, 4 * 256)),
            ("altered", "tile/0/007", range(7 * 256, 7 * 256 + 1)),
        ]


def test_an_altered_entry_is_named_though_its_tile_was_altered_elsewhere(log: Log) -> None:
    tile, entries = log.folder / "tile/0/007", log.folder / "tile/entries/007"
    with changed(tile, flipped(tile, 9 * 32)), changed(entries, flipped(entries, 60)):
        assert damages(log) == [
            ("altered", "tile/0/007", range(7 * 256 + 9, 7 * 256 + 10)),
            ("altered", "tile/entries/007", range(7 * 256, 7 * 256 + 1)),
        ]


def test_of_two_sides_each_hash_is_taken_from_the_one_that_fits() -> None:
    right = [bytes([number]) * 32 for number in range(8)]
    wrong = bytes(32)[:-1] + b"x"
    held = [wrong, *right[1:5], None, *right[6:]]
    below = [*right[:3], None, wrong, *right[5:]]
    assert agree(list(held), lambda: list(below), lambda hashes: hashes == right) == right
    assert agree([None] * 8, lambda: list(below), lambda hashes: hashes == right) is None
