"""Bodies with a content coding: the first line names it, the rest is the body. Bounded, and as zlib has it."""

from __future__ import annotations

import gzip
import zlib

from akios_jail.broker.encodings import Decoder, Undecodable, decode
from tests.fuzz.cutting import pieces, singly

TOKENS = (
    *(b"gzip\n", b"deflate\n", b"x-gzip\n", b"identity\n", b"br\n", b"gzip, gzip\n", b"\x1f\x8b\x08", b"\x78\x9c"),
)
_LIMIT = 100_000


def fuzz(data: bytes) -> None:
    """Decode a body."""
    name, _, body = data.partition(b"\n")
    coding = name.decode("latin-1")
    try:
        whole: bytes | None = decode(body, coding, _LIMIT)
    except Undecodable:
        whole = None
    for cut in (pieces(body), [*singly(body[:400]), body[400:]]):
        assert _decoded(coding, cut) == whole
    if whole is None:
        return
    assert len(whole) <= _LIMIT
    if coding.strip().lower() in ("gzip", "x-gzip") and body:
        assert gzip.decompress(body) == whole
    elif coding.strip().lower() == "deflate" and body:
        assert whole in (_inflated(body, zlib.MAX_WBITS), _inflated(body, -zlib.MAX_WBITS))
    else:
        assert whole == body


def _decoded(coding: str, parts: list[bytes]) -> bytes | None:
    out = b""
    try:
        decoder = Decoder(coding, _LIMIT)
        for part in parts:
            out += decoder.feed(part)
        decoder.finish()
    except Undecodable:
        return None
    return out


def _inflated(body: bytes, wbits: int) -> bytes | None:
    try:
        return zlib.decompress(body, wbits)
    except zlib.error:
        return None
