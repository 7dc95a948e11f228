from __future__ import annotations

import base64
import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from akios_jail.audit import bundle, merkle, tiles
from akios_jail.audit.bundle import tile_path
from akios_jail.audit.tiles import NO_TREE, DamagedTile, MissingTile, Tiles, Tree
from tests.audit.test_merkle import VECTORS, mth

ON_A_FOLDER = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def entries(count: int, start: int = 0) -> list[bytes]:
    return [b"entry %d" % number for number in range(start, start + count)]


def on_disk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(3, 7, 12) == "tile/3/007.p/12"
    assert tile_path("entries", 1000) == "tile/entries/x001/000"
    assert tile_path("entries", 999, 1) == "tile/entries/999.p/1"
    for index, width in ((-1, 256), (0, 0), (0, 257)):
        with pytest.raises(ValueError):
            tile_path(0, index, width)


def test_entries_are_framed_by_sixteen_bits_the_higher_byte_first() -> None:
    assert bundle.frame([b"ab", b"", b"x" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"x" * 258
    with pytest.raises(ValueError):
        bundle.frame([bytes(65536)])


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_what_was_framed(items: list[bytes]) -> None:
    data = bundle.frame(items)
    assert bundle.unframe(data, len(items)) == items
    for count in {len(items) + 1, max(0, len(items) - 1)} - {len(items)}:
        with pytest.raises(bundle.Framing):
            bundle.unframe(data, count)
    for cut in range(1, min(len(data), 5)):
        with pytest.raises(bundle.Framing):
            bundle.unframe(data[:-cut], len(items))


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts(tmp_path: Path) -> None:
    Tiles(tmp_path).append(NO_TREE, [b""] * 70_000)
    files = [path for path in on_disk(tmp_path) if "entries" not in path]
    assert sum(path.startswith("tile/0/") and ".p" not in path for path in files) == 273
    assert sorted(path for path in files if not path.startswith("tile/0/") or ".p" in path) == [
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_above(tmp_path: Path) -> None:
    Tiles(tmp_path).append(NO_TREE, entries(256))
    assert sorted(on_disk(tmp_path)) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


def test_tiles_are_byte_for_byte_those_of_the_reference_implementation(tmp_path: Path) -> None:
    grown, tree = Tiles(tmp_path), NO_TREE
    for size in (3, 256, 300, 65_537, VECTORS["count"]):
        tree = grown.append(tree, entries(size - tree.size, tree.size))
        grown.tidy(0, tree.size)
    found = {path: hashlib.sha256(data).hexdigest() for path, data in on_disk(tmp_path).items()}
    assert {path: digest for path, digest in found.items() if "entries" not in path} == VECTORS["tiles"]
    for size, root in VECTORS["roots"].items():
        hashes = grown.hashes(tree.size)
        assert base64.b64decode(root) == merkle.root(int(size), hashes)


@ON_A_FOLDER
@given(data=st.data())
def test_however_a_tree_grows_and_whatever_crashes_leave_it_is_the_same_tree(
    tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "log"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tree = NO_TREE
    held: list[bytes] = []
    for _ in range(data.draw(st.integers(1, 8))):
        if data.draw(st.booleans()):  # written, and never committed
            Tiles(folder).append(tree, [b"lost"] * data.draw(st.sampled_from([1, 2, 100, 256, 513])))
        new = entries(data.draw(st.sampled_from([1, 2, 55, 255, 256, 257, 600])), tree.size)
        grown = Tiles(folder).append(tree, new)
        if data.draw(st.booleans()):
            Tiles(folder).tidy(tree.size, grown.size)
        tree, held = grown, held + new
    assert tree == Tree(len(held), mth(tuple(held)))
    assert [entry for _, entry in Tiles(folder).read(0, tree.size)] == held
    start = data.draw(st.integers(0, len(held)))
    assert list(Tiles(folder).read(start, tree.size)) == list(enumerate(held))[start:]
    hashes = Tiles(folder).hashes(tree.size)
    for index in {0, start - 1 if start else 0, tree.size - 1}:
        proof = merkle.inclusion(index, tree.size, hashes)
        merkle.verify_inclusion(index, tree.size, merkle.leaf_hash(held[index]), proof, tree.root)


def test_a_tree_that_was_committed_once_can_be_read_until_its_tiles_are_full(tmp_path: Path) -> None:
    grown, tree = Tiles(tmp_path), NO_TREE
    roots = {}
    for size in (10, 20, 30):
        tree = grown.append(tree, entries(size - tree.size, tree.size))
        grown.tidy(0, size)
        roots[size] = tree.root
    assert {size: grown.root(size) for size in roots} == roots
    tree = grown.append(tree, entries(300, tree.size))
    grown.tidy(30, tree.size)
    assert "tile/0/000.p/30" not in on_disk(tmp_path)
    assert grown.root(30) == roots[30]  # the full tile begins with it
    assert len(grown.entries(0, 30)) == 30


@pytest.mark.parametrize("path", ["tile/0/000.p/30", "tile/entries/000.p/30"])
def test_nothing_is_appended_to_a_tree_that_is_not_the_committed_one(tmp_path: Path, path: str) -> None:
    tree = Tiles(tmp_path).append(NO_TREE, entries(30))
    content = bytearray((tmp_path / path).read_bytes())
    content[5] ^= 1
    (tmp_path / path).write_bytes(content)
    before = on_disk(tmp_path)
    with pytest.raises(DamagedTile):
        Tiles(tmp_path).append(tree, entries(3))
    assert on_disk(tmp_path) == before
    (tmp_path / path).unlink()
    with pytest.raises(MissingTile):
        Tiles(tmp_path).append(tree, entries(3))


def test_appending_nothing_changes_nothing(tmp_path: Path) -> None:
    tree = Tiles(tmp_path).append(NO_TREE, entries(30))
    before = on_disk(tmp_path)
    assert Tiles(tmp_path).append(tree, []) == tree
    assert on_disk(tmp_path) == before


def test_only_the_owner_may_read_what_is_written(tmp_path: Path) -> None:
    Tiles(tmp_path).append(NO_TREE, entries(30))
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {0o700, 0o600}


def test_a_file_that_is_too_long_or_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(bytes(11))
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "long")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("long", "folder", "link", "zero"):
        with pytest.raises(DamagedTile):
            tiles.read_file(tmp_path, name, 10)
    assert tiles.read_file(tmp_path, "long", 11) == bytes(11)


def test_a_subtree_that_is_not_all_there_has_no_hash(tmp_path: Path) -> None:
    tree = Tiles(tmp_path).append(NO_TREE, entries(30))
    with pytest.raises(ValueError):
        Tiles(tmp_path).hashes(tree.size)(5, 0)
