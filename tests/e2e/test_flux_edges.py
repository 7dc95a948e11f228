"""Budgets at their edges: of nothing at all, and whose day it is that two files speak of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour
from tests.e2e.conftest import Akios
from tests.e2e.test_flux_budgets import ASK, flux

pytestmark = pytest.mark.root

NOTHING: list[tuple[str, dict[str, Any], int]] = [
    ("per_session", {}, 402),
    ("per_day", {}, 402),
    ("per_minute", {"action_on_exceed": "refuse"}, 402),
    ("per_minute", {"action_on_exceed": "throttle", "max_wait": "1s"}, 403),
    ("per_session", {"action_on_exceed": "alert_and_queue", "max_wait": "1s"}, 429),
    ("per_day", {"action_on_exceed": "alert_and_queue", "max_wait": "1s"}, 429),
]


@pytest.mark.parametrize(("window", "how", "status"), NOTHING)
def test_no_money_at_all_is_a_budget_too(akios: Akios, window: str, how: dict[str, Any], status: int) -> None:
    flux(akios, budgets={window: {"max_cost_usd": 0, **how}})
    run = akios.python(ASK, "1")
    assert run.said[0] == status, str(run)
    assert akios.upstream.requests() == []
    assert "$0.00" in run.denials()[0]["reason"]


def test_no_money_at_all_ends_the_session_that_asks_for_some(akios: Akios) -> None:
    flux(akios, budgets={"per_session": {"max_cost_usd": 0, "action_on_exceed": "terminate_with_summary"}})
    run = akios.python(ASK + "time.sleep(30)", "1")
    assert (run.status, run.report["exit"]["code"]) == (120, "budget_spent"), str(run)
    assert akios.upstream.requests() == []
    assert run.report["summary"]["calls"] == {}


def test_what_costs_nothing_needs_no_money(akios: Akios) -> None:
    free = {"model": "gpt-4o", "input_per_mtok_usd": 0, "output_per_mtok_usd": 0}
    flux(akios, budgets={"per_session": {"max_cost_usd": 0}}, prices={"overrides": [free]})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    run = akios.python(ASK, "2")
    assert run.said[0] == 200, str(run)
    cost = run.report["cost"]
    assert (cost["output_tokens"], cost["cost_usd"]) == (3000, 0)


def test_a_policys_own_budget_of_nothing_holds_beside_a_larger_one(akios: Akios) -> None:
    flux(akios, budgets={"per_session": {"max_cost_usd": 5}})
    policy = json.loads((akios.workspace / "policy.yaml").read_text())
    policy["spec"]["governance"]["budget"] = {"max_cost_per_session": "$0.00"}
    akios.policy_text(json.dumps(policy))
    run = akios.python(ASK, "1")
    assert run.said[0] == 402, str(run)
    assert akios.upstream.requests() == []


def renamed(akios: Akios, name: str) -> None:
    policy = json.loads((akios.workspace / "policy.yaml").read_text())
    policy["metadata"]["name"] = name
    akios.policy_text(json.dumps(policy))


def test_a_day_belongs_to_a_policys_name_whatever_else_its_files_say(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    flux(akios, budgets={"per_day": {"max_cost_usd": 0.016}})
    first = akios.python(ASK, "20")
    assert first.said[0] == 402, str(first)
    assert first.report["calls"] > 1
    # Another FluxConfig, and a policy that allows more: of the same name, and so of the same day.
    flux(akios, budgets={"per_day": {"max_cost_usd": 0.016}}, scheduling={"context_packing": True})
    policy = json.loads((akios.workspace / "policy.yaml").read_text())
    policy["spec"]["governance"]["network_access"]["allowlist"].append({"host": "internal-crm.corp"})
    akios.policy_text(json.dumps(policy))
    second = akios.python(ASK, "1")
    assert second.said[0] == 402, str(second)
    starts = [record for record in second.audit if record["type"] == "session.start"]
    assert len({record["flux_sha256"] for record in starts}) == 2
    assert len({record["policy_sha256"] for record in starts}) == 2
    # Another name has a day of its own.
    renamed(akios, "another")
    third = akios.python(ASK, "1")
    assert third.said[0] == 200, str(third)
    assert {day["name"] for day in akios.budget("show", "--json")["days"]} == {"test", "another"}
