"""A call that the routing rules send to another provider takes that provider's key along, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail import messages
from akios_jail.demo.model_server import Behaviour, ModelServer
from akios_jail.policy.plans import Route, Routing, Target
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, request
from tests.broker.test_credentials import written
from tests.credentials.held import PLACEHOLDER, VALUE, key

pytestmark = pytest.mark.root

OPENAI = key(name="openai", hosts=("api.openai.com",))
ANTHROPIC = key(
    "sk-ant-real-key-0123456789", "sk-ant-placeholder-0123456", name="anthropic", hosts=("api.anthropic.com",),
    field="x-api-key",
)  # fmt: skip
CLAUDE = Target("claude-sonnet-4-5", "api.anthropic.com")
CALL = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}).encode()


@pytest.fixture
def provider() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def route(target: Target, *fallbacks: Target) -> Routing:
    return Routing((Route(1, "true", target, 0, fallbacks, "as the test wants it"),))


def asked(folder: Path, provider: ModelServer, routing: Routing, *fields: str, **plan: Any) -> tuple[Answer, Broker]:
    """The answer to one call of the agent to OpenAI."""
    rules = [harness.rule(n, host) for n, host in enumerate(("api.openai.com", "api.anthropic.com"), 1)]
    decided, egress = harness.plans(*rules)
    credentials = plan.pop("credentials", (OPENAI, ANTHROPIC))
    decided = decided._replace(routing=routing, credentials=tuple(held.plan for held in credentials))
    with harness.opened(
        folder,
        decided,
        egress,
        connect_to=[[host, 443, "127.0.0.1", provider.port] for host in ("api.openai.com", "api.anthropic.com")],
        upstream_ca_pem=provider.authority.pem.decode(),
        fds={"secrets": messages.blob("secrets", written(credentials))},
    ) as broker:
        with broker.tls("api.openai.com") as sock:
            fields = fields or (f"Authorization: Bearer {PLACEHOLDER}",)
            sock.sendall(request("POST", "/v1/chat/completions", "api.openai.com", CALL, *fields))
            answer = Reader(sock).answer()
        broker.end()
    assert not [held for held in credentials if held.keys["key"].value in broker.log]
    return answer, broker


def test_another_provider_gets_its_own_key(tmp_path: Path, provider: ModelServer) -> None:
    answer, _ = asked(tmp_path, provider, route(CLAUDE))
    assert (answer.status, json.loads(answer.body)["choices"][0]["message"]["content"]) == (200, "hello"), answer
    (seen,) = provider.requests()
    assert seen.host == "api.anthropic.com"
    assert seen.header("x-api-key") == ANTHROPIC.keys["key"].value
    assert seen.header("authorization") == ""
    assert VALUE.encode() not in seen.raw
    assert PLACEHOLDER.encode() not in seen.raw


def test_a_fallback_does_too_and_the_first_keeps_its_own(tmp_path: Path, provider: ModelServer) -> None:
    provider.script = [Behaviour(fault="503")]
    answer, broker = asked(tmp_path, provider, route(Target("gpt-4o"), CLAUDE))
    assert answer.status == 200, answer
    first, second = provider.requests()
    assert (first.host, first.header("authorization")) == ("api.openai.com", f"Bearer {VALUE}")
    assert (second.host, second.header("x-api-key")) == ("api.anthropic.com", ANTHROPIC.keys["key"].value)
    assert second.header("authorization") == ""
    assert broker.records("session.violation") == []


def test_a_provider_without_a_key_gets_none(tmp_path: Path, provider: ModelServer) -> None:
    asked(tmp_path, provider, route(CLAUDE), credentials=(OPENAI,))
    (seen,) = provider.requests()
    assert (seen.header("x-api-key"), seen.header("authorization")) == ("", "")
    assert PLACEHOLDER.encode() not in seen.raw


def test_another_model_of_the_same_provider_is_asked_with_the_same_key(tmp_path: Path, provider: ModelServer) -> None:
    answer, _ = asked(tmp_path, provider, route(Target("gpt-4o")))
    assert answer.status == 200
    (seen,) = provider.requests()
    assert seen.header("authorization") == f"Bearer {VALUE}"
    assert json.loads(seen.body)["model"] == "gpt-4o"


@pytest.mark.parametrize(("told", "sent"), [(PLACEHOLDER, VALUE), ("its-own-key", "its-own-key")])
def test_another_format_of_the_same_host_gets_what_the_agent_sends(
    tmp_path: Path, provider: ModelServer, told: str, sent: str
) -> None:
    target = Target("gpt-4o", "api.openai.com", "/v1/responses")
    asked(tmp_path, provider, route(target), f"Authorization: Bearer {told}")
    (seen,) = provider.requests()
    assert seen.target == "/v1/responses"
    assert seen.header("authorization") == f"Bearer {sent}"


def test_of_several_header_fields_another_provider_gets_the_first(tmp_path: Path, provider: ModelServer) -> None:
    claude = key(
        "sk-ant-real-key-0123456789", "sk-ant-placeholder-0123456", name="anthropic", hosts=("api.anthropic.com",),
        field="x-api-key", others=("Authorization",),
    )  # fmt: skip
    answer, _ = asked(tmp_path, provider, route(CLAUDE), credentials=(OPENAI, claude))
    assert answer.status == 200, answer
    (seen,) = provider.requests()
    assert (seen.header("x-api-key"), seen.header("authorization")) == ("sk-ant-real-key-0123456789", "")
