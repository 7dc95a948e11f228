"""Content codings, undone within bounds: a kilobyte of gzip can be a gigabyte of zeros.

gzip and deflate are what the standard library decodes incrementally; anything else (br, zstd) is undecodable here, and
who needs to look inside a body then refuses it. RFC 9110 section 8.4.1; deflate also comes without its zlib wrapper.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

#: What a request that we want to read the answer of may offer upstream.
ACCEPTED = "gzip, deflate"

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
#: Decoded bytes that are handed on at once.
_PIECE = 256 * 1024


class Undecodable(Exception):
    """The coding is unknown, stacked, or the bytes are not of that coding."""


class TooLarge(Undecodable):
    """The decoded bytes exceed the limit."""


class Decoder:
    """Incremental decoding of one body. `limit` bounds the bytes that come out in total."""

    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding.strip().lower()
        self._left = self._limit = limit
        if self._coding in ("gzip", "x-gzip"):
            self._inflate = zlib.decompressobj(_GZIP)
        elif self._coding == "deflate":
            self._inflate = zlib.decompressobj(_ZLIB)
        elif self._coding not in ("", "identity"):
            raise Undecodable(f"content coding {coding!r} cannot be decoded here; use gzip, deflate or none")
        self._identity = self._coding in ("", "identity")
        self._started = False

    @property
    def given(self) -> int:
        """How many bytes have come out."""
        return self._limit - self._left

    def feed(self, data: bytes) -> bytes:
        """What these bytes decode to. `Undecodable` or `TooLarge`; after either the decoder is of no further use."""
        return b"".join(self.pieces(data))

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """As `feed`, in pieces of bounded size: a few hundred bytes that decode to megabytes need no megabytes."""
        while data:
            if self._identity:
                piece, data = data, b""
            else:
                piece, data = self._decompress(data, _PIECE), self._inflate.unconsumed_tail
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge(f"the body decodes to more than {self._limit} bytes")
            if piece:
                yield piece

    def finish(self) -> None:
        """The body has ended: `Undecodable` if the coded stream has not."""
        if not self._identity and self._started and not self._inflate.eof:
            raise Undecodable(f"the {self._coding} body ends too early")

    def _decompress(self, data: bytes, most: int) -> bytes:
        if self._inflate.eof:
            raise Undecodable(f"bytes follow the end of the {self._coding} body")
        if not self._started and self._coding == "deflate" and not _zlib_wrapped(data):
            self._inflate = zlib.decompressobj(_RAW)
        self._started = True
        try:
            out = self._inflate.decompress(data, most)
        except zlib.error as error:
            raise Undecodable(f"the body is not valid {self._coding}: {error}") from None
        if self._inflate.unused_data:
            raise Undecodable(f"bytes follow the end of the {self._coding} body")
        return out


def decode(data: bytes, coding: str, limit: int) -> bytes:
    """A whole body without its coding, at most `limit` bytes. `Undecodable` or `TooLarge`."""
    decoder = Decoder(coding, limit)
    out = decoder.feed(data)
    decoder.finish()
    return out


async def decoded(body: AsyncIterator[bytes], decoder: Decoder) -> AsyncIterator[bytes]:
    """The stream, decoded as it flows."""
    async for chunk in body:
        for out in decoder.pieces(chunk):
            yield out
    decoder.finish()


def _zlib_wrapped(data: bytes) -> bool:
    """Whether this begins like a zlib stream (RFC 1950 2.2): method 8 and a header divisible by 31."""
    if len(data) == 1:
        return data[0] & 0x0F == 8
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
