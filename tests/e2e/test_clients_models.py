"""Model SDKs, unmodified, hold a conversation with tools through the jail; what it cost is what the provider counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.clients import CLIENTS, CREDITS, KEYS, LOOKS, RESOURCES, Client, asks_for
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

BUDGET = {"max_cost_per_session": "$5.00", "max_tokens_per_session": 1_000_000}
SDKS = [client for client in CLIENTS if "langchain" not in client.name]
every_sdk = pytest.mark.parametrize("client", SDKS, ids=lambda client: client.name)
both_ways = pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])


def govern(akios: Akios, client: Client, **governance: Any) -> None:
    allowed = {"host": client.host, "methods": ["POST"]}
    akios.policy({"network_access": {"allowlist": [allowed]}, **governance}, resources=RESOURCES)


def held(run: Run, akios: Akios) -> None:
    """The conversation took its course: two tools in one turn, their results, an answer, and the bill is ours too."""
    assert run.status == 0, str(run)
    tools = run.said["tools"]
    assert [name for name, _ in tools] == ["get_order", "issue_credit"], str(run)
    assert tools[1][1] == {"account": "Ada", "amount_usd": 15000}
    assert "order 4821 was delivered" in run.said["text"]
    assert "credited 15000" in run.said["text"]
    bill = akios.upstream.usages
    assert len(bill) == 2
    assert run.said["tokens"] == [bill[-1].input_tokens, bill[-1].output_tokens]
    assert not run.denials(), str(run)


@every_sdk
def test_a_conversation_with_two_tools_at_once(akios: Akios, client: Client) -> None:
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    govern(akios, client)
    held(client.run(akios, "stream"), akios)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@both_ways
def test_with_every_stage_on_nobody_notices(akios: Akios, client: Client, words: tuple[str, ...]) -> None:
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    rule = {"tool": "delete_*", "action": "deny", "reason": "Nothing is deleted"}
    pii = {"mode": "redact_before_inference", "fields": ["email"]}
    govern(
        akios,
        client,
        budget=BUDGET,
        monitoring="strict",
        pii_handling=pii,
        credentials=[client.credential],
        tools=[rule],
    )
    run = client.run(akios, *words, brokered=True)
    held(run, akios)
    bill = akios.upstream.usages
    assert run.report["calls"] == 2
    assert run.report["cost"]["input_tokens"] == sum(usage.input_tokens for usage in bill)
    assert run.report["cost"]["output_tokens"] == sum(usage.output_tokens for usage in bill)
    assert run.report["cost"]["cost_usd"] > 0
    assert not akios.upstream.saw("ada.winters@example.com")
    assert "ada.winters@example.com" not in json.dumps(run.audit)
    assert akios.upstream.saw(KEYS[client.key[0]])
    assert not any(key in json.dumps([run.audit, run.report]) + run.stdout.decode() for key in KEYS.values())


@every_sdk
@both_ways
def test_one_of_two_tools_is_refused_and_the_model_is_told(
    akios: Akios, client: Client, words: tuple[str, ...]
) -> None:
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    rule = {
        "tool": "issue_*",
        "when": "args.amount_usd > 100.0",
        "action": "deny",
        "reason": "Credits above 100 dollars are a person's decision",
    }
    govern(akios, client, tools=[rule])
    run = client.run(akios, *words)
    assert run.status == 0, str(run)
    assert run.said["tools"] == [["get_order", {"order_id": "4821"}]], str(run)
    # The refusal stands in the model's turn where the call was, so the model reads it with the agent's next question.
    told = json.dumps(akios.upstream.prompts()[-1])
    assert "a person's decision" in told
    refused = [record for record in run.denials() if record.get("tool") == "issue_credit"]
    assert [record["tool_rule"] for record in refused] == [1], str(run)
    assert run.report["tools"] == {"get_order": {"allow": 1}, "issue_credit": {"deny": 1}}
