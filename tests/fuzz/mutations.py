"""Small changes of a message: what hypothesis draws, and what atheris does beside its own mutations.

Bytes are changed anywhere; where a part of a message is JSON its values are changed, too, so that what comes of it is
still JSON and gets past whoever reads only that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

#: What stands in the place of a value of JSON.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 10**6, 2**31, 2**63, 2**64, 10**40, 0.5, -0.0, 1e308, "", "x", "0", " ", "null"),
    *([], {}, [None], [[]], [{}], {"": ""}, {"type": "text", "text": "x"}, "\u2028", "\U0001f600", "\x00", "\x1b[2J"),
    *("é" * 40, "a" * 300, [1] * 40, {"a": {"b": {"c": [{}]}}}, "data: {}\n\n", "[EMAIL_1]", "jane@example.com"),
)
_BYTES = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\r\n", b"\n", b"\r", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":")
_WORDS = (
    *(b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\\ud800", b"\\u0000", b"NaN", b"1e999", b"-0", b"9" * 25),
    *(b"  ", b"\t", b";", b"=", b"%00", b"%2e%2e%2f", b"../", b"*", b"**", b"0x10", b"1" * 5000, b"[" * 300),
)
#: No message grows larger.
LONGEST = 64 * 1024


class Change(NamedTuple):
    """One change. Its numbers are taken round the end of whatever they choose from."""

    kind: int
    at: int
    length: int
    value: int


def changed(data: bytes, changes: Sequence[Change], tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The message with these changes. `tokens`: words of its format; `others`: further messages."""
    words = (*tokens, *_WORDS, *_BYTES)
    for change in changes:
        data = _KINDS[change.kind % len(_KINDS)](data, change, words, others)[:LONGEST]
    return data


def some(random: Random, most: int = 4) -> list[Change]:
    """A few changes."""
    return [
        Change(random.randrange(len(_KINDS)), random.randrange(1 << 16), random.randrange(1, 64), random.randrange(999))
        for _ in range(random.randint(1, most))
    ]


def _span(data: bytes, change: Change) -> tuple[int, int]:
    start = change.at % (len(data) + 1)
    return start, min(len(data), start + change.length)


def _byte(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start = change.at % (len(data) + 1)
    return data[:start] + bytes((change.value % 256,)) + data[start + 1 :]


def _bit(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start = change.at % (len(data) + 1)
    return data[:start] + bytes(byte ^ 1 << change.value % 8 for byte in data[start : start + 1]) + data[start + 1 :]


def _delete(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start, end = _span(data, change)
    return data[:start] + data[end:]


def _copy(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start, end = _span(data, change)
    there = change.value * 31 % (len(data) + 1)
    return data[:there] + data[start:end] + data[there:]


def _repeat(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start, end = _span(data, change)
    return data[:start] + data[start:end] * (change.value % 40) + data[end:]


def _insert(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start = change.at % (len(data) + 1)
    return data[:start] + words[change.value % len(words)] + data[start:]


def _overwrite(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    start, end = _span(data, change)
    return data[:start] + words[change.value % len(words)] + data[end:]


def _splice(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    if not others:
        return data
    other = others[change.value % len(others)]
    start, end = _span(other, change._replace(length=change.length * 8))
    there = change.at % (len(data) + 1)
    return data[:there] + other[start:end] + data[there:]


def _line(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """A line taken out, twice, or behind another."""
    lines = data.split(b"\n")
    line = lines.pop(change.at % len(lines))
    if change.value % 3:
        lines[change.length % (len(lines) + 1) : 0] = [line] * (change.value % 3)
    return b"\n".join(lines)


def _json(data: bytes, change: Change, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """A value of JSON exchanged, taken out, or put in twice."""
    found = _documents(data)
    if not found:
        return data
    start, end, document = found[change.length % len(found)]
    holder: list[Any] = [document]
    places = list(_places(holder))
    parent, key = places[change.at % len(places)]
    value = change.value % (len(ODD) + 6)
    if value < len(ODD):
        parent[key] = ODD[value]
    elif value == len(ODD) and parent is not holder:
        del parent[key]
    elif value == len(ODD) + 1 and isinstance(parent, list):
        parent.insert(key, parent[key])
    elif value == len(ODD) + 2 and isinstance(parent, dict):
        parent[words[change.length % len(words)].decode("latin-1")[:40]] = parent[key]
    elif value == len(ODD) + 3:
        other, there = places[change.length * 7 % len(places)]
        if not _holds(parent[key], other):
            other[there] = parent[key]
    elif value == len(ODD) + 4:
        parent[key] = json.dumps(parent[key])
    else:
        parent[key] = [parent[key]]
    try:
        text = json.dumps(holder[0], ensure_ascii=change.at % 2 == 0).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return data
    return data[:start] + text + data[end:]


def _documents(data: bytes) -> list[tuple[int, int, Any]]:
    """Parts of the message that are JSON objects or arrays: all of it, what follows a line, a line from its first
    bracket on."""
    starts = {0}
    at = -1
    for _ in range(40):
        at = data.find(b"\n", at + 1)
        if at < 0:
            break
        starts.add(at + 1)
    found: list[tuple[int, int, Any]] = []
    for start in sorted(starts):
        line = data.find(b"\n", start)
        begins = min((place for sign in (b"{", b"[") if (place := data.find(sign, start)) >= 0), default=-1)
        for end in {len(data), line if line >= 0 else len(data)}:
            if not start <= begins < end:
                continue
            try:
                document = json.loads(data[begins:end])
            except (ValueError, RecursionError):
                continue
            if isinstance(document, (dict, list)) and (begins, end) not in [(one[0], one[1]) for one in found]:
                found.append((begins, end, document))
    return found


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every value in it, as what holds it and the key there."""
    found: list[tuple[Any, Any]] = []
    rest = [value]
    while rest and len(found) < 5000:
        holder = rest.pop()
        for key, child in list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder)):
            found.append((holder, key))
            if isinstance(child, (dict, list)):
                rest.append(child)
    return found


def _holds(value: Any, other: Any) -> bool:
    """Whether `other` is in `value`, so that putting this into that would have no end."""
    return value is other or any(holder is other for holder, _ in _places([value]))


_KINDS = (_byte, _bit, _delete, _copy, _repeat, _insert, _overwrite, _splice, _line, _json, _json, _json, _json)
