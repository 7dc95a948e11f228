"""`akios diff`: what did a session write in its overlay of the workspace?"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.jail.overlay import Change
    from akios_jail.launcher.layers import Layer, Opened

_MEANINGS = {"added": "good", "deleted": "bad", "modified": "strong", "replaced": "warning"}


def escaped(line: str) -> str:
    """`line` as one line on the screen, whatever a name or a text holds."""
    return printable(line).replace("\n", "\\x0a")


def counted(changes: int) -> str:
    """A number of changes in words."""
    return f"{changes} change{'' if changes == 1 else 's'}"


def find_layer(state_dir: str, session: str | None) -> Layer:
    """The layer that is meant: a session's, or the latest whose workspace the person stands in."""
    from akios_jail.launcher import layers, state

    path = state_dir or state.default_path(os.geteuid(), dict(os.environ))
    return layers.find(state.existing(path).sessions, session, os.getcwd() if session is None else "/")


@click.command(
    "diff",
    epilog="""\b
Examples:
  akios diff                     what the latest session in this folder changed
  akios diff --stat              the same, a line for each file
  akios diff ses_7f3a9bc21d04 | less -R
  akios commit                   apply it""",
)
@click.argument("session", required=False)
@click.option("--stat", is_flag=True, help="A line for each change, without the text.")
@click.option("--json", "as_json", is_flag=True, help="The changes as JSON, without the text.")
@click.option("--state-dir", default="", metavar="DIR", help="The state folder that holds the layer.")
def command(session: str | None, stat: bool, as_json: bool, state_dir: str) -> int:
    """Show what a session wrote in a workspace whose policy says `access: overlay`.

    SESSION is the id that `akios run` gave; without one, the latest session in the current folder is meant. Text is
    shown as a unified diff in which control characters are escaped; binary and large files are named with their sizes.
    """
    from akios_jail.launcher import comparison, layers

    layer = find_layer(state_dir, session)
    with layers.opened(layer, exclusive=False) as opened:
        changes = opened.changes()
        if as_json:
            document = {
                "session_id": layer.session,
                "name": layer.name,
                "policy": layer.policy,
                "workspace": layer.workspace,
                "changes": [comparison.document(change) for change in changes],
            }
            print(json.dumps(document, indent=2))
            return 0
        print(printable(f"{layer.session} ({layer.name}) in {layer.workspace}: {counted(len(changes))}"))
        for change in changes:
            _show(opened, change, stat=stat)
    return 0


def _show(opened: Opened, change: Change, *, stat: bool) -> None:
    from akios_jail.launcher import comparison

    told = comparison.compare(opened, change)
    headline = paint(escaped(told.headline), _MEANINGS[change.kind], sys.stdout)
    if stat:
        print(f"{headline}  +{told.added} -{told.removed}" if told.lines else headline)
        return
    print(headline)
    for number, line in enumerate(told.lines):
        meaning = {"+": "good", "-": "bad", "@": "quiet"}.get(line[:1]) if number > 1 else "strong"
        text = escaped(line)
        print(paint(text, meaning, sys.stdout) if meaning else text)
