"""What budgets and routes did comes again in a replay, and costs nothing."""

from __future__ import annotations

import pytest

from akios_jail.demo.answer import Behaviour
from tests.e2e.conftest import Akios
from tests.e2e.test_budget import agent
from tests.e2e.test_fallbacks import BY_NAME, CLAUDE, converse
from tests.e2e.test_flux_budgets import flux
from tests.e2e.test_replay import replay, same

pytestmark = pytest.mark.root


def test_another_provider_stands_in_again_and_the_day_is_charged_once(akios: Akios) -> None:
    run = converse(akios, BY_NAME["openai-chat"], 500, CLAUDE, ("stream",))
    assert run.status == 0, str(run)
    spent = akios.budget("show", "--json")
    same(akios, run)
    assert akios.budget("show", "--json") == spent
    live = replay(akios, "--from", "1", "--live", "--env", "OPENAI_API_KEY=x")
    assert live.status == 2
    assert "a budget of a day" in live.said


def test_a_session_that_its_budget_ended_ends_there_again(akios: Akios) -> None:
    limit = {"max_cost_usd": 0.1, "action_on_exceed": "terminate_with_summary"}
    flux(akios, budgets={"per_session": limit}, summary={"model": "gpt-4o-mini", "reserve_usd": 0.01})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=2000)
    run = akios.python(agent(20, 1, max_tokens=2000) + "\nimport time; time.sleep(30)")
    assert run.report["exit"]["code"] == "budget_spent", str(run)
    asked = len(akios.upstream.received)
    again = replay(akios, "--json")
    assert again.status == 0, again.said
    assert (again.found["exit"]["code"], again.found["steps"]) == ("budget_spent", asked)
    assert len(akios.upstream.received) == asked
