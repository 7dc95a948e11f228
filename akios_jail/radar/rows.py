"""Rows of a database file that somebody else wrote: read here, or by a process that has no rights to lose.

SQLite follows what lies beside a file: a log, or a journal with the name of another file in it, which it deletes. So
whoever is root, and reads what a broker may have written, lets a child do that which has the brokers' rights
(`launcher.behalf`), and asks it for rows over two pipes. What comes from there is as hostile as the file: it is read as
data, within bounds.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final, NoReturn, Protocol

from akios_jail import database

Value = int | float | str | bytes | None
Row = tuple[Value, ...]

#: So many rows, or bytes of texts and blobs, go over the pipe at once; one row always does.
_ROWS: Final = 256
_BYTES: Final = 1024 * 1024
#: An answer, in bytes: what says how long everything is, and the texts and blobs in so many of the longest values.
_MOST: Final = 1024 * 1024
_LONGEST_VALUES: Final = 8
#: A folder that keeps its reader waiting for an answer does so for no longer, in seconds.
PATIENCE_S: Final = 30.0
_SIZES: Final = struct.Struct(">IQ")
_REFUSAL: Final = 500


class Rows(Protocol):
    """An open file."""

    def ask(self, query: str, *parameters: Value) -> Iterator[Row]:
        """The rows that a query finds, one by one. `sqlite3.Error` where the file is not as it should be."""


#: Opens a file for reading, in which no value may be longer than so many bytes.
Open = Callable[[str, int], AbstractContextManager[Rows]]


class _Here:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ask(self, query: str, *parameters: Value) -> Iterator[Row]:
        return self._connection.execute(query, parameters)


@contextlib.contextmanager
def opened(path: str, longest: int) -> Iterator[Rows]:
    """Read by this process. `sqlite3.Error` if it is no database."""
    connection = database.opened(path)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        yield _Here(connection)
    finally:
        connection.close()


def serve(folder: str, requests: int, answers: int) -> None:
    """Answer the requests of one `Elsewhere`, until it is gone. For a process of its own.

    The first names a file below `folder`, the others ask for rows of it.
    """
    try:
        first = _received(requests)
        with opened(os.path.join(folder, str(first["open"])), int(first["longest"])) as file:
            _send(answers, {})
            _answer(file, requests, answers)
    except EOFError:
        return
    except Exception as error:
        _send(answers, {"error": f"{error}"[:_REFUSAL]})


def _answer(file: Rows, requests: int, answers: int) -> NoReturn:
    """Until there are no more requests: `EOFError`."""
    found: dict[int, Iterator[Row]] = {}
    while True:
        asked = _received(requests)
        number = int(asked["number"])
        if "query" in asked:
            found[number] = file.ask(asked["query"], *asked["parameters"])
        elif "enough" in asked:
            found.pop(number, None)
            continue
        if not _send_rows(answers, found[number]):
            del found[number]


class Elsewhere:
    """Rows that another process reads (`serve`). `longest`: no value is longer, in bytes."""

    def __init__(self, path: str, longest: int, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        self._most = _LONGEST_VALUES * longest
        self._number = 0
        self._told({"open": path, "longest": longest})
        self._heard()

    def ask(self, query: str, *parameters: Value) -> Iterator[Row]:
        """As `Rows.ask`."""
        self._number += 1
        number, more = self._number, True
        self._told({"number": number, "query": query, "parameters": parameters})
        try:
            rows, more = self._rows()
            yield from rows
            while more:
                self._told({"number": number})
                rows, more = self._rows()
                yield from rows
        finally:
            if more:
                with contextlib.suppress(sqlite3.Error):
                    self._told({"number": number, "enough": True})

    def _rows(self) -> tuple[list[Row], bool]:
        head, data = self._heard()
        try:
            cut = _Cut(data)
            rows = [tuple(cut.value(each) for each in row) for row in head["rows"]]
            if head["more"] is True and not rows:
                raise ValueError("nothing, and more of it")
            return rows, head["more"] is True
        except (ValueError, TypeError, KeyError, LookupError) as error:
            raise sqlite3.DatabaseError(f"what reads it answers something else: {error}") from error

    def _told(self, request: dict[str, Any]) -> None:
        try:
            _send(self._requests, request)
        except OSError as error:
            raise sqlite3.OperationalError("what reads it has ended") from error

    def _heard(self) -> tuple[dict[str, Any], bytes]:
        try:
            size, more = _SIZES.unpack(self._read(_SIZES.size))
            if size > _MOST or more > self._most:
                raise ValueError("too much at once")
            head = json.loads(self._read(size))
            if not isinstance(head, dict):
                raise TypeError("no object")
            data = self._read(more)
        except (ValueError, TypeError, RecursionError) as error:
            raise sqlite3.DatabaseError(f"what reads it answers something else: {error}") from error
        except (OSError, EOFError) as error:
            raise sqlite3.OperationalError("what reads it has ended") from error
        if "error" in head:
            raise sqlite3.DatabaseError(str(head["error"])[:_REFUSAL])
        return head, data

    def _read(self, size: int) -> bytes:
        data = bytearray()
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while len(data) < size:
            if not poll.poll(PATIENCE_S * 1000):
                raise sqlite3.OperationalError(f"there is no answer within {PATIENCE_S:g} s")
            chunk = os.read(self._answers, min(size - len(data), 1 << 20))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)


class _Cut:
    """Texts and blobs, one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def value(self, told: Any) -> Value:
        """The value that a row has: itself, or a kind and so many bytes."""
        if told is None or type(told) in (int, float):
            return told  # type: ignore[no-any-return]
        kind, size = told
        if type(size) is not int or not 0 <= size <= len(self._data) - self._at:
            raise ValueError("a length that is none")
        data = self._data[self._at : self._at + size]
        self._at += size
        return data.decode() if kind == "text" else data


def _send_rows(answers: int, found: Iterator[Row]) -> bool:
    """Some more of them; whether there may be others."""
    rows: list[list[Any]] = []
    data = bytearray()
    more = False
    for row in found:
        told: list[Any] = []
        for value in row:
            if isinstance(value, str | bytes):
                raw = value.encode() if isinstance(value, str) else value
                told.append(("text" if isinstance(value, str) else "blob", len(raw)))
                data += raw
            else:
                told.append(value)
        rows.append(told)
        if len(rows) >= _ROWS or len(data) >= _BYTES:
            more = True
            break
    _send(answers, {"rows": rows, "more": more}, bytes(data))
    return more


def _send(fd: int, head: dict[str, Any], data: bytes = b"") -> None:
    text = json.dumps(head).encode()
    view = memoryview(_SIZES.pack(len(text), len(data)) + text + data)
    while view:
        view = view[os.write(fd, view) :]


def _received(fd: int) -> dict[str, Any]:
    """One request. `EOFError` if there will be none."""
    size, _ = _SIZES.unpack(_exactly(fd, _SIZES.size))
    request: dict[str, Any] = json.loads(_exactly(fd, size))
    return request


def _exactly(fd: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = os.read(fd, size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)
