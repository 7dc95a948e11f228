"""The graph of what real agents did, edge by edge: what a person would draw who had watched them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour, Question, ToolCall
from tests.e2e.clients import ANTHROPIC, CLIENTS, CREDITS, LOOKS, OPENAI, RESOURCES, Client, asks_for
from tests.e2e.conftest import AKIOS, Akios

pytestmark = pytest.mark.root

TASK = "Find out when the parcel of order 4822 was handed over"
SUMMARY = "Both orders were handed over on the 17th, and the customer was told so."
CLAUDE, GPT = ("ANTHROPIC_API_KEY",), ("OPENAI_API_KEY",)
TEAMS = (
    Client("anthropic", "anthropic_team.py", ANTHROPIC, CLAUDE),
    Client("langchain-anthropic", "langchain_team.py", ANTHROPIC, CLAUDE, ("anthropic",)),
    Client("langchain-openai", "langchain_team.py", OPENAI, GPT),
    Client("langchain-responses", "langchain_team.py", OPENAI, GPT, ("responses",)),
)


def shown(akios: Akios) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The steps of the one session there is, and its edges by what their steps say: without the programs that clients
    execute to find out where they run."""
    command = [AKIOS, "trace", "show", "--json", "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    trace = json.loads(done.stdout)["trace"]
    steps = {step["id"]: step for step in trace["steps"]}
    named = [edge for edge in trace["edges"] if edge["type"] != "executed"]
    edges = [(told(steps[edge["source"]]), edge["type"], told(steps[edge["target"]])) for edge in named]
    return [step for step in trace["steps"] if step["type"] != "process"], edges


def told(step: dict[str, Any]) -> str:
    if step["type"] == "tool_call":
        return f"{step['tool']}({', '.join(map(str, step.get('args', {'': 'refused'}).values()))})"
    if step["type"] == "failure":
        return f"failure {step.get('status')}"
    return f"{step['type']}: {step.get('content', step.get('target'))}"


def team(thinks: bool) -> Callable[[Question], Behaviour]:
    """A model that asks for a tool and a colleague at once, breaks once while the colleague works, and sums up."""
    broken: list[bool] = []

    def brain(question: Question) -> Behaviour:
        if "get_order" in question.tools and "ask_courier" not in question.tools:
            if question.results:
                if not broken:
                    broken.append(True)
                    return Behaviour(fault="500")
                return Behaviour(text="It was handed over on the 17th, at noon.")
            return Behaviour(calls=(ToolCall("get_order", {"order_id": "4822"}),))
        if question.results:
            return Behaviour(text="Both are with the customer.")
        if question.last_user_text == "Sum up what we know.":
            return Behaviour(text=SUMMARY)
        if question.last_user_text.startswith("What was said before"):
            return Behaviour(text="Nothing is open.")
        calls = (ToolCall("get_order", {"order_id": "4821"}), ToolCall("ask_courier", {"task": TASK}))
        return Behaviour(text="I look.", calls=calls, thinking="Two orders." if thinks else "")

    return brain


@pytest.mark.parametrize("client", TEAMS, ids=lambda client: client.name)
@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
def test_a_team_with_a_retry_and_a_compaction(akios: Akios, client: Client, words: tuple[str, ...]) -> None:
    thinks = client.name == "anthropic"
    akios.upstream.brain = team(thinks)
    akios.policy({"network_access": {"allowlist": [{"host": client.host, "methods": ["POST"]}]}}, resources=RESOURCES)
    run = client.run(akios, *words)
    assert run.status == 0, str(run)
    steps, edges = shown(akios)
    question = "prompt: Where are the orders 4821 and 4822?"
    look, first, second = "thought: I look.", "get_order(4821)", f"ask_courier({TASK})"
    task, inner = f"prompt: Your task: {TASK}", "get_order(4822)"
    found = "observation: order 4822 was handed over on the 17th"
    noon = "decision: It was handed over on the 17th, at noon."
    one = "observation: order 4821 was handed over on the 17th"
    two = "observation: The courier says: It was handed over on the 17th, at noon."
    both = "decision: Both are with the customer."
    again, summary = "prompt: Sum up what we know.", f"decision: {SUMMARY}"
    fresh = f"prompt: What was said before:\n{SUMMARY}\n\nIs anything open?"
    drawn = {
        (look, "reply", first),
        (first, "reply", second),
        (second, "sub_agent", task),
        (task, "reply", inner),
        (inner, "prefix", found),
        (inner, "tool_result", found),
        (found, "reply", "failure 500"),
        (found, "reply", noon),
        ("failure 500", "retry", noon),
        (second, "prefix", one),
        (one, "prefix", two),
        (first, "tool_result", one),
        (second, "tool_result", two),
        (noon, "sub_agent", two),
        (two, "reply", both),
        (both, "prefix", again),
        (again, "reply", summary),
        (summary, "compaction", fresh),
        (fresh, "reply", "decision: Nothing is open."),
    }
    if thinks:
        drawn |= {(question, "reply", "thought: Two orders."), ("thought: Two orders.", "reply", look)}
    else:
        drawn |= {(question, "reply", look)}
    assert sorted(edges) == sorted(drawn)
    assert [step["type"] for step in steps].count("failure") == 1


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_conversation_of_every_client_is_one_chain(akios: Akios, client: Client) -> None:
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    pii = {"mode": "redact_before_inference", "fields": ["email"], "restore": True}
    allowed = [{"host": client.host, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowed}, "pii_handling": pii}, resources=RESOURCES)
    run = client.run(akios, "stream")
    assert run.status == 0, str(run)
    steps, edges = shown(akios)
    question = "prompt: Is order 4821 to be credited? Answer [EMAIL_1]."
    look, first = "thought: Let me look.", "get_order(4821)"
    seen = [told(step) for step in steps]
    second, one, two, last = seen[3:]
    assert second in ("issue_credit(Ada, 15000.0)", "issue_credit(Ada, 15000)")
    assert seen[:3] == [question, look, first]
    assert sorted(edges) == sorted(
        [
            (question, "reply", look),
            (look, "reply", first),
            (first, "reply", second),
            (second, "prefix", one),
            (first, "tool_result", one),
            (one, "prefix", two),
            (second, "tool_result", two),
            (two, "reply", last),
        ]
    )
