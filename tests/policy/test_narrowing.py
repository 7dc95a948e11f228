"""Whatever a policy that extends another lets through, the other lets through too: held by generated pairs."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from akios_jail.policy import wider_rules, wider_tools
from akios_jail.policy.action import Action, Session
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import BrokerPlan, Budget, Pii, Rule, ToolRule
from akios_jail.policy.tools import Asking, Judge
from akios_jail.policy.wider_pii import STRICTNESS
from akios_jail.policy.wider_rules import Old

HOSTS = ("a.example.com", "b.example.com", "x.a.example.com", "example.com", "other.org", "10.1.2.3", "10.1.9.9")
RULE_HOSTS = (
    ("a.example.com", "exact"),
    ("x.a.example.com", "exact"),
    ("*.example.com", "wildcard"),
    ("*.a.example.com", "wildcard"),
    ("10.1.2.3", "ip"),
    ("10.1.0.0/16", "cidr"),
    ("10.0.0.0/8", "cidr"),
    ("0.0.0.0/0", "cidr"),
)
PATHS = ("/", "/v1", "/v1/", "/v1/x", "/v1/x/y", "/v2/x", "/v1/%2e%2e/x")
GLOBS = ("/**", "/v1/**", "/v1/x", "/v1/*", "/*/x", "/v1/x/**", "/**/x")
METHODS = ("GET", "POST", "DELETE")
CONDITIONS = ("", "request.method == 'GET'", "request.path.startsWith('/v1')")
MODES = ("", "observe", "pseudonymize", "redact_before_inference", "block")


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    found: list[Rule] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        host, kind = draw(st.sampled_from(RULE_HOSTS))
        protocol = draw(st.sampled_from(("https", "https", "https", "http", "tcp")))
        tls = draw(st.sampled_from(("intercept", "intercept", "passthrough"))) if protocol == "https" else ""
        unread = protocol == "tcp" or tls == "passthrough"
        found.append(
            Rule(
                number=number,
                host=host,
                kind=kind,
                ports=tuple(draw(st.lists(st.sampled_from((443, 80)), min_size=1, unique=True))),
                protocol=protocol,
                tls=tls,
                methods=() if unread else tuple(draw(st.lists(st.sampled_from((*METHODS, "*")), min_size=1))),
                paths=() if unread else tuple(draw(st.lists(st.sampled_from(GLOBS), min_size=1))),
                when="" if unread else draw(st.sampled_from(CONDITIONS)),
                when_needs_body=False,
                addresses=(),
                description="",
                line=number,
                pii=draw(st.sampled_from(MODES)),
            )
        )
    return tuple(found)


PII = Pii("redact_before_inference", ("email",))
ACTIONS = [
    Action(host=host, port=port, protocol=protocol, method=method, path=path)
    for host in HOSTS
    for port in (443, 80)
    for protocol in ("https", "http")
    for method in METHODS
    for path in PATHS
]


def _decider(found: tuple[Rule, ...]) -> Decider:
    return Decider(BrokerPlan(found, Budget(), PII))


def _unread(decider: Decider, action: Action) -> bool:
    destination = decider.destination(action.host, action.port)
    return destination is not None and destination.unread


@settings(max_examples=400, deadline=None)
@given(rules(), rules())
def test_what_a_narrowed_allowlist_lets_through_the_old_one_did(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> None:
    before = Old(old, PII)
    kept = tuple(rule for rule in new if not wider_rules.excess(before, rule, PII)[1])
    kept = tuple(wider_rules.narrowed(before, rule, PII) for rule in kept)
    event(f"{len(kept)} of {len(new)} rules are no wider")
    if not kept:
        return
    wide, narrow = _decider(old), _decider(kept)
    by_number = {rule.number: rule for rule in old}, {rule.number: rule for rule in kept}
    for action in ACTIONS:
        verdict = narrow.decide(action)
        if verdict.allowed is not True:
            continue
        destination = wide.destination(action.host, action.port)
        if destination is not None and destination.unread and destination.rules[0].protocol in ("tcp", action.protocol):
            continue  # its bytes pass unread, whatever they are
        allowed = wide.decide(action)
        assert allowed.allowed is True, (action, verdict, allowed)
        if _unread(narrow, action):
            assert _unread(wide, action), (action, verdict, allowed)
        if not _unread(wide, action):
            strict = [
                STRICTNESS[each[found.rule].pii or PII.mode]
                for each, found in zip(by_number, (allowed, verdict), strict=True)
                if found.rule is not None
            ]
            assert strict[1] >= strict[0], (action, verdict, allowed)


STRICT = {"allow": 0, "modify": 1, "hold": 2, "deny": 3, "terminate": 3}
TOOLS = ("issue_refund", "Issue-Refund", "issue_all", "delete", "get_order")
TOOL_GLOBS = ("issue_refund", "issue_*", "*refund", "*", "delete", "get_*", "Issue_Refund")


@st.composite
def tool_rules(draw: st.DrawFn) -> tuple[ToolRule, ...]:
    found: list[ToolRule] = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        action = draw(st.sampled_from(("allow", "deny", "require_approval", "terminate")))
        found.append(
            ToolRule(
                number=number,
                tool=draw(st.sampled_from(TOOL_GLOBS)),
                hosts=(),
                methods=(),
                paths=(),
                when=draw(st.sampled_from(("", "args.amount > 5.0"))),
                when_needs_body=False,
                action=action,
                changes=(),
                timeout_s=300.0,
                reason="",
                line=number,
            )
        )
    return tuple(found)


def _judge(found: tuple[ToolRule, ...]) -> Judge:
    return Judge(found, Session("ses_1", "test"), lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))


@settings(max_examples=400, deadline=None)
@given(tool_rules(), tool_rules())
def test_what_narrowed_tool_rules_let_through_the_old_ones_did(
    old: tuple[ToolRule, ...], added: tuple[ToolRule, ...]
) -> None:
    numbered = enumerate((*added, *old), 1)
    new = tuple(rule._replace(number=number, line=number) for number, rule in numbered)
    if list(wider_tools.wider(old, new)):
        event("wider")
        return
    event("no wider")
    wide, narrow = _judge(old), _judge(new)
    arguments: list[Any] = [{}, {"amount": 1.0}, {"amount": 10.0}]
    for tool in TOOLS:
        for given_ in arguments:
            asking = Asking(tool, given_)
            assert STRICT[narrow.tool(asking).decision] >= STRICT[wide.tool(asking).decision], (asking, old, new)
