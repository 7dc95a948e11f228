"""The model routing of a FluxConfig as plans, and routes that no rule of the policy would let through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from akios_jail.policy import conditions, methods, paths
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem, nearest
from akios_jail.policy.flux_schema import FluxConfig, RoutingRule
from akios_jail.policy.flux_schema import Target as TargetKeys
from akios_jail.policy.named import Named, readable
from akios_jail.policy.placing import condition_problem
from akios_jail.policy.plans import Route, Routing, Rule, Target

_RULES: Path = ("spec", "model_routing", "rules")
#: What `task.complexity` can be; what it is for a call is found out in `flux`.
COMPLEXITIES: Final = ("lookup", "reasoning", "analysis")
_COMPARED: Final = re.compile(
    r"""(["'])(?P<before>\w*)\1\s*[!=]=\s*task\.complexity\b|\btask\.complexity\s*[!=]=\s*(["'])(?P<after>\w*)\3"""
)


def compile_routing(read: Document, flux: FluxConfig) -> Routing:
    """The plans of a routing in which `problems` has found nothing."""
    routing, scheduling = flux.spec.model_routing, flux.spec.scheduling
    return Routing(
        routes=tuple(_route(read, number, rule) for number, rule in enumerate(routing.rules)),
        trust_header=routing.trust_header,
        predictive=scheduling.predictive_scaling,
        look_ahead_s=scheduling.look_ahead_seconds,
        context_packing=scheduling.context_packing,
        spot=scheduling.spot_instance_fallback,
    )


def _route(read: Document, number: int, rule: RoutingRule) -> Route:
    return Route(
        number=number + 1,
        condition=rule.condition or "",
        target=_target(rule),
        max_retries=rule.max_retries,
        fallbacks=tuple(map(_target, rule.fallbacks)),
        reason=rule.reason,
        line=read.positions[(*_RULES, number)].line,
    )


def _target(keys: RoutingRule | TargetKeys) -> Target:
    return Target(keys.model or "", keys.host or "", keys.path or "")


def problems(read: Document, flux: FluxConfig) -> Iterator[Problem]:
    """What is wrong with the routing whatever the policy says."""
    before: dict[str | None, int] = {}
    for number, rule in enumerate(flux.spec.model_routing.rules):
        path = (*_RULES, number)
        if rule.condition is not None:
            try:
                conditions.compile_in("routing", rule.condition)
            except conditions.ConditionError as error:
                yield condition_problem(read, (*path, "condition"), rule.condition, error)
            else:
                yield from _misspelt(read, (*path, "condition"), rule.condition)
        if not (rule.model or rule.host or rule.path or rule.fallbacks or rule.max_retries):
            yield read.problem(path, "this rule changes nothing", "Write `model`, for example.")
        yield from _of_target(read, path, rule)
        for place, fallback in enumerate(rule.fallbacks):
            where = (*path, "fallbacks", place)
            if fallback.model is None and fallback.host is None:
                yield read.problem(where, "this is what failed already", "Write another `model` or `host`.")
            elif _target(fallback) in (_target(rule), *map(_target, rule.fallbacks[:place])):
                yield read.problem(where, "this is tried already", "Take it out; `max_retries` tries again.")
            yield from _of_target(read, where, fallback)
        earlier = before.get(None, before.get(rule.condition))
        if earlier is not None:
            line = read.positions[(*_RULES, earlier)].line
            why = "has no condition" if None in before else "has the same condition"
            message = f"this rule can never decide: rule {earlier + 1} (line {line}) {why}"
            yield read.problem(path, message, "Put the rule without a condition last, or take one of them out.")
        before.setdefault(rule.condition, number)


def _misspelt(read: Document, path: Path, condition: str) -> Iterator[Problem]:
    """Comparisons with what no task is: CEL finds nothing wrong with them, and their rule never decides."""
    for found in _COMPARED.finditer(condition):
        word = found["after"] if found["before"] is None else found["before"]
        if word not in COMPLEXITIES:
            message = f"a task is {' or '.join(COMPLEXITIES)}, and never {word!r}"
            before_it = condition[: found.start()]
            line, column = before_it.count("\n") + 1, found.start() - before_it.rfind("\n")
            problem = condition_problem(read, path, condition, conditions.ConditionError(message, line, column))
            meant = nearest(word, COMPLEXITIES)
            yield problem._replace(hint=f"Did you mean {meant}?") if meant else problem


def _of_target(read: Document, path: Path, keys: RoutingRule | TargetKeys) -> Iterator[Problem]:
    if keys.path is not None and keys.host is None:
        message = "a path is one of a host, and none is named"
        yield read.problem((*path, "path"), message, "Write `host` too.", at_key=True)


def beside(read: Document, flux: FluxConfig, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """Targets that the policy does not allow: a call sent there would be refused when it is too late to choose."""
    named = Named(readable(rules))
    for number, rule in enumerate(flux.spec.model_routing.rules):
        path = (*_RULES, number)
        targets = [(path, _target(rule))]
        targets += [((*path, "fallbacks", place), _target(other)) for place, other in enumerate(rule.fallbacks)]
        for where, target in targets:
            if target.host:
                yield from _refused(read, where, target, named.rules_of(target.host))


def _refused(read: Document, path: Path, target: Target, rules: list[Rule]) -> Iterator[Problem]:
    if not rules:
        message = f"no rule of the policy lets requests to {target.host} be made and read"
        hint = "Allow it there under network_access.allowlist, with POST, or route to another host."
        yield read.problem((*path, "host"), message, hint)
        return
    posting = [rule for rule in rules if methods.matches(rule.methods, "POST")]
    if not posting:
        numbers = ", ".join(str(rule.number) for rule in rules[:5])
        message = f"the policy does not allow POST to {target.host} (rule {numbers})"
        yield read.problem((*path, "host"), message, "Models are asked with POST: allow it there.")
    elif target.path and not any(paths.matches(rule.paths, target.path) for rule in posting):
        message = f"no rule of the policy allows POST to {target.host} for this path"
        yield read.problem((*path, "path"), message, "Allow it there, or write another path.")
