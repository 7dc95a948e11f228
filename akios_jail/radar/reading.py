"""Reads a trace back. Whoever reads may be root and whoever wrote is not, so that nothing in the file is believed: it
is read as data, within bounds, and what is not of its shape is refused."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from akios_jail.radar import rows, store
from akios_jail.radar.rows import Rows
from akios_jail.radar.steps import EDGE_TYPES, STEP_TYPES, Edge, Step
from akios_jail.radar.store import MAX_PAYLOAD, MAX_PAYLOADS, MAX_STEPS, NAME

#: No value in a file is longer, in bytes.
_LONGEST: Final = 8 * MAX_PAYLOAD
#: All texts of a trace together, in characters: some pages of a file can be shown as more rows than any memory holds.
_MOST: Final = 2 * MAX_PAYLOADS
_TABLES: Final = {"session", "step", "edge"}
#: Beyond, a time is no moment that can be told (the end of the year 9999).
_LATEST: Final = 253_402_300_799

Kind = TypeVar("Kind")


class Trace(NamedTuple):
    """A session's trace as it was read. `session`: what is known of it as a whole, by name."""

    session: dict[str, Any]
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]


class Unavailable(Exception):
    """A trace cannot be read; the text says why."""


def read(folder: str, session: str, opened: rows.Open = rows.opened) -> Trace:
    """The trace of a session as far as it has come. `opened`: how its file is. `Unavailable` if there is none, or it is
    damaged."""
    return _opened(folder, session, opened, _read)


def overview(folder: str, session: str, opened: rows.Open = rows.opened) -> tuple[dict[str, Any], int]:
    """What is known of a session as a whole, and how many steps its trace has. `Unavailable` as for `read`."""
    return _opened(folder, session, opened, _overview)


def _opened(folder: str, session: str, opened: rows.Open, use: Callable[[Rows], Kind]) -> Kind:
    """What `use` finds in the file of a trace."""
    path = os.path.join(folder, f"{session}.db")
    if not NAME.fullmatch(f"{session}.db"):
        raise Unavailable(f"there is no trace of {session}")
    try:
        if not stat.S_ISREG(store.status(path).st_mode):
            raise ValueError("it is no regular file")
        with opened(path, _LONGEST) as file:
            return use(file)
    except FileNotFoundError:
        raise Unavailable(f"there is no trace of {session}") from None
    except (sqlite3.Error, ValueError, TypeError, OSError, RecursionError) as error:
        raise Unavailable(f"the trace of {session} cannot be read: {error}") from error


def _overview(file: Rows) -> tuple[dict[str, Any], int]:
    facts = _facts(file)
    ((count,),) = file.ask("SELECT count(*) FROM step")
    return facts, _of(count, int)


def _facts(file: Rows) -> dict[str, Any]:
    found = islice(file.ask("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL LIMIT 16"), 16)
    if set(found) != {("table", name) for name in _TABLES}:  # a view could be anything
        raise ValueError("it is not laid out as a trace")
    facts = islice(file.ask("SELECT name, value FROM session LIMIT 64"), 64)
    return {_of(name, str): json.loads(_of(value, str)) for name, value in facts}


def _read(file: Rows) -> Trace:
    facts = _facts(file)
    steps = tuple(_step(row) for row in _rows(file, "SELECT * FROM step ORDER BY number"))
    numbers = {step.number for step in steps}
    edges = tuple(
        edge
        for row in _rows(file, "SELECT * FROM edge ORDER BY rowid")
        if (edge := _edge(row)).source in numbers and edge.target in numbers  # it may have grown between the two
    )
    return Trace(facts, steps, edges)


def _rows(file: Rows, query: str) -> Iterator[Any]:
    size = 0
    for count, row in enumerate(file.ask(query)):
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if count >= 4 * MAX_STEPS or size > _MOST:
            raise ValueError("it has more in it than a trace may have")
        yield row


def _step(row: Any) -> Step:
    number, type, time, request_id, fields, payload = row
    if type not in STEP_TYPES:
        raise ValueError("it has a step of an unknown type")
    if not (_of(number, int) >= 0 and math.isfinite(_of(time, float)) and 0 <= time <= _LATEST):
        raise ValueError("it has a step at no place or time")
    said = _of(json.loads(_of(fields, str)), dict)
    if payload is None:
        said = {**said, "shed": True}
    return Step(number, type, time, _of(request_id, str), said, _of(json.loads(payload or "{}"), dict))


def _edge(row: Any) -> Edge:
    source, target, type, evidence = row
    if type not in EDGE_TYPES:
        raise ValueError("it has an edge of an unknown type")
    return Edge(_of(source, int), _of(target, int), type, _of(evidence, str))


def _of(value: Any, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind):
        raise ValueError(f"it has a {type(value).__name__} in the place of a {kind.__name__}")
    return value
