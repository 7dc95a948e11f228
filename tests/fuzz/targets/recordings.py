"""Files that a broker wrote and root reads: traces, recordings, approvals, the budgets of a day.

The first line says which (`trace`, `recording`, `approvals`), the rest is the SQLite file; or, if it begins with `{`,
rows for its tables as JSON. A file is read, or said to be unreadable; what is drawn of a trace is printable.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from akios_jail import database
from akios_jail.control import approvals
from akios_jail.radar import draw, drawing, otlp, reading, recorded, recording, shape, spans, store
from tests.fuzz.words import has_words

TOKENS = (
    *(b"trace\n", b"recording\n", b"approvals\n", b"SQLite format 3\x00"),
    *(b'"step":[[1,"prompt",1.5,"req_1","{}","{}"]]', b'"edge":[[1,2,"prefix",""]]'),
    *(b'"exchange":[[1,"http",1.5,"req_1","{}",null]]', b'"session":[["agent","\\"a\\""]]', b"CREATE TABLE"),
    *(b"CREATE VIEW", b'"thought"', b'"tool_call"', b'"observation"', b'"decision"', b'"process"'),
    *(b'{\\"input_tokens\\":5}', b'{\\"content\\":\\"x\\"}', b'{\\"args\\":{}}', b"\\u001b[2J", b"253402300799"),
)
_SESSION = "ses_0123456789ab"
_SCHEMAS = {"trace": store._SCHEMA, "recording": recorded.SCHEMA, "approvals": approvals._SCHEMA}


def fuzz(data: bytes) -> None:
    """Read a file."""
    first, _, rest = data.partition(b"\n")
    kind = first.decode("latin-1")
    if kind not in _SCHEMAS:
        return
    with tempfile.TemporaryDirectory(prefix="akios-fuzz-") as folder:
        path = Path(folder) / f"{_SESSION}.db"
        if rest[:1] == b"{":
            if not _filled(path, _SCHEMAS[kind], rest):
                return
        else:
            path.write_bytes(rest)
        _READERS[kind](folder, path)


def _filled(path: Path, schema: str, rows: bytes) -> bool:
    """The file with these rows; False if they are none. `base64:` in a value is a blob."""
    try:
        tables = json.loads(rows)
        connection = database.opened(str(path), schema)
        with contextlib.closing(connection):
            connection.execute("PRAGMA synchronous = OFF")
            for name, told in tables.items():
                for row in told if isinstance(told, list) else ():
                    values = [_value(each) for each in row]
                    marks = ", ".join("?" * len(values))
                    table = "".join(letter for letter in name if letter.isalpha())
                    with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeEncodeError):
                        connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # a file that others wrote
    except (ValueError, TypeError, AttributeError, RecursionError, sqlite3.Error):
        return False
    return True


def _value(told: Any) -> Any:
    if isinstance(told, str) and told.startswith("base64:"):
        return base64.b64decode(told[7:])
    return told if told is None or isinstance(told, (str, int, float)) else json.dumps(told)


def _trace(folder: str, path: Path) -> None:
    try:
        reading.overview(folder, _SESSION)
        trace = reading.read(folder, _SESSION)
    except reading.Unavailable as error:
        has_words(error)
        return
    told = shape.text(shape.document(_SESSION, trace))
    assert all(line.isprintable() for line in told.split("\n"))
    json.loads(told)
    for line in (*draw.lines(trace), *draw.dot(_SESSION, trace), *draw.mermaid(trace)):
        assert all(part.isprintable() for part in line.split("\n"))
    _is_xml("\n".join(drawing.svg(_SESSION, trace)))
    for content in (False, True):
        for batch in spans.batches(spans.spans(_SESSION, trace, content=content)):
            json.loads(otlp.line(1, {"service.name": spans.service(trace)}, ("akios", "0"), batch))


def _is_xml(text: str) -> None:
    from xml.etree import ElementTree

    ElementTree.fromstring(text)


def _recording(folder: str, path: Path) -> None:
    try:
        with recording.opened(folder, _SESSION) as kept:
            for exchange in kept.exchanges():
                assert exchange.kind in recorded.KINDS
                assert 0 <= exchange.port < 65536
                assert all(len(field) == 2 for field in exchange.headers)
    except recording.Unavailable as error:
        has_words(error)


def _approvals(folder: str, path: Path) -> None:
    try:
        kept = approvals.Store(str(path), create=False)
    except approvals.Unavailable as error:
        has_words(error)
        return
    with contextlib.closing(kept):
        try:
            entries = kept.entries(waiting_only=False)
            kept.entries(waiting_only=True)
            kept.changed()
        except approvals.Unavailable as error:
            has_words(error)
            return
        for each in entries:
            assert each.action.canonical()
            with contextlib.suppress(approvals.Refused, approvals.Unavailable):
                kept.decide(each.id, True, "somebody", digest=each.digest)


_READERS = {"trace": _trace, "recording": _recording, "approvals": _approvals}
