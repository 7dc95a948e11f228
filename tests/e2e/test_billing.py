"""The founding story, sentence by sentence, with examples/billing-support as it stands: policy, agent, world.

What is said of it is judged by what its world received, by `akios approvals`, by the report and by the audit log.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage, calc_price

from akios_jail.demo.answer import Behaviour, Question, ToolCall
from tests.e2e.conftest import AKIOS, Akios, Run, eventually

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[2] / "examples" / "billing-support"
_SPEC = importlib.util.spec_from_file_location("billing_world", EXAMPLE / "world.py")
assert _SPEC is not None
assert _SPEC.loader is not None
world_module = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(world_module)
World = world_module.World

KEYS = {"OPENAI_API_KEY": "sk-real-8Jr3", "STRIPE_API_KEY": "rk-real-6Vn1"}
PERSONAL = ("ada.winters@example.com", "(212) 555-0147", "536-22-8145")
CREDIT = {"account": "acct_0007", "amount_usd": 15000.0}


@pytest.fixture
def world() -> Iterator[Any]:
    with World() as running:
        yield running


@pytest.fixture
def person(tmp_path: Path, world: Any) -> Iterator[Akios]:
    """Somebody with the example in their workspace, and the keys in their environment."""
    tmp_path.chmod(0o755)
    someone = Akios(tmp_path, world)
    for name in ("policy.yaml", "flux.yaml", "agent.py"):
        someone.file(name, (EXAMPLE / name).read_text())
    someone.environment = dict(KEYS)
    yield someone
    someone.end()


def changed(person: Akios, name: str, old: str, new: str) -> None:
    """One line of the example otherwise."""
    text = (person.workspace / name).read_text()
    assert old in text
    person.file(name, text.replace(old, new))


def approvals(person: Akios, *words: str) -> Any:
    command = [AKIOS, "approvals", *words, "--json", "--state-dir", str(person.state)]
    environment = {**os.environ, "SUDO_USER": "root"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)
    if words == ("list",) and "no such table" in done.stderr:
        return []
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def decide(person: Akios, world: Any, *words: str) -> tuple[dict[str, Any], Run]:
    """Run the example, and once something waits, decide: what waited, and what came of it."""
    process = person.start("agent.py")
    found = eventually(lambda: person.audit() and approvals(person, "list"), what="an approval")
    waiting: dict[str, Any] = found[0]
    assert world.paid == [], "nothing may be sent before a person approves"
    assert process.poll() is None
    approvals(person, words[0], waiting["id"], *words[1:])
    stdout, stderr = process.communicate(timeout=60)
    return waiting, person.finished(process.returncode, stdout, stderr)


def test_a_large_credit_waits_and_a_denial_reaches_the_agent_as_a_tool_result(person: Akios, world: Any) -> None:
    waiting, run = decide(person, world, "deny", "--note", "Ada was owed 127.50")
    assert (waiting["name"], waiting["content"]) == ("issue_credit", CREDIT)
    assert "billing-tools.corp" in waiting["where"]
    assert world.paid == []
    assert not world.requests("billing-tools.corp")
    assert run.status == 0, str(run)
    told = [m for m in world.prompts()[-1]["messages"] if m["role"] == "tool"][-1]["content"]
    assert told.startswith("error: ")
    assert "a person's decision" in told
    assert "Ada was owed 127.50" in told
    # ... and the model reacts to it.
    assert "a colleague will look at it" in run.stdout.decode()


def test_an_approved_credit_is_sent_once_exactly_as_it_was_shown(person: Akios, world: Any) -> None:
    waiting, run = decide(person, world, "approve")
    assert run.status == 0, str(run)
    assert waiting["content"] == CREDIT
    assert world.paid == [("issue_credit", CREDIT)]
    assert "Done: issue_credit" in run.stdout.decode()
    [entry] = approvals(person, "list", "--all")
    assert entry["state"] == "used"
    assert entry["who"]
    record = next(r for r in run.audit if waiting["id"] in json.dumps(r) and entry["who"] in json.dumps(r))
    assert record["session"] == run.report["session_id"]
    assert run.report["approvals"]
    # Whoever asks again is asked about again: an approval counts once.
    assert approvals(person, "list") == []


def test_nobody_answers_and_that_is_a_denial(person: Akios, world: Any) -> None:
    changed(person, "policy.yaml", "timeout: 10m", "timeout: 1s")
    run = person.run("agent.py")
    assert run.status == 0, str(run)
    assert world.paid == []
    assert "a colleague will look at it" in run.stdout.decode()


def test_what_no_agent_may_credit_does_not_even_reach_the_agent(person: Akios, world: Any) -> None:
    _, run = decide(person, world, "deny")
    assert "150000" not in run.stdout.decode()
    assert "go through finance" in run.stdout.decode(), "the agent's model is told why"
    assert "go through finance" in json.dumps(world.prompts()[-1])
    assert next(record["tool_rule"] for record in run.denials() if record["action"] == "tool_call") == 1


def test_payments_can_be_looked_at_and_not_made(person: Akios, world: Any) -> None:
    run = person.python(
        """
        import json, os, urllib.error, urllib.request
        def status(method, path):
            headers = {"Authorization": "Bearer " + os.environ["STRIPE_API_KEY"]}
            request = urllib.request.Request("https://api.stripe.com" + path, method=method, headers=headers)
            try:
                return urllib.request.urlopen(request, b"amount=1500000" if method == "POST" else None).status
            except urllib.error.HTTPError as refusal:
                return refusal.code
        calls = [("GET", "/v1/refunds"), ("POST", "/v1/refunds"), ("DELETE", "/v1/charges/ch_1")]
        print(json.dumps([[status(*call) for call in calls], dict(os.environ)]))
        """
    )
    statuses, environment = run.said
    assert statuses == [200, 403, 403], str(run)
    assert [request.method for request in world.requests("api.stripe.com")] == ["GET"]
    # The key was put in by the broker; the agent has none.
    assert world.requests("api.stripe.com")[0].header("authorization") == f"Bearer {KEYS['STRIPE_API_KEY']}"
    assert not [value for value in environment.values() for key in KEYS.values() if key in value]


def zone_where_it_is(hour: int) -> str:
    """A time zone in which the clock shows this hour now: what a rule calls night is brought about by its zone."""
    east = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def small_credit(person: Akios, world: Any, hour: int) -> None:
    """The model asks for a credit that needs nobody by day, at this hour."""
    changed(person, "policy.yaml", "Europe/Berlin", zone_where_it_is(hour))
    credit = ToolCall("issue_credit", {"account": "acct_0007", "amount_usd": 40.0})
    world.brain = lambda question: Behaviour(text="Well.") if question.results else Behaviour(calls=(credit,))


@pytest.mark.parametrize("hour", [0, 4])
def test_at_night_even_a_small_credit_waits_for_a_person(person: Akios, world: Any, hour: int) -> None:
    small_credit(person, world, hour)
    waiting, run = decide(person, world, "deny", "--note", "not at this hour")
    assert waiting["content"] == {"account": "acct_0007", "amount_usd": 40.0}
    assert "every credit at night" in waiting["reason"]
    assert run.status == 0, str(run)
    assert world.paid == []
    told = [m for m in world.prompts()[-1]["messages"] if m["role"] == "tool"][-1]["content"]
    assert told.startswith("error: ")
    assert "not at this hour" in told


@pytest.mark.parametrize("hour", [6, 14, 22])
def test_by_day_a_small_credit_goes_at_once(person: Akios, world: Any, hour: int) -> None:
    small_credit(person, world, hour)
    run = person.run("agent.py")
    assert run.status == 0, str(run)
    assert world.paid == [("issue_credit", {"account": "acct_0007", "amount_usd": 40.0})]
    assert approvals(person, "list", "--all") == []


def test_at_night_a_large_credit_waits_as_by_day(person: Akios, world: Any) -> None:
    changed(person, "policy.yaml", "Europe/Berlin", zone_where_it_is(2))
    waiting, run = decide(person, world, "deny")
    assert (waiting["name"], waiting["content"]) == ("issue_credit", CREDIT)
    assert world.paid == []
    assert "a colleague will look at it" in run.stdout.decode()


def test_a_refund_waits_for_a_person_too(person: Akios, world: Any) -> None:
    world.brain = lambda question: (
        Behaviour(text="Well.")
        if question.results
        else Behaviour(calls=(ToolCall("refund_order", {"order": "4821", "amount_usd": 1.0}),))
    )
    waiting, run = decide(person, world, "approve")
    assert waiting["name"] == "refund_order"
    assert run.status == 0, str(run)
    assert world.paid == [("refund_order", {"order": "4821", "amount_usd": 1.0})]


def test_the_model_never_sees_personal_data(person: Akios, world: Any) -> None:
    _, run = decide(person, world, "deny")
    assert PERSONAL[0] in run.stdout.decode(), "the agent works with the data as it is"
    for datum in PERSONAL:
        assert not world.saw(datum, host="api.openai.com")
        assert datum not in json.dumps([run.audit, run.report])
    assert set(run.report["pii_redacted"]) == {"email", "phone", "ssn"}


def spent(world: Any) -> Decimal:
    """What the provider's own bill comes to, by the price list."""
    total = Decimal(0)
    for line in world.usages:
        usage = Usage(input_tokens=line.input_tokens, output_tokens=line.output_tokens)
        total += calc_price(usage, line.model, provider_id="openai").total_price
    return total


def test_half_a_dollar_is_the_end_of_a_session_and_it_is_summed_up(person: Akios, world: Any) -> None:
    def restless(question: Question) -> Behaviour:
        look = ToolCall("refund_status", {"order": "4821"})
        return Behaviour(calls=(look,), output_tokens=2000)

    world.brain = restless
    changed(person, "flux.yaml", "max_tokens: 5000", "max_tokens: 5000000")
    changed(person, "flux.yaml", 'task.complexity == "lookup"', '"false"')
    changed(person, "agent.py", '"max_tokens": 400', '"max_tokens": 2000')
    changed(person, "agent.py", "range(10)", "range(1000)")
    run = person.run("agent.py")
    assert run.status == 120, str(run)
    assert Decimal("0.40") < spent(world) <= Decimal("0.50")
    assert run.report["exit"]["code"]
    assert run.report["summary"], "what it did, what was pending and what it cost"


def test_five_thousand_tokens_a_minute(person: Akios, world: Any) -> None:
    def talkative(question: Question) -> Behaviour:
        look = ToolCall("refund_status", {"order": "4821"})
        return Behaviour(calls=(look,), output_tokens=1500)

    world.brain = talkative
    changed(person, "flux.yaml", "max_wait: 20s", "max_wait: 1s")
    changed(person, "agent.py", '"max_tokens": 400', '"max_tokens": 1500')
    run = person.run("agent.py")
    assert sum(usage.input_tokens + usage.output_tokens for usage in world.usages) <= 5000
    assert len(world.usages) in (2, 3)
    assert "429" in run.stderr, str(run)
    [refused] = run.denials()
    assert "tokens a minute" in refused["reason"], refused


def test_looking_something_up_is_done_by_the_smaller_model(person: Akios, world: Any) -> None:
    _, run = decide(person, world, "deny")
    assert "gpt-4o-mini" in {usage.model for usage in world.usages}
    assert "gpt-4o-mini" in run.report["models"]
