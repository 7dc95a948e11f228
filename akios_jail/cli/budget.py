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
from akios_jail.flux.store import DAY_S
from akios_jail.launcher.behalf import Told, in_broker_folder
from akios_jail.launcher.state import default_path, existing
from akios_jail.policy.quantities import dollars


@click.group()
def command() -> None:
    """Show what budgets have left, and raise them."""


_STATE_DIR = click.option("--state-dir", metavar="DIR", help="The state folder whose budgets are meant.")


@command.command()
@click.argument("which", metavar="[SESSION|NAME]", default="")
@_STATE_DIR
@click.option("--json", "as_json", is_flag=True, help="As JSON, money in micro-dollars.")
def show(which: str, state_dir: str | None, as_json: bool) -> None:
    """Show budgets of the day, of running sessions, and the calls that wait.

    SESSION is a session's id, NAME its name or that of the policy whose day it shares.
    """
    from akios_jail.flux.store import Store

    def work(folder: str) -> dict[str, Any]:
        store = Store(folder)
        return {
            "days": [[standing, limits] for standing, limits in store.standings()],
            "sessions": store.snapshots(),
            "queue": store.places(),
        }

    found = _shaped(_inside(state_dir, work), time.time())
    if which:
        found = {kind: [entry for entry in entries if which in _names(entry)] for kind, entries in found.items()}
    print(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))


@command.command(name="raise")
@click.argument("target", metavar="SESSION|NAME")
@click.option("--per-day", metavar="USD", help="Of NAME: today's budget, until midnight UTC.")
@click.option("--per-session", metavar="USD", help="Of SESSION.")
@click.option("--per-minute", metavar="USD", help="Of SESSION.")
@click.option("--tokens-per-day", metavar="N", type=click.IntRange(1, 1 << 53))
@click.option("--tokens-per-session", metavar="N", type=click.IntRange(1, 1 << 53))
@click.option("--tokens-per-minute", metavar="N", type=click.IntRange(1, 1 << 53))
@_STATE_DIR
def raise_(target: str, state_dir: str | None, **amounts: Any) -> None:
    """Raise a budget to an amount. It is never lowered, and the policy stays as it is.

    Calls that wait for the budget go on within a second. Who raised it, and when, is on record.
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

    def work(folder: str) -> list[Any]:
        store = Store(folder)
        known = {name for name, _, _ in store.snapshots()} | {standing.name for standing, _ in store.standings()}
        known |= {place.name for place in store.places()}
        if target not in known:
            return sorted(known)
        for scope, microusd, tokens in asked:
            store.raise_to(who[:100], target, scope, microusd, tokens)
        return []

    known = _inside(state_dir, work)
    if isinstance(known, list) and known:
        names = ", ".join(printable(str(name)[:100]) for name in known[:20])
        raise click.ClickException(f"nothing that runs or was used today is called {target!r}; there is: {names}")
    for scope, microusd, tokens in asked:
        parts = [dollars(microusd)] if microusd is not None else []
        parts += [f"{tokens:,} tokens"] if tokens is not None else []
        print(f"{target}: at least {' and '.join(parts)} a {scope}")


def _inside(state_dir: str | None, work: Callable[[str], Any]) -> Any:
    if os.geteuid() != 0:
        raise click.ClickException("this needs root, like `akios run`: budgets are kept by the brokers' own account")
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
    for day in found["days"]:
        lines.append(paint(f"{printable(day['name'])}, {day['day']} (UTC)", "strong", sys.stdout))
        lines += _table([{"scope": "day", "action": "", **day}])
        if day["day"] > time.strftime("%Y-%m-%d", time.gmtime(time.time() + DAY_S)):
            lines.append("  the clock was ahead once, and this day counts until it is raised: that makes it today")
    for session in found["sessions"]:
        head = f"{printable(session['id'])} ({printable(session['name'])})"
        waiting = f", {session['waiting']} calls wait" if session["waiting"] else ""
        gone = "" if session["running"] else f", not heard of for {session['age_s']:.0f} s"
        lines.append(paint(head, "strong", sys.stdout) + waiting + gone)
        lines += _table(session["limits"])
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
            if limit["limit"][unit] is None and not limit["spent"][unit]:
                continue
            say = dollars if unit == "microusd" else "{:,} tokens".format
            most = f" of {say(limit['limit'][unit])}" if limit["limit"][unit] is not None else ""
            left = f", {say(limit['left'][unit])} left" if limit["left"][unit] is not None else ""
            text = f"  {limit['scope']:<8} {say(limit['spent'][unit])}{most} spent, {say(limit['reserved'][unit])}"
            ahead = f"; at this rate {say(limit['forecast'][unit])} soon" if limit["forecast"][unit] else ""
            lines.append(f"{text} reserved{left}{ahead}")
    return lines
