"""`akios sessions`: which sessions there were on this machine, and which run."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from akios_jail.audit.sessions import Known
    from akios_jail.launcher.state import State
    from akios_jail.radar.rows import Open

STATE = click.option("--state-dir", default="", metavar="DIR", help="Where sessions are kept.")
#: Sessions that are listed unless more are asked for.
LISTED: Final = 20
NUMBER = click.option(
    "-n",
    "--number",
    default=LISTED,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="How many, the newest first.",
)
#: More than any machine has.
_ALL: Final = 1 << 40


@click.command("sessions")
@NUMBER
@click.option("--all", "everything", is_flag=True, help="All of them, however far back the log goes.")
@STATE
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def command(number: int, everything: bool, state_dir: str, as_json: bool) -> None:
    """The sessions of this machine, the newest first: when, which agent, how it ended, what it cost.

    All that the audit log knows, and those that run. `killed` is a session without an end on record: somebody killed
    it, or the machine went down. Cost and violations are as far as known: of one that runs or was killed, by its trace.

    \b
    akios sessions
    akios sessions --json | jq -r '.[] | select(.state == "killed") | .session_id'
    """
    listed(_ALL if everything else number, state_dir, as_json, everything=everything)


def state(state_dir: str) -> State:
    """The state folder that is meant. `LaunchError` if there is none."""
    from akios_jail.launcher.state import default_path, existing

    return existing(state_dir or default_path(os.geteuid(), dict(os.environ)))


def traces(state_dir: str) -> str:
    """The folder of the traces. `LaunchError` if there is no state folder."""
    return os.path.join(state(state_dir).path, "broker", "traces")


def listed(
    number: int, state_dir: str, as_json: bool, *, everything: bool = False, only: frozenset[str] | None = None
) -> None:
    """Print the newest sessions. `only`: of these alone."""
    from akios_jail.audit import sessions
    from akios_jail.audit.tiles import DamagedTile
    from akios_jail.cli.broker_files import opener
    from akios_jail.radar import shape, store

    place = state(state_dir)
    folder = os.path.join(place.path, "broker", "traces")
    opened = opener(place)
    try:
        told = sessions.listing(
            place.audit_folder,
            number,
            keep=lambda name: only is None or name in only,
            bundles=None if everything else sessions.BUNDLES,
        )
    except DamagedTile as error:
        raise click.ClickException(f"the log cannot be read: {error}; `akios audit verify` says more") from error
    traced = store.sessions(folder)
    with_trace = frozenset(traced)
    found = [_of_log(known, folder if known.session in with_trace else "", opened) for known in told.sessions]
    if told.complete:  # the rest is older than the log: records can be pruned
        names = {known.session for known in told.sessions}
        rest = [name for name in traced if name not in names and (only is None or name in only)]
        found += [_of_trace(name, folder, opened) for name in rest[: number - len(found)]]
    if as_json:
        print(shape.text(found))
    elif not found:
        print("there was no session yet: `akios run` makes one")
    else:
        _print_sessions(found)
    if not told.complete and len(found) < number:
        print("older records were not looked at: --all looks at all of them", file=sys.stderr)
    if told.damaged:
        print(f"{told.damaged} records could not be read; `akios audit verify` says more", file=sys.stderr)


def _of_log(known: Known, folder: str, opened: Open) -> dict[str, Any]:
    """A session as the log knows it; what only its trace knows is added."""
    from akios_jail.audit.moments import milliseconds

    start, end = known.start, known.end or {}
    outcome = _dictionary(end.get("outcome"))
    cost = _dictionary(end.get("cost"))
    again = _text(start.get("replay_of"))
    if again and "live_from" not in start:
        cost = {"tokens_used": 0, "cost_usd": 0.0}  # what it cost then is told of the session that it was
    began = milliseconds(known.started) / 1000
    took = outcome.get("wall_s")
    if known.state == "running":
        took = round(max(0.0, time.time() - began), 1)
    entry: dict[str, Any] = {
        "session_id": known.session,
        "agent": _text(start.get("name")),
        "program": _text(start.get("program")),
        "replay_of": again or None,
        "policy": {"name": _text(start.get("policy_name")), "sha256": _text(start.get("policy_sha256"))},
        "state": known.state,
        "started": known.started,
        "ended": known.ended or None,
        "took_s": _amount(took),
        "outcome": outcome or None,
        "violations": _count(end.get("violations", known.violations)),
        "tokens_used": _count(cost.get("tokens_used")),
        "cost_usd": _amount(cost.get("cost_usd")),
        "steps": None,
    }
    if known.state == "killed":
        entry["took_s"] = None
    if folder:
        _add_trace(entry, folder, opened, summed=not cost)
    return entry


def _of_trace(name: str, folder: str, opened: Open) -> dict[str, Any]:
    """A session of which the log has nothing any more."""
    from akios_jail.radar import reading, shape

    entry: dict[str, Any] = {"session_id": name}
    try:
        facts, _ = reading.overview(folder, name, opened)
    except reading.Unavailable as error:
        return {**entry, "error": str(error)}
    outcome = _dictionary(facts.get("outcome"))
    entry |= {
        "agent": _text(facts.get("agent")),
        "program": _text(facts.get("program")),
        "policy": {"name": _text(facts.get("policy")), "sha256": _text(facts.get("policy_sha256"))},
        "state": "ended" if outcome else "unknown",
        "started": shape.timestamp(shape.number(facts.get("started"))),
        "ended": None,
        "took_s": _amount(outcome.get("wall_s")),
        "outcome": outcome or None,
        "violations": _count(facts.get("violations")),
    }
    _add_trace(entry, folder, opened, summed=True)
    return entry


def _add_trace(entry: dict[str, Any], folder: str, opened: Open, *, summed: bool) -> None:
    """How many steps its trace has; `summed`: and what they cost, for which all of them are read."""
    from akios_jail.radar import reading, shape

    name = entry["session_id"]
    try:
        if summed:
            trace = reading.read(folder, name, opened)
            entry |= {"steps": len(trace.steps), **shape.document(name, trace)["trace"]["cost"]}
        else:
            entry["steps"] = reading.overview(folder, name, opened)[1]
    except reading.Unavailable as error:
        entry["error"] = str(error)


def _print_sessions(found: Iterable[dict[str, Any]]) -> None:
    from akios_jail.cli import table

    heads = ("session", "started", "took", "agent", "cost", "violations", "ended")
    table.shown(heads, [_row(each) for each in found], long=(3, 6))


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    name = entry["session_id"]
    if "state" not in entry:
        return (name, "", "", "", "", "", entry["error"])
    cost = f"${entry['cost_usd']:.4f}" if entry.get("tokens_used") else ""
    violations = str(entry["violations"]) if entry["violations"] else ""
    ended = {"running": "runs", "killed": "was killed: no end is on record", "unknown": "no end is known"}.get(
        entry["state"], _ended(entry["outcome"] or {})
    )
    if entry.get("replay_of"):
        ended = f"replay of {entry['replay_of']}; {ended}"
    told = f"{ended}; {entry['error']}" if "error" in entry else ended
    return (name, entry["started"][:19], _took(entry["took_s"]), entry["agent"], cost, violations, told)


def _ended(outcome: dict[str, Any]) -> str:
    if outcome.get("code"):
        return str(outcome["code"])
    return f"signal {outcome['signal']}" if outcome.get("signal") else f"status {outcome.get('status')}"


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _ALL << 20 else None


def _amount(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known and value >= 0 else None  # type: ignore[operator,arg-type]
