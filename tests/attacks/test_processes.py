"""Other processes: the jail's process 1, and those of the host that have the agent's own user.

Defence: a process namespace of the jail's own, in which the host's processes have no number, and a /proc that lists
only what the agent may trace (hidepid), which process 1 is not (not dumpable). The system call filter refuses what
reads or traces by number; Landlock keeps signals among the agent's own processes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import in_jail, outside, placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

PERSON = 4321  # under sudo the agent is the person who called
CONTROL = "as root, against a process of its own namespace"
FILTER = "system call filter"
SIGNALS = "Landlock's scope of signals; where the kernel has none, process 1 ignores them"
FILES = (
    "its environment",
    "its memory",
    "writing its memory",
    "what it maps",
    "its root folder",
    "its working folder",
    "its descriptors",
    "what it does in the kernel",
    "its program, to read",
    "its namespaces",
    "writing how soon it is killed for memory",
)
CALLS = ("tracing it", "copying from its memory")
ENDINGS = ("ending it", "ending it by a thread's signal", "ending it by pidfd")

FIRST = Family(
    "The jail's process 1",
    "process 1 is not listed (hidepid)",
    CONTROL,
    (
        *(Attack(name, ("ENOENT",)) for name in FILES),
        *(Attack(name, defence=FILTER) for name in CALLS),
        Attack("taking one of its descriptors", defence=FILTER),
        *(Attack(name, ("EPERM", "ignored"), defence=SIGNALS) for name in ENDINGS),
    ),
)
HOST = Family(
    "A process of the host with the agent's user",
    "process namespace",
    CONTROL,
    (
        *(Attack(name, ("ENOENT",)) for name in FILES),
        *(Attack(name, defence=FILTER) for name in CALLS),
        Attack("taking one of its descriptors", ("ESRCH",)),
        *(Attack(name, ("ESRCH",)) for name in ENDINGS),
    ),
)


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    return outside([sys.executable, str(placed("processes.py", loose)), "own"], loose)


@pytest.fixture(scope="module")
def at_process_1(jailer: Akios) -> Outcomes:
    placed("processes.py", jailer.workspace)
    found: Outcomes = in_jail(jailer, "processes.py", "1", python=True).said
    return found


@pytest.fixture(scope="module")
def victim() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "120"], user=PERSON, group=PERSON) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def at_the_host(jailer: Akios, victim: subprocess.Popen[bytes]) -> Outcomes:
    placed("processes.py", jailer.workspace)
    jailer.environment = {"SUDO_UID": str(PERSON), "SUDO_GID": str(PERSON), "SUDO_USER": "somebody"}
    found: Outcomes = in_jail(jailer, "processes.py", str(victim.pid), python=True).said
    return found


@pytest.mark.parametrize("attack", FIRST.attacks, ids=lambda attack: attack.name)
def test_process_1_is_out_of_reach(
    attack: Attack, at_process_1: Outcomes, elsewhere: Outcomes, record_property: Record
) -> None:
    judge(FIRST, attack, at_process_1, elsewhere, record_property)


@pytest.mark.parametrize("attack", HOST.attacks, ids=lambda attack: attack.name)
def test_a_process_of_the_host_is_out_of_reach(
    attack: Attack, at_the_host: Outcomes, elsewhere: Outcomes, record_property: Record
) -> None:
    judge(HOST, attack, at_the_host, elsewhere, record_property)


def test_the_process_of_the_host_is_unharmed(at_the_host: Outcomes, victim: subprocess.Popen[bytes]) -> None:
    assert at_the_host["ending it"] == "ESRCH"
    assert victim.poll() is None


def test_a_signal_to_everybody_reaches_the_agent_s_own_alone(jailer: Akios, victim: subprocess.Popen[bytes]) -> None:
    run = jailer.shell("sleep 60 & trap '' TERM; kill -TERM -1; wait $!; echo $?")
    assert run.stdout == b"143\n", run  # its own sleep was ended
    assert run.status == 0
    assert victim.poll() is None


def test_everything_that_is_tried_is_declared(
    at_process_1: Outcomes, at_the_host: Outcomes, elsewhere: Outcomes
) -> None:
    assert not undeclared(FIRST, at_process_1, elsewhere)
    assert not undeclared(HOST, at_the_host, elsewhere)
