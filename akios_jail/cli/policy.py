"""`akios policy`: is this policy right, what does it come to, and what would happen to one request under it?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.policy.explain import Explanation, Step
    from akios_jail.policy.plans import BrokerPlan, JailPlan, Limit, Plans, Rule

#: The policy that is meant when none is named; `akios init` writes it.
_FILE = "policy.yaml"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check, show and explain policies.

    \b
    akios policy check policy.yaml
    akios policy show policy.yaml
    akios policy explain POST https://api.openai.com/v1/chat/completions
    """


@command.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def check(files: tuple[str, ...], as_json: bool) -> int:
    """Find every mistake in policies, each with its place and what to write instead.

    FILE is policy.yaml unless named. Exit status 0 when all are right, 2 when one is not.

    \b
    akios policy check
    akios policy check policies/*.yaml
    """
    from akios_jail.policy.compile import compile_file
    from akios_jail.policy.errors import PolicyError

    status, documents = 0, []
    for name in files or (_FILE,):
        try:
            plans = compile_file(name)
        except PolicyError as error:
            status = 2
            problems = [problem._asdict() for problem in error.problems]
            documents.append({"file": name, "valid": False, "problems": problems})
            if not as_json:
                print(paint("not valid", "bad", sys.stderr), printable(str(error)), sep="\n", file=sys.stderr)
            continue
        documents.append({"file": name, "valid": True, "name": plans.name, "policy_sha256": plans.policy_sha256})
        if not as_json:
            print(f"{paint('valid', 'good', sys.stdout)}: {printable(name)} ({_summary(plans)})")
    if as_json:
        print(json.dumps(documents, indent=2))
    return status


def _summary(plans: Plans) -> str:
    rules = len(plans.broker.rules)
    return f"{plans.name}: {'no network' if not rules else '1 rule' if rules == 1 else f'{rules} rules'}"


@command.command()
@click.argument("file", default=_FILE)
@click.option("--json", "as_json", is_flag=True, help="The compiled plans as JSON.")
def show(file: str, as_json: bool) -> None:
    """Show what a policy comes to, every default filled in.

    FILE is policy.yaml unless named.

    \b
    akios policy show
    akios policy show --json policy.yaml | jq .egress
    """
    from akios_jail.policy.compile import compile_file

    plans = compile_file(file)
    if as_json:
        print(json.dumps(plans.to_json(), indent=2))
        return
    print(paint(plans.name, "strong", sys.stdout), printable(file))
    print(paint(f"sha256 {plans.policy_sha256}", "quiet", sys.stdout))
    _section("network", _network(plans.broker.rules))
    _section("governance", _table(_governance(plans.broker)))
    _section("files", _table(_files(plans.jail)))
    _section("limits", _table(_limits(plans.jail)))
    _section("environment and system calls", _table(_process(plans.jail)))


def _section(title: str, lines: Iterable[str]) -> None:
    print(f"\n{paint(title, 'strong', sys.stdout)}")
    for line in lines:
        print(f"  {printable(line)}".rstrip())


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, every column but the last as wide as its widest cell."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _network(rules: tuple[Rule, ...]) -> list[str]:
    if not rules:
        return ["everything is refused"]
    lines = _table([(f"rule {rule.number}", *_rule(rule)) for rule in rules])
    noted = []
    for line, rule in zip(lines, rules, strict=True):
        notes = [f"when {rule.when}"] if rule.when else []
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
    pii = plan.pii
    return [*rows, ("personal data", f"{pii.mode}: {', '.join(pii.fields)}" if pii.fields else pii.mode)]


def _limit(limit: Limit) -> str:
    from akios_jail.policy import quantities

    parts = [] if limit.microusd is None else [quantities.dollars(limit.microusd)]
    parts += [] if limit.tokens is None else [f"{limit.tokens:,} tokens"]
    return f"{' and '.join(parts)}, then {limit.action}"


def _files(plan: JailPlan) -> list[tuple[str, str]]:
    access = {"ro": "read only", "rw": "changed in place", "overlay": "writable, the folder stays as it was"}
    rows = [("workspace", f"{plan.workspace} ({access[plan.workspace_access]})")]
    return rows + [("read" if mount.access == "ro" else "write", mount.path) for mount in plan.mounts]


def _limits(plan: JailPlan) -> list[tuple[str, str]]:
    from akios_jail.policy import quantities

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
    ]


@command.command()
@click.argument("method")
@click.argument("target", metavar="URL")
@click.option("-p", "--policy", "file", default=_FILE, show_default=True, metavar="FILE", help="The policy.")
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header field, as in curl.")
@click.option("-d", "--data", default="", metavar="TEXT", help="The body, for conditions that look at it.")
@click.option("--all", "every", is_flag=True, help="List also the rules that are about other hosts.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def explain(
    method: str, target: str, file: str, headers: tuple[str, ...], data: str, every: bool, as_json: bool
) -> int:
    """Say what would happen to a request, and which rule says so. Nothing is sent.

    For a connection without HTTP write `tcp HOST:PORT`. Exit status 0 when it would be allowed, 1 when refused.

    \b
    akios policy explain POST https://api.openai.com/v1/chat/completions
    akios policy explain -p policy.yaml -d '{"model": "gpt-4o"}' POST https://api.openai.com/v1/responses
    akios policy explain tcp db.example.com:5432
    """
    from akios_jail.policy import explain as explaining
    from akios_jail.policy.compile import compile_file

    try:
        if method.lower() == "tcp":
            action = explaining.connection(target)
        else:
            action = explaining.request(method, target, tuple(map(_header, headers)), data.encode())
    except explaining.TargetError as error:
        raise click.UsageError(str(error)) from error
    explanation = explaining.explain(compile_file(file).broker, action)
    if as_json:
        print(json.dumps(explanation.to_json(), indent=2))
    else:
        _print_explanation(explanation, every)
    return 0 if explanation.verdict.allowed is True else 1


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"{text!r} is not a header field: write NAME:VALUE")
    return name.strip().lower(), value.strip()


def _print_explanation(explanation: Explanation, every: bool) -> None:
    verdict = explanation.verdict
    word = paint("allowed", "good", sys.stdout) if verdict.allowed else paint("refused", "bad", sys.stdout)
    print(f"{word} ({verdict.code}): {printable(verdict.reason)}")
    if explanation.note:
        print(printable(explanation.note))
    shown = [step for step in explanation.steps if every or step.code != "host"]
    if shown:
        _section("rules", _table([_step(step) for step in shown]))
    others = len(explanation.steps) - len(shown)
    if others:
        print(f"\n{others} {'rule is' if others == 1 else 'rules are'} about other hosts (--all lists them)")


def _step(step: Step) -> tuple[str, str, str, str]:
    sign = {"decides": "✓", "would_match": "·"}.get(step.code, "✗")
    return sign, f"rule {step.rule.number}", f"line {step.rule.line}", f"{step.rule.host}: {step.reason}"
