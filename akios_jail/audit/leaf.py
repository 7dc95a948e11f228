"""One entry of the log as its readers meet it: JSON of a known shape, or a sentence on what is wrong with it. Pure.

An entry that is in the tree is what was once recorded, and yet whoever recorded it may have been taken over: its words
are the agent's and the world's, and whoever shows them makes them harmless first.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from akios_jail.audit.bundle import MAX_ENTRY

#: The names of a record's own parts; all others are its fields.
_OWN = ("time", "session", "n", "type")


class Leaf(NamedTuple):
    """One record: `n` counts its session's records from 1; `session` is "" for those of the log itself."""

    time: str
    session: str
    n: int
    type: str
    fields: dict[str, Any]


class Malformed(ValueError):
    """Bytes that are no record. The text says why."""


def decode(entry: bytes) -> Leaf:
    """The record in an entry's bytes; `Malformed` if there is none."""
    if len(entry) > MAX_ENTRY:
        raise Malformed("it is longer than any record")
    try:
        document = json.loads(entry.decode("ascii"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not JSON in ASCII") from error
    if not isinstance(document, dict):
        raise Malformed("it is not a JSON object")
    when, session, n, kind = (document.pop(name, None) for name in _OWN)
    if not (isinstance(when, str) and isinstance(session, str) and isinstance(kind, str)):
        raise Malformed("it lacks its time, session or type")
    if type(n) is not int or n < 1:
        raise Malformed("it lacks its number within its session")
    return Leaf(when, session, n, kind, document)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
