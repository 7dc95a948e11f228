"""A provider is down, and another one answers: SDKs, unmodified, hold their conversation with tools all the same.

The first host fails in its own way, every time. Each call is then told to another provider in that one's format, with
that one's key, and the answer is told to the SDK in the format and under the model that it asked for.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from genai_prices import Usage, calc_price

from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.clients import ANTHROPIC, CLIENTS, CREDITS, GOOGLE, KEYS, LOOKS, OPENAI, RESOURCES, Client, asks_for
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root


class Stand(NamedTuple):
    """Who stands in: a model, where it is asked, and by whose key in which field."""

    model: str
    host: str
    key: str
    header: str
    provider: str


CLAUDE = Stand("claude-sonnet-4-5", ANTHROPIC, "ANTHROPIC_API_KEY", "x-api-key", "anthropic")
GEMINI = Stand("gemini-2.5-flash", GOOGLE, "GEMINI_API_KEY", "x-goog-api-key", "google")
GPT = Stand("gpt-4o", OPENAI, "OPENAI_API_KEY", "Authorization", "openai")
BY_NAME = {client.name: client for client in CLIENTS}
PAIRS = [
    ("openai-chat", 500, CLAUDE),
    ("openai-chat", 529, GEMINI),
    ("openai-node", 503, CLAUDE),
    ("openai-responses", 500, CLAUDE),
    ("openai-responses", 503, GEMINI),
    ("langchain-openai", 500, GEMINI),
    ("anthropic", 529, GPT),
    ("anthropic", 500, GEMINI),
    ("google", 503, GPT),
    ("google", 500, CLAUDE),
]


def down(status: int) -> Any:
    """A site that only fails."""

    def site(request: Request) -> Response:
        return json_response({"error": {"type": "overloaded_error", "message": "Overloaded"}}, status)

    return site


def converse(
    akios: Akios,
    client: Client,
    status: int,
    stand: Stand,
    words: tuple[str, ...],
    spec: dict[str, Any] | None = None,
    **more: Any,
) -> Run:
    """Run the client while its provider answers with this status, and another may stand in."""
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    akios.upstream.sites[client.host] = down(status)
    credentials = [
        client.credential,
        {"name": "stand-in", "hosts": [stand.host], "env": stand.key, "header": stand.header},
    ]
    akios.environment |= {stand.key: KEYS[stand.key]}
    rules = [{"fallbacks": [{"model": stand.model, "host": stand.host}]}]
    budgets = {"per_session": {"max_cost_usd": 1.0}, "per_day": {"max_cost_usd": 1.0}}
    spec = spec or {"budgets": budgets, "model_routing": {"rules": rules}}
    flux = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "stand-in"}, "spec": spec}
    akios.file("flux.yaml", json.dumps(flux))
    allowlist = [{"host": host, "methods": ["POST"]} for host in (client.host, stand.host)]
    governance = {"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml", "credentials": credentials}
    akios.policy({**governance, **more}, resources=RESOURCES)
    return client.run(akios, *words, brokered=True)


def billed(akios: Akios) -> float:
    """What the providers' own bills come to, by the price list."""
    return float(
        sum(
            calc_price(
                Usage(input_tokens=line.input_tokens, output_tokens=line.output_tokens),
                line.model,
                provider_id=line.provider,
            ).total_price
            for line in akios.upstream.usages
        )
    )


@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
@pytest.mark.parametrize(("name", "status", "stand"), PAIRS, ids=[f"{n}-{s}-{t.provider}" for n, s, t in PAIRS])
def test_another_provider_answers_and_the_sdk_does_not_notice(
    akios: Akios, name: str, status: int, stand: Stand, words: tuple[str, ...]
) -> None:
    client = BY_NAME[name]
    run = converse(akios, client, status, stand, words)
    assert run.status == 0, str(run)
    assert run.said["tools"] == [
        ["get_order", {"order_id": "4821"}],
        ["issue_credit", {"account": "Ada", "amount_usd": 15000}],
    ], str(run)
    assert "order 4821 was delivered" in run.said["text"]
    assert "credited 15000" in run.said["text"]
    # Two calls were made and failed, and two were answered elsewhere; only those are on anybody's bill.
    assert len(akios.upstream.requests(client.host)) == 2
    assert [(line.provider, line.model) for line in akios.upstream.usages] == [(stand.provider, stand.model)] * 2
    last = akios.upstream.usages[-1]
    assert run.said["tokens"] == [last.input_tokens, last.output_tokens]
    assert run.report["calls"] == 2
    assert list(run.report["models"]) == [stand.model]
    assert run.report["cost"]["cost_usd"] == pytest.approx(billed(akios), abs=3e-6)
    # Each provider saw its own key and no other.
    own, others = KEYS[client.key[0]], KEYS[stand.key]
    assert akios.upstream.saw(own, host=client.host)
    assert akios.upstream.saw(others, host=stand.host)
    assert not akios.upstream.saw(own, host=stand.host)
    assert not akios.upstream.saw(others, host=client.host)
    settled = [record for record in run.audit if record["type"] == "settlement"]
    assert [record["attempts"] for record in settled] == [2, 2]
    assert [record["upstream_status"] for record in run.audit if record["type"] == "attempt"] == [status] * 2


@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
def test_a_rule_over_tools_holds_whoever_stands_in(akios: Akios, words: tuple[str, ...]) -> None:
    rule = {
        "tool": "issue_*",
        "when": "args.amount_usd > 100.0",
        "action": "deny",
        "reason": "Credits above 100 dollars are a person's decision",
    }
    run = converse(akios, BY_NAME["openai-chat"], 500, CLAUDE, words, tools=[rule])
    assert run.status == 0, str(run)
    assert run.said["tools"] == [["get_order", {"order_id": "4821"}]], str(run)
    assert "a person's decision" in json.dumps(akios.upstream.prompts()[-1])
    assert run.report["tools"] == {"get_order": {"allow": 1}, "issue_credit": {"deny": 1}}


def test_when_nobody_stands_in_either_the_sdk_gets_the_last_refusal_and_nothing_was_spent(akios: Akios) -> None:
    akios.upstream.sites[ANTHROPIC] = down(529)
    run = converse(akios, BY_NAME["openai-chat"], 500, CLAUDE, ())
    assert run.status == 1
    assert "InternalServerError: Error code: 529" in run.stderr, str(run)
    assert "Overloaded" in run.stderr
    assert run.report["cost"]["cost_usd"] == 0
    assert akios.upstream.usages == []
    [day] = akios.budget("show", "--json")["days"]
    assert day["spent"]["microusd"] == day["reserved"]["microusd"] == 0


EVERYTHING = ["openai-chat", "openai-responses", "anthropic", "google"]


@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
@pytest.mark.parametrize("name", EVERYTHING)
def test_with_all_of_flux_on_and_the_provider_down_the_conversation_is_held(
    akios: Akios, name: str, words: tuple[str, ...]
) -> None:
    client, stand = BY_NAME[name], CLAUDE if BY_NAME[name].host != ANTHROPIC else GPT
    windows = {
        "per_session": {"max_cost_usd": 1.0, "max_tokens": 500_000, "action_on_exceed": "terminate_with_summary"},
        "per_minute": {"max_cost_usd": 1.0, "max_tokens": 100_000, "action_on_exceed": "throttle"},
        "per_day": {"max_cost_usd": 1.0, "max_tokens": 900_000, "action_on_exceed": "alert_and_queue"},
    }
    scheduling = {"predictive_scaling": True, "look_ahead_seconds": 1, "context_packing": True}
    rule = {
        "condition": "task.complexity in ['lookup', 'reasoning', 'analysis'] && budget.left_usd > 0.1",
        "max_retries": 1,
        "fallbacks": [{"model": stand.model, "host": stand.host}],
    }
    spec = {
        "budgets": windows,
        "summary": {"model": "gpt-4o-mini"},
        "model_routing": {"rules": [rule]},
        "scheduling": {**scheduling, "spot_instance_fallback": True},
    }
    pii = {"mode": "redact_before_inference", "fields": ["email", "phone", "ssn"]}
    tools = [
        {"tool": "delete_*", "action": "deny"},
        {"tool": "issue_credit", "action": "modify", "modify": {"amount_usd": {"max": 99}}},
    ]
    run = converse(akios, client, 500, stand, words, spec=spec, pii_handling=pii, tools=tools, monitoring="strict")
    assert run.status == 0, str(run)
    assert run.said["tools"] == [
        ["get_order", {"order_id": "4821"}],
        ["issue_credit", {"account": "Ada", "amount_usd": 99}],
    ]
    assert "credited 99" in run.said["text"]
    assert not akios.upstream.saw("ada.winters@example.com")
    assert len(akios.upstream.usages) == 2
    assert run.report["cost"]["cost_usd"] == pytest.approx(billed(akios), abs=3e-6)
    assert run.report["calls"] == 2
    found = akios.budget("show", "--json")
    assert (found["days"][0]["reserved"]["microusd"], found["queue"]) == (0, [])
