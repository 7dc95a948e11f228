"""Personal data and keys in disguise: encoded, spelled otherwise, in every place of a request, cut in pieces. Defence:
what leaves is decoded as its readers would, and looked through wherever it stands; what is found does not leave, what
cannot be read is refused, both on record.
"""

from __future__ import annotations

import base64
import json

import pytest

from akios_jail.demo.local_server import json_response
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.disguises import BEYOND, EMAIL, ENCODED, IN_PLACES, MODEL, OTHER, SECRET
from tests.attacks.rooms import in_jail, placed
from tests.e2e import compiled
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

ALL = {**ENCODED, **IN_PLACES, **BEYOND}
KINDS = ("email", "secret")
REFUSALS = ("pii_unreadable", "pii_in_header", "pii_in_address", "model_call_unreadable", "body_undecodable")
WITHHELD = ("withheld", "pii_unredactable", *REFUSALS)
CONTROL = "the same agent under a policy that looks for nothing"
MARK = "X-Attempt"

ENCODINGS = Family(
    "Values in disguise",
    "decoded and looked through before it leaves",
    CONTROL,
    tuple(Attack(name, WITHHELD, ("arrived",)) for name in ENCODED),
)
PLACES = Family(
    "Values in odd places",
    "every place of a request is looked through",
    CONTROL,
    tuple(Attack(name, WITHHELD, ("arrived",)) for name in IN_PLACES),
)


def tried(jailer: Akios, **pii: object) -> tuple[Outcomes, Run]:
    """What became of each: whether a value arrived, and the refusal if there was one."""
    hosts = [{"host": host, "methods": ["GET", "POST", "PUT"]} for host in (MODEL, OTHER)]
    governance: dict[str, object] = {"network_access": {"allowlist": hosts}}
    if pii:
        governance["pii_handling"] = pii
    jailer.policy(governance, resources={"memory": "512MiB"})
    jailer.upstream.sites[OTHER] = lambda request: json_response({})
    numbers = {name: str(number) for number, name in enumerate(ALL)}
    attempts = {
        name: {
            **each._asdict(),
            "undo": None,
            "headers": [*each.headers, (MARK, numbers[name])],
            "pieces": [base64.b64encode(piece).decode() for piece in each.pieces],
        }
        for name, each in ALL.items()
    }
    jailer.file("disguises.json", json.dumps(attempts))
    before = len(jailer.upstream.requests())
    run = in_jail(jailer, placed("disguises.py", jailer.workspace).name, python=True)
    came = {request.header(MARK): request for request in jailer.upstream.requests()[before:]}
    found = {}
    for name, word in run.said.items():
        request = came.get(numbers[name])
        brought = request is not None and ALL[name].brings(request)
        found[name] = "arrived" if brought else "withheld" if request is not None else word
    return found, run


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> tuple[Outcomes, Run]:
    compiled.kept(jailer, KINDS)
    return tried(jailer, mode="redact_before_inference", fields=[*KINDS], scope=["model_calls", "egress"])


@pytest.fixture(scope="module")
def unread(jailer: Akios, governed: tuple[Outcomes, Run]) -> Outcomes:
    return tried(jailer)[0]


@pytest.mark.parametrize("attack", ENCODINGS.attacks, ids=lambda attack: attack.name)
def test_it_is_withheld(
    attack: Attack, governed: tuple[Outcomes, Run], unread: Outcomes, record_property: Record
) -> None:
    judge(ENCODINGS, attack, governed[0], unread, record_property)


@pytest.mark.parametrize("attack", PLACES.attacks, ids=lambda attack: attack.name)
def test_it_is_withheld_from_there(
    attack: Attack, governed: tuple[Outcomes, Run], unread: Outcomes, record_property: Record
) -> None:
    judge(PLACES, attack, governed[0], unread, record_property)


@pytest.mark.parametrize("name", BEYOND)
def test_what_nothing_gives_away_is_out_of_reach_as_the_documentation_says(
    name: str, governed: tuple[Outcomes, Run], unread: Outcomes
) -> None:
    assert (governed[0][name], unread[name]) == ("arrived", "arrived")


def test_what_was_withheld_is_on_record_without_the_values(governed: tuple[Outcomes, Run]) -> None:
    found, run = governed
    words = json.dumps([run.audit, run.report], ensure_ascii=False) + run.stderr
    assert EMAIL not in words
    assert SECRET not in words
    refused = [word for word in found.values() if word in WITHHELD[1:]]
    assert len(run.denials()) >= len(refused)
    replaced = [record for record in run.audit if record.get("code") == "pii_redacted" and record["findings"]]
    assert len(replaced) >= sum(word == "withheld" for word in found.values())


def test_everything_that_is_tried_is_declared(governed: tuple[Outcomes, Run], unread: Outcomes) -> None:
    names = {attack.name for family in (ENCODINGS, PLACES) for attack in family.attacks} | BEYOND.keys()
    assert names == governed[0].keys() == unread.keys()
    assert not undeclared(ENCODINGS, {name: governed[0][name] for name in ENCODED})
