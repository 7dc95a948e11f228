"""Policies as people and agents write them: a policy, or a line of equals signs and a FluxConfig or a base below it.

`@BASE@` in the policy stands for the digest of the base, which it can then extend. A policy compiles, always to the
same plans, or its mistakes are said with their places. What it decides is what is explained; it allows no more than
itself, and no more than the policy that it extends.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from akios_jail.policy import document, load
from akios_jail.policy.action import Action, Session
from akios_jail.policy.compile import compile_bytes
from akios_jail.policy.decide import Decider
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.explain import explain, explain_tool
from akios_jail.policy.plans import Plans, Rule
from akios_jail.policy.source import File
from akios_jail.policy.tools import Asking, Judge
from akios_jail.policy.wider import changed

TOKENS = (
    *(b"\n=====\n", b"apiVersion: akios/v1\nkind: AgentPolicy\n", b"kind: FluxConfig\n", b"metadata: {name: x}\n"),
    *(b"spec:", b"  governance:\n    network_access:\n      allowlist:\n        - host: "),
    *(b"extends: {path: base.yaml, sha256: @BASE@}", b"methods: [GET]", b"paths: [/v1/**]", b"ports: [443]"),
    *(b"protocol: tcp", b"tls: passthrough", b"when: ", b"*.a.test", b"budget:", b"pii_handling:", b"tools:"),
    *(b"credentials:", b"monitoring: strict", b"filesystem:", b"resources:", b"&a ", b"*a", b"!!str ", b"<<: "),
    *(b"? ", b"- ", b": ", b"|\n", b">-\n", b"'", b"#", b"---\n", b"...\n", b"%YAML 1.1\n"),
)
SEPARATOR = b"\n=====\n"
_SESSION, _NOON = Session("ses_1", "n"), datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
_ARGUMENTS: tuple[Any, ...] = ({}, {"amount_usd": 1e6, "limit": 500, "a": {"b": [1]}}, {"amount_usd": 5}, None, [1])
#: How much of what is asked for a verdict of tool rules lets through: all of it, some, none without a person, nothing.
_STRICTER = {"allow": 0, "modify": 1, "hold": 2, "deny": 3, "terminate": 3}


def fuzz(data: bytes) -> None:
    """Compile a policy."""
    policy, _, beside = data.partition(SEPARATOR)
    _check_document(policy)
    if b"@BASE@" in policy and beside:
        _extending(policy, beside)
        return
    plans = _compiled(policy, "policy.yaml", File("flux.yaml", beside) if beside else None)
    if plans is not None:
        _check_plans(plans)
        assert _compiled(policy, "policy.yaml", File("flux.yaml", beside) if beside else None) == plans


def _compiled(data: bytes, name: str, flux: File | None = None) -> Plans | None:
    try:
        return compile_bytes(data, name, flux)
    except PolicyError as error:
        _check_mistakes(error)
        return None


def _check_mistakes(error: PolicyError) -> None:
    assert error.problems
    assert all(problem.message and problem.line >= 0 for problem in error.problems)
    assert all(line.isprintable() for line in str(error).split("\n"))


def _check_document(data: bytes) -> None:
    """What is read of a file has the shape that another reader of YAML finds in it."""
    try:
        read = document.read(data, "policy.yaml")
    except PolicyError as error:
        _check_mistakes(error)
        return
    assert all(0 < each.line <= len(read.lines) + 1 for each in read.positions.values())
    load.kind_of(data, "policy.yaml")
    try:
        theirs = yaml.load(data.decode("utf-8-sig"), Loader=yaml.CBaseLoader)
    except yaml.YAMLError:
        return  # it takes no name for an anchor a second time, which YAML 1.2 allows
    assert _shape(theirs) == _shape(read.value)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None


def _extending(policy: bytes, base: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="akios-fuzz-") as folder:
        below = Path(folder) / "base.yaml"
        below.write_bytes(base)
        policy = policy.replace(b"@BASE@", hashlib.sha256(base).hexdigest().encode())
        new = _compiled(policy, str(Path(folder) / "policy.yaml"))
        if new is None:
            return
        _check_plans(new)
        old = _compiled(base, str(below))
        assert old is not None
        before, after = Decider(old.broker), Decider(new.broker)
        for action in (*_actions(old), *_actions(new)):
            assert not after.decide(action).allowed or before.decide(action).allowed, action
        _check_tools(old, new)


def _check_tools(old: Plans, new: Plans) -> None:
    """What the base's tool rules hold, change or refuse is not let through."""
    before, after = (Judge(plans.broker.tools, _SESSION, lambda: _NOON) for plans in (old, new))
    names = {rule.tool.replace("*", fill) for plans in (old, new) for rule in plans.broker.tools for fill in ("x", "")}
    for name in names:
        for arguments in _ARGUMENTS:
            was, now = (judge.tool(Asking(name, arguments)) for judge in (before, after))
            assert _STRICTER[now.decision] >= _STRICTER[was.decision], (name, arguments, was, now)
    for action in _actions(old):
        was, now = before.http(action), after.http(action)
        assert _STRICTER[now.decision] >= _STRICTER[was.decision], (action, was, now)


def _check_plans(plans: Plans) -> None:
    assert Plans.from_json(json.loads(json.dumps(plans.to_json(), allow_nan=False))) == plans
    assert not changed(plans, plans)
    decider = Decider(plans.broker)
    for action in _actions(plans):
        verdict = decider.decide(action)
        told = explain(plans.broker, action)
        assert told.note or told.verdict == verdict
        assert verdict.reason
        assert sum(step.code == "decides" for step in told.steps) <= 1
        decider.needs_body(action)
        decider.needs_form(action)
    for rule in plans.broker.tools[:8]:
        for arguments in _ARGUMENTS:
            explain_tool(plans.broker, Asking(rule.tool.replace("*", "x") or "f", arguments)).to_json()


def _actions(plans: Plans) -> Iterator[Action]:
    """Requests that the rules speak of, and one that none does."""
    yield Action("nobody.test", 443, "https", "GET", "/", session=_SESSION)
    for rule in plans.broker.rules[:8]:
        for method in ("GET", "POST", ""):
            for path in [glob.replace("**", "a/b").replace("*", "x") for glob in rule.paths[:3]] or [""]:
                body = b'{"n": 2}' if method == "POST" else None
                port = rule.ports[0] if rule.ports else 443
                yield Action(_host(rule), port, rule.protocol, method, path, "q=1", (), body, _SESSION)


def _host(rule: Rule) -> str:
    if rule.kind == "wildcard":
        return rule.host.replace("*", "www")
    return rule.host.partition("/")[0]
