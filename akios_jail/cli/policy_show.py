"""What a policy comes to, in lines that a person reads: `akios policy show`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from akios_jail.cli.style import paint, printable
from akios_jail.policy import quantities
from akios_jail.policy.plans import (
    Approvals,
    BrokerPlan,
    Budget,
    Change,
    Credential,
    JailPlan,
    Limit,
    Pii,
    Plans,
    Price,
    Routing,
    Rule,
    Secret,
    Target,
    ToolRule,
)


def print_plans(plans: Plans, file: str) -> None:
    """Print what a policy comes to. Nothing of a credential but where it is kept."""
    broker = plans.broker
    print(paint(plans.name, "strong", sys.stdout), printable(file))
    print(paint(f"sha256 {plans.policy_sha256}", "quiet", sys.stdout))
    if plans.flux_sha256:
        print(paint(f"flux sha256 {plans.flux_sha256}", "quiet", sys.stdout))
    section("network", _network(broker.rules))
    section("governance", table(_governance(broker)))
    if broker.budget.prices:
        section("prices", table([_price(price) for price in broker.budget.prices]))
    if broker.routing.active or broker.routing.predictive:
        section("models", _routing(broker.routing))
    if broker.credentials:
        section("credentials", table([row for each in broker.credentials for row in _credential(each)]))
    if broker.tools:
        section("tools", _tools(broker.tools))
    section("files", table(_files(plans.jail)))
    section("limits", table(_limits(plans.jail)))
    section("environment and system calls", table(_process(plans.jail)))


def section(title: str, lines: Iterable[str]) -> None:
    """Print a title and, indented, what stands under it."""
    print(f"\n{paint(title, 'strong', sys.stdout)}")
    for line in lines:
        print(f"  {printable(line)}".rstrip())


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, every column but the last as wide as its widest cell."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _network(rules: tuple[Rule, ...]) -> list[str]:
    if not rules:
        return ["everything is refused"]
    lines = table([(f"rule {rule.number}", *_rule(rule)) for rule in rules])
    noted = []
    for line, rule in zip(lines, rules, strict=True):
        notes = [f"when {rule.when}"] if rule.when else []
        notes += [f"personal data: {rule.pii}"] if rule.pii else []
        notes += [f"may resolve into {', '.join(rule.addresses)}"] if rule.addresses else []
        notes += [f"# {rule.description}"] if rule.description else []
        noted += [line, *(f"    {' '.join(note.split())}" for note in notes)]
    return [*noted, "everything else is refused"]


def _rule(rule: Rule) -> tuple[str, str, str, str]:
    ports = ",".join(str(port) for port in rule.ports)
    protocol = rule.protocol if rule.tls != "passthrough" else "https, passed through unread"
    methods = "any method" if rule.methods == ("*",) else ",".join(rule.methods)
    paths = "any path" if rule.paths == ("/**",) else " ".join(rule.paths)
    return f"{rule.host} port {ports}", protocol, methods, paths


def _governance(plan: BrokerPlan) -> list[tuple[str, str]]:
    rows = [(f"budget a {limit.scope}", _limit(limit)) for limit in plan.budget.limits] or [("budget", "no limit")]
    rows += _about_budget(plan.budget)
    rows += _personal(plan.pii)
    if plan.monitoring != "standard":
        rows.append(("monitoring", plan.monitoring))
    if plan.approvals != Approvals() or any(rule.action == "require_approval" for rule in plan.tools):
        asked = ["at the terminal"] if plan.approvals.prompt else []
        asked += [plan.approvals.webhook] if plan.approvals.webhook else []
        rows.append(("approvals", ", ".join([*asked, "akios approvals"])))
    return rows


def _personal(pii: Pii) -> list[tuple[str, str]]:
    """What happens to personal data: by default, by kind, where, and what is left alone."""
    rows = [("personal data", f"{pii.mode}: {', '.join(pii.fields)}" if pii.fields else pii.mode)]
    if pii.mode == "off":
        return rows
    own = [*(one.name for one in pii.patterns), *(one.name for one in pii.words)]
    rows += [("  its own kinds", ", ".join(own))] if own else []
    rows += [("  otherwise", ", ".join(f"{one.kind}: {one.mode}" for one in pii.modes))] if pii.modes else []
    rows += [("  looked for in", ", ".join(pii.scope).replace("_", " "))] if pii.scope != ("model_calls",) else []
    rows += [("  names by", ", ".join(pii.ner))] if pii.ner else []
    rows += [("  what cannot be read", "passes, and is counted")] if pii.unreadable == "pass" else []
    rows += [("  left alone", ", ".join(pii.allow))] if pii.allow else []
    rows += [("  in answers", "real values are put back")] if pii.restores else []
    return rows


def _limit(limit: Limit) -> str:
    parts = [] if limit.microusd is None else [quantities.dollars(limit.microusd)]
    parts += [] if limit.tokens is None else [f"{limit.tokens:,} tokens"]
    wait = f" for up to {quantities.time(limit.max_wait_s)}" if limit.max_wait_s else ""
    origin = " (FluxConfig)" if limit.origin == "flux" else ""
    return f"{' and '.join(parts)}, then {limit.action}{wait}{origin}"


def _about_budget(budget: Budget) -> list[tuple[str, str]]:
    rows = []
    if budget.money:
        rows.append(("unknown price", "refused" if budget.unknown_price == "deny" else "billed as the dearest model"))
    if budget.summary.model:
        kept = quantities.dollars(budget.summary.reserve_microusd)
        rows.append(("summary", f"by {budget.summary.model}, for which {kept} is kept back"))
    return rows + ([("alerts", budget.webhook)] if budget.webhook else [])


def _price(price: Price) -> tuple[str, str]:
    parts = [f"{quantities.dollars(price.input)} in", f"{quantities.dollars(price.output)} out"]
    parts += [] if price.cached_input is None else [f"{quantities.dollars(price.cached_input)} cached"]
    parts += [] if price.cache_write is None else [f"{quantities.dollars(price.cache_write)} into the cache"]
    provider = f" of {price.provider}" if price.provider else ""
    return f"{price.model}{provider}", f"{', '.join(parts)}, for a million tokens"


def _routing(routing: Routing) -> list[str]:
    lines = []
    for route in routing.routes:
        to = _target(route.target)
        more = f", {route.max_retries} retries" if route.max_retries else ""
        more += f", then {', then '.join(map(_target, route.fallbacks))}" if route.fallbacks else ""
        lines.append(f"rule {route.number}  {to}{more}")
        lines.append(f"    {'when ' + ' '.join(route.condition.split()) if route.condition else 'every call'}")
        lines += [f"    # {' '.join(route.reason.split())}"] if route.reason else []
    if any("task" in route.condition for route in routing.routes):
        lines.append(f"the agent's own word for its task: {'believed' if routing.trust_header else 'not heard'}")
    if routing.predictive:
        lines.append(f"throttled when a budget would be crossed within {quantities.time(routing.look_ahead_s)}")
    lines += ["context is packed"] if routing.context_packing else []
    return lines + (["the interruptible tier is tried first"] if routing.spot else [])


def _target(target: Target) -> str:
    at = f" at {target.host}{target.path}" if target.host else ""
    return f"{target.model or 'the model asked for'}{at}"


def _credential(credential: Credential) -> list[tuple[str, str, str]]:
    fields = " or ".join(credential.fields)
    how = {"header": f"header {fields}", "query": f"parameter {fields}", "sigv4": "AWS signature"}
    goes = f"{how[credential.place]} to {', '.join(credential.hosts)}"
    return [
        (credential.name, f"{secret.variable} in the jail, {_source(secret)}", goes) for secret in credential.secrets
    ]


def _source(secret: Secret) -> str:
    if secret.source == "command":
        return f"from the command {secret.value[0]}"
    return f"from {'the file ' if secret.source == 'file' else ''}{secret.value[0]}"


def _tools(rules: tuple[ToolRule, ...]) -> list[str]:
    lines = table([(f"rule {rule.number}", _tool_subject(rule), _tool_action(rule)) for rule in rules])
    noted = []
    for line, rule in zip(lines, rules, strict=True):
        notes = [f"when {rule.when}"] if rule.when else []
        notes += [_change(change) for change in rule.changes]
        notes += [f"# {rule.reason}"] if rule.reason else []
        noted += [line, *(f"    {' '.join(note.split())}" for note in notes)]
    return [*noted, "everything else is allowed"]


def _tool_subject(rule: ToolRule) -> str:
    if rule.tool:
        return f"tool {rule.tool}"
    words = (",".join(rule.methods) or "any method", " ".join(rule.hosts) or "any host", " ".join(rule.paths))
    return " ".join(word for word in words if word)


def _tool_action(rule: ToolRule) -> str:
    return (
        f"{rule.action} within {quantities.time(rule.timeout_s)}" if rule.action == "require_approval" else rule.action
    )


def _change(change: Change) -> str:
    name = ".".join(change.path)
    if change.value is not None:
        return f"{name} = {change.value}"
    parts = [f"at least {change.minimum:g}"] if change.minimum is not None else []
    parts += [f"at most {change.maximum:g}"] if change.maximum is not None else []
    return f"{name}: {', '.join(parts)}"


def _files(plan: JailPlan) -> list[tuple[str, str]]:
    access = {"ro": "read only", "rw": "changed in place", "overlay": "writable, the folder stays as it was"}
    rows = [("workspace", f"{plan.workspace} ({access[plan.workspace_access]})")]
    return rows + [("read" if mount.access == "ro" else "write", mount.path) for mount in plan.mounts]


def _limits(plan: JailPlan) -> list[tuple[str, str]]:
    wall_time = "no limit" if plan.wall_time_s is None else quantities.time(plan.wall_time_s)
    return [
        ("memory", quantities.bytes_(plan.memory_bytes)),
        ("CPUs", f"{plan.cpus:g}"),
        ("processes", str(plan.pids)),
        ("disk traffic", "no limit" if plan.io_bytes_s is None else f"{quantities.bytes_(plan.io_bytes_s)} a second"),
        ("open files", f"{plan.open_files} a process"),
        ("file size", quantities.bytes_(plan.file_size_bytes)),
        ("private /tmp", quantities.bytes_(plan.tmp_bytes)),
        ("wall time", wall_time),
        ("where the machine cannot limit", "run without" if plan.limits_optional else "refuse to run"),
    ]


def _process(plan: JailPlan) -> list[tuple[str, str]]:
    return [
        ("copied", ", ".join(plan.env_pass) or "nothing"),
        ("set", ", ".join(f"{name}={value}" for name, value in plan.env_set) or "nothing"),
        ("seccomp", plan.seccomp_profile),
        ("programs it executes", "on record" if plan.observed else "not seen"),
    ]
