"""Writes the recording of one session: one SQLite file with one writer, as a trace is (`store`), and for the same
reasons. Bodies are compressed; what an attempt sent just as the agent did is kept once."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from typing import Any, Final

from akios_jail import database
from akios_jail.radar import recorded, store
from akios_jail.radar.recorded import Attempt, Exchange

#: Model calls repeat much of what was said before; more effort saves little more.
_LEVEL: Final = 1


class Writer:
    """Adds to one file. Not for several threads at once. `sqlite3.Error` or `OSError` where it cannot."""

    def __init__(self, folder: str, session: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, f"{session}.db")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        self._database = database.opened(path, recorded.SCHEMA, any_thread=True)
        self._database.execute("PRAGMA cache_size = -256")  # KiB: nothing is read again
        self._path = path
        self._kept = 0
        self._fields = 0
        self._written = 0
        #: Exchanges and bodies that there was no room for.
        self.left_out = 0

    def facts(self, facts: dict[str, Any]) -> None:
        """Of the session as a whole, in the place of what was there."""
        rows = [(name, _json(value)) for name, value in facts.items()]
        with database.transaction(self._database, durable=False):
            self._database.executemany("INSERT OR REPLACE INTO session VALUES (?, ?)", rows)

    def add(self, exchange: Exchange) -> None:
        """An exchange with all its attempts, in one transaction."""
        self._written += 1
        if self._written > recorded.MAX_EXCHANGES:
            self.left_out += 1
            return
        left_out = self.left_out
        body, unkept = self._packed(exchange.body, exchange.unkept)
        fields = {
            **{name: getattr(exchange, name) for name in _ASKED},
            "headers": exchange.headers,
            "unkept": unkept,
            "call": exchange.call,
            "verdict": exchange.verdict,
            "rulings": exchange.rulings,
            "status": exchange.status,
        }
        row = (exchange.number, exchange.time, exchange.kind, exchange.request_id, _bounded(fields), body)
        kept = exchange.attempts[: recorded.MAX_ATTEMPTS]
        attempts = [(exchange.number, *self._attempt(each, exchange.body, unkept)) for each in kept]
        self._fields += len(row[4]) + sum(len(text) for *_, text, _, _ in attempts)
        if self._fields > recorded.MAX_ALL_FIELDS or store.spare(self._path, 2) < 0:
            self.left_out = left_out + 1
            return
        with database.transaction(self._database, durable=False):
            self._database.execute("INSERT OR REPLACE INTO exchange VALUES (?, ?, ?, ?, ?, ?)", row)
            self._database.executemany("INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?, ?, ?)", attempts)

    def close(self) -> None:
        """Nothing more will be added."""
        self._database.close()

    def _attempt(self, attempt: Attempt, body: bytes | None, unkept: str) -> tuple[Any, ...]:
        same = attempt.request is not None and attempt.request == body
        request, request_unkept = (None, unkept) if same else self._packed(attempt.request, attempt.request_unkept)
        response, response_unkept = self._packed(attempt.response, attempt.response_unkept)
        fields = {
            **{name: getattr(attempt, name) for name in _ASKED},
            "headers": attempt.headers,
            "same": same,
            "request_unkept": request_unkept,
            "request_sha256": attempt.request_sha256,
            "status": attempt.status,
            "reason": attempt.reason,
            "response_headers": attempt.response_headers,
            "response_unkept": response_unkept,
            "failure": attempt.failure,
        }
        return attempt.number, attempt.time, _bounded(fields), request, response

    def _packed(self, data: bytes | None, unkept: str) -> tuple[bytes | None, str]:
        if data is None:
            return None, unkept or "it was not kept"
        packed = zlib.compress(data, _LEVEL)
        if self._kept + len(packed) > recorded.MAX_BODIES:
            self.left_out += 1
            return None, "the session's recording has no room for it"
        if store.spare(self._path) < len(packed):
            self.left_out += 1
            return None, "the disk was nearly full"
        self._kept += len(packed)
        return packed, ""


_ASKED: Final = ("host", "port", "protocol", "method", "path", "query")
Error = sqlite3.Error


def _bounded(fields: dict[str, Any]) -> str:
    text = _json(fields)
    if len(text) > recorded.MAX_FIELDS:  # an agent's own path and header fields are bounded; rulings are many here
        text = _json({**fields, "rulings": []})
    return text


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
