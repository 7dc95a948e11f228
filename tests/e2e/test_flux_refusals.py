"""What SDKs with their own retries and time-outs make of a refusal or a wait: nothing is counted or charged twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour
from tests.e2e.clients import ANTHROPIC, OPENAI, RESOURCES
from tests.e2e.conftest import Akios
from tests.e2e.test_budget import dollars

pytestmark = pytest.mark.root

#: Asks as often as it is told, with the retries that an SDK has of itself, and tells how long it would have slept.
OPENAI_AGENT = """
import json, sys, time
import openai
slept = []
time.sleep = slept.append
client = openai.OpenAI(api_key="sk-test", timeout=float(sys.argv[2]))
told = []
for _ in range(int(sys.argv[1])):
    try:
        asked = {"model": "gpt-4o", "max_tokens": 1000, "messages": [{"role": "user", "content": "hello"}]}
        client.chat.completions.create(**asked)
        told.append(200)
    except openai.APIStatusError as error:
        told.append(error.status_code)
    except openai.APITimeoutError:
        told.append("timeout")
print(json.dumps([told, slept]))
"""
ANTHROPIC_AGENT = (
    OPENAI_AGENT.replace("openai.OpenAI", "openai.Anthropic")
    .replace("import openai", "import anthropic as openai")
    .replace("chat.completions", "messages")
    .replace("gpt-4o", "claude-sonnet-4-5")
)
SDKS = [(OPENAI, OPENAI_AGENT), (ANTHROPIC, ANTHROPIC_AGENT)]
every_sdk = pytest.mark.parametrize(("host", "source"), SDKS, ids=["openai", "anthropic"])


def govern(akios: Akios, host: str, budgets: dict[str, Any], **more: Any) -> None:
    flux = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}, "spec": {"budgets": budgets}}
    akios.file("flux.yaml", json.dumps(flux))
    allowlist = [{"host": host, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml", **more}, resources=RESOURCES)
    akios.upstream.behaviour = Behaviour(text="yes", input_tokens=20, output_tokens=1000)


@every_sdk
def test_a_spent_budget_is_asked_of_once(akios: Akios, host: str, source: str) -> None:
    govern(akios, host, {"per_session": {"max_tokens": 1500}})
    run = akios.python(source, "2", "20")
    assert run.said == [[200, 402], []], str(run)
    assert (run.report["calls"], len(akios.upstream.usages), len(run.denials())) == (1, 1, 1)


@every_sdk
def test_a_call_that_is_not_allowed_is_asked_of_once(akios: Akios, host: str, source: str) -> None:
    rule = {"http": {"hosts": [host]}, "action": "deny", "reason": "Not today"}
    govern(akios, host, {}, tools=[rule])
    run = akios.python(source, "1", "20")
    assert run.said == [[403], []], str(run)
    assert len(run.denials()) == 1
    assert akios.upstream.requests() == []


@every_sdk
def test_a_throttled_call_comes_again_when_it_is_told_to_and_each_try_is_one_denial(
    akios: Akios, host: str, source: str
) -> None:
    limit = {"max_tokens": 1500, "action_on_exceed": "throttle", "max_wait": "1s"}
    govern(akios, host, {"per_minute": limit, "per_day": {"max_cost_usd": 1.0}})
    run = akios.python(source, "2", "20")
    told, slept = run.said
    assert told == [200, 429], str(run)
    assert len(slept) == 2
    assert all(40 < seconds <= 60 for seconds in slept), "as Retry-After says"
    assert len(run.denials()) == 3
    assert (run.report["calls"], len(akios.upstream.usages)) == (1, 1)
    [day] = akios.budget("show", "--json")["days"]
    assert day["reserved"]["microusd"] == 0
    assert day["spent"]["microusd"] == pytest.approx(float(dollars(akios.upstream)) * 1_000_000, abs=2)


@every_sdk
def test_a_client_that_does_not_wait_for_its_turn_leaves_nothing_reserved_and_pays_nothing(
    akios: Akios, host: str, source: str
) -> None:
    limit = {"max_tokens": 1500, "action_on_exceed": "throttle", "max_wait": "2m"}
    govern(akios, host, {"per_minute": limit, "per_day": {"max_cost_usd": 1.0}})
    run = akios.python(source, "2", "1.5")
    told, slept = run.said
    assert told == [200, "timeout"], str(run)
    assert len(slept) == 2
    assert (run.report["calls"], len(akios.upstream.requests())) == (1, 1)
    found = akios.budget("show", "--json")
    assert (found["days"][0]["reserved"]["microusd"], found["queue"]) == (0, [])
    paid = float(dollars(akios.upstream)) * 1_000_000
    assert found["days"][0]["spent"]["microusd"] == pytest.approx(paid, abs=2)
    assert run.report["cost"]["cost_usd"] * 1_000_000 == pytest.approx(paid, abs=2)


@every_sdk
def test_a_client_that_does_not_wait_for_the_answer_pays_for_each_call_that_ran(
    akios: Akios, host: str, source: str
) -> None:
    govern(akios, host, {"per_day": {"max_cost_usd": 1.0}})
    akios.upstream.behaviour = Behaviour(text="yes", input_tokens=20, output_tokens=1000, latency_s=2.0)
    run = akios.python(source, "1", "0.7")
    assert run.said[0] == ["timeout"], str(run)
    calls = len(akios.upstream.requests())
    assert calls == 3, "one and two retries"
    [day] = akios.budget("show", "--json")["days"]
    assert day["reserved"]["microusd"] == 0
    # What it would have cost was on nobody's account yet when they left: each is settled at what it can have cost.
    least = 3 * 1000 * (10 if host == OPENAI else 15)
    assert least <= day["spent"]["microusd"] <= 3 * least  # a tier of the provider's choice, and input by its bytes
    assert run.report["calls"] == 3
