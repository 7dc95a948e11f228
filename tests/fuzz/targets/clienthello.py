"""The ClientHello of a connection that is passed through unread: its name is the one that OpenSSL finds in it."""

from __future__ import annotations

import contextlib
import functools
import ssl

from akios_jail.broker.clienthello import Unreadable, server_name
from tests.fuzz.cutting import pieces

TOKENS = (
    *(b"\x16\x03\x01", b"\x16\x03\x03", b"\x01\x00", b"\x03\x03", b"\x00\x00\x00\x0f\x00\x0d\x00\x00\x0a"),
    *(b"\xfe\x0d", b"api.example.com", b"\x00\x2b\x00\x03\x02\x03\x04", b"\x13\x01", b"\x14\x03\x03\x00\x01\x01"),
)


def fuzz(data: bytes) -> None:
    """Read what a client sent first."""
    found = _read(data)
    so_far = b""
    for piece in pieces(data)[:-1]:
        so_far += piece
        beginning = _read(so_far)
        if beginning is None:
            assert found is None  # what cannot become a hello does not become one by more
        elif beginning[0]:
            assert found is None or found == beginning  # nor does a name change
    if found is None or not found[0]:
        return
    theirs = _by_openssl(data)
    assert theirs is None or (theirs[0] or "").lower() == (found[1] or "")


def _read(data: bytes) -> tuple[bool, str | None] | None:
    try:
        complete, name = server_name(data)
    except Unreadable:
        return None
    assert complete or name is None
    assert name is None or (name.isascii() and name == name.lower() and name.isprintable() and name)
    return complete, name


def _by_openssl(data: bytes) -> tuple[str | None] | None:
    """The name that a server gets, None if it refuses the hello."""
    told: list[str | None] = []
    context = _server()
    context.sni_callback = lambda connection, name, _: told.append(name)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(data)
    incoming.write_eof()
    with contextlib.suppress(ssl.SSLError, UnicodeError):  # there is no certificate, so that none goes further
        server.do_handshake()
    return (told[0],) if told else None


@functools.cache
def _server() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
