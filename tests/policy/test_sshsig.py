"""Signatures are OpenSSH's: both sides take each other's, and nothing that was changed passes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.policy import sshsig
from akios_jail.policy.sshsig import BadSignature
from tests.policy.signing import new_key, public_line, ssh_believes, ssh_signs

MESSAGE = b"apiVersion: akios/v1\n"
KINDS = [("ed25519", 0), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)]


def packed(*texts: bytes) -> bytes:
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)


def armored(raw: bytes) -> bytes:
    return b"-----BEGIN SSH SIGNATURE-----\n" + base64.encodebytes(raw) + b"-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_what_ssh_keygen_signs_is_verified(tmp_path: Path, kind: str, bits: int) -> None:
    key = new_key(tmp_path, kind, bits)
    signature = sshsig.parse(ssh_signs(key, MESSAGE))
    sshsig.verify(signature, MESSAGE)
    assert base64.b64encode(signature.key).decode() == public_line(key).split()[1]
    with pytest.raises(BadSignature, match="does not fit"):
        sshsig.verify(signature, MESSAGE + b" ")


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 0), ("rsa", 2048)])
def test_ssh_keygen_verifies_what_is_signed_here(tmp_path: Path, kind: str, bits: int) -> None:
    path = new_key(tmp_path, kind, bits)
    key = serialization.load_ssh_private_key(path.read_bytes(), None)
    signature = sshsig.sign(key, MESSAGE)
    line = f"alice {public_line(path)}"
    assert ssh_believes(tmp_path, line, signature, MESSAGE)
    assert not ssh_believes(tmp_path, line, signature, MESSAGE + b" ")


def test_a_signature_for_something_else_is_none_for_a_policy(tmp_path: Path) -> None:
    signature = sshsig.parse(ssh_signs(new_key(tmp_path), MESSAGE, "file"))
    with pytest.raises(BadSignature, match="namespace"):
        sshsig.verify(signature, MESSAGE)


def security_key(flags: int = 1, application: bytes = b"ssh:") -> tuple[str, bytes]:
    """The public key of a security key, and its signature, as a device makes it (PROTOCOL.u2f)."""
    key = ed25519.Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    kind = b"sk-ssh-ed25519@openssh.com"
    public = packed(kind, raw, application)
    data = sshsig.signed_bytes(MESSAGE, b"akios-policy", b"sha512")
    rest = bytes([flags]) + (7).to_bytes(4, "big")
    signed = hashlib.sha256(application).digest() + rest + hashlib.sha256(data).digest()
    blob = packed(kind, key.sign(signed)) + rest
    whole = b"SSHSIG" + (1).to_bytes(4, "big") + packed(public, b"akios-policy", b"", b"sha512", blob)
    return f"{kind.decode()} {base64.b64encode(public).decode()}", armored(whole)


def test_a_security_key_counts_when_it_was_touched(tmp_path: Path) -> None:
    public, signature = security_key()
    sshsig.verify(sshsig.parse(signature), MESSAGE)
    assert ssh_believes(tmp_path, f"alice {public}", signature, MESSAGE)
    with pytest.raises(BadSignature, match="not touched"):
        sshsig.verify(sshsig.parse(security_key(flags=0)[1]), MESSAGE)


def test_an_rsa_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    with pytest.raises(ValueError, match="too short"):
        sshsig.sign(key, MESSAGE)
    signature = sshsig.parse(ssh_signs(new_key(tmp_path, "rsa", 1024), MESSAGE))
    with pytest.raises(BadSignature, match="1024 bits"):
        sshsig.verify(signature, MESSAGE)


def test_keys_of_other_types_are_refused() -> None:
    with pytest.raises(ValueError, match="ssh-keygen"):
        sshsig.sign(ec.generate_private_key(ec.SECP256R1()), MESSAGE)
    unknown = packed(packed(b"ssh-dss"), b"akios-policy", b"", b"sha512", packed(b"ssh-dss", b"x"))
    with pytest.raises(BadSignature, match="not accepted"):
        sshsig.verify(sshsig.parse(armored(b"SSHSIG" + (1).to_bytes(4, "big") + unknown)), MESSAGE)


def test_rsa_with_sha1_is_refused(tmp_path: Path) -> None:
    signature = sshsig.parse(ssh_signs(new_key(tmp_path, "rsa", 2048), MESSAGE))
    with pytest.raises(BadSignature, match="SHA-1"):
        sshsig.verify(signature._replace(algorithm=b"ssh-rsa"), MESSAGE)


SIGNED = sshsig.sign(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))), MESSAGE)
RAW = base64.b64decode(b"".join(SIGNED.split(b"\n")[1:-2]))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(RAW) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSignature):
        sshsig.verify(sshsig.parse(armored(bytes(changed))), MESSAGE)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(RAW) - 1))
def test_nothing_can_be_cut_off(length: int) -> None:
    with pytest.raises(BadSignature):
        sshsig.verify(sshsig.parse(armored(RAW[:length])), MESSAGE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"-----BEGIN PGP SIGNATURE-----\n",
        b"-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----\n",
        armored(RAW + b"\0"),
        armored(b"SSHSIG" + (2).to_bytes(4, "big") + RAW[10:]),
        b"x" * 20000,
    ],
)
def test_what_is_no_signature_is_said(data: bytes) -> None:
    with pytest.raises(BadSignature):
        sshsig.parse(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadSignature):
        sshsig.verify(sshsig.parse(armored(b"SSHSIG" + (1).to_bytes(4, "big") + data)), MESSAGE)
