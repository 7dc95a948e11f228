"""The server name of a ClientHello, from real ones and from hostile ones."""

from __future__ import annotations

import itertools
import ssl
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.broker.clienthello import Unreadable, server_name


def real_hello(host: str | None) -> bytes:
    """What OpenSSL sends first."""
    context = ssl.create_default_context()
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def vector(size: int, data: bytes) -> bytes:
    return len(data).to_bytes(size, "big") + data


def extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind) + vector(2, data)


def sni(*names: bytes) -> bytes:
    return extension(0, vector(2, b"".join(b"\0" + vector(2, name) for name in names)))


def hello(extensions: bytes) -> bytes:
    """A minimal ClientHello message."""
    body = b"\x03\x03" + bytes(32) + vector(1, b"") + vector(2, b"\x13\x01") + vector(1, b"\0") + vector(2, extensions)
    return b"\x01" + vector(3, body)


def records(message: bytes, *cuts: int) -> bytes:
    """The message in TLS records, cut at these places."""
    places = [0, *cuts, len(message)]
    return b"".join(b"\x16\x03\x01" + vector(2, message[start:end]) for start, end in itertools.pairwise(places))


def test_a_real_hello_tells_its_name() -> None:
    assert server_name(real_hello("Api.Example.com")) == (True, "api.example.com")
    assert server_name(real_hello(None)) == (True, None)


def test_every_beginning_of_a_hello_asks_for_more() -> None:
    data = real_hello("api.example.com")
    for end in range(len(data)):
        assert server_name(data[:end]) == (False, None)


def test_a_hello_in_many_records_is_put_together() -> None:
    message = hello(sni(b"api.example.com"))
    assert server_name(records(message, 1, 2, 5, 40, 60)) == (True, "api.example.com")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x16\x02",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff",
        records(b"\x02" + hello(b"")[1:]),
        records(b"\x02\x00"),
        records(b"\x01\xff\xff\xff"),
        records(hello(sni(b"a")) + b"x"),
        records(hello(sni(b"a", b"b"))),
        records(hello(sni(b"a") + sni(b"b"))),
        records(hello(sni(b""))),
        records(hello(sni(b"\xc3\xa9"))),
        records(hello(sni(b"a\0b"))),
        records(hello(extension(0, vector(2, b"\x01" + vector(2, b"a"))))),
        records(hello(sni(b"a") + b"\0")),
        records(hello(sni(b"a") + extension(0xFE0D, b"\0"))),
        b"\x16\x03\x01\x40\x00" + hello(extension(21, bytes(20000)))[:16384],
    ],
)
def test_what_cannot_be_known_for_certain_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        server_name(data)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_break_the_reader(noise: bytes, place: int) -> None:
    message = hello(sni(b"api.example.com"))
    for data in (noise, records(message[:place] + noise), records(message)[:place] + noise):
        try:
            complete, _ = server_name(data)
        except Unreadable:
            continue
        assert complete in (True, False)
