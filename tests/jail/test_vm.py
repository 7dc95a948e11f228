"""The same on a machine of another kind: an older Debian kernel with cgroup v2 alone, with and without systemd.

A boot, and each session in it, cost as much as a hundred other tests. So there is one boot of each kind, for what
breaks first of that which only such a machine shows; `scripts/vm test` does all of it, and the attacks.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).parents[2]
#: Without plugins and what all tests share, which would take longer to load than many a test takes.
PYTEST = (
    "env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", sys.executable, "-m", "pytest", "--noconftest", "-p", "pytest_timeout",
    "-v", "-p", "no:cacheprovider", "--color=no", "--timeout=300",
)  # fmt: skip
#: Files of another name than tests have are run where they are named and nowhere else.
IN_SCOPE = "tests/jail/in_scope.py"
IN_USER_SCOPE = "tests/jail/in_user_scope.py"
#: Of each, one session, with all that is to be seen of it.
SESSIONS = {
    IN_SCOPE: "test_the_agent_and_its_broker_have_limits_of_their_own_in_a_scope_that_is_ours",
    IN_USER_SCOPE: "test_the_agent_and_its_broker_have_their_limits_and_a_killed_launcher_leaves_nothing",
}

pytestmark = [pytest.mark.vm, pytest.mark.root, pytest.mark.timeout(900)]


class Seen(NamedTuple):
    """What a machine's command came to."""

    status: int
    said: str

    def passed(self, file: str) -> None:
        """The tests of this file ran there and passed, but for those of a hierarchy (v1) that the machine has not."""
        came = re.findall(
            rf"^{re.escape(file)}::.* (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", self.said, re.MULTILINE
        )
        assert "PASSED" in came, self.said
        assert set(came) <= {"PASSED", "SKIPPED"}, self.said


def on_the_machine(script: str, *, systemd: bool) -> Seen:
    """Run a shell script in a machine with this one's files."""
    kind = ["--systemd"] if systemd else []
    vm = [str(CHECKOUT / "scripts" / "vm"), *kind, "--timeout", "800", "--", "/bin/sh", "-c", script]
    done = subprocess.run(vm, cwd=CHECKOUT, capture_output=True, text=True, timeout=850)
    return Seen(done.returncode, done.stdout + done.stderr)


def that_tests(*names: str) -> str:
    """The line of a shell script that runs these tests."""
    return shlex.join([*PYTEST, *names])


@pytest.fixture(scope="module")
def alone() -> Seen:
    """A machine whose process 1 is a shell script."""
    script = f"""
        cut -d' ' -f3 /proc/mounts | grep cgroup
        test -d /run/systemd/system || echo alone
        {that_tests("tests/jail/test_cgroups.py", "tests/jail/test_landlock.py")}
        exit 7
    """
    return on_the_machine(script, systemd=False)


@pytest.fixture(scope="module")
def under_systemd() -> Seen:
    """A machine with systemd as process 1."""
    return on_the_machine(that_tests(*(f"{file}::{test}" for file, test in SESSIONS.items())), systemd=True)


def test_the_machine_answers_with_the_commands_status_and_output(alone: Seen) -> None:
    assert alone.status == 7, alone.said
    assert alone.said.split()[:2] == ["cgroup2", "alone"]


def test_cgroups_hold_on_a_kernel_with_v2_alone(alone: Seen) -> None:
    alone.passed("tests/jail/test_cgroups.py")


def test_files_are_walled_by_what_an_older_landlock_has(alone: Seen) -> None:
    alone.passed("tests/jail/test_landlock.py")


def test_a_session_and_its_broker_have_limits_of_their_own_in_a_scope_of_systemd(under_systemd: Seen) -> None:
    under_systemd.passed(IN_SCOPE)


def test_an_account_without_rights_has_the_same_in_a_scope_of_its_own_systemd(under_systemd: Seen) -> None:
    under_systemd.passed(IN_USER_SCOPE)
