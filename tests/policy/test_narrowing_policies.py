"""Whole policies that extend others, generated: what the compiler accepts lets nothing through that the base kept.

Compared is what the policies do, by the code that decides in a session: requests, tool calls, what is found in texts
and how it is treated, what files may be read and written, what may be spent.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import itertools
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from akios_jail.launcher.view import shown_paths
from akios_jail.pii.finding import Finding
from akios_jail.pii.setup import redactor_of
from akios_jail.policy.action import Action, Session
from akios_jail.policy.compile import compile_file
from akios_jail.policy.decide import Decider
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Budget, JailPlan, Pii, Plans
from akios_jail.policy.tools import Asking, Judge
from akios_jail.policy.wider_pii import STRICTNESS

EXAMPLES = 60
HEAD = {"apiVersion": "akios/v1", "kind": "AgentPolicy"}
HELD = {"allow": 0, "hold": 1, "modify": 2, "deny": 3, "terminate": 3}
ACCESS = {"": 0, "ro": 1, "overlay": 2, "rw": 3}


def some(values: Any, least: int = 0, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=least, max_size=most, unique_by=json.dumps)


def keys(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping that may have each of these."""
    return st.fixed_dictionaries({}, optional=values)


METHODS = ("GET", "POST", "DELETE")
RULES = some(
    st.fixed_dictionaries(
        {"host": st.sampled_from(("a.example.com", "*.example.com", "x.a.example.com", "10.1.2.3", "10.1.0.0/16"))},
        optional={
            "methods": some(st.sampled_from((*METHODS, "*")), 1, 2),
            "paths": some(st.sampled_from(("/v1/**", "/v1/x", "/*/x", "/**")), 1, 2),
            "tls": st.just("passthrough"),
            "when": st.sampled_from(("request.method == 'GET'", "request.path.startsWith('/v1') // so")),
            "pii": st.sampled_from(("observe", "block")),
        },
    )
)
TOOLS = some(
    st.one_of(
        st.fixed_dictionaries(
            {
                "tool": st.sampled_from(("refund", "re*", "*", "Re-fund")),
                "action": st.sampled_from(("allow", "deny", "require_approval", "terminate")),
            },
            optional={"when": st.sampled_from(("args.amount > 5.0", "args.amount > 50.0"))},
        ),
        st.fixed_dictionaries(
            {
                "tool": st.sampled_from(("refund", "re*")),
                "action": st.just("modify"),
                "modify": st.sampled_from(({"amount": {"max": 5}}, {"amount": {"value": 1000}})),
            }
        ),
        st.fixed_dictionaries(
            {
                "http": st.fixed_dictionaries(
                    {"methods": some(st.sampled_from(METHODS), 1, 2)},
                    optional={"paths": some(st.sampled_from(("/v1/**", "/v1/x")), 1, 2)},
                ),
                "action": st.sampled_from(("allow", "deny", "require_approval", "terminate")),
            }
        ),
    )
)
MODES = ("observe", "pseudonymize", "redact_before_inference", "block")
#: One set of what is looked for, with a pattern of one's own or without: another takes seconds to compile.
OWN = st.fixed_dictionaries(
    {"name": st.just("one"), "pattern": st.just("card [0-9]+")}, optional={"mode": st.sampled_from(MODES)}
)
PII = st.fixed_dictionaries(
    {"fields": st.just(["credit_card"])},
    optional={
        "mode": st.sampled_from(("off", *MODES)),
        "modes": st.dictionaries(st.just("credit_card"), st.sampled_from(MODES), min_size=1),
        "patterns": st.lists(OWN, max_size=1),
    },
)
PATHS = ("/p/kept", "/p/kept/out", "kept", "kept/out")
FILES = keys(
    workspace=keys(path=st.sampled_from((".", "out", "/p")), access=st.sampled_from(("ro", "rw", "overlay"))),
    read=some(st.sampled_from(PATHS), 1, 1),
    write=some(st.sampled_from((*PATHS, "/p")), 1, 1),
)
AMOUNTS = st.sampled_from((1, 10, 100))
BUDGET = keys(
    max_tokens_per_session=AMOUNTS,
    max_tokens_per_day=AMOUNTS,
    max_cost_per_minute=AMOUNTS,
    max_cost_per_session=AMOUNTS,
)
SECTIONS: dict[str, Any] = {
    "governance.network_access.allowlist": RULES,
    "governance.tools": TOOLS,
    "governance.pii_handling": PII,
    "governance.budget": BUDGET,
    "filesystem": FILES,
}


def spec(sections: dict[str, Any]) -> dict[str, Any]:
    """A spec with these sections, named by their keys with points between."""
    whole: dict[str, Any] = {}
    for name, section in sections.items():
        inner = whole
        *above, last = name.split(".")
        for key in above:
            inner = inner.setdefault(key, {})
        inner[last] = section
    return whole


def narrowed(base: dict[str, Any], own: dict[str, Any]) -> tuple[Plans, Plans] | None:
    """The plans of a base and of what extends it; None if one of them is refused."""
    with tempfile.TemporaryDirectory() as folder:
        above, below = Path(folder, "base.yaml"), Path(folder, "team.yaml")
        above.write_text(json.dumps({**HEAD, "metadata": {"name": "base"}, "spec": base}))
        extends = {"path": "base.yaml", "sha256": hashlib.sha256(above.read_bytes()).hexdigest()}
        below.write_text(json.dumps({**HEAD, "metadata": {"name": "team"}, "extends": extends, "spec": own}))
        try:
            old = compile_file(str(above))
        except PolicyError:
            event("no base")
            return None
        try:
            return old, compile_file(str(below))
        except PolicyError as error:
            event("wider" if "more than the policy it extends" in str(error) else "wrong by itself")
            return None


def compare(base: dict[str, Any], own: dict[str, Any]) -> None:
    pair = narrowed(spec(base), spec(own))
    if pair is None:
        return
    event("narrower")
    old, new = pair
    requests(old, new)
    tool_calls(old, new)
    personal_data(old.broker.pii, new.broker.pii)
    files(old.jail, new.jail)
    spending(old.broker.budget, new.broker.budget)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_a_policy_that_extends_another_lets_through_what_that_does(section: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(SECTIONS[section], SECTIONS[section])
    def holds(base: Any, own: Any) -> None:
        compare({section: base}, {section: own})

    holds()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional=SECTIONS), st.fixed_dictionaries({}, optional=SECTIONS))
def test_a_policy_that_extends_another_lets_through_what_that_does(base: dict[str, Any], own: dict[str, Any]) -> None:
    compare(base, own)


def requests(old: Plans, new: Plans) -> None:
    wide, narrow = Decider(old.broker), Decider(new.broker)
    hosts = ("a.example.com", "b.example.com", "x.a.example.com", "example.com", "10.1.2.3", "10.1.9.9", "10.2.0.1")
    for host, method, path in itertools.product(hosts, METHODS, ("/", "/v1/x", "/v1/x/y", "/v2/x")):
        action = Action(host=host, port=443, protocol="https", method=method, path=path)
        if narrow.decide(action).allowed is not True:
            continue
        destination = wide.destination(host, 443)
        unread = destination is not None and destination.unread
        assert unread or wide.decide(action).allowed is True, action
        destination = narrow.destination(host, 443)
        assert unread or destination is None or not destination.unread, action


def tool_calls(old: Plans, new: Plans) -> None:
    def now() -> datetime.datetime:
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    wide, narrow = (Judge(plans.broker.tools, Session("ses_1", "test"), now) for plans in (old, new))
    given_: tuple[dict[str, Any], ...] = ({}, {"amount": 1}, {"amount": 10}, {"amount": 500})
    for name, arguments in itertools.product(("refund", "Re-fund", "rest", "other"), given_):
        asking = Asking(name, arguments)
        before, after = wide.tool(asking), narrow.tool(asking)
        if before.decision == "modify":
            assert after.arguments == before.arguments or HELD[after.decision] == 3, (asking, before, after)
        else:
            assert HELD[after.decision] >= HELD[before.decision] or before.decision == "allow", (asking, before, after)
    for method, path, other in itertools.product(METHODS, ("/", "/v1/x", "/v1/%2e/x"), ("", "DELETE", "GET")):
        headers = (("x-http-method-override", other),) if other else ()
        action = Action(
            host="a.example.com", port=443, protocol="https", method=method, path=path, headers=headers, body=b""
        )
        before, after = wide.http(action), narrow.http(action)
        assert HELD[after.decision] >= HELD[before.decision], (action, before, after)


TEXTS = ("of card 4111111111111111", "4111111111111111 and card 1")


@functools.lru_cache(maxsize=256)
def found(looked_for: Pii) -> list[list[Finding]]:
    redactor = redactor_of(looked_for)
    return [redactor.find(text) for text in TEXTS]


def treated(pii: Pii) -> list[list[str]]:
    """How each character of the texts is treated."""
    result = [["off"] * len(text) for text in TEXTS]
    if pii.mode != "off":
        for modes, findings in zip(result, found(pii._replace(mode="observe", modes=())), strict=True):
            for one in findings:
                modes[one.start : one.end] = [pii.mode_of(one.kind)] * (one.end - one.start)
    return result


def personal_data(old: Pii, new: Pii) -> None:
    for text, before, after in zip(TEXTS, treated(old), treated(new), strict=True):
        for place, (was, now) in enumerate(zip(before, after, strict=True)):
            assert STRICTNESS[now] >= STRICTNESS[was], (text, place, was, now)


def files(old: JailPlan, new: JailPlan) -> None:
    for directory in ("/p", "/q", "/elsewhere"):
        before, after = (access(plan, directory) for plan in (old, new))
        probes = {*before, *after, *(f"{path}/deep" for path in (*before, *after))}
        for path in probes:
            assert ACCESS[at(after, path)] <= ACCESS[at(before, path)], (directory, path, before, after)


def access(plan: JailPlan, directory: str) -> dict[str, str]:
    return {shown.path: shown.access for shown in shown_paths(plan, (), (), directory, "/home/person")}


def at(shown: dict[str, str], path: str) -> str:
    """As the nearest folder above says that is shown: mounts lie on top of those of the folders above them."""
    for folder in (path, *map(str, Path(path).parents)):
        if folder in shown:
            return shown[folder]
    return ""


def spending(old: Budget, new: Budget) -> None:
    for limit in old.limits:
        for unit in ("microusd", "tokens"):
            before = getattr(limit, unit)
            same = [getattr(other, unit) for other in new.limits if other.scope == limit.scope]
            least = min((amount for amount in same if amount is not None), default=math.inf)
            assert before is None or least <= before, limit
