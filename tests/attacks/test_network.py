"""The jail's network and the host's sockets. Defence: a network namespace with no interface but the loopback, whose
addresses, routes and firewall only a capability in the host's user namespace could change; Landlock's scope of abstract
sockets. The broker's listeners are there before the agent is, so that nobody can listen in their place.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import in_jail, outside, placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

NAMESPACE = "network namespace, Landlock's scope of abstract sockets"
REFUSED = ("ECONNREFUSED", "EPERM")
FIRST = "the broker's listener was there first"

FAMILY = Family(
    "Network and local sockets",
    "an agent without a capability over its network namespace",
    ROOT_ELSEWHERE,
    (
        Attack("an abstract stream socket of the host", REFUSED, defence=NAMESPACE),
        Attack("an abstract datagram socket of the host", REFUSED, defence=NAMESPACE),
        Attack("an abstract packet socket of the host", REFUSED, defence=NAMESPACE),
        Attack("a socket file of the host", ("ENOENT",), defence="absent"),
        Attack("an interface of its own", absent=("ENOTSUP",)),
        Attack("another address"),
        Attack("another route"),
        Attack("removing the route to the broker"),
        Attack("a rule about routes", absent=("ENOTSUP",)),
        Attack("emptying the firewall"),
        Attack("listening in the broker's place", ("EADDRINUSE",), defence=FIRST),
        Attack("listening in the broker's place, IPv6", ("EADDRINUSE",), defence=FIRST),
        Attack("answering in the resolver's place", ("EADDRINUSE",), defence=FIRST),
        Attack("listening where only root may", ("EACCES",)),
        Attack("taking the loopback down"),
    ),
)


@pytest.fixture(scope="module")
def listeners(jailer: Akios) -> Iterator[str]:
    """Sockets of the host that anybody may speak to: abstract ones, and a file beside the workspace."""
    name = str(jailer.folder / "listener")
    with ExitStack() as stack:
        for kind, where in ((1, f"\0{name}1"), (2, f"\0{name}2"), (5, f"\0{name}5"), (1, name)):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            listener.bind(where)
            if kind != socket.SOCK_DGRAM:
                listener.listen()
        Path(name).chmod(0o777)
        yield name


@pytest.fixture(scope="module")
def inside(jailer: Akios, listeners: str) -> Outcomes:
    placed("network.py", jailer.workspace)
    found: Outcomes = in_jail(jailer, "network.py", listeners, python=True).said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    return outside([sys.executable, str(placed("network.py", loose)), "own"], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


def test_the_broker_s_own_ports_are_no_way_in(akios: Akios) -> None:
    run = akios.python(
        """
        import json, socket
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in open(f"/proc/net/{table}").read().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
        outcome = {}
        for port in ports:
            for host in ("127.0.0.1", "::1"):
                try:
                    with socket.create_connection((host, port), timeout=5) as stream:
                        stream.sendall(b"GET / HTTP/1.1\\r\\nHost: internal-crm.corp\\r\\n\\r\\n")
                        outcome[f"{host} {port}"] = stream.recv(100).decode("latin-1")
                except OSError as error:
                    outcome[f"{host} {port}"] = type(error).__name__
        print(json.dumps(outcome))
        """
    )
    assert set(run.said.values()) <= {"ConnectionRefusedError"}, run
    assert not akios.upstream.requests()


def test_a_thousand_idle_connections_do_not_stop_the_session(akios: Akios) -> None:
    run = akios.python(
        """
        import json, resource, socket, urllib.request
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
        held = []
        for _ in range(950):
            try:
                held.append(socket.create_connection(("api.openai.com", 443), timeout=5))
            except OSError:
                break
        for stream in held[:len(held) // 2]:
            stream.close()
        print(urllib.request.urlopen("https://internal-crm.corp/customers/4821", timeout=20).read().decode())
        """
    )
    assert run.said["id"] == 4821, run
