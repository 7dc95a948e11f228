"""Event streams of AWS (`application/vnd.amazon.eventstream`), parsed strictly and incrementally.

A message is a prelude (its length, the length of its headers, a CRC32 of these two), headers with typed values, a
payload, and a CRC32 of all that ("Amazon event stream encoding" in Smithy 2.0, section "Message format"). Both
checksums are checked and written anew. In what Bedrock sends a payload is a JSON document; its kind is in the headers.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import NamedTuple

from akios_jail.providers import strictjson
from akios_jail.providers.sse import MAX_EVENT, Event
from akios_jail.providers.strictjson import Unreadable

#: All headers of a message together, as the specification bounds them.
MAX_HEADERS = 128 * 1024

_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size
#: Sizes of the values of header types 0 to 9; 6 (bytes) and 7 (string) carry their length.
_VALUE_SIZES = (0, 0, 1, 2, 4, 8, None, None, 8, 16)
_STRING = 7
#: The header in which an event keeps what surrounded its data. No message has a header without a name.
_SURROUNDING = ""


class Header(NamedTuple):
    """One header. `kind`: 0 true, 1 false, 2 byte, 3 short, 4 int, 5 long, 6 bytes, 7 string, 8 timestamp, 9 uuid;
    `value`: its bytes, without a length."""

    name: str
    kind: int
    value: bytes


class EventStreamParser:
    """Bytes in, events out. `Event.event` is the message's event or exception type, and its headers are kept."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._max_event = max_event
        self._pending = bytearray()
        self._length = 0  # of the message that is being read, once its prelude is here

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that these bytes complete. `Unreadable` for a wrong checksum, header or length."""
        self._pending += chunk
        events: list[Event] = []
        at = 0
        while True:
            left = len(self._pending) - at
            if self._length == 0:
                if left < _PRELUDE.size:
                    break
                self._length = self._read_length(at)
            if left < self._length:
                break
            message = bytes(self._pending[at : at + self._length])
            at += self._length
            self._length = 0
            events.append(_event(message))
        del self._pending[:at]
        return events

    @property
    def incomplete(self) -> bool:
        """Whether bytes were fed that belong to no complete message."""
        return bool(self._pending)

    def _read_length(self, at: int) -> int:
        length, headers, checksum = _PRELUDE.unpack_from(self._pending, at)
        if zlib.crc32(self._pending[at : at + 8]) != checksum:
            raise Unreadable("the checksum of a message's length is wrong")
        if headers > MAX_HEADERS or length < headers + _OVERHEAD:
            raise Unreadable("the lengths of a message contradict each other")
        if length > self._max_event + MAX_HEADERS:
            raise Unreadable(f"one message of the stream is larger than {self._max_event} bytes")
        return int(length)


class EventStreamFraming:
    """One stream of this kind (`eventstream`)."""

    def parser(self) -> EventStreamParser:
        """A new parser."""
        return EventStreamParser()

    def encode(self, event: Event) -> bytes:
        """The message: with the headers that it came with, or those of an event with a JSON document."""
        headers = [Header(*header) for header in event.headers if header[0] != _SURROUNDING]
        return message(headers or event_headers(event.event), (event.data or "").encode())


class ChunkParser(EventStreamParser):
    """The stream in which Bedrock passes on a model's own stream: a message of the kind `chunk` holds one event of
    that stream in base64. Its data is that event's, and `Event.event` its type."""

    def feed(self, chunk: bytes) -> list[Event]:
        """As of `EventStreamParser`; `Unreadable` also for a chunk that holds no event."""
        return [_opened(event) if event.event == "chunk" else event for event in super().feed(chunk)]


class ChunkFraming(EventStreamFraming):
    """One stream of this kind (`eventstream_chunks`)."""

    def parser(self) -> ChunkParser:
        """A new parser."""
        return ChunkParser()

    def encode(self, event: Event) -> bytes:
        """The event in a chunk; what is not the model's as it came."""
        around = next((value for name, _, value in event.headers if name == _SURROUNDING), None)
        if around is None and event.headers:
            return super().encode(event)
        outer = {} if around is None else strictjson.loads(around)
        outer = {**outer, "bytes": base64.b64encode((event.data or "").encode()).decode()}
        return super().encode(event._replace(event="chunk", data=strictjson.dumps(outer).decode()))


def message(headers: list[Header], payload: bytes) -> bytes:
    """One message as it goes over the wire."""
    block = b"".join(_header(header) for header in headers)
    prelude = struct.pack(">II", _OVERHEAD + len(block) + len(payload), len(block))
    body = prelude + _CHECKSUM.pack(zlib.crc32(prelude)) + block + payload
    return body + _CHECKSUM.pack(zlib.crc32(body))


def event_headers(kind: str) -> list[Header]:
    """The headers of an event whose payload is a JSON document."""
    pairs = ((":event-type", kind), (":content-type", "application/json"), (":message-type", "event"))
    return [Header(name, _STRING, value.encode()) for name, value in pairs]


def is_failure(event: Event) -> bool:
    """Whether the service says in this message that the stream has failed."""
    return any(name == ":message-type" and value != b"event" for name, _, value in event.headers)


def _header(header: Header) -> bytes:
    name = header.name.encode()
    length = struct.pack(">H", len(header.value)) if _VALUE_SIZES[header.kind] is None else b""
    return bytes([len(name)]) + name + bytes([header.kind]) + length + header.value


def _event(message: bytes) -> Event:
    _, length, _ = _PRELUDE.unpack_from(message)
    (checksum,) = _CHECKSUM.unpack_from(message, len(message) - _CHECKSUM.size)
    if zlib.crc32(message[: -_CHECKSUM.size]) != checksum:
        raise Unreadable("the checksum of a message is wrong")
    start = _PRELUDE.size + length
    headers = _headers(message[_PRELUDE.size : start])
    try:
        data = message[start : -_CHECKSUM.size].decode("utf-8")
        kinds = {header.name: header.value.decode("utf-8") for header in headers if header.kind == _STRING}
    except UnicodeDecodeError:
        raise Unreadable("a message of the stream is not UTF-8") from None
    kind = kinds.get(":event-type") or kinds.get(":exception-type") or kinds.get(":error-code") or ""
    return Event(kind, data, headers=tuple(headers))


def _headers(block: bytes) -> list[Header]:
    headers: list[Header] = []
    at = 0
    while at < len(block):
        size = block[at]
        name = block[at + 1 : at + 1 + size]
        at += 1 + size
        kind = block[at] if at < len(block) else len(_VALUE_SIZES)
        if size == 0 or kind >= len(_VALUE_SIZES):
            raise Unreadable("a message of the stream has a header without a name or a type")
        at += 1
        length = _VALUE_SIZES[kind]
        if length is None:
            length = int.from_bytes(block[at : at + 2], "big")
            at += 2
        value = block[at : at + length]
        at += length
        if at > len(block):
            raise Unreadable("a header of a message goes beyond the headers")
        try:
            headers.append(Header(name.decode("utf-8"), kind, value))
        except UnicodeDecodeError:
            raise Unreadable("the name of a header is not UTF-8") from None
    if len({header.name for header in headers}) != len(headers):
        raise Unreadable("a message of the stream has a header twice")
    return headers


def _opened(event: Event) -> Event:
    outer = strictjson.loads(event.data or "")
    inner = outer.pop("bytes", None) if isinstance(outer, dict) else None
    if not isinstance(inner, str):
        raise Unreadable("a chunk of the stream holds no bytes")
    try:
        data = base64.b64decode(inner, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unreadable("a chunk of the stream holds no text in base64") from None
    document = strictjson.loads(data)
    kind = document.get("type") if isinstance(document, dict) else None
    around = (_SURROUNDING, _STRING, strictjson.dumps(outer))
    return Event(kind if isinstance(kind, str) else "", data, headers=(*event.headers, around))
