"""One host is dialled, and another is named: in the ClientHello, in Host, in the target, in the second request.

Defence: the dialled name, the one of the ClientHello and the one of each request must be the same; what is in the clear
is no TLS. So the rule that was asked is the rule of the host that is reached.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import in_jail, placed
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

REFUSED = ("400", "403", "421", "closed")

FAMILY = Family(
    "Names that disagree",
    "dialled name, ClientHello and request must agree",
    "the same agent with `protocol: tcp` for the host, whose server takes anything",
    tuple(
        Attack(name, REFUSED, ("200",))
        for name in (
            "another allowed name in the ClientHello",
            "another allowed name in the ClientHello, the dialled one in the request",
            "a forbidden name in the ClientHello",
            "no name in the ClientHello",
            "another allowed name in Host",
            "a forbidden name in Host",
            "a forbidden name in Host, and a port",
            "the dialled name as user information",
            "a list of names in Host",
            "another port in Host",
            "a forbidden name in the target",
            "an allowed name in the target, not in Host",
            "a forbidden name in the second request",
            "another allowed name in the second request",
            "HTTP in the clear where TLS is due",
        )
    ),
)


class Anything(socketserver.BaseRequestHandler):
    """Says that all is well to every request, in TLS or in the clear, and keeps the requests."""

    context: ClassVar[ssl.SSLContext]
    seen: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        first = self.request.recv(1, 2)  # MSG_PEEK
        try:
            stream = self.context.wrap_socket(self.request, server_side=True) if first == b"\x16" else self.request
            while data := stream.recv(65536):
                self.seen.append(data)
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture(scope="module")
def server(jailer: Akios) -> Iterator[int]:
    """The port of the server of both hosts."""
    Anything.seen.clear()
    Anything.context = jailer.upstream.authority.context("one.test")
    with Server(("127.0.0.1", 0), Anything) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_address[1]
        listening.shutdown()
        thread.join()


def asked(jailer: Akios, server: int, **rule: object) -> Run:
    hosts = ("one.test", "two.test")
    jailer.policy({"network_access": {"allowlist": [{"host": host, **rule} for host in hosts]}})
    jailer.options = [word for host in hosts for word in ("--connect-to", f"{host}:443:127.0.0.1:{server}")]
    return in_jail(jailer, placed("disagreement.py", jailer.workspace).name, python=True)


@pytest.fixture(scope="module")
def governed(jailer: Akios, server: int) -> Run:
    run = asked(jailer, server)
    # The first of two requests was as it should be; it came as itself, and alone.
    assert [data.split(b"\r\n")[0] for data in Anything.seen] == [b"GET / HTTP/1.1"] * 2
    assert all(b"one.test" in data for data in Anything.seen)
    return run


@pytest.fixture(scope="module")
def unread(jailer: Akios, governed: Run, server: int) -> Outcomes:
    found: Outcomes = asked(jailer, server, protocol="tcp", ports=[443]).said
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, governed: Run, unread: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, governed.said, unread, record_property)


def test_each_of_them_is_on_record(governed: Run) -> None:
    assert len(governed.denials()) >= len(FAMILY.attacks)


def test_everything_that_is_tried_is_declared(governed: Run, unread: Outcomes) -> None:
    assert not undeclared(FAMILY, governed.said, unread)
