"""`akios approvals`: what waits for a person's word, and their word."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import click

from akios_jail.cli.style import paint
from akios_jail.control import action as actions
from akios_jail.control.action import Action
from akios_jail.control.approvals import Absent, Entry, Refused, Store, Unavailable
from akios_jail.control.visible import visible
from akios_jail.launcher import invoker
from akios_jail.launcher.behalf import Told, in_broker_folder
from akios_jail.launcher.state import State, default_path, existing

#: How often `--watch` looks, in seconds.
_LOOK_S: Final = 0.5
_FILE: Final = "approvals.db"
_MEANING: Final = {"waiting": "warning", "approved": "good", "used": "good", "denied": "bad"}


class Row(NamedTuple):
    """One approval, as it was sent by whoever read the store, and checked here once more."""

    id: str
    action: Action
    digest: str
    created: float
    expires: float
    state: str
    decided: float | None
    who: str
    note: str


@click.group()
def command() -> None:
    """See what agents want to do that needs a person, and decide.

    An approval is for exactly the action that is shown, counts once, and only until it expires.

    \b
    akios approvals list --watch
    akios approvals show apr_7f3a9bc21d0452e6a1b8
    akios approvals deny apr_7f3a9bc21d0452e6a1b8 --note "127.50 was owed"
    """


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    state_dir = click.option("--state-dir", metavar="DIR", help="The state folder that is meant.")
    as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")
    return state_dir(as_json(function))


@command.command("list")
@_options
@click.option("--all", "every", is_flag=True, help="Those that are decided, too.")
@click.option("--watch", is_flag=True, help="Go on: show each as it comes, until Ctrl-C.")
def list_(state_dir: str | None, as_json: bool, every: bool, watch: bool) -> None:
    """List what waits for a person.

    \b
    akios approvals list
    akios approvals list --watch
    akios approvals list --all --json
    """
    state = _state(state_dir)
    known: set[tuple[str, str]] = set()
    if watch and not as_json:
        print("each is shown as it comes, until Ctrl-C", file=sys.stderr)
    while True:
        rows = _entries(state, waiting_only=not every)
        new = [row for row in rows if (row.id, row.state) not in known]
        known = {(row.id, row.state) for row in rows}
        if as_json:
            _print_json([_document(row) for row in new], watch)
        else:
            for row in new:
                print(_line(row))
            if not rows and not watch:
                print("nothing waits")
        if not watch:
            return
        sys.stdout.flush()
        time.sleep(_LOOK_S)


@command.command()
@_options
@click.argument("id")
def show(state_dir: str | None, as_json: bool, id: str) -> None:
    """Show one action, all of it. ID is one that `akios approvals list` gives.

    \b
    akios approvals show apr_7f3a9bc21d0452e6a1b8
    """
    row = _entry(_state(state_dir), id)
    if as_json:
        print(json.dumps(_document(row), indent=2))
        return
    print(_line(row))
    for line in actions.lines(row.action):
        print(f"  {line}")
    print(f"  SHA-256    {row.digest}")
    if row.decided is not None:
        print(f"  {row.state} by {visible(row.who)}" + (f": {visible(row.note)}" if row.note else ""))


@command.command()
@_options
@click.option("--note", default="", help="Goes on record.")
@click.argument("id")
def approve(state_dir: str | None, as_json: bool, note: str, id: str) -> None:
    """Let the action happen, once.

    \b
    akios approvals approve apr_7f3a9bc21d0452e6a1b8 --note "checked with finance"
    """
    _decide(state_dir, as_json, id, True, note)


@command.command()
@_options
@click.option("--note", default="", help="Goes on record, and the agent is told.")
@click.argument("id")
def deny(state_dir: str | None, as_json: bool, note: str, id: str) -> None:
    """Deny the action; the agent is told, and can go on without it.

    \b
    akios approvals deny apr_7f3a9bc21d0452e6a1b8 --note "127.50 was owed"
    """
    _decide(state_dir, as_json, id, False, note)


def _decide(state_dir: str | None, as_json: bool, identifier: str, approve: bool, note: str) -> None:
    state, who = _state(state_dir), invoker.who(dict(os.environ))
    row = _entry(state, identifier)

    def work(store: Store) -> list[dict[str, Any]]:
        # By the digest of what was read and is shown below: should it be another action by now, nothing is decided.
        return [_sent(store.decide(identifier, approve, who, note, row.digest))]

    decided = _one(_ask(state, work), identifier)
    if as_json:
        print(json.dumps(_document(decided), indent=2))
        return
    for line in actions.short(actions.lines(decided.action), f"akios approvals show {identifier}"):
        print(f"  {line}")
    print(paint(decided.state, _MEANING.get(decided.state, "quiet"), sys.stdout), decided.id)


def _state(state_dir: str | None) -> State:
    return existing(state_dir or default_path(os.geteuid(), dict(os.environ)))


def _entries(state: State, *, waiting_only: bool) -> list[Row]:
    return _ask(state, lambda store: [_sent(entry) for entry in store.entries(waiting_only)])


def _entry(state: State, identifier: str) -> Row:
    return _one(_ask(state, lambda store: [_sent(store.entry(identifier))]), identifier)


def _one(rows: list[Row], identifier: str) -> Row:
    if not rows or rows[0].id != identifier:
        raise click.ClickException(f"there is no approval {visible(identifier)}")
    return rows[0]


def _ask(state: State, work: Callable[[Store], list[dict[str, Any]]]) -> list[Row]:
    """What the store says, read with the brokers' rights."""

    def opened(folder: str) -> list[dict[str, Any]]:
        try:
            store = Store(os.path.join(folder, _FILE), create=False)
        except Absent:
            return []
        try:
            return work(store)
        finally:
            store.close()

    try:
        sent = in_broker_folder(state, opened, Refused, Unavailable)
    except Told as told:
        raise click.ClickException(visible(str(told))) from None
    try:
        return [_received(each) for each in sent]
    except (TypeError, KeyError, ValueError, actions.Unreadable):
        raise click.ClickException("the approvals cannot be read: they are not as brokers write them") from None


def _sent(entry: Entry) -> dict[str, Any]:
    return {**entry._asdict(), "action": entry.action.canonical()}


def _received(sent: Any) -> Row:
    """`ValueError` and others for anything that is not what `_sent` makes of an honest entry."""
    action = actions.read(sent["action"])
    digest = actions.digest(sent["action"])
    texts = [sent[name] for name in ("state", "who", "note")]
    if sent["id"] != actions.identifier(digest) or not all(isinstance(text, str) for text in texts):
        raise ValueError(sent["id"])
    decided = sent["decided"]
    return Row(
        sent["id"],
        action,
        digest,
        float(sent["created"]),
        float(sent["expires"]),
        visible(sent["state"]),
        None if decided is None else float(decided),
        sent["who"],
        sent["note"],
    )


def _document(row: Row) -> dict[str, Any]:
    """ASCII in any case: JSON escapes what is not."""
    return {
        "id": row.id,
        "state": row.state,
        **row.action._asdict(),
        "sha256": row.digest,
        "created": row.created,
        "expires": row.expires,
        "decided": row.decided,
        "who": row.who,
        "note": row.note,
    }


def _print_json(documents: list[dict[str, Any]], watch: bool) -> None:
    if not watch:
        print(json.dumps(documents, indent=2))
        return
    for document in documents:
        print(json.dumps(document))


def _line(row: Row) -> str:
    state = paint(f"{row.state:<9}", _MEANING.get(row.state, "quiet"), sys.stdout)
    left = row.expires - time.time()
    when = f"{max(0, round(left))} s left" if row.state == "waiting" else _ago(row.created)
    name, session = visible(row.action.name), visible(row.action.session)
    if len(name) > 80:
        name = f"{name[:80]}… ({len(name) - 80} more characters)"
    return f"{row.id}  {state}  {when:<10}  {session[:40]}  {name}  {_shortened(visible(row.action.where))}"


def _shortened(where: str) -> str:
    return where if len(where) <= 80 else f"{where[:80]}…"


def _ago(moment: float) -> str:
    seconds = max(0, round(time.time() - moment))
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"
