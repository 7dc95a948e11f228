"""What goes to another model or host, and what must not go along."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.broker.exchange import Snapshot
from akios_jail.broker.routing.sending import Sending, Unroutable, sending, states_tier, takes_flex
from akios_jail.policy.action import Session
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import Target
from akios_jail.providers import registry
from akios_jail.providers.neutral import Call
from tests.broker import harness

OPENAI, ANTHROPIC, GROQ, LOCAL = "api.openai.com", "api.anthropic.com", "api.groq.com", "llm.corp"
VERTEX = "aiplatform.googleapis.com"
CHAT = "/v1/chat/completions"
PLAN, _ = harness.plans(
    harness.rule(1, OPENAI, methods=("POST",)),
    harness.rule(2, ANTHROPIC, methods=("POST",), paths=("/v1/messages",)),
    harness.rule(3, GROQ, methods=("GET",)),
    harness.rule(4, LOCAL, ports=(8000,), protocol="http"),
    harness.rule(5, "pass.corp", tls="passthrough", methods=(), paths=()),
    harness.rule(6, "openrouter.ai"),
    harness.rule(7, "*.azure.test", kind="wildcard"),
    harness.rule(9, VERTEX),
    harness.rule(8, "cond.corp", when="request.body.model == 'small'", when_needs_body=True),
)
DECIDER = Decider(PLAN)
SECRETS = {
    "Authorization": "Bearer sk-a",
    "X-Api-Key": "sk-b",
    "api-key": "sk-c",
    "x-goog-api-key": "sk-d",
    "Cookie": "s=sk-e",
    "OpenAI-Organization": "org-sk-f",
    "X-Amz-Security-Token": "sk-g",
    "X-Whatever-Key": "sk-h",
}
PLAIN = {"Content-Type": "application/json", "User-Agent": "agent/1", "Accept": "*/*", "anthropic-beta": "b1"}


def asked(document: dict[str, Any], host: str = OPENAI, path: str = CHAT) -> tuple[Call, Snapshot]:
    body = json.dumps(document).encode()
    call = registry.understand(host, "POST", path, body)
    assert call is not None
    headers = tuple({**SECRETS, **PLAIN}.items())
    return call, Snapshot(host, 443, "https", path, "key=sk-i", headers, body, len(body))


def to(target: Target, document: dict[str, Any] | None = None, flex: bool = False, **where: str) -> Sending:
    call, request = asked(document or chat(), **where)
    return sending(call, request, target, DECIDER, Session(), flex)


def chat(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4-turbo", "messages": [{"role": "user", "content": "hi"}], **fields}


def body(sent: Sending) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sent.request.body)
    return document


def test_another_model_on_the_same_host_changes_nothing_else() -> None:
    document = chat(stream=True, unknown={"b": 1, "a": [2]})
    call, request = asked(document)
    sent = to(Target("gpt-4o-mini"), document)
    assert body(sent) == {**document, "model": "gpt-4o-mini"}
    assert list(body(sent)) == list(document)
    assert sent.request._replace(body=request.body, length=request.length) == request
    assert (sent.call.model, sent.call.shown_model, sent.asked) == ("gpt-4o-mini", "gpt-4-turbo", None)
    assert (call.model, json.loads(request.body)) == ("gpt-4-turbo", document)


def test_a_model_that_the_path_names_is_changed_there() -> None:
    path = "/openai/deployments/big/chat/completions"
    sent = to(Target("small"), chat(model="big"), host="x.azure.test", path=path)
    assert sent.request.path == "/openai/deployments/small/chat/completions"
    assert (sent.call.model, sent.call.shown_model) == ("small", "big")


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (Target("small", LOCAL), (LOCAL, 8000, "http", CHAT)),
        (Target("small", LOCAL, "/x/v1/chat/completions"), (LOCAL, 8000, "http", "/x/v1/chat/completions")),
        (Target("small", "openrouter.ai"), ("openrouter.ai", 443, "https", "/api/v1/chat/completions")),
        (Target("claude-sonnet-4-5", ANTHROPIC), (ANTHROPIC, 443, "https", "/v1/messages")),
        (Target("small", "cond.corp"), ("cond.corp", 443, "https", CHAT)),
    ],
)
def test_nothing_that_proves_who_the_agent_is_goes_to_another_host(
    target: Target, where: tuple[str, int, str, str]
) -> None:
    sent = to(target).request
    assert (sent.host, sent.port, sent.protocol, sent.path) == where
    assert "sk-" not in repr(sent)
    assert ("User-Agent", "agent/1") in sent.headers


def test_the_same_format_elsewhere_keeps_its_own_fields_and_another_gets_those_that_it_wants() -> None:
    same = to(Target("small", LOCAL)).request.headers
    assert ("anthropic-beta", "b1") in same
    translated = dict(to(Target("claude-sonnet-4-5", ANTHROPIC)).request.headers)
    assert translated == {
        "Content-Type": "application/json",
        "User-Agent": "agent/1",
        "Accept": "application/json",
        "anthropic-version": "2023-06-01",
    }


def test_another_format_on_the_same_host_gets_the_agents_own_fields() -> None:
    sent = to(Target("gpt-4o", "", "/v1/responses"), chat(stream=True))
    assert (sent.call.wire_name, sent.request.path, sent.asked is not None) == (
        "openai_responses",
        "/v1/responses",
        True,
    )
    headers = dict(sent.request.headers)
    assert (headers["Authorization"], headers["Accept"]) == ("Bearer sk-a", "application/json")
    assert "anthropic-beta" not in headers


def test_a_call_is_translated_for_a_host_that_speaks_another_format() -> None:
    call, _ = asked(chat())
    sent = to(Target("claude-sonnet-4-5", ANTHROPIC), chat(stream=True, max_tokens=100))
    assert (sent.call.wire_name, sent.call.provider, sent.call.stream) == ("anthropic_messages", "anthropic", False)
    assert (sent.call.model, sent.call.shown_model) == ("claude-sonnet-4-5", "gpt-4-turbo")
    assert sent.asked is not None
    assert (sent.asked.wire_name, sent.asked.stream) == (call.wire_name, True)
    assert body(sent)["model"] == "claude-sonnet-4-5"
    assert body(sent)["max_tokens"] == 100
    assert "stream" not in body(sent)


@pytest.mark.parametrize(
    ("target", "fields", "code"),
    [
        (Target("m", "unnamed.corp"), {}, "route_not_allowed"),
        (Target("m", "pass.corp"), {}, "route_not_allowed"),
        (Target("m", GROQ), {}, "route_not_allowed"),
        (Target("other", "cond.corp"), {}, "route_not_allowed"),
        (Target("m", ANTHROPIC, "/v1/complete"), {}, "route_unreadable"),
        (Target("m", ANTHROPIC), {"logprobs": True}, "route_untranslatable"),
        (Target("m", ANTHROPIC), {"n": 3}, "route_untranslatable"),
        (Target("m", ANTHROPIC), {"invented": 1}, "route_untranslatable"),
    ],
)
def test_what_cannot_go_there_does_not(target: Target, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Unroutable) as caught:
        to(target, chat(**fields))
    assert caught.value.code == code


def test_a_stream_of_googles_keeps_its_framing_on_another_host() -> None:
    body = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
    host, path = "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-pro:streamGenerateContent"
    call = registry.understand(host, "POST", path, body, "key=sk-i&alt=sse")
    assert call is not None
    request = Snapshot(host, 443, "https", path, "key=sk-i&alt=sse", (), body, len(body))
    sent = sending(call, request, Target("gemini-2.5-flash", VERTEX), DECIDER, Session())
    assert (sent.request.query, sent.call.wire.framing) == ("alt=sse", "sse")
    assert sent.request.path == "/v1/publishers/google/models/gemini-2.5-flash:streamGenerateContent"


def test_every_attempt_has_a_call_of_its_own() -> None:
    sent = to(Target("gpt-4o-mini"), chat(stream=True))
    first = sent.fresh()
    first.wire.ask_usage(first)
    first.wire.limit_output(first, 7)
    first.hold = first.answer = object()
    first.price_options["service_tier"] = "x"
    second = sent.fresh()
    assert (second.hold, second.answer, second.max_output_tokens, second.hides_usage) == (None, None, None, False)
    assert second.document == {**chat(stream=True), "model": "gpt-4o-mini"}
    assert second.price_options == {"service_tier": "auto"}
    assert second.shown_model == "gpt-4-turbo"


def test_the_flexible_tier_is_asked_for_and_the_usual_one_is_what_it_may_come_to() -> None:
    sent = to(Target("gpt-5"), chat(model="gpt-5"), flex=True)
    assert body(sent) == {**chat(model="gpt-5"), "service_tier": "flex"}
    assert sent.call.price_options == {"service_tier": "auto"}
    assert sent.call.shown_model == ""


def test_only_formats_with_words_for_a_tier_are_asked_for_one_and_only_when_the_agent_is_silent() -> None:
    assert takes_flex(asked(chat())[0]) is True
    assert takes_flex(asked(chat(), host=LOCAL)[0]) is False
    assert states_tier(asked(chat())[0]) is False
    assert states_tier(asked(chat(service_tier="auto"))[0]) is True


def test_what_is_left_out_on_the_way_to_another_format_is_told_by_name() -> None:
    sent = to(Target("claude-haiku-4-5", ANTHROPIC), chat(reasoning_effort="high", seed=7))
    assert sent.left_out == ("reasoning_effort", "seed")
    assert sent.told == f"claude-haiku-4-5 at {ANTHROPIC} (without reasoning_effort, seed)"
    assert not body(sent).keys() & {"reasoning_effort", "seed"}
    same = to(Target("gpt-4o-mini"), chat(reasoning_effort="high", seed=7))
    assert (same.left_out, body(same)["seed"]) == ((), 7)
