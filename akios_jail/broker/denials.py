"""What the jail's firewall refused, as it tells it: NFLOG messages on a netlink socket, read into records.

The frame around a packet is the kernel's (linux/netfilter/nfnetlink_log.h), but the packet inside is the agent's: its
lengths and headers say what the agent wanted them to say. Nothing is read beyond the bytes that are there, and a
message that makes no sense is counted, not guessed at.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple

#: Messages read before other work gets its turn.
_BATCH = 64
_BUFFER = 64 * 1024

_PACKET_MESSAGE = 4 << 8  # NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET
_PACKET_HEADER, _PAYLOAD, _SEQUENCE = 1, 9, 12  # NFULA_…
_IPV4, _IPV6 = 0x0800, 0x86DD

_PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp", 136: "udplite"}
_WITH_PORTS = ("tcp", "udp", "sctp", "udplite")
#: IPv6 headers that may stand before the transport's: hop-by-hop, routing, destination options (RFC 8200 §4.1).
_EXTENSIONS = (0, 43, 60)
_FRAGMENT = 44


class LogError(Exception):
    """A message that is not an NFLOG message as the kernel writes it, or holds no IP packet."""


class DeniedConnection(NamedTuple):
    """One packet that was refused. `protocol` is a name, or a number where it has none here.

    `port` and `icmp_type` are None where the protocol has none or the packet was too short to tell.
    """

    version: int
    protocol: str
    address: str
    port: int | None
    icmp_type: int | None


class LogEntry(NamedTuple):
    """A refused packet with its number in the kernel's log, None if it had none: a gap means lost entries."""

    denied: DeniedConnection
    sequence: int | None


def parse(datagram: bytes) -> list[LogEntry]:
    """Every refused packet in one netlink datagram. `LogError` for anything that is not as it should be."""
    entries = []
    offset = 0
    while offset < len(datagram):
        if len(datagram) - offset < 16:
            raise LogError("a netlink message is cut off")
        length, kind = struct.unpack_from("=IH", datagram, offset)
        if length < 16 or length > len(datagram) - offset:
            raise LogError("a netlink message has a length that cannot be")
        if kind == _PACKET_MESSAGE:
            entries.append(_entry(datagram[offset + 16 : offset + length]))
        offset += (length + 3) & ~3
    return entries


def _entry(message: bytes) -> LogEntry:
    attributes = _attributes(message[4:])  # after struct nfgenmsg
    header = attributes.get(_PACKET_HEADER, b"")
    payload = attributes.get(_PAYLOAD, b"")
    number = attributes.get(_SEQUENCE, b"")
    if len(header) < 2:
        raise LogError("a logged packet without its protocol")
    link = int.from_bytes(header[:2], "big")
    if link == _IPV4:
        denied = _ipv4(payload)
    elif link == _IPV6:
        denied = _ipv6(payload)
    else:
        raise LogError(f"a logged packet of the link protocol {link:#06x}")
    return LogEntry(denied, int.from_bytes(number, "big") if len(number) == 4 else None)


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4 or offset + length > len(data):
            raise LogError("a netlink attribute has a length that cannot be")
        found[kind & 0x3FFF] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def _ipv4(packet: bytes) -> DeniedConnection:
    if len(packet) < 20 or packet[0] >> 4 != 4:
        raise LogError("a logged packet that is not IPv4")
    start = (packet[0] & 0xF) * 4
    first_fragment = int.from_bytes(packet[6:8], "big") & 0x1FFF == 0
    transport = packet[start:] if start >= 20 and first_fragment else b""
    return _transport(4, packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20]), transport)


def _ipv6(packet: bytes) -> DeniedConnection:
    if len(packet) < 40 or packet[0] >> 4 != 6:
        raise LogError("a logged packet that is not IPv6")
    protocol, transport = packet[6], packet[40:]
    while protocol in _EXTENSIONS and len(transport) >= 8:
        protocol, transport = transport[0], transport[(transport[1] + 1) * 8 :]
    if protocol == _FRAGMENT and len(transport) >= 8:
        first_fragment = int.from_bytes(transport[2:4], "big") & 0xFFF8 == 0
        protocol, transport = transport[0], transport[8:] if first_fragment else b""
    return _transport(6, protocol, socket.inet_ntop(socket.AF_INET6, packet[24:40]), transport)


def _transport(version: int, number: int, address: str, data: bytes) -> DeniedConnection:
    protocol = _PROTOCOLS.get(number, str(number))
    port = int.from_bytes(data[2:4], "big") if protocol in _WITH_PORTS and len(data) >= 4 else None
    icmp_type = data[0] if protocol in ("icmp", "icmpv6") and data else None
    return DeniedConnection(version, protocol, address, port, icmp_type)


class DenialReader:
    """Reads a session's NFLOG socket and calls `denied` for each refused packet. Use: `start()`, later `close()`.

    The kernel logs at most a hundred a second after a first burst, so the callback's rate has that bound. `lost` counts
    entries that this reader could not keep up with, `unreadable` datagrams that made no sense.
    """

    def __init__(self, sock: socket.socket, denied: Callable[[DeniedConnection], None]) -> None:
        self.lost = 0
        self.unreadable = 0
        self._sock = sock
        self._denied = denied
        self._next: int | None = None

    def start(self) -> None:
        """Read as the running event loop tells that there is something."""
        self._sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self._sock, self.read)

    def close(self) -> None:
        """Read what is still there, then close the socket."""
        asyncio.get_running_loop().remove_reader(self._sock)
        while self.read():
            pass
        self._sock.close()

    def read(self) -> bool:
        """Read up to a batch; whether there may be more."""
        for _ in range(_BATCH):
            try:
                datagram = self._sock.recv(_BUFFER)
            except BlockingIOError:
                return False
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    continue  # the kernel dropped entries: the next one's number says how many
                asyncio.get_running_loop().remove_reader(self._sock)  # or it would fail again at once, forever
                raise
            try:
                entries = parse(datagram)
            except LogError:
                self.unreadable += 1
                continue
            for entry in entries:
                self._count(entry.sequence)
                self._denied(entry.denied)
        return True

    def _count(self, sequence: int | None) -> None:
        if sequence is None:
            return
        if self._next is not None:
            self.lost += (sequence - self._next) % (1 << 32)
        self._next = (sequence + 1) % (1 << 32)
