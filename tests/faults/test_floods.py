"""Much of something, from one agent: its records, its broker's memory and what its person sees stay within bounds, and
all other sessions go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.bystander import Bystander
from tests.faults.conftest import Watching
from tests.faults.enemy import HONEST, SECONDS, Enemy, enemy_on, honest_sites, rule
from tests.faults.fault import Family, Fault
from tests.servers.providers import Providers

pytestmark = pytest.mark.root

CROWD = Fault(
    "10,000 connections at once",
    meanwhile="512 are open; the others are reset, on record (`too_many_connections`, equal ones counted)",
)
CHURN = Fault("connections that are reset as soon as they are there", meanwhile="nothing; they are gone")
HANDSHAKES = Fault("one TLS handshake after the other", meanwhile="nothing")
FORBIDDEN = Fault(
    "one connection after the other that no rule allows",
    meanwhile="each is reset at once; equal ones are counted on record",
)
UNKNOWN_NAMES = Fault(
    "questions for names that do not exist",
    meanwhile="NXDOMAIN for each; 20 a second are on record, the others counted",
)
WILD_NAMES = Fault(
    "5,000 different names under a wildcard",
    meanwhile="4,096 get an address; further ones SERVFAIL, on record (`too_many_names`)",
)
DENIED = Fault("one refused request after the other", meanwhile="403 for each; each is on record, durably")
APPROVALS = Fault(
    "100 actions at once that need a person",
    meanwhile="16 wait; the others are denied, on record (`approval_flood`); the person is told of those that wait",
)
EXECUTIONS = Fault(
    "one program after the other", meanwhile="it is slowed down; 50 a second are on record, the others counted"
)
SHOUTS = Fault("32 MB of error output", meanwhile="its person gets all of it")

FAMILY = Family(
    "Floods",
    "What an agent can cause without end is bounded on record, in memory and on its person's terminal.",
    (CROWD, CHURN, HANDSHAKES, FORBIDDEN, UNKNOWN_NAMES, WILD_NAMES, DENIED, APPROVALS, EXECUTIONS, SHOUTS),
    {
        "half-open connections and other packets made by hand need raw sockets, which there are none of": (
            "tests/attacks/test_sockets.py"
        ),
        "a terminal that is flooded, and one that takes nothing": "tests/e2e/test_hard_times.py",
        "processes, memory and files without end": "tests/e2e/test_limits.py",
    },
)


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory, bystander: Bystander) -> Iterator[Enemy]:
    governance = {
        "network_access": {"allowlist": [rule("site.test", paths=["/allowed"]), rule(HONEST), rule("*.wild.test")]},
        "pii_handling": {"mode": "off"},
        "tools": [{"http": {"paths": ["/person/**"]}, "action": "require_approval", "timeout": "3s"}],
    }
    with (
        Providers(sites=honest_sites()) as internet,
        enemy_on(tmp_path_factory.mktemp("enemy"), bystander, internet, governance) as found,
    ):
        yield found


def test_ten_thousand_connections_are_five_hundred(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, CROWD):
        came = enemy.does("crowd", HONEST, 10_000, 12)
    assert 0 < came["held"] <= 512, came
    enemy.recorded(before, code="too_many_connections")
    assert len([r for r in enemy.records() if r["n"] > before]) < 200
    enemy.is_well()


def test_connections_that_come_and_go_are_nothing(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, CHURN):
        came = enemy.does("churn", HONEST, 80, SECONDS)
    assert came["made"]
    enemy.is_well()


def test_handshakes_cost_who_makes_them(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, HANDSHAKES):
        came = enemy.does("handshakes", "site.test", SECONDS)
    assert came["made"]
    enemy.is_well()


def test_refused_connections_are_counted(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, FORBIDDEN):
        came = enemy.does("forbidden", SECONDS)
    assert came["tried"]
    enemy.recorded(before, code="address_not_allowed")
    assert len([r for r in enemy.records() if r["n"] > before]) < 60 + 10 * SECONDS


def test_names_that_do_not_exist_are_counted(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, UNKNOWN_NAMES):
        came = enemy.does("names", "*.nowhere.test", 1_000_000, SECONDS)
    assert (came["last"], came["asked"]) == (3, came["answered"]), came
    enemy.recorded(before, code="host_not_allowed")
    assert len([r for r in enemy.records() if r["n"] > before]) < 300 + 40 * SECONDS
    enemy.is_well()


def test_names_under_a_wildcard_have_an_end(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, WILD_NAMES):
        came = enemy.does("names", "*.wild.test", 5_008, 100)
    assert (came["last"], came["asked"]) == (2, 5_008), came
    enemy.recorded(before, code="too_many_names")
    enemy.is_well()


def test_every_refused_request_is_on_record(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, DENIED):
        came = enemy.does("denied", "site.test", "/x", SECONDS)
    assert came["codes"] == ["path_not_allowed"], came
    denials = [r for r in enemy.records("verdict") if r["n"] > before and r["decision"] == "deny"]
    assert len(denials) == came["count"]
    enemy.is_well()


def test_a_person_is_asked_about_sixteen_at_once(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, APPROVALS):
        came = enemy.does("at_once", HONEST, "/person/", 100)
    codes = Counter(each["code"] for each in came)
    assert codes == {"approval_flood": 84, "approval_expired": 16}, codes
    told = enemy.told()
    assert 16 <= told.count("akios approvals") <= 40, told[-4000:]
    enemy.is_well()


def test_programs_are_counted(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, EXECUTIONS):
        came = enemy.does("executes", SECONDS)
    assert came["count"]
    executed = [r for r in enemy.records("exec") if r["n"] > before]
    assert executed
    enemy.is_well()


def test_what_is_shouted_reaches_its_person(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, SHOUTS):
        came = enemy.does("shouts", 32)
    assert came["bytes"] == 32 << 20
