"""Rules over tools and requests as plans, and what such rules say that cannot be meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from akios_jail.policy import conditions, methods, paths
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem
from akios_jail.policy.named import Named, readable
from akios_jail.policy.placing import condition_problem
from akios_jail.policy.plans import Change, Rule
from akios_jail.policy.plans import ToolRule as ToolRulePlan
from akios_jail.policy.schema import AgentPolicy
from akios_jail.policy.tools_schema import APPROVAL_S, Bounds, HttpMatch, ToolRule

TOOLS: Path = ("spec", "governance", "tools")


def compile_tools(read: Document, policy: AgentPolicy) -> tuple[ToolRulePlan, ...]:
    """The plans of rules in which `problems` has found nothing."""
    return tuple(_plan(read, number, rule) for number, rule in enumerate(policy.spec.governance.tools))


def _plan(read: Document, number: int, rule: ToolRule) -> ToolRulePlan:
    http = rule.http or HttpMatch()
    changes = [_change(name, bounds) for name, bounds in (rule.modify or {}).items()]
    return ToolRulePlan(
        number=number + 1,
        tool=rule.tool or "",
        hosts=tuple(http.hosts or ()),
        methods=tuple(http.methods or ()),
        paths=tuple(http.paths or ()),
        when=rule.when or "",
        when_needs_body=bool(rule.when and rule.http and conditions.compile_condition(rule.when).needs_body),
        action=rule.action,
        changes=tuple(changes),
        timeout_s=rule.timeout or APPROVAL_S,
        reason=rule.reason,
        line=read.positions[(*TOOLS, number)].line,
    )


def _change(name: str, bounds: Bounds) -> Change:
    value = _json(bounds.value) if "value" in bounds.model_fields_set else None
    return Change(tuple(name.split(".")), bounds.min, bounds.max, value)


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """The value without Decimals. `ValueError` for a number that JSON's readers would change."""
    if isinstance(value, Decimal):
        number = float(value) if abs(value) < Decimal("1e300") else 0.0
        if Decimal(repr(number)) != value:
            raise ValueError(f"{value} has more digits than numbers in JSON keep")
        return number
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def problems(read: Document, policy: AgentPolicy, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """What each rule combines that does not go together, and rules that can never decide."""
    named = Named(readable(rules))
    before: list[tuple[int, ToolRule]] = []
    for number, rule in enumerate(policy.spec.governance.tools):
        path = (*TOOLS, number)
        yield from _about(read, path, rule)
        yield from _action(read, path, rule)
        yield from _condition(read, path, rule)
        if rule.http is not None:
            yield from _request(read, (*path, "http"), rule.http, named)
        inherited = read.positions[path] == read.positions.get(("extends",))
        earlier = next((place for place, wide in before if _covers(wide, rule)), None)
        if earlier is None or inherited:  # a stricter rule in front of one that is inherited narrows it
            before.append((number, rule))
            continue
        line = read.positions[(*TOOLS, earlier)].line
        under = (
            "without a condition" if policy.spec.governance.tools[earlier].when is None else "under the same condition"
        )
        message = f"this rule can never decide: rule {earlier + 1} (line {line}) covers it, {under}"
        yield read.problem(path, message, "Put the more specific rule first, or take it out.")


def _about(read: Document, path: Path, rule: ToolRule) -> Iterator[Problem]:
    if rule.tool is None and rule.http is None:
        yield read.problem(path, "this rule is about nothing", "Write `tool` with a name, or `http`.")
    if rule.tool is not None and rule.http is not None:
        hint = "Write two rules."
        yield read.problem((*path, "http"), "a rule is about tools or about requests, not both", hint, at_key=True)


def _condition(read: Document, path: Path, rule: ToolRule) -> Iterator[Problem]:
    if rule.when is None:
        return
    try:
        conditions.compile_in("tool" if rule.http is None else "request", rule.when)
    except conditions.ConditionError as error:
        yield condition_problem(read, (*path, "when"), rule.when, error)


def _action(read: Document, path: Path, rule: ToolRule) -> Iterator[Problem]:
    """Keys that belong to one action only."""
    if rule.timeout is not None and rule.action != "require_approval":
        message = f"`timeout` is how long a person has, and the action is {rule.action}"
        yield read.problem((*path, "timeout"), message, "Take it out, or write action: require_approval.", at_key=True)
    if rule.modify is None:
        if rule.action == "modify":
            hint = "Write what becomes of which argument, such as modify: {limit: {max: 100}}."
            yield read.problem((*path, "action"), "`modify` is missing: what is to be changed?", hint)
        return
    if rule.action != "modify":
        message = f"`modify` says what to change, and the action is {rule.action}"
        yield read.problem((*path, "modify"), message, "Take it out, or write action: modify.", at_key=True)
    names = list(rule.modify)
    for name, bounds in rule.modify.items():
        where = (*path, "modify", name)
        yield from _bounds(read, where, bounds)
        outer = next((other for other in names if name.startswith(f"{other}.")), None)
        if outer is not None:
            yield read.problem(where, f"{name} lies within {outer}, which is changed too", "Keep one.", at_key=True)


def _bounds(read: Document, path: Path, bounds: Bounds) -> Iterator[Problem]:
    given = bounds.model_fields_set
    if not given:
        yield read.problem(path, "this changes nothing", "Write `max`, `min` or `value`.")
    if "value" in given:
        for key in ("max", "min"):
            if key in given:
                message = f"`value` sets the argument whatever it was, so that `{key}` says nothing"
                yield read.problem((*path, key), message, "Keep one.", at_key=True)
        try:
            _json(bounds.value)
        except (ValueError, RecursionError) as error:
            yield read.problem((*path, "value"), str(error))
    if bounds.max is not None and bounds.min is not None and bounds.max < bounds.min:
        yield read.problem((*path, "max"), "the most is less than the least", "Change one of them.")


def _request(read: Document, path: Path, http: HttpMatch, named: Named) -> Iterator[Problem]:
    if http.hosts is None and http.methods is None and http.paths is None:
        yield read.problem(path, "this is about every request", "Name hosts, methods or paths.")
    for key in ("hosts", "methods", "paths"):
        values: list[str] = getattr(http, key) or []
        for place, value in enumerate(values):
            if value in values[:place]:
                yield read.problem((*path, key, place), f"{value} is listed twice", "Keep one.")
    for place, host in enumerate(http.hosts or ()):
        if not named.overlaps(host):
            message = f"no rule of the allowlist lets AKIOS read requests to {host}, so that this could never match"
            hint = "Allow the host under network_access.allowlist, or take it out here."
            yield read.problem((*path, "hosts", place), message, hint)


def _covers(wide: ToolRule, narrow: ToolRule) -> bool:
    """Whether every action that `narrow` matches is certainly matched by `wide` too.

    A rule that restricts also takes in look-alikes of what it names, and one that allows does not: after `read_file`
    was allowed, a rule that denies `read_file` still decides about `Read_File`.
    """
    if wide.when is not None and wide.when != narrow.when:
        return False
    if wide.action == "allow" != narrow.action and not _names_all(wide):
        return False
    if wide.tool is not None:
        return narrow.tool is not None and _glob(wide.tool, narrow.tool)
    if wide.http is None or narrow.http is None:
        return False
    return (
        (wide.http.hosts is None or set(narrow.http.hosts or ("",)) <= set(wide.http.hosts))
        and (
            wide.http.methods is None
            or _any(wide.http.methods)
            or set(narrow.http.methods or ("",)) <= set(wide.http.methods)
        )
        and (wide.http.paths is None or paths.covers(tuple(wide.http.paths), tuple(narrow.http.paths or (paths.ANY,))))
    )


def _names_all(rule: ToolRule) -> bool:
    """Whether what a rule is about has no spelling that could be another's look-alike: everything, or hosts."""
    if rule.http is None:
        return not (rule.tool or "").strip("*")
    return rule.http.methods is None and (rule.http.paths is None or paths.ANY in rule.http.paths)


def _any(allowed: list[str]) -> bool:
    return methods.ANY in allowed


def _glob(wide: str, narrow: str) -> bool:
    """Whether a glob takes in all that another does: what its stars take from the other may well be stars."""
    first, *rest = wide.split("*")
    if not rest:
        return wide == narrow
    if not narrow.startswith(first):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = narrow.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return narrow.endswith(rest[-1]) and len(narrow) - len(rest[-1]) >= place
