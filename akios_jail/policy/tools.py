"""May the agent do this with a tool? Rules over tool calls and over HTTP requests, in the order of the policy.

Pure: a plan and an action in, a verdict out. The first rule that matches decides; what no rule matches is allowed. A
condition that has no answer denies at once, because whether its rule would have been the first cannot be known then.

Rules here restrict, so what is spelled a little differently must not slip past them: a rule that restricts also takes
in names that differ from its glob only in spelling (`lookalikes`), and paths that many servers take for the one it
names; arguments in another spelling than the rule's are refused. A rule that allows takes in nothing but what it says.
In a glob over names `*` stands for any characters, none included; nothing else has a meaning of its own.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from akios_jail.policy import conditions, decide, forms, methods, overrides, paths
from akios_jail.policy.action import Action, Session
from akios_jail.policy.arguments import Unclampable, changed
from akios_jail.policy.conditions import Condition
from akios_jail.policy.expressions import Asked, Expression, Unknown, ask, compile_in
from akios_jail.policy.lookalikes import Spellings, folded
from akios_jail.policy.plans import ToolRule

#: A name that is longer than this is no tool's (the longest that a provider accepts has 128 characters).
MAX_NAME = 512
_PARAMETERS = re.compile(r";[^/]*")
#: What some servers take from a path's end: a query that was escaped, or the format of the answer.
_ENDINGS = re.compile(r"(?:[?#].*|\.(?:json|xml|html))\Z", re.DOTALL | re.IGNORECASE)


class Asking(NamedTuple):
    """One tool call to be judged. `server`: the host of the MCP server, "" for what a model's answer asks for."""

    name: str
    arguments: Any  # JSON
    server: str = ""


class ToolVerdict(NamedTuple):
    """`decision`: allow | deny | modify | hold | terminate; `code`: a stable machine word; `reason`: a sentence for
    people and models. `rule`: the number of the deciding tool rule, None where none matched.

    `arguments`: of a modification, what stands in the place of the call's (or of the request's JSON body).
    `timeout_s`: of a hold, how long a person has.
    """

    decision: str
    code: str
    reason: str
    rule: int | None = None
    arguments: Any = None
    timeout_s: float = 0.0


ALLOWED = ToolVerdict("allow", "tool_allowed", "no tool rule speaks of it")


def now() -> datetime.datetime:
    """The time that conditions are told."""
    return datetime.datetime.now(datetime.UTC)


class Judge:
    """The tool rules of a plan, made ready: conditions compiled, globs too. One for a session, kept."""

    def __init__(
        self,
        rules: tuple[ToolRule, ...],
        session: Session,
        clock: Callable[[], datetime.datetime] = now,
    ) -> None:
        self._tools = [_OfTool(rule) for rule in rules if rule.tool]
        self._web = [_OfHttp(rule) for rule in rules if not rule.tool]
        self._session = session
        self._clock = clock

    @property
    def tools(self) -> bool:
        """Whether there is a rule over tools at all."""
        return bool(self._tools)

    @property
    def web(self) -> bool:
        """Whether there is a rule over HTTP requests at all."""
        return bool(self._web)

    def tool(self, asking: Asking) -> ToolVerdict:
        """The verdict on one tool call."""
        if len(asking.name) > MAX_NAME:
            return ToolVerdict("deny", "tool_name_too_long", f"no tool has a name of {len(asking.name)} characters")
        asked: Asked | None = None
        for each in self._tools:
            rule = each.rule
            if not each.matches(asking.name):
                continue
            other = each.spellings.another(asking.arguments)
            if other is not None:
                return _misspelt(rule, other)
            if each.condition is not None:
                try:
                    asked = asked or ask("tool", self._variables(asking))
                    if each.condition.holds(asked) is not True:
                        continue
                except Unknown as unknown:
                    return _no_answer(rule, "call", unknown)
            return _ruled(rule, _shown(asking.name), asking.arguments)
        return ALLOWED

    def lets_through(self, name: str) -> bool:
        """Whether a rule allows this tool whatever it is asked: the first that takes in its name, without condition."""
        for each in self._tools:
            if each.matches(name):
                return each.rule.action == "allow" and each.condition is None
        return False

    @property
    def hides(self) -> bool:
        """Whether there are tools that are refused whatever they are asked."""
        return any(each.rule.action == "deny" and each.condition is None for each in self._tools)

    def shows(self, name: str) -> bool:
        """Whether a tool may be called at all: False if the first rule for its name refuses it without condition."""
        for each in self._tools:
            if each.matches(name):
                return each.rule.action != "deny" or each.condition is not None
        return True

    def http(self, action: Action) -> ToolVerdict:
        """The verdict on one HTTP request. Its `body` must have been read if `needs_body` said so."""
        inputs: conditions.Inputs | None = None
        others = overrides.asked(action)
        for each in self._web:
            rule = each.rule
            matches = each.matches(action, others)
            if matches is None:
                reason = (
                    f"the path means different things to different servers, and tool rule {rule.number} is about it"
                )
                return ToolVerdict("deny", "path_ambiguous", reason, rule.number)
            if not matches:
                continue
            inputs = inputs or decide.inputs_of(action)
            if each.needs_body and (other := each.spellings.among(inputs.keys)) is not None:
                return _misspelt(rule, other)
            if each.condition is not None:
                try:
                    if each.condition.holds(inputs) is not True:
                        continue
                except Unknown as unknown:
                    return _no_answer(rule, "request", unknown)
            what = f"{action.method} {_shown(action.host)}{_shown(action.path)}"
            if rule.action != "modify":
                return _ruled(rule, what, None)
            try:
                return _ruled(rule, what, _changeable(action, inputs))
            except Unknown as unknown:
                return _no_answer(rule, "request", unknown)
        return ALLOWED

    def needs_body(self, action: Action) -> bool:
        """Whether `http` would look at the request's body, so that it must be read first."""
        form = action.body is None and overrides.may_be_in_body(action)
        others = overrides.asked(action)
        return any(
            (each.needs_body and each.matches(action, others)) or (form and each.hangs_on_method(action))
            for each in self._web
        )

    def _variables(self, asking: Asking) -> dict[str, Any]:
        return {
            "tool.name": asking.name,
            "tool.server": asking.server,
            "args": asking.arguments,
            "now": self._clock(),
            "session.id": self._session.id,
            "session.name": self._session.name,
        }


class _OfTool:
    """A rule over tool calls."""

    def __init__(self, rule: ToolRule) -> None:
        self.rule = rule
        self.condition: Expression | None = compile_in("tool", rule.when) if rule.when else None
        self.spellings = Spellings(rule.when, rule.changes)
        self._exact = _glob(rule.tool)
        self._loose = _glob(folded(rule.tool))

    def matches(self, name: str) -> bool:
        if self.rule.action == "allow":
            return self._exact.fullmatch(name) is not None
        return self._exact.fullmatch(name) is not None or self._loose.fullmatch(folded(name)) is not None


class _OfHttp:
    """A rule over requests."""

    def __init__(self, rule: ToolRule) -> None:
        self.rule = rule
        self.condition: Condition | None = conditions.compile_condition(rule.when) if rule.when else None
        self.needs_body = rule.action == "modify" or rule.when_needs_body
        self.spellings = Spellings(rule.when, rule.changes)
        self._strict = rule.action == "allow"

    def matches(self, action: Action, others: list[str]) -> bool | None:
        """Whether the rule speaks of this request; None if that cannot be said of its path.

        `others`: the methods that a server may take it for beside its own.
        """
        rule = self.rule
        if rule.hosts and not any(_names(pattern, action.host) for pattern in rule.hosts):
            return False
        if rule.methods:
            # One of them is enough for a rule that restricts; one that allows must allow them all.
            own, among = (action.method, all) if self._strict else (action.method.upper(), any)
            if not among(methods.matches(rule.methods, each) for each in (own, *others)):
                return False
        if not rule.paths or paths.ANY in rule.paths:
            return True
        path = paths.plain(action.path)
        if self._strict:
            return path is not None and paths.matches(rule.paths, action.path)
        if path is None:
            return None
        bare = _PARAMETERS.sub("", path)
        ways = {path, bare, _ENDINGS.sub("", path), _ENDINGS.sub("", bare)}
        spellings = ways | {way.rstrip("/. ") or "/" for way in ways}
        return any(
            paths.compiled(glob).fullmatch(each) or paths.compiled(glob.casefold()).fullmatch(each.casefold())
            for glob in rule.paths
            for each in spellings
        )

    def hangs_on_method(self, action: Action) -> bool:
        """Whether a field `_method` in the request's form could decide if this rule speaks of it."""
        rule = self.rule
        if not rule.methods or methods.matches(rule.methods, action.method) is not self._strict:
            return False
        return not rule.hosts or any(_names(pattern, action.host) for pattern in rule.hosts)


def _ruled(rule: ToolRule, what: str, arguments: Any) -> ToolVerdict:
    """What the rule that matched says."""
    number, own = rule.number, rule.reason
    if rule.action == "allow":
        return ToolVerdict("allow", "tool_allowed", f"tool rule {number} allows {what}", number)
    if rule.action == "modify":
        try:
            wanted = changed(arguments, rule.changes)
        except Unclampable as error:
            reason = f"tool rule {number} bounds what {what} may ask for, and it cannot: {error}"
            return ToolVerdict("deny", "tool_unclampable", reason, number)
        if json.dumps(wanted) == json.dumps(arguments):  # True is not 1 here
            return ToolVerdict("allow", "tool_allowed", f"{what} keeps the bounds of tool rule {number}", number)
        reason = own or f"tool rule {number} bounds what {what} may ask for"
        return ToolVerdict("modify", "tool_modified", reason, number, wanted)
    if rule.action == "require_approval":
        reason = own or f"tool rule {number} lets {what} happen only if a person approves"
        return ToolVerdict("hold", "approval_required", reason, number, timeout_s=rule.timeout_s)
    if rule.action == "terminate":
        return ToolVerdict(
            "terminate", "tool_terminated", own or f"tool rule {number} ends a session at {what}", number
        )
    return ToolVerdict("deny", "tool_denied", own or f"tool rule {number} denies {what}", number)


def _no_answer(rule: ToolRule, what: str, unknown: Unknown) -> ToolVerdict:
    where = f" (line {rule.line})" if rule.line else ""
    reason = f"the condition of tool rule {rule.number}{where} has no answer for this {what}: {unknown}"
    return ToolVerdict("deny", "condition_error", reason, rule.number)


def _changeable(action: Action, inputs: conditions.Inputs) -> Any:
    """The document in a body that is to be altered. `Unknown` if it is none that can be."""
    if forms.kind(action.headers) == "form":
        raise Unknown("the values of a form are text, which has no bounds: deny it, or ask a person, by a condition")
    return inputs.document


def _misspelt(rule: ToolRule, key: str) -> ToolVerdict:
    reason = f"the key {_shown(key)!r} may be taken for one that tool rule {rule.number} is about"
    return ToolVerdict("deny", "argument_ambiguous", f"{reason}; write it as the rule does", rule.number)


def _glob(text: str) -> re.Pattern[str]:
    """A pattern whose `fullmatch` is the glob's. Atomic groups keep it linear on any input."""
    first, *rest = text.split("*")
    pattern = re.escape(first)
    for chunk in rest[:-1]:
        if chunk:
            pattern += f"(?>.*?{re.escape(chunk)})"
    if rest:
        # The last part is anchored at the end; where there is only one star, all of the text lies before it.
        pattern += f".*{re.escape(rest[-1])}"
    return re.compile(pattern, re.DOTALL)


def _names(pattern: str, host: str) -> bool:
    """Whether a host of a rule (an exact name, `*.name`, an address or a network) is or contains this one."""
    if pattern == host:
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    if "/" not in pattern:
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(pattern)
    except ValueError:
        return False


def _shown(text: str) -> str:
    """The agent's or the model's words, short and harmless enough for a message."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:120])
    return f"{clean}…" if len(text) > 120 else clean
