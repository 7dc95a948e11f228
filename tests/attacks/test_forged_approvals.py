"""A person's word forged: drawn on the terminal, given by the terminal itself, typed, written into requests, into the
store, by the command that approves. Defence: the person's terminal is another one than the agent's and is theirs alone
while a question stands on it; the store lies outside of the jail; an approval is for one exact action; a no is kept.

The terminal here is one that answers every request for a report, also for its title, which the agent has set.
"""

from __future__ import annotations

import json
import sys
from typing import NamedTuple

import pytest

from akios_jail.demo.local_server import json_response
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.probes.approvals import ATTEMPTS
from tests.attacks.rooms import placed
from tests.e2e.conftest import Akios
from tests.e2e.test_terminal import Terminal

pytestmark = pytest.mark.root

FAMILY = Family(
    "Forged approvals",
    "a terminal, a store and a digest that the agent does not reach",
    "the same agent under a policy that asks nobody",
    tuple(Attack(name, ("403",)) for name in ATTEMPTS),
)
#: What a terminal says when it is asked: where its cursor is, its title, what it was set to say, what it is.
REPORTS = {"\x1b[6n": "\x1b[1;1R", "\x1b[21t": "\x1b]ly\r\x1b\\", "\x05": "PuTTY", "\x1b[c": "\x1b[?6c"}


class Tried(NamedTuple):
    """What came of it, what the person's terminal showed, and what is on record."""

    came: Outcomes
    seen: str
    records: list[dict[str, object]]


def tried(jailer: Akios, **more: object) -> Tried:
    jailer.upstream.sites["pay.test"] = lambda request: json_response({"paid": True})
    network = {"allowlist": [{"host": "pay.test", "methods": ["POST"]}]}
    jailer.policy({"network_access": network, **more}, filesystem={"workspace": {"path": ".", "access": "rw"}})
    script = placed("approvals.py", jailer.workspace).name
    before = len(jailer.audit()) if (jailer.state / "audit").exists() else 0
    words = jailer.command(script, str(jailer.state), options=["--python", sys.executable])
    terminal = Terminal(words, jailer.workspace)
    seen = ""
    try:
        while "AND THAT IS ALL" not in seen:
            shown = terminal.await_text(r"(?s).+", 120)  # the machine's first session compiles the detectors
            for request, report in REPORTS.items():
                if request in shown:
                    terminal.type(report)
            seen += shown
        assert terminal.status() == 0
    finally:
        terminal.close()
    came: Outcomes = json.loads((jailer.workspace / "outcomes.json").read_text())
    return Tried(came, seen, jailer.audit()[before:])


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> Tried:
    rule = {"http": {"hosts": ["pay.test"]}, "action": "require_approval", "timeout": "2s", "reason": "a person's"}
    found = tried(jailer, tools=[rule])
    assert not jailer.upstream.requests("pay.test"), "something left that nobody agreed to"
    return found


@pytest.fixture(scope="module")
def unasked(jailer: Akios, governed: Tried) -> Outcomes:
    return tried(jailer).came


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_nobody_agreed(attack: Attack, governed: Tried, unasked: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, governed.came, unasked, record_property)


def test_the_person_was_asked_and_said_nothing(governed: Tried) -> None:
    assert "the agent waits for your word" in governed.seen
    decided = [record["decision"] for record in governed.records if record["type"] == "approval.decided"]
    assert "approve" not in decided
    assert len([record for record in governed.records if record.get("decision") == "deny"]) >= len(ATTEMPTS)


def test_everything_that_is_tried_is_declared(governed: Tried, unasked: Outcomes) -> None:
    assert not undeclared(FAMILY, governed.came, unasked)
