"""What is recorded of a session so that it can be replayed, and judged by another policy: its exchanges with the world.

An exchange is what the agent asked for and what it was told; an attempt is one time that it went upstream. Personal
data is hidden in both wherever the policy looks for it at all, and keys are masked. Content codings are off, but in
answers of a session in which nothing is looked for.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

Headers = tuple[tuple[str, str], ...]

#: What a file of a recording is called.
NAME: Final = re.compile(r"ses_[0-9a-f]{12}\.db")
#: The longest body that is kept, in bytes.
MAX_BODY: Final = 32 * 1024 * 1024
#: All that is kept of a session, compressed, in bytes. What comes later is kept without its bodies.
MAX_BODIES: Final = 1024 * 1024 * 1024
#: All fields of a session, addresses and headers among them, in characters. What comes later is only counted.
MAX_ALL_FIELDS: Final = 1024 * 1024 * 1024
#: Exchanges of a session, refusals among them; later ones are only counted.
MAX_EXCHANGES: Final = 200_000
#: Attempts of one exchange.
MAX_ATTEMPTS: Final = 1_000
#: The fields of one row, as JSON, in characters.
MAX_FIELDS: Final = 512 * 1024
#: Stands in the place of the value of a key or a cookie.
MASK: Final = "[CREDENTIAL]"
#: Stands in the place of a stand-in, with its number, which is another name in every session.
STAND_IN: Final = "PSEUDONYM"

#: http: a request. connect: a connection that was refused, or passed on unread. dns: a name that was refused.
#: packet: what the jail's firewall refused.
KINDS: Final = frozenset(("http", "connect", "dns", "packet"))

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS session (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS exchange (
    number INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, request_id TEXT NOT NULL,
    fields TEXT NOT NULL, body BLOB
);
CREATE TABLE IF NOT EXISTS attempt (
    exchange INTEGER NOT NULL, number INTEGER NOT NULL, time REAL NOT NULL, fields TEXT NOT NULL,
    request BLOB, response BLOB, PRIMARY KEY (exchange, number)
);
"""
TABLES: Final = frozenset(("session", "exchange", "attempt"))


class Body(NamedTuple):
    """A body as it is kept, or why it is not. `unkept`: for people, "" if it is. `sha256`: of one that is not kept,
    where it is known."""

    data: bytes | None = None
    unkept: str = ""
    sha256: str = ""


class Attempt(NamedTuple):
    """One time that an exchange went upstream. `failure`: `status`, `code` and `reason`, in the place of an answer or
    in its middle; None if there was none. `request_sha256`: of a body that is not kept, "" where it is not known."""

    number: int
    time: float
    host: str
    port: int
    protocol: str
    method: str
    path: str
    query: str
    headers: Headers
    request: bytes | None
    request_unkept: str
    status: int | None
    reason: str
    response_headers: Headers
    response: bytes | None
    response_unkept: str
    failure: dict[str, Any] | None
    request_sha256: str = ""


class Exchange(NamedTuple):
    """What the agent asked for. `number`: in the order of arrival, from 1. `request_id`: as in the audit, "" for what
    is no HTTP. `call`: `provider` and `model`, None if it was no model call that could be read. `verdict`: `decision`,
    `code`, `reason`, `rule`. `rulings`: on the tool calls of the answer, in their order. `status`: what the agent got,
    None if it left before."""

    number: int
    time: float
    kind: str
    request_id: str
    host: str
    port: int
    protocol: str
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes | None
    unkept: str
    call: dict[str, Any] | None
    verdict: dict[str, Any]
    rulings: tuple[dict[str, Any], ...]
    status: int | None
    attempts: tuple[Attempt, ...]
