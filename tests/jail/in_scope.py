"""What a session is to systemd, in a machine that has it and cgroup v2 alone, as production has:

    sudo scripts/vm --systemd -- .venv/bin/python -m pytest tests/jail/in_scope.py

The agent and its broker lie side by side in one scope that systemd has handed over, each with limits of its own.
Emulated machines are slow: what can be seen of one session is, and all sessions share a policy that is compiled once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from akios_jail.jail import cgroups_files as files
from akios_jail.launcher import broker_walls

pytestmark = pytest.mark.root

SLICE = Path("/sys/fs/cgroup/akios.slice")
AKIOS = str(Path(sys.executable).with_name("akios"))
RESOURCES = {"memory": "256Mi", "pids": 20, "cpus": 0.5, "io": "8MiB"}
POLICY = {
    "apiVersion": "akios/v1",
    "kind": "AgentPolicy",
    "metadata": {"name": "scope"},
    "spec": {"resources": RESOURCES},
}


class Session(NamedTuple):
    """A session that runs: its launcher, and the scope that its parts lie in."""

    launcher: subprocess.Popen[bytes]
    scope: Path

    def of(self, part: str, name: str) -> str:
        """A control file of the agent's or the broker's cgroup."""
        return files.read(f"{self.scope}/{part}/{name}").strip()

    def within(self, part: str) -> set[int]:
        """The processes of the agent or the broker."""
        return set(files.processes(f"{self.scope}/{part}"))

    def ended(self, status: int) -> None:
        """The launcher came to this status and nothing of the session is left."""
        assert self.launcher.wait(120) == status
        eventually(lambda: not self.scope.exists())


def eventually(reached: Callable[[], bool]) -> None:
    """Return when it is so."""
    deadline = time.monotonic() + 240
    while not reached():
        assert time.monotonic() < deadline, "it never was"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Session]]:
    """Starts a session whose agent waits; returns when the agent runs and its broker serves."""
    folder = tmp_path_factory.mktemp("scope")
    folder.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    (work / "policy.yaml").write_text(json.dumps(POLICY))
    command = [AKIOS, "run", "--policy", "policy.yaml", "--state-dir", str(folder / "state"), "--", "/bin/sh", "-c"]
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> Session:
        running = folder / f"running-{len(started)}"
        with running.open("wb") as said:
            launcher = subprocess.Popen([*command, "echo runs; exec sleep 600"], cwd=work, stdout=said)
        started.append(launcher)
        eventually(lambda: launcher.poll() is not None or running.read_text() == "runs\n")
        assert launcher.poll() is None
        return Session(launcher, next(SLICE.glob(f"akios.*.{launcher.pid}.*.scope")))

    yield begin
    for launcher in started:
        launcher.kill()
        launcher.wait()


@pytest.fixture(scope="module")
def session(start: Callable[[], Session]) -> Session:
    """One that tests look at and leave as it was."""
    return start()


def test_the_agent_and_its_broker_have_limits_of_their_own_in_a_scope_that_is_ours(session: Session) -> None:
    show = ["systemctl", "show", "--value", "-p", "Delegate", session.scope.name]
    assert subprocess.run(show, capture_output=True, text=True, timeout=60).stdout.strip() == "yes"
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert session.of("agent", "memory.max") == str(256 << 20)
    assert session.of("agent", "pids.max") == "20"
    assert session.of("agent", "cpu.max") == "50000 100000"
    assert machine // 4 < int(session.of("broker", "memory.max")) <= min(machine // 2, broker_walls.MEMORY)
    assert session.of("broker", "pids.max") == str(broker_walls.THREADS)
    assert session.of("broker", "cpu.max").startswith("max ")
    assert session.within("broker")
    assert session.within("agent")
    assert not session.within("broker") & session.within("agent")


def test_traffic_of_disks_is_limited_for_the_agent_and_not_for_its_broker(session: Session) -> None:
    limited = {line.split()[0]: line.split()[1:3] for line in session.of("agent", "io.max").splitlines()}
    assert set(limited) == set(files.disks())
    assert all(rates == [f"rbps={8 << 20}", f"wbps={8 << 20}"] for rates in limited.values())
    assert session.of("broker", "io.max") == ""


def test_an_agent_that_stands_still_does_not_hold_its_broker(session: Session) -> None:
    files.freeze_v2(f"{session.scope}/agent")
    assert "frozen 1" in session.of("agent", "cgroup.events")
    assert "frozen 0" in session.of("broker", "cgroup.events")
    files.thaw_v2(f"{session.scope}/agent")
    assert "frozen 0" in session.of("agent", "cgroup.events")


def test_a_broker_that_the_kernel_ends_for_its_memory_ends_its_session_and_the_scope_goes(
    start: Callable[[], Session],
) -> None:
    session = start()
    files.write(f"{session.scope}/broker/memory.max", str(4 << 20), "take its memory away")
    session.ended(120)


def test_a_launcher_that_is_killed_leaves_no_scope(start: Callable[[], Session]) -> None:
    session = start()
    session.launcher.kill()
    session.ended(-signal.SIGKILL)
