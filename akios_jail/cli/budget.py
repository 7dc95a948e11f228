"""`akios budget`: what is spent, reserved, left and expected, while it runs; and more, if a person says so."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from akios_jail.cli.figures import day_of, place_of, session_of
from akios_jail.cli.style import paint, printable
from akios_jail.flux.day import DAY_S
from akios_jail.launcher.behalf import Told, in_broker_folder
from akios_jail.launcher.state import default_path, existing
from akios_jail.policy.quantities import dollars


@click.group()
def command() -> None:
    """Show what budgets have left, and raise them.

    \b
    akios budget show
    akios budget raise billing-support --per-day 50
    """


_STATE_DIR = click.option("--state-dir", metavar="DIR", help="The state folder that is meant.")


@command.command(short_help="Show what is spent, reserved, left and expected.")
@click.argument("which", metavar="[SESSION|NAME]", default="")
@_STATE_DIR
@click.option("--json", "as_json", is_flag=True, help="As JSON, money in micro-dollars.")
def show(which: str, state_dir: str | None, as_json: bool) -> None:
    """Show what is spent today, by running sessions, and which calls wait.

    SESSION is a session's id, NAME its name or that of the policy whose day it shares. Reserved is what running calls
    may cost at the most. The forecast is what will be spent in 30 seconds (or the FluxConfig's look_ahead_seconds) if
    it goes on as in the last minute.

    \b
    akios budget show
    akios budget show billing-support
    akios budget show ses_7f3a9bc21d04 --json
    """
    found = _found(state_dir)
    if which:
        found = {kind: [entry for entry in entries if which in _names(entry)] for kind, entries in found.items()}
    if as_json:
        print(json.dumps(found, indent=2))
    elif which and not any(found.values()):
        print(f"nothing runs or was spent today under the name {printable(which)}")
    else:
        print("\n".join(_lines(found)))


@command.command(name="raise")
@click.argument("target", metavar="SESSION|NAME")
@click.option("--per-day", metavar="USD", help="Of NAME: today's budget, until midnight UTC.")
@click.option("--per-session", metavar="USD", help="Of SESSION.")
@click.option("--per-minute", metavar="USD", help="Of SESSION.")
@click.option(
    "--tokens-per-day", metavar="N", type=click.IntRange(1, 1 << 53), help="Of NAME: tokens today, until midnight UTC."
)
@click.option("--tokens-per-session", metavar="N", type=click.IntRange(1, 1 << 53), help="Of SESSION.")
@click.option("--tokens-per-minute", metavar="N", type=click.IntRange(1, 1 << 53), help="Of SESSION.")
@_STATE_DIR
def raise_(target: str, state_dir: str | None, **amounts: Any) -> None:
    """Raise a budget to an amount. It is never lowered, and the policy stays as it is.

    Calls that wait for the budget go on within a second. Who raised it, and when, is on record.

    \b
    akios budget raise billing-support --per-day 50
    akios budget raise ses_7f3a9bc21d04 --per-session 2.50 --tokens-per-minute 20000
    """
    from akios_jail.flux.store import Store
    from akios_jail.policy.quantities import money

    asked: list[tuple[str, int | None, int | None]] = []
    for scope in ("day", "session", "minute"):
        cost, tokens = amounts[f"per_{scope}"], amounts[f"tokens_per_{scope}"]
        if cost is None and tokens is None:
            continue
        try:
            asked.append((scope, None if cost is None else money(cost), tokens))
        except ValueError as error:
            raise click.UsageError(f"--per-{scope}: {error}") from error
    if not asked:
        raise click.UsageError("say which budget, and to how much: --per-day 50, --tokens-per-session 100000, …")
    if any(scope != "day" for scope, _, _ in asked) and not target.startswith("ses_"):
        raise click.UsageError("budgets of a session and of its minutes are raised by the session's id: ses_…")
    if any(scope == "day" for scope, _, _ in asked) and target.startswith("ses_"):
        raise click.UsageError("a day's budget is shared, so that it is raised by the policy's name")
    who = os.environ.get("SUDO_USER") or f"uid {os.getuid()}"

    _refuse_unknown(target, asked, _found(state_dir))

    def work(folder: str) -> None:
        store = Store(folder)
        for scope, microusd, tokens in asked:
            store.raise_to(who[:100], target, scope, microusd, tokens)

    _inside(state_dir, work)
    for scope, microusd, tokens in asked:
        parts = [dollars(microusd)] if microusd is not None else []
        parts += [f"{tokens:,} tokens"] if tokens is not None else []
        print(f"{target}: at least {' and '.join(parts)} a {scope}")


def _refuse_unknown(
    target: str, asked: list[tuple[str, int | None, int | None]], found: dict[str, list[dict[str, Any]]]
) -> None:
    """`ClickException` unless there is somebody of that name, whose limits of these kinds are not higher."""
    names = {entry["name"] for entry in found["days"]} | {entry["id"] for entry in found["sessions"]}
    names |= {entry["budget"] for entry in found["queue"]}
    if target not in names:
        known = ", ".join(printable(name[:100]) for name in sorted(names)[:20])
        there = f"there is: {known}" if known else "nothing runs under a budget, and nothing was spent today"
        raise click.ClickException(f"nothing that runs or was used today is called {target!r}; {there}")
    limits = [{"scope": "day", **day} for day in found["days"] if day["name"] == target]
    limits += [each for session in found["sessions"] if session["id"] == target for each in session["limits"]]
    if not limits:
        return  # only a call in the queue is known; the brokers hold what they are told against the policy
    limited: dict[tuple[str, str], int] = {}  # the tightest of each kind: raising is for that one
    for each in limits:
        for unit, most in each["limit"].items():
            if most is not None:
                limited[each["scope"], unit] = min(most, limited.get((each["scope"], unit), most))
    for scope, *amounts in asked:
        for unit, amount in zip(("microusd", "tokens"), amounts, strict=True):
            if amount is None:
                continue
            stands = limited.get((scope, unit))
            if stands is None:
                what = "money" if unit == "microusd" else "tokens"
                raise click.ClickException(f"{target} has no limit of {what} a {scope}: there is nothing to raise")
            if amount < stands:
                more = dollars(stands) if unit == "microusd" else f"{stands:,} tokens"
                raise click.ClickException(f"{target} has {more} a {scope} already: a budget is never lowered")


def _found(state_dir: str | None) -> dict[str, list[dict[str, Any]]]:
    """What the store says of days, sessions and the queue."""
    from akios_jail.flux.store import Store

    def work(folder: str) -> dict[str, Any]:
        store = Store(folder)
        return {
            "days": [[standing, limits] for standing, limits in store.standings()],
            "sessions": store.snapshots.read(),
            "queue": store.queue.places(),
        }

    return _shaped(_inside(state_dir, work), time.time())


def _inside(state_dir: str | None, work: Callable[[str], Any]) -> Any:
    state = existing(state_dir or default_path(os.geteuid(), dict(os.environ)))
    try:
        return in_broker_folder(state, work, sqlite3.Error, OSError)
    except Told as told:
        raise click.ClickException(f"the budgets in {state.path} cannot be used: {printable(str(told))}") from None


def _shaped(told: Any, now: float) -> dict[str, list[dict[str, Any]]]:
    """What came out of the file, every field of its type."""
    told = told if isinstance(told, dict) else {}
    sessions = [session_of(entry, now) for entry in _list(told.get("sessions"))]
    return {
        "days": [day_of(entry, sessions) for entry in _list(told.get("days"))],
        "sessions": sessions,
        "queue": [place_of(entry) for entry in _list(told.get("queue"))],
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(entry: dict[str, Any]) -> set[str]:
    return {str(entry.get(name)) for name in ("id", "name", "budget", "session", "session_name")}


def _lines(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = []
    days = {day["name"] for day in found["days"]}
    for day in found["days"]:
        lines.append(paint(f"{printable(day['name'])}, {day['day']} (UTC)", "strong", sys.stdout))
        lines += _table([{"scope": "day", "action": "", **day}])
        if day["day"] > time.strftime("%Y-%m-%d", time.gmtime(time.time() + DAY_S)):
            lines.append("  the clock was ahead once, and this day counts until it is raised: that makes it today")
    for session in found["sessions"]:
        head = f"{printable(session['id'])} ({printable(session['name'])})"
        used = f": {dollars(session['spent']['microusd'])} and {session['spent']['tokens']:,} tokens spent"
        calls = "1 call waits" if session["waiting"] == 1 else f"{session['waiting']} calls wait"
        waiting = f", {calls}" if session["waiting"] else ""
        gone = "" if session["running"] else f", not heard of for {session['age_s']:.0f} s"
        lines.append(paint(head, "strong", sys.stdout) + used + waiting + gone)
        # Its day stands above, with what the other sessions spend of it.
        lines += _table([each for each in session["limits"] if each["scope"] != "day" or session["budget"] not in days])
    if found["queue"]:
        lines.append(paint("waiting for a budget", "strong", sys.stdout))
        lines += [
            f"  {printable(place['session_name'])} {place['digest'][:12]}: up to {dollars(place['microusd'])}, "
            f"{place['tokens']:,} tokens, since {time.strftime('%H:%M:%S', time.gmtime(place['since']))} UTC"
            for place in found["queue"]
        ]
    return lines or ["nothing runs under a budget, and nothing was spent today"]


def _table(limits: list[dict[str, Any]]) -> list[str]:
    lines = []
    for limit in limits:
        for unit in ("microusd", "tokens"):
            if limit["limit"][unit] is None:
                continue
            say = dollars if unit == "microusd" else "{:,} tokens".format
            spent = say(limit["spent"][unit]).removesuffix(" tokens")
            text = f"  {limit['scope']:<8} {spent} of {say(limit['limit'][unit])} spent"
            held = say(limit["reserved"][unit]).removesuffix(" tokens")
            left = say(limit["left"][unit]).removesuffix(" tokens")
            ahead = say(limit["forecast"][unit]).removesuffix(" tokens")
            lines.append(f"{text}, {held} reserved, {left} left; forecast {ahead}")
    return lines
