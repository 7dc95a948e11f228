"""The Merkle tree of RFC 6962 (section 2.1; RFC 9162 spells the same tree out): hashes, roots and proofs. Pure.

A tree of `size` leaves is the sum of perfect subtrees, the largest on the left. The subtree of height `level` whose
number is `index` holds the leaves from `index << level` on, 2**level of them; its hash never changes once they are all
there. So whoever knows the hashes of perfect subtrees (`ReadHash`, the tiles on disk) knows every root and every proof.

Checking raises `BadProof` rather than answering False: a check whose answer nobody looked at must not pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

#: Length of a SHA-256 hash in bytes.
HASH = 32
#: The root of a tree without leaves: SHA-256 of nothing.
EMPTY = hashlib.sha256(b"").digest()
#: No tree of ours, and none that is checked, has more leaves: it bounds every number that is read from a file.
MAX_SIZE = 2**63 - 1

#: Gives the hash of the perfect subtree of height `level` with the number `index`.
ReadHash = Callable[[int, int], bytes]


class BadProof(ValueError):
    """A proof that does not prove what it should. The text says why."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The hash of a perfect subtree from the hashes at its foot, which are a power of two in number."""
    row = list(hashes)
    if not row or len(row) & (len(row) - 1):
        raise ValueError(f"{len(row)} hashes are no perfect subtree")
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def root(size: int, read: ReadHash) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return EMPTY if size == 0 else _subtree(0, size, read)


def inclusion(index: int, size: int, read: ReadHash) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_subtree(middle, stop, read))
            stop = middle
        else:
            path.append(_subtree(start, middle, read))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, read: ReadHash) -> list[bytes]:
    """What shows that the tree of `new` leaves begins with the tree of `old` ones (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not go on from one of {old}")
    path: list[bytes] = []
    if old in (0, new):
        return path
    start, stop = 0, new
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_subtree(middle, stop, read))
            stop = middle
        else:
            path.append(_subtree(start, middle, read))
            start = middle
    if start:  # the old tree is not the perfect subtree on the left, whose hash the checker has: it is the old root
        path.append(_subtree(start, stop, read))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the entry with the hash `leaf` is number `index` of the tree (`size`, `root`); `BadProof` if not.

    The algorithm of RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProof(f"a tree of {size} leaves has no leaf {index}")
    _check_hashes([leaf, root, *proof])
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the proof is longer than the path from the leaf to the root")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        node >>= 1
        last >>= 1
    if last:
        raise BadProof("the proof is shorter than the path from the leaf to the root")
    if result != root:
        raise BadProof(f"leaf {index} with this content is not in the tree: its path leads to another root")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (`new`, `new_root`) begins with the tree (`old`, `old_root`); `BadProof` if not.

    The algorithm of RFC 9162, section 2.1.4.2. Every tree goes on from the empty one and from itself, without proof.
    """
    if not 0 <= old <= new <= MAX_SIZE:
        raise BadProof(f"a tree of {new} leaves does not go on from one of {old}")
    _check_hashes([old_root, new_root, *proof])
    if old in (0, new):
        if proof:
            raise BadProof("the proof is longer than it can be")
        if old_root != (EMPTY if old == 0 else new_root):
            raise BadProof(f"two trees of {old} leaves have different roots")
        return
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise BadProof("the proof is shorter than it must be")
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise BadProof("the proof is longer than it can be")
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            second = node_hash(second, step)
        node >>= 1
        last >>= 1
    if last:
        raise BadProof("the proof is shorter than it must be")
    if first != old_root:
        raise BadProof(f"the first {old} leaves are not those of the older tree: the log's past was changed")
    if second != new_root:
        raise BadProof(f"the proof does not lead to the root of the tree of {new} leaves")


def _subtree(start: int, stop: int, read: ReadHash) -> bytes:
    """The hash over the leaves from `start` to before `stop`, a range that stands in some tree: from right to left."""
    parts = []
    while start < stop:
        level = _split(stop - start + 1).bit_length() - 1  # the largest power of two that fits
        parts.append(read(level, start >> level))
        start += 1 << level
    result = parts.pop()
    while parts:
        result = node_hash(parts.pop(), result)
    return result


def _split(leaves: int) -> int:
    """The largest power of two below `leaves`: where RFC 6962 divides a tree."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH for value in hashes):
        raise BadProof(f"a hash is not {HASH} bytes long")
