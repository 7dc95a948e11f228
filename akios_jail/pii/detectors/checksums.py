"""Check digits that several kinds of numbers share."""

from __future__ import annotations

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_VALUES = {char: str(int(char, 36)) for char in "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def luhn(digits: str) -> bool:
    """Whether the last of these ASCII digits is right by ISO/IEC 7812 ("modulus 10")."""
    total = 0
    odd = len(digits) % 2
    for index, digit in enumerate(digits):
        value = ord(digit) - 48
        total += value if index % 2 != odd else _DOUBLED[value]
    return total % 10 == 0


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of digit times weight."""
    return sum((ord(digit) - 48) * weight for digit, weight in zip(digits, weights, strict=False))


def mod_97(letters: str) -> int:
    """The remainder of ISO 7064 MOD 97-10, where a letter counts 10 to 35."""
    return int("".join(map(_VALUES.__getitem__, letters))) % 97
