"""Another session of the same machine: what it offers, and what it may not use up. Defence: namespaces of each
session's own, and under a real root a user of the host for each, since the kernel counts what is in flight by user.

Under sudo all sessions of a person, and the person, are one user: there an agent can use up what is counted by user.
That is no help to it, and no session fails to start for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import in_jail, outside, placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

FAMILY = Family(
    "Another session",
    "namespaces of each session's own",
    "both as one user without a jail",
    (
        Attack("its listener on the loopback", ("ECONNREFUSED",)),
        Attack("its abstract socket", ("ECONNREFUSED", "EPERM")),
        Attack("its shared memory (System V)", ("ENOENT",)),
        Attack("its message queue", ("ENOENT",)),
        Attack("its broker's port", ("ECONNREFUSED",)),
        Attack("its broker's resolver", ("EPERM", "ECONNREFUSED")),
        Attack("its broker's sockets, by the kernel's list", ("ENOENT",)),
        Attack("its processes", ("ENOENT",)),
        Attack("its temporary files", ("ENOENT",)),
        Attack(
            "using up the descriptors that may be in flight",
            ("unharmed",),
            defence="a user of the host for each session",
            by_root=True,
        ),
    ),
)
#: Nobody else's in any test: what is counted for them is used up.
PERSON = {"SUDO_UID": "54321", "SUDO_GID": "54321", "SUDO_USER": "somebody"}


def beside_another(jailer: Akios, environment: Mapping[str, str]) -> Outcomes:
    """What a session reaches while another, hostile one has taken all that it can."""
    script = placed("sessions.py", jailer.workspace).name
    python = ["--python", sys.executable]
    other = jailer.start(script, "hold", options=python, env=environment)
    assert other.stdout is not None
    assert json.loads(other.stdout.readline()) == "ETOOMANYREFS"
    jailer.environment = dict(environment)
    try:
        found: Outcomes = in_jail(jailer, script, "try", python=True).said
    finally:
        jailer.environment = {}
        other.terminate()
        other.wait(30)
    return found


@pytest.fixture(scope="module")
def inside(jailer: Akios) -> Outcomes:
    return beside_another(jailer, {})


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    return outside([sys.executable, str(placed("sessions.py", loose)), "both"], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_sessions_are_apart(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


def test_a_session_of_the_same_person_starts_all_the_same(jailer: Akios) -> None:
    assert beside_another(jailer, PERSON)["its shared memory (System V)"] == "ENOENT"
