"""What would happen, and which rule says so: the decision again, with every rule's part in it.

The verdict is the decider's own, never computed a second time here; the rules are walked only to say why each did or
did not decide.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from akios_jail.policy import hosts, methods, paths
from akios_jail.policy.action import Action, Session
from akios_jail.policy.conditions import Unknown
from akios_jail.policy.decide import Decider
from akios_jail.policy.destinations import Destination
from akios_jail.policy.plans import BrokerPlan, Rule, ToolRule
from akios_jail.policy.tools import Asking, Judge, ToolVerdict, now
from akios_jail.policy.verdict import Verdict

_SCHEMES = {"https": ("https", 443), "http": ("http", 80), "wss": ("https", 443), "ws": ("http", 80)}
#: Characters that a path and a query may hold as they are (RFC 3986 §3.3, §3.4); the rest is percent-encoded.
_SAFE = "/%-._~!$&'()*+,;=:@?"


class Step(NamedTuple):
    """One rule's part. `code`: decides | would_match | condition_error | argument_ambiguous, or the respect in which it
    does not match: host | port | handling | method | path | condition."""

    rule: Rule
    code: str
    reason: str


class ToolStep(NamedTuple):
    """One tool rule's part. `code`: decides | would_match | condition_error | argument_ambiguous, or the respect in
    which it does not match: subject | condition."""

    rule: ToolRule
    code: str
    reason: str


class Explanation(NamedTuple):
    """The verdict on an action and each rule's part in it. `note`: what else the person should know, or "".

    `ruling`: what the tool rules say about a request that the allowlist allows, None if they are not asked.
    """

    action: Action
    verdict: Verdict
    steps: tuple[Step, ...]
    note: str
    ruling: ToolVerdict | None = None
    tool_steps: tuple[ToolStep, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it would go on without a person."""
        return self.verdict.allowed and (self.ruling is None or _goes_on(self.ruling))

    def to_json(self) -> dict[str, Any]:
        """For programs; the body stays out of it."""
        action = {name: value for name, value in self.action._asdict().items() if name not in ("body", "session")}
        steps = [
            {"number": step.rule.number, "line": step.rule.line, "host": step.rule.host}
            | {"code": step.code, "reason": step.reason}
            for step in self.steps
        ]
        found = {"action": action, "verdict": self.verdict._asdict(), "note": self.note, "rules": steps}
        return found | _tools_json(self.ruling, self.tool_steps)


class ToolExplanation(NamedTuple):
    """The verdict on a tool call and each rule's part in it."""

    asking: Asking
    ruling: ToolVerdict
    steps: tuple[ToolStep, ...]

    @property
    def allowed(self) -> bool:
        """Whether it would go on without a person."""
        return _goes_on(self.ruling)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"call": self.asking._asdict()} | _tools_json(self.ruling, self.steps)


def _goes_on(ruling: ToolVerdict) -> bool:
    return ruling.decision in ("allow", "modify")


def _tools_json(ruling: ToolVerdict | None, steps: tuple[ToolStep, ...]) -> dict[str, Any]:
    listed = [
        {"number": step.rule.number, "line": step.rule.line, "code": step.code, "reason": step.reason} for step in steps
    ]
    return {"tools": None if ruling is None else ruling._asdict(), "tool_rules": listed}


class TargetError(ValueError):
    """What was asked about is no URL and no `host:port`; the message says what to write."""


def request(method: str, url: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Action:
    """The action of a request, as the broker would ask about it. `TargetError` if `url` cannot be one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise TargetError(f"{url!r} is not a URL: write one such as https://api.openai.com/v1/models")
    protocol, default = _SCHEMES[parts.scheme]
    return Action(
        host=_host(parts.hostname),
        port=default if port is None else port,
        protocol=protocol,
        method=method.upper(),
        path=quote(parts.path or "/", safe=_SAFE),
        query=quote(parts.query, safe=_SAFE),
        headers=headers,
        body=body,
        session=Session("ses_example", "example"),
    )


def connection(target: str) -> Action:
    """The action of a bare TCP connection to `host:port` or `[v6]:port`. `TargetError` if `target` is neither."""
    host, colon, port = target.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise TargetError(f"{target!r} is not HOST:PORT: write one such as db.example.com:5432")
    return Action(_host(host), int(port), "tcp", session=Session("ses_example", "example"))


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    try:
        host = hosts.parse(text.rstrip("."))
    except hosts.HostError as error:
        raise TargetError(f"{error}. {error.hint}".rstrip(". ") + ".") from error
    if host.kind != "exact":
        raise TargetError(f"{text!r} is not one host: ask about one, such as {text.replace('*', 'www')}")
    return host.text


def explain(plan: BrokerPlan, action: Action) -> Explanation:
    """What the plan says about an action. A request to a host that is passed through becomes its connection."""
    decider = Decider(plan)
    destination = decider.destination(action.host, action.port)
    note = ""
    if destination is not None and destination.unread and destination.protocol == action.protocol and action.method:
        note = "The connection is passed through unread: AKIOS sees neither method nor path there."
        action = action._replace(method="", path="", query="", headers=(), body=None)
    verdict = decider.decide(action)
    steps = tuple(_step(decider, destination, action, verdict, rule) for rule in plan.rules)
    if not verdict.allowed or not action.method or not any(not rule.tool for rule in plan.tools):
        return Explanation(action, verdict, steps, note)
    ruling = Judge(plan.tools, action.session).http(action)
    tool_steps = _tool_steps(plan, ruling, lambda rule: Judge((rule,), action.session).http(action), web=True)
    return Explanation(action, verdict, steps, note, ruling, tool_steps)


def explain_tool(plan: BrokerPlan, asking: Asking, clock: Callable[[], datetime] = now) -> ToolExplanation:
    """What the plan's tool rules say about a tool call."""
    session = Session("ses_example", "example")
    ruling = Judge(plan.tools, session, clock).tool(asking)
    steps = _tool_steps(plan, ruling, lambda rule: Judge((rule,), session, clock).tool(asking), web=False)
    return ToolExplanation(asking, ruling, steps)


def _tool_steps(
    plan: BrokerPlan, ruling: ToolVerdict, judge: Callable[[ToolRule], ToolVerdict], web: bool
) -> tuple[ToolStep, ...]:
    """Each rule's part, told by a judge of that rule alone. `web`: of the rules over requests, not over tools."""
    steps = []
    for rule in plan.tools:
        if bool(rule.tool) is web:
            continue
        alone = judge(rule)
        if alone.rule is None:
            subject = judge(rule._replace(when="")).rule is None
            reason = f"is for {_subject(rule)}" if subject else f"its condition does not hold: {rule.when}"
            steps.append(ToolStep(rule, "subject" if subject else "condition", reason))
        elif alone.code in ("condition_error", "argument_ambiguous"):
            steps.append(ToolStep(rule, alone.code, alone.reason))
        elif rule.number == ruling.rule:
            steps.append(ToolStep(rule, "decides", f"matches, and decides: {rule.action}"))
        else:
            steps.append(ToolStep(rule, "would_match", f"would match too, but tool rule {ruling.rule} comes first"))
    return tuple(steps)


def _subject(rule: ToolRule) -> str:
    if rule.tool:
        return rule.tool
    return " ".join(" or ".join(values) for values in (rule.methods, rule.hosts, rule.paths) if values)


def _step(decider: Decider, destination: Destination | None, action: Action, verdict: Verdict, rule: Rule) -> Step:
    code, reason = _difference(decider, destination, action, rule)
    if rule.number == verdict.rule:
        if verdict.code == "argument_ambiguous":
            return Step(rule, verdict.code, "is about a key that the body has in another spelling")
        return Step(rule, "decides" if verdict.allowed else code, reason if reason else "matches, and decides")
    if not code and verdict.rule is None:
        return Step(rule, "would_match", "would match, were it not refused for itself")
    if not code:
        return Step(rule, "would_match", f"would match too, but rule {verdict.rule} comes first")
    return Step(rule, code, reason)


def _difference(decider: Decider, destination: Destination | None, action: Action, rule: Rule) -> tuple[str, str]:
    """In which respect the rule does not match, and in words; two empty texts if it does."""
    if rule not in decider.rules_for(action.host):
        return "host", f"is for {rule.host}"
    if destination is None or action.port not in rule.ports:
        return "port", f"is for port {', '.join(str(port) for port in rule.ports)}"
    if rule not in destination.rules:
        first = destination.rules[0]
        return "handling", f"is for {_way(rule)}, and rule {first.number} makes this destination {_way(first)}"
    if rule.protocol != action.protocol:
        return "handling", f"is for {_way(rule)}"
    if destination.unread:
        return ("handling", f"is for {_way(rule)}: no request there can be decided on") if action.method else ("", "")
    if not methods.matches(rule.methods, action.method) or not action.method:
        return "method", f"is for {', '.join(rule.methods)}"
    if not paths.matches(rule.paths, action.path):
        if paths.plain(action.path) is None:
            return "path", "restricts paths, and servers read this path differently"
        return "path", f"is for {', '.join(rule.paths)}"
    try:
        if decider.holds(rule, action):
            return "", ""
    except Unknown as unknown:
        return "condition_error", f"its condition has no answer: {unknown}"
    return "condition", f"its condition does not hold: {rule.when}"


def _way(rule: Rule) -> str:
    return f"{rule.protocol} ({rule.tls})" if rule.tls else rule.protocol
