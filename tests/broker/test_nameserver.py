"""The name server on real sockets: on the host's loopback for its manners, in a real jail for the rest."""

from __future__ import annotations

import asyncio
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple, TypeVar

import dns.message
import dns.query
import dns.rcode
import pytest
import uvloop

from akios_jail import kernel
from akios_jail.broker import dnswire, limits
from akios_jail.broker.names import NameTable
from akios_jail.broker.nameserver import DeniedName, NameServer
from akios_jail.broker.pace import Pace
from tests.jail.jail_network import PLAN, JailNetwork, in_child, jail_network

CLONE_NEWNS = 0x00020000

Result = TypeVar("Result")


class Served(NamedTuple):
    """A running server: where, and what it refused."""

    server: NameServer
    udp: tuple[str, int]
    tcp: tuple[str, int]
    denied: list[DeniedName]


@asynccontextmanager
async def serving(**options: object) -> AsyncIterator[Served]:
    denied: list[DeniedName] = []
    server = NameServer(NameTable(PLAN), denied.append, **options)  # type: ignore[arg-type]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    tcp = socket.create_server(("127.0.0.1", 0))
    where = udp.getsockname(), tcp.getsockname()
    await server.start([udp], [tcp])
    try:
        yield Served(server, *where, denied)
    finally:
        await server.close()


def serve(talk: Callable[[Served], Awaitable[Result]], **options: object) -> Result:
    """Run a conversation with a server under uvloop, as the broker does."""

    async def conversation() -> Result:
        async with asyncio.timeout(30), serving(**options) as served:
            return await talk(served)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(conversation())


def framed(packet: bytes) -> bytes:
    return struct.pack("!H", len(packet)) + packet


async def read_framed(reader: asyncio.StreamReader) -> dns.message.Message:
    (length,) = struct.unpack("!H", await reader.readexactly(2))
    return dns.message.from_wire(await reader.readexactly(length))


QUERY = dns.message.make_query("api.openai.com", "A")


class TestByDatagram:
    def test_a_library_is_answered(self):
        def ask(served: Served) -> Awaitable[dns.message.Message]:
            return asyncio.to_thread(dns.query.udp, QUERY, served.udp[0], 10, served.udp[1])

        assert str(serve(ask).answer[0][0]) == "198.18.0.10"

    def test_rubbish_is_dropped_and_the_next_query_answered(self):
        async def ask(served: Served) -> dns.message.Message:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.connect(served.udp)
                for rubbish in (b"", b"x", bytes(12), bytes(4000), QUERY.to_wire()[:-1], b"\xff" * 100):
                    sock.send(rubbish)
            return await asyncio.to_thread(dns.query.udp, QUERY, served.udp[0], 10, served.udp[1])

        assert serve(ask).answer

    def test_an_asker_that_is_gone_stops_nothing(self):
        async def ask(served: Served) -> dns.message.Message:
            for _ in range(50):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.sendto(QUERY.to_wire(), served.udp)
            return await asyncio.to_thread(dns.query.udp, QUERY, served.udp[0], 10, served.udp[1])

        assert serve(ask).answer


class TestByConnection:
    def test_several_queries_on_one_connection_are_answered_in_order(self):
        async def ask(served: Served) -> list[int]:
            reader, writer = await asyncio.open_connection(*served.tcp)
            queries = [dns.message.make_query(name, "A") for name in ("api.openai.com", "evil.com") * 100]
            writer.write(b"".join(framed(query.to_wire()) for query in queries))
            answers = [await read_framed(reader) for _ in queries]
            writer.close()
            assert [answer.id for answer in answers] == [query.id for query in queries]
            return [answer.rcode() for answer in answers]

        assert serve(ask) == [dns.rcode.NOERROR, dns.rcode.NXDOMAIN] * 100

    @pytest.mark.parametrize(
        "rubbish", [b"\xff\xff" + bytes(100), framed(b"\0" * 5), framed(bytes(2) + b"\x80" + bytes(9))]
    )
    def test_rubbish_ends_it(self, rubbish):
        async def ask(served: Served) -> bytes:
            reader, writer = await asyncio.open_connection(*served.tcp)
            writer.write(rubbish)
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

        assert serve(ask) == b""

    def test_silence_ends_it(self):
        async def ask(served: Served) -> bytes:
            reader, writer = await asyncio.open_connection(*served.tcp)
            writer.write(b"\0")
            try:
                return await reader.read()
            finally:
                writer.close()

        assert serve(ask, idle=0.1) == b""

    def test_there_are_only_so_many_at_once(self):
        async def ask(served: Served) -> tuple[bytes, int]:
            kept = [await asyncio.open_connection(*served.tcp) for _ in range(limits.NAME_CONNECTIONS.value)]
            for reader, writer in kept:
                writer.write(framed(QUERY.to_wire()))
                await read_framed(reader)
            reader, writer = await asyncio.open_connection(*served.tcp)
            try:
                beyond = await reader.read()
            except ConnectionResetError:
                beyond = b""
            writer.close()
            kept[0][1].close()
            while True:  # until the server has seen that one is gone
                reader, writer = await asyncio.open_connection(*served.tcp)
                try:
                    writer.write(framed(QUERY.to_wire()))
                    answer = await read_framed(reader)
                    break
                except (asyncio.IncompleteReadError, ConnectionError):
                    continue
                finally:
                    writer.close()
            for _, writer in kept:
                writer.close()
            return beyond, len(answer.answer)

        assert serve(ask) == (b"", 1)


class TestOnRecord:
    def test_a_denied_name_is_reported_as_asked(self):
        async def ask(served: Served) -> list[DeniedName]:
            served.server.respond(dns.message.make_query("Secret\\010.evil.com", "TXT").to_wire())
            served.server.respond(QUERY.to_wire())
            return served.denied

        assert serve(ask) == [DeniedName("Secret\\010.evil.com", 16, "host_not_allowed", 0)]

    def test_a_flood_has_a_pace_and_the_rest_is_counted(self):
        async def ask(served: Served) -> list[DeniedName]:
            for number in range(100):
                served.server.respond(dns.message.make_query(f"n{number}.evil.com", "A").to_wire())
            pace.burst = pace.per_second = 1e9
            served.server.respond(dns.message.make_query("last.evil.com", "A").to_wire())
            return served.denied

        pace = Pace(per_second=1e-9, burst=10)
        denied = serve(ask, pace=pace)
        assert len(denied) == 11
        assert denied[-1] == DeniedName("last.evil.com", 1, "host_not_allowed", 90)

    def test_a_name_that_cannot_be_recorded_is_not_answered(self):
        def full_disk(_: DeniedName) -> None:
            raise OSError("no space left on device")

        server = NameServer(NameTable(PLAN), full_disk)
        with pytest.raises(OSError, match="no space"):
            server.respond(dns.message.make_query("evil.com", "A").to_wire())


def in_jail(act: Callable[[], Result], privileged: bool = False) -> Result:
    """Serve a real jail's name server sockets in a child, while the agent acts."""

    def serve_until_done(jail: JailNetwork) -> Result:
        async def run() -> Result:
            server = NameServer(NameTable(PLAN), lambda _: None)
            kinds = ("dns.udp", "dns.tcp")
            udp, tcp = ([jail.sockets[f"{kind}.{version}"] for version in (4, 6)] for kind in kinds)
            await server.start(udp, tcp)
            try:
                return await asyncio.to_thread(partial(jail.inside, act, privileged=privileged))
            finally:
                await server.close()

        return asyncio.run(run())

    with jail_network() as jail:
        return in_child(lambda: serve_until_done(jail))


@pytest.mark.root
class TestInAJail:
    @pytest.mark.parametrize(
        "server", ["198.18.0.1", "8.8.8.8", "127.0.0.1", "127.0.0.53", "2001:4860:4860::8888", "::1"]
    )
    @pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp])
    def test_any_name_server_is_the_brokers(self, server, ask):
        answer = in_jail(lambda: ask(QUERY, server, 10).to_wire())
        assert str(dns.message.from_wire(answer).answer[0][0]) == "198.18.0.10"

    def test_the_c_librarys_resolver_finds_allowed_names_only(self, tmp_path):
        """Also with AI_ADDRCONFIG, which does not count loopback addresses: the jail's own address is not one."""
        (tmp_path / "resolv.conf").write_text("nameserver 198.18.0.1\n")

        def look_up() -> tuple[list[str], list[str], str]:
            kernel.unshare(CLONE_NEWNS)
            kernel.make_private("/")
            subprocess.run(["mount", "--bind", tmp_path / "resolv.conf", "/etc/resolv.conf"], check=True)
            any_family = socket.getaddrinfo("api.openai.com", 443, type=socket.SOCK_STREAM)
            ipv4 = socket.getaddrinfo("a.example.org", 443, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
            try:
                socket.getaddrinfo("evil.com", 443)
            except socket.gaierror as error:
                return [a[4][0] for a in any_family], [a[4][0] for a in ipv4], str(error)
            return [], [], ""

        found, under_wildcard, error = in_jail(look_up, privileged=True)
        assert (found, under_wildcard) == (["198.18.0.10"], ["198.19.0.0"])
        assert "Name or service not known" in error

    def test_many_programs_at_once_are_answered(self):
        def ask_many() -> int:
            socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
            for sock in socks:
                sock.settimeout(10)
                sock.connect(("198.18.0.1", 53))
                sock.send(QUERY.to_wire())
            answers = [sock.recv(512) for sock in socks]
            return sum(dns.message.from_wire(answer).rcode() == dnswire.NOERROR for answer in answers)

        assert in_jail(ask_many) == 200
