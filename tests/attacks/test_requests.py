"""Requests that two parsers could read differently, and those that would leave what was judged: smuggling, tunnels,
upgrades, another method or path in a field. Defence: what is not strictly HTTP/1.1 is refused, on record; the request
that leaves is made anew from the parsed one, so what nobody understood does not leave.
"""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import in_jail, placed
from tests.broker.test_attacks import FORBIDDEN, MALFORMED
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

REQUESTS = {**MALFORMED, **{f"{name} (asked for)": data for name, (data, _) in FORBIDDEN.items()}}

FAMILY = Family(
    "Requests",
    "strict parsing; what leaves is made anew",
    "the same agent with `protocol: tcp` for the host, whose server takes anything",
    (
        *(Attack(name, ("400", "closed"), ("200",)) for name in MALFORMED),
        *(Attack(f"{name} (asked for)", ("403",), ("200",)) for name in FORBIDDEN),
    ),
)


class Anything(socketserver.BaseRequestHandler):
    """Says that all is well to whatever comes, and keeps its beginning."""

    seen: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        self.seen.append(self.request.recv(65536))
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        while self.request.recv(65536):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of the server of plain.test, as the jail knows it."""
    Anything.seen.clear()
    with Server(("127.0.0.1", 0), Anything) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_address[1]
        listening.shutdown()
        thread.join()


def asked(jailer: Akios, server: int, protocol: str, port: int) -> Run:
    rule = {"host": "plain.test", "protocol": protocol, "ports": [port], "addresses": ["127.0.0.0/8"]}
    rule |= {"methods": ["*"]} if protocol == "http" else {}
    jailer.policy({"network_access": {"allowlist": [rule]}})
    encoded = {name: base64.b64encode(data).decode() for name, data in REQUESTS.items()}
    jailer.file("requests.json", json.dumps(encoded))
    placed("requests.py", jailer.workspace)
    jailer.options = ["--connect-to", f"plain.test:{port}:127.0.0.1:{server}"]
    return in_jail(jailer, "requests.py", "plain.test", str(port), python=True)


@pytest.fixture(scope="module")
def governed(jailer: Akios, server: int) -> Run:
    run = asked(jailer, server, "http", 80)
    assert not Anything.seen, "something of a refused request left the broker"
    return run


@pytest.fixture(scope="module")
def unread(jailer: Akios, governed: Run, server: int) -> Outcomes:
    found: Outcomes = asked(jailer, server, "tcp", 8000).said
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_goes_nowhere(attack: Attack, governed: Run, unread: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, governed.said, unread, record_property)


def test_each_of_them_is_on_record(governed: Run) -> None:
    denied = [record for record in governed.denials() if record["type"] == "verdict"]
    assert len(denied) >= len([word for word in governed.said.values() if word != "closed"])


def test_everything_that_is_tried_is_declared(governed: Run, unread: Outcomes) -> None:
    assert not undeclared(FAMILY, governed.said, unread)
