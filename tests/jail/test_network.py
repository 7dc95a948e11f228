"""The jail's network on the real kernel: what is allowed ends at the broker, everything else is refused at once."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest

from akios_jail import kernel
from akios_jail.broker import denials
from akios_jail.jail import network, nftables
from akios_jail.jail.errors import JailError
from akios_jail.policy.plans import EgressPlan
from tests.jail.jail_network import (
    AT_ONCE,
    CLONE_NEWNET,
    NOBODY,
    PLAN,
    JailNetwork,
    dial,
    family_of,
    in_child,
    jail_network,
    send_datagram,
)

pytestmark = pytest.mark.root

PORTS = network.PORTS
CLONE_NEWUSER = 0x10000000
PR_SET_DUMPABLE = 4


@pytest.fixture
def jail():
    with jail_network() as made:
        yield made


def accept(jail: JailNetwork, listener: str) -> tuple[socket.socket, tuple[str, int]]:
    """The waiting connection of a listener and the address that was dialled."""
    connection, _ = jail.sockets[listener].accept()
    if connection.family == socket.AF_INET6:
        port, packed = struct.unpack_from("!2xH4x16s", connection.getsockopt(socket.IPPROTO_IPV6, 80, 28))
    else:
        port, packed = struct.unpack_from("!2xH4s", connection.getsockopt(socket.IPPROTO_IP, 80, 16))
    return connection, (socket.inet_ntop(connection.family, packed), port)


def denied(jail: JailNetwork) -> list[denials.DeniedConnection]:
    """Everything that the firewall has logged and nobody has read."""
    found = []
    while True:
        try:
            found += [entry.denied for entry in denials.parse(jail.sockets["nflog"].recv(65536))]
        except BlockingIOError:
            return found


class TestWhatThePolicyAllows:
    @pytest.mark.parametrize(
        ("address", "port", "listener"),
        [
            ("198.18.0.10", 443, "listen.https.4"),
            ("198.18.0.11", 80, "listen.http.4"),
            ("198.18.0.12", 5432, "listen.tcp.4"),
            ("198.19.0.0", 443, "listen.https.4"),
            ("198.19.255.255", 443, "listen.https.4"),
            ("192.0.2.1", 8443, "listen.https.4"),
            ("203.0.113.77", 6379, "listen.tcp.4"),
            ("2001:db8::1", 443, "listen.https.6"),
            ("2001:db8:1:2::3", 80, "listen.http.6"),
            ("9.9.9.9", 53, "dns.tcp.4"),
            ("127.0.0.53", 53, "dns.tcp.4"),
            ("2620:fe::fe", 53, "dns.tcp.6"),
        ],
    )
    def test_reaches_the_brokers_listener_which_learns_what_was_dialled(self, jail, address, port, listener):
        assert jail.inside(dial, address, port).error is None
        connection, dialled = accept(jail, listener)
        with connection:
            assert dialled == (address, port)

    def test_works_again_from_the_same_source_port(self, jail):
        """Two connections that differ in nothing but the address that is rewritten."""

        def dial_two() -> None:
            first, second = socket.socket(), socket.socket()
            with first, second:
                for sock, address in ((first, "198.18.0.10"), (second, "198.19.1.2")):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sock.bind(("", 40000))
                    sock.connect((address, 443))
                    sock.sendall(address.encode())

        jail.inside(dial_two)
        for _ in range(2):
            connection, (address, _) = accept(jail, "listen.https.4")
            with connection:
                assert connection.recv(64) == address.encode()

    def test_carries_bulk_both_ways(self, jail):
        size = 32 * 1024 * 1024

        def serve() -> None:
            jail.sockets["listen.tcp.4"].setblocking(True)
            connection, _ = jail.sockets["listen.tcp.4"].accept()
            with connection:
                while data := connection.recv(1 << 16):
                    connection.sendall(data)

        def exchange() -> int:
            with socket.create_connection(("198.18.0.12", 5432), timeout=60) as sock:
                sender = threading.Thread(target=lambda: (sock.sendall(bytes(size)), sock.shutdown(socket.SHUT_WR)))
                sender.start()
                received = 0
                while data := sock.recv(1 << 16):
                    received += len(data)
                sender.join()
                return received

        server = threading.Thread(target=serve)
        server.start()
        assert jail.inside(exchange) == size
        server.join()
        assert denied(jail) == []

    def test_connections_wait_while_nobody_accepts(self, jail):
        def dial_many() -> int:
            open_ones = [socket.create_connection(("198.18.0.10", 443), timeout=10) for _ in range(200)]
            return len(open_ones)

        assert jail.inside(dial_many) == 200


class TestEverythingElse:
    @pytest.mark.parametrize(
        ("address", "port"),
        [
            ("8.8.8.8", 443),
            ("198.18.0.10", 80),  # an allowed name at another port
            ("198.18.0.13", 443),  # a synthetic address of no name
            ("198.19.0.1", 80),
            ("192.0.2.1", 443),
            ("169.254.169.254", 80),
            ("10.0.0.1", 22),
            ("2001:db8::2", 443),
            ("::ffff:8.8.8.8", 443),
            ("64:ff9b::808:808", 443),
            ("fd00:ec2::254", 80),
        ],
    )
    def test_is_refused_at_once_by_tcp_and_on_record(self, jail, address, port):
        outcome = jail.inside(dial, address, port)
        assert outcome.error == errno.ECONNREFUSED
        assert outcome.seconds < AT_ONCE
        plain = address.removeprefix("::ffff:")
        version = 6 if ":" in plain else 4
        assert denied(jail) == [denials.DeniedConnection(version, "tcp", plain, port, None)]

    @pytest.mark.parametrize("connected", [False, True])
    @pytest.mark.parametrize(
        ("address", "port"),
        [
            ("8.8.8.8", 443),
            ("198.18.0.10", 443),  # QUIC to an allowed name: clients fall back to TCP
            ("2001:db8::1", 443),
            ("224.0.0.251", 5353),
            ("255.255.255.255", 67),
        ],
    )
    def test_is_refused_at_once_by_udp_and_on_record(self, jail, address, port, connected):
        outcome = jail.inside(send_datagram, address, port, connected)
        assert outcome.error in (errno.EPERM, errno.ECONNREFUSED)
        assert outcome.seconds < AT_ONCE
        version = 6 if ":" in address else 4
        assert denied(jail) == [denials.DeniedConnection(version, "udp", address, port, None)]

    def test_is_refused_for_ping_even_with_a_raw_socket(self, jail):
        def ping() -> int | None:
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
                try:
                    sock.sendto(struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0), ("8.8.8.8", 0))
                except OSError as error:
                    return error.errno
                return None

        assert jail.inside(ping, privileged=True) in (errno.EPERM, errno.EHOSTUNREACH)
        assert denied(jail) == [denials.DeniedConnection(4, "icmp", "8.8.8.8", None, 8)]

    def test_opens_no_raw_or_ping_socket_for_an_agent(self, jail):
        def open_sockets() -> list[int | None]:
            errors: list[int | None] = []
            for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
                try:
                    socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
                    errors.append(None)
                except OSError as error:
                    errors.append(error.errno)
            return errors

        assert jail.inside(open_sockets) == [errno.EPERM, errno.EACCES]

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "198.18.0.1", "::ffff:127.0.0.1"])
    @pytest.mark.parametrize("port", list(PORTS))
    def test_includes_the_brokers_own_ports(self, jail, address, port):
        outcome = jail.inside(dial, address, port)
        assert outcome.error == errno.ECONNREFUSED
        assert outcome.seconds < AT_ONCE
        version = 6 if ":" in address else 4
        for name, sock in jail.sockets.items():
            if name.endswith(f".{version}") and not name.startswith("dns.udp"):
                with pytest.raises(BlockingIOError):
                    sock.accept()

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "198.18.0.1"])
    def test_includes_the_name_servers_own_port_by_udp(self, jail, address):
        assert jail.inside(send_datagram, address, PORTS.dns, True).error in (errno.EPERM, errno.ECONNREFUSED)
        with pytest.raises(BlockingIOError):
            jail.sockets["dns.udp.6" if ":" in address else "dns.udp.4"].recv(512)

    def test_is_refused_when_the_agent_itself_serves_at_that_address(self, jail):
        """Every address is local, so an agent may bind any; it changes nothing about who answers there."""

        def serve_and_dial() -> list[int | None]:
            with socket.create_server(("8.8.8.8", 8443)), socket.create_server(("203.0.113.5", 6379)):
                return [dial("8.8.8.8", 8443).error, dial("203.0.113.5", 6379).error]

        assert jail.inside(serve_and_dial) == [errno.ECONNREFUSED, None]
        connection, dialled = accept(jail, "listen.tcp.4")
        with connection:
            assert dialled == ("203.0.113.5", 6379)

    def test_has_no_other_way_even_without_the_firewall(self, jail):
        def flush_and_dial() -> list[int | None]:
            subprocess.run([nftables.find_nft(), "flush", "ruleset"], check=True)
            return [dial("8.8.8.8", 443).error, dial("198.18.0.10", 443).error, dial("2001:db8::1", 443).error]

        assert jail.inside(flush_and_dial, privileged=True) == [errno.ECONNREFUSED] * 3

    def test_cannot_be_changed_by_the_agent(self, jail):
        def change() -> list[int]:
            commands = ([nftables.find_nft(), "flush", "ruleset"], ["ip", "link", "add", "v", "type", "dummy"])
            return [subprocess.run(command, capture_output=True).returncode for command in commands]

        assert 0 not in jail.inside(change)
        assert jail.inside(dial, "8.8.8.8", 443).error == errno.ECONNREFUSED

    def test_is_refused_as_fast_when_there_is_a_flood_of_it(self, jail):
        def flood() -> float:
            started = time.monotonic()
            for port in range(1000, 3000):
                assert dial("8.8.8.8", port).error == errno.ECONNREFUSED
            return (time.monotonic() - started) / 2000

        assert jail.inside(flood) < 0.05
        assert 200 <= len(denied(jail)) < 2000, "the log has a pace, so that an agent cannot drown its readers"


class TestTheJailsOwnLoopback:
    @pytest.mark.parametrize(
        ("bound", "dialled"),
        [
            ("127.0.0.1", "127.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
            ("127.8.8.8", "127.8.8.8"),
            ("0.0.0.0", "0.0.0.0"),
            ("0.0.0.0", network.RESOLVER),
            ("::1", "::1"),
            ("::", "::1"),
            ("::", "::"),
            ("::", "127.0.0.1"),
        ],
    )
    def test_serves_the_agents_own_servers(self, jail, bound, dialled):
        def serve_and_dial() -> tuple[int | None, bytes]:
            with socket.socket(family_of(bound)) as server, socket.socket(family_of(bound), socket.SOCK_DGRAM) as echo:
                server.bind((bound, 8000))
                server.listen()
                echo.bind((bound, 8001))
                stream = dial(dialled, 8000).error
                with socket.socket(family_of(dialled), socket.SOCK_DGRAM) as client:
                    client.settimeout(10)
                    client.connect((dialled, 8001))
                    client.send(b"hello")
                    data, sender = echo.recvfrom(64)
                    echo.sendto(data, sender)
                    return stream, client.recv(64)

        assert jail.inside(serve_and_dial) == (None, b"hello")
        assert denied(jail) == []

    def test_refuses_closed_ports_without_a_record(self, jail):
        assert jail.inside(dial, "127.0.0.1", 9).error == errno.ECONNREFUSED
        assert denied(jail) == []

    def test_is_what_a_program_takes_for_its_own_address(self, jail):
        """Many programs ask which source address would be used, then serve there."""

        def own_address() -> tuple[str, int | None]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect(("8.8.8.8", 80))
                address = probe.getsockname()[0]
            with socket.create_server((address, 8000)):
                return address, dial(address, 8000).error

        assert jail.inside(own_address) == (network.RESOLVER, None)

    def test_is_enough_for_ipv4_lookups_with_addrconfig(self, jail):
        def look_up() -> list[object]:
            return socket.getaddrinfo("127.0.0.1", 80, socket.AF_INET, flags=socket.AI_ADDRCONFIG)

        assert jail.inside(look_up)

    def test_is_the_only_interface(self, jail):
        assert jail.inside(socket.if_nameindex) == [(1, "lo")]


class TestConfigure:
    def test_gives_every_descriptor_by_name_close_on_exec_and_non_blocking(self, jail):
        kinds = ("listen.https", "listen.http", "listen.tcp", "dns.udp", "dns.tcp")
        assert set(jail.fds) == {f"{kind}.{version}" for kind in kinds for version in (4, 6)} | {"nflog"}

        def flags() -> list[tuple[int, int]]:
            kernel.unshare(CLONE_NEWNET)
            fds = network.configure(PLAN).values()
            return [(fcntl.fcntl(fd, fcntl.F_GETFD), fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK) for fd in fds]

        assert in_child(flags) == [(fcntl.FD_CLOEXEC, os.O_NONBLOCK)] * 11

    def test_opens_only_names_and_loopback_for_an_empty_plan(self):
        with jail_network(EgressPlan(())) as jail:
            assert jail.inside(dial, "198.19.0.1", 443).error == errno.ECONNREFUSED
            assert jail.inside(dial, network.RESOLVER, 53).error is None

    def test_loads_a_large_plan(self):
        host = PLAN.hosts[0]
        hosts = tuple(host._replace(host=f"h{i}.net", address=f"198.18.{i // 250}.{i % 250}") for i in range(10, 2010))
        with jail_network(EgressPlan(hosts)) as jail:
            assert jail.inside(dial, "198.18.8.9", 443).error is None
            assert jail.inside(dial, "198.18.9.9", 443).error == errno.ECONNREFUSED

    def test_makes_a_jail_without_ipv6_where_the_kernel_has_none(self):
        def configure() -> tuple[set[str], int | None, int | None]:
            kernel.unshare(CLONE_NEWNET)
            Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
            names = set(network.configure(PLAN))
            return names, dial("198.18.0.10", 443).error, dial("2001:db8::1", 443).error

        names, allowed, by_ipv6 = in_child(configure)
        assert names == {"listen.https.4", "listen.http.4", "listen.tcp.4", "dns.udp.4", "dns.tcp.4", "nflog"}
        assert allowed is None
        assert by_ipv6 in (errno.ENETUNREACH, errno.EADDRNOTAVAIL)

    def test_needs_no_root_but_its_own_namespaces(self):
        def configure() -> int | None:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            kernel.prctl(PR_SET_DUMPABLE, 1)  # or /proc/self belongs to root after the change of user
            kernel.unshare(CLONE_NEWUSER | CLONE_NEWNET)
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"), ("gid_map", f"0 {NOBODY} 1")):
                Path(f"/proc/self/{name}").write_text(text)
            network.configure(PLAN)
            return dial("8.8.8.8", 443).error

        assert in_child(configure) == errno.ECONNREFUSED

    def test_says_what_is_missing_without_privilege(self):
        def configure() -> str:
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            try:
                network.configure(PLAN)
            except JailError as error:
                return str(error)
            return ""

        message = in_child(configure)
        assert message == "could not bring the jail's loopback up: Operation not permitted"

    def test_refuses_a_namespace_that_is_in_use_and_leaves_nothing_open(self):
        def configure_twice() -> tuple[str, bool]:
            kernel.unshare(CLONE_NEWNET)
            network.configure(PLAN)
            before = os.listdir("/proc/self/fd")
            try:
                network.configure(PLAN)
            except JailError as error:
                return str(error), os.listdir("/proc/self/fd") == before
            return "", False

        message, nothing_open = in_child(configure_twice)
        assert message.startswith("could not give the jail its own address: ")
        assert nothing_open

    def test_gives_nfts_own_words_for_rules_that_the_kernel_refuses(self):
        def load() -> str:
            kernel.unshare(CLONE_NEWNET)
            try:
                nftables.load("table inet akios { chain output { nonsense } }")
            except JailError as error:
                return str(error)
            return ""

        message = in_child(load)
        assert "could not load the jail's firewall" in message
        assert "syntax error" in message
