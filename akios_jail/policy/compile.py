"""A checked policy becomes plans: every default filled in, every name, number and condition settled.

What can be decided now is decided now; what the plans do not say cannot happen.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Iterator

from akios_jail.policy import (
    compile_budget,
    compile_credentials,
    compile_pii,
    compile_routing,
    compile_tools,
    conditions,
    contradictions,
    document,
    hosts,
    inherit,
    load,
    methods,
    paths,
    profile,
    source,
    wider_rules,
)
from akios_jail.policy.contradictions import ALLOWLIST
from akios_jail.policy.document import Document
from akios_jail.policy.errors import PolicyError, Problem, nearest
from akios_jail.policy.inherit import Base
from akios_jail.policy.load import LoadedFlux
from akios_jail.policy.placing import condition_problem
from akios_jail.policy.plans import (
    EXACT_NETWORK,
    Approvals,
    BrokerPlan,
    EgressHost,
    EgressPlan,
    JailPlan,
    Mount,
    Plans,
    Routing,
    Rule,
    Source,
)
from akios_jail.policy.schema import AgentPolicy, AllowRule
from akios_jail.policy.source import File
from akios_jail.policy.wider_rules import Old

#: The first synthetic address of a name; those before it are the jail's own.
FIRST_ADDRESS = int(ipaddress.IPv4Address("198.18.0.10"))
#: So that each wildcard has 256 addresses for the names below it.
MAX_WILDCARDS = 256

_PORTS = {"https": (443,), "http": (80,), "tcp": ()}


def compile_file(path: str, flux: str = "") -> Plans:
    """The plans of the policy at `path`. `PolicyError` with every mistake that could be found in one file.

    `flux`: the path of a FluxConfig, in place of the one that the policy names.
    """
    return compile_bytes(source.read_file(path), path, source.read(flux) if flux else None)


def compile_bytes(data: bytes, name: str, flux: File | None = None) -> Plans:
    """The plans of the policy in `data`. `name` names it in messages; paths in it are relative to its folder.

    `flux`: a FluxConfig, in place of the one that the policy names; without it, that one is read.
    """
    return compiled(File(name, data), flux).plans


def compiled(file: File, flux: File | None = None, level: int = 0) -> Base:
    """The plans, and the document that they were made from with what it has from a policy that it extends.

    `level`: how many policies extend this one already. As `compile_bytes` otherwise.
    """
    name = file.name
    whole = document.read(file.data, name)
    base = inherit.base_of(whole, level, lambda below: compiled(below, None, level + 1))
    if base is not None:
        whole = inherit.merged(whole, base.document)
    policy, read = load.checked(whole)
    problems: list[Problem] = []
    rules = tuple(_rules(policy, read, problems))
    problems.extend(contradictions.in_files(read, policy))
    problems.extend(contradictions.in_environment(read, policy))
    if not problems:
        problems.extend(contradictions.between_rules(read, rules))
    problems.extend(compile_credentials.problems(read, policy, rules))
    problems.extend(compile_tools.problems(read, policy, rules))
    problems.extend(compile_pii.problems(read, policy))
    found = _profile(policy, read, problems)
    if len({rule.host for rule in rules if rule.kind == "wildcard"}) > MAX_WILDCARDS:
        problems.append(read.problem(ALLOWLIST, f"more than {MAX_WILDCARDS} different wildcard hosts"))
    named = policy.spec.governance.flux if flux is None else None
    if named is not None:
        flux = _beside(named, read, problems)
    if problems:
        raise PolicyError(name, problems)
    config = _flux(flux, policy, rules) if flux is not None else None
    pii = compile_pii.compile_pii(policy)
    if base is not None:
        before = Old(base.plans.broker.rules, base.plans.broker.pii)
        rules = tuple(wider_rules.narrowed(before, rule, pii) for rule in rules)
    approvals = policy.spec.governance.approvals
    files = [Source("policy", os.path.abspath(name), hashlib.sha256(file.data).hexdigest())]
    if base is not None:
        files += [each._replace(role="base") for each in base.plans.sources if each.role in ("policy", "base")]
    if flux is not None:
        files.append(Source("flux", os.path.abspath(flux.name), hashlib.sha256(flux.data).hexdigest()))
    if profile.is_path(found.name):
        files.append(Source("profile", found.name, found.sha256))
    if base is not None:
        mine = {each.path for each in files}
        limits = (each for each in base.plans.sources if each.role not in ("policy", "base") and each.path not in mine)
        files += [each._replace(role="limit") for each in limits]
    plans = Plans(
        name=policy.metadata.name,
        policy_sha256=files[0].sha256,
        flux_sha256=hashlib.sha256(flux.data).hexdigest() if flux is not None else "",
        jail=_jail(policy, found),
        egress=_egress(rules),
        broker=BrokerPlan(
            rules=rules,
            budget=compile_budget.compile_budget(policy, config.flux if config is not None else None),
            pii=pii,
            monitoring=policy.spec.governance.monitoring,
            routing=compile_routing.compile_routing(config.document, config.flux) if config is not None else Routing(),
            credentials=compile_credentials.compile_credentials(policy),
            tools=compile_tools.compile_tools(read, policy),
            approvals=Approvals(approvals.prompt, approvals.webhook or ""),
        ),
        sources=tuple(files),
        expires=_expires(policy, config, base),
    )
    if base is not None and (beyond := inherit.problems(read, plans, base)):
        raise PolicyError(name, beyond)
    return Base(plans, read)


def _expires(policy: AgentPolicy, config: LoadedFlux | None, base: Base | None) -> float | None:
    """The first of the days on which something that it is made of ends."""
    days = [policy.metadata.expires, config.flux.metadata.expires if config is not None else None]
    days.append(base.plans.expires if base is not None else None)
    return min((day for day in days if day is not None), default=None)


def check_flux(flux: File) -> LoadedFlux:
    """The FluxConfig in `flux`, right as far as that can be said without a policy. `PolicyError` otherwise."""
    config = load.parse_flux(flux.data, flux.name)
    problems = list(compile_budget.problems(config.document, config.flux))
    problems += compile_routing.problems(config.document, config.flux)
    if problems:
        raise PolicyError(flux.name, problems)
    return config


def _flux(flux: File, policy: AgentPolicy, rules: tuple[Rule, ...]) -> LoadedFlux:
    """The FluxConfig in `flux`, right also beside this policy with its rules. `PolicyError` otherwise."""
    config = check_flux(flux)
    problems = list(compile_budget.beside(config.document, config.flux, policy))
    problems += compile_routing.beside(config.document, config.flux, rules)
    if problems:
        raise PolicyError(flux.name, problems)
    return config


def _beside(path: str, read: Document, problems: list[Problem]) -> File | None:
    """The FluxConfig that the policy names; that it cannot be read, or is none, is a mistake of the policy."""
    found = source.beside(read.source, path)
    try:
        flux = source.read(found)
        if load.kind_of(flux.data, found) != "FluxConfig":
            load.parse_flux(flux.data, found)
    except PolicyError as error:
        message = str(error).partition("\n")[0]  # with the place in that file
        problems.append(read.problem(("spec", "governance", "flux"), message, error.problems[0].hint))
        return None
    return flux


def _rules(policy: AgentPolicy, read: Document, problems: list[Problem]) -> Iterator[Rule]:
    for number, rule in enumerate(policy.spec.governance.network_access.allowlist):
        problems.extend(contradictions.in_rule(read, number, rule))
        needs_body = False
        if rule.when is not None:
            try:
                needs_body = conditions.compile_condition(rule.when).needs_body
            except conditions.ConditionError as error:
                problems.append(condition_problem(read, (*ALLOWLIST, number, "when"), rule.when, error))
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
        pii=rule.pii or "",
    )


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
        observed=policy.spec.trace.processes == "on",
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
