"""What the firewall refused: read from the kernel's messages, whatever the agent put into the packets."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akios_jail.broker.denials import DenialReader, DeniedConnection, LogEntry, LogError, parse
from tests.jail.jail_network import NOBODY, JailNetwork, dial, in_child, jail_network, send_datagram

#: As the kernel wrote it: 198.18.0.1 sent UDP to 255.255.255.255 port 99.
REAL = bytes.fromhex(
    "6800000000040000000000000000000002000001080001000800030005000a00000000000800050000000001"
    "08000b000000000008000e000000000008000c000000000e210009004500001d8ece40004011e5eec6120001ffffffffbc9200630009c62d78000000"
)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def message(payload: bytes, *, link: int = 0x0800, sequence: int | None = None, kind: int = 0x0400) -> bytes:
    body = struct.pack("!BBH", 2, 0, 1) + attribute(1, struct.pack("!HBx", link, 3)) + attribute(9, payload)
    if sequence is not None:
        body += attribute(12, struct.pack("!I", sequence))
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def ipv4(protocol: int, data: bytes, *, words: int = 5, fragment: int = 0, to: str = "8.8.8.8") -> bytes:
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, 20 + len(data), 0, fragment, 64, protocol, 0)
    return head + bytes(4) + socket.inet_aton(to) + bytes(max(0, words - 5) * 4) + data


def ipv6(following: int, data: bytes, to: str = "2001:db8::1") -> bytes:
    return struct.pack("!IHBB", 6 << 28, len(data), following, 64) + bytes(16) + socket.inet_pton(10, to) + data


PORT_443 = struct.pack("!HH", 50000, 443)


def read_one(datagram: bytes) -> DeniedConnection:
    (entry,) = parse(datagram)
    return entry.denied


class TestAMessage:
    def test_of_the_kernel_is_read(self):
        assert parse(REAL) == [LogEntry(DeniedConnection(4, "udp", "255.255.255.255", 99, None), 14)]

    @pytest.mark.parametrize(
        ("datagram", "expected"),
        [
            (message(ipv4(6, PORT_443)), (4, "tcp", "8.8.8.8", 443, None)),
            (message(ipv4(17, PORT_443, words=15)), (4, "udp", "8.8.8.8", 443, None)),
            (message(ipv4(132, PORT_443)), (4, "sctp", "8.8.8.8", 443, None)),
            (message(ipv4(1, b"\x08\0")), (4, "icmp", "8.8.8.8", None, 8)),
            (message(ipv4(47, PORT_443)), (4, "47", "8.8.8.8", None, None)),
            (message(ipv4(6, PORT_443[:3])), (4, "tcp", "8.8.8.8", None, None)),
            (message(ipv4(6, b"")), (4, "tcp", "8.8.8.8", None, None)),
            (message(ipv4(6, PORT_443, fragment=1)), (4, "tcp", "8.8.8.8", None, None)),
            (message(ipv4(6, PORT_443, fragment=0x2000)), (4, "tcp", "8.8.8.8", 443, None)),
            (message(ipv4(6, PORT_443, words=4)), (4, "tcp", "8.8.8.8", None, None)),
            (message(ipv4(1, b"")), (4, "icmp", "8.8.8.8", None, None)),
            (message(ipv6(6, PORT_443), link=0x86DD), (6, "tcp", "2001:db8::1", 443, None)),
            (message(ipv6(58, b"\x80\0"), link=0x86DD), (6, "icmpv6", "2001:db8::1", None, 128)),
            (message(ipv6(0, b"\x3c\0" + bytes(6) + b"\x11\1" + bytes(14) + PORT_443), link=0x86DD),
             (6, "udp", "2001:db8::1", 443, None)),
            (message(ipv6(44, b"\6\0\0\1" + bytes(4) + PORT_443), link=0x86DD), (6, "tcp", "2001:db8::1", 443, None)),
            (message(ipv6(44, b"\6\0\0\x08" + bytes(4) + PORT_443), link=0x86DD),
             (6, "tcp", "2001:db8::1", None, None)),
            (message(ipv6(0, b"\6\xff" + bytes(6)), link=0x86DD), (6, "tcp", "2001:db8::1", None, None)),
            (message(ipv6(0, b"\6"), link=0x86DD), (6, "0", "2001:db8::1", None, None)),
        ],
    )  # fmt: skip
    def test_says_which_protocol_address_and_port_as_far_as_it_goes(self, datagram, expected):
        assert read_one(datagram) == DeniedConnection(*expected)

    def test_may_share_its_datagram(self):
        other = message(b"", kind=3)
        first, second = message(ipv4(6, PORT_443), sequence=7), message(ipv4(17, PORT_443), sequence=8)
        assert [entry.sequence for entry in parse(first + other + second)] == [7, 8]

    @pytest.mark.parametrize(
        "datagram",
        [
            b"x",
            REAL[:-1],
            REAL[:20],
            bytes(16),
            struct.pack("=I", 2**32 - 1) + REAL[4:],
            message(b""),
            message(ipv4(6, PORT_443), link=0x0806),
            message(ipv4(6, PORT_443), link=0x86DD),
            message(ipv6(6, PORT_443)),
            message(ipv4(6, PORT_443)[:19]),
            message(ipv6(6, PORT_443)[:39], link=0x86DD),
        ],
    )
    def test_that_makes_no_sense_is_an_error_of_its_own(self, datagram):
        with pytest.raises(LogError):
            parse(datagram)

    @given(st.binary(max_size=300))
    @example(REAL)
    def test_raises_nothing_else_whatever_the_bytes(self, datagram):
        _parse_or_refuse(datagram)

    @given(st.data())
    def test_raises_nothing_else_when_a_real_one_is_altered(self, data):
        datagram = bytearray(REAL)
        for _ in range(data.draw(st.integers(1, 8))):
            datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(st.integers(0, 255))
        _parse_or_refuse(bytes(datagram))

    @given(st.binary(max_size=130), st.sampled_from([0x0800, 0x86DD]))
    def test_raises_nothing_else_whatever_the_packet(self, packet, link):
        _parse_or_refuse(message(bytes([(4 if link == 0x0800 else 6) << 4 | 5]) + packet, link=link))


def _parse_or_refuse(datagram: bytes) -> None:
    try:
        entries = parse(datagram)
    except LogError:
        return
    for entry in entries:
        assert entry.denied.port is None or 0 <= entry.denied.port <= 65535
        assert entry.denied.address.isascii()


def read_all(datagrams: list[bytes]) -> tuple[list[DeniedConnection], DenialReader]:
    """A reader's view of some datagrams on a socket."""

    async def run() -> tuple[list[DeniedConnection], DenialReader]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        denied: list[DeniedConnection] = []
        reader = DenialReader(ours, denied.append)
        reader.start()
        with theirs:
            theirs.setblocking(False)
            for datagram in datagrams:
                await asyncio.get_running_loop().sock_sendall(theirs, datagram)
            reader.close()
        return denied, reader

    return asyncio.run(run())


class TestTheReader:
    def test_reports_each_and_counts_what_the_log_lost(self):
        sequence = [2**32 - 2, 2**32 - 1, 0, 5]
        denied, reader = read_all([message(ipv4(6, PORT_443), sequence=number) for number in sequence])
        assert len(denied) == 4
        assert (reader.lost, reader.unreadable) == (4, 0)

    def test_counts_what_it_cannot_read_and_goes_on(self):
        denied, reader = read_all([b"rubbish", message(ipv4(6, PORT_443)), b""])
        assert len(denied) == 1
        assert reader.unreadable == 1

    @pytest.mark.root
    def test_hears_a_jails_firewall_without_any_privilege(self):
        def listen(jail: JailNetwork) -> list[DeniedConnection]:
            async def run() -> list[DeniedConnection]:
                queue: asyncio.Queue[DeniedConnection] = asyncio.Queue()
                reader = DenialReader(jail.sockets["nflog"], queue.put_nowait)
                reader.start()
                async with asyncio.timeout(10):
                    return [await queue.get() for _ in range(3)]

            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            return asyncio.run(run())

        with jail_network() as jail:
            jail.inside(dial, "8.8.8.8", 4443)
            jail.inside(send_datagram, "9.9.9.9", 123)
            jail.inside(dial, "2001:db8:9::9", 25)
            assert in_child(lambda: listen(jail)) == [
                DeniedConnection(4, "tcp", "8.8.8.8", 4443, None),
                DeniedConnection(4, "udp", "9.9.9.9", 123, None),
                DeniedConnection(6, "tcp", "2001:db8:9::9", 25, None),
            ]
