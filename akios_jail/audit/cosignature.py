"""Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519, type 0x04): others who saw a checkpoint, and when.

A witness signs a checkpoint only if it goes on from the one that it signed before. So whoever rewrites the log after
a witness saw it, with the log's own key even, has no cosignature for what he wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from akios_jail.audit import note
from akios_jail.audit.note import BadNote, Note, Signature, Signer

#: The signature type of timestamped Ed25519 cosignatures.
COSIGNATURE = 0x04
#: A cosignature's time stands before it, in 8 bytes; it is below this.
_TIME_BYTES = 8
_TOO_LATE = 2**63


class Witness(NamedTuple):
    """A witness's public key with its name: checks its cosignatures."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        return note.key_hash(self.name, COSIGNATURE, self.public)

    @property
    def vkey(self) -> str:
        """The key in one line."""
        return note.vkey(self.name, COSIGNATURE, self.public)

    def verify(self, text: str, signature: bytes) -> bool:
        seconds = timestamp(signature)
        return seconds is not None and note.ed25519_verify(self.public, signature[_TIME_BYTES:], message(text, seconds))


class Seen(NamedTuple):
    """A checkpoint was seen: by which witness, at which Unix second."""

    witness: str
    seconds: int


def witness(line: str) -> Witness:
    """The witness of a key in one line, of the type of cosignatures; `note.BadKey` if it is none."""
    return Witness(*note.parse_vkey(line, COSIGNATURE))


def message(text: str, seconds: int) -> bytes:
    """What a witness signs: the whole text of the checkpoint behind two lines of its own."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def timestamp(signature: bytes) -> int | None:
    """The Unix second that a cosignature bears; None if it cannot be one."""
    seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
    return seconds if len(signature) == _TIME_BYTES + 64 and seconds < _TOO_LATE else None


def cosign(text: str, signer: Signer, seconds: int) -> Signature:
    """The cosignature of a checkpoint's text by a witness whose key is `signer`'s: for a witness of one's own."""
    key = Witness(*signer.verifier)
    signed = seconds.to_bytes(_TIME_BYTES, "big") + signer.sign_bytes(message(text, seconds))
    return Signature(key.name, key.key_hash, signed)


def seen_by(signed: Note, witnesses: Iterable[Witness]) -> list[Seen]:
    """Which of the witnesses cosigned this note; `BadNote` if a line says that one did and it did not."""
    known = {(each.name, each.key_hash): each for each in witnesses}
    seen: dict[str, Seen] = {}
    for signature in signed.signatures:
        each = known.get((signature.name, signature.key_hash))
        if each is None:
            continue
        if each.verify(signed.text, signature.signature) is not True:
            raise BadNote(f"the cosignature of {signature.name} does not fit the checkpoint")
        seen[each.vkey] = Seen(each.name, timestamp(signature.signature) or 0)
    return list(seen.values())


def merge(mine: bytes, other: bytes, witnesses: Sequence[Witness]) -> tuple[bytes, list[Seen]]:
    """The checkpoint `mine` with the witnesses' cosignatures that `other` bears, and who they are of.

    `other` is the same checkpoint, as it came back from the witnesses. `BadNote` if it is of another tree, or nothing
    in it is a cosignature by one of these.
    """
    ours, theirs = note.parse(mine), note.parse(other)
    if ours.text != theirs.text:
        raise BadNote("these signatures are of another checkpoint: the log has grown since, or it is another log's")
    seen = seen_by(theirs, witnesses)
    if not seen:
        raise BadNote("no signature in it is a cosignature by a witness that was named")
    keys = {(each.name, each.key_hash) for each in witnesses}
    new = [line for line in theirs.signatures if (line.name, line.key_hash) in keys]
    replaced = {(line.name, line.key_hash) for line in new}
    kept = [line for line in ours.signatures if (line.name, line.key_hash) not in replaced]
    return note.compose(ours.text, [*kept, *new]), seen
