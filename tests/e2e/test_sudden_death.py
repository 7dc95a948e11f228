"""However a session ends, nothing of it is left, and nothing of it fails open: what is killed is in tests/faults."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.e2e.conftest import Akios
from tests.e2e.remains import Remains, cgroups_of

pytestmark = pytest.mark.root


class Session(NamedTuple):
    """A running session, as the host sees it."""

    process: subprocess.Popen[bytes]
    id: str
    processes: list[psutil.Process]  # launcher first
    remains: Remains

    @property
    def launcher(self) -> psutil.Process:
        return self.processes[0]

    @property
    def broker(self) -> psutil.Process:
        return next(process for process in self.processes if "akios_jail.broker" in process.cmdline())

    @property
    def init(self) -> psutil.Process:
        """Pid 1 of the jail: the one whose own idea of its pid is 1 (as the broker's is in its own namespace)."""
        return next(p for p in self.processes if inner_pid(p) == 1 and p.pid != self.broker.pid)


def inner_pid(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1])


def namespaces_of(pid: int) -> set[str]:
    folder = Path(f"/proc/{pid}/ns")
    try:
        return {os.readlink(folder / kind) for kind in ("mnt", "net", "pid", "ipc", "uts", "user", "cgroup")}
    except OSError:
        return set()  # ended meanwhile


def begin(akios: Akios) -> Session:
    """Start an agent that has children of its own, and look at everything there is of it."""
    process = akios.start("--", "/bin/sh", "-c", "sleep 300 & (setsid sleep 300 &) ; echo ready; sleep 300")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    launcher = psutil.Process(process.pid)
    processes = [launcher, *launcher.children(recursive=True)]
    session = next(record["session"] for record in akios.audit() if record["type"] == "session.start")
    assert cgroups_of(session), "there is something to leave behind"
    return Session(process, session, processes, Remains(session, processes, akios.folder))


def test_an_ordinary_end_leaves_nothing_behind(akios: Akios) -> None:
    session = begin(akios)
    session.process.send_signal(signal.SIGTERM)
    session.process.wait(20)
    session.remains.gone()


def test_without_its_broker_the_agent_has_no_way_out(akios: Akios) -> None:
    akios.file(
        "agent.py",
        """
import http.client, sys, time
print("ready", flush=True)
sys.stdin.readline()
for _ in range(100):
    try:
        connection = http.client.HTTPSConnection("internal-crm.corp", timeout=5)
        connection.request("GET", "/customers")
        print(connection.getresponse().status, flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
    time.sleep(0.02)
""",
    )
    import sys

    process = akios.start("agent.py", options=["--python", sys.executable], stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    children = psutil.Process(process.pid).children(recursive=True)
    broker = next(child for child in children if "akios_jail.broker" in child.cmdline())
    broker.kill()
    stdout, stderr = process.communicate(b"go\n", timeout=60)
    assert b"200" not in stdout
    assert not akios.upstream.requests()
    assert process.returncode in (120, 125), stderr
    assert b"broker" in stderr
