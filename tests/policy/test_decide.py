"""The decision: tables of what is allowed and refused, and a search for anything allowed that no rule names."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.policy import methods, paths
from akios_jail.policy.action import Action, Session
from akios_jail.policy.conditions import ConditionError
from akios_jail.policy.decide import Decider, decide
from akios_jail.policy.plans import BrokerPlan, Budget, Pii, Rule
from akios_jail.policy.verdict import Verdict
from tests.policy.manifests import FOUNDING, allowlist, plans


def verdict(action: Action, *rules: str) -> Verdict:
    return decide(plans(allowlist(*rules)).broker, action)


def https(method: str, host: str = "a.example", path: str = "/", port: int = 443, **more: object) -> Action:
    return Action(host, port, "https", method, path, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action", "decision", "code", "rule"),
    [
        (https("POST", "api.openai.com", "/v1/chat/completions"), "allow", "allowed", 1),
        (https("GET", "api.openai.com"), "deny", "method_not_allowed", None),
        (https("HEAD", "api.openai.com"), "deny", "method_not_allowed", None),
        (https("post", "api.openai.com"), "deny", "method_not_allowed", None),
        (https("GET", "internal-crm.corp"), "allow", "allowed", 2),
        (https("POST", "internal-crm.corp"), "deny", "method_not_allowed", None),
        (https("DELETE", "internal-crm.corp"), "deny", "method_not_allowed", None),
        (https("POST", "api.openai.com", port=8443), "deny", "port_not_allowed", None),
        (https("POST", "openai.com"), "deny", "host_not_allowed", None),
        (https("POST", "xapi.openai.com"), "deny", "host_not_allowed", None),
        (https("POST", "api.openai.com.evil.example"), "deny", "host_not_allowed", None),
        (https("POST", "api.openai.com."), "deny", "host_not_allowed", None),
        (https("POST", "API.OPENAI.COM"), "deny", "host_not_allowed", None),
        (https("POST", "198.18.0.10"), "deny", "host_not_allowed", None),
        (https("POST", "104.18.6.192"), "deny", "host_not_allowed", None),
        (https("POST", "2606:4700::1"), "deny", "host_not_allowed", None),
        (https("POST", ""), "deny", "host_not_allowed", None),
        (Action("api.openai.com", 443, "tcp"), "deny", "protocol_not_allowed", None),
        (Action("api.openai.com", 443, "http", "POST", "/"), "deny", "protocol_not_allowed", None),
        (Action("api.openai.com", 443, "https"), "deny", "method_not_allowed", None),
        (Action("api.openai.com", 80, "http", "POST", "/"), "deny", "port_not_allowed", None),
    ],
)
def test_the_founding_policy(action: Action, decision: str, code: str, rule: int | None) -> None:
    found = decide(plans(FOUNDING).broker, action)
    assert (found.decision, found.code, found.rule) == (decision, code, rule)
    assert found.reason


def test_without_rules_nothing_is_allowed() -> None:
    assert verdict(https("GET")).code == "host_not_allowed"


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
def test_some_methods_are_never_allowed(method: str) -> None:
    decider = Decider(plans(allowlist("host: a.example, methods: ['*']")).broker)
    assert decider.decide(https("ANYTHING")).decision == "allow"
    assert decider.decide(https(method)).code == "method_not_allowed"
    assert decider.decide(https("OTHER")).decision == "allow"
    assert decider.decide(https(method)).code == "method_not_allowed"


def test_an_unknown_method_is_allowed_by_a_star_only() -> None:
    rules = ("host: a.example, methods: [GET], paths: [/x]", "host: a.example, methods: ['*'], paths: [/y]")
    assert verdict(https("FROBNICATE", path="/x"), *rules).code == "path_not_allowed"
    assert verdict(https("FROBNICATE", path="/y"), *rules).rule == 2


def test_the_first_matching_rule_decides() -> None:
    rules = ("host: a.example, paths: [/v1/**]", "host: a.example", "host: '*.example', methods: ['*']")
    assert verdict(https("GET", path="/v1/x"), *rules).rule == 1
    assert verdict(https("GET", path="/v2/x"), *rules).rule == 2
    assert verdict(https("PUT", path="/v2/x"), *rules).rule == 3
    assert verdict(https("PUT", "b.example"), *rules).rule == 3


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("a.example.com", True),
        ("a.b.c.example.com", True),
        ("example.com", False),
        ("aexample.com", False),
        (".example.com", True),  # no such name can be dialled; DNS never answers it
        ("a.example.com.evil", False),
        ("*.example.com", True),  # nor this one
    ],
)
def test_a_wildcard_is_every_name_below_at_any_depth(host: str, allowed: bool) -> None:
    assert verdict(https("GET", host), "host: '*.example.com'").allowed is allowed


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("10.1.2.3", True),
        ("10.255.255.255", True),
        ("11.0.0.0", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8::7", True),
        ("2001:db9::", False),
        ("2001:DB8::7", True),
        ("010.1.2.3", False),
        ("10.1.2", False),
        ("a.10.1.2.3", False),
    ],
)
def test_addresses_and_networks(host: str, allowed: bool) -> None:
    rules = ("host: 10.0.0.0/8", "host: 192.0.2.7", "host: '2001:db8::/32'")
    assert verdict(https("GET", host), *rules).allowed is allowed


def test_the_whole_internet_is_not_the_inside() -> None:
    rules = ("host: 0.0.0.0/0", "host: '::/0'")
    assert verdict(https("GET", "93.184.216.34"), *rules).rule == 1
    assert verdict(https("GET", "2606:4700::1"), *rules).rule == 2
    for inside in (
        "10.0.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "192.168.0.1",
        "::1",
        "fd00::1",
        "198.18.0.10",
        "0.0.0.0",
    ):
        assert verdict(https("GET", inside), *rules).code == "host_not_allowed"


def test_unread_connections() -> None:
    rules = ("host: db.example, protocol: tcp, ports: [5432]", "host: pinned.example, tls: passthrough")
    assert verdict(Action("db.example", 5432, "tcp"), *rules).rule == 1
    assert verdict(Action("db.example", 5433, "tcp"), *rules).code == "port_not_allowed"
    assert verdict(Action("db.example", 5432, "https"), *rules).code == "protocol_not_allowed"
    assert verdict(Action("pinned.example", 443, "https"), *rules).rule == 2
    assert verdict(Action("pinned.example", 443, "tcp"), *rules).code == "protocol_not_allowed"


def test_a_request_where_nothing_is_read_is_refused() -> None:
    for rule in ("host: a.example, tls: passthrough", "host: a.example, protocol: tcp, ports: [443]"):
        assert verdict(https("GET"), rule).code == "protocol_not_allowed"


def test_a_more_specific_rule_decides_how_a_destination_is_handled() -> None:
    rules = ("host: pinned.example, tls: passthrough", "host: '*.example', methods: ['*']")
    assert verdict(Action("pinned.example", 443, "https"), *rules).rule == 1
    assert verdict(https("GET", "pinned.example"), *rules).code == "protocol_not_allowed"
    assert verdict(https("GET", "other.example"), *rules).rule == 2


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/chat", True),
        ("/v1/", True),
        ("/v1", False),
        ("/v2/chat", False),
        ("/v1/../admin", False),
        ("/v1/%2e%2e/admin", False),
        ("/v1/..%2fadmin", False),
        ("/v1//x", False),
        ("/v1/a%2Fb", False),
        ("", False),
        ("*", False),
    ],
)
def test_paths(path: str, allowed: bool) -> None:
    found = verdict(https("GET", path=path), "host: a.example, paths: [/v1/**]")
    assert found.allowed is allowed
    assert found.code == ("allowed" if allowed else "path_not_allowed")


def test_paths_of_rules_that_are_encoded_are_compared_decoded() -> None:
    rules = ("host: a.example, paths: ['/a b/**']", "host: a.example, paths: ['/%C3%A9']")
    assert verdict(https("GET", path="/a%20b/c"), *rules).rule == 1
    assert verdict(https("GET", path="/%c3%a9"), *rules).rule == 2


@pytest.mark.parametrize(
    ("action", "code", "rule"),
    [
        (https("POST", headers=(("X-Team", "billing"),)), "allowed", 1),
        (https("POST", headers=[("x-team", "other")]), "condition_false", None),
        (https("POST"), "condition_error", 1),
        (https("GET"), "allowed", 2),
    ],
)
def test_conditions_on_headers(action: Action, code: str, rule: int | None) -> None:
    rules = (
        'host: a.example, methods: [POST], when: \'request.headers["x-team"] == "billing"\'',
        "host: a.example, methods: [GET], when: 'request.method == \"GET\"'",
    )
    found = verdict(action, *rules)
    assert (found.code, found.rule) == (code, rule)


def test_a_condition_without_an_answer_denies_at_once() -> None:
    rules = ('host: a.example, when: \'request.headers["x"] == "1"\'', "host: a.example")
    found = verdict(https("GET"), *rules)
    assert (found.decision, found.code, found.rule) == ("deny", "condition_error", 1)


def test_a_condition_that_does_not_hold_leaves_it_to_the_next_rule() -> None:
    rules = ("host: a.example, when: 'request.path == \"/x\"'", "host: a.example")
    assert verdict(https("GET"), *rules).rule == 2


def test_conditions_see_the_session() -> None:
    rule = 'host: a.example, when: \'session.id == "ses_1" && session.name == "n"\''
    assert verdict(https("GET", session=Session("ses_1", "n")), rule).allowed
    assert verdict(https("GET", session=Session("ses_2", "n")), rule).code == "condition_false"


BODY_RULE = "host: a.example, methods: [POST], when: 'request.body.model == \"small\"'"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps({"model": "small"}).encode(), "allowed"),
        (json.dumps({"model": "large"}).encode(), "condition_false"),
        (b'{"model": "small", "model": "large"}', "condition_error"),
        (b"{}", "condition_error"),
        (b"", "condition_error"),
        (b"model=small", "condition_error"),
        (b"[" * 100_000 + b"]" * 100_000, "condition_error"),
        (None, "condition_error"),
    ],
)
def test_conditions_on_bodies(body: bytes | None, code: str) -> None:
    assert verdict(https("POST", body=body), BODY_RULE).code == code


@pytest.mark.parametrize(
    ("action", "needed"),
    [
        (https("POST"), True),
        (https("GET"), False),
        (https("PUT"), False),
        (https("POST", "b.example"), False),
        (https("POST", "c.example"), False),
        (https("POST", "d.example"), True),
        (https("POST", "d.example", "/free"), False),
        (https("POST", "d.example", "/team", headers=(("t", "1"),)), False),
        (https("POST", "d.example", "/team", headers=(("t", "2"),)), True),
        (https("POST", "d.example", "/team"), False),
        (Action("a.example", 443, "tcp"), False),
        (Action("p.example", 443, "https"), False),
    ],
)
def test_the_body_is_needed_only_where_a_condition_will_look_at_it(action: Action, needed: bool) -> None:
    decider = Decider(
        plans(
            allowlist(
                BODY_RULE,
                "host: c.example, methods: [POST]",
                "host: d.example, methods: [POST], paths: [/free]",
                "host: d.example, methods: [POST], paths: [/team], when: 'request.headers.t == \"1\"'",
                "host: d.example, methods: [POST], when: 'request.body.a == 1'",
                "host: p.example, tls: passthrough",
            )
        ).broker
    )
    assert decider.needs_body(action) is needed


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((), {"model": "small", "Model": "large"}),
        ((), {"model": "small", "more": [{"MODEL": "large"}]}),
        ((), {"model": "small", "mod\u0435l": "large"}),
        (FORM, "model=small&Model=large"),
        (FORM, "model=small&x[MODEL]=large"),
    ],
)
def test_a_name_in_another_spelling_than_the_conditions_is_refused(
    headers: tuple[tuple[str, str], ...], body: Any
) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    found = verdict(https("POST", headers=headers, body=data.encode()), BODY_RULE, "host: a.example, methods: [POST]")
    assert (found.code, found.rule) == ("argument_ambiguous", 1)
    assert verdict(https("POST", headers=FORM, body=b"model=small&Other=1"), BODY_RULE).allowed


def test_a_condition_without_an_answer_is_named_with_its_line_and_the_types_that_met() -> None:
    found = verdict(https("POST", body=b'{"n": "5"}'), "host: a.example, methods: [POST], when: 'request.body.n > 1'")
    said = "`>` does not go with a string and an int: int(…) makes an int of a string"
    begin = r"the condition of rule 1 \(line \d+\) has no answer for this request: "
    assert re.fullmatch(begin + re.escape(said), found.reason)


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (https("POST", headers=FORM, body=b"_method=DELETE"), "override_refused"),
        (https("POST", headers=FORM, body=b"x=1&%5FMethod=%64elete"), "override_refused"),
        (https("POST", query="_method=DELETE"), "override_refused"),
        (https("POST", headers=(("X-HTTP-Method-Override", "DELETE"),)), "override_refused"),
        (https("POST", headers=(("X_HTTP_Method_Override", "DELETE"),)), "override_refused"),
        (https("POST", query="a=1;_method=DELETE"), "override_refused"),
        (https("POST", query="+_method=DELETE"), "override_refused"),
        (https("POST", query=".method=DELETE"), "override_refused"),
        (https("POST", query="%5fmethod%00x=DELETE"), "override_refused"),
        (https("POST", body=b"_method=DELETE"), "override_refused"),
        (https("POST", headers=FORM, body=b"_method=TRACE"), "override_refused"),
        (https("POST", headers=FORM, body=b"_method=post"), "allowed"),
        (https("POST", headers=FORM, body=b"_method=PATCH"), "allowed"),
        (https("POST", headers=FORM, body=b"_method=getUser"), "allowed"),
        (https("POST", query="_method=getUser"), "allowed"),
        (https("POST", body=b'{"_method": "DELETE"}'), "allowed"),
        (https("POST", headers=FORM, body=b"method=DELETE"), "allowed"),
    ],
)
def test_no_other_method_than_a_rule_allows_is_asked_for_by_a_field(action: Action, code: str) -> None:
    rules = ("host: a.example, methods: [POST]", "host: a.example, methods: [PATCH]")
    assert verdict(action, *rules).code == code
    assert verdict(action, "host: a.example, methods: ['*']").code in ("allowed", "override_refused")


def test_a_form_is_read_only_where_a_method_in_it_could_matter() -> None:
    decider = Decider(
        plans(allowlist("host: a.example, methods: [POST]", "host: b.example, methods: ['*']")).broker,
    )
    assert decider.needs_form(https("POST", headers=FORM))
    assert decider.needs_form(https("POST"))  # without a Content-Type it is a form to some
    assert not decider.needs_form(https("GET"))
    assert not decider.needs_form(https("POST", headers=(("Content-Type", "application/json"),)))
    assert not decider.needs_form(https("POST", "b.example", headers=FORM))


def test_a_damaged_condition_in_a_plan_cannot_be_decided_by() -> None:
    plan = plans(allowlist(BODY_RULE)).broker
    with pytest.raises(ConditionError):
        Decider(plan._replace(rules=(plan.rules[0]._replace(when="1 +"),)))


def test_addresses_that_a_destination_may_lead_into() -> None:
    decider = Decider(
        plans(
            allowlist(
                "host: a.example, addresses: [10.0.0.0/8]",
                "host: '*.example', methods: [POST], addresses: [192.168.0.0/16]",
                "host: a.example, protocol: tcp, ports: [22], addresses: [172.16.0.0/12]",
            )
        ).broker
    )
    found = decider.destination("a.example", 443)
    assert found is not None
    assert found.addresses == ("10.0.0.0/8", "192.168.0.0/16")
    ssh = decider.destination("a.example", 22)
    assert ssh is not None
    assert (ssh.addresses, ssh.unread) == (("172.16.0.0/12",), True)
    assert decider.destination("a.example", 80) is None


def test_reasons_hold_no_secret_and_no_control_character() -> None:
    action = https("GET\x1b[2J", "a.example\x1b[2J", "/\x1b[2J" + "x" * 500, query="key=secret", body=b"secret")
    for rules in ((), ("host: a.example",), ("host: '*.example', methods: ['*'], paths: [/x]",)):
        reason = verdict(action, *rules).reason
        assert "secret" not in reason
        assert "\x1b" not in reason
        assert len(reason) < 600


def test_many_destinations_do_not_fill_the_memory() -> None:
    decider = Decider(plans(allowlist("host: '*.example'")).broker)
    for number in range(10_000):
        assert decider.decide(https("GET", f"h{number}.example")).allowed
    assert len(decider._destinations) <= 4096


def test_deciders_are_kept_for_their_own_plan_only() -> None:
    for number in range(200):
        plan = plans(allowlist(f"host: h{number}.example")).broker
        assert decide(plan, https("GET", f"h{number}.example")).allowed
        assert not decide(plan, https("GET", f"h{number + 1}.example")).allowed


# What follows asks a second, slow and simple implementation of the same rules.

HOSTS = [
    "a.example",
    "b.a.example",
    "example",
    "*.example",
    "*.a.example",
    "10.1.2.3",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "9.9.9.9",
]
NAMES = ["a.example", "b.a.example", "c.b.a.example", "example", "x.test", "10.1.2.3", "10.9.9.9", "9.9.9.9", "8.8.8.8"]
KINDS = {"*": "wildcard", "1": "ip", "9": "ip", "0": "cidr"}
GLOBS = [("/**",), ("/v1/**",), ("/v1/*", "/v2"), ("/*/x",)]
PATHS = ["/", "/v1/x", "/v1/x/y", "/v2", "/v1/../v2", "/v1/%2e%2e/x"]
CONDITIONS = ["", "", "true", "false", "request.headers['k'] == 'v'"]


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    found = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        host = draw(st.sampled_from(HOSTS))
        kind = "cidr" if "/" in host else KINDS.get(host[0], "exact")
        protocol, tls = draw(
            st.sampled_from([("https", "intercept"), ("https", "passthrough"), ("http", ""), ("tcp", "")])
        )
        read = protocol == "http" or tls == "intercept"
        found.append(
            Rule(
                number=number,
                host=host,
                kind=kind,
                ports=tuple(draw(st.lists(st.sampled_from([80, 443]), min_size=1, unique=True))),
                protocol=protocol,
                tls=tls,
                methods=draw(st.sampled_from([("GET",), ("POST", "GET"), ("*",)])) if read else (),
                paths=draw(st.sampled_from(GLOBS)) if read else (),
                when=draw(st.sampled_from(CONDITIONS)) if read else "",
                when_needs_body=False,
                addresses=(),
                description="",
                line=number,
            )
        )
    return found


ACTIONS = st.builds(
    Action,
    host=st.sampled_from(NAMES),
    port=st.sampled_from([80, 443, 22]),
    protocol=st.sampled_from(["https", "http", "tcp"]),
    method=st.sampled_from(["", "GET", "POST", "TRACE", "FROB", "get"]),
    path=st.sampled_from(PATHS),
    headers=st.sampled_from([(), (("k", "v"),), (("K", "w"),)]),
)


def _names(rule: Rule, host: str) -> bool:
    if rule.kind == "wildcard":
        return host.endswith(rule.host[1:])
    if rule.kind == "cidr" and host[0].isdigit():
        inside = ipaddress.ip_address(host) in ipaddress.ip_network(rule.host)
        return inside and (rule.host != "0.0.0.0/0" or not host.startswith("10."))
    return rule.host == host


def _slowly(rules: list[Rule], action: Action) -> tuple[str, int | None]:
    """Decision and rule, by going through all rules one after the other."""
    speaking = [rule for rule in rules if _names(rule, action.host) and action.port in rule.ports]
    for rule in speaking:
        if (rule.protocol, rule.tls) != (speaking[0].protocol, speaking[0].tls) or rule.protocol != action.protocol:
            continue
        unread = rule.protocol == "tcp" or rule.tls == "passthrough"
        if unread != (action.method == ""):
            continue
        if unread:
            return "allow", rule.number
        if action.method in methods.NEVER or not ("*" in rule.methods or action.method in rule.methods):
            continue
        if not paths.matches(rule.paths, action.path):
            continue
        if rule.when == "false":
            continue
        if rule.when.startswith("request"):
            if not action.headers:
                return "deny", rule.number
            if action.headers[0][1] != "v":
                continue
        return "allow", rule.number
    return "deny", None


@settings(max_examples=300)
@given(rules(), ACTIONS)
def test_the_quick_decision_is_the_slow_one(rules: list[Rule], action: Action) -> None:
    plan = BrokerPlan(tuple(rules), Budget(), Pii("off", ()))
    found = Decider(plan).decide(action)
    assert (found.decision, found.rule) == _slowly(rules, action)


@settings(max_examples=300)
@given(
    rules(),
    st.builds(
        Action,
        host=st.text(max_size=10) | st.sampled_from(NAMES),
        port=st.integers(-1, 70000),
        protocol=st.text(max_size=5) | st.just("https"),
        method=st.text(max_size=5),
        path=st.text(max_size=10),
        query=st.text(max_size=10),
        headers=st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=3),
        body=st.none() | st.binary(max_size=10),
    ),
)
def test_any_action_gets_a_verdict_and_an_allow_names_a_rule_for_it(rules: list[Rule], action: Action) -> None:
    plan = BrokerPlan(tuple(rules), Budget(), Pii("off", ()))
    found = Decider(plan).decide(action)
    assert found.decision in ("allow", "deny")
    if found.allowed:
        assert found.rule is not None
        rule = plan.rules[found.rule - 1]
        assert _names(rule, action.host)
        assert action.port in rule.ports
        assert action.protocol == rule.protocol
