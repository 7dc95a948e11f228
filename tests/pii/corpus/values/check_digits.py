"""The check digits that identity numbers, cards and accounts share."""

from __future__ import annotations

from collections.abc import Iterable

_D5 = [[j + i if j + i < 5 else j + i - 5 for j in range(5)] + [5 + (i + j) % 5 for j in range(5)] for i in range(5)]
_D5 += [[5 + (i - j) % 5 for j in range(5)] + [(i - j) % 5 for j in range(5)] for i in range(5)]


def luhn(digits: str) -> str:
    """The Luhn digit to put after `digits`."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def weighted(digits: str, weights: Iterable[int]) -> int:
    """The sum of digits times weights."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def mod_11_10(digits: str) -> str:
    """ISO 7064, modulus 11, 10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def mod_11_2(digits: str) -> str:
    """ISO 7064, modulus 11, 2: a digit or X."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    return "0123456789X"[(12 - total) % 11]


def verhoeff(digits: str) -> str:
    """Verhoeff's digit: the dihedral group of order ten, and a permutation by place."""
    permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    state = 0
    for place, digit in enumerate(reversed(digits), start=1):
        value = int(digit)
        for _ in range(place % 8):
            value = permutation[value]
        state = _D5[state][value]
    return str(next(digit for digit in range(10) if _D5[state][digit] == 0))
