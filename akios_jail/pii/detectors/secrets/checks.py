"""Check digits that providers build into their keys.

GitHub and npm end a token in the CRC-32 of its random part, as six digits of base 62; Grafana in eight of base 16. Age
and Nostr keys are Bech32 (BIP 173), keys of extended wallets Base58Check.
"""

from __future__ import annotations

import hashlib
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def crc32_base62(token: str) -> bool:
    """`ghp_` or `npm_`, 30 random characters, and six of checksum."""
    random = token.partition("_")[2]
    number = zlib.crc32(random[:-6].encode())
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0") == random[-6:]


def crc32_hex(token: str) -> bool:
    """`glsa_`, 32 random characters, `_`, and eight of checksum over what is before them."""
    before, _, given = token.rpartition("_")
    return f"{zlib.crc32(before.encode()):08x}" == given.lower()


def bech32(text: str) -> bool:
    """A human-readable part, `1`, data and six characters of checksum; all in one case."""
    lower = text.lower()
    prefix, _, data = lower.rpartition("1")
    if text not in (lower, text.upper()) or any(char not in _BECH32 for char in data):
        return False
    check = 1
    for value in (*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *map(_BECH32.index, data)):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check == 1


def base58check(text: str) -> bool:
    """Base 58 of some bytes and the first four of their double SHA-256."""
    number = 0
    for char in text:
        if char not in _BASE58:
            return False
        number = number * 58 + _BASE58.index(char)
    zeros = len(text) - len(text.lstrip("1"))  # a leading 1 is a leading byte of nothing
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]
