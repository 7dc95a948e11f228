r"""One audit record: what a line of the log holds, how it is spelled, and how it names the line before it.

A record is one line of ASCII JSON. `seq` counts from 1 without gaps over the whole file, whoever writes. `prev` is the
SHA-256 of the previous line (its bytes without the newline; 64 zeros for the first), so that no line can be changed,
taken out, moved or put in without breaking the chain: `sed -n 41p log.jsonl | tr -d '\n' | sha256sum` gives the `prev`
of record 42. `digest` stands last and covers every byte before it; with it a damaged line is told apart from a missing
one, and damage shows even in the last line, which no other line vouches for.

Records hold digests and counts, never payloads: whoever may read the log must not thereby read what agents said.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any, NamedTuple

#: `prev` of the first record of a log.
GENESIS = "0" * 64
#: Longest line in bytes, without its newline. It bounds what a writer reads back to find the end of the chain.
MAX_LINE = 64 * 1024
#: Names that the log itself gives to a record; `fields` may not hold them.
RESERVED = frozenset({"seq", "time", "session", "type", "prev", "digest"})

_written = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_DIGEST_KEY = b',"digest":"'
_DIGEST_TAIL = len(_DIGEST_KEY) + 64 + len(b'"}')


class Record(NamedTuple):
    """One record as written or read. `sha256` is of the whole line: the `prev` of the next one, and a log's head."""

    seq: int
    time: str  # RFC 3339, UTC, milliseconds
    session: str  # "" for records of the log itself
    type: str  # session.start | session.end | verdict | session.violation | log.recovered
    fields: dict[str, Any]
    prev: str
    sha256: str


class Malformed(ValueError):
    """A line that is not a record: not JSON, not this shape, or its digest does not fit its bytes."""


def timestamp(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def encode(seq: int, when: str, session: str, kind: str, fields: dict[str, Any], prev: str) -> tuple[bytes, Record]:
    """The line (without newline) and the record that it holds.

    `ValueError` when `fields` uses a reserved name, holds what JSON cannot (NaN too), or the line is over MAX_LINE.
    """
    if clash := RESERVED & fields.keys():
        raise ValueError(f"an audit record's fields may not be named {', '.join(sorted(clash))}")
    document = {"seq": seq, "time": when, "session": session, "type": kind, **fields, "prev": prev}
    body = _written(document).encode("ascii")[:-1]
    line = b'%b%b%b"}' % (body, _DIGEST_KEY, hashlib.sha256(body).hexdigest().encode())
    if len(line) > MAX_LINE:
        raise ValueError(
            f"an audit record of {len(line)} bytes is over the limit of {MAX_LINE}: record digests, not payloads"
        )
    return line, Record(seq, when, session, kind, fields, prev, hashlib.sha256(line).hexdigest())


def decode(line: bytes) -> Record:
    """The record in one line (without newline); `Malformed`, saying what is wrong, if its bytes are not as written."""
    body, tail = line[:-_DIGEST_TAIL], line[-_DIGEST_TAIL:]
    if not (tail.startswith(_DIGEST_KEY) and tail.endswith(b'"}')):
        raise Malformed("the line does not end in a digest")
    if tail[len(_DIGEST_KEY) : -2] != hashlib.sha256(body).hexdigest().encode():
        raise Malformed("the line's bytes do not fit its digest")
    try:
        document = json.loads(line)
    except ValueError as error:
        raise Malformed("the line is not JSON") from error
    if not isinstance(document, dict):
        raise Malformed("the line is not a JSON object")
    seq, prev = document.pop("seq", None), document.pop("prev", None)
    words = [document.pop(name, None) for name in ("time", "session", "type", "digest")]
    if type(seq) is not int or seq < 1 or not isinstance(prev, str) or len(prev) != 64:
        raise Malformed("the record lacks its number or its link")
    when, session, kind, _ = words
    if not (isinstance(when, str) and isinstance(session, str) and isinstance(kind, str)):
        raise Malformed("the record lacks its time, session or type")
    return Record(seq, when, session, kind, document, prev, hashlib.sha256(line).hexdigest())


def claimed_seq(line: bytes) -> int | None:
    """The number that a damaged line still seems to carry, for naming it; None if it cannot be read."""
    digits = line[len(b'{"seq":') : 32].split(b",", 1)[0]
    return int(digits) if line.startswith(b'{"seq":') and digits.isdigit() else None
