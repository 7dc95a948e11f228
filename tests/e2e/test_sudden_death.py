"""Whatever is killed, and however: nothing of the session is left, and nothing of it fails open."""

from __future__ import annotations

import os
import signal
import subprocess
from glob import glob
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.e2e.conftest import Akios, eventually
from tests.processes import lives

pytestmark = pytest.mark.root


class Session(NamedTuple):
    """A running session, as the host sees it."""

    process: subprocess.Popen[bytes]
    id: str
    processes: list[psutil.Process]  # launcher first
    namespaces: set[str]  # that are the jail's and not the host's

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
    own = set().union(*(namespaces_of(p.pid) for p in processes)) - namespaces_of(os.getpid())
    session = next(record["session"] for record in akios.audit() if record["type"] == "session.start")
    assert cgroups_of(session), "there is something to leave behind"
    return Session(process, session, processes, own)


def cgroups_of(session: str) -> list[Path]:
    # Not `rglob`: others' groups come and go meanwhile, and only `walk` passes over a folder that has just gone.
    return [Path(parent, name) for parent, names, _ in os.walk("/sys/fs/cgroup") for name in names if session in name]


def leftovers(session: Session, akios: Akios) -> list[str]:
    """Whatever is still there of a session that should be gone."""
    left = [f"process {p.pid}" for p in session.processes if lives(p)]
    for pid in psutil.pids():
        left += [f"namespace {name} of process {pid}" for name in namespaces_of(pid) & session.namespaces]
    left += [f"cgroup {path}" for path in cgroups_of(session.id)]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    left += [f"mount {line}" for line in mounts if session.id in line or str(akios.folder) in line]
    for folder in ("/tmp", "/run", "/var/tmp", "/dev/shm"):
        # Not pathlib's, which stumbles over folders of others that go away meanwhile.
        left += [f"file {path}" for pattern in ("*", "*/*") for path in glob(f"{folder}/{pattern}{session.id}*")]
    return left


def assert_nothing_is_left(session: Session, akios: Akios) -> None:
    eventually(lambda: not leftovers(session, akios), what=f"left: {leftovers(session, akios)}")


@pytest.mark.parametrize("victim", ["launcher", "broker", "init"])
def test_sigkill_leaves_nothing_behind(akios: Akios, victim: str) -> None:
    session = begin(akios)
    assert session.namespaces
    assert session.broker.pid != session.init.pid
    getattr(session, victim).send_signal(signal.SIGKILL)
    status = session.process.wait(20)
    assert status == -signal.SIGKILL if victim == "launcher" else status not in (0, None)
    assert_nothing_is_left(session, akios)


def test_an_ordinary_end_leaves_nothing_behind(akios: Akios) -> None:
    session = begin(akios)
    session.process.send_signal(signal.SIGTERM)
    session.process.wait(20)
    assert_nothing_is_left(session, akios)


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


def test_a_killed_launcher_s_audit_log_still_verifies_and_the_next_run_goes_on_from_it(akios: Akios) -> None:
    session = begin(akios)
    session.launcher.kill()
    session.process.wait(20)
    assert_nothing_is_left(session, akios)
    run = akios.run("--", "/bin/true")
    assert run.status == 0, run
    its = [record for record in run.audit if record["session"] == session.id]
    assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
    assert (its[0]["type"], its[-1]["type"], its[-1]["records"]) == ("session.start", "log.recovered", len(its) - 1)
    assert run.report["audit"]["records"] == 2
    assert not (akios.state / "audit" / "journal" / session.id).exists()
