"""Tool rules and approvals of a policy: what they come to, and what such rules cannot mean."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy.compile_tools import _glob
from akios_jail.policy.errors import PolicyError, Problem
from akios_jail.policy.plans import Approvals, Change, Plans, ToolRule
from tests.policy.manifests import manifest, plans

ALLOWLIST = (
    "[{host: pay.example, methods: [POST]}, {host: h.example, protocol: http}, {host: p.example, tls: passthrough}, "
    "{host: '*.w.example'}, {host: 10.1.0.0/16, methods: ['*']}]"
)


def text(*rules: str, more: str = "") -> str:
    lines = "".join(f"    - {{{rule}}}\n" for rule in rules) or "    []\n"
    return manifest(f"governance:\n  network_access: {{allowlist: {ALLOWLIST}}}\n  tools:\n{lines}{more}")


def rules(*written: str) -> tuple[ToolRule, ...]:
    return plans(text(*written)).broker.tools


def problems(*written: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        plans(text(*written))
    return caught.value.problems


def test_everything_that_a_rule_can_say() -> None:
    refund, report, request, rest = rules(
        "tool: 'issue_*', when: 'args.amount_usd > 100.0', action: require_approval, timeout: 10m, reason: A person's",
        "tool: send_report, action: modify, modify: {limit: {max: 100, min: 1}, options.format: {value: pdf}}",
        "http: {hosts: [pay.example], methods: [post], paths: [/v1/refunds]}, when: 'request.body.amount > 1000', "
        "action: require_approval",
        "tool: '*', action: allow",
    )
    assert refund == ToolRule(
        1, "issue_*", (), (), (), "args.amount_usd > 100.0", False, "require_approval", (), 600.0, "A person's", 8
    )
    assert report.changes == (
        Change(("limit",), 1.0, 100.0, None),
        Change(("options", "format"), None, None, '"pdf"'),
    )
    assert request == ToolRule(
        3, "", ("pay.example",), ("POST",), ("/v1/refunds",), "request.body.amount > 1000", True, "require_approval",
        (), 300.0, "", 10,
    )  # fmt: skip
    assert (rest.number, rest.action) == (4, "allow")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("pdf", '"pdf"'),
        ("5", "5"),
        ("0.1", "0.1"),
        ("1e2", "100.0"),
        ("true", "true"),
        ("null", "null"),
        ("", "null"),
        ("'5'", '"5"'),
        ("[1, {a: ~, b: ü}]", '[1,{"a":null,"b":"ü"}]'),
        ("{}", "{}"),
    ],
)
def test_a_value_is_json(written: str, value: str) -> None:
    (rule,) = rules(f"tool: t, action: modify, modify: {{x: {{value: {written} }}}}")
    assert rule.changes == (Change(("x",), None, None, value),)


@pytest.mark.parametrize(
    ("more", "approvals"),
    [
        ("", Approvals(True, "")),
        ("  approvals: {prompt: false}", Approvals(False, "")),
        ("  approvals: {webhook: 'https://a.example/x'}", Approvals(True, "https://a.example/x")),
    ],
)
def test_people_are_asked_at_the_terminal_unless_told_otherwise(more: str, approvals: Approvals) -> None:
    assert plans(text(more=more)).broker.approvals == approvals


@pytest.mark.parametrize(("written", "expected"), [("", "standard"), ("governance: {monitoring: strict}", "strict")])
def test_monitoring(written: str, expected: str) -> None:
    assert plans(manifest(written)).broker.monitoring == expected


@pytest.mark.parametrize(
    ("written", "where", "said"),
    [
        ("action: deny", "", "about nothing"),
        ("tool: t, http: {methods: [POST]}, action: deny", ".http", "not both"),
        ("tool: t", ".action", "missing"),
        ("tool: t, action: refuse", ".action", "expected allow or deny"),
        ("tool: '', action: deny", ".tool", "1 to 200"),
        ('tool: "a\\u202eb", action: deny', ".tool", "printable"),
        ("tool: 5, action: deny", ".tool", "expected text"),
        ("tool: t, action: deny, when: ''", ".when", "empty"),
        ("tool: t, action: deny, when: 'arg.x == 1'", ".when", "did you mean args?"),
        ("tool: t, action: deny, when: 'request.method == \"GET\"'", ".when", "undeclared reference"),
        ("tool: t, action: deny, when: 'now.getHours(\"Mars\") < 6'", ".when", "no time zone"),
        ("http: {methods: [POST]}, action: deny, when: 'args.x == 1'", ".when", "undeclared reference"),
        ("tool: t, action: deny, timeout: 5m", ".timeout", "the action is deny"),
        ("tool: t, action: require_approval, timeout: 25h", ".timeout", "at most 24h"),
        ("tool: t, action: require_approval, timeout: 300", ".timeout", "write 300s"),
        ("tool: t, action: modify", ".action", "`modify` is missing"),
        ("tool: t, action: deny, modify: {a: {max: 1}}", ".modify", "the action is deny"),
        ("tool: t, action: modify, modify: {}", ".modify", "empty"),
        ("tool: t, action: modify, modify: {a: {}}", ".modify.a", "changes nothing"),
        ("tool: t, action: modify, modify: {a: }", ".modify.a", "no value"),
        ("tool: t, action: modify, modify: {a: 5}", ".modify.a", "expected keys with values"),
        ("tool: t, action: modify, modify: {a: {maximum: 5}}", ".modify.a.maximum", "unknown key"),
        ("tool: t, action: modify, modify: {a..b: {max: 5}}", ".modify.a..b", "not the name of an argument"),
        ("tool: t, action: modify, modify: {a: {max: 1, min: 2}}", ".modify.a.max", "less than the least"),
        ("tool: t, action: modify, modify: {a: {value: 1, min: 2}}", ".modify.a.min", "says nothing"),
        ("tool: t, action: modify, modify: {a: {max: '5'}}", ".modify.a.max", "expected a number"),
        ("tool: t, action: modify, modify: {a: {max: true}}", ".modify.a.max", "expected a number"),
        ("tool: t, action: modify, modify: {a: {max: .inf}}", ".modify.a.max", "expected a number"),
        ("tool: t, action: modify, modify: {a: {max: 1e400}}", ".modify.a.max", "300 digits"),
        ("tool: t, action: modify, modify: {a: {max: 9007199254740993}}", ".modify.a.max", "more digits"),
        ("tool: t, action: modify, modify: {a: {value: 1e400}}", ".modify.a.value", "more digits"),
        ("tool: t, action: modify, modify: {a: {value: [0.12345678901234567890]}}", ".modify.a.value", "more digits"),
        ("tool: t, action: modify, modify: {a: {max: 1}, a.b: {max: 1}}", ".modify.a.b", "lies within a"),
        ("http: {}, action: deny", ".http", "every request"),
        ("http: {hosts: []}, action: deny", ".http.hosts", "empty"),
        ("http: {hosts: [b.example]}, action: deny", ".http.hosts[0]", "could never match"),
        ("http: {hosts: [p.example]}, action: deny", ".http.hosts[0]", "could never match"),
        ("http: {hosts: [w.example]}, action: deny", ".http.hosts[0]", "could never match"),
        ("http: {hosts: [10.2.0.1]}, action: deny", ".http.hosts[0]", "could never match"),
        ("http: {methods: [PSOT]}, action: deny", ".http.methods[0]", "did you mean POST"),
        ("http: {methods: [POST, post]}, action: deny", ".http.methods[1]", "listed twice"),
        ("http: {paths: [v1]}, action: deny", ".http.paths[0]", "slash"),
        ("http: {path: [/v1]}, action: deny", ".http.path", "unknown key"),
    ],
)
def test_a_mistake_is_named_at_its_place(written: str, where: str, said: str) -> None:
    (problem,) = problems(written)
    assert (problem.where, problem.line) == (f"spec.governance.tools[0]{where}", 8)
    assert said in problem.message


@pytest.mark.parametrize(
    "host", ["pay.example", "h.example", "a.w.example", "'*.w.example'", "'*.example'", "10.1.2.3"]
)
def test_requests_are_judged_where_a_rule_lets_them_be_read(host: str) -> None:
    assert rules(f"http: {{hosts: [{host}]}}, action: deny")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tool: '*', action: allow", "tool: x, action: deny"),
        ("tool: 'issue_*', action: deny", "tool: issue_refund, action: require_approval"),
        ("tool: 'issue_*', action: allow", "tool: issue_refund, action: allow"),
        ("http: {hosts: [pay.example]}, action: allow", "http: {hosts: [pay.example]}, action: deny"),
        ("tool: 'issue_*', action: deny", "tool: 'issue_*', when: 'args.x == 1', action: allow"),
        ("tool: 'a*c', action: deny", "tool: 'a*b*c', action: allow"),
        ("tool: x, action: modify, modify: {a: {max: 1}}", "tool: x, action: deny"),
        ("tool: 'x*', when: 'args.a == 1', action: deny", "tool: x, when: 'args.a == 1', action: allow"),
        ("http: {methods: ['*']}, action: deny", "http: {methods: [POST]}, action: allow"),
        ("http: {hosts: [pay.example]}, action: deny", "http: {hosts: [pay.example], paths: [/x]}, action: allow"),
        ("http: {paths: ['/**']}, action: deny", "http: {hosts: [pay.example], paths: [/x]}, action: allow"),
    ],
)
def test_a_rule_after_an_unconditional_one_that_covers_it_is_a_mistake(first: str, second: str) -> None:
    (problem,) = problems(first, second)
    assert (problem.where, problem.line) == ("spec.governance.tools[1]", 9)
    assert "rule 1 (line 8) covers it" in problem.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tool: '*', when: 'args.x == 1', action: allow", "tool: x, action: deny"),
        ("tool: issue_refund, action: deny", "tool: 'issue_*', action: allow"),
        ("tool: read_file, action: allow", "tool: read_file, action: deny"),
        ("http: {paths: [/a]}, action: allow", "http: {paths: [/a]}, action: deny"),
        ("tool: 'a*b', action: deny", "tool: 'a*', action: allow"),
        ("tool: '*', action: deny", "http: {methods: [POST]}, action: deny"),
        ("http: {methods: [POST]}, action: deny", "http: {hosts: [pay.example]}, action: deny"),
        ("http: {hosts: [pay.example], methods: [POST]}, action: deny", "http: {methods: [POST]}, action: deny"),
        ("http: {paths: [/a]}, action: deny", "http: {paths: ['/**']}, action: deny"),
    ],
)
def test_a_rule_that_can_still_decide_is_none(first: str, second: str) -> None:
    assert len(rules(first, second)) == 2


_globs = st.text("ab*", min_size=1, max_size=6)


@given(_globs, _globs, st.text("ab", max_size=4))
def test_what_a_covered_glob_takes_in_the_covering_one_does(wide: str, narrow: str, filler: str) -> None:
    if _glob(wide, narrow):
        assert _glob(wide, narrow.replace("*", filler))


def test_a_thousand_rules_are_compiled_in_good_time() -> None:
    written = [f"tool: 'tool_{number}_*', when: 'args.n > {number}', action: deny" for number in range(500)]
    written += [f"tool: 'other_{number}', action: deny" for number in range(500)]
    started = time.monotonic()
    compiled = plans(text(*written))
    assert time.monotonic() - started < 20  # 0.7 s on a quiet machine
    assert Plans.from_json(compiled.to_json()) == compiled


def test_more_than_a_thousand_rules_are_too_many() -> None:
    (problem,) = problems(*["tool: t, when: 'args.x == 1', action: deny"] * 1001)
    assert "more than 1000 items" in problem.message
