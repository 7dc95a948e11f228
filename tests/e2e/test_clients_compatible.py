"""Servers that speak OpenAI's format without being OpenAI, as OpenAI's own SDK talks to them: hosted, and one's own."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from tests.e2e.clients import CREDITS, LOOKS, RESOURCES, Client, asks_for
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


class Server(NamedTuple):
    """`key`: the variable that the SDK reads, and the field that it sends the key in. `price`: is there one?"""

    host: str
    url: str
    model: str
    key: str
    header: str
    rule: dict[str, Any]
    price: bool


SERVERS = [
    Server(
        "acme.openai.azure.com",
        "https://acme.openai.azure.com",
        "gpt-4o",
        "AZURE_OPENAI_API_KEY",
        "api-key",
        {"paths": ["/openai/deployments/*/chat/completions"]},
        True,
    ),
    Server(
        "openrouter.ai",
        "https://openrouter.ai/api/v1",
        "openai/gpt-4o",
        "OPENAI_API_KEY",
        "Authorization",
        {"paths": ["/api/v1/**"]},
        True,
    ),
    Server(
        "llm.internal.example",
        "http://llm.internal.example:11434/v1",
        "llama3.2",
        "OPENAI_API_KEY",
        "",
        {"protocol": "http", "ports": [11434]},
        False,
    ),
]
every_server = pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.host)
both_ways = pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
RULE = {"tool": "issue_*", "when": "args.amount_usd > 100.0", "action": "deny", "reason": "A person's decision"}


def govern(akios: Akios, server: Server, **more: Any) -> Client:
    """All that governs calls: budgets, personal data, strict monitoring, the key with the broker, tool rules."""
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    if not server.price:
        akios.options = [f"--connect-to={server.host}:11434:127.0.0.1:{akios.upstream.plain_port}"]
    limits: dict[str, Any] = {"max_tokens": 1_000_000, **({"max_cost_usd": 5.0} if server.price else {})}
    spec = {"budgets": {"per_session": limits, "per_day": limits}}
    flux = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}, "spec": spec}
    akios.file("flux.yaml", json.dumps(flux))
    allowed = {"host": server.host, "methods": ["POST"], **server.rule}
    governance: dict[str, Any] = {"network_access": {"allowlist": [allowed]}, "flux": "./flux.yaml"}
    governance |= {"monitoring": "strict", "pii_handling": {"mode": "redact_before_inference", "fields": ["email"]}}
    if server.header:
        key = {"name": "key", "hosts": [server.host], "env": server.key, "header": server.header}
        governance["credentials"] = [key]
    akios.policy({**governance, **more}, resources=RESOURCES)
    akios.environment |= {server.key: "sk-the-real-key-4Zt8"}
    return Client(server.host, "openai_compatible.py", server.host, (), (server.url, server.model))


@every_server
@both_ways
def test_a_conversation_with_tools_is_governed_and_nobody_notices(
    akios: Akios, server: Server, words: tuple[str, ...]
) -> None:
    client = govern(akios, server)
    options = () if server.header else (f"--env={server.key}",)
    run = client.run(akios, *words, options=options)
    assert run.status == 0, str(run)
    assert [name for name, _ in run.said["tools"]] == ["get_order", "issue_credit"]
    bill = akios.upstream.usages
    assert len(bill) == 2
    assert run.said["tokens"] == [bill[-1].input_tokens, bill[-1].output_tokens]
    assert run.report["calls"] == 2
    assert run.report["cost"]["input_tokens"] == sum(line.input_tokens for line in bill)
    assert run.report["cost"]["output_tokens"] == sum(line.output_tokens for line in bill)
    assert (run.report["cost"]["cost_usd"] > 0) is server.price
    assert not akios.upstream.saw("ada.winters@example.com")
    assert akios.upstream.saw("sk-the-real-key-4Zt8")
    if server.header:
        assert "sk-the-real-key-4Zt8" not in json.dumps([run.audit, run.report])


@every_server
@both_ways
def test_a_tool_is_refused_there_as_anywhere(akios: Akios, server: Server, words: tuple[str, ...]) -> None:
    client = govern(akios, server, tools=[RULE])
    options = () if server.header else (f"--env={server.key}",)
    run = client.run(akios, *words, options=options)
    assert run.status == 0, str(run)
    assert [name for name, _ in run.said["tools"]] == ["get_order"], str(run)
    assert "A person's decision" in json.dumps(akios.upstream.prompts()[-1])
    assert run.report["tools"] == {"get_order": {"allow": 1}, "issue_credit": {"deny": 1}}


def test_a_model_of_ones_own_has_no_price_and_waits_for_the_operator_to_say_one(akios: Akios) -> None:
    server = SERVERS[-1]
    client = govern(akios, server)
    flux = json.loads((akios.workspace / "flux.yaml").read_text())
    flux["spec"]["budgets"]["per_session"]["max_cost_usd"] = 5.0
    akios.file("flux.yaml", json.dumps(flux))
    run = client.run(akios, options=(f"--env={server.key}",))
    assert run.status == 1
    assert "price_unknown" in json.dumps(run.denials()), str(run)
    assert akios.upstream.requests() == []
    for prices, cost in (
        ({"overrides": [{"model": "llama*", "input_per_mtok_usd": 1, "output_per_mtok_usd": 2}]}, True),
        ({"overrides": [{"model": "*", "input_per_mtok_usd": 0, "output_per_mtok_usd": 0}]}, False),
        ({"unknown_model": "upper_bound"}, True),
    ):
        flux["spec"]["prices"] = prices
        akios.file("flux.yaml", json.dumps(flux))
        run = client.run(akios, options=(f"--env={server.key}",))
        assert run.status == 0, str(run)
        assert (run.report["cost"]["cost_usd"] > 0) is cost
