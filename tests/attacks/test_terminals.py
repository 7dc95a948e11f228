"""Terminals: typing into them, changing their driver, keeping others out. Defence: the system call filter, by the low
32 bits of the request, the only ones that the kernel looks at; it is part of every profile, a team's own too.

In a pipeline the agent holds the terminal of whoever called `akios run`: what it types there is run by their shell.
"""

from __future__ import annotations

import json

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import compiled, in_jail
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

#: The program, in probes/, that tries it.
PROBE = "terminals"

FAMILY = Family(
    "Terminals",
    "system call filter, whatever the profile",
    ROOT_ELSEWHERE,
    (
        Attack("typing into a terminal (TIOCSTI)"),
        Attack("typing into a terminal, the request beside a high bit"),
        Attack("typing into a terminal, the request beside all high bits"),
        Attack("pasting into a console (TIOCLINUX)", shown=("ENOTTY",)),
        Attack("another line discipline (TIOCSETD)"),
        Attack("a terminal that nobody else can open (TIOCEXCL)"),
    ),
)
ALLOW_ALL = {"defaultAction": "SCMP_ACT_ALLOW"}


@pytest.fixture(scope="module", params=["agent-default", "./all.json"])
def inside(request: pytest.FixtureRequest, jailer: Akios) -> Outcomes:
    jailer.file("all.json", json.dumps(ALLOW_ALL))
    jailer.policy(seccomp={"profile": request.param}, filesystem={"workspace": {"path": ".", "access": "rw"}})
    found: Outcomes = in_jail(jailer, str(compiled(PROBE, jailer.workspace))).said
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)
