"""Plans survive the way through JSON, and nothing else than plans comes out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.policy.plans import BrokerPlan, EgressPlan, Plans, dump, parse
from tests.policy.manifests import FOUNDING, plans


@pytest.fixture
def founding() -> Plans:
    return plans(FOUNDING)


def test_plans_survive_json(founding: Plans) -> None:
    assert Plans.from_json(json.loads(json.dumps(founding.to_json()))) == founding


def test_each_plan_alone_survives_json(founding: Plans) -> None:
    assert parse(BrokerPlan, json.loads(json.dumps(dump(founding.broker)))) == founding.broker
    assert parse(EgressPlan, json.loads(json.dumps(dump(founding.egress)))) == founding.egress


def _without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return document


def _with(document: dict[str, Any], value: Any, *path: Any) -> dict[str, Any]:
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize("path", [("name",), ("jail", "pids"), ("broker", "pii"), ("broker", "pii", "mode")])
def test_a_missing_field_is_refused(founding: Plans, path: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not exactly the fields"):
        Plans.from_json(_without(founding.to_json(), *path))


@pytest.mark.parametrize("path", [("more",), ("jail", "more"), ("broker", "rules", 0, "more")])
def test_an_unknown_field_is_refused(founding: Plans, path: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="not exactly the fields"):
        Plans.from_json(_with(founding.to_json(), 1, *path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("jail", "pids"), "256"),
        (("jail", "pids"), True),
        (("jail", "pids"), None),
        (("jail", "cpus"), "1"),
        (("jail", "limits_optional"), 0),
        (("jail", "env_set"), [["A"]]),
        (("jail", "env_set"), [["A", 1]]),
        (("jail", "env_pass"), "PATH"),
        (("broker", "rules"), {}),
        (("broker", "rules", 0, "methods"), ["POST", None]),
        (("broker", "budget", "unknown_price"), 1.5),
        (("egress",), []),
    ],
)
def test_a_value_of_another_type_is_refused(founding: Plans, path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(ValueError, match=r"not (of type|a list|exactly)"):
        Plans.from_json(_with(founding.to_json(), value, *path))


@pytest.mark.parametrize("document", [None, [], "plans", 1])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="not exactly the fields"):
        Plans.from_json(document)


def test_a_whole_number_of_cpus_is_read_as_a_float(founding: Plans) -> None:
    read = Plans.from_json(_with(founding.to_json(), 2, "jail", "cpus"))
    assert type(read.jail.cpus) is float
