"""Connections that pass unopened: bytes as they are, the name checked, and the connection on record."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import harness
from tests.broker.conftest import World
from tests.broker.harness import Broker, Reader, request

pytestmark = pytest.mark.root


class Peer:
    """A plain TCP server that hands out its connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(harness.PATIENCE)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> socket.socket:
        connection, _ = self._listener.accept()
        connection.settimeout(harness.PATIENCE)
        return connection

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def tunnel(tmp_path: Path) -> Iterator[tuple[Broker, Peer]]:
    peer = Peer()
    rules = [harness.rule(1, "db.test", ports=(5432,), protocol="tcp", methods=(), paths=())]
    with harness.opened(
        tmp_path, *harness.plans(*rules), connect_to=[["db.test", 5432, "127.0.0.1", peer.port]]
    ) as broker:
        yield broker, peer
    peer.close()


def test_bytes_pass_both_ways_and_each_side_may_end_first(tunnel: tuple[Broker, Peer]) -> None:
    broker, peer = tunnel
    with broker.namespace.connect("db.test", 5432) as agent, peer.accept() as server:
        agent.sendall(b"question")
        assert server.recv(100) == b"question"
        agent.shutdown(socket.SHUT_WR)
        assert server.recv(100) == b""
        server.sendall(b"answer")
        assert agent.recv(100) == b"answer"
        server.shutdown(socket.SHUT_WR)
        assert agent.recv(100) == b""
    settled = broker.await_record(lambda r: r["type"] == "settlement")
    assert (settled["request_bytes"], settled["response_bytes"], settled["ending"]) == (8, 6, "closed")
    verdict = broker.records("verdict")[0]
    assert (verdict["decision"], verdict["rule"], verdict["host"], verdict["port"]) == ("allow", 1, "db.test", 5432)


def test_much_passes_at_the_pace_of_the_slower_side(tunnel: tuple[Broker, Peer]) -> None:
    broker, peer = tunnel
    data = bytes(range(256)) * 40_000
    with broker.namespace.connect("db.test", 5432) as agent, peer.accept() as server:
        sender = threading.Thread(target=agent.sendall, args=(data,))
        sender.start()
        received = b""
        while len(received) < len(data):
            received += server.recv(65536)
        sender.join()
    assert received == data


def test_a_reset_of_one_side_reaches_the_other(tunnel: tuple[Broker, Peer]) -> None:
    broker, peer = tunnel
    with broker.namespace.connect("db.test", 5432) as agent, peer.accept() as server:
        agent.sendall(b"x")
        assert server.recv(1) == b"x"
        harness.reset(server)
        with pytest.raises(ConnectionResetError):
            agent.recv(1)
    broker.await_record(lambda r: r["type"] == "settlement" and r["ending"] == "reset")


def test_an_upstream_that_is_not_there_resets_the_agent_s_connection(tunnel: tuple[Broker, Peer]) -> None:
    broker, peer = tunnel
    peer.close()
    with broker.namespace.connect("db.test", 5432) as agent, pytest.raises(ConnectionResetError):
        agent.recv(1)
    broker.await_record(lambda r: r["type"] == "settlement" and r["ending"] == "upstream_unreachable")


def test_the_end_of_the_session_ends_its_tunnels(tunnel: tuple[Broker, Peer]) -> None:
    broker, peer = tunnel
    with broker.namespace.connect("db.test", 5432) as agent, peer.accept() as server:
        agent.sendall(b"x")
        assert server.recv(1) == b"x"
        assert broker.end()["verdicts"]["allow"] == 1
        agent.settimeout(harness.PATIENCE)
        with contextlib.suppress(ConnectionResetError):
            assert agent.recv(1) == b""


def test_a_passed_through_connection_is_the_upstream_s_own_tls(world: World) -> None:
    context = ssl.create_default_context(cadata=world.authority.pem.decode())  # not the session's CA
    with context.wrap_socket(world.broker.namespace.connect("pass.test"), server_hostname="pass.test") as sock:
        sock.sendall(request("GET", "/through", "pass.test"))
        assert Reader(sock).answer().body == b"GET /through"


def test_a_passed_through_connection_must_name_the_dialled_host(world: World) -> None:
    context = ssl.create_default_context(cadata=world.authority.pem.decode())
    before = world.upstreams["pass.test"].connections
    for name in ("api.test", None):
        context.check_hostname = False
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            context.wrap_socket(world.broker.namespace.connect("pass.test"), server_hostname=name)
    assert world.upstreams["pass.test"].connections == before
    world.broker.await_record(lambda r: r.get("code") == "server_name_mismatch" and r["host"] == "pass.test")


def test_what_is_not_tls_does_not_pass_through(world: World) -> None:
    before = world.upstreams["pass.test"].connections
    with world.broker.namespace.connect("pass.test") as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: pass.test\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
    assert world.upstreams["pass.test"].connections == before
    world.broker.await_record(lambda r: r.get("code") == "tls_unreadable")
