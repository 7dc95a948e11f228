"""Just enough of the DNS wire format for a name server that asks nobody: one question in, one small answer out.

Every packet comes from the agent. A general DNS library would read all that a packet may hold (here: 118 ms for one
packet full of records, and a module imported for each record type that the packet names), while an honest stub
resolver sends one question and at most one OPT record. Only that is read; anything more is a format error, so the
time for a packet does not depend on what is in it. The tests hold this parser against a library's.

RFC 1035 (messages), RFC 6891 (EDNS), RFC 8914 (extended errors), RFC 7766 (TCP).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

A, PTR, AAAA, OPT, IXFR, AXFR, ANY = 1, 12, 28, 41, 251, 252, 255
IN = 1
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
#: Extended errors (RFC 8914 §4).
EDE_OTHER, EDE_BLOCKED = 0, 15

#: The largest query that is read: header, the longest name, an OPT record with room for cookies and padding.
MAX_QUERY = 1232
#: What we say we can receive in one datagram, and the most that we ever send in one: no path here fragments it.
MAX_DATAGRAM = 1232

_QR, _RD, _RA, _CD = 0x8000, 0x0100, 0x0080, 0x0010
_DO = 0x8000
_HEADER = struct.Struct("!HHHHHH")


class Malformed(Exception):
    """A packet that is not one well-formed query. `answer` is what to send back; b"" when nothing may be sent."""

    def __init__(self, why: str, answer: bytes = b"") -> None:
        super().__init__(why)
        self.answer = answer


class Query(NamedTuple):
    """One parsed query. `labels` are raw and without the root; `question` is echoed byte for byte (its case too)."""

    id: int
    flags: int
    labels: tuple[bytes, ...]
    type: int
    cls: int
    question: bytes
    edns: bool
    edns_flags: int


class Record(NamedTuple):
    """An answer to the question's own name. `ttl` in seconds, `data` as on the wire."""

    type: int
    ttl: int
    data: bytes


def parse(packet: bytes) -> Query:
    """Read a query. `Malformed` for anything else, whatever the bytes are."""
    if len(packet) < _HEADER.size:
        raise Malformed("shorter than a header")
    number, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(packet)
    if flags & _QR:
        raise Malformed("an answer, not a query")
    if flags & 0x7800:
        raise Malformed("an operation other than a query", _bare(number, flags, NOTIMP))
    error = _bare(number, flags, FORMERR)
    if len(packet) > MAX_QUERY:
        raise Malformed("longer than any query needs to be", error)
    if questions != 1 or answers or authorities or additionals > 1:
        raise Malformed("not one question with at most one OPT record", error)
    labels, offset = _labels(packet, error)
    if offset + 4 > len(packet):
        raise Malformed("cut off in the question", error)
    kind, cls = struct.unpack_from("!HH", packet, offset)
    question = packet[_HEADER.size : offset + 4]
    query = Query(number, flags, labels, kind, cls, question, False, 0)
    offset += 4
    if additionals:
        if len(packet) < offset + 11 or packet[offset] != 0:
            raise Malformed("an additional record that is not OPT", error)
        additional, _, ttl, length = struct.unpack_from("!HHIH", packet, offset + 1)
        if additional != OPT:
            raise Malformed("an additional record that is not OPT", error)
        offset += 11 + length
        query = query._replace(edns=True, edns_flags=ttl & _DO)
        if ttl >> 16 & 0xFF:
            raise Malformed("a version of EDNS that does not exist", answer(query, BADVERS))
    if offset != len(packet):
        raise Malformed("bytes after the end or records cut off", error)
    return query


def _labels(packet: bytes, error: bytes) -> tuple[tuple[bytes, ...], int]:
    """The question's labels and the offset after them. A pointer is refused: a first name has nothing to point to."""
    labels: list[bytes] = []
    offset = _HEADER.size
    while offset < len(packet):
        length = packet[offset]
        if length == 0:
            if offset + 1 - _HEADER.size > 255:
                raise Malformed("a name longer than 255 bytes", error)
            return tuple(labels), offset + 1
        if length > 63:
            raise Malformed("a compressed name or an unknown kind of label in the question", error)
        label = packet[offset + 1 : offset + 1 + length]
        if len(label) < length:
            break
        labels.append(label)
        offset += 1 + length
    raise Malformed("cut off in the name", error)


def answer(
    query: Query, rcode: int, records: tuple[Record, ...] = (), extended: tuple[int, str] | None = None
) -> bytes:
    """The answer to a query, ready to send; never longer than `MAX_DATAGRAM`, and than 512 bytes without EDNS.

    `extended` is an extended error's code and text; a client that does not speak EDNS does not get it.
    """
    flags = _QR | _RA | query.flags & (_RD | _CD) | rcode & 0xF
    packet = _HEADER.pack(query.id, flags, 1, len(records), 0, 1 if query.edns else 0) + query.question
    for record in records:
        # 0xC00C: the name of the question, which begins after the header.
        packet += struct.pack("!HHHIH", 0xC00C, record.type, IN, record.ttl, len(record.data)) + record.data
    if query.edns:
        option = b""
        if extended is not None:
            text = extended[1].encode()
            option = struct.pack("!HHH", 15, 2 + len(text), extended[0]) + text
        ttl = rcode >> 4 << 24 | query.edns_flags
        packet += struct.pack("!BHHIH", 0, OPT, MAX_DATAGRAM, ttl, len(option)) + option
    return packet


def _bare(number: int, flags: int, rcode: int) -> bytes:
    """An answer without the question: for packets whose question could not be read."""
    return _HEADER.pack(number, _QR | _RA | flags & (0x7800 | _RD) | rcode, 0, 0, 0, 0)


def encode_name(name: str) -> bytes:
    """A host name as labels on the wire. For names that we made ourselves."""
    return b"".join(bytes((len(label),)) + label.encode("ascii") for label in name.split(".") if label) + b"\0"


def printable(labels: tuple[bytes, ...]) -> str:
    """A name as text for a record: letters, digits, `-` and `_` as they are, other bytes as \\DDD; "." for the root."""
    return ".".join("".join(_character(byte) for byte in label) for label in labels) or "."


def _character(byte: int) -> str:
    character = chr(byte)
    return character if byte < 128 and (character.isalnum() or character in "-_") else f"\\{byte:03d}"
