from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.audit import checkpoint, note
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.merkle import EMPTY
from akios_jail.audit.note import BadKey, BadNote, Signer
from tests.audit.test_merkle import VECTORS

#: The example of the reference implementation's documentation.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def signer(name: str = "log.example/one") -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def test_a_note_of_the_reference_implementation_is_accepted() -> None:
    read, checked = note.open_note(NEUMANN_NOTE, [note.verifier(NEUMANN)])
    assert read.text.endswith("your problem is.\n")
    assert [signature.name for signature in checked] == ["PeterNeumann"]


def test_the_same_key_signs_the_same_note_as_the_reference_implementation() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["seed"]))
    ours = Signer("log.example/reference", private)
    assert ours.vkey == VECTORS["vkey"]
    root = base64.b64decode(VECTORS["roots"][str(VECTORS["count"])])
    assert checkpoint.sign(Checkpoint(ours.name, VECTORS["count"], root), ours) == VECTORS["note"].encode()
    assert checkpoint.open_checkpoint(VECTORS["note"].encode(), note.verifier(VECTORS["vkey"]))[0].root == root


def test_a_signature_line_and_a_key_are_spelled_as_the_specification_has_them() -> None:
    ours = signer()
    public = ours.verifier.public
    digest = hashlib.sha256(b"log.example/one\n\x01" + public).digest()[:4]
    assert ours.vkey == f"log.example/one+{digest.hex()}+{base64.b64encode(bytes([1]) + public).decode()}"
    text, blank, line, end = note.sign("text\n", ours).decode().split("\n")
    assert (text, blank, end) == ("text", "", "")
    dash, name, encoded = line.split(" ")
    assert (dash, name) == ("\u2014", "log.example/one")
    assert base64.b64decode(encoded)[:4] == digest
    assert len(base64.b64decode(encoded)) == 4 + 64


def test_a_key_outlives_its_file() -> None:
    ours = Signer.generate()
    assert ours.name == "akios-audit/" + hashlib.sha256(ours.verifier.public).hexdigest()[:16]
    assert Signer.load(ours.pem(), ours.name).vkey == ours.vkey
    assert note.verifier(ours.vkey) == ours.verifier


@given(place=st.integers(0, len(NEUMANN_NOTE) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_note_is_refused(place: int, bit: int) -> None:
    changed = bytearray(NEUMANN_NOTE)
    changed[place] ^= 1 << bit
    with pytest.raises(BadNote):
        note.open_note(bytes(changed), [note.verifier(NEUMANN)])


def test_lines_of_unknown_keys_are_not_looked_at() -> None:
    ours, other = signer(), signer("log.example/two")
    same_name = Signer("log.example/one", Ed25519PrivateKey.generate())
    signatures = [other.sign("something else\n"), ours.sign("text\n"), same_name.sign("something else\n")]
    read, checked = note.open_note(note.compose("text\n", signatures), [ours.verifier])
    assert len(read.signatures) == 3
    assert len(checked) == 1
    with pytest.raises(BadNote, match="trusted"):
        note.open_note(note.compose("text\n", signatures[::2]), [ours.verifier])


def test_a_line_by_a_known_key_that_does_not_fit_refuses_the_whole_note() -> None:
    ours, other = signer(), signer("log.example/two")
    signed = note.compose("text\n", [ours.sign("text\n"), other.sign("something else\n")])
    with pytest.raises(BadNote, match=r"log\.example/two"):
        note.open_note(signed, [ours.verifier, other.verifier])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"text\n\nno dash abc\n",
        "text\n\n\u2014 name\n".encode(),
        "text\n\n\u2014 name QUJDREVG extra\n".encode(),
        "text\n\n\u2014 name QUJDREVG".encode(),
        "text\n\n\u2014 name QUJDRA==\n".encode(),
        "text\n\n\u2014 name QUJDREV\n".encode(),
        "text\n\n\u2014 na+me QUJDREVG\n".encode(),
        "text\n\n\u2014  QUJDREVG\n".encode(),
        "te\rxt\n\n\u2014 name QUJDREVG\n".encode(),
        b"te\xffxt\n\n" + "\u2014 name QUJDREVG\n".encode(),
        b"x" * (note.MAX_NOTE + 1),
        b"text\n\n" + "\u2014 name QUJDREVG\n".encode() * (note.MAX_SIGNATURES + 1),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(BadNote):
        note.parse(data)


def test_sixteen_signatures_and_empty_lines_in_the_text_are_read() -> None:
    signers = [signer(f"log.example/{number}") for number in range(16)]
    text = "a\n\nb\n"
    signed = note.compose(text, [each.sign(text) for each in signers])
    read, checked = note.open_note(signed, [each.verifier for each in signers])
    assert read.text == text
    assert len(checked) == 16


def test_a_text_that_would_swallow_its_signatures_is_not_signed() -> None:
    for text in ("no newline", "", "control\x01\n"):
        with pytest.raises(BadNote):
            note.sign(text, signer())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name+c74f20a3",
        NEUMANN[:-4],
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("Peter", "peter"),
        note.vkey("witness", 4, bytes(32)),
        note.vkey("long", 1, bytes(33)),
        note.vkey("sp ace", 1, bytes(32)),
        note.vkey("", 1, bytes(32)),
        note.vkey("x" * 256, 1, bytes(32)),
    ],
)
def test_what_is_no_verifier_key_is_refused(line: str) -> None:
    with pytest.raises(BadKey):
        note.verifier(line)


def test_a_private_key_of_another_kind_is_refused() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem in (b"", b"nonsense", other):
        with pytest.raises(BadKey):
            Signer.load(pem, "log.example/one")


def test_a_checkpoint_is_three_lines() -> None:
    root = bytes(range(32))
    head = Checkpoint("log.example/one", 20852163, root)
    assert head.text == f"log.example/one\n20852163\n{base64.b64encode(root).decode()}\n"
    assert checkpoint.parse(head.text) == head
    more = Checkpoint("log.example/one", 0, EMPTY, ("extension", "another"))
    assert checkpoint.parse(more.text) == more


@pytest.mark.parametrize(
    "text",
    [
        "origin\n5\n",
        "origin\n5\nAAAA\n",
        f"origin\n05\n{'A' * 43}=\n",
        f"origin\n+5\n{'A' * 43}=\n",
        f"origin\n-5\n{'A' * 43}=\n",
        f"origin\n\u0665\n{'A' * 43}=\n",
        f"origin\n\n{'A' * 43}=\n",
        f"\n5\n{'A' * 43}=\n",
        f"origin\n5\n{'A' * 43}\n",
        f"origin\n5\n{'A' * 43}=",
        f"origin\n5\n{'A' * 43}=\n\nextension\n",
        f"origin\n{10**19}\n{'A' * 43}=\n",
        f"origin\n{2**63}\n{'A' * 43}=\n",
        f"origin\n0\n{'A' * 43}=\n",
        f"origin\n5\n{'A' * 42}B=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        checkpoint.parse(text)


def test_a_log_signs_for_itself_only() -> None:
    ours, other = signer(), signer("log.example/two")
    head = Checkpoint(other.name, 0, EMPTY)
    with pytest.raises(ValueError):
        checkpoint.sign(head, ours)
    for signed in (note.sign(head.text, ours), note.sign("no checkpoint\n", ours)):
        with pytest.raises(BadNote):
            checkpoint.open_checkpoint(signed, ours.verifier)
    with pytest.raises(BadNote, match="not signed by"):
        checkpoint.open_checkpoint(checkpoint.sign(head, other), ours.verifier, [other.verifier])
