"""How spending is spread and kept small, as SDKs and operators see it; and agents that do not end when they should."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour
from tests.e2e.clients import ANTHROPIC, OPENAI, RESOURCES
from tests.e2e.conftest import Akios
from tests.e2e.test_budget import dollars

pytestmark = pytest.mark.root


def govern(akios: Akios, *hosts: str, **spec: Any) -> None:
    flux = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}, "spec": spec}
    akios.file("flux.yaml", json.dumps(flux))
    allowlist = [{"host": host, "methods": ["POST"]} for host in hosts]
    akios.policy({"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml"}, resources=RESOURCES)


READS_THRICE = """
import json, sys
page = "".join(f"line {number} of the handbook\\n" for number in range(200))
if sys.argv[1] == "anthropic":
    import anthropic, warnings
    warnings.simplefilter("ignore")
    messages = [{"role": "user", "content": "Read it"}]
    for number in range(3):
        use = {"type": "tool_use", "id": f"t{number}", "name": "read", "input": {}}
        result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": page}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    tools = [{"name": "read", "input_schema": {"type": "object"}}]
    client = anthropic.Anthropic(api_key="sk-test", max_retries=0)
    answer = client.messages.create(model="claude-sonnet-4-5", max_tokens=50, messages=messages, tools=tools)
    print(json.dumps([answer.content[0].text, page]))
else:
    import openai
    messages = [{"role": "user", "content": "Read it"}]
    for number in range(3):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        messages += [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": page},
        ]
    client = openai.OpenAI(api_key="sk-test", max_retries=0)
    answer = client.chat.completions.create(model="gpt-4o", messages=messages)
    print(json.dumps([answer.choices[0].message.content, page]))
"""


@pytest.mark.parametrize(("host", "word"), [(OPENAI, "openai"), (ANTHROPIC, "anthropic")])
@pytest.mark.parametrize("packs", [True, False])
def test_what_a_tool_said_thrice_is_sent_once(akios: Akios, host: str, word: str, packs: bool) -> None:
    govern(akios, host, scheduling={"context_packing": packs}, budgets={"per_session": {"max_cost_usd": 1}})
    akios.upstream.behaviour = Behaviour(text="Read.")
    run = akios.python(READS_THRICE, word)
    assert run.said[0] == "Read.", str(run)
    sent = json.dumps(akios.upstream.prompts()[0])
    assert sent.count("line 7 of the handbook") == (1 if packs else 3)
    assert ("cache_control" in sent) is (packs and word == "anthropic")
    [verdict] = [record for record in run.audit if record["type"] == "verdict"]
    assert (verdict["code"] == "context_packed") is packs
    if packs:
        assert verdict["notes"]["packing"]["same_result"] == 2
    assert "line 7" not in json.dumps(run.audit)


ASKS_GPT_5 = """
import json, openai
client = openai.OpenAI(api_key="sk-test", max_retries=0)
asked = {"model": "gpt-5", "messages": [{"role": "user", "content": "hello"}], "max_completion_tokens": 500}
whole = client.chat.completions.create(**asked).choices[0].message.content
stream = client.chat.completions.create(**asked, stream=True)
print(json.dumps([whole, "".join(c.choices[0].delta.content or "" for c in stream if c.choices)]))
"""


@pytest.mark.parametrize("refuses", [False, True])
def test_the_cheaper_tier_is_asked_first_and_nobody_notices_when_there_is_none(akios: Akios, refuses: bool) -> None:
    govern(akios, OPENAI, scheduling={"spot_instance_fallback": True}, budgets={"per_session": {"max_cost_usd": 1}})

    def brain(question: Any) -> Behaviour:
        busy = refuses and question.document.get("service_tier") == "flex"
        return Behaviour(fault="429") if busy else Behaviour(text="Hello.")

    akios.upstream.brain = brain
    run = akios.python(ASKS_GPT_5)
    assert run.said == ["Hello.", "Hello."], str(run)
    tiers = [prompt.get("service_tier") for prompt in akios.upstream.prompts()]
    assert tiers == (["flex", None] * 2 if refuses else ["flex"] * 2)
    assert run.report["calls"] == 2


STEADY = """
import http.client, json, time
told = []
for number in range(12):
    question = {"model": "gpt-4o", "max_tokens": 500, "messages": [{"role": "user", "content": f"{number}"}]}
    begun = time.monotonic()
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    told.append([answer.status, time.monotonic() - begun])
print(json.dumps(told))
"""


@pytest.mark.parametrize("predictive", [True, False])
def test_spending_slows_down_before_the_budget_is_reached(akios: Akios, predictive: bool) -> None:
    scheduling = {"predictive_scaling": True, "look_ahead_seconds": 2} if predictive else {}
    govern(akios, OPENAI, scheduling=scheduling, budgets={"per_session": {"max_cost_usd": 0.06}})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=500)
    run = akios.python(STEADY, timeout=90)
    statuses, seconds = [status for status, _ in run.said], [taken for _, taken in run.said]
    assert statuses[0] == 200, str(run)
    assert set(statuses) <= {200, 402}
    assert 0.02 < dollars(akios.upstream) <= 0.06
    slowed = [taken for taken in seconds[1:] if taken > 1.5]
    assert bool(slowed) is predictive, str(run)
    assert max(seconds) < 8, "nobody waits much longer than the forecast looks ahead"


STUBBORN = """
import http.client, json, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
while True:
    question = {"model": "gpt-4o", "max_tokens": 500, "messages": [{"role": "user", "content": "again"}]}
    try:
        connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
        connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        time.sleep(0.05)
"""


@pytest.mark.parametrize("last", ["none", "answers", "hangs", "fails"])
def test_an_agent_that_will_not_end_is_ended_whatever_becomes_of_the_last_words(akios: Akios, last: str) -> None:
    limit = {"max_cost_usd": 0.05, "action_on_exceed": "terminate_with_summary"}
    summary = {} if last == "none" else {"summary": {"model": "gpt-4o-mini", "reserve_usd": 0.005}}
    govern(akios, OPENAI, budgets={"per_session": limit}, **summary)

    def brain(question: Any) -> Behaviour:
        if question.model != "gpt-4o-mini":
            return Behaviour(text="yes", output_tokens=500)
        return {"hangs": Behaviour(fault="hang"), "fails": Behaviour(fault="500")}.get(
            last, Behaviour(text="It asked.")
        )

    akios.upstream.brain = brain
    run = akios.python(STUBBORN, timeout=60)
    assert run.status == 120, str(run)
    assert run.report["exit"]["code"] == "budget_spent"
    assert run.seconds < 30, str(run)
    told = run.report["summary"]
    assert told["calls"]["gpt-4o"] > 0
    assert told["text"] == ("It asked." if last == "answers" else None)
    assert bool(told["text_missing"]) is (last in ("hangs", "fails"))
    assert 0.01 < dollars(akios.upstream) <= 0.05
    assert (akios.state / "summaries" / f"{run.report['session_id']}.json").exists()
