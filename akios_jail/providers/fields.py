"""Reading single fields of a hostile document: the right type, or `Unreadable` with the field's name."""

from __future__ import annotations

import functools
from collections.abc import Set
from typing import Any

from akios_jail.providers.strictjson import Unreadable

#: More than any model writes or reads; larger numbers in a call or a usage report are nonsense.
MAX_COUNT = 10_000_000_000


def no_lookalikes(document: dict[str, Any], names: Set[str]) -> None:
    """`Unreadable` if a key is one of `names` in another case: some servers (Go's JSON) take it for that one."""
    folded = _folded(frozenset(names))
    for key in document:
        if key not in names and key.casefold() in folded:
            raise Unreadable(f"its key {key[:60]!r} may be taken for {folded[key.casefold()]}")


@functools.cache
def _folded(names: frozenset[str]) -> dict[str, str]:
    return {name.casefold(): name for name in names}


def text(document: dict[str, Any], key: str) -> str:
    """A string that must be there and not be empty."""
    value = document.get(key)
    if not isinstance(value, str) or value == "":
        raise Unreadable(f"its {key} is missing or not a string")
    return value


def flag(document: dict[str, Any], key: str) -> bool:
    """A boolean; absent or null is False."""
    value = document.get(key)
    if value is None or value is False:
        return False
    if value is True:
        return True
    raise Unreadable(f"its {key} is neither true nor false")


def positive(document: dict[str, Any], key: str) -> int | None:
    """A whole number above zero; None if absent or null."""
    value = document.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= MAX_COUNT:
        raise Unreadable(f"its {key} is not a whole number above zero")
    return value


def objects(document: dict[str, Any], key: str, required: bool = False) -> list[dict[str, Any]]:
    """A list of objects; absent or null is the empty list unless `required`."""
    value = document.get(key)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"its {key} is not a list of objects")
    for item in value:  # asked of every event of a stream: no generator
        if not isinstance(item, dict):
            raise Unreadable(f"its {key} is not a list of objects")
    return value


def count(usage: dict[str, Any], *keys: str) -> int:
    """A token count at this path of a usage report; absent or null is 0. `Unreadable` for anything but a count."""
    value: Any = usage
    for key in keys:
        if not isinstance(value, dict):
            raise Unreadable(f"its usage has no readable {'.'.join(keys)}")
        value = value.get(key)
        if value is None:
            return 0
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise Unreadable(f"its usage has no readable {'.'.join(keys)}")
    return value


def number(document: dict[str, Any], key: str) -> float | None:
    """A number; None if absent or null."""
    value = document.get(key)
    if value is not None and type(value) not in (int, float):
        raise Unreadable(f"its {key} is not a number")
    return value


def texts(document: dict[str, Any], key: str) -> list[str]:
    """A list of strings; absent or null is the empty list."""
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unreadable(f"its {key} is not a list of strings")
    return value


def string(document: dict[str, Any], key: str) -> str:
    """A string that must be there, and may be empty."""
    value = document.get(key)
    if not isinstance(value, str):
        raise Unreadable(f"its {key} is missing or not a string")
    return value
