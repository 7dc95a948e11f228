"""Signatures of files in OpenSSH's format (PROTOCOL.sshsig), so that `ssh-keygen -Y sign` and `-Y verify` agree.

What is signed is a digest of the file's bytes under a namespace: a signature for a policy is none for an e-mail.
Verified here: Ed25519, ECDSA over the NIST curves, RSA of 2,048 bits or more with SHA-2, and the same as Ed25519 or
ECDSA held in a security key (FIDO), which must have been touched. Certificates and DSA are refused.

A signature file is hostile until it is parsed: every length is checked, and nothing may be left over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

#: What signatures of manifests are made for (`ssh-keygen -Y sign -n`).
NAMESPACE: Final = "akios-policy"
MAX_BYTES: Final = 16 * 1024

_MAGIC: Final = b"SSHSIG"
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_DIGESTS: Final = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_CURVES: Final[dict[bytes, type[ec.EllipticCurve]]] = {
    b"nistp256": ec.SECP256R1,
    b"nistp384": ec.SECP384R1,
    b"nistp521": ec.SECP521R1,
}
_CURVE_HASHES: Final[dict[bytes, type[hashes.HashAlgorithm]]] = {
    b"nistp256": hashes.SHA256,
    b"nistp384": hashes.SHA384,
    b"nistp521": hashes.SHA512,
}
_RSA_HASHES: Final[dict[bytes, type[hashes.HashAlgorithm]]] = {
    b"rsa-sha2-256": hashes.SHA256,
    b"rsa-sha2-512": hashes.SHA512,
}
_LEAST_RSA_BITS: Final = 2048
_SECURITY_KEY: Final = b"@openssh.com"
_PRESENT: Final = 0x01  # the flag that a security key sets when somebody touched it


class BadSignature(ValueError):
    """Not a signature of this, or not in this format; the text says which."""


class Signature(NamedTuple):
    """A parsed signature. `key`: the public key that it claims, as in an authorized_keys line, decoded."""

    key: bytes
    namespace: bytes
    digest: bytes  # the name of the hash
    algorithm: bytes
    value: bytes


def fingerprint(key: bytes) -> str:
    """A public key's name for people, as `ssh-keygen -l` prints it: `SHA256:…`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def key_type(key: bytes) -> str:
    """What the first field of a public key says that it is, such as `ssh-ed25519`. `BadSignature` if it has none."""
    return _Fields(key, "the public key").text().decode("ascii", "replace")


def parse(data: bytes) -> Signature:
    """The signature in an armored file. `BadSignature` for anything else."""
    if len(data) > MAX_BYTES:
        raise BadSignature(f"it is larger than {MAX_BYTES} bytes, which no signature is")
    lines = data.decode("ascii", "replace").split("\n")
    lines = [line.strip("\r ") for line in lines]
    if _BEGIN not in lines or _END not in lines:
        raise BadSignature(f"it is no SSH signature: there is no line {_BEGIN}")
    inside = lines[lines.index(_BEGIN) + 1 : lines.index(_END)]
    try:
        raw = base64.b64decode("".join(inside), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("what stands between its lines is not base64") from error
    if not raw.startswith(_MAGIC):
        raise BadSignature("it is no SSH signature: its first bytes are not SSHSIG")
    fields = _Fields(raw[len(_MAGIC) :], "the signature")
    if (version := fields.number()) != 1:
        raise BadSignature(f"it is a signature of version {version}; 1 is known")
    key, namespace, reserved, digest, blob = (fields.text() for _ in range(5))
    fields.end()
    if reserved:
        raise BadSignature("its reserved field is not empty")
    if digest not in _DIGESTS:
        raise BadSignature("it is over a hash that is neither SHA-256 nor SHA-512")
    inner = _Fields(blob, "the signature")
    algorithm = inner.text()
    return Signature(key, namespace, digest, algorithm, inner.rest())


def verify(signature: Signature, message: bytes, namespace: str = NAMESPACE) -> None:
    """`BadSignature` unless the key in `signature` signed these bytes for this namespace. Whose key that is, and
    whether it is trusted, is another question."""
    if signature.namespace != namespace.encode():
        raise BadSignature(f"it was made for the namespace {signature.namespace!r}, not for {namespace!r}")
    try:
        _check(signature, signed_bytes(message, signature.namespace, signature.digest))
    except InvalidSignature as error:
        raise BadSignature("the signature does not fit these bytes: one of the two was changed") from error


def sign(key: serialization.SSHPrivateKeyTypes, message: bytes, namespace: str = NAMESPACE) -> bytes:
    """An armored signature of `message`. `ValueError` for a key of a type that is not accepted above."""
    digest = b"sha512"
    data = signed_bytes(message, namespace.encode(), digest)
    public = public_bytes(key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        algorithm, value = b"ssh-ed25519", key.sign(data)
    elif isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _LEAST_RSA_BITS:
            raise ValueError(f"an RSA key of {key.key_size} bits is too short: {_LEAST_RSA_BITS} is the least")
        algorithm, value = b"rsa-sha2-512", key.sign(data, padding.PKCS1v15(), hashes.SHA512())
    else:
        raise ValueError("sign with an Ed25519 or RSA key, or make the signature with `ssh-keygen -Y sign`")
    blob = _packed(algorithm) + _packed(value)
    raw = b"".join((_MAGIC, (1).to_bytes(4, "big"), *map(_packed, (public, namespace.encode(), b"", digest, blob))))
    text = base64.b64encode(raw).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join((_BEGIN, *lines, _END, "")).encode()


def public_bytes(key: serialization.SSHPrivateKeyTypes) -> bytes:
    """A private key's public half, as the second field of an authorized_keys line, decoded."""
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return base64.b64decode(line.split(b" ")[1])


def signed_bytes(message: bytes, namespace: bytes, digest: bytes) -> bytes:
    """What the key's own algorithm signs: the file's digest, and what it is for."""
    return _MAGIC + b"".join(map(_packed, (namespace, b"", digest, _DIGESTS[digest](message).digest())))


def _check(signature: Signature, data: bytes) -> None:
    fields = _Fields(signature.key, "the public key")
    kind = fields.text()
    value = _Fields(signature.value, "the signature")
    if kind == b"ssh-ed25519":
        key = fields.text()
        _only(signature, kind, fields)
        raw = value.text()
        value.end()
        _ed25519(key).verify(raw, data)
    elif kind == b"ssh-rsa":
        exponent, modulus = fields.integer(), fields.integer()
        fields.end()
        if signature.algorithm not in _RSA_HASHES:
            raise BadSignature("it is made with an RSA key and SHA-1, which proves nothing any more")
        raw = value.text()
        value.end()
        rsa_hash = _RSA_HASHES[signature.algorithm]()
        _rsa(exponent, modulus).verify(raw, data, padding.PKCS1v15(), rsa_hash)
    elif kind.startswith(b"ecdsa-sha2-") and kind.removeprefix(b"ecdsa-sha2-") in _CURVES:
        curve, point = fields.text(), fields.text()
        _only(signature, kind, fields)
        if curve != kind.removeprefix(b"ecdsa-sha2-"):
            raise BadSignature("its public key names two curves")
        raw = _dss(value.text())
        value.end()
        _point(curve, point).verify(raw, data, ec.ECDSA(_CURVE_HASHES[curve]()))
    elif kind == b"sk-ssh-ed25519" + _SECURITY_KEY:
        key, application = fields.text(), fields.text()
        _only(signature, kind, fields)
        raw = value.text()
        _ed25519(key).verify(raw, _touched(value, application, data))
    elif kind == b"sk-ecdsa-sha2-nistp256" + _SECURITY_KEY:
        curve, point, application = fields.text(), fields.text(), fields.text()
        _only(signature, kind, fields)
        if curve != b"nistp256":
            raise BadSignature("its public key names two curves")
        raw = _dss(value.text())
        _point(curve, point).verify(raw, _touched(value, application, data), ec.ECDSA(hashes.SHA256()))
    else:
        raise BadSignature(f"keys of the type {kind.decode('ascii', 'replace')[:64]!r} are not accepted")


def _only(signature: Signature, kind: bytes, fields: _Fields) -> None:
    fields.end()
    if signature.algorithm != kind:
        raise BadSignature("its algorithm is not that of its key")


def _touched(value: _Fields, application: bytes, data: bytes) -> bytes:
    """What a security key signs (PROTOCOL.u2f), from the rest of its signature."""
    flags, counter = value.take(1), value.take(4)
    value.end()
    if flags[0] & _PRESENT == 0:
        raise BadSignature("the security key was not touched when it signed")
    return hashlib.sha256(application).digest() + flags + counter + hashlib.sha256(data).digest()


def _ed25519(key: bytes) -> ed25519.Ed25519PublicKey:
    try:
        return ed25519.Ed25519PublicKey.from_public_bytes(key)
    except ValueError as error:
        raise BadSignature("its public key is not an Ed25519 key") from error


def _rsa(exponent: int, modulus: int) -> rsa.RSAPublicKey:
    if not _LEAST_RSA_BITS <= modulus.bit_length() <= 16384:
        raise BadSignature(f"its RSA key has {modulus.bit_length()} bits: {_LEAST_RSA_BITS} is the least")
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise BadSignature("its public key is not an RSA key") from error


def _point(curve: bytes, point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve](), point)
    except ValueError as error:
        raise BadSignature("its public key is not a point of its curve") from error


def _dss(blob: bytes) -> bytes:
    """An ECDSA signature as OpenSSH writes it, as `cryptography` reads it."""
    fields = _Fields(blob, "the signature")
    first, second = fields.integer(), fields.integer()
    fields.end()
    return encode_dss_signature(first, second)


def _packed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


class _Fields:
    """Reads what SSH packs (RFC 4251 §5), and nothing beyond its end."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    def take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise BadSignature(f"{self._what} is cut short")
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def text(self) -> bytes:
        return self.take(self.number())

    def integer(self) -> int:
        """A number that is not negative, in the one spelling that it has."""
        text = self.text()
        if text[:1] >= b"\x80" or (text[:1] == b"\x00" and text[1:2] < b"\x80"):
            raise BadSignature(f"{self._what} holds a number that is not spelled as it should be")
        return int.from_bytes(text, "big")

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadSignature(f"{self._what} has something behind its end")
