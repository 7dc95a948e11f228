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


class ToolRules:
    """The tool rules of a plan whose verdict can hang on what is not recorded: those with a condition or bounds."""

    def __init__(self, rules: tuple[ToolRule, ...]) -> None:
        self._web = [(rule, _about(rule)) for rule in rules if not rule.tool and (rule.when or rule.changes)]
        self._tools = [(rule, _about(rule)) for rule in rules if rule.tool and (rule.when or rule.changes)]
        self._by_path = any(rule.paths and paths.ANY not in rule.paths for rule in rules if not rule.tool)

    def on_request(self, action: Action, decided: int | None) -> Iterator[str]:
        """What the verdict on a request hangs on."""
        if self._by_path and placeholders.in_path(action.path):
            yield f"the path is recorded as {action.path[:120]}, and tool rules are about it"
        about = [rule for rule, judge in self._web if judge.http(action).rule == rule.number]
        if about:
            variables = placeholders.variables(action)
            yield from _by_conditions(about, decided, variables, "tool rule")
            yield from _by_changes(about, decided, variables["request.body"])

    def on_call(self, asking: Asking, decided: int | None) -> Iterator[str]:
        """What the verdict on a call of a tool hangs on."""
        bare = asking._replace(arguments={})
        about = [rule for rule, judge in self._tools if judge.tool(bare).rule == rule.number]
        yield from _by_conditions(about, decided, {"args": asking.arguments, "tool.name": asking.name}, "tool rule")
        yield from _by_changes(about, decided, asking.arguments)


def _about(rule: ToolRule) -> Judge:
    """Says whether a rule speaks of something, whatever its condition says."""
    return Judge((rule._replace(when="", when_needs_body=False, action="deny", changes=()),), Session())


def _by_conditions(
    rules: Iterable[Rule] | Iterable[ToolRule], decided: int | None, variables: dict[str, Any], word: str
) -> Iterator[str]:
    for rule in rules:
        hidden = placeholders.looked_at(rule.when, variables) if rule.when else []
        if hidden:
            stands = "stands" if len(hidden) == 1 else "stand"
            tokens = ", ".join(hidden)
            yield f"the condition of {word} {rule.number} (`{rule.when[:120]}`) looks at what {tokens} {stands} for"
        if decided is not None and rule.number >= decided:
            return


def _by_changes(rules: Iterable[ToolRule], decided: int | None, arguments: Any) -> Iterator[str]:
    for rule in rules:
        hidden = placeholders.of_changes(rule.changes, arguments) if rule.changes else []
        if hidden:
            yield f"tool rule {rule.number} sets bounds to what {', '.join(hidden)} stand for"
        if decided is not None and rule.number >= decided:
            return
