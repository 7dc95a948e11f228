"""Reads a recording back. Whoever reads may be root and whoever wrote it is not: it is read as data, within bounds, and
what is not of its shape is refused."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
import stat
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from akios_jail.radar import recorded, rows, store
from akios_jail.radar.recorded import Attempt, Exchange, Headers
from akios_jail.radar.rows import Rows

#: No value in a file is longer, in bytes.
_LONGEST: Final = recorded.MAX_BODY + 1024 * 1024
#: A fact of the session as a whole, and the fields of one row, in characters.
_LONGEST_FACT: Final = 64 * 1024
_LONGEST_FIELDS: Final = 8 * 1024 * 1024
#: The bodies of one exchange together, unpacked, in bytes. The recorder holds a quarter of it; a file can say anything.
_UNPACKED: Final = 256 * 1024 * 1024
#: Beyond, a time is no moment that can be told (the end of the year 9999).
_LATEST: Final = 253_402_300_799

Kind = TypeVar("Kind")


class Unavailable(Exception):
    """A recording cannot be read; the text says why."""


class Recording:
    """A session's recording. `facts`: what is known of it as a whole, by name."""

    def __init__(self, facts: dict[str, Any], file: Rows, session: str) -> None:
        self.facts = facts
        self._file = file
        self._session = session

    def exchanges(self, number: int | None = None) -> Iterator[Exchange]:
        """All exchanges in the order of their arrival, one in memory at a time, or only the one of this number.
        `Unavailable` if one is damaged."""
        try:
            if number is None:
                rows = self._file.ask("SELECT * FROM exchange ORDER BY number")
            else:
                rows = self._file.ask("SELECT * FROM exchange WHERE number = ?", number)
            for count, row in enumerate(rows):
                if count >= recorded.MAX_EXCHANGES:
                    raise ValueError("it has more exchanges than a recording may have")
                yield self._exchange(row)
        except _DAMAGE as error:
            raise _unreadable(self._session, error) from error

    def _exchange(self, row: Any) -> Exchange:
        number, time, kind, request_id, text, packed = row
        if kind not in recorded.KINDS or _of(number, int) < 1:
            raise ValueError("it has an exchange of an unknown kind")
        fields = _fields(text)
        bodies = _Bodies()
        body, unkept = bodies.unpacked(packed, fields["unkept"])
        call = fields["call"]
        return Exchange(
            number=number,
            time=_time(time),
            kind=kind,
            request_id=_of(request_id, str),
            **_asked(fields),
            body=body,
            unkept=unkept,
            call=None if call is None else _of(call, dict),
            verdict=_of(fields["verdict"], dict),
            rulings=tuple(_of(each, dict) for each in _of(fields["rulings"], list)),
            status=_status(fields["status"]),
            attempts=tuple(self._attempts(number, body, unkept, bodies)),
        )

    def _attempts(self, exchange: int, body: bytes | None, unkept: str, bodies: _Bodies) -> Iterator[Attempt]:
        rows = self._file.ask(
            "SELECT number, time, fields, request, response FROM attempt WHERE exchange = ? ORDER BY number LIMIT ?",
            exchange,
            recorded.MAX_ATTEMPTS,
        )
        for number, time, text, request, response in islice(rows, recorded.MAX_ATTEMPTS):
            fields = _fields(text)
            failure = fields["failure"]
            if fields["same"] is True:
                sent, request_unkept = body, _of(fields["request_unkept"], str) or unkept
            else:
                sent, request_unkept = bodies.unpacked(request, fields["request_unkept"])
            came, response_unkept = bodies.unpacked(response, fields["response_unkept"])
            yield Attempt(
                number=_of(number, int),
                time=_time(time),
                **_asked(fields),
                request=sent,
                request_unkept=request_unkept,
                status=_status(fields["status"]),
                reason=_of(fields["reason"], str),
                response_headers=_headers(fields["response_headers"]),
                response=came,
                response_unkept=response_unkept,
                failure=None if failure is None else _failure(_of(failure, dict)),
                request_sha256=_of(fields.get("request_sha256", ""), str),
            )


class _Bodies:
    """The bodies of one exchange, within one bound for all: a kilobyte can be unpacked to a megabyte."""

    def __init__(self) -> None:
        self._left = _UNPACKED

    def unpacked(self, packed: Any, unkept: Any) -> tuple[bytes | None, str]:
        """A body and why it is not there, "" if it is. What there is no room for is not there."""
        why = _of(unkept, str)
        if packed is None:
            return None, why
        if self._left < recorded.MAX_BODY:
            return None, "the bodies of its exchange are more than is read at once"
        inflate = zlib.decompressobj()
        data = inflate.decompress(_of(packed, bytes), recorded.MAX_BODY + 1)
        if len(data) > recorded.MAX_BODY or not inflate.eof:
            raise ValueError("it has a body that is cut off, or longer than is kept")
        self._left -= len(data)
        return data, why


def sessions(folder: str) -> list[str]:
    """Ids of the sessions with a recording, the newest first."""
    return store.sessions(folder)


@contextlib.contextmanager
def opened(folder: str, session: str, opened: rows.Open = rows.opened) -> Iterator[Recording]:
    """The recording of a session as far as it has come. `opened`: how its file is. `Unavailable` if there is none, or
    it is damaged."""
    path = os.path.join(folder, f"{session}.db")
    if not recorded.NAME.fullmatch(f"{session}.db"):
        raise Unavailable(f"there is no recording of {session}")
    with contextlib.ExitStack() as stack:
        try:
            if not stat.S_ISREG(store.status(path).st_mode):
                raise ValueError("it is no regular file")
            file = stack.enter_context(opened(path, _LONGEST))
            facts = _facts(file)
        except FileNotFoundError:
            raise Unavailable(f"there is no recording of {session}") from None
        except _DAMAGE as error:
            raise _unreadable(session, error) from error
        yield Recording(facts, file, session)


def _facts(file: Rows) -> dict[str, Any]:
    found = islice(file.ask("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL LIMIT 16"), 16)
    if set(found) != {("table", name) for name in recorded.TABLES}:  # a view could be anything
        raise ValueError("it is not laid out as a recording")
    rows = list(islice(file.ask("SELECT name, substr(value, 1, ?) FROM session LIMIT 64", _LONGEST_FACT + 1), 64))
    if any(len(_of(value, str)) > _LONGEST_FACT for _, value in rows):
        raise ValueError("it has a fact that is longer than any")
    return {_of(name, str): json.loads(_of(value, str)) for name, value in rows}


def _fields(text: Any) -> dict[str, Any]:
    if len(_of(text, str)) > _LONGEST_FIELDS:
        raise ValueError("it has fields that are longer than any")
    return _of(json.loads(text), dict)


_DAMAGE: Final = (sqlite3.Error, ValueError, TypeError, KeyError, OSError, RecursionError, zlib.error)


def _unreadable(session: str, error: BaseException) -> Unavailable:
    return Unavailable(f"the recording of {session} cannot be read: {error}")


def _asked(fields: dict[str, Any]) -> dict[str, Any]:
    port = _of(fields["port"], int)
    if not 0 <= port < 65536:
        raise ValueError("it has a port that is none")
    texts = {name: _of(fields[name], str) for name in ("host", "protocol", "method", "path", "query")}
    return {**texts, "port": port, "headers": _headers(fields["headers"])}


def _headers(value: Any) -> Headers:
    return tuple((_of(name, str), _of(text, str)) for name, text in _of(value, list))


def _failure(fields: dict[str, Any]) -> dict[str, Any]:
    status = _status(fields["status"])
    return {"status": status or 502, "code": _of(fields["code"], str), "reason": _of(fields["reason"], str)}


def _status(value: Any) -> int | None:
    if value is None:
        return None
    if not 100 <= _of(value, int) <= 999:
        raise ValueError("it has a status that is none")
    return int(value)


def _time(value: Any) -> float:
    if not (math.isfinite(_of(value, float)) and 0 <= value <= _LATEST):
        raise ValueError("it has a moment that is none")
    return float(value)


def _of(value: Any, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"it has a {type(value).__name__} in the place of a {kind.__name__}")
    return value
