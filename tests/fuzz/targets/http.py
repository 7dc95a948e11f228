"""HTTP requests as an agent's connection brings them: parsed as the broker's connections parse them, then checked.

What is accepted is read alike by another parser (h11), or that one refuses it; it is written as upstream gets it, and
that is read as the same request again. The bytes are those of a connection to `api.example`, port 443.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any, NamedTuple

import h11
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import HTTPException, RequestPayloadError
from yarl import URL

from akios_jail.broker import incoming, limits, target
from akios_jail.broker.destinations import Destination
from akios_jail.broker.incoming import Head
from akios_jail.broker.upstream import sent_fields
from akios_jail.policy import forms, overrides, paths
from akios_jail.policy.action import Action
from tests.fuzz.cutting import pieces
from tests.fuzz.words import has_words

TOKENS = (
    *(b"GET ", b"POST ", b"CONNECT ", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: api.example\r\n", b"\r\n\r\n"),
    *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"5;a=b\r\nhello\r\n", b"\r\n "),
    *(b"Connection: ", b"close", b"Upgrade: websocket\r\n", b"Expect: 100-continue\r\n"),
    *(b"X-HTTP-Method-Override: PUT", b"http://api.example", b"https://api.example:443/", b"%2e%2e", b"%2f", b"..;"),
    *(b"%5c", b"?", b"#", b"\x0b", b"\xa0", b"Content-Type: application/x-www-form-urlencoded\r\n"),
    *(b"_method=DELETE", b"te: trailers\r\n", b"+", b"-1"),
)
_CONNECTION = Destination("api.example", 443, "https", False)


class Read(NamedTuple):
    """One request as a parser read it. `body`: as far as it came; `whole`: all of it did."""

    method: bytes
    target: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes
    whole: bool


class _Message(NamedTuple):
    """What `incoming.read` looks at of aiohttp's request."""

    method: str
    raw_path: str
    version: Any
    raw_headers: tuple[tuple[bytes, bytes], ...]


def fuzz(data: bytes) -> None:
    """Read the bytes of a connection."""
    found = _parsed([data])
    in_pieces = _parsed(pieces(data))
    accepted: list[Head] = []
    for number, (message, read) in enumerate(found):
        try:
            head = incoming.read(message, _CONNECTION)  # type: ignore[arg-type]
        except incoming.Refused as refused:
            has_words(refused)
            break
        if number < len(in_pieces):  # a connection's bytes come in any pieces
            again = in_pieces[number][1]
            assert again._replace(body=b"", whole=True) == read._replace(body=b"", whole=True)
            assert not (again.whole and read.whole) or again.body == read.body
        _check(head)
        accepted.append(head)
        if not read.whole:
            break
    _compare(data, [read for _, read in found[: len(accepted)]])


def _check(head: Head) -> None:
    """What holds for every request that stages see."""
    assert target.canonical_path(head.path) == head.path
    assert (head.path + head.query).isascii()
    assert not {".", ".."} & set(head.path.split("/"))
    fields = sent_fields(head.headers)
    assert not any(sign in name + value for name, value in fields for sign in "\r\n\0")
    url = URL.build(scheme="https", host="api.example", port=443, path=head.path, query_string=head.query, encoded=True)
    assert url.raw_path_qs == (f"{head.path}?{head.query}" if head.query else head.path)
    lines = [f"{head.method} {url.raw_path_qs} HTTP/1.1", "Host: api.example", *(f"{a}: {b}" for a, b in fields)]
    ((message, _),) = _parsed([("\r\n".join(lines) + "\r\n\r\n").encode()])
    sent = incoming.read(message, _CONNECTION)  # type: ignore[arg-type]
    assert (sent.method, sent.path, sent.query) == (head.method, head.path, head.query)
    assert sent_fields(sent.headers) == [(name, value.strip(" \t")) for name, value in fields]
    plain = paths.plain(head.path)
    assert plain is None or not {".", "..", ""} & set(plain[1:].split("/")[:-1])
    action = Action("api.example", 443, "https", head.method, head.path, head.query, tuple(head.headers))
    overrides.asked(action)
    forms.kind(head.headers)


def _compare(data: bytes, accepted: list[Read]) -> None:
    """Whoever reads the connection otherwise than we do sees other requests than those that were decided on."""
    theirs = _by_h11(data)
    for ours, other in zip(accepted, theirs, strict=False):
        assert (ours.method, ours.target) == (other.method, other.target)
        assert _folded(ours.fields) == _folded(other.fields)
        if not (ours.whole and other.whole):
            break
        assert ours.body == other.body


def _folded(fields: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes]]:
    """The fields in one case, as h11 has names, and the codings of a message."""
    lower = [(name.lower(), value) for name, value in fields]
    return [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in lower]


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop that never runs: streams of bodies want one to belong to."""
    return asyncio.new_event_loop()


def _parsed(parts: list[bytes]) -> list[tuple[_Message, Read]]:
    """The requests in the bytes of a connection, up to the first that is none."""
    protocol = BaseProtocol(_loop())
    parser = HttpRequestParser(
        protocol,
        _loop(),
        2**16,
        max_line_size=limits.REQUEST_LINE.value,
        max_field_size=limits.HEADER_FIELD.value,
        max_headers=limits.HEADER_FIELDS.value,
        payload_exception=RequestPayloadError,
        auto_decompress=False,
    )
    protocol._parser = parser
    found: list[Any] = []
    try:
        for part in parts:
            messages, upgraded, _ = parser.feed_data(part)
            found += messages
            if upgraded:
                break
    except (HttpProcessingError, HTTPException):
        pass  # what came before it stands
    return [_told(message, payload) for message, payload in found]


def _told(message: Any, payload: Any) -> tuple[_Message, Read]:
    broken = payload.exception() is not None
    body = b"" if broken else payload.read_nowait()
    whole = not broken and payload.is_eof()
    fields = tuple((name, value.strip(b" \t")) for name, value in message.raw_headers)
    read = Read(message.method.encode(), message.path.encode("utf-8", "surrogateescape"), fields, body, whole)
    return _Message(message.method, message.path, message.version, message.raw_headers), read


def _by_h11(data: bytes) -> list[Read]:
    """The same as another implementation reads it."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.HEADER_BYTES.value)
    found: list[Read] = []
    try:
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                found.append(Read(event.method, event.target, tuple(event.headers), b"", False))
            elif isinstance(event, h11.Data):
                found[-1] = found[-1]._replace(body=found[-1].body + bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                found[-1] = found[-1]._replace(whole=True)
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                connection.start_next_cycle()
            else:
                return found
    except h11.ProtocolError:
        return found
