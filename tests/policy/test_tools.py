"""Rules over tools: which one decides, what it makes of the arguments, and that no spelling slips past it."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy.action import Action, Session
from akios_jail.policy.arguments import Unclampable, changed
from akios_jail.policy.lookalikes import folded
from akios_jail.policy.plans import Change, ToolRule
from akios_jail.policy.tools import ALLOWED, Asking, Judge

NIGHT = datetime.datetime(2026, 1, 10, 2, 30, tzinfo=datetime.UTC)
SESSION = Session("ses_1", "billing")


def rule(number: int, tool: str = "", action: str = "deny", **fields: Any) -> ToolRule:
    given: dict[str, Any] = {
        "hosts": (), "methods": (), "paths": (), "when": "", "when_needs_body": False, "changes": (),
        "timeout_s": 300.0, "reason": "", "line": 1,
    } | fields  # fmt: skip
    return ToolRule(number=number, tool=tool, action=action, **given)


def judge(*rules: ToolRule) -> Judge:
    return Judge(rules, SESSION, lambda: NIGHT)


def said(subject: Judge, name: str, arguments: Any = None, server: str = "") -> tuple[str, int | None]:
    verdict = subject.tool(Asking(name, {} if arguments is None else arguments, server))
    return verdict.decision, verdict.rule


def test_the_first_rule_that_matches_decides_and_none_allows() -> None:
    subject = judge(rule(1, "read_*", "allow"), rule(2, "*_refund", "require_approval", timeout_s=9.0), rule(3, "rm*"))
    assert said(subject, "read_refund") == ("allow", 1)
    assert said(subject, "issue_refund") == ("hold", 2)
    assert said(subject, "rm") == ("deny", 3)
    assert subject.tool(Asking("other", {})) == ALLOWED
    assert subject.tool(Asking("issue_refund", {})).timeout_s == 9.0


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("issue_*", "issue_", True),
        ("issue_*", "issue", False),
        ("*", "", True),
        ("*", "anything at all\n", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "acb", False),
        ("*_x_*", "_x_", True),
        ("get.order", "getXorder", False),
        ("a?c", "abc", False),
        ("[ab]", "a", False),
        ("**", "x", True),
    ],
)
def test_a_star_is_any_text_and_nothing_else_means_anything(glob: str, name: str, matches: bool) -> None:
    assert (said(judge(rule(1, glob, "allow")), name)[1] == 1) is matches


@pytest.mark.parametrize(
    "name",
    [
        "Issue_Refund", "ISSUE_REFUND", "\uff49ssue_refund",
        "issue\u200b_refund", "issue_refund\u00ad", " issue_refund",
        "\u2060issue_refund", "issu\u0435_refund", "iss\u00fce_refund", "\u0456\u0455\u0455ue_refund", "iSSUE_REFUND",
        "issue\ufe4drefund", "issue-refund", "issue\u2010refund", "issue\u203frefund",
    ],
)  # fmt: skip
def test_a_look_alike_does_not_slip_past_a_rule_that_restricts_nor_into_one_that_allows(name: str) -> None:
    for action in ("deny", "require_approval", "terminate"):
        assert said(judge(rule(1, "issue_refund", action)), name)[1] == 1
    allowing = judge(rule(1, "issue_refund", "allow"), rule(2, "*", "deny"))
    assert said(allowing, name) == (("allow", 1) if name == "issue_refund" else ("deny", 2))


@given(st.text(max_size=40))
def test_folding_a_name_twice_changes_nothing_more(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@given(st.text(alphabet="ab*", max_size=12), st.text(alphabet="ab", max_size=12))
def test_globs_agree_with_a_plain_definition(glob: str, name: str) -> None:
    def plain(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(plain(pattern[1:], text[at:]) for at in range(len(text) + 1))
        return bool(text) and text[0] == pattern[0] and plain(pattern[1:], text[1:])

    if glob:
        assert (said(judge(rule(1, glob, "allow")), name)[1] == 1) is plain(glob, name)


@pytest.mark.parametrize(
    ("when", "arguments", "decision"),
    [
        ("args.amount_usd > 100.0", {"amount_usd": 15000}, "hold"),
        ("args.amount_usd > 100.0", {"amount_usd": 100}, "allow"),
        ("args.amount_usd > 100.0", {"amount_usd": "15000"}, "deny"),
        ("args.amount_usd > 100.0", {"amount_usd": True}, "deny"),
        ("args.amount_usd > 100.0", {}, "deny"),
        ("args.amount_usd > 100.0", {"amount_usd": 10**40}, "deny"),
        ("args.amount_usd > 100.0", "amount_usd", "deny"),
        ("args.amount_usd > 100.0", [1], "deny"),
        ("args.amount_usd > 100.0", None, "deny"),
        ("args.amount_usd > 100.0", {"amount_usd": float("nan")}, "deny"),
        ("has(args.amount_usd) && args.amount_usd > 100.0", {}, "allow"),
        ('tool.name == "issue_refund" && tool.server == ""', {}, "hold"),
        ('session.name == "billing" && session.id == "ses_1"', {}, "hold"),
        ('now.getHours("Europe/Berlin") < 4', {}, "hold"),
        ('now.getHours("Europe/Berlin") < 3', {}, "allow"),
    ],
)
def test_a_condition_decides_and_one_without_an_answer_denies(when: str, arguments: Any, decision: str) -> None:
    verdict = judge(rule(1, "issue_*", "require_approval", when=when)).tool(Asking("issue_refund", arguments))
    assert verdict.decision == decision
    assert (verdict.code == "condition_error") is (decision == "deny")


def test_a_condition_without_an_answer_denies_even_where_its_rule_would_allow() -> None:
    subject = judge(rule(1, "*", "allow", when="args.safe == true"), rule(2, "*", "allow"))
    assert subject.tool(Asking("x", {})).decision == "deny"


@pytest.mark.parametrize(
    ("when", "arguments"),
    [
        ("args.amount_usd > 100.0", {"amount_usd": 5, "AMOUNT_USD": 15000}),
        ("args.amount_usd > 100.0", {"amount_usd": 5, "amount-usd": 15000}),
        ("args.amount_usd > 100.0", {"amount_usd": 5, "amount_u\u0455d": 15000}),
        ("args.amount_usd > 100.0", {"amount_usd": 5, "more": [{"Amount_usd": 15000}]}),
        ("has(args.amount_usd) && args.amount_usd > 100.0", {"Amount_Usd": 15000}),
        ('"amount_usd" in args && args["amount_usd"] > 100.0', {"Amount_Usd": 15000}),
        ("args.lines.exists(line, line.amount > 100)", {"lines": [{"amount": 5, "Amount": 500}]}),
    ],
)
def test_arguments_in_another_spelling_than_the_rules_are_refused(when: str, arguments: Any) -> None:
    for action in ("require_approval", "allow", "deny"):
        verdict = judge(rule(1, "issue_*", action, when=when)).tool(Asking("issue_refund", arguments))
        assert (verdict.decision, verdict.code) == ("deny", "argument_ambiguous")
    body = json.dumps(arguments).encode()
    web_when = when.replace("args", "request.body")
    verdict = judge(refunds(when=web_when, when_needs_body=True)).http(web(body=body))
    assert (verdict.decision, verdict.code) == ("deny", "argument_ambiguous")


@pytest.mark.parametrize(
    ("when", "arguments"),
    [
        ('args.path.startsWith("/Etc") && tool.name != "Read"', {"path": "/x", "Name": 1, "StartsWith": 2, "Tool": 3}),
        ("size(args.list) > 100", {"list": [], "SIZE": 1}),
        ('args.kind == "refund.Amount"', {"kind": "x", "Refund": 1, "amount": 2}),
        ("args.x == 1", {"x": 2, "README": "a", "readme": "b"}),
        ('args["content-type"] == "x"', {"content-type": "y"}),
    ],
)
def test_arguments_of_which_no_rule_speaks_may_be_called_anything(when: str, arguments: Any) -> None:
    assert judge(rule(1, "*", "deny", when=when)).tool(Asking("x", arguments)).decision == "allow"


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def test_rules_over_requests_read_forms() -> None:
    when = "int(request.body.amount) > 1000"
    subject = judge(refunds(when=when, when_needs_body=True))
    for body, decision, code in (
        (b"amount=1500000", "hold", "approval_required"),
        (b"amount=500", "allow", "tool_allowed"),
        (b"amount=500&Amount=1500000", "deny", "argument_ambiguous"),
        (b"amount=500&amount=1500000", "deny", "condition_error"),
        (b"amount[]=1500000", "deny", "condition_error"),
        (b'{"amount": 500}', "deny", "condition_error"),
    ):
        verdict = subject.http(web(headers=FORM, body=body))
        assert (verdict.decision, verdict.code) == (decision, code), body


def test_a_form_cannot_be_bounded() -> None:
    bounded = judge(
        rule(1, hosts=("api.stripe.com",), action="modify", changes=(Change(("amount",), None, 5.0, None),))
    )
    verdict = bounded.http(web(headers=FORM, body=b"amount=15000"))
    assert (verdict.decision, verdict.code) == ("deny", "condition_error")
    assert "the values of a form are text" in verdict.reason


def test_a_rule_that_restricts_a_method_finds_it_in_a_form() -> None:
    subject = judge(rule(1, hosts=("api.stripe.com",), methods=("DELETE",), action="terminate"))
    asked = web(headers=FORM)._replace(body=None)
    assert subject.needs_body(asked)
    assert not subject.needs_body(asked._replace(host="other.example"))
    assert subject.http(asked._replace(body=b"a=1&_method=delete")).decision == "terminate"
    assert subject.http(asked._replace(body=b"a=1")).decision == "allow"


def test_a_rule_that_allows_a_method_does_not_allow_what_a_field_makes_of_it() -> None:
    posts = rule(1, hosts=("api.stripe.com",), methods=("POST",), action="allow")
    subject = judge(posts, rule(2, hosts=("api.stripe.com",), methods=("DELETE",), action="terminate"))
    asked = web(headers=FORM)._replace(body=None)
    assert subject.needs_body(asked)
    assert subject.http(asked._replace(body=b"a=1&_method=delete")).decision == "terminate"
    assert subject.http(web(query="_method=DELETE")).decision == "terminate"
    assert subject.http(asked._replace(body=b"a=1")).rule == 1


def test_what_is_bounded_cannot_be_asked_for_under_another_name() -> None:
    subject = judge(rule(1, "report", "modify", changes=(FORMAT, Change(("limit",), None, 100.0, None))))
    assert subject.tool(Asking("report", {"limit": 500, "options": {}})).decision == "modify"
    for more in ({"Limit": 500}, {"Options": {"format": "exe"}}, {"options": {"FORMAT": "exe"}}):
        verdict = subject.tool(Asking("report", {"limit": 5, **more}))
        assert (verdict.decision, verdict.code) == ("deny", "argument_ambiguous")


def test_deep_arguments_deny() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    assert judge(rule(1, "*", "allow", when="args.x == 1")).tool(Asking("x", {"x": deep})).decision == "deny"


def test_a_name_of_any_length_is_refused() -> None:
    assert said(judge(rule(1, "*", "allow")), "x" * 513)[0] == "deny"


LIMIT = Change(("limit",), 1.0, 100.0, None)
RATE = Change(("options", "rate"), None, 0.5, None)
FORMAT = Change(("options", "format"), None, None, '"pdf"')


@pytest.mark.parametrize(
    ("change", "arguments", "wanted"),
    [
        (LIMIT, {"limit": 5, "a": 1}, {"limit": 5, "a": 1}),
        (LIMIT, {"limit": 5000}, {"limit": 100}),
        (LIMIT, {"limit": 10**400}, {"limit": 100}),
        (LIMIT, {"limit": -3}, {"limit": 1}),
        (LIMIT, {"limit": 99.5}, {"limit": 99.5}),
        (LIMIT, {"limit": "5000"}, None),
        (LIMIT, {"limit": True}, None),
        (LIMIT, {"limit": None}, None),
        (LIMIT, {"limit": [1]}, None),
        (LIMIT, {}, None),
        (LIMIT, [5], None),
        (LIMIT, "text", None),
        (RATE, {"options": {"rate": 0.9}}, {"options": {"rate": 0.5}}),
        (RATE, {"options": [0.9]}, None),
        (RATE, {}, None),
        (FORMAT, {"x": 1}, {"x": 1, "options": {"format": "pdf"}}),
        (FORMAT, {"options": {"format": "exe", "y": 2}}, {"options": {"format": "pdf", "y": 2}}),
        (FORMAT, {"options": "none"}, None),
    ],
)
def test_arguments_are_brought_within_bounds_or_refused(change: Change, arguments: Any, wanted: Any) -> None:
    before = json.dumps(arguments)
    verdict = judge(rule(1, "t", "modify", changes=(change,))).tool(Asking("t", arguments))
    assert json.dumps(arguments) == before
    if wanted is None:
        assert (verdict.decision, verdict.code) == ("deny", "tool_unclampable")
        with pytest.raises(Unclampable):
            changed(arguments, (change,))
    elif wanted == arguments:
        assert (verdict.decision, verdict.rule) == ("allow", 1)
    else:
        assert (verdict.decision, verdict.arguments) == ("modify", wanted)
        assert all(type(value) is int for value in verdict.arguments.values() if value in (1, 100))


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_clamped_number_always_keeps_its_bounds(number: float) -> None:
    assert 1 <= changed({"limit": number}, (LIMIT,))["limit"] <= 100


def test_true_is_not_one() -> None:
    one = Change(("flag",), None, None, "1")
    verdict = judge(rule(1, "t", "modify", changes=(one,))).tool(Asking("t", {"flag": True}))
    assert (verdict.decision, verdict.arguments) == ("modify", {"flag": 1})


def refunds(action: str = "require_approval", **fields: Any) -> ToolRule:
    return rule(1, "", action, hosts=("api.stripe.com",), methods=("POST",), paths=("/v1/refunds",), **fields)


def web(path: str = "/v1/refunds", method: str = "POST", host: str = "api.stripe.com", **fields: Any) -> Action:
    return Action(host, 443, "https", method, path, **fields)


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        (web(), "hold"),
        (web(method="GET"), "allow"),
        (web(host="stripe.com"), "allow"),
        (web("/v1/charges"), "allow"),
        (web("/v1/refunds/"), "hold"),
        (web("/V1/Refunds"), "hold"),
        (web("/v1/refunds;x=1"), "hold"),
        (web("/v1/%72efunds"), "hold"),
        (web("/v1/refunds.json"), "hold"),
        (web("/v1/refunds%3Fx=1"), "hold"),
        (web("/v1/refunds%20"), "hold"),
        (web("/v1/refunds./"), "hold"),
        (web("/v1/refunds.old"), "allow"),
        (web(method="GET", query="a=b&_method=post"), "hold"),
        (web("/v1/" + "." * 8000 + "x"), "allow"),
        (web("/v1/./refunds"), "deny"),
        (web("//v1/refunds"), "deny"),
        (web("/v1/x%2f..%2frefunds"), "deny"),
        (web(method="GET", headers=(("X-HTTP-Method-Override", "post"),)), "hold"),
    ],
)
def test_no_spelling_of_a_request_slips_past_a_rule_that_restricts(action: Action, decision: str) -> None:
    assert judge(refunds()).http(action).decision == decision


def test_a_rule_that_allows_takes_in_nothing_but_what_it_says() -> None:
    subject = judge(refunds("allow"), rule(2, "", "deny"))
    assert subject.http(web()).rule == 1
    for other in (web("/v1/refunds/"), web("/V1/refunds"), web("/v1/./refunds"), web(method="GET")):
        assert subject.http(other).rule == 2


@pytest.mark.parametrize(
    ("hosts", "host", "matches"),
    [
        (("*.corp.test",), "a.corp.test", True),
        (("*.corp.test",), "a.b.corp.test", True),
        (("*.corp.test",), "corp.test", False),
        (("*.corp.test",), "xcorp.test", False),
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "11.1.2.3", False),
        (("10.0.0.0/8",), "corp.test", False),
        ((), "anything", True),
    ],
)
def test_hosts_are_named_as_in_the_allowlist(hosts: tuple[str, ...], host: str, matches: bool) -> None:
    assert (judge(rule(1, hosts=hosts)).http(web(host=host)).decision == "deny") is matches


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        (b'{"amount": 1500000}', "hold"),
        (b'{"amount": 5}', "allow"),
        (b"amount=1500000", "deny"),
        (b'{"amount": 5, "amount": 1500000}', "deny"),
        (b"", "deny"),
        (None, "deny"),
    ],
)
def test_a_condition_on_the_body_denies_what_it_cannot_read(body: bytes | None, decision: str) -> None:
    subject = judge(refunds(when="request.body.amount > 1000", when_needs_body=True))
    assert subject.needs_body(web())
    assert not subject.needs_body(web("/v1/charges"))
    assert subject.http(web(body=body)).decision == decision


def test_a_body_can_be_bounded() -> None:
    subject = judge(refunds("modify", changes=(Change(("amount",), None, 1000.0, None),)))
    assert subject.needs_body(web())
    verdict = subject.http(web(body=b'{"amount": 1500000, "charge": "ch_1"}'))
    assert (verdict.decision, verdict.arguments) == ("modify", {"amount": 1000, "charge": "ch_1"})
    assert subject.http(web(body=b"amount=1500000")).decision == "deny"


def test_a_rule_has_its_own_words_for_the_agent() -> None:
    reason = "Refunds are a person's decision"
    assert judge(rule(1, "x", "require_approval", reason=reason)).tool(Asking("x", {})).reason == reason
    assert "tool rule 1" in judge(rule(1, "x")).tool(Asking("x", {})).reason
