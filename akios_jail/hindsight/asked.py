"""Which rules were asked before one decided, and which of them looked at what is not recorded as it was. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from akios_jail.hindsight import placeholders
from akios_jail.policy import paths
from akios_jail.policy.action import Action, Session
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import Rule, ToolRule
from akios_jail.policy.tools import Asking, Judge


def grounds(decider: Decider, action: Action) -> tuple[Any, ...]:
    """What the allowlist has to say about a destination, wherever in the file it stands."""
    destination = decider.destination(action.host, action.port)
    if destination is None:
        return ("no rule", bool(decider.rules_for(action.host)))
    return tuple(rule._replace(number=0, line=0, description="") for rule in destination.rules)


def of_tools(rules: Iterable[ToolRule]) -> tuple[ToolRule, ...]:
    """Tool rules wherever in the file they stand."""
    return tuple(rule._replace(number=0, line=0) for rule in rules)


def by_allowlist(decider: Decider, action: Action, decided: int | None) -> Iterator[str]:
    """What the verdict on a request hangs on that is not recorded. `decided`: the number of the rule that decided."""
    destination = decider.destination(action.host, action.port)
    if destination is None or destination.unread:
        return
    index = destination.for_method(action.method)
    if placeholders.in_path(action.path) and any(paths.ANY not in rule.paths for rule in index.rules):
        yield f"the path is recorded as {action.path[:120]}, and rules are about it"
    rules = index.matching(action.path)
    if any(rule.when for rule in rules):
        yield from _by_conditions(rules, decided, placeholders.variables(action), "rule")


def by_tools_on_request(rules: tuple[ToolRule, ...], action: Action, decided: int | None) -> Iterator[str]:
    """The same for tool rules over requests."""
    about = [rule for rule in rules if not rule.tool and _is_about(rule, action)]
    if any(rule.paths and paths.ANY not in rule.paths for rule in rules if not rule.tool) and placeholders.in_path(
        action.path
    ):
        yield f"the path is recorded as {action.path[:120]}, and tool rules are about it"
    if about:
        variables = placeholders.variables(action)
        yield from _by_conditions(about, decided, variables, "tool rule")
        yield from _by_changes(about, decided, variables["request.body"])


def by_tools(rules: tuple[ToolRule, ...], asking: Asking, decided: int | None) -> Iterator[str]:
    """The same for tool rules over a call of a tool."""
    about = [rule for rule in rules if rule.tool and _is_of(rule, asking)]
    yield from _by_conditions(about, decided, {"args": asking.arguments, "tool.name": asking.name}, "tool rule")
    yield from _by_changes(about, decided, asking.arguments)


def _by_conditions(
    rules: Iterable[Rule] | Iterable[ToolRule], decided: int | None, variables: dict[str, Any], word: str
) -> Iterator[str]:
    for rule in rules:
        hidden = placeholders.looked_at(rule.when, variables) if rule.when else []
        if hidden:
            stands = "stands" if len(hidden) == 1 else "stand"
            tokens = ", ".join(hidden)
            yield f"the condition of {word} {rule.number} (`{rule.when[:120]}`) looks at what {tokens} {stands} for"
        if rule.number == decided:
            return


def _by_changes(rules: Iterable[ToolRule], decided: int | None, arguments: Any) -> Iterator[str]:
    for rule in rules:
        hidden = placeholders.of_changes(rule.changes, arguments) if rule.changes else []
        if hidden:
            yield f"tool rule {rule.number} sets bounds to what {', '.join(hidden)} stand for"
        if rule.number == decided:
            return


def _is_about(rule: ToolRule, action: Action) -> bool:
    """Whether a rule speaks of this request, whatever its condition says."""
    plain = rule._replace(when="", when_needs_body=False, action="deny", changes=())
    return Judge((plain,), Session()).http(action).rule == rule.number


def _is_of(rule: ToolRule, asking: Asking) -> bool:
    plain = rule._replace(when="", when_needs_body=False, action="deny", changes=())
    return Judge((plain,), Session()).tool(asking._replace(arguments={})).rule == rule.number
