"""The server name in a TLS ClientHello, read strictly: the check before a connection is passed through unopened.

A passed-through connection is never decrypted, so its ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3) is all
that says which server the agent means. What cannot be read with certainty is refused: a hello over the size limit, one
with trailing bytes, two server names, or an encrypted inner hello (ECH), whose real name is hidden by design.
"""

from __future__ import annotations

from akios_jail.broker import limits

_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0
_ECH = 0xFE0D
_MAX_RECORD = 2**14


class Unreadable(ValueError):
    """This is not a ClientHello whose server name can be known. The text says why."""


def server_name(data: bytes) -> tuple[bool, str | None]:
    """Read the bytes that a client sent first: `(complete, name)`.

    `complete` is False while more bytes are needed. `name` is the lower-case server name, None if the hello has none.
    `Unreadable` as soon as the bytes cannot become an acceptable ClientHello.
    """
    if len(data) > limits.CLIENT_HELLO.value:
        raise Unreadable("the ClientHello is too large")
    hello = _handshake_message(data)
    if hello is None:
        return False, None
    return True, _name_of(_Reader(hello))


def _handshake_message(data: bytes) -> bytes | None:
    """The body of the first handshake message, put together from its records; None while it is incomplete."""
    message = bytearray()
    offset = 0
    while True:
        if message and message[0] != _CLIENT_HELLO:
            raise Unreadable("the first handshake message is not a ClientHello")
        if len(message) >= 4:
            length = int.from_bytes(message[1:4], "big")
            if length > limits.CLIENT_HELLO.value:
                raise Unreadable("the ClientHello is too large")
            if len(message) > 4 + length:
                raise Unreadable("something follows the ClientHello in its record")
            if len(message) == 4 + length:
                return bytes(message[4:])
        header = data[offset : offset + 5]
        if header and header[0] != _HANDSHAKE:
            raise Unreadable("this is not TLS")
        if len(header) >= 2 and header[1] != 3:
            raise Unreadable("this is not TLS")
        if len(header) < 5:
            return None
        size = int.from_bytes(header[3:5], "big")
        if not 0 < size <= _MAX_RECORD:
            raise Unreadable("a TLS record has an impossible length")
        message += data[offset + 5 : offset + 5 + size]
        offset += 5 + size
        if offset > len(data):
            # Judge what is there already, then wait for the rest of this record.
            if message and message[0] != _CLIENT_HELLO:
                raise Unreadable("the first handshake message is not a ClientHello")
            return None


def _name_of(hello: _Reader) -> str | None:
    hello.take(2 + 32)  # legacy_version, random
    hello.vector(1)  # legacy_session_id
    hello.vector(2)  # cipher_suites
    hello.vector(1)  # legacy_compression_methods
    if hello.empty:
        return None
    extensions = _Reader(hello.vector(2))
    hello.expect_end()
    seen: set[int] = set()
    name: str | None = None
    while not extensions.empty:
        kind = extensions.number(2)
        body = extensions.vector(2)
        if kind in seen:
            raise Unreadable("the ClientHello has an extension twice")
        seen.add(kind)
        if kind == _ECH:
            raise Unreadable("the ClientHello is encrypted (ECH), so the server's real name cannot be checked")
        if kind == _SERVER_NAME:
            name = _host_name(_Reader(body))
    return name


def _host_name(extension: _Reader) -> str:
    names = _Reader(extension.vector(2))
    extension.expect_end()
    if names.number(1) != _HOST_NAME:
        raise Unreadable("the ClientHello has a server name of an unknown kind")
    raw = names.vector(2)
    names.expect_end()
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Unreadable("the server name is not ASCII") from None
    if not name or not all(character.isalnum() or character in "-._" for character in name):
        raise Unreadable("the server name is not a host name")
    return name.lower()


class _Reader:
    """Takes bytes off the front; taking more than there are is `Unreadable`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def empty(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise Unreadable("the ClientHello ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """A length of `size` bytes, and that many bytes."""
        return self.take(self.number(size))

    def expect_end(self) -> None:
        if not self.empty:
            raise Unreadable("the ClientHello has bytes where none belong")
