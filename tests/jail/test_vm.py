"""The same on a machine of another kind: an older Debian kernel with cgroup v2 alone, with and without systemd."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no")


def on_the_machine(*command: str, systemd: bool) -> subprocess.CompletedProcess[str]:
    kind = ["--systemd"] if systemd else []
    vm = [str(CHECKOUT / "scripts" / "vm"), *kind, "--timeout", "500", "--", *command]
    return subprocess.run(vm, cwd=CHECKOUT, capture_output=True, text=True, timeout=550)


@pytest.mark.vm
@pytest.mark.root
@pytest.mark.timeout(600)
@pytest.mark.parametrize("systemd", [False, True], ids=["alone", "systemd"])
def test_cgroups_hold_on_a_kernel_with_v2_alone(systemd: bool) -> None:
    result = on_the_machine(*PYTEST, "tests/jail/test_cgroups.py", systemd=systemd)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout


@pytest.mark.vm
@pytest.mark.root
@pytest.mark.timeout(600)
def test_programs_are_seen_on_an_older_kernel() -> None:
    result = on_the_machine(*PYTEST, "tests/jail/test_executions.py", systemd=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout


@pytest.mark.vm
@pytest.mark.root
@pytest.mark.timeout(600)
def test_the_machine_answers_with_the_commands_status_and_output() -> None:
    script = "cut -d' ' -f3 /proc/mounts | grep cgroup; test -d /run/systemd/system || echo alone; exit 7"
    result = on_the_machine("sh", "-c", script, systemd=False)
    assert result.returncode == 7
    assert result.stdout.split() == ["cgroup2", "alone"]
