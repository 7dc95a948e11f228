"""Explaining: the decider's own verdict, and why each rule did or did not decide."""

from __future__ import annotations

import json

import pytest

from akios_jail.policy.action import Action
from akios_jail.policy.decide import decide
from akios_jail.policy.explain import TargetError, connection, explain, request
from tests.policy.manifests import FOUNDING, allowlist, plans

RULES = allowlist(
    'host: a.example, methods: [POST], paths: [/v1/**], when: \'request.headers["k"] == "v"\'',
    "host: '*.example', methods: ['*']",
    "host: b.example, ports: [8443]",
    "host: pinned.example.net, tls: passthrough",
    "host: '*.example.net'",
    "host: db.corp, protocol: tcp, ports: [5432]",
)


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        (request("POST", "https://a.example/v1/x", (("k", "v"),)), ["decides", "would_match"]),
        (request("POST", "https://a.example/v1/x", (("k", "w"),)), ["condition", "decides"]),
        (request("POST", "https://a.example/v1/x"), ["condition_error", "would_match"]),
        (request("GET", "https://a.example/v1/x"), ["method", "decides"]),
        (request("POST", "https://a.example/v2"), ["path", "decides"]),
        (request("GET", "https://b.example/"), ["host", "decides", "port"]),
        (request("GET", "http://a.example/"), ["port", "port"]),
        (request("GET", "https://b.example:8443/"), ["host", "port", "decides"]),
        (request("GET", "https://pinned.example.net/"), ["host", "host", "host", "decides", "handling"]),
        (request("GET", "https://c.example.net/"), ["host", "host", "host", "host", "decides"]),
        (connection("db.corp:5432"), ["host"] * 5 + ["decides"]),
        (connection("a.example:443"), ["handling", "handling"]),
        (request("GET", "https://nowhere.test/"), ["host"] * 6),
    ],
)
def test_every_rule_says_its_part(action: Action, codes: list[str]) -> None:
    plan = plans(RULES).broker
    explanation = explain(plan, action)
    assert [step.code for step in explanation.steps][: len(codes)] == codes
    assert all(step.reason for step in explanation.steps)
    assert explanation.verdict == decide(plan, explanation.action)
    json.dumps(explanation.to_json())


def test_a_key_in_another_spelling_is_named_at_the_rule_that_is_about_it() -> None:
    plan = plans(allowlist("host: a.example, methods: [POST], when: 'request.body.amount < 5'")).broker
    explanation = explain(plan, request("POST", "https://a.example/", body=b'{"amount": 1, "Amount": 9}'))
    assert explanation.verdict.code == "argument_ambiguous"
    assert [step.code for step in explanation.steps] == ["argument_ambiguous"]


def test_a_method_in_a_form_is_the_request_s_own_fault() -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    plan = plans(allowlist("host: a.example, methods: [POST]")).broker
    explanation = explain(plan, request("POST", "https://a.example/", form, b"_method=DELETE"))
    assert explanation.verdict.code == "override_refused"
    assert [step.reason for step in explanation.steps] == ["would match, were it not refused for itself"]


def test_a_passed_through_host_is_asked_about_as_a_connection() -> None:
    explanation = explain(plans(RULES).broker, request("DELETE", "https://pinned.example.net/x"))
    assert explanation.verdict.allowed
    assert "unread" in explanation.note
    assert explanation.action.method == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.openai.com/v1/models?a=b", ("api.openai.com", 443, "https", "/v1/models", "a=b")),
        ("http://crm", ("crm", 80, "http", "/", "")),
        ("https://API.Example:8443/X", ("api.example", 8443, "https", "/X", "")),
        ("https://api.example./", ("api.example", 443, "https", "/", "")),
        ("wss://api.example/socket", ("api.example", 443, "https", "/socket", "")),
        ("https://user:pass@api.example/", ("api.example", 443, "https", "/", "")),
        ("https://[2001:DB8::1]/", ("2001:db8::1", 443, "https", "/", "")),
        ("https://10.1.2.3/a b/é", ("10.1.2.3", 443, "https", "/a%20b/%C3%A9", "")),
        ("https://127.0.0.1/", ("127.0.0.1", 443, "https", "/", "")),
    ],
)
def test_a_url_becomes_the_action_that_the_broker_would_ask_about(url: str, expected: tuple[object, ...]) -> None:
    action = request("get", url)
    assert action.method == "GET"
    assert (action.host, action.port, action.protocol, action.path, action.query) == expected


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("api.openai.com", "write one such as https://"),
        ("ftp://a.example/", "write one such as https://"),
        ("https://", "write one such as https://"),
        ("https://a.example:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://*.example/", "ask about one"),
        ("https://a_b..c/", "not a host name"),
        ("https://localhost/", "--connect-to"),
    ],
)
def test_what_is_no_url_is_refused(url: str, said: str) -> None:
    with pytest.raises(TargetError, match=said.replace("*", r"\*")):
        request("GET", url)


@pytest.mark.parametrize(
    "target", ["db.corp", "db.corp:", "db.corp:0", "db.corp:99999", ":5432", "*.corp:5432", "a b:1"]
)
def test_what_is_no_connection_is_refused(target: str) -> None:
    with pytest.raises(TargetError):
        connection(target)


def test_ipv6_connections_are_written_in_brackets() -> None:
    assert connection("[2001:db8::1]:22").host == "2001:db8::1"


def test_the_founding_question() -> None:
    explanation = explain(plans(FOUNDING).broker, request("POST", "https://api.openai.com/v1/chat/completions"))
    assert explanation.verdict.rule == 1
    assert explanation.verdict.reason == "rule 1 allows POST at api.openai.com:443"
