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

_quoted = json.encoder.encode_basestring_ascii
_written = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Entry(NamedTuple):
    """One record to be: its type, its session ("" for a record of the log itself), and fields that are JSON-ready."""

    type: str
    session: str
    fields: dict[str, Any]


class Spelled(NamedTuple):
    """An entry with what `spell` gives for it: done ahead, where nobody waits for it."""

    type: str
    session: str
    fields: dict[str, Any]
    spelled: str


def timestamp(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def spell(kind: str, fields: dict[str, Any]) -> str:
    """The part of a record that does not depend on when and where it is recorded. `ValueError` as `encode`."""
    if clash := RESERVED & fields.keys():
        raise ValueError(f"an audit record's fields may not be named {', '.join(sorted(clash))}")
    return _written({"type": kind, **fields})[1:]


def encode(when: str, session: str, n: int, kind: str, fields: dict[str, Any]) -> bytes:
    """The record's bytes. `ValueError` if `fields` uses a reserved name, holds what JSON cannot (NaN too), or is long.

    More than MAX_ENTRY bytes are no entry of the tree.
    """
    return place(when, session, n, spell(kind, fields))


def place(when: str, session: str, n: int, spelled: str) -> bytes:
    """The bytes of a record that is `spelled`, at its time and number. `ValueError` if it is too long."""
    entry = f'{{"time":{_quoted(when)},"session":{_quoted(session)},"n":{n},{spelled}'.encode("ascii")
    if len(entry) > MAX_ENTRY:
        raise ValueError(
            f"an audit record of {len(entry)} bytes is over the limit of {MAX_ENTRY}: record digests, not payloads"
        )
    return entry
