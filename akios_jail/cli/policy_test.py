"""`akios policy test`: what would this policy have decided otherwise in sessions that were recorded?"""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from akios_jail.cli.sessions import STATE, state
from akios_jail.cli.style import on_a_line, paint

if TYPE_CHECKING:
    from akios_jail.hindsight.comparing import Recorded
    from akios_jail.hindsight.opinion import Opinion
    from akios_jail.hindsight.session import Judged, Row
    from akios_jail.launcher.state import State
    from akios_jail.policy.plans import Plans

#: Exit statuses: a verdict changes; none is known to, and some cannot be told.
CHANGES: Final = 1
UNKNOWN: Final = 3
#: Characters of a reason that people are shown; --json has all of it.
_SENTENCE: Final = 1_000


@click.command(short_help="Say what a policy would have decided otherwise in recorded sessions.")
@click.argument("policy", metavar="POLICY")
@click.option("-s", "--session", "sessions", multiple=True, metavar="SESSION", help="A session; several may be named.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="The newest N sessions.")
@click.option("--all", "everything", is_flag=True, help="All recorded sessions.")
@click.option("--flux", default="", metavar="FILE", help="A FluxConfig, in place of the one that the policy names.")
@STATE
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def test(
    policy: str,
    sessions: tuple[str, ...],
    last: int | None,
    everything: bool,
    flux: str,
    state_dir: str,
    as_json: bool,
) -> int:
    """Judge recorded sessions under POLICY, and list every verdict that would change. Nothing is run or sent.

    Requests, refused names and connections, model calls and where they are routed, tool calls, personal data, and what
    calls used of budgets. What cannot be told from what is recorded is listed as unknown, never taken for allowed. The
    newest session is meant unless others are named; the beginning of an id is enough.

    Exit status 0 when no verdict changes, 1 when one does, 3 when none is known to change and some cannot be judged, 2
    for bad usage or a policy that is not valid.

    \b
    akios policy test policy.new.yaml
    akios policy test policy.new.yaml --session ses_7f3a --session ses_81c0
    akios policy test policy.new.yaml --last 100 --json | jq '.sessions[].changes[]'
    """
    from akios_jail.policy.compile import compile_file

    plans = compile_file(policy, flux)
    place = state(state_dir)
    judged = _judged(place, _names(place.path, sessions, last or 0, everything), plans)
    if as_json:
        from akios_jail.radar.shape import text

        print(text(_document(policy, plans, judged)))
    else:
        for each in judged:
            _print(each)
        _print_totals(judged)
    effects = _effects(judged)
    unknown = effects.pop("unknown", 0) + sum(len(each.gaps) for each in judged)
    return CHANGES if effects else UNKNOWN if unknown else 0


def _names(place: str, wanted: tuple[str, ...], last: int, everything: bool) -> list[str]:
    """The sessions that are meant, the oldest first."""
    from akios_jail.radar import recording

    if bool(wanted) + bool(last) + everything > 1:
        raise click.UsageError("name sessions, or say --last N, or --all: not several of these")
    recorded = recording.sessions(os.path.join(place, "broker", "recordings"))
    if not wanted:
        if not recorded:
            raise click.UsageError("no session is recorded: `akios run` records what an agent asks for")
        return (recorded if everything else recorded[: last or 1])[::-1]
    found: dict[str, None] = {}
    for name in wanted:
        meant = [each for each in recorded if each.startswith(name)] or _silent(place, name)
        if len(meant) > 1:
            raise click.UsageError(f"{name} is the beginning of {len(meant)} sessions: {', '.join(meant[:3])}, …")
        if not meant:
            raise click.UsageError(f"there is no recording of {name}: `akios sessions` lists the sessions")
        found[meant[0]] = None
    return sorted(found, key=lambda name: recorded.index(name) if name in recorded else -1, reverse=True)


def _silent(place: str, name: str) -> list[str]:
    """The session of that name if it is known, and never asked for anything."""
    from akios_jail.launcher import runs
    from akios_jail.launcher.errors import LaunchError
    from akios_jail.radar.recorded import NAME

    if not NAME.fullmatch(f"{name}.db") or _lies(place, "traces", name):
        return []
    try:
        runs.read(place, name)
    except LaunchError:
        return []
    return [name]


def _lies(place: str, kind: str, name: str) -> bool:
    """Whether there is something of a session; of one that runs there may only be the link to it yet."""
    from akios_jail.radar import store

    try:
        store.status(os.path.join(place, "broker", kind, f"{name}.db"))
    except FileNotFoundError:
        return False
    return True


def _judged(place: State, names: list[str], plans: Plans) -> list[Judged]:
    from akios_jail.cli.broker_files import opener
    from akios_jail.hindsight import session
    from akios_jail.radar.recording import Unavailable

    accounts, found = session.Accounts.opened(), list[session.Judged]()
    opened = opener(place)
    for name in names:
        if not _lies(place.path, "recordings", name):
            found.append(session.silent(place.path, name))
            continue
        try:
            found.append(session.judge(place.path, name, plans, accounts, opened))
        except Unavailable as error:
            found.append(session.unread(name, str(error)))
    return found


def _document(policy: str, plans: Plans, judged: list[Judged]) -> dict[str, Any]:
    from akios_jail.radar.shape import timestamp

    effects = _effects(judged)
    unknown = effects.pop("unknown", 0)
    return {
        "policy": {"file": policy, "name": plans.name, "sha256": plans.policy_sha256},
        "sessions": [
            {
                "session_id": each.session,
                "agent": each.agent,
                "policy": {"name": each.policy, "sha256": each.policy_sha256},
                "started": timestamp(each.started) if each.started else None,
                "verdicts": each.verdicts,
                "reproduced": each.reproduced,
                "changes": [_row(row) for row in each.changes],
                "unknown": [_row(row) for row in each.unknown],
                "more": _more(each),
                "gaps": each.gaps,
                "notes": each.notes,
            }
            for each in judged
        ],
        "totals": {
            "sessions": len(judged),
            "verdicts": sum(each.verdicts for each in judged),
            "changes": effects.total(),
            "unknown": unknown,
            "more": sum(map(_more, judged)),
            "effects": dict(sorted(effects.items())),
        },
    }


def _row(row: Row) -> dict[str, Any]:
    from akios_jail.radar.shape import timestamp

    new = row.new
    said = {"decision": new.decision, "code": new.code, "rule": new.rule, "by": new.by, "reason": new.reason}
    if new.sent:
        said["sent"] = new.sent
    return {
        "number": row.number,
        "time": timestamp(row.time),
        "kind": row.kind,
        "what": row.what,
        "effect": row.finding.effect,
        "old": row.old._asdict(),
        "new": said,
        "reason": row.finding.why,
        "unsure": list(row.finding.unsure),
    }


def _print(judged: Judged) -> None:
    from akios_jail.cli import table
    from akios_jail.radar.shape import timestamp

    print(paint(on_a_line(f"{judged.session}  {judged.agent}  under {judged.policy}"), "strong", sys.stdout))
    rows = sorted([*judged.changes, *judged.unknown], key=lambda row: row.number)
    room = table.columns(sys.stdout)
    cells = [(str(row.number), timestamp(row.time)[11:19], row.finding.effect, row.what) for row in rows]
    head, *lines = table.lines(("#", "time", "would be", "what"), cells, room, long=(3,))
    if rows:
        print(paint(head, "quiet", sys.stdout))
    for row, line in zip(rows, lines, strict=True):
        print(line)
        for part in _wrapped(f"{_old(row.old)} → {_new(row.new)}: {row.finding.why}", head.index("would be"), room):
            print(paint(part, "quiet", sys.stdout))
    if more := _more(judged):
        print(f"… and {more} more")
    for gap in judged.gaps:
        print(paint(on_a_line(f"not judged: {gap}"), "warning", sys.stdout))
    for note in judged.notes:
        print(paint(on_a_line(f"note: {note}"), "quiet", sys.stdout))


def _old(old: Recorded) -> str:
    return _verdict(old.decision, old.code, old.rule, old.by)


def _new(new: Opinion) -> str:
    return "not known" if new.unsure else _verdict(new.decision, new.code, new.rule, new.by)


def _verdict(decision: str, code: str, rule: int | None, by: str) -> str:
    told = decision if decision == "allow" else f"{decision} {code}"
    return f"{told} ({by} {rule})" if rule is not None and by else told


def _wrapped(text: str, indent: int, room: int) -> list[str]:
    """A sentence below a row, in as many lines as it needs."""
    import textwrap

    plain = on_a_line(text[:_SENTENCE])
    return textwrap.wrap(plain, max(40, room) if room else len(plain) + indent + 1, initial_indent=" " * indent,
                         subsequent_indent=" " * indent) or [""]  # fmt: skip


def _print_totals(judged: list[Judged]) -> None:
    verdicts = sum(each.verdicts for each in judged)
    effects = _effects(judged)
    unknown = effects.pop("unknown", 0) + sum(len(each.gaps) for each in judged)
    told = ", ".join(f"{count} {effect}" for effect, count in sorted(effects.items()))
    sessions = f"{len(judged)} session{'s' if len(judged) != 1 else ''}"
    meaning = "bad" if effects else "warning" if unknown else "good"
    said = f"{effects.total()} of {verdicts} verdicts in {sessions} would change"
    said += f" ({told})" if told else ""
    said += f"; {unknown} cannot be told" if unknown else ""
    print(paint(said, meaning, sys.stdout))


def _effects(judged: list[Judged]) -> Counter[str]:
    """How many findings of each effect there are in all, those that are not listed too."""
    found: Counter[str] = Counter()
    for each in judged:
        found.update(each.effects)
    return found


def _more(judged: Judged) -> int:
    """How many findings are not listed."""
    return judged.effects.total() - len(judged.changes) - len(judged.unknown)
