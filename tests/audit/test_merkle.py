"""The tree of RFC 6962: against its text, against the vectors of its authors, and against others' implementations."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from akios_jail.audit import merkle
from akios_jail.audit.merkle import BadProof

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())

#: The leaves and roots that the authors of Certificate Transparency test their own trees with.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def split(count: int) -> int:
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def mth(leaves: tuple[bytes, ...]) -> bytes:
    """RFC 6962, 2.1, word by word."""
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return sha(b"\x00", leaves[0])
    k = split(len(leaves))
    return sha(b"\x01", mth(leaves[:k]), mth(leaves[k:]))


def path(m: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """RFC 6962, 2.1.1, word by word."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: tuple[bytes, ...], known: bool) -> list[bytes]:
    """RFC 6962, 2.1.2, word by word."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


LEAVES = tuple(b"leaf %d" % number for number in range(130))


def reader(leaves: tuple[bytes, ...]) -> merkle.ReadHash:
    return cache(lambda level, index: mth(leaves[index << level : (index + 1) << level]))


READ = reader(LEAVES)
SIZES = st.integers(0, len(LEAVES))


def test_the_roots_are_those_that_the_authors_of_the_rfc_test_with() -> None:
    leaves = tuple(bytes.fromhex(leaf) for leaf in CT_LEAVES)
    for size, root in enumerate(CT_ROOTS):
        assert merkle.root(size, reader(leaves)).hex() == root


@pytest.mark.parametrize("size", [*range(18), 127, 128, 129, 130])
def test_roots_and_proofs_are_those_of_the_text_of_the_rfc(size: int) -> None:
    leaves = LEAVES[:size]
    assert merkle.root(size, READ) == mth(leaves)
    for index in range(size):
        assert merkle.inclusion(index, size, READ) == path(index, leaves)
    for old in range(1, size + 1):
        assert merkle.consistency(old, size, READ) == subproof(old, leaves, True)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 130])
def test_roots_and_paths_are_those_of_a_library_by_others(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in LEAVES[:size]:
        tree.append_entry(leaf)
    assert merkle.root(size, READ) == tree.get_root()
    for index in range(size):
        assert merkle.inclusion(index, size, READ) == tree.prove_inclusion(index + 1).path[1:]


def decoded(lines: list[str]) -> list[bytes]:
    return [base64.b64decode(line) for line in lines]


def reference_root(size: int) -> bytes:
    return base64.b64decode(VECTORS["roots"][str(size)])


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda vector: f"{vector['index']}-of-{vector['size']}")
def test_a_proof_by_the_reference_implementation_is_accepted(vector: dict[str, object]) -> None:
    index, size, steps = vector["index"], vector["size"], vector["path"]
    assert isinstance(index, int)
    assert isinstance(size, int)
    assert isinstance(steps, list)
    leaf = merkle.leaf_hash(b"entry %d" % index)
    merkle.verify_inclusion(index, size, leaf, decoded(steps), reference_root(size))


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda vector: f"{vector['old']}-to-{vector['new']}")
def test_a_consistency_proof_by_the_reference_implementation_is_accepted(vector: dict[str, object]) -> None:
    old, new, steps = vector["old"], vector["new"], vector["path"]
    assert isinstance(old, int)
    assert isinstance(new, int)
    assert isinstance(steps, list)
    merkle.verify_consistency(old, reference_root(old), new, reference_root(new), decoded(steps))


def changes(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with one thing wrong about it."""
    wrong = list(proof)
    kind = data.draw(st.sampled_from(["longer", "shorter", "bit", "swapped"] if len(proof) > 1 else ["longer"]))
    place = data.draw(st.integers(0, max(0, len(proof) - 1)))
    if kind == "longer":
        wrong.insert(place, data.draw(st.sampled_from([bytes(32), *proof])))
    elif kind == "shorter":
        del wrong[place]
    elif kind == "bit":
        wrong[place] = bytes([wrong[place][0] ^ 1]) + wrong[place][1:]
    else:
        wrong = wrong[1:] + wrong[:1]
    return wrong


def refused(check: Callable[[], None]) -> bool:
    try:
        check()
    except BadProof:
        return True
    return False


@settings(max_examples=300, deadline=None)
@given(size=st.integers(1, len(LEAVES)), data=st.data())
def test_an_inclusion_proof_holds_for_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = merkle.inclusion(index, size, READ), mth(LEAVES[:size]), merkle.leaf_hash(LEAVES[index])
    merkle.verify_inclusion(index, size, leaf, proof, root)
    assert refused(lambda: merkle.verify_inclusion(index, size, leaf, changes(proof, data), root))
    assert refused(lambda: merkle.verify_inclusion(index, size, merkle.leaf_hash(b"other"), proof, root))
    assert refused(lambda: merkle.verify_inclusion(index, size, leaf, proof, sha(root)))
    other = data.draw(st.integers(-1, size + 1).filter(lambda place: place != index))
    assert refused(lambda: merkle.verify_inclusion(other, size, leaf, proof, root))
    larger = data.draw(SIZES)
    if (
        len(path(min(index, size - 1), LEAVES[:size]))
        and larger != size
        and refused(lambda: merkle.verify_inclusion(index, larger, leaf, proof, mth(LEAVES[:larger]))) is False
    ):
        raise AssertionError(f"the proof for {size} holds for {larger}")


@settings(max_examples=300, deadline=None)
@given(new=st.integers(2, len(LEAVES)), data=st.data())
def test_a_consistency_proof_holds_for_nothing_else(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof, first, second = merkle.consistency(old, new, READ), mth(LEAVES[:old]), mth(LEAVES[:new])
    merkle.verify_consistency(old, first, new, second, proof)
    assert refused(lambda: merkle.verify_consistency(old, first, new, second, changes(proof, data)))
    assert refused(lambda: merkle.verify_consistency(old, sha(first), new, second, proof))
    assert refused(lambda: merkle.verify_consistency(old, first, new, sha(second), proof))
    assert refused(lambda: merkle.verify_consistency(new, second, old, first, proof))


def test_every_tree_goes_on_from_the_empty_one_and_from_itself() -> None:
    for size in range(20):
        merkle.verify_consistency(0, merkle.EMPTY, size, mth(LEAVES[:size]), merkle.consistency(0, size, READ))
        merkle.verify_consistency(size, mth(LEAVES[:size]), size, mth(LEAVES[:size]), [])
    assert refused(lambda: merkle.verify_consistency(0, sha(b""), 3, mth(LEAVES[:3]), [])) is False
    assert refused(lambda: merkle.verify_consistency(0, sha(b"x"), 3, mth(LEAVES[:3]), []))
    assert refused(lambda: merkle.verify_consistency(3, mth(LEAVES[:3]), 3, mth(LEAVES[:4]), []))
    assert refused(lambda: merkle.verify_consistency(0, merkle.EMPTY, 3, mth(LEAVES[:3]), [bytes(32)]))


def test_what_is_not_in_a_tree_cannot_be_proven() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError):
            merkle.inclusion(index, size, READ)
    for old, new in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError):
            merkle.consistency(old, new, READ)
    with pytest.raises(ValueError):
        merkle.perfect_root([bytes(32)] * 3)


def test_a_hash_of_another_length_is_none() -> None:
    for proof, root in (([b"x"], bytes(32)), ([bytes(32)], b"x")):
        assert refused(lambda proof=proof, root=root: merkle.verify_inclusion(0, 2, bytes(32), proof, root))  # type: ignore[misc]
