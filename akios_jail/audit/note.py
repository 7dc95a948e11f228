"""Signed notes (C2SP signed-note): a text and lines of signatures below it, and the keys that make and check them.

Ed25519 only (type 0x01). `— name base64(key hash || signature)` is one signature line; a key is named by its name and
the first four bytes of SHA-256(name || "\\n" || type || public key), and passed on as `name+hash+base64(type || key)`.

`cryptography` is imported where it is used: who only reads a text, or nothing, does not wait for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: The signature type of plain Ed25519 signatures.
ED25519 = 0x01
#: Most bytes of a note, and most signature lines: what is longer is not read.
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
#: Most characters of a key's name.
MAX_NAME = 255
#: What every origin that AKIOS makes up begins with.
ORIGIN_PREFIX = "akios-audit/"

_MARK = "\u2014 "
_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/]{64})\n-----END PRIVATE KEY-----\n")
#: What stands before an Ed25519 key's 32 bytes in PKCS8.
_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class BadNote(ValueError):
    """Bytes that are no signed note, or a note that the keys do not vouch for. The text says why."""


class BadKey(ValueError):
    """A key that cannot be used. The text says why."""


class Signature(NamedTuple):
    """One signature line: who is said to have signed, the key's hash, and the signature's own bytes."""

    name: str
    key_hash: bytes
    signature: bytes

    def line(self) -> str:
        """The line, without its newline."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_hash + self.signature).decode('ascii')}"


class Verifies(Protocol):
    """A key that checks signatures of one type."""

    @property
    def name(self) -> str: ...

    @property
    def key_hash(self) -> bytes: ...

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over the note's `text`."""


class Note(NamedTuple):
    """A note taken apart: its text, with the last newline, and all its signatures, of which nothing is known yet."""

    text: str
    signatures: tuple[Signature, ...]


class Verifier(NamedTuple):
    """A public key with a name: checks the notes of one signer."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        return key_hash(self.name, ED25519, self.public)

    @property
    def vkey(self) -> str:
        """The key in one line, to be given to whoever shall verify: `name+hash+base64`."""
        return vkey(self.name, ED25519, self.public)

    def verify(self, text: str, signature: bytes) -> bool:
        return ed25519_verify(self.public, signature, text.encode())


class Signer:
    """A private key with a name: signs notes."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.verifier = Verifier(check_name(name), private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str | None = None) -> Signer:
        """A new key; without a `name` it is called `akios-audit/` and 16 hexadecimal digits of its own hash."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        if name is None:
            name = ORIGIN_PREFIX + hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16]
        return cls(name, private)

    @classmethod
    def load(cls, pem: bytes, name: str) -> Signer:
        """The key in a PKCS8 PEM file, as `pem` gives it; `BadKey` if it is no Ed25519 key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        plain = _plain(pem)
        if plain is not None:
            return cls(name, Ed25519PrivateKey.from_private_bytes(plain))
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadKey(f"the private key cannot be read: {error}") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise BadKey("the private key is not of the type Ed25519")
        return cls(name, private)

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def vkey(self) -> str:
        """The public half in one line."""
        return self.verifier.vkey

    def pem(self) -> bytes:
        """The private key as PKCS8 in PEM, not encrypted: for a file that only its owner can read."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, text: str) -> Signature:
        """This key's signature over a note's text."""
        return Signature(self.name, self.verifier.key_hash, self.sign_bytes(text.encode()))

    def sign_bytes(self, message: bytes) -> bytes:
        """The bare signature over some bytes."""
        return self._private.sign(message)


def _plain(pem: bytes) -> bytes | None:
    """The 32 bytes of a key in the form in which `pem` writes it (RFC 8410); None for any other form.

    Every session signs, and what reads all forms takes longer to load than all that it does for its audit log.
    """
    body = _PEM.fullmatch(pem)
    if body is None:
        return None
    der = base64.b64decode(body[1])
    return der[len(_PKCS8) :] if der.startswith(_PKCS8) else None


def sign(text: str, signer: Signer) -> bytes:
    """The note of `text`, which ends in a newline, with one signature."""
    return compose(text, [signer.sign(text)])


def compose(text: str, signatures: Iterable[Signature]) -> bytes:
    """The note of `text` and these signatures; `BadNote` if it would be none."""
    data = f"{text}\n{''.join(signature.line() + chr(10) for signature in signatures)}".encode()
    if parse(data).text != text:
        raise BadNote("the text would end where an empty line stands in it")
    return data


def parse(data: bytes) -> Note:
    """Take a note apart without checking any signature; `BadNote` if it is none."""
    if len(data) > MAX_NOTE:
        raise BadNote(f"a signed note has at most {MAX_NOTE} bytes")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise BadNote("a signed note is UTF-8, and this is not") from error
    if any(char < " " and char != "\n" for char in whole):
        raise BadNote("a signed note has no control characters, and this has")
    text, separator, below = whole.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise BadNote("a signed note is a text, an empty line and signatures, each line ended by a newline")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"a signed note has at most {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(map(_signature, lines)))


def open_note(data: bytes, verifiers: Iterable[Verifies]) -> tuple[Note, tuple[Signature, ...]]:
    """A note that at least one of these keys signed, and the signatures that were checked.

    `BadNote` if none did, or if a line says that one of them did and it did not. Lines of other keys are not looked at.
    """
    note = parse(data)
    known = {(verifier.name, verifier.key_hash): verifier for verifier in verifiers}
    checked = []
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_hash))
        if verifier is None:
            continue
        if verifier.verify(note.text, signature.signature) is not True:
            raise BadNote(f"the signature of {signature.name} does not fit the text: one of the two was changed")
        checked.append(signature)
    if not checked:
        raise BadNote("no signature is by a key that is trusted here")
    return note, tuple(checked)


def key_hash(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that name a key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, kind: int, public: bytes) -> str:
    """A public key in one line."""
    return f"{name}+{key_hash(name, kind, public).hex()}+{base64.b64encode(bytes([kind]) + public).decode('ascii')}"


def parse_vkey(line: str, kind: int = ED25519) -> tuple[str, bytes]:
    """The name and the public key in such a line; `BadKey` if it is none, of another type, or its hash does not fit."""
    match = _VKEY.fullmatch(line.strip())
    if match is None:
        raise BadKey("a verifier key looks like name+1a2b3c4d+base64, and this does not")
    name = check_name(match[1])
    material = decode_base64(match[3])
    if material is None or not material:
        raise BadKey("the verifier key's last part is not base64")
    if material[0] != kind or len(material) != 33:
        raise BadKey(
            f"the verifier key is of the type {material[0]:#04x}; only Ed25519 of the type {kind:#04x} serves here"
        )
    if key_hash(name, kind, material[1:]).hex() != match[2]:
        raise BadKey("the verifier key's hash does not fit its name and key: it was changed or copied wrongly")
    return name, material[1:]


def verifier(line: str) -> Verifier:
    """The verifier of a key in one line, as `Verifier.vkey` gives it; `BadKey` if it is none."""
    return Verifier(*parse_vkey(line))


def check_name(name: str) -> str:
    """`name` if a key may have it; `BadKey` if not."""
    if (
        not name
        or len(name.encode()) > MAX_NAME
        or "+" in name
        or not name.isprintable()
        or any(map(str.isspace, name))
    ):
        raise BadKey(f"a key's name is 1 to {MAX_NAME} bytes without spaces, plus and control characters")
    return name


def ed25519_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's over `message`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def decode_base64(text: str) -> bytes | None:
    """The bytes of standard base64 in its one canonical spelling; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def _signature(line: str) -> Signature:
    words = line.split(" ")
    if len(words) != 3 or words[0] + " " != _MARK:
        raise BadNote("a signature line is an em dash, a name and base64, with a space between")
    data = decode_base64(words[2])
    if data is None or len(data) < 5:
        raise BadNote("a signature is base64 of four bytes that name the key, and the signature")
    try:
        name = check_name(words[1])
    except BadKey as error:
        raise BadNote(str(error)) from error
    return Signature(name, data[:4], data[4:])
