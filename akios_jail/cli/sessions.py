"""`akios sessions`: which sessions there were on this machine."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import click

from akios_jail.cli.style import paint, printable

STATE = click.option("--state-dir", default="", metavar="DIR", help="Where sessions are kept (/var/lib/akios).")
#: Sessions that are listed unless more are asked for.
LISTED: Final = 20


@click.command("sessions")
@click.option("-n", "--number", default=LISTED, show_default=True, metavar="N", help="How many, the newest first.")
@STATE
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def command(number: int, state_dir: str, as_json: bool) -> None:
    """The sessions of this machine, the newest first: when, which agent, how it ended, what it cost.

    \b
    akios sessions
    akios sessions --json | jq -r '.[].session_id'
    """
    listed(number, state_dir, as_json)


def traces(state_dir: str) -> str:
    """The folder of the traces. `LaunchError` if there is no state folder."""
    from akios_jail.launcher import state

    path = state_dir or state.default_path(os.geteuid(), dict(os.environ))
    return os.path.join(state.existing(path).path, "broker", "traces")


def listed(number: int, state_dir: str, as_json: bool) -> None:
    """Print the newest sessions."""
    from akios_jail.radar import reading, shape, store

    folder = traces(state_dir)
    found: list[dict[str, Any]] = []
    for name in store.sessions(folder)[:number]:
        try:
            trace = reading.read(folder, name)
        except reading.Unavailable as error:
            found.append({"session_id": name, "error": str(error)})
            continue
        document = shape.document(name, trace)
        outcome = trace.session.get("outcome")
        found.append(
            {
                "session_id": name,
                "agent": document["agent"],
                "started": shape.timestamp(shape.number(trace.session.get("started"))),
                "steps": len(trace.steps),
                **document["trace"]["cost"],
                "outcome": outcome if isinstance(outcome, dict) else None,
            }
        )
    if as_json:
        print(shape.text(found))
    elif not found:
        print("no session has a trace yet: `akios run` makes one")
    else:
        _print_sessions(found)


def _print_sessions(found: list[dict[str, Any]]) -> None:
    rows = [("session", "started", "agent", "steps", "cost", "ended")]
    for each in found:
        if "error" in each:
            rows.append((each["session_id"], "", "", "", "", each["error"]))
            continue
        outcome = each["outcome"]
        ended = "did not end, or is running" if outcome is None else _ended(outcome)
        cost = f"${each['cost_usd']:.4f}" if each["tokens_used"] else ""
        rows.append((each["session_id"], each["started"][:19], each["agent"], str(each["steps"]), cost, ended))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for number, row in enumerate(rows):
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(row[:5], widths, strict=True)), row[5]])
        print(paint(printable(line), "quiet", sys.stdout) if number == 0 else printable(line))


def _ended(outcome: dict[str, Any]) -> str:
    if outcome.get("code"):
        return str(outcome["code"])
    return f"signal {outcome['signal']}" if outcome.get("signal") else f"status {outcome.get('status')}"
