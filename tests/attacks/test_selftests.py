"""Tests of others in a jail: the kernel's own of seccomp and Landlock, and bubblewrap's probe of system calls.

They are built from their public sources and run as agents. A jail is a place in which programs can still put filters
and rulesets on themselves, and in which what the profile refuses is refused: their outcomes say so one by one.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks import sources
from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, kernel_version, undeclared
from tests.attacks.rooms import in_jail, outside
from tests.attacks.selftests import PROGRAMS, Outcome, Program, outcomes
from tests.e2e.conftest import Akios

pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]  # on a new machine the sources are fetched first

#: What bubblewrap's probe tries with arguments that are wrong on purpose: EFAULT or EBADF where nothing refuses it.
REFUSED = {
    "chroot": ("EPERM", "EFAULT"),
    "clone3": ("ENOSYS", "EFAULT"),
    "ioctl TIOCSTI": ("EPERM", "EBADF"),
    "ioctl TIOCSTI CVE-2019-10063": ("EPERM", "EBADF"),
}
GO_THROUGH = {"chmod": "EFAULT", "ioctl TIOCNOTTY": "EBADF", "listen": "EBADF", "prctl": "EFAULT"}
FAMILY = Family(
    "bubblewrap's probe",
    "system call filter",
    ROOT_ELSEWHERE,
    tuple(Attack(name, (refused,), (through,)) for name, (refused, through) in REFUSED.items()),
)
TRY = """
import errno, json, subprocess
said = {}
for word in WORDS:
    status = subprocess.run(["./try-syscall", word], stderr=subprocess.DEVNULL).returncode
    said[word] = errno.errorcode.get(status, str(status))
print(json.dumps(said))
"""


def had(bring: Callable[[], Path]) -> Path:
    """The sources, where they can be had; in CI they must be."""
    try:
        return bring()
    except sources.Unavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def compiled(source: Path, program: Path, *flags: str) -> Path:
    # Not with all warnings as errors, as our own are: it is another's program.
    subprocess.run(["gcc", "-w", "-D_GNU_SOURCE", "-o", str(program), str(source), *flags], check=True, timeout=60)
    return program


# --- the kernel's -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tested(jailer: Akios) -> Callable[[Program], dict[str, Outcome]]:
    """What each of the kernel's programs comes to in the jail. Nothing observes it: the observer has the one listener
    that a process may have, and some of these tests make their own."""
    if kernel_version() < sources.VERSION:
        pytest.skip("this kernel is older than the tests: what it lacks says nothing of a jail")
    tree = had(sources.kernel)
    folder = tree / sources.SELFTESTS
    access = {"workspace": {"path": ".", "access": "rw"}}
    jailer.policy(filesystem=access, trace={"processes": "off"})
    compiled(folder / "landlock/true.c", jailer.workspace / "true", "-static")

    def run(program: Program) -> dict[str, Outcome]:
        headers = ("-I", str(tree / "include/uapi"), "-I", str(folder))
        name = Path(program.path).stem
        compiled(folder / program.path, jailer.workspace / name, *headers, "-lcap", "-lpthread")
        script = f'exec stdbuf -oL ./{name} "$@" 2>&1'
        done = jailer.run("--", "/bin/sh", "-c", script, "sh", *program.arguments)
        return outcomes(done.stdout.decode(errors="replace"))

    return run


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.path)
def test_the_kernels_own_tests_come_to_what_the_profile_says(
    program: Program, tested: Callable[[Program], dict[str, Outcome]]
) -> None:
    found = tested(program)
    assert len(found) >= program.tests
    assert {name: each.unexplained for name, each in found.items() if each.unexplained} == {}
    assert sum(not each.passed for each in found.values()) <= program.deviate


# --- bubblewrap's -----------------------------------------------------------------------------------------------------


def script() -> str:
    return TRY.replace("WORDS", json.dumps([*REFUSED, *GO_THROUGH]))


@pytest.fixture(scope="module")
def inside(jailer: Akios) -> Outcomes:
    compiled(had(sources.try_syscall), jailer.workspace / "try-syscall")
    jailer.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    jailer.file("try.py", script())
    found: Outcomes = in_jail(jailer, "try.py", python=True).said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    compiled(had(sources.try_syscall), loose / "try-syscall")
    return outside(["python3", "-c", script()], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


@pytest.mark.parametrize("name", GO_THROUGH)
def test_what_agents_need_goes_through(name: str, inside: Outcomes, elsewhere: Outcomes) -> None:
    assert inside[name] == elsewhere[name] == GO_THROUGH[name]


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    tried = [{name: word for name, word in found.items() if name not in GO_THROUGH} for found in (inside, elsewhere)]
    assert not undeclared(FAMILY, *tried)
