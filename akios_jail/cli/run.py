"""`akios run`: one agent, one policy, one session. AKIOS speaks on stderr only; stdout is the agent's."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final

import click

from akios_jail.cli.style import paint
from akios_jail.launcher.errors import GOVERNED, USAGE, LaunchError
from akios_jail.launcher.options import ConnectTo, RunOptions

if TYPE_CHECKING:
    from akios_jail.launcher.run import Outcome

#: An address of IPv6 stands in brackets, as its colons would be the separators otherwise.
_CONNECT_TO: Final = re.compile(":".join([r"(\[[0-9a-f:.]+\]|[^][:/@\s]+)", r"([0-9]{1,5})"] * 2), re.IGNORECASE)


class _RunCommand(click.Command):
    """Remembers whether the agent was given after `--`: then it is a command, whatever its name looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = list(args)
        super().parse_args(ctx, args)
        agent = ctx.params.get("agent") or ()
        before = rest[: len(rest) - len(agent)]
        ctx.params["is_command"] = bool(before) and before[-1] == "--"
        return ctx.args


def connect_to_all(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[ConnectTo, ...]:
    return tuple(_parse_connect_to(value, parameter) for value in values)


def _parse_connect_to(value: str, parameter: click.Parameter) -> ConnectTo:
    shape = _CONNECT_TO.fullmatch(value)
    if shape is not None:
        host, port, host2, port2 = shape.groups()
        if 0 < int(port) < 65536 and 0 < int(port2) < 65536:
            return ConnectTo(host.strip("[]").lower().rstrip("."), int(port), host2.strip("[]"), int(port2))
    raise click.BadParameter(f"{value!r} is not HOST:PORT:HOST2:PORT2 (IPv6 in brackets)", param=parameter)


@click.command(
    "run",
    cls=_RunCommand,
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  akios run --policy policy.yaml agent.py
  akios run -p policy.yaml --rw ./out --report report.json agent.py --task 4821
  akios run -p policy.yaml -- node agent.mjs
  akios run -p policy.yaml --connect-to api.openai.com:443:127.0.0.1:8443 --cacert ca.pem agent.py

Exit status: the agent's own (128+n for a signal); 2 bad usage or policy; 120 governance ended the
session; 121 with --fail-on, if something was refused; 125 the jail could not be set up; 126 and 127
as a shell.""",
)
@click.option("-p", "--policy", default="", metavar="FILE", help="The AgentPolicy that governs the session: required.")
@click.option("--flux", default="", metavar="FILE", help="A FluxConfig, in place of the one that the policy names.")
@click.option("--require-signed", is_flag=True, help="Refuse a policy that no trusted key has signed.")
@click.option("--trusted-keys", default="", metavar="DIR", help="Whose signatures count (/etc/akios/trusted-keys).")
@click.option("--name", default="", metavar="NAME", help="Name of the session in reports (default: the policy's).")
@click.option("--python", default="", metavar="PATH", help="The interpreter for an agent that is a .py file.")
@click.option("--env", multiple=True, metavar="NAME[=VALUE]", help="Set a variable, or pass yours on. Repeatable.")
@click.option("--ro", multiple=True, metavar="PATH", help="Show one more file or folder, read-only. Repeatable.")
@click.option("--rw", multiple=True, metavar="PATH", help="Show one more file or folder, writable. Repeatable.")
@click.option(
    "--connect-to", multiple=True, metavar="HOST:PORT:HOST2:PORT2", callback=connect_to_all,
    help="Dial HOST2:PORT2 for HOST:PORT, under the same name (as curl). Repeatable.",
)  # fmt: skip
@click.option("--cacert", default="", metavar="FILE", help="Trust these CA certificates upstream too (PEM).")
@click.option("--report", default="", metavar="FILE", help="Write the session's report there, as JSON.")
@click.option("--sarif", default="", metavar="FILE", help="Write what was refused there, for code scanning.")
@click.option("--junit", default="", metavar="FILE", help="The same as test results.")
@click.option("--summary", default="", metavar="FILE", help="The same as Markdown, at the file's end.")
@click.option(
    "--fail-on", default="never", type=click.Choice(("error", "warning", "note", "never")),
    help="End with 121 if something as grave as that happened.",
)  # fmt: skip
@click.option("--state-dir", default="", metavar="DIR", help="Keep audit log and caches there.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.argument("agent", nargs=-1, required=True, metavar="(AGENT.py | -- COMMAND) [ARGS]...", type=click.UNPROCESSED)
def command(
    policy: str,
    flux: str,
    require_signed: bool,
    trusted_keys: str,
    name: str,
    python: str,
    env: tuple[str, ...],
    ro: tuple[str, ...],
    rw: tuple[str, ...],
    connect_to: tuple[ConnectTo, ...],
    cacert: str,
    report: str,
    sarif: str,
    junit: str,
    summary: str,
    fail_on: str,
    state_dir: str,
    quiet: bool,
    agent: tuple[str, ...],
    is_command: bool,
) -> int:
    """Run an agent in the jail, under a policy.

    AGENT.py runs under the Python found by --python, $VIRTUAL_ENV, a .venv beside it, its #! line, or PATH; any other
    program is given after `--`. The agent's input, output and exit status are its own; AKIOS speaks on stderr.
    """
    from akios_jail.launcher.head_start import run

    if not policy:
        raise click.UsageError("which policy governs it? --policy FILE names it, and `akios init` makes a first one")
    if not agent[0]:
        raise LaunchError("the agent's name is empty", "Give a .py file, or -- and a command.", USAGE)
    try:
        here = os.getcwd()
    except FileNotFoundError as error:
        raise LaunchError("the current folder no longer exists", "Change to another (cd).", USAGE) from error
    made = {form: path for form, path in (("sarif", sarif), ("junit", junit)) if path}
    wanted = (*made, *(("markdown",) if summary else ()))
    outcome = run(
        RunOptions(policy, agent, is_command, here, name, python, env, ro, rw, connect_to, cacert, report, state_dir,
                   quiet, flux, require_signed, trusted_keys, tuple(made.values()), summary),
        dict(os.environ),
    )  # fmt: skip
    if not quiet:
        from akios_jail.launcher import report as reports

        for line in reports.summary(outcome.report):
            # Runners of GitHub and Azure obey `##[…]` anywhere in a line.
            print(paint("akios:", "quiet", sys.stderr), line.replace("##", "#\\x23"), file=sys.stderr)
    if wanted or fail_on != "never":
        return _incidents(outcome, wanted, fail_on, quiet)
    return outcome.ending.status


def _incidents(outcome: Outcome, forms: tuple[str, ...], fail_on: str, quiet: bool) -> int:
    """Write what was refused in each format; the exit status."""
    from akios_jail.cli import report_files
    from akios_jail.incidents.session import session

    sessions = [session(outcome.report)]
    for form, fd in zip(forms, outcome.outputs, strict=True):
        report_files.write(fd, report_files.told(form, sessions), append=form == "markdown")
        os.close(fd)
    status = outcome.ending.status
    # Governance's own word stands, and it fails a job as well.
    if status == GOVERNED or not report_files.fails(sessions, fail_on):
        return status
    if not quiet:
        said = f"status {report_files.INCIDENTS}: something was refused or missed (--fail-on {fail_on})"
        print(paint("akios:", "quiet", sys.stderr), said, file=sys.stderr)
    return report_files.INCIDENTS
