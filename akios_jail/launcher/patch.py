"""The unified diff of two versions of a text, in time that hardly depends on what is in it.

The lines were chosen by an agent, and comparing chosen lines well can take as long as they like: so what lies between
the common beginning and the common end is compared line by line only while that is cheap, and is otherwise given as
replaced, which is as true.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

#: Lines before times lines after, beyond which they are not compared one by one.
_CHEAP: Final = 1_000_000
_CONTEXT: Final = 3

_Opcodes = Sequence[tuple[str, int, int, int, int]]


def unified(old: bytes, new: bytes, old_name: str, new_name: str) -> list[str] | None:
    """The diff's lines, header included and without line ends; [] for equal texts; None if one is not UTF-8 text."""
    try:
        before, after = _lines(old), _lines(new)
    except UnicodeDecodeError:
        return None
    if before == after:
        return []
    hunks = (line for group in _groups(before, after) for line in _hunk(group, before, after))
    return [f"--- {old_name}", f"+++ {new_name}", *hunks]


def _lines(data: bytes) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", data, 0, 1, "a text has no zero byte")
    *lines, last = data.decode().split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])


def _groups(before: list[str], after: list[str]) -> Iterator[_Opcodes]:
    """The differences as difflib's opcodes, in groups with their context."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    # More of what is common than the context has no part in the outcome.
    skip, drop = max(0, start - _CONTEXT), max(0, end - _CONTEXT)
    old, new = before[skip : len(before) - drop], after[skip : len(after) - drop]
    if (len(before) - start - end) * (len(after) - start - end) <= _CHEAP:
        groups: list[_Opcodes] = list(difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT))
    else:
        head, tail = start - skip, end - drop
        i, j = len(old) - tail, len(new) - tail
        equal = [("equal", 0, head, 0, head), ("replace", head, i, head, j), ("equal", i, len(old), j, len(new))]
        groups = [[code for code in equal if code[1] < code[2] or code[3] < code[4]]]
    for group in groups:
        yield [(tag, i1 + skip, i2 + skip, j1 + skip, j2 + skip) for tag, i1, i2, j1, j2 in group]


def _common(before: list[str], after: list[str]) -> int:
    """How many lines two texts have in common at the start."""
    for count, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return count
    return min(len(before), len(after))


def _hunk(group: _Opcodes, before: list[str], after: list[str]) -> Iterator[str]:
    yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            yield from _marked(" ", before[i1:i2])
        else:
            yield from _marked("-", before[i1:i2])
            yield from _marked("+", after[j1:j2])


def _range(start: int, stop: int) -> str:
    """Lines counted from 1, as POSIX diff writes them: an empty range names the line before it."""
    length = stop - start
    return f"{start + 1}" if length == 1 else f"{start + (1 if length else 0)},{length}"


def _marked(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
