"""A checked policy becomes plans: every default filled in, every name, number and condition settled.

What can be decided now is decided now; what the plans do not say cannot happen.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Iterator

from akios_jail.policy import conditions, contradictions, hosts, load, methods, paths, profile, source
from akios_jail.policy.contradictions import ALLOWLIST
from akios_jail.policy.document import Document, printable
from akios_jail.policy.errors import PolicyError, Problem, nearest
from akios_jail.policy.plans import (
    EXACT_NETWORK,
    BrokerPlan,
    Budget,
    EgressHost,
    EgressPlan,
    JailPlan,
    Limit,
    Mount,
    Pii,
    Plans,
    Rule,
)
from akios_jail.policy.schema import AgentPolicy, AllowRule

#: The first synthetic address of a name; those before it are the jail's own.
FIRST_ADDRESS = int(ipaddress.IPv4Address("198.18.0.10"))
#: So that each wildcard has 256 addresses for the names below it.
MAX_WILDCARDS = 256

_PORTS = {"https": (443,), "http": (80,), "tcp": ()}


def compile_file(path: str) -> Plans:
    """The plans of the policy at `path`. `PolicyError` with every mistake that could be found."""
    return compile_bytes(source.read_file(path), path)


def compile_bytes(data: bytes, name: str) -> Plans:
    """The plans of the policy in `data`. `name` names it in messages; paths in it are relative to its folder."""
    loaded = load.parse(data, name)
    policy, read = loaded
    problems: list[Problem] = []
    rules = tuple(_rules(policy, read, problems))
    problems.extend(contradictions.in_files(read, policy))
    problems.extend(contradictions.in_environment(read, policy))
    if not problems:
        problems.extend(contradictions.between_rules(read, rules))
    found = _profile(policy, read, problems)
    wildcards = {rule.host for rule in rules if rule.kind == "wildcard"}
    if len(wildcards) > MAX_WILDCARDS:
        problems.append(read.problem(ALLOWLIST, f"more than {MAX_WILDCARDS} different wildcard hosts"))
    if problems:
        raise PolicyError(name, problems)
    return Plans(
        name=policy.metadata.name,
        policy_sha256=hashlib.sha256(data).hexdigest(),
        flux_sha256="",
        jail=_jail(policy, found),
        egress=_egress(rules),
        broker=BrokerPlan(rules, _budget(policy), _pii(policy)),
    )


def _rules(policy: AgentPolicy, read: Document, problems: list[Problem]) -> Iterator[Rule]:
    for number, rule in enumerate(policy.spec.governance.network_access.allowlist):
        problems.extend(contradictions.in_rule(read, number, rule))
        needs_body = False
        if rule.when is not None:
            try:
                needs_body = conditions.compile_condition(rule.when).needs_body
            except conditions.ConditionError as error:
                problems.append(_condition_problem(read, number, rule.when, error))
        yield _rule(number, rule, read, needs_body)


def _rule(number: int, rule: AllowRule, read: Document, needs_body: bool) -> Rule:
    host = hosts.parse(rule.host)
    unread = rule.protocol == "tcp" or rule.tls == "passthrough"
    position = read.positions[(*ALLOWLIST, number)]
    return Rule(
        number=number + 1,
        host=host.text,
        kind=host.kind,
        ports=tuple(rule.ports) if rule.ports is not None else _PORTS[rule.protocol],
        protocol=rule.protocol,
        tls=rule.tls if rule.protocol == "https" else "",
        methods=() if unread else tuple(rule.methods or methods.DEFAULT),
        paths=() if unread else tuple(rule.paths or (paths.ANY,)),
        when=rule.when or "",
        when_needs_body=needs_body,
        addresses=tuple(rule.addresses),
        description=rule.description,
        line=position.line,
    )


def _condition_problem(read: Document, number: int, source: str, error: conditions.ConditionError) -> Problem:
    """The mistake in a condition; it points into the expression where that stands plainly on the line of its key."""
    problem = read.problem((*ALLOWLIST, number, "when"), printable(str(error)))
    if error.line == 1 and "\n" not in source:
        start = problem.excerpt.find(source)
        if start >= 0:
            return problem._replace(column=start + error.column)
    if not error.line:
        return problem
    return problem._replace(hint=f"In line {error.line}, column {error.column} of the condition.")


def _profile(policy: AgentPolicy, read: Document, problems: list[Problem]) -> profile.Profile:
    name = policy.spec.seccomp.profile
    try:
        return profile.find(name, os.path.dirname(os.path.abspath(read.source)))
    except OSError as error:
        shipped = profile.shipped()
        meant = nearest(name, shipped)
        hint = f"Did you mean {meant}?" if meant else f"AKIOS comes with {', '.join(shipped)}; a path names your own."
        reason = f": {error.strerror}" if error.strerror else ""
        where = ("spec", "seccomp", "profile")
        problems.append(read.problem(where, f"there is no system call profile {name!r}{reason}", hint))
        return profile.Profile(name, "")


def _jail(policy: AgentPolicy, found: profile.Profile) -> JailPlan:
    files, resources, environment = policy.spec.filesystem, policy.spec.resources, policy.spec.environment
    mounts = [Mount(path, "ro") for path in files.read] + [Mount(path, "rw") for path in files.write]
    return JailPlan(
        workspace=files.workspace.path,
        workspace_access=files.workspace.access,
        mounts=tuple(mounts),
        memory_bytes=resources.memory,
        cpus=resources.cpus,
        pids=resources.pids,
        io_bytes_s=resources.io,
        open_files=resources.open_files,
        file_size_bytes=resources.file_size,
        tmp_bytes=resources.tmp,
        wall_time_s=resources.wall_time,
        limits_optional=resources.optional,
        env_pass=tuple(environment.pass_),
        env_set=tuple(environment.set.items()),
        seccomp_profile=found.name,
        seccomp_sha256=found.sha256,
    )


def _egress(rules: tuple[Rule, ...]) -> EgressPlan:
    """One entry for each host and port, in the order of the rules: of overlapping entries the first decides."""
    addresses: dict[str, str] = {}
    entries: dict[tuple[str, int], EgressHost] = {}
    for rule in rules:
        if rule.kind == "exact" and rule.host not in addresses:
            addresses[rule.host] = str(ipaddress.IPv4Address(FIRST_ADDRESS + len(addresses)))
        address = addresses[rule.host] if rule.kind == "exact" else "" if rule.kind == "wildcard" else rule.host
        for port in rule.ports:
            entries.setdefault((rule.host, port), EgressHost(rule.host, rule.kind, address, port, rule.protocol))
    last = FIRST_ADDRESS + len(addresses) - 1
    if last > int(ipaddress.IPv4Network(EXACT_NETWORK).broadcast_address):
        raise AssertionError("the schema bounds the number of rules below the number of addresses")
    return EgressPlan(tuple(entries.values()))


def _budget(policy: AgentPolicy) -> Budget:
    budget = policy.spec.governance.budget
    limits: list[Limit] = []
    if budget.max_cost_per_session is not None or budget.max_tokens_per_session is not None:
        cost, tokens = budget.max_cost_per_session, budget.max_tokens_per_session
        limits.append(Limit("session", cost, tokens, "refuse", 0.0, "policy"))
    if budget.max_tokens_per_minute is not None:
        limits.append(Limit("minute", None, budget.max_tokens_per_minute, "throttle", 20.0, "policy"))
    return Budget(tuple(limits), shared_by=policy.metadata.name)


def _pii(policy: AgentPolicy) -> Pii:
    handling = policy.spec.governance.pii_handling
    return Pii(handling.mode, tuple(dict.fromkeys(handling.fields)) if handling.mode != "off" else ())
