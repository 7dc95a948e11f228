"""A session never spends more than its budget, by the provider's own bill, however the agent goes about it.

The upstream counts what each answered call used; prices come from genai-prices, as anyone would check a bill. Where
dollars are the subject, the founding policy's limit of tokens a minute is left away: it would be reached first.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from akios_jail.demo.model_server import Behaviour, ModelServer
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

CALLS = """
import concurrent.futures, http.client, json, os
def call(number):
    question = {"model": "gpt-4o", "max_tokens": MAX_TOKENS, "stream": STREAM}
    question["messages"] = [{"role": "user", "content": PROMPT(number)}]
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status
with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
    print(json.dumps(list(pool.map(call, range(TIMES)))))
"""


def agent(
    times: int, parallel: int, max_tokens: int = 4000, stream: bool = False, prompt: str = "f'question {number}'"
) -> str:
    constants = f"TIMES, PARALLEL, MAX_TOKENS, STREAM = {times}, {parallel}, {max_tokens}, {stream}\n"
    return f"{constants}PROMPT = lambda number: {prompt}\n{CALLS}"


def dollars(upstream: ModelServer) -> Decimal:
    """The provider's bill."""
    total = Decimal(0)
    for used in upstream.usages:
        usage = PricedUsage(input_tokens=used.input_tokens, output_tokens=used.output_tokens)
        total += calc_price(usage, model_ref=used.model, provider_id=used.provider).total_price
    return total


def budget(akios: Akios, **limits: object) -> None:
    allowlist = [{"host": "api.openai.com", "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "budget": limits})


@pytest.mark.parametrize(("parallel", "stream"), [(1, False), (20, False), (20, True)])
def test_one_dollar_is_never_exceeded(akios: Akios, parallel: int, stream: bool) -> None:
    budget(akios, max_cost_per_session="$1.00")
    akios.upstream.behaviour = Behaviour(text="yes", input_tokens=20, output_tokens=4000, latency_s=0.05)
    run = akios.python(agent(40, parallel, stream=stream), timeout=90)
    spent = dollars(akios.upstream)
    assert Decimal("0.80") < spent <= 1, f"{spent} dollars\n{run}"
    assert 402 in run.said, run
    assert abs(Decimal(str(run.report["cost"]["cost_usd"])) - spent) <= Decimal("0.05"), run.report


def test_a_call_that_could_exceed_the_budget_is_refused_before_it_is_made(akios: Akios) -> None:
    budget(akios, max_cost_per_session="$0.005")
    akios.upstream.behaviour = Behaviour(output_tokens=16000)
    akios.python(agent(3, 1, max_tokens=16000))
    assert not akios.upstream.requests()


def test_a_call_that_asks_for_more_than_is_left_gets_what_is_left(akios: Akios) -> None:
    budget(akios, max_cost_per_session="$0.05")
    akios.upstream.behaviour = Behaviour(output_tokens=16000)
    run = akios.python(agent(1, 1, max_tokens=16000))
    assert run.said == [200]
    [used] = akios.upstream.usages
    assert 1_000 < used.output_tokens < 5_000
    assert "output_limit_lowered" in [record.get("code") for record in run.audit]


def test_text_that_takes_many_tokens_does_not_slip_under_the_budget(akios: Akios) -> None:
    """Usual text has four characters a token; random text has hardly more than one, and the provider bills that."""
    budget(akios, max_cost_per_session="$0.10")
    akios.upstream.behaviour = Behaviour(text="yes", input_tokens=20_000, output_tokens=10)
    run = akios.python(agent(10, 10, max_tokens=10, prompt="os.urandom(10_000).hex()"))
    spent = dollars(akios.upstream)
    assert 0 < spent <= Decimal("0.10"), f"{spent} dollars\n{run}"


def test_the_founding_policy_holds_its_tokens_a_minute(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1000)
    run = akios.python(agent(20, 20, max_tokens=1000))
    assert sum(u.input_tokens + u.output_tokens for u in akios.upstream.usages) <= 10_000, run
    assert 429 in run.said, run


def test_failed_calls_cost_nothing(akios: Akios) -> None:
    budget(akios, max_cost_per_session="$0.05")
    akios.upstream.behaviour = Behaviour(fault="500")
    run = akios.python(agent(10, 1, max_tokens=1000))
    assert run.said == [500] * 10, run
    assert run.report["cost"]["cost_usd"] == 0


def test_the_sdk_shows_the_agent_why_and_does_not_try_again(akios: Akios) -> None:
    budget(akios, max_cost_per_session="$0.000001")
    run = akios.python(
        """
        import json, openai
        client = openai.OpenAI(api_key="sk-test")
        try:
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])
        except openai.APIStatusError as error:
            print(json.dumps([error.status_code, error.body, str(error)]))
        """
    )
    status, body, text = run.said
    assert status == 402
    assert body["type"] == "akios_denied"
    assert body["message"] in text
    assert [denial["code"] for denial in run.report["denials"]] == [body["code"]]


EVASIONS = """
import concurrent.futures, http.client, json
def call(number):
    question = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"question {number}"}], **EXTRA}
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read(100 if HANG_UP else None)
    connection.close()
    return answer.status
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    print(json.dumps(list(pool.map(call, range(40)))))
"""


@pytest.mark.parametrize(
    ("extra", "hang_up"),
    [
        ({"n": 8, "max_tokens": 1000}, False),
        ({}, False),
        ({"max_completion_tokens": 2000}, False),
        ({"stream": True, "max_tokens": 2000}, True),
        ({"stream": True, "max_tokens": 2000, "stream_options": {"include_usage": False}}, False),
    ],
    ids=["many choices", "no limit asked for", "the newer name of the limit", "hanging up early", "usage switched off"],
)
def test_no_way_of_asking_slips_under_the_budget(akios: Akios, extra: dict[str, object], hang_up: bool) -> None:
    budget(akios, max_cost_per_session="$0.50")
    long = Behaviour(text="word " * 2000, chunks=10, chunk_delay_s=0.005, output_tokens=2000)
    akios.upstream.behaviour = long
    run = akios.python(f"EXTRA, HANG_UP = {extra!r}, {hang_up}\n{EVASIONS}")
    spent = dollars(akios.upstream)
    assert 0 < spent <= Decimal("0.50"), f"{spent} dollars\n{run}"
    assert 402 in run.said
