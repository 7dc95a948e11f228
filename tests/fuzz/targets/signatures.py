"""Signatures of policies and the keys that are trusted: `signature` and an armored signature, or `keys` and lines.

Nobody can make up a signature that counts; a key of the folder is read in one way, or is a mistake with words.
"""

from __future__ import annotations

from akios_jail.policy import sshsig, trust
from tests.fuzz.words import has_words

TOKENS = (
    *(b"signature\n", b"keys\n", b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n", b"U1NIU0lH"),
    *(b"ssh-ed25519 ", b"ssh-rsa ", b"ecdsa-sha2-nistp256 ", b'namespaces="akios-policy" '),
    *(b'valid-before="20270101Z" ', b'valid-after="202601011200"', b"cert-authority ", b"alice@example.org ", b"#"),
    *(b'"', b"AAAAC3NzaC1lZDI1NTE5AAAA"),
)
_MESSAGE = b"apiVersion: akios/v1\n"


def fuzz(data: bytes) -> None:
    """Read a signature or lines of keys."""
    kind, _, rest = data.partition(b"\n")
    if kind == b"signature":
        _signature(rest)
    elif kind == b"keys":
        for line in rest.decode("utf-8", "replace").split("\n")[:200]:
            _line(line)


def _signature(data: bytes) -> None:
    try:
        found = sshsig.parse(data)
    except sshsig.BadSignature as error:
        has_words(error)
        return
    assert sshsig.fingerprint(found.key).startswith("SHA256:")
    for message in (_MESSAGE, b"another"):
        try:
            sshsig.verify(found, message)
        except sshsig.BadSignature as error:
            has_words(error)
        else:
            assert message == _MESSAGE
    try:
        sshsig.key_type(found.key)
    except sshsig.BadSignature as error:
        has_words(error)
    try:
        trust.signer(_MESSAGE, data, (trust.TrustedKey("a", found.key, (), None, None, "here"),))
    except trust.NotTrusted as error:
        has_words(error)


def _line(line: str) -> None:
    try:
        key = trust.parse_line(line, "file:1")
    except ValueError as error:
        has_words(error)
        return
    if key is None:
        assert line.strip(" \t\r") == "" or line.strip(" \t\r").startswith("#")
        return
    assert key.name
    assert key.name.isprintable()
    assert all(moment is None or moment == moment for moment in (key.after, key.before))
