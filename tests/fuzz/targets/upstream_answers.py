"""What an upstream says over one connection: the first line is the method of the request, the rest what came back.

There is one answer to one request, or none and a reason; it is read alike however it is cut, by another parser (h11) as
by ours where that one reads it, and can be written again as it was read. What goes beyond it, and what comes before a
request, is nobody's: the connection is of no further use.
"""

from __future__ import annotations

import asyncio
import functools
from types import SimpleNamespace
from typing import Any, NamedTuple

import h11
from aiohttp.helpers import HeadersMixin
from aiohttp.http_writer import _serialize_headers
from multidict import CIMultiDict

from akios_jail.broker import limits, upstream
from akios_jail.broker.http_message import Headers
from akios_jail.broker.upstream_connection import Answering, Misbehaved
from tests.fuzz.cutting import pieces
from tests.fuzz.words import has_words

TOKENS = (
    *(b"GET\n", b"HEAD\n", b"POST\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 204 No Content\r\n"),
    *(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n", b"HTTP/1.1 304 x\r\n\r\n"),
    *(b"\r\n\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b"0\r\n\r\n", b"5\r\nhello\r\n", b"Connection: close\r\n", b"Connection: X-Hop\r\n", b"Upgrade: h2c\r\n"),
    *(b"Set-Cookie: a=1\r\n", b"5;a=b\r\n", b"\r\n ", b"Content-Encoding: gzip\r\n", b"Trailer: X\r\n", b"\xe9"),
    *(b"Location: //x\r\n", b"HTTP/2 200\r\n", b"1" * 30),
)


class Read(NamedTuple):
    """One answer. `failure`: why there is none, or why it broke off. `whole`: all of its body came."""

    status: int = 0
    raw: tuple[tuple[bytes, bytes], ...] = ()
    reason: str = ""
    body: bytes = b""
    whole: bool = False
    failure: str = ""


def fuzz(data: bytes) -> None:
    """Read the answer to a request."""
    method, _, said = data.partition(b"\n")
    text = method.decode("latin-1")
    if text not in ("GET", "HEAD", "POST"):
        return
    found = _read(text, [said])
    again = _read(text, pieces(said))
    if found.whole and again.whole:
        assert found == again
    assert again.status in (0, found.status) or not found.status  # one cut is before what breaks it, another is not
    if found.status:
        _passed_on(text, found)
    _compare(text, said, found)
    _speaks_first(said)


class _Transport:
    """Where bytes would come from."""

    def __init__(self) -> None:
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        """Everything is here already."""

    resume_reading = pause_reading

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop that never runs: streams of bodies want one to belong to."""
    return asyncio.new_event_loop()


def _connection() -> tuple[Answering, _Transport]:
    connection, transport = Answering(_loop()), _Transport()
    connection.connection_made(transport)  # type: ignore[arg-type]
    return connection, transport


def _read(method: str, parts: list[bytes]) -> Read:
    """What is read of these bytes, all of them taken at once; and that what follows an answer ends the connection."""
    connection, transport = _connection()
    connection.set_response_params(
        skip_payload=method == "HEAD",
        read_until_eof=True,
        auto_decompress=False,
        read_bufsize=1 << 24,
        max_line_size=limits.REQUEST_LINE.value,
        max_field_size=limits.HEADER_FIELD.value,
        max_headers=limits.HEADER_FIELDS.value,
    )
    for part in parts:
        if transport.closed:
            break
        connection.data_received(part)
    assert len(connection._buffer) <= 1
    if not connection._buffer:
        error = connection.exception()
        if isinstance(error, Misbehaved):
            has_words(error)
        return Read(failure=type(error).__name__ if error is not None else "nothing came")
    head, body = connection._buffer.popleft()[0]
    whole = body.is_eof() and body.exception() is None
    if whole and not transport.closed:
        connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned")
        assert not connection._buffer
        assert connection.unasked or connection.should_close
        assert not connection.is_connected() or connection.should_close
    if not body.is_eof() and not transport.closed:
        connection.connection_lost(None)
        whole = body.is_eof() and body.exception() is None
    failure = body.exception()
    content = b"" if failure is not None else body.read_nowait() if hasattr(body, "_buffer") else b""
    assert not 100 <= head.code < 200 or head.code == 101
    return Read(
        head.code, head.raw_headers, head.reason or "", content, whole, type(failure).__name__ if failure else ""
    )


class _Answer(HeadersMixin):
    """What `upstream` looks at of aiohttp's answer."""

    def __init__(self, read: Read) -> None:
        self.status, self.reason, self.raw_headers = read.status, read.reason, read.raw
        self._headers = CIMultiDict((name.decode("latin-1"), value.decode("latin-1")) for name, value in read.raw)
        self.content = SimpleNamespace(iter_any=lambda: ())


def _passed_on(method: str, read: Read) -> None:
    """The head that the agent gets is written in one way, which is read again as it was meant."""
    exchange: Any = SimpleNamespace(request=SimpleNamespace(method=method), host="api.example")
    answer: Any = _Answer(read)
    response = upstream._response(exchange, answer)
    assert response.length is None or response.length >= 0
    names = {name.lower() for name, _ in response.headers}
    assert not names & {"connection", "transfer-encoding", "keep-alive", "upgrade", "alt-svc"}
    assert method == "HEAD" or "content-length" not in names
    assert all(" " <= character <= "~" for character in response.reason)
    fields: Headers = response.headers
    try:
        written = _serialize_headers(f"HTTP/1.1 {read.status} {response.reason}", CIMultiDict(fields))
    except ValueError:
        return  # aiohttp refuses to write it, and the agent's connection ends
    lines = written.decode("utf-8", "surrogateescape").removesuffix("\r\n\r\n").split("\r\n")
    assert len(lines) == 1 + len(fields)


def _compare(method: str, said: bytes, read: Read) -> None:
    """Where another implementation reads a whole answer, it is this one."""
    other = _by_h11(method, said)
    if other is None or not read.whole or not other.whole:
        return
    assert (read.status, read.body) == (other.status, other.body)


def _by_h11(method: str, said: bytes) -> Read | None:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.HEADER_BYTES.value)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "api.example")]))
    connection.send(h11.EndOfMessage())
    found = Read()
    try:
        connection.receive_data(said)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == 101:
                    return None
            elif isinstance(event, h11.Response):
                found = found._replace(status=event.status_code)
            elif isinstance(event, h11.Data):
                found = found._replace(body=found.body + bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return found._replace(whole=True)
            else:
                return found
    except h11.ProtocolError:
        return None


def _speaks_first(said: bytes) -> None:
    """The same before any request is nothing, and the end."""
    if not said:
        return
    connection, transport = _connection()
    connection.data_received(said)
    assert connection.unasked
    assert transport.closed
    assert not connection._buffer
