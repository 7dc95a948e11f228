"""`akios replay`: a recorded agent runs again with recorded answers. AKIOS speaks on stderr; stdout is the agent's."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

import click

from akios_jail.cli.run import connect_to_all
from akios_jail.cli.sessions import STATE
from akios_jail.cli.style import on_a_line, paint

DIVERGED: Final = 1
#: The code of an end that somebody wanted.
STOPPED: Final = "replay_stopped"
_LINES: Final = 60


@click.command(
    "replay",
    epilog="""\b
Examples:
  akios replay                                 the newest session
  akios replay ses_7f3a9bc2 --step             wait for Enter before each answer
  akios replay ses_7f3a9bc2 --until 4          stop after the fourth answer
  akios replay ses_7f3a9bc2 --from 4 --live    four recorded answers, then the real network
  akios replay ses_7f3a9bc2 --json 2>/dev/null | jq .difference

Exit status: 0 the agent did the same again; 1 it did not (the first difference is shown), or what it asked for
was not kept; 2 bad usage, or no such session; 125 the jail could not be set up.""",
)
@click.argument("session", default="")
@click.option("--step", is_flag=True, help="Wait for Enter before each recorded answer is given.")
@click.option("--until", type=click.IntRange(0), metavar="N", help="Stop after step N.")
@click.option(
    "--from", "live_from", type=click.IntRange(0), metavar="N", help="Recorded answers up to step N (--live)."
)
@click.option("--live", is_flag=True, help="Ask the real network after the step that --from names.")
@click.option("--env", multiple=True, metavar="NAME[=VALUE]", help="A variable whose value was not kept. Repeatable.")
@click.option("--rw", multiple=True, metavar="PATH", help="Let the agent change this file or folder. Repeatable.")
@click.option(
    "--connect-to", multiple=True, metavar="HOST:PORT:HOST2:PORT2", callback=connect_to_all,
    help="With --live: dial HOST2:PORT2 for HOST:PORT. Repeatable.",
)  # fmt: skip
@click.option("--cacert", default="", metavar="FILE", help="With --live: trust these CA certificates upstream (PEM).")
@click.option("--report", default="", metavar="FILE", help="Write the report of the run there, as JSON.")
@STATE
@click.option("--json", "as_json", is_flag=True, help="What came of it as JSON; the agent's output goes to stderr.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    session: str,
    step: bool,
    until: int | None,
    live_from: int | None,
    live: bool,
    env: tuple[str, ...],
    rw: tuple[str, ...],
    connect_to: Any,
    cacert: str,
    report: str,
    state_dir: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a recorded agent again in the jail, offline, with the answers that were recorded.

    SESSION is the newest one that can be replayed unless named; the beginning of its id is enough. Nothing is dialled,
    paid or changed: what the agent writes to its folders is thrown away. The first request that is not as it was
    recorded ends the replay and is shown as a diff.
    """
    from akios_jail.launcher import replay

    if live != (live_from is not None):
        raise click.UsageError("--from N and --live go together: recorded answers up to step N, then the real network")
    if not live and (connect_to or cacert):
        raise click.UsageError("--connect-to and --cacert are for --live: nothing is dialled otherwise")
    if live and until is not None:
        raise click.UsageError("--until stops where --live goes on: name one of them")
    kept_stdout = _agents_output_aside() if as_json else -1
    name = _named(session, state_dir)
    options = replay.ReplayOptions(
        name, until, live_from, step, env, rw, connect_to, cacert, report, state_dir, quiet or as_json
    )
    found = replay.replay(options, dict(os.environ))
    if as_json:
        with open(kept_stdout, "w", encoding="utf-8") as out:
            json.dump(found, out, indent=2)
            out.write("\n")
    elif not quiet:
        _print(found)
    return 0 if found["same"] else DIVERGED


def _agents_output_aside() -> int:
    """What the agent prints goes to stderr from here on; the descriptor of what was stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    return kept


def _named(session: str, state_dir: str) -> str:
    """The session that is meant."""
    from akios_jail.launcher import runs, state

    path = state.existing(state_dir or state.default_path(os.geteuid(), dict(os.environ))).path
    names = runs.sessions(path)
    found = [name for name in names if name.startswith(session or "ses_")]
    if session and len(found) > 1:
        raise click.UsageError(f"{session} is the beginning of {len(found)} sessions: {', '.join(found[:3])}, …")
    if not found:
        hint = "`akios sessions` lists them" if names else "no session was recorded yet"
        raise click.UsageError(f"{session or 'no session'} cannot be replayed: {hint}")
    return found[0]


def _say(text: str, meaning: str = "") -> None:
    line = on_a_line(text)
    print(paint(line, meaning, sys.stderr) if meaning else line, file=sys.stderr)


def _print(found: dict[str, Any]) -> None:
    steps = f"{found['steps']} of {found['recorded']} recorded answers given"
    beyond = f", {found['live']} requests to the real network" if found["live"] else ""
    stopped = found["exit"]["code"] == STOPPED
    verdict = ("the same as far as it went" if stopped else "the same") if found["same"] else "not the same"
    _say(f"akios: replay of {found['session']}: {verdict}; {steps}{beyond}", "strong" if found["same"] else "bad")
    for reason in found["reasons"]:
        _say(f"akios: {reason}")
    difference = found["difference"]
    for line in (difference or {}).get("diff", ())[:_LINES]:
        _say(line, {"+": "good", "-": "bad"}.get(line[:1], ""))
    for title in found["next"] if not found["same"] else ():
        _say(f"  not asked for again: {title}", "quiet")
