"""The kernel's files: switches in /proc/sys, secrets in /proc, devices, /sys. Defence: they are absent or locked.

What speaks of the whole machine is hidden by a mount over the file itself, so that no spelling of its path finds
another way to it; /proc/sys is mounted read-only, and not the agent's; /sys and all but six devices are not there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.probes.kernel_files import DEVICES, MASKED, ROOTS, SETTINGS, SPELLED, SWITCHES
from tests.attacks.rooms import in_jail, outside, placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

NONE = ("ENOENT", "ENXIO", "ENODEV", "EIO", "EPERM", "EACCES", "EROFS", "EBUSY")
HIDDEN = "a mount over the file"
OWNER = "only for root, which no agent is"
EMPTY = ("empty", "ENOENT")
LOCKED = ("EACCES", "EROFS", "ENOENT")
ABSENT = ("ENOENT",)

FAMILY = Family(
    "The kernel's files",
    "absent",
    ROOT_ELSEWHERE,
    (
        *(Attack(f"writing {path}", LOCKED, absent=NONE, defence="mounted read-only") for path in SWITCHES),
        *(Attack(f"writing {path}", ABSENT, absent=NONE) for path in SETTINGS),
        *(Attack(f"reading {path}", EMPTY, absent=("ENOENT",), defence=HIDDEN) for path in MASKED),
        *(Attack(f"reading {path}", EMPTY, absent=("ENOENT",), defence=HIDDEN) for path in SPELLED),
        *(Attack(f"reading {path}", ("EACCES", "EPERM", "ENOENT"), absent=NONE, defence=OWNER) for path in ROOTS),
        *(Attack(f"opening {path}", ABSENT, absent=NONE) for path in DEVICES),
        Attack("reading interrupts beneath a descriptor of /proc", ("empty",), defence=HIDDEN),
        Attack("reading interrupts by a symbolic link", ("empty",), defence=HIDDEN),
        Attack(
            "being spared when memory is short",
            ("EACCES",),
            absent=("EACCES",),
            defence="an agent without a capability",
        ),
        Attack("all settings of the machine (/sys)", ABSENT),
        Attack("a program for when a cgroup is empty (release_agent)", ABSENT, absent=NONE),
    ),
)


@pytest.fixture(scope="module")
def inside(jailer: Akios) -> Outcomes:
    placed("kernel_files.py", jailer.workspace)
    found: Outcomes = in_jail(jailer, "kernel_files.py", python=True).said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    return outside([sys.executable, str(placed("kernel_files.py", loose))], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


def test_the_devices_that_are_there_are_those_that_programs_need(jailer: Akios) -> None:
    run = jailer.shell("ls /dev")
    assert run.stdout.split() == [
        *(b"fd", b"full", b"null", b"ptmx", b"pts", b"random", b"shm"),
        *(b"stderr", b"stdin", b"stdout", b"tty", b"urandom", b"zero"),
    ]
