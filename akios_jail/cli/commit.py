"""`akios commit`: apply what a session wrote in its overlay to the workspace, or throw it away."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from akios_jail.cli.diff import counted, escaped, find_layer
from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.launcher.layers import Layer, Opened

_LISTED = 20


@click.command(
    "commit",
    epilog="""\b
Examples:
  akios commit --dry-run         what would be applied
  akios commit                   apply all that the latest session in this folder changed
  akios commit src README.md     only these
  akios commit ses_7f3a9bc21d04 --force
  akios commit --discard         throw the changes away

Exit status: 0 applied; 1 conflicts, or a change that cannot be applied; 2 no such layer or path.""",
)
@click.argument("arguments", nargs=-1, metavar="[SESSION] [PATH]...")
@click.option("--dry-run", is_flag=True, help="Say what would be applied, and what stands against it; do nothing.")
@click.option("--force", is_flag=True, help="Apply also where the workspace was changed since the session began.")
@click.option("--discard", is_flag=True, help="Throw the layer away instead.")
@click.option("--state-dir", default="", metavar="DIR", help="The state folder that holds the layer.")
def command(arguments: tuple[str, ...], dry_run: bool, force: bool, discard: bool, state_dir: str) -> int:
    """Apply what a session wrote in a workspace whose policy says `access: overlay`.

    SESSION is the id that `akios run` gave; without one, the latest session in the current folder is meant. PATHs
    choose what to apply, as `akios diff` names them. New files belong to the workspace's owner; set-id bits and
    extended attributes are not applied, nor are fifos, sockets and devices. Files that were changed in the workspace
    since the session began are conflicts: nothing is applied, unless --force says so. When all is applied, the layer is
    removed.
    """
    from akios_jail.launcher import layers

    session, paths = _split(arguments)
    layer = find_layer(state_dir, session)
    if discard:
        if paths or dry_run or force:
            raise click.UsageError("--discard throws the whole layer away and goes with no PATH and no other option")
        layers.discard(layer)
        print(f"thrown away: what {layer.session} changed in {printable(layer.workspace)}")
        return 0
    with layers.opened(layer, exclusive=True) as opened:
        return _commit(opened, [_relative(layer, path) for path in paths], dry_run=dry_run, force=force)


def _split(arguments: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The session, if the first argument is the id of one, and the paths."""
    from akios_jail.launcher.layers import SESSION

    if arguments and SESSION.fullmatch(arguments[0]):
        return arguments[0], arguments[1:]
    return None, arguments


def _relative(layer: Layer, path: str) -> str:
    """A path as typed, in terms of the workspace: as the diff names it, or absolute."""
    if os.path.isabs(path):
        path = os.path.relpath(os.path.normpath(path), layer.workspace)
    path = os.path.normpath(path)
    if path == ".." or path.startswith("../"):
        raise click.UsageError(f"{path} lies outside of the workspace {layer.workspace}")
    return path


def _commit(opened: Opened, paths: list[str], *, dry_run: bool, force: bool) -> int:
    from akios_jail.launcher import commit, layers

    everything = opened.changes()
    changes = commit.select(everything, paths)
    conflicts = commit.conflicts(changes, opened.layer.began_ns)
    for change in changes:
        if change.obstacle:
            _say(f"left out: {change.path}: {change.obstacle}")
        elif dry_run:
            print(f"{change.kind} {escaped(change.path)}")
    for conflict in conflicts[:_LISTED]:
        _say(f"conflict: {conflict.path}: {conflict.why}")
    if len(conflicts) > _LISTED:
        _say(f"… and {len(conflicts) - _LISTED} other conflicts")
    if conflicts and not force:
        _say("nothing was applied. Look at the diff, then choose paths without conflict, or apply all with --force.")
        return 1
    if dry_run:
        return 0
    applied = commit.apply(opened, changes)
    print(f"{counted(applied)} applied to {printable(opened.layer.workspace)}")
    if applied == len(everything):
        layers.remove(opened.layer)
    else:
        _say(
            f"not applied, still in the layer: {counted(len(everything) - applied)} (akios diff {opened.layer.session})"
        )
    return 0


def _say(text: str) -> None:
    print(paint("akios:", "quiet", sys.stderr), escaped(text), file=sys.stderr)
