"""One change of a layer, told: a headline, and where both sides are text the lines that differ."""

from __future__ import annotations

import os
from typing import Any, Final, NamedTuple

from akios_jail.jail import overlay
from akios_jail.jail.overlay import Change, Entry
from akios_jail.launcher import patch
from akios_jail.launcher.layers import Opened

#: Files longer than this are named with their sizes, not shown.
SHOWN_BYTES: Final = 1 << 20


class Comparison(NamedTuple):
    """`headline`: the change in a line; `lines`: its unified diff, empty where there is none; and how many lines it
    adds and removes. Nothing is escaped: names and lines are the agent's.
    """

    headline: str
    lines: tuple[str, ...]
    added: int
    removed: int


def compare(opened: Opened, change: Change) -> Comparison:
    """What a change comes to, read from the layer and the workspace."""
    sides = _texts(opened, change)
    lines = None
    if sides is not None:
        old = f"a/{change.path}" if change.before is not None else "/dev/null"
        new = f"b/{change.path}" if change.after is not None else "/dev/null"
        lines = patch.unified(*sides, old, new)
    body = (lines or [])[2:]
    added, removed = (sum(1 for line in body if line.startswith(sign)) for sign in "+-")
    return Comparison(_headline(change, binary=lines is None and sides is not None), tuple(lines or ()), added, removed)


def document(change: Change) -> dict[str, Any]:
    """The change for programs: path, kind, what was and what is, and what keeps it from being applied ("" nothing)."""
    return {
        "path": change.path,
        "kind": change.kind,
        "before": _entry(change.before),
        "after": _entry(change.after),
        "obstacle": change.obstacle,
    }


def _entry(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    told: dict[str, Any] = {"type": entry.type, "mode": f"{entry.mode:04o}"}
    if entry.type == "file":
        told["size"] = entry.size
    if entry.type == "link":
        told["target"] = entry.target
    return told


def _headline(change: Change, *, binary: bool) -> str:
    before, after = change.before, change.after
    words = [f"{change.kind} {_noun(before, after)} {change.path}"]
    if after is not None and after.type == "link":
        words.append(f"-> {after.target}")
    details = []
    if (
        before is not None
        and after is not None
        and before.mode != after.mode
        and "link" not in (before.type, after.type)
    ):
        details.append(f"mode {before.mode:04o}, now {after.mode:04o}")
    elif before is None and after is not None and after.type == "file" and after.mode & 0o111:
        details.append("executable")
    if binary or any(entry is not None and entry.size > SHOWN_BYTES for entry in _files(change)):
        sizes = ", now ".join(f"{entry.size:,} bytes" for entry in _files(change))
        details.append(f"{'binary' if binary else 'large'}, {sizes}")
    if change.obstacle:
        details.append(f"not to be committed: {change.obstacle}")
    return " ".join(words) + (f" ({'; '.join(details)})" if details else "")


def _noun(before: Entry | None, after: Entry | None) -> str:
    if before is not None and after is not None and before.type != after.type:
        return f"{before.type} by {after.type}"
    found = after or before
    return found.type if found is not None else ""


def _files(change: Change) -> list[Entry]:
    return [entry for entry in (change.before, change.after) if entry is not None and entry.type == "file"]


def _texts(opened: Opened, change: Change) -> tuple[bytes, bytes] | None:
    """The content before and after, b"" on a side that has no file; None if neither has or one is too long to show."""
    if not _files(change) or any(entry.size > SHOWN_BYTES for entry in _files(change)):
        return None
    sides = (change.before, opened.workspace_fd), (change.after, opened.upper_fd)
    try:
        old, new = (_read(root, change.path) if side and side.type == "file" else b"" for side, root in sides)
    except OSError:  # another thing since: the next look will say what
        return None
    return old, new


def _read(root_fd: int, path: str) -> bytes:
    folder = overlay.open_folder(root_fd, os.path.dirname(path))
    try:
        fd = overlay.open_file(folder, os.path.basename(path))
    finally:
        os.close(folder)
    with os.fdopen(fd, "rb") as file:
        return file.read(SHOWN_BYTES + 1)
