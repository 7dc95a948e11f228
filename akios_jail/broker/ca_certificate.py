"""The certificate of a session's own authority, written byte by byte: agents wait for it, and nothing else is slower.

The classes that make certificates in general take longer to load than all else that happens before the agent starts.
This one differs between sessions in its name, serial number, times and key, and in nothing else. DER is X.690, the
certificate RFC 5280; tests hold that `cryptography` makes the same bytes of the same values.
"""

from __future__ import annotations

import binascii
import hashlib
import time
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_BOOLEAN, _INTEGER, _BITS, _OCTETS, _OID, _UTF8, _UTC_TIME, _TIME = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0C, 0x17, 0x18
_SEQUENCE, _SET, _VERSION, _EXTENSIONS = 0x30, 0x31, 0xA0, 0xA3
#: A time in this year or later is written with four digits of it (RFC 5280, 4.1.2.5).
_FOUR_DIGITS: Final = 2050
_MAX_COMMON_NAME: Final = 64


def sign(key: ec.EllipticCurvePrivateKey, common_name: str, serial: int, begins: int, ends: int) -> bytes:
    """A certificate in DER with which `key`, which is on P-256, vouches for itself as an authority without others below
    it. `begins` and `ends` are Unix seconds. `ValueError` if the name is none."""
    if not 0 < len(common_name.encode()) <= _MAX_COMMON_NAME:
        raise ValueError(f"a certificate's common name has 1 to {_MAX_COMMON_NAME} bytes")
    point = public_point(key)
    name = _name(common_name)
    body = _der(
        _SEQUENCE,
        _der(_VERSION, _integer(2)),  # that is version 3
        _integer(serial),
        _ECDSA_WITH_SHA256,
        name,
        _der(_SEQUENCE, _time(begins), _time(ends)),
        name,
        _der(_SEQUENCE, _P256, _der(_BITS, b"\0", point)),
        _der(
            _EXTENSIONS,
            _der(
                _SEQUENCE,
                _extension(b"\x55\x1d\x13", _der(_SEQUENCE, _TRUE, _integer(0)), critical=True),  # basicConstraints
                _extension(b"\x55\x1d\x0f", _der(_BITS, b"\x01\x06"), critical=True),  # keyUsage: keyCertSign, cRLSign
                _extension(b"\x55\x1d\x0e", _der(_OCTETS, hashlib.sha1(point, usedforsecurity=False).digest())),
            ),
        ),
    )
    return _der(_SEQUENCE, body, _ECDSA_WITH_SHA256, _der(_BITS, b"\0", key.sign(body, ec.ECDSA(hashes.SHA256()))))


def pem(certificate: bytes) -> str:
    """A certificate as text."""
    text = binascii.b2a_base64(certificate, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key on P-256, not compressed (SEC 1, 2.3.3)."""
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _name(common_name: str) -> bytes:
    attribute = _der(_SEQUENCE, _der(_OID, b"\x55\x04\x03"), _der(_UTF8, common_name.encode()))
    return _der(_SEQUENCE, _der(_SET, attribute))


def _time(seconds: int) -> bytes:
    when = time.gmtime(seconds)
    if when.tm_year < _FOUR_DIGITS:
        return _der(_UTC_TIME, time.strftime("%y%m%d%H%M%SZ", when).encode())
    return _der(_TIME, time.strftime("%Y%m%d%H%M%SZ", when).encode())


def _extension(oid: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return _der(_SEQUENCE, _der(_OID, oid), _TRUE if critical else b"", _der(_OCTETS, value))


_TRUE = _der(_BOOLEAN, b"\xff")
_ECDSA_WITH_SHA256 = _der(_SEQUENCE, _der(_OID, b"\x2a\x86\x48\xce\x3d\x04\x03\x02"))
_P256 = _der(_SEQUENCE, _der(_OID, b"\x2a\x86\x48\xce\x3d\x02\x01"), _der(_OID, b"\x2a\x86\x48\xce\x3d\x03\x01\x07"))
