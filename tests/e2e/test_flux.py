"""The founding FluxConfig governs as it stands, beside a policy: `akios run --flux production-cost-controls.yaml`.

Where a test would otherwise take minutes or hundreds of dollars, one number of it is another. What was spent is judged
by the provider's own bill and the price list.
"""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage, calc_price

from akios_jail.demo.answer import Behaviour
from tests.e2e.conftest import AKIOS, Akios, Run, eventually

pytestmark = pytest.mark.root

MANIFEST = Path(__file__).with_name("production-cost-controls.yaml")
#: Calls the model as often as it is told to, and prints the status, model and Retry-After of each answer.
AGENT = """
import json, sys, urllib.error, urllib.request

task, calls, tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
words = sys.argv[4:]
told = []
for number in range(calls):
    messages = [{"role": "user", "content": f"Call {number}"}]
    question = {"model": "gpt-4-turbo", "max_tokens": tokens, "messages": messages}
    if "stream" in words:
        question["stream"] = True
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-test"}
    if task != "-":
        headers["X-Akios-Task"] = task
    url = "https://api.openai.com/v1/chat/completions"
    request = urllib.request.Request(url, json.dumps(question).encode(), headers)
    try:
        answer = urllib.request.urlopen(request, timeout=300)
    except urllib.error.HTTPError as error:
        answer = error
    body = answer.read().decode()
    models = {json.loads(line[6:])["model"] for line in body.split("\\n") if line.startswith('data: {"id')}
    if not models:
        models = {json.loads(body).get("model")}
    told.append([answer.status, sorted(map(str, models)), answer.headers.get("Retry-After")])
    print(json.dumps(told[-1]), file=sys.stderr, flush=True)
print(json.dumps(told))
"""


#: Calls are neither slowed down ahead of a budget nor by the minute's.
UNHURRIED = (("predictive_scaling: true", "predictive_scaling: false"), ("max_tokens: 8000", "max_tokens: 800000"))


def prepare(akios: Akios, *changes: tuple[str, str], name: str = "flux.yaml") -> None:
    """The founding manifest in the workspace, and what it is to say otherwise."""
    text = MANIFEST.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    akios.allow("api.openai.com", methods=["POST"])
    akios.file(name, text)
    akios.file("agent.py", AGENT)
    akios.options = ["--flux", name]


def spent(akios: Akios) -> Decimal:
    """What the provider's own bill comes to, by the price list."""
    total = Decimal(0)
    for line in akios.upstream.usages:
        usage = Usage(input_tokens=line.input_tokens, output_tokens=line.output_tokens)
        total += calc_price(usage, line.model, provider_id="openai").total_price
    return total


def tokens(akios: Akios) -> int:
    return sum(line.input_tokens + line.output_tokens for line in akios.upstream.usages)


def agent(akios: Akios, *words: str, **how: Any) -> Run:
    return akios.run("agent.py", *words, **how)


@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
def test_a_lookup_is_answered_by_the_smaller_model_and_the_agent_does_not_notice(
    akios: Akios, words: tuple[str, ...]
) -> None:
    prepare(akios)
    run = agent(akios, "lookup", "1", "100", *words)
    assert run.status == 0, str(run)
    assert [prompt["model"] for prompt in akios.upstream.prompts()] == ["gpt-4o-mini"]
    assert run.said == [[200, ["gpt-4-turbo"], None]]
    assert not akios.upstream.requests()[0].header("x-akios-task"), "that is between the agent and its broker"
    assert list(run.report["models"]) == ["gpt-4o-mini"]
    assert run.report["cost"]["cost_usd"] == pytest.approx(float(spent(akios)), abs=1e-6)
    record = next(r for r in run.audit if r["type"] == "verdict")
    assert "gpt-4o-mini" in json.dumps(record)
    assert "Simple retrieval" in json.dumps(record, ensure_ascii=False)


@pytest.mark.parametrize("task", ["reasoning", "analysis"])
def test_harder_tasks_are_answered_by_the_larger_one(akios: Akios, task: str) -> None:
    prepare(akios)
    run = agent(akios, task, "1", "100")
    assert run.said == [[200, ["gpt-4-turbo"], None]], str(run)
    assert [prompt["model"] for prompt in akios.upstream.prompts()] == ["gpt-4-turbo"]


def test_without_the_agents_word_its_call_is_judged_by_what_it_asks(akios: Akios) -> None:
    prepare(akios)
    run = agent(akios, "-", "1", "100")
    assert run.said == [[200, ["gpt-4-turbo"], None]], str(run)
    assert [prompt["model"] for prompt in akios.upstream.prompts()] == ["gpt-4o-mini"]


def test_an_analysis_is_tried_three_times(akios: Akios) -> None:
    prepare(akios)
    akios.upstream.script = [Behaviour(fault="500"), Behaviour(fault="503")]
    run = agent(akios, "analysis", "1", "100")
    assert run.said == [[200, ["gpt-4-turbo"], None]], str(run)
    assert len(akios.upstream.prompts()) == 3
    assert run.report["calls"] == 1 or run.report["models"]["gpt-4-turbo"]["calls"] == 1
    assert run.report["cost"]["cost_usd"] == pytest.approx(float(spent(akios)), abs=1e-6)


def test_an_analysis_that_always_fails_fails_as_it_would_have(akios: Akios) -> None:
    prepare(akios)
    akios.upstream.behaviour = Behaviour(fault="500")
    run = agent(akios, "analysis", "1", "100")
    assert run.said[0][0] == 500, str(run)
    assert len(akios.upstream.prompts()) == 3
    assert run.report["cost"]["cost_usd"] == 0


def test_a_lookup_is_not_tried_again(akios: Akios) -> None:
    prepare(akios)
    akios.upstream.script = [Behaviour(fault="500")]
    run = agent(akios, "lookup", "1", "100")
    assert run.said[0][0] == 500, str(run)
    assert len(akios.upstream.prompts()) == 1


def test_more_than_eight_thousand_tokens_a_minute_are_told_when_to_come_again(akios: Akios) -> None:
    prepare(akios, UNHURRIED[0])
    akios.upstream.behaviour = Behaviour(output_tokens=3900)
    run = agent(akios, "reasoning", "3", "3900")
    assert [status for status, _, _ in run.said] == [200, 200, 429], str(run)
    assert 30 <= int(run.said[2][2]) <= 60
    assert tokens(akios) <= 8000


def test_the_manifest_as_it_stands_never_lets_more_than_eight_thousand_tokens_a_minute_pass(akios: Akios) -> None:
    prepare(akios)
    akios.upstream.behaviour = Behaviour(output_tokens=2600)
    process = akios.start("agent.py", "reasoning", "6", "2600")
    try:
        process.communicate(timeout=12)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate(timeout=20)
    assert 2600 < tokens(akios) <= 8000


def test_a_session_that_has_spent_its_money_ends_with_a_summary(akios: Akios) -> None:
    prepare(akios, ("max_cost_usd: 2.00", "max_cost_usd: 0.20"), *UNHURRIED)
    akios.upstream.behaviour = Behaviour(output_tokens=1000)
    run = agent(akios, "reasoning", "50", "1000")
    assert run.status == 120, str(run)
    assert Decimal("0.15") < spent(akios) <= Decimal("0.20")
    summary = run.report["summary"]
    assert summary
    assert "0.2" in run.stderr
    kept = [path for path in akios.state.rglob("*") if path.is_file() and run.report["session_id"] in path.name]
    assert kept, "the summary is kept in the state folder"


def test_a_day_is_shared_by_sessions_side_by_side(akios: Akios) -> None:
    prepare(akios, ("max_cost_usd: 500.00", "max_cost_usd: 0.10"), *UNHURRIED)
    akios.upstream.behaviour = Behaviour(output_tokens=500)
    reports = [akios.folder / f"report-{number}.json" for number in range(3)]
    processes = [
        akios.start("agent.py", "reasoning", "20", "500", options=["--report", str(report)]) for report in reports
    ]
    eventually(lambda: len(akios.upstream.usages) > 2, what="the day has begun")
    eventually(lambda: waiting(akios) == 3, 30, "the day is spent, and all three wait")
    [day] = shown(akios)["days"]
    assert day["spent"]["microusd"] + day["reserved"]["microusd"] <= 100_000
    assert shown(akios)["queue"]
    assert spent(akios) <= Decimal("0.10")
    before = len(akios.upstream.usages)
    raised = [AKIOS, "budget", "raise", "test", "--per-day", "0.15", "--state-dir", str(akios.state)]
    subprocess.run(raised, check=True, capture_output=True, timeout=30)
    eventually(lambda: len(akios.upstream.usages) > before, 15, "calls that waited go on")
    for process in processes:
        process.terminate()
        process.communicate(timeout=30)
    assert spent(akios) <= Decimal("0.15")
    told = sum(json.loads(report.read_text())["cost"]["cost_usd"] for report in reports)
    assert told == pytest.approx(float(spent(akios)), abs=0.02)


def shown(akios: Akios) -> Any:
    """What `akios budget show` says while it runs."""
    command = [AKIOS, "budget", "show", "--json", "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def waiting(akios: Akios) -> int:
    """How many calls wait, of all sessions."""
    return sum(session["waiting"] for session in shown(akios)["sessions"])
