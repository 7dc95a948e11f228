"""What a session of an account without rights is to that account's systemd: run by test_vm.py in a machine that has it.

The same limits as root's sessions have, in a scope that the account's own manager hands over, and nothing left of it.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from akios_jail.jail import cgroups_files as files
from akios_jail.launcher import broker_walls
from tests.e2e.conftest import AKIOS, CHECKOUT, eventually

pytestmark = pytest.mark.root  # to become that account

NAME = "ordinary"
SLOW_S = 240.0  # an emulated machine
RESOURCES = {"memory": "256Mi", "pids": 20, "cpus": 0.5}


class Person:
    """An account whose systemd runs without a login, and `akios run` as that account in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["useradd", "--create-home", NAME], check=True, timeout=120)
        self.uid = pwd.getpwnam(NAME).pw_uid
        subprocess.run(["systemctl", "start", f"user@{self.uid}.service"], check=True, timeout=240)
        self.folder, self.workspace = folder, folder / "work"
        self.workspace.mkdir()
        for path in (self.folder, self.workspace):
            os.chown(path, self.uid, self.uid)
        self.slice = Path(f"/sys/fs/cgroup/user.slice/user-{self.uid}.slice/user@{self.uid}.service/akios.slice")
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, script: str, output: Path, **resources: object) -> subprocess.Popen[bytes]:
        """Start a session under these limits; both outputs go into a file."""
        spec = {"resources": {**RESOURCES, **resources}, "trace": {"processes": "off"}}
        policy = {"apiVersion": "akios/v1", "kind": "AgentPolicy", "metadata": {"name": "scope"}, "spec": spec}
        (self.workspace / "policy.yaml").write_text(json.dumps(policy))
        command = [AKIOS, "run", "--policy", "policy.yaml", "--state-dir", "../state", "--report", "../report.json"]
        folders = [sys.prefix, sys.base_prefix, str(CHECKOUT), str(self.folder)]
        become = [sys.executable, "-S", str(CHECKOUT / "tests/e2e/as_account.py"), str(self.uid), *folders]
        with output.open("wb") as said:
            process = subprocess.Popen(
                [*become, "--", *command, "--", "/bin/sh", "-c", script],
                cwd=self.workspace,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    somebody = Person(tmp_path_factory.mktemp("person"))
    yield somebody
    somebody.end()


def test_the_agent_and_its_broker_have_their_limits_and_a_killed_launcher_leaves_nothing(person: Person) -> None:
    said = person.folder / "said"
    launcher = person.start("echo runs; exec sleep 600", said)
    eventually(lambda: launcher.poll() is not None or "runs" in said.read_text(), SLOW_S)
    assert launcher.poll() is None, said.read_text()
    (scope,) = person.slice.glob(f"akios.*.{launcher.pid}.*.scope")
    limits = {name: files.read(f"{scope}/{name}").strip() for name in ("agent/memory.max", "agent/pids.max",
              "agent/cpu.max", "broker/pids.max")}  # fmt: skip
    assert limits == {
        "agent/memory.max": str(256 << 20),
        "agent/pids.max": "20",
        "agent/cpu.max": "50000 100000",
        "broker/pids.max": str(broker_walls.THREADS),
    }
    within = {part: files.processes(f"{scope}/{part}") for part in ("agent", "broker", "holder")}
    assert within["agent"]
    assert len(within["broker"]) == 1
    assert launcher.pid in within["holder"]
    launcher.kill()
    assert launcher.wait(SLOW_S) == -signal.SIGKILL
    eventually(lambda: not scope.exists(), SLOW_S)


def test_an_agent_that_takes_all_memory_is_ended_for_it(person: Person) -> None:
    process = person.start("tail /dev/zero", person.folder / "said")
    process.wait(SLOW_S)
    report = json.loads((person.folder / "report.json").read_text())
    assert "memory" in report["exit"]["limits"], report
    assert report["missing_limits"] == []
    eventually(lambda: not [*person.slice.glob("*.scope")], SLOW_S)


def test_a_limit_that_is_not_delegated_is_an_error_that_says_how_to_have_it(person: Person) -> None:
    said = person.folder / "said"
    assert person.start("true", said, io="8MiB").wait(SLOW_S) == 125
    assert "could not limit the session (io): systemd does not delegate that here" in said.read_text()
    assert "user@.service.d" in said.read_text()
    eventually(lambda: not [*person.slice.glob("*.scope")], SLOW_S)


@pytest.mark.parametrize("setting", ["user.max_user_namespaces", "kernel.unprivileged_userns_clone"])
def test_a_machine_that_keeps_accounts_from_user_namespaces_is_told_apart(person: Person, setting: str) -> None:
    switch, said = Path("/proc/sys") / setting.replace(".", "/"), person.folder / "said"
    if not switch.exists():
        pytest.skip("not a kernel of Debian's")
    before = switch.read_text()
    switch.write_text("0")
    try:
        assert person.start("true", said).wait(SLOW_S) == 125
    finally:
        switch.write_text(before)
    assert "could not create the broker's namespaces" in said.read_text()
    assert f"sysctl {setting}=" in said.read_text()
