"""JSON with some of its values exchanged, and all else as it was written.

An agent that edits a file by quoting a part of it must find that part: blanks, line breaks, escapes and the digits of
numbers stay where nothing was found, which writing the document anew would not do.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Strings, and numbers and words: what stands between the signs of structure.
_LEAF = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\s\[\]{},:"]+', re.DOTALL)


def as_written(text: str, before: Any, after: Any) -> str:
    """`text`, which is the JSON of `before`, as JSON of `after`, of the same structure. `ValueError` if it is not."""
    pieces: list[str] = []
    done = 0
    for leaf, old, new in zip(_LEAF.finditer(text), _leaves(before, []), _leaves(after, []), strict=True):
        if old != new:
            pieces += text[done : leaf.start()], json.dumps(new, ensure_ascii=False)
            done = leaf.end()
    return "".join([*pieces, text[done:]])


def _leaves(value: Any, found: list[Any]) -> list[Any]:
    """The keys and the simple values, in their order."""
    if isinstance(value, dict):
        for key, child in value.items():
            found.append(key)
            _leaves(child, found)
    elif isinstance(value, list):
        for child in value:
            _leaves(child, found)
    else:
        found.append(value)
    return found
