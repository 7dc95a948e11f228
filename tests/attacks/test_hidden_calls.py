"""Tool calls in unusual fields of a model's answer, told in odd ways, or in bodies that two readers take differently.

Defence: an answer is read strictly before the agent has it; a call is known in every form that the providers' clients
carry out, by a name that no spelling hides; what is not plainly one thing or the other does not arrive. The agent here
only looks at the bytes that it gets: no client could find a call in what it did not receive.
"""

from __future__ import annotations

import base64
import json

import pytest

from akios_jail.demo.local_server import Request, Response
from tests.attacks import hidden_calls
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.hidden_calls import ALL, NAME
from tests.attacks.rooms import in_jail, placed
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

HOSTS = sorted({each.asked[0] for each in ALL.values()})
FORBIDDEN = ("delete_*", "*shell", "computer", "apply_patch")
FAMILY = Family(
    "Tool calls in disguise",
    "answers are read strictly, and every call in them is ruled on",
    "the same agent under a policy without rules for tools",
    tuple(Attack(name, ("withheld",), ("arrived",)) for name in ALL),
)


def site(request: Request) -> Response:
    """Each case has its answer."""
    answer = [*ALL.values()][int(request.header("x-case"))]
    kind = (("Content-Type", answer.kind),) if answer.kind else ()
    return Response(answer.status, (*kind, *answer.headers), answer.body)


def asked(jailer: Akios, *rules: dict[str, str]) -> tuple[Outcomes, Run]:
    allowlist = [{"host": host, "methods": ["GET", "POST"]} for host in HOSTS]
    jailer.upstream.sites.update(dict.fromkeys(HOSTS, site))
    jailer.policy({"network_access": {"allowlist": allowlist}, **({"tools": [*rules]} if rules else {})})
    calls = {
        name: {"case": str(place), "host": each.asked[0], "target": each.asked[1], "document": each.asked[2]}
        for place, (name, each) in enumerate(ALL.items())
    }
    jailer.file("calls.json", json.dumps(calls))
    run = in_jail(jailer, placed("answers.py", jailer.workspace).name, python=True)
    words = {}
    for name, (coding, data) in run.said.items():
        arrived = hidden_calls.heard(base64.b64decode(data), coding)
        words[name] = "arrived" if arrived else "withheld"
    return words, run


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> tuple[Outcomes, Run]:
    return asked(jailer, *({"tool": name, "action": "deny"} for name in FORBIDDEN))


@pytest.fixture(scope="module")
def unruled(jailer: Akios, governed: tuple[Outcomes, Run]) -> Outcomes:
    return asked(jailer)[0]


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_does_not_reach_the_agent(
    attack: Attack, governed: tuple[Outcomes, Run], unruled: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, governed[0], unruled, record_property)


def test_each_of_them_is_on_record(governed: tuple[Outcomes, Run]) -> None:
    denied = governed[1].denials()
    assert sum(NAME in json.dumps(record) for record in denied) > len(ALL) / 3
    assert len(denied) >= len(ALL) - 3


def test_everything_that_is_tried_is_declared(governed: tuple[Outcomes, Run], unruled: Outcomes) -> None:
    assert not undeclared(FAMILY, governed[0], unruled)
