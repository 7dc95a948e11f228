"""Streams of answers: server-sent events, Amazon's event streams, Bedrock's chunks in them, and JSON arrays.

Where the bytes are cut shows in nothing, and what is written again from the events is read as the same events. The
first line names the framing. Event streams have checksums, which are put right first, so that what they guard is
reached.
"""

from __future__ import annotations

import struct
import zlib

from akios_jail.providers import framings
from akios_jail.providers.deltas import deltas, ended
from akios_jail.providers.eventstream import event_headers
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from akios_jail.providers.troubles import is_sign_of_life, of_event
from tests.fuzz.cutting import pieces, singly

NAMES = ("sse", "eventstream", "eventstream_chunks", "json_array")
TOKENS = (
    *(b"sse\n", b"eventstream\n", b"eventstream_chunks\n", b"json_array\n", b"data: ", b"event: ", b"id: "),
    *(b"retry: 5", b": comment", b"\n\n", b"\r\n\r\n", b"data\n", b"[DONE]", b"\xef\xbb\xbf", b"\xc2\x85"),
    *(b"\xe2\x80\xa8", b"\x0b", b"\x0b:event-type\x07\x00\x05chunk", b"\x0d:message-type\x07\x00\x05event"),
    *(b'{"bytes":"e30="}', b'{"a":1},', b"]"),
)


def fuzz(data: bytes) -> None:
    """Read a stream."""
    first, _, body = data.partition(b"\n")
    name = first.decode("latin-1")
    if name not in NAMES:
        return
    if name.startswith("eventstream"):
        body = with_checksums(body)
    whole = _events(name, [body])
    assert _events(name, pieces(body)) == whole
    assert _events(name, [*singly(body[:400]), body[400:]]) == whole
    if whole is None:
        return
    written = _written(name, whole)
    again = _events(name, [written])
    assert again is not None
    assert _told(again) == _told(whole)
    assert _written(name, again) == _written(name, _told(whole))
    for event in whole:
        of_event(event)
        is_sign_of_life(event)
        try:
            document = event.document
        except Unreadable:
            continue
        found = deltas(document)
        ended(document, [each.stream for each in found])


def with_checksums(body: bytes) -> bytes:
    """Messages with the checksums that they must have, as far as their lengths fit."""
    out = b""
    at = 0
    while at + 16 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        prelude = body[at : at + 8]
        out += prelude + struct.pack(">I", zlib.crc32(prelude))
        if not 16 <= length <= len(body) - at:
            return out + body[at + 12 :]
        message = prelude + struct.pack(">I", zlib.crc32(prelude)) + body[at + 12 : at + length - 4]
        out += body[at + 12 : at + length - 4] + struct.pack(">I", zlib.crc32(message))
        at += length
    return out + body[at:]


def _events(name: str, parts: list[bytes]) -> list[Event] | None:
    """The events in these bytes, None if they are no such stream."""
    parser = framings.of(name).parser()
    found: list[Event] = []
    try:
        for part in parts:
            found += parser.feed(part)
    except Unreadable:
        return None
    return found


def _written(name: str, events: list[Event]) -> bytes:
    framing = framings.of(name)
    return b"".join(framing.encode(event) for event in events)


def _told(events: list[Event]) -> list[Event]:
    """What the events say: one without any field is a blank line, and a message without headers gets the usual ones."""
    usual = tuple(event_headers(""))
    told = [event for event in events if event != Event()]
    return [event._replace(headers=()) if event.headers == usual else event for event in told]
