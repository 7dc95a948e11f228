"""Checkpoints (C2SP tlog-checkpoint): the size and root of a log at one moment, as a signed note.

akios-audit/0123456789abcdef      the origin: which log
20852163                          how many entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    the root of their tree

— akios-audit/0123456789abcdef Az3grlgtzP…
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.audit import note
from akios_jail.audit.merkle import EMPTY, HASH, MAX_SIZE
from akios_jail.audit.note import BadNote, Note, Signer, Verifies

#: The checkpoint's name in the log's folder.
NAME = "checkpoint"


class Checkpoint(NamedTuple):
    """What a checkpoint says. `extensions` are lines that others may put behind; AKIOS writes none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note's text."""
        return "\n".join(
            [self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions, ""]
        )


def sign(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as its log signs it; the key bears the origin's name."""
    if checkpoint.origin != signer.name:
        raise ValueError(f"the key {signer.name} does not sign for the log {checkpoint.origin}")
    return note.sign(checkpoint.text, signer)


def parse(text: str) -> Checkpoint:
    """The checkpoint in a note's text, whose signatures the caller has checked; `BadNote` if it is none."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise BadNote("a checkpoint is at least three lines: origin, size and root")
    origin, digits, encoded, *extensions = lines
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or (digits[0] == "0" and digits != "0"):
        raise BadNote("a checkpoint's second line is the number of entries")
    size, root = int(digits), note.decode_base64(encoded)
    if size > MAX_SIZE:
        raise BadNote("a checkpoint's second line is larger than any log")
    if root is None or len(root) != HASH:
        raise BadNote("a checkpoint's third line is the root's 32 bytes as base64")
    if size == 0 and root != EMPTY:
        raise BadNote("a checkpoint of an empty log has the root of nothing")
    return Checkpoint(origin, size, root, tuple(extensions))


def open_checkpoint(data: bytes, log: note.Verifier, others: Iterable[Verifies] = ()) -> tuple[Checkpoint, Note]:
    """The checkpoint that the log with the key `log` signed, and its note; `BadNote` if it did not.

    Signatures of the `others` are checked, too, where there are any: a wrong one makes the whole note a bad one.
    """
    signed, checked = note.open_note(data, [log, *others])
    if (log.name, log.key_hash) not in {(signature.name, signature.key_hash) for signature in checked}:
        raise BadNote(f"the checkpoint is not signed by {log.name}")
    checkpoint = parse(signed.text)
    if checkpoint.origin != log.name:
        raise BadNote(f"the checkpoint is of the log {checkpoint.origin}, and the key is {log.name}'s")
    return checkpoint, signed
