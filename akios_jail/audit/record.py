"""One audit record to be: what an entry of the log shall hold, and how it is spelled. `leaf` reads it back.

A record is ASCII JSON in one line. `n` counts the records of a session from 1 without gaps, so that one that is missing
shows; which place a record has among those of all sessions is its index in the tree, and not for it to say. Nothing in
a record vouches for it: the tree does, of which its bytes are a leaf.

Records hold digests and counts, never payloads: whoever may read the log must not thereby read what agents said.
"""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from akios_jail.audit.bundle import MAX_ENTRY

#: Names that the log itself gives to a record; `fields` may not hold them.
RESERVED = frozenset({"time", "session", "n", "type"})

_written = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Entry(NamedTuple):
    """One record to be: its type, its session ("" for a record of the log itself), and fields that are JSON-ready."""

    type: str
    session: str
    fields: dict[str, Any]


def timestamp(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def encode(when: str, session: str, n: int, kind: str, fields: dict[str, Any]) -> bytes:
    """The record's bytes. `ValueError` if `fields` uses a reserved name, holds what JSON cannot (NaN too), or is long.

    More than MAX_ENTRY bytes are no entry of the tree.
    """
    if clash := RESERVED & fields.keys():
        raise ValueError(f"an audit record's fields may not be named {', '.join(sorted(clash))}")
    entry = _written({"time": when, "session": session, "n": n, "type": kind, **fields}).encode("ascii")
    if len(entry) > MAX_ENTRY:
        raise ValueError(
            f"an audit record of {len(entry)} bytes is over the limit of {MAX_ENTRY}: record digests, not payloads"
        )
    return entry
