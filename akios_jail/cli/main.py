"""`akios`: finds the command by its name, imports only that one, and turns whatever it raises into words and a status.

Nothing heavy stands at the top of this file or of a command's: `akios run` starts an agent, and its user waits for
every import. `akios --help` lists all commands without importing any.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import click

from akios_jail.cli import failures, output
from akios_jail.launcher import streams


class _Lazy(NamedTuple):
    module: str
    summary: str


#: Every command, in the order in which a new user meets them. Each module has a click command called `command`.
COMMANDS = {
    "run": _Lazy("akios_jail.cli.run", "Run an agent in the jail, under a policy."),
    "init": _Lazy("akios_jail.cli.init", "Make a project: a commented policy and an example agent."),
    "policy": _Lazy("akios_jail.cli.policy", "Check, show and explain policies."),
    "doctor": _Lazy("akios_jail.cli.doctor", "Say what this machine can and cannot do, with remedies."),
    "demo": _Lazy("akios_jail.cli.demo", "Watch a misbehaving agent being governed, without a key or the internet."),
    "diff": _Lazy("akios_jail.cli.diff", "Show what a session wrote in an overlay of the workspace."),
    "commit": _Lazy("akios_jail.cli.commit", "Apply what a session wrote in an overlay, or throw it away."),
    "approvals": _Lazy("akios_jail.cli.approvals", "See what waits for a person's word, and decide."),
    "budget": _Lazy("akios_jail.cli.budget", "Show what budgets have left while sessions run, and raise them."),
    "report": _Lazy("akios_jail.cli.report", "What sessions were refused, as SARIF, JUnit or Markdown."),
    "sessions": _Lazy("akios_jail.cli.sessions", "The sessions of this machine, and how they ended."),
    "trace": _Lazy("akios_jail.cli.trace", "What an agent thought, asked for, saw and decided, as a graph."),
    "replay": _Lazy("akios_jail.cli.replay", "Run a recorded agent again, offline, with the recorded answers."),
    "pii": _Lazy("akios_jail.cli.pii", "Find personal data in texts, and explain what is found."),
    "audit": _Lazy("akios_jail.cli.audit", "Verify and read the audit log."),
}


class Commands(click.Group):
    """A click group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        from importlib import import_module

        command: click.Command = import_module(lazy.module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = click.utils.make_str(args[0])
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in COMMANDS.items()])


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import platform

        from akios_jail import __version__

        click.echo(f"akios {__version__} (Python {platform.python_version()}, Linux {platform.release()})")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status of `akios run`: the agent's own; 2 bad usage or policy; 120 governance ended it; "
    "121 by --fail-on; 125 the jail could not be set up; 126, 127 the agent could not be started.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print it.")
def akios() -> None:
    """Run any AI agent, unmodified, in a Linux jail whose only way out is a broker that enforces your policy."""


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line (without the program's name) and give its exit status. Never raises an `Exception`."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    try:
        try:
            outcome = _invoke(list(arguments))
        finally:
            sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except click.UsageError as error:
        failures.show_usage(error)
        return failures.USAGE
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        failures.show(failures.Failure(error.format_message(), (), error.exit_code))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return failures.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output went away. Python would complain once more when it closes stdout.
        _let_go_of_stdout()
        return failures.BROKEN_PIPE
    except Exception as error:
        return failures.INTERRUPTED if failures.interrupted(error) is True else failures.report(error, command)


def _invoke(arguments: list[str]) -> object:
    """What the command returns. Not by click's own `main`, which answers a closed pipe with a status of its choice."""
    if "_AKIOS_COMPLETE" in os.environ:
        akios.main(arguments, prog_name="akios")
    with akios.make_context("akios", arguments) as ctx:
        return akios.invoke(ctx)


def main() -> NoReturn:
    """The `akios` command."""
    streams.fill()
    output.prepare()
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        # Already reported. The interpreter would try once more on its way out, and fail with a status of its own: 120.
        _let_go_of_stdout()
    if status == failures.INTERRUPTED:
        os._exit(status)  # what other threads still compile or load is not waited for
    sys.exit(status)


def _let_go_of_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
