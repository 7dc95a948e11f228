"""Proofs that one record is in the log (C2SP tlog-proof): a text that is checked offline, with the log's key alone.

c2sp.org/tlog-proof@v1
extra eyJ0aW1lIjoi…      the record itself, as base64: who checks the proof hashes it
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=    the path from the leaf's sibling up to the root's child
…
                         an empty line, and the checkpoint as the log signed it
akios-audit/0123456789abcdef
109482
…
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from akios_jail.audit import checkpoint, merkle, note
from akios_jail.audit.bundle import MAX_ENTRY
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.merkle import HASH
from akios_jail.audit.note import Note, Verifier, Verifies

_FIRST = "c2sp.org/tlog-proof@v1"
#: Most hashes of a path: a tree of 2**63 leaves has no longer one.
_MAX_PATH = 63
#: Most bytes of a proof: its record, its path and its checkpoint.
MAX_PROOF = 2 * MAX_ENTRY + 64 * 64 + note.MAX_NOTE


class BadFormat(ValueError):
    """A text that is no proof. The text of the error says why."""


@dataclass(frozen=True)
class Proof:
    """A proof taken apart, of which nothing is known yet. `extra`: what stands beside it, b"" for nothing."""

    index: int
    path: tuple[bytes, ...]
    signed: bytes
    extra: bytes = b""

    @property
    def text(self) -> str:
        """The proof as a file: what `parse` reads."""
        lines = [_FIRST]
        if self.extra:
            lines.append(f"extra {_base64(self.extra)}")
        lines += [f"index {self.index}", *map(_base64, self.path), "", self.signed.decode()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Proven:
    """What a proof that holds says: this entry is number `index` of the log of this checkpoint."""

    index: int
    entry: bytes
    checkpoint: Checkpoint
    signed: Note


def prove(index: int, size: int, entry: bytes, read: merkle.ReadHash, signed: bytes) -> Proof:
    """The proof that `entry` is number `index` of the tree of `size` entries that the checkpoint `signed` is of."""
    return Proof(index, tuple(merkle.inclusion(index, size, read)), signed, entry)


def parse(data: bytes) -> Proof:
    """Take a proof apart without checking anything; `BadFormat` if it is none."""
    if len(data) > MAX_PROOF:
        raise BadFormat(f"a proof has at most {MAX_PROOF} bytes")
    head, separator, signed = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadFormat("a proof is ASCII down to its checkpoint") from error
    if lines.pop(0) != _FIRST:
        raise BadFormat(f"a proof begins with the line {_FIRST}")
    if not separator:
        raise BadFormat("a proof ends in an empty line and a checkpoint")
    extra: bytes | None = b""
    if lines and lines[0].startswith("extra "):
        extra = note.decode_base64(lines.pop(0).removeprefix("extra "))
    if extra is None:
        raise BadFormat("what stands behind «extra» is not base64")
    word, _, digits = (lines.pop(0) if lines else "").partition(" ")
    if word != "index" or not digits.isdigit() or len(digits) > 19 or (digits[0] == "0" and digits != "0"):
        raise BadFormat("a proof names the index of its entry: the word index and a number")
    path = [note.decode_base64(line) for line in lines]
    if len(path) > _MAX_PATH or any(step is None or len(step) != HASH for step in path):
        raise BadFormat("a proof's path is lines of 32 bytes as base64, at most 63")
    return Proof(int(digits), tuple(step for step in path if step is not None), signed, extra)


def check(proof: Proof, entry: bytes, log: Verifier, others: Iterable[Verifies] = ()) -> Proven:
    """What the proof proves of `entry`; `note.BadNote` or `merkle.BadProof` if it proves nothing.

    The checkpoint must be signed by the `log`; signatures of the `others` are checked where they are there.
    """
    head, signed = checkpoint.open_checkpoint(proof.signed, log, others)
    merkle.verify_inclusion(proof.index, head.size, merkle.leaf_hash(entry), proof.path, head.root)
    return Proven(proof.index, entry, head, signed)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
