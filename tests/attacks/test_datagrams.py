"""What is not HTTP: datagrams, other ports, other addresses, data before a connection stands. Defence: the firewall of
the jail's network namespace, which sends what is allowed to the broker and refuses the rest at once, on record. Should
it let something through, there is no interface that it could leave by.
"""

from __future__ import annotations

import json
import socket
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.probes.datagrams import ATTEMPTS
from tests.attacks.rooms import ALONE, all_addresses_local, in_jail, placed
from tests.e2e.conftest import Akios, Run
from tests.jail.contained import contained

pytestmark = pytest.mark.root

IPV6_FREEBIND = 78
REFUSED = ("ECONNREFUSED", "EPERM", "EACCES", "EHOSTUNREACH")

FAMILY = Family(
    "Other than HTTP",
    "firewall of the jail's network namespace",
    "the same program where every address leads to a server that answers",
    tuple(Attack(name, REFUSED) for name in ATTEMPTS),
)


class Stream(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(100)
        self.request.sendall(b"done")


class Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request[1].sendto(b"done", self.client_address)


class Streams(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6  # and IPv4 with it
    allow_reuse_address = True
    daemon_threads = True


class Datagrams(socketserver.ThreadingUDPServer):
    """Bound to one address, which no interface has: the answer comes from where it is awaited."""

    address_family = socket.AF_INET6
    max_packet_size = 65536
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        super().server_bind()


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> Run:
    jailer.allow("api.openai.com")
    return in_jail(jailer, placed("datagrams.py", jailer.workspace).name, python=True)


@pytest.fixture(scope="module")
def everywhere(loose: Path) -> Outcomes:
    script = placed("datagrams.py", loose)

    def act() -> str:
        all_addresses_local()
        servers: list[socketserver.BaseServer] = [Streams(("::", port), Stream) for port in (22, 443, 853, 4444)]
        for address in ("::ffff:203.0.113.9", "2001:db8::9"):
            servers += [Datagrams((address, port), Datagram) for port in (123, 443, 514, 5353)]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, check=True, timeout=60)
        return done.stdout.decode()

    found: Outcomes = json.loads(contained(act, ALONE))
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused_at_once(attack: Attack, governed: Run, everywhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, governed.said, everywhere, record_property)


def test_it_is_on_record(governed: Run) -> None:
    told = json.dumps(governed.denials())
    for word in ("203.0.113.9", "2001:db8::9", "4444", "853", "5353", "514"):
        assert word in told, word


def test_everything_that_is_tried_is_declared(governed: Run, everywhere: Outcomes) -> None:
    assert not undeclared(FAMILY, governed.said, everywhere)
