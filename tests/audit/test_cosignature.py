from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from akios_jail.audit import cosignature, note
from akios_jail.audit.cosignature import Seen, Witness
from akios_jail.audit.examine import examine
from akios_jail.audit.note import BadKey, BadNote, Signature, Signer
from tests.audit.trees import Log, records

NAME = "witness.example/w1"
NOW = 1_679_315_147


def witness(name: str = NAME) -> tuple[Signer, Witness]:
    signer = Signer.generate(name)
    return signer, Witness(*signer.verifier)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log").grow(records(3))


def cosigned(log: Log, *signers: Signer, seconds: int = NOW) -> bytes:
    read = note.parse(log.signed())
    extra = [cosignature.cosign(read.text, signer, seconds) for signer in signers]
    return note.compose(read.text, [*read.signatures, *extra])


def test_a_cosignature_made_by_hand_from_the_specification_is_accepted(log: Log) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    body = log.signed().decode().rpartition("\n\n")[0] + "\n"
    signed = private.sign(f"cosignature/v1\ntime {NOW}\n{body}".encode())
    key_id = hashlib.sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
    line = f"\u2014 {NAME} {base64.b64encode(key_id + struct.pack('>Q', NOW) + signed).decode()}\n"
    vkey = f"{NAME}+{key_id.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
    known = cosignature.witness(vkey)
    assert known.vkey == vkey
    assert cosignature.seen_by(note.parse(log.signed() + line.encode()), [known]) == [Seen(NAME, NOW)]


def test_what_the_witness_of_the_specifications_example_signs() -> None:
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosignature.message(body, NOW) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_a_cosignature_of_another_time_or_text_or_length_is_refused(log: Log) -> None:
    signer, known = witness()
    read = note.parse(log.signed())
    good = cosignature.cosign(read.text, signer, NOW)
    later = struct.pack(">Q", NOW + 1) + good.signature[8:]
    negative = struct.pack(">Q", 2**63) + good.signature[8:]
    for signature in (later, negative, good.signature[8:], good.signature + b"x", b"x"):
        with pytest.raises(BadNote):
            cosignature.seen_by(read._replace(signatures=(good._replace(signature=signature),)), [known])
    with pytest.raises(BadNote):
        cosignature.seen_by(note.Note("other\n", (good,)), [known])


def test_a_plain_signature_by_the_same_key_is_no_cosignature(log: Log) -> None:
    signer, known = witness()
    read = note.parse(log.signed())
    plain = signer.sign(read.text)
    assert cosignature.seen_by(read._replace(signatures=(plain,)), [known]) == []
    forged = Signature(NAME, known.key_hash, plain.signature)
    with pytest.raises(BadNote):
        cosignature.seen_by(read._replace(signatures=(forged,)), [known])
    with pytest.raises(BadKey):
        cosignature.witness(signer.vkey)


def test_cosignatures_are_added_to_a_checkpoint_once(log: Log) -> None:
    one, other = witness(), witness("witness.example/w2")
    stranger = witness("witness.example/w3")
    merged, seen = cosignature.merge(log.signed(), cosigned(log, one[0], stranger[0]), [one[1], other[1]])
    assert seen == [Seen(NAME, NOW)]
    merged, _ = cosignature.merge(merged, cosigned(log, one[0], other[0], seconds=NOW + 5), [one[1], other[1]])
    read = note.parse(merged)
    assert [line.name for line in read.signatures] == [log.signer.name, NAME, "witness.example/w2"]
    assert cosignature.seen_by(read, [one[1], other[1]]) == [Seen(NAME, NOW + 5), Seen("witness.example/w2", NOW + 5)]


def test_nothing_is_added_that_is_of_another_tree_or_by_nobody_who_was_named(log: Log) -> None:
    signer, known = witness()
    old = cosigned(log, signer)
    before = log.signed()
    log.grow(records(1, start=4))
    for mine, other, witnesses in (
        (log.signed(), old, [known]),
        (before, before, [known]),
        (before, old, [witness("witness.example/w2")[1]]),
    ):
        with pytest.raises(BadNote):
            cosignature.merge(mine, other, witnesses)


def test_a_quorum_of_witnesses_is_demanded(log: Log) -> None:
    signers = [witness(f"witness.example/{number}") for number in range(3)]
    known = [each for _, each in signers]
    (log.folder / "checkpoint").write_bytes(cosigned(log, signers[0][0], signers[2][0]))
    result = examine(str(log.folder), log.signer.vkey, witnesses=known, quorum=2)
    assert result.intact
    assert [seen.witness for seen in result.seen] == ["witness.example/0", "witness.example/2"]
    short = examine(str(log.folder), log.signer.vkey, witnesses=known, quorum=3)
    assert [damage.kind for damage in short.damages] == ["unwitnessed"]


def test_one_witness_who_signs_twice_counts_once(log: Log) -> None:
    signer, known = witness()
    (log.folder / "checkpoint").write_bytes(cosigned(log, signer, signer))
    result = examine(str(log.folder), log.signer.vkey, witnesses=[known, known], quorum=2)
    assert [damage.kind for damage in result.damages] == ["unwitnessed"]


def test_a_witness_whose_cosignature_does_not_hold_is_named(log: Log) -> None:
    signer, known = witness()
    forged = note.parse(cosigned(log, signer))
    lines = [forged.signatures[0], forged.signatures[1]._replace(signature=bytes(72))]
    (log.folder / "checkpoint").write_bytes(note.compose(forged.text, lines))
    result = examine(str(log.folder), log.signer.vkey, witnesses=[known])
    assert [damage.kind for damage in result.damages] == ["altered"]
    assert NAME in result.damages[0].what
