"""SQLite files that several processes share, from the moment at which the first of them makes one.

SQLite's time-out covers waiting for another's transaction, but neither the change of a new file to write-ahead logging
nor the recovery of a log: two who do these at once find the file locked at once. So opening is tried again for as long.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from typing import Final

#: So long one waits for others, in seconds.
BUSY_S: Final = 5.0
_PAUSE_S: Final = 0.01


def opened(
    path: str,
    schema: str = "",
    *,
    any_thread: bool = False,
    patience: float = BUSY_S,
    page: int = 4096,
    shared: bool = False,
) -> sqlite3.Connection:
    """The file, made if need be, in autocommit mode, with every commit durable (`synchronous=FULL`).

    `schema` are statements that change nothing where all is there; with "" the file is only read and written as it
    is, and must be there. `any_thread`: whoever calls sees to it that one thread at a time uses it. `patience`:
    seconds to wait for others, here and afterwards. `page`: bytes of a page of a file that is made here; a connection
    keeps some in memory from the start. `shared`: one that is made here is its group's too. `sqlite3.Error` if it
    cannot be used.
    """
    _must_be_regular(path, may_be_made=schema != "")
    if schema and shared:
        _make_shared(path)
    database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=not any_thread)
    until = time.monotonic() + patience
    try:
        while True:
            try:
                _prepare(database, schema, page)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                if database.in_transaction:
                    database.execute("ROLLBACK")
                time.sleep(_PAUSE_S)
            else:
                return database
    except BaseException:
        database.close()
        raise


def whole(value: object) -> int:
    """A whole number as a file has it; `sqlite3.DatabaseError` for anything else.

    Whoever can write the file can have put anything there: `STRICT` is looked at when a row is written, not when it is
    read, and the tables of such a file need not be strict at all.
    """
    if type(value) is not int:
        raise sqlite3.DatabaseError("it holds something else where a whole number belongs")
    return value


def whole_or_none(value: object) -> int | None:
    """The same, where there need not be one."""
    return None if value is None else whole(value)


def number(value: object) -> float:
    """A number as a file has it, as `whole`."""
    if not isinstance(value, int | float):
        raise sqlite3.DatabaseError("it holds something else where a number belongs")
    return float(value)


def text(value: object) -> str:
    """A text as a file has it, as `whole`."""
    if type(value) is not str:
        raise sqlite3.DatabaseError("it holds something else where a text belongs")
    return value


@contextlib.contextmanager
def transaction(database: sqlite3.Connection, *, durable: bool = True) -> Iterator[None]:
    """All of what is done within it, or nothing. Without `durable`, a power failure may undo it."""
    database.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # A disk that is full ends some transactions by itself, and leaves others open, with their lock.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _prepare(database: sqlite3.Connection, schema: str, page: int) -> None:
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("PRAGMA synchronous = FULL")
    if schema:
        database.execute(f"PRAGMA page_size = {page:d}")
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")
    database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # whether it is a database at all


def _make_shared(path: str) -> None:
    """Make an empty file, if there is none, of the group's. What SQLite makes beside a file has the same mode."""
    with contextlib.suppress(OSError):  # it is there, or cannot be made, which whoever opens it is told
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(fd, 0o660)  # whatever the mask is
        finally:
            os.close(fd)


def _must_be_regular(path: str, may_be_made: bool) -> None:
    """What is no regular file could keep its reader waiting."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if may_be_made:
            return
        raise sqlite3.OperationalError(f"there is no file {path}") from error
    if not stat.S_ISREG(mode):
        raise sqlite3.OperationalError(f"{path} is not a regular file")
