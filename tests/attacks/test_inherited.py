"""What whoever called `akios run` had open: folders of the host, files, sockets, pipes, processes, namespaces.

Defence: every descriptor but the three standard ones is closed before the agent is made; folders and network sockets in
the place of those are refused. A folder that stays open is a way past every mount.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

CLOSED = ("EBADF",)
GONE = ("ENOENT",)

FAMILY = Family(
    "Descriptors of the caller",
    "closed before the agent is made",
    "started by the same caller without a jail",
    (
        Attack("a file beneath a folder that was open", CLOSED),
        Attack("what lies above such a folder", CLOSED),
        Attack("such a folder to stand in", CLOSED),
        Attack("a file that was open", CLOSED),
        Attack("such a file opened again, to write", GONE),
        Attack("a socket that listens", CLOSED),
        Attack("a pipe to another program", CLOSED),
        Attack("another process (pidfd)", GONE),
        Attack("the host's namespace", GONE),
    ),
)


@pytest.fixture(scope="module")
def held(jailer: Akios) -> Iterator[dict[str, int]]:
    """Descriptors of the host, by what they are."""
    secret = jailer.folder / "secret.txt"
    secret.write_text("top secret")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        ends = os.pipe()
        fds = {
            "folder": os.open(jailer.folder, os.O_RDONLY),
            "file": os.open(secret, os.O_RDONLY),
            "listener": listener.fileno(),
            "pipe": ends[1],
            "process": os.pidfd_open(os.getpid()),
            "namespace": os.open("/proc/self/ns/mnt", os.O_RDONLY),
        }
        for fd in {*fds.values(), ends[0]} - {listener.fileno()}:
            stack.callback(os.close, fd)
        # Numbers that no interpreter opens by itself meanwhile.
        high = {name: os.dup2(fd, 100 + number, inheritable=True) for number, (name, fd) in enumerate(fds.items())}
        for fd in high.values():
            stack.callback(os.close, fd)
        yield high


@pytest.fixture(scope="module")
def inside(jailer: Akios, held: dict[str, int]) -> Outcomes:
    script = placed("inherited.py", jailer.workspace).name
    process = jailer.start(script, json.dumps(held), options=["--python", sys.executable], pass_fds=[*held.values()])
    stdout, stderr = process.communicate(timeout=60)
    found: Outcomes = jailer.finished(process.returncode, stdout, stderr).said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path, held: dict[str, int]) -> Outcomes:
    command = [sys.executable, str(placed("inherited.py", loose)), json.dumps(held)]
    done = subprocess.run(command, pass_fds=[*held.values()], stdout=subprocess.PIPE, timeout=60, check=True)
    found: Outcomes = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_does_not_come_along(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


def test_a_socket_of_the_host_s_network_as_standard_input_is_refused(akios: Akios) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = akios.start("--", "/bin/true", stdin=listener.fileno())
        stdout, stderr = process.communicate(timeout=60)
        assert (process.returncode, stdout) == (2, b""), stderr
