"""JSON read so strictly that no two parsers can disagree about it.

What the broker decides on must be what the provider reads. A document that parsers read differently (a key given
twice, `NaN`, bytes that are not UTF-8, half a surrogate pair) could say one thing here and another there; RFC 8259
leaves all of these to the reader, so they are refused. What is accepted is written again from the parsed value, in
the same order.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from akios_jail.policy import json_size

#: Deeper nesting than this is refused; the deepest tool schemas met in practice stay below forty.
MAX_DEPTH = 128


class Unreadable(Exception):
    """The bytes are not what this wire format may carry. The message is a clause for people: what is wrong with it."""


def loads(data: bytes | str, max_depth: int = MAX_DEPTH) -> Any:
    """The parsed value. `Unreadable` for anything that is not JSON or that another parser might read otherwise."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 (byte {error.start})") from None
    if excess := json_size.excess(text):
        raise Unreadable(excess)
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON ({error.msg} at character {error.pos})") from None
    except RecursionError:
        raise Unreadable(f"it is nested more than {max_depth} levels deep") from None
    except ValueError:  # the interpreter's bound on the digits of one integer
        raise Unreadable("it holds a number with too many digits") from None
    # As many levels as there are brackets: most documents have too few to be too deep, and need not be walked.
    if text.count("{") + text.count("[") > max_depth and _depth(value) > max_depth:
        raise Unreadable(f"it is nested more than {max_depth} levels deep")
    try:
        text.encode("utf-8")
        if "\\u" in text:
            dumps(value)  # an escape may name half a surrogate pair, which no UTF-8 text can hold
    except UnicodeEncodeError:
        raise Unreadable("it holds half of a surrogate pair") from None
    return value


def loads_object(data: bytes | str) -> dict[str, Any]:
    """The parsed object. `Unreadable` also for any other JSON value."""
    value = loads(data)
    if not isinstance(value, dict):
        raise Unreadable("it is not an object")
    return value


def dumps(value: Any) -> bytes:
    """The value as compact JSON in UTF-8, keys in their order."""
    return _encode(value).encode("utf-8")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Unreadable(f"it gives the key {key[:80]!r} twice")
            seen.add(key)
    return value


def _constant(name: str) -> NoReturn:
    raise Unreadable(f"it holds {name}, which is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Unreadable("it holds a number that no double can hold")
    return value


def _depth(value: Any) -> int:
    depth = 0
    level = [value] if isinstance(value, (dict, list)) else []
    while level:
        depth += 1
        below: list[Any] = []
        for item in level:
            children = item.values() if isinstance(item, dict) else item
            below.extend(child for child in children if isinstance(child, (dict, list)))
        level = below
    return depth


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
