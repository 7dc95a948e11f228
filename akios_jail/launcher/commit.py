"""Carrying a layer's changes over into the workspace.

The layer is the agent's, so it is read as hostile; the workspace is somebody's, who may be at work in it, so every
step looks again before it acts and acts below open folders, following no link. All that happens in the workspace
happens with the rights of its owner: whatever tricks are played with names, nothing is written that they could not
have written themselves. Content, permission bits and times of change are carried over; set-id bits, extended attributes
and owners are not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from akios_jail.jail import overlay
from akios_jail.jail.overlay import Change, Entry
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.layers import Layer, Opened

_CHUNK: Final = 1 << 20


class Conflict(NamedTuple):
    """A path that the workspace's owner changed since the session began, and how."""

    path: str
    why: str


class Interrupted(LaunchError):
    """A change could not be applied; those before it are. Trying again goes on from there."""


def conflicts(changes: Iterable[Change], began_ns: int) -> list[Conflict]:
    """Where applying `changes` would undo what somebody else did since `began_ns`."""
    found = []
    for change in changes:
        before = change.before
        if before is None and change.copied and change.after is not None:
            found.append(Conflict(change.path, "deleted or moved away since the session began"))
        elif before is not None and before.type != "folder" and before.changed_ns >= began_ns:
            found.append(Conflict(change.path, "changed since the session began"))
    return found


def select(changes: list[Change], paths: Iterable[str]) -> list[Change]:
    """The changes at or below `paths` (relative to the workspace), with the new folders that they lie in.

    No paths select everything. `LaunchError` names a path at which nothing changed.
    """
    wanted = list(paths)
    if not wanted:
        return changes
    for path in wanted:
        if not any(_within(path, change.path) for change in changes):
            raise LaunchError(f"nothing changed at {path}", "`akios diff --stat` lists what did.", USAGE)
    chosen = {change.path for change in changes if any(_within(path, change.path) for path in wanted)}
    parents = {path[:at] for path in chosen for at, char in enumerate(path) if char == "/"}
    return [change for change in changes if change.path in chosen or (change.path in parents and change.after)]


def _within(folder: str, path: str) -> bool:
    return folder in ("", ".") or path == folder or path.startswith(folder + "/")


def apply(opened: Opened, changes: Iterable[Change]) -> int:
    """Apply `changes` in their order, those with an obstacle left out. How many were applied; `Interrupted` if one
    cannot be.
    """
    layer, applied, touched = opened.layer, 0, set()
    for change in changes:
        if change.obstacle:
            continue
        try:
            _apply(opened, change)
        except OSError as error:
            raise Interrupted(
                f"could not apply the change of {change.path}: {error.strerror or error}",
                f"{applied} changes before it are in {layer.workspace}; the layer is kept. "
                f"Mend the cause and commit again: akios commit {layer.session}",
                status=1,
            ) from error
        touched.add(os.path.dirname(change.path))
        applied += 1
    for path in touched:
        try:
            folder = overlay.open_folder(opened.workspace_fd, path)
        except OSError:  # deleted or replaced by a later change
            continue
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return applied


def _apply(opened: Opened, change: Change) -> None:
    parent, name = os.path.split(change.path)
    with contextlib.ExitStack() as open_fds:
        folder = _kept(open_fds, overlay.open_folder(opened.workspace_fd, parent))
        _check_unchanged(overlay.look(folder, name), change.before)
        before, after = change.before, change.after
        if after is None:
            with _as_owner(opened.layer):
                _delete(folder, name, change.entry)
            return
        if before is not None and before.type != after.type and "folder" in (before.type, after.type):
            with _as_owner(opened.layer):
                _delete(folder, name, before)
        if after.type == "folder":
            with _as_owner(opened.layer):
                _place_folder(folder, name, after, exists=before is not None and before.type == "folder")
        elif after.type == "link":
            with _as_owner(opened.layer):
                _place_link(folder, name, after)
        else:
            source_folder = _kept(open_fds, overlay.open_folder(opened.upper_fd, parent))
            source = _kept(open_fds, overlay.open_file(source_folder, name))
            _place_file(opened.layer, folder, name, source, change)


def _kept(stack: contextlib.ExitStack, fd: int) -> int:
    stack.callback(os.close, fd)
    return fd


def _check_unchanged(now: Entry | None, before: Entry | None) -> None:
    """What is replaced must be what was compared; a folder's own times change with its content."""
    if now is None or before is None:
        same = now is before
    elif now.type == before.type == "folder":
        same = now.inode == before.inode
    else:
        same = (now.type, now.inode, now.changed_ns) == (before.type, before.inode, before.changed_ns)
    if not same:
        raise OSError(16, "it was changed just now")


@contextlib.contextmanager
def _as_owner(layer: Layer) -> Iterator[None]:
    """Act with the rights of the workspace's owner."""
    if os.geteuid() != 0 or layer.uid == 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(layer.gid)
    os.seteuid(layer.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def _delete(folder: int, name: str, entry: Entry) -> None:
    if entry.type == "folder":
        os.rmdir(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _place_folder(folder: int, name: str, after: Entry, *, exists: bool) -> None:
    if not exists:
        os.mkdir(name, 0o700, dir_fd=folder)
    fd = overlay.open_folder(folder, name)
    try:
        os.fchmod(fd, after.mode)
    finally:
        os.close(fd)


def _place_link(folder: int, name: str, after: Entry) -> None:
    temporary = _temporary_name()
    os.symlink(after.target, temporary, dir_fd=folder)
    _rename(folder, temporary, name)


def _place_file(layer: Layer, folder: int, name: str, source: int, change: Change) -> None:
    """A copy of `source`, complete and on disk before it takes the name."""
    after, temporary = change.entry, _temporary_name()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with _as_owner(layer):
        copy = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        _copy(source, copy, after.size)
        made = os.fstat(copy)
        owner = (change.before.uid, change.before.gid) if change.before is not None else (layer.uid, layer.gid)
        if (made.st_uid, made.st_gid) != owner:
            os.fchown(copy, *owner)
        os.fchmod(copy, after.mode)
        os.utime(copy, ns=(after.modified_ns, after.modified_ns))
        os.fsync(copy)
    except BaseException:
        with contextlib.suppress(OSError), _as_owner(layer):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        os.close(copy)
    with _as_owner(layer):
        _rename(folder, temporary, name)


def _copy(source: int, target: int, size: int) -> None:
    """Copy what is data; holes stay holes."""
    for start, end in overlay.segments(source, size):
        os.lseek(target, start, os.SEEK_SET)
        at = start
        while at < end:
            data = memoryview(os.pread(source, min(_CHUNK, end - at), at))
            if not data:
                break
            at += len(data)
            while data:
                data = data[os.write(target, data) :]
    os.ftruncate(target, size)


def _temporary_name() -> str:
    return f".akios-commit-{os.urandom(8).hex()}"


def _rename(folder: int, temporary: str, name: str) -> None:
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
