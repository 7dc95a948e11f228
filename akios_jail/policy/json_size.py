"""How much a JSON text holds, counted before it is parsed.

Three bytes of it can become eighty in memory, and a body of 32 MiB a gigabyte, for seconds in which nothing else of the
process runs. What people and programs say to each other is made of far fewer and larger pieces.
"""

from __future__ import annotations

import re
from typing import Final

MAX_CONTAINERS: Final = 500_000
MAX_VALUES: Final = 4_000_000

_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_STRING: Final = re.compile(r'"[^"]*"')


def excess(text: str) -> str:
    """A clause about what this text has too many of, "" if it has not. What is no JSON is counted all the same."""
    if len(text) <= MAX_CONTAINERS:
        return ""
    if _too_many(text) and (found := _too_many(_STRING.sub("", _ESCAPE.sub("", text)))):
        return found  # outside of strings, too
    return ""


def _too_many(text: str) -> str:
    if text.count("{") + text.count("[") > MAX_CONTAINERS:
        return f"it has more than {MAX_CONTAINERS:,} objects and lists"
    if text.count(",") >= MAX_VALUES:
        return f"it has more than {MAX_VALUES:,} values"
    return ""
