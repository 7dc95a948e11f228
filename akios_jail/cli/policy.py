"""`akios policy`: is this policy right, what does it come to, and what would happen to one request under it?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from akios_jail.cli import policy_diff, policy_sign, policy_test
from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from akios_jail.cli.policy_routing import Routed
    from akios_jail.policy.explain import Explanation, ToolExplanation
    from akios_jail.policy.plans import Plans
    from akios_jail.policy.tools import Asking

#: The policy that is meant when none is named; `akios init` writes it.
_FILE = "policy.yaml"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Check, show, explain, compare, test and sign policies.

    \b
    akios policy check policy.yaml
    akios policy show policy.yaml
    akios policy explain POST https://api.openai.com/v1/chat/completions
    akios policy diff old.yaml policy.yaml
    akios policy test policy.yaml --last 10
    akios policy sign policy.yaml
    """


_FLUX = click.option(
    "--flux", default="", metavar="FILE", help="A FluxConfig, in place of the one that the policy names."
)


@command.command(short_help="Find every mistake in policies and FluxConfigs.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_FLUX
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def check(files: tuple[str, ...], flux: str, as_json: bool) -> int:
    """Find every mistake in policies, each with its place and what to write instead.

    FILE is policy.yaml unless named; an AgentPolicy, with the FluxConfig that it names, or a FluxConfig alone. Exit
    status 0 when all are right, 2 when one is not.

    \b
    akios policy check
    akios policy check policies/*.yaml
    akios policy check --flux flux.yaml policy.yaml
    """
    from akios_jail.policy.errors import PolicyError

    status, documents = 0, []
    for name in files or (_FILE,):
        try:
            found, said = _checked(name, flux)
        except PolicyError as error:
            status = 2
            problems = [{"file": error.source, **problem._asdict()} for problem in error.problems]
            documents.append({"file": name, "valid": False, "problems": problems})
            if not as_json:
                print(paint("not valid", "bad", sys.stderr), printable(str(error)), sep="\n", file=sys.stderr)
            continue
        documents.append({"file": name, "valid": True, **found})
        if not as_json:
            print(f"{paint('valid', 'good', sys.stdout)}: {printable(name)} ({said})")
            for note in found.get("notes", ()):
                print(printable(f"  note: {note}"))
    if as_json:
        print(json.dumps(documents, indent=2))
    return status


def _checked(name: str, flux: str) -> tuple[dict[str, Any], str]:
    """What a right file is, for programs and in a few words. `PolicyError` for one that is not."""
    from akios_jail.policy import compile, load, source

    file = source.read(name)
    if load.kind_of(file.data, name) == "FluxConfig":
        title = compile.check_flux(file).flux.metadata.name
        return {"kind": "FluxConfig", "name": title}, f"{title}: a FluxConfig"
    plans = compile.compile_bytes(file.data, name, source.read(flux) if flux else None)
    found = {"kind": "AgentPolicy", "name": plans.name, "policy_sha256": plans.policy_sha256}
    if not plans.flux_sha256:
        return found, _summary(plans)
    return found | {"flux_sha256": plans.flux_sha256, "notes": _notes(plans)}, _summary(plans)


def _notes(plans: Plans) -> list[str]:
    """What is no mistake in the files, and hardly what was meant."""
    from akios_jail.flux import unpriced

    return [
        f"the model {name!r} has no price, so that calls to it are refused: mend its name, state its price under "
        "prices.overrides, or write prices.unknown_model: upper_bound"
        for name in unpriced.models(plans.broker)
    ]


def _summary(plans: Plans) -> str:
    rules = len(plans.broker.rules)
    flux = ", with its FluxConfig" if plans.flux_sha256 else ""
    return f"{plans.name}: {'no network' if not rules else '1 rule' if rules == 1 else f'{rules} rules'}{flux}"


@command.command(short_help="Show what a policy comes to, with every default.")
@click.argument("file", default=_FILE)
@_FLUX
@click.option("--json", "as_json", is_flag=True, help="The compiled plans as JSON.")
def show(file: str, flux: str, as_json: bool) -> None:
    """Show what a policy comes to, with the FluxConfig beside it, every default filled in.

    FILE is policy.yaml unless named.

    \b
    akios policy show
    akios policy show --flux flux.yaml policy.yaml
    akios policy show --json policy.yaml | jq .egress
    """
    from akios_jail.cli.policy_show import print_plans
    from akios_jail.policy.compile import compile_file

    plans = compile_file(file, flux)
    if as_json:
        print(json.dumps(plans.to_json(), indent=2))
    else:
        print_plans(plans, file)


@command.command(short_help="Say what would happen to a request or a tool call.")
@click.argument("method", metavar="[METHOD", default="")
@click.argument("target", metavar="URL]", default="")
@click.option("-p", "--policy", "file", default=_FILE, show_default=True, metavar="FILE", help="The policy.")
@_FLUX
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header field, as in curl.")
@click.option("-d", "--data", default="", metavar="TEXT", help="The body, for conditions that look at it.")
@click.option("--call", "call_file", default="", metavar="FILE", help="A model call (JSON), as the body.")
@click.option("--tool", default="", metavar="NAME", help="Ask about a call of this tool instead.")
@click.option("--args", "arguments", default="{}", metavar="JSON", help="The tool call's arguments.")
@click.option("--server", default="", metavar="HOST", help="The MCP server of the tool; none: a model asks for it.")
@click.option("--at", "when", default="", metavar="TIME", help="When it is called, as 2026-01-31T03:00+01:00; now.")
@click.option("--all", "every", is_flag=True, help="List also the rules that are about other hosts or tools.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def explain(
    method: str,
    target: str,
    file: str,
    flux: str,
    headers: tuple[str, ...],
    data: str,
    call_file: str,
    tool: str,
    arguments: str,
    server: str,
    when: str,
    every: bool,
    as_json: bool,
) -> int:
    """Say what would happen to a request or a tool call, and which rule says so. Nothing is sent.

    For a connection without HTTP write `tcp HOST:PORT`. Exit status 0 when it would be allowed, 1 when it would be
    refused or wait for a person.

    \b
    akios policy explain POST https://api.openai.com/v1/chat/completions
    akios policy explain -p policy.yaml -d '{"model": "gpt-4o"}' POST https://api.openai.com/v1/responses
    akios policy explain --call call.json POST https://api.openai.com/v1/chat/completions
    akios policy explain tcp db.example.com:5432
    akios policy explain --tool issue_refund --args '{"amount_usd": 15000}' --at 2026-01-31T03:00+01:00
    """
    from akios_jail.cli.policy_explain import print_request, print_tools
    from akios_jail.cli.policy_show import section
    from akios_jail.policy import explain as explaining
    from akios_jail.policy.compile import compile_file

    explanation: Explanation | ToolExplanation
    routing: Routed | None = None
    if tool and method:
        raise click.UsageError("ask about a request or about a tool, not both")
    plan = compile_file(file, flux).broker
    if tool:
        explanation = explaining.explain_tool(plan, _asking(tool, arguments, server), _clock(when))
    else:
        if call_file:
            data = _read_call(call_file)
            if not target:
                from akios_jail.cli.policy_routing import model_url

                method, target = "POST", model_url(plan)
        if not target and "://" in method:
            raise click.UsageError(f"with which method? As in: akios policy explain GET {method}")
        if not target:
            raise click.UsageError("say what to explain: METHOD and URL, or --tool NAME")
        try:
            if method.lower() == "tcp":
                action = explaining.connection(target)
            else:
                action = explaining.request(method, target, tuple(map(_header, headers)), data.encode())
        except explaining.TargetError as error:
            raise click.UsageError(str(error)) from error
        explanation = explaining.explain(plan, action)
        if plan.routing.routes:
            from akios_jail.cli.policy_routing import routed

            routing = routed(plan, action)
    if as_json:
        print(json.dumps(explanation.to_json() | ({"routing": routing.to_json()} if routing else {}), indent=2))
    elif isinstance(explanation, explaining.Explanation):
        print_request(explanation, every)
        if routing is not None:
            section("routing", routing.told())
    else:
        print_tools(explanation.ruling, explanation.steps, every)
    undecided = routing is not None and routing.decision is None
    return 0 if explanation.allowed is True and not undecided else 1


def _read_call(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except OSError as error:
        raise click.UsageError(f"--call: {name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"--call: {name} is not text in UTF-8, as JSON is") from error


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"{text!r} is not a header field: write NAME:VALUE")
    return name.strip().lower(), value.strip()


def _clock(when: str) -> Callable[[], datetime]:
    """A clock that stands at the given time, or one that runs."""
    from datetime import UTC, datetime

    if not when:
        return lambda: datetime.now(UTC)
    try:
        time = datetime.fromisoformat(when)
    except ValueError as error:
        raise click.UsageError(f"--at: {when!r} is no time: write one such as 2026-01-31T03:00+01:00") from error
    stopped = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return lambda: stopped


def _asking(tool: str, arguments: str, server: str) -> Asking:
    from akios_jail.policy.conditions import Unknown, read_body
    from akios_jail.policy.tools import Asking

    try:
        return Asking(tool, read_body(arguments.encode()), server)
    except Unknown as error:
        raise click.UsageError(f"--args: {str(error).replace('the body', 'this')}") from error


command.add_command(policy_diff.diff)
command.add_command(policy_test.test)
command.add_command(policy_sign.sign)
command.add_command(policy_sign.verify)
command.add_command(policy_sign.trust)
