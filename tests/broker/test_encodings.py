"""Content codings are undone within bounds."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from akios_jail.broker.encodings import Decoder, TooLarge, Undecodable, decode, decoded

TEXT = b"some text, some text, " * 500


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("GZip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
)
def test_what_was_coded_comes_back(coding: str, data: bytes) -> None:
    assert decode(data, coding, len(TEXT)) == TEXT
    decoder = Decoder(coding, len(TEXT))
    assert b"".join(decoder.feed(data[i : i + 7]) for i in range(0, len(data), 7)) == TEXT
    decoder.finish()


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
def test_more_than_the_limit_is_refused(coding: str) -> None:
    data = {"": TEXT, "gzip": gzip.compress(TEXT, mtime=0), "deflate": zlib.compress(TEXT)}[coding]
    with pytest.raises(TooLarge):
        decode(data, coding, len(TEXT) - 1)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    decoder = Decoder("gzip", 1000)
    with pytest.raises(TooLarge):
        decoder.feed(bomb)


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("br", TEXT),
        ("zstd", TEXT),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0)),
        ("gzip", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-5]),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"more"),
        ("gzip", gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0)),
        ("deflate", b"\xff\xff\xff"),
    ],
)
def test_what_cannot_be_decoded_whole_is_refused(coding: str, data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data, coding, 1_000_000)


def test_a_stream_is_decoded_as_it_flows() -> None:
    async def run() -> list[bytes]:
        compressor = zlib.compressobj(wbits=31)

        async def body() -> AsyncIterator[bytes]:
            for part in (b"one", b"two"):
                yield compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
            yield compressor.flush()

        return [chunk async for chunk in decoded(body(), Decoder("gzip", 100))]

    assert asyncio.run(run()) == [b"one", b"two"]
