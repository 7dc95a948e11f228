"""May the agent do this? The one decision that everything else prepares or carries out.

Pure: a plan and an action in, a verdict out. The first rule that matches decides; what no rule matches is denied, with
the nearest reason. A condition that has no answer denies at once: whether its rule would have been the first to match
cannot be known then.

Of one destination (host and port) the first rule that names it says how it is handled (https read or passed through,
http, tcp), exactly as the jail's network does; rules of another handling do not speak of it.
"""

from __future__ import annotations

import ipaddress

from akios_jail.policy import conditions, hosts, methods, overrides, paths
from akios_jail.policy.action import Action
from akios_jail.policy.conditions import Condition, Inputs, Unknown
from akios_jail.policy.destinations import Destination, PathIndex
from akios_jail.policy.lookalikes import Spellings
from akios_jail.policy.plans import BrokerPlan, Rule
from akios_jail.policy.verdict import Verdict

#: Destinations remembered by a decider; names under wildcards are the agent's choice, so there must be an end.
_REMEMBERED = 4096


class Decider:
    """A plan made ready for quick decisions: rules by host, conditions compiled. One for a session, kept."""

    def __init__(self, plan: BrokerPlan) -> None:
        self.plan = plan
        self._by_name: dict[str, list[Rule]] = {}
        self._networks = hosts.NetworkIndex[Rule]()
        self._conditions: dict[int, Condition] = {}
        self._spellings: dict[int, Spellings] = {}  # of those that look at the body
        self._destinations: dict[tuple[str, int], Destination | None] = {}
        self._reads_bodies = False
        for rule in plan.rules:
            if rule.kind == "cidr":
                self._networks.add(rule.host, rule)
            else:
                self._by_name.setdefault(rule.host, []).append(rule)
            if rule.when:
                self._conditions[rule.number] = condition = conditions.compile_condition(rule.when)
                if condition.needs_body:
                    self._reads_bodies = True
                    self._spellings[rule.number] = Spellings(rule.when)

    def destination(self, host: str, port: int) -> Destination | None:
        """What the rules say about this host and port; None if no rule names it."""
        key = (host, port)
        try:
            return self._destinations[key]
        except KeyError:
            pass
        rules = [rule for rule in self.rules_for(host) if port in rule.ports]
        found = Destination(rules) if rules else None
        if len(self._destinations) >= _REMEMBERED:
            self._destinations.clear()
        self._destinations[key] = found
        return found

    def rules_for(self, host: str) -> list[Rule]:
        """All rules that name this host, in order, whatever their ports."""
        found = list(self._by_name.get(host, ()))
        if _is_address(host):
            found += self._networks.containing(host)
        else:
            dot = host.find(".")
            while dot >= 0:
                found += self._by_name.get("*" + host[dot:], ())
                dot = host.find(".", dot + 1)
        return sorted(found, key=lambda rule: rule.number)

    def decide(self, action: Action) -> Verdict:
        """The verdict: allow with the number of the first matching rule, or deny with the nearest reason."""
        destination = self.destination(action.host, action.port)
        if destination is None:
            return self._unknown_destination(action)
        refusal = _mismatch(destination, action)
        if refusal is not None:
            return refusal
        if destination.unread:
            rule = destination.rules[0]
            return Verdict("allow", "allowed", f"rule {rule.number} allows {_end(action)}", rule.number)
        index = destination.for_method(action.method)
        if not index.rules:
            return _method_refused(destination, action)
        matching = index.matching(action.path)
        if not matching:
            return _path_refused(index, action)
        if (other := _overriding(destination, action)) is not None:
            reason = f"the field _method asks for {other}, which no rule allows for this path at {_end(action)}"
            return Verdict("deny", "override_refused", reason)
        inputs = inputs_of(action) if self._conditions else None
        for rule in matching:
            condition = self._conditions.get(rule.number)
            if condition is not None and inputs is not None:
                if condition.needs_body and (key := self._spellings[rule.number].among(inputs.keys)) is not None:
                    return _misspelt(rule, key)
                try:
                    if condition.holds(inputs) is not True:
                        continue
                except Unknown as unknown:
                    where = f"rule {rule.number} (line {rule.line})" if rule.line else f"rule {rule.number}"
                    reason = f"the condition of {where} has no answer for this request: {unknown}"
                    return Verdict("deny", "condition_error", reason, rule.number)
            reason = f"rule {rule.number} allows {action.method} at {_end(action)}"
            return Verdict("allow", "allowed", reason, rule.number)
        numbers = ", ".join(str(rule.number) for rule in matching[:5])
        reason = f"the condition of rule {numbers} does not hold for this request"
        return Verdict("deny", "condition_false", reason)

    def needs_body(self, action: Action) -> bool:
        """Whether `decide` would look at the request's body, so that it must be read first."""
        if not self._reads_bodies:
            return False
        destination = self.destination(action.host, action.port)
        if destination is None or _mismatch(destination, action) or destination.unread:
            return False
        inputs = inputs_of(action)
        for rule in destination.for_method(action.method).matching(action.path):
            condition = self._conditions.get(rule.number)
            if condition is None:
                return False
            if condition.needs_body:
                return True
            try:
                if condition.holds(inputs) is True:
                    return False
            except Unknown:
                return False
        return False

    def needs_form(self, action: Action) -> bool:
        """Whether `decide` would look for a field `_method` in the request's body, so that it must be read first."""
        destination = self.destination(action.host, action.port)
        if destination is None or destination.unread or not overrides.may_be_in_body(action):
            return False
        return any(methods.ANY not in rule.methods for rule in destination.rules)

    def holds(self, rule: Rule, action: Action) -> bool:
        """Whether the condition of a rule of this plan is true of an action; without a condition, it is.

        `conditions.Unknown` if that cannot be said.
        """
        condition = self._conditions.get(rule.number)
        return condition is None or condition.holds(inputs_of(action)) is True

    def _unknown_destination(self, action: Action) -> Verdict:
        rules = self.rules_for(action.host)
        if not rules:
            return Verdict("deny", "host_not_allowed", f"no rule names the host {_shown(action.host)}")
        ports = sorted({port for rule in rules for port in rule.ports})
        listed = ", ".join(str(port) for port in ports[:8])
        reason = f"{_shown(action.host)} may be reached at port {listed}, not at {action.port} (rule {rules[0].number})"
        return Verdict("deny", "port_not_allowed", reason)


def inputs_of(action: Action) -> Inputs:
    """The variables of conditions for this action."""
    return Inputs(
        action.method,
        action.host,
        action.port,
        action.path,
        action.query,
        tuple(action.headers),
        action.body,
        action.session.id,
        action.session.name,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _mismatch(destination: Destination, action: Action) -> Verdict | None:
    """The refusal of an action that is not of the kind that its destination is for."""
    number = destination.rules[0].number
    if destination.protocol != action.protocol:
        reason = f"{_end(action)} is for {destination.protocol} (rule {number}), not for {_shown(action.protocol)}"
        return Verdict("deny", "protocol_not_allowed", reason)
    if destination.unread and action.method:
        reason = f"{_end(action)} is passed through unread (rule {number}): no request there can be decided on"
        return Verdict("deny", "protocol_not_allowed", reason)
    return None


def _method_refused(destination: Destination, action: Action) -> Verdict:
    allowed = sorted({method for rule in destination.rules for method in rule.methods})
    numbers = ", ".join(str(rule.number) for rule in destination.rules[:5])
    listed = "any method but CONNECT and TRACE" if methods.ANY in allowed else "only " + ", ".join(allowed)
    reason = f"{_end(action)} allows {listed} (rule {numbers}), not {_shown(action.method) or 'an unread connection'}"
    return Verdict("deny", "method_not_allowed", reason)


def _overriding(destination: Destination, action: Action) -> str | None:
    """A method that some server may take this request for, and that no rule allows for its path."""
    for method in overrides.asked(action):
        known = method in methods.KNOWN or method in methods.NEVER
        if known and method != action.method and not destination.for_method(method).matching(action.path):
            return method
    return None


def _misspelt(rule: Rule, key: str) -> Verdict:
    reason = f"the key {_shown(key)!r} may be taken for one that the condition of rule {rule.number} is about"
    return Verdict("deny", "argument_ambiguous", f"{reason}; write it as the rule does", rule.number)


def _path_refused(index: PathIndex, action: Action) -> Verdict:
    if paths.plain(action.path) is None:
        reason = f"the path {_shown(action.path)} does not mean one thing to every server, and the rules restrict paths"
        return Verdict("deny", "path_not_allowed", reason)
    globs = [glob for rule in index.rules[:3] for glob in rule.paths][:3]
    more = ", …" if sum(len(rule.paths) for rule in index.rules) > len(globs) else ""
    reason = f"no rule allows {action.method} at {_end(action)} for the path {_shown(action.path)}"
    return Verdict("deny", "path_not_allowed", f"{reason}, only for {', '.join(globs)}{more}")


def _end(action: Action) -> str:
    host = f"[{action.host}]" if ":" in action.host else action.host
    return f"{_shown(host)}:{action.port}"


def _shown(text: str) -> str:
    """The agent's words, short and harmless enough for a message that people and logs will read."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:120])
    return f"{clean}…" if len(text) > 120 else clean


_DECIDERS: dict[int, Decider] = {}


def decide(plan: BrokerPlan, action: Action) -> Verdict:
    """The verdict of `plan` on `action`. Keeps the plan's `Decider` for the next call with the same object."""
    decider = _DECIDERS.get(id(plan))
    if decider is None or decider.plan is not plan:
        if len(_DECIDERS) >= 64:
            _DECIDERS.clear()
        decider = _DECIDERS[id(plan)] = Decider(plan)
    return decider.decide(action)
