"""The layers of overlay workspaces: what sessions wrote, kept apart from the workspace until somebody commits it.

A layer is the folder `sessions/<session id>/` in the state folder: `layer.json` says whose it is, `upper` holds what
the agent wrote, `work` belongs to overlayfs. Whoever uses a layer holds a lock on its folder: the launcher while its
session runs, `akios diff` and `akios commit` while they read and apply it. A layer in which nothing changed is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import re
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from akios_jail import kernel
from akios_jail.jail import overlay
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import Identity
from akios_jail.launcher import removal, view
from akios_jail.launcher.errors import USAGE, LaunchError

SESSION: Final = re.compile(r"ses_[0-9a-f]{12}")
#: Changes beyond this many are not counted at a session's end.
COUNTED: Final = 10_000
#: So many are put on record and into the trace one by one, and so much of their paths.
TOLD: Final = 500
TOLD_CHARACTERS: Final = 1_024
_DESCRIPTION: Final = "layer.json"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Layer(NamedTuple):
    """One layer as `layer.json` describes it. `workspace` is a path without links, `inode` and `uid` what it was then.

    `began_ns`: the session's begin by the clock that stamps files (nanoseconds since 1970); `folder`: the layer's own.
    """

    session: str
    name: str
    policy: str
    workspace: str
    inode: int
    uid: int
    gid: int
    began_ns: int
    folder: str

    @property
    def upper(self) -> str:
        return os.path.join(self.folder, "upper")

    @property
    def work(self) -> str:
        return os.path.join(self.folder, "work")


class Opened(NamedTuple):
    """A layer in use: descriptors of its upper folder and of the workspace as it is now."""

    layer: Layer
    upper_fd: int
    workspace_fd: int

    def changes(self) -> list[overlay.Change]:
        """What the session changed, in the order in which it can be applied."""
        return overlay.changes(self.upper_fd, self.workspace_fd)


class Held:
    """The layer of the session that this process runs, from before its jail exists to after its end."""

    def __init__(self, layer: Layer, lock: int) -> None:
        self.layer = layer
        self._lock = lock

    @property
    def mounts(self) -> view.Layer:
        """What the jail needs to know of it."""
        return view.Layer(self.layer.upper, self.layer.work)

    def told(self) -> bytes:
        """What the session changed, as JSON for the broker's `files`; b"" for nothing, or if it cannot be told.

        The first `TOLD` changes, and how many there are of each kind, as far as they are counted.
        """
        counts: dict[str, int] = {}
        digest = hashlib.sha256()
        changes: list[list[str | int]] = []
        try:
            with _open_both(self.layer) as opened:
                for change in itertools.islice(overlay.walk(opened.upper_fd, opened.workspace_fd), COUNTED + 1):
                    counts[change.kind] = counts.get(change.kind, 0) + 1
                    digest.update(os.fsencode(f"{change.kind} {change.path}\n"))
                    if len(changes) < TOLD:
                        entry = change.entry
                        changes.append([change.kind, entry.type, change.path[:TOLD_CHARACTERS], entry.size])
        except (LaunchError, OSError):
            return b""
        return (
            json.dumps({"counts": counts, "sha256": digest.hexdigest(), "changes": changes}).encode() if counts else b""
        )

    def count(self) -> int | None:
        """How many changes there are by now, at most COUNTED + 1; None if the workspace is no longer in its place."""
        try:
            with _open_both(self.layer) as opened:
                found = overlay.walk(opened.upper_fd, opened.workspace_fd)
                return sum(1 for _ in itertools.islice(found, COUNTED + 1))
        except LaunchError:
            return None

    def close(self) -> None:
        """Let go of it, and remove it if nothing is in it."""
        try:
            if self.count() == 0:
                remove(self.layer)
        finally:
            os.close(self._lock)


def create(sessions: str, session: str, name: str, policy: str, workspace: str, who: Identity) -> Held:
    """A new, locked layer over `workspace` for the agent `who`. `JailError` if the state folder cannot hold it."""
    real = os.path.realpath(workspace)
    try:
        below = os.stat(real)
        os.makedirs(sessions, mode=0o700, exist_ok=True)
        with _locked(sessions):  # so that nobody sweeps a folder between its making and its lock
            _sweep(sessions)
            folder = os.path.join(sessions, session)
            os.mkdir(folder, 0o700)
            lock = _lock(folder, exclusive=True)
        for part in ("upper", "work"):
            path = os.path.join(folder, part)
            os.mkdir(path, 0o700)
            os.chown(path, who.host_uid, who.host_gid)
        upper = os.path.join(folder, "upper")
        os.chmod(upper, stat.S_IMODE(below.st_mode) & 0o777 | 0o700)  # what the agent sees as the workspace's own mode
        began = os.stat(upper).st_ctime_ns
        layer = Layer(session, name, policy, real, below.st_ino, below.st_uid, below.st_gid, began, folder)
        _describe(layer)
    except OSError as error:
        raise JailError("make a layer for the workspace", str(error)) from error
    return Held(layer, lock)


def _describe(layer: Layer) -> None:
    fields = {key: value for key, value in layer._asdict().items() if key != "folder"}
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    fd = os.open(os.path.join(layer.folder, _DESCRIPTION), flags, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        json.dump(fields, file)


def listed(sessions: str) -> list[Layer]:
    """Every layer in a state folder, the oldest first."""
    try:
        names = os.listdir(sessions)
    except FileNotFoundError:
        return []
    found = [_read(os.path.join(sessions, name), name) for name in names if SESSION.fullmatch(name)]
    return sorted((layer for layer in found if layer is not None), key=lambda layer: layer.began_ns)


def _read(folder: str, session: str) -> Layer | None:
    """The layer in `folder`; None while it is being made or removed."""
    try:
        with open(os.path.join(folder, _DESCRIPTION), encoding="ascii") as file:
            fields = json.load(file)
        layer = Layer(**fields, folder=folder)
    except (OSError, ValueError, TypeError):
        return None
    return layer if layer.session == session else None


def find(sessions: str, session: str | None, directory: str) -> Layer:
    """The layer of a session; without one, the latest whose workspace holds `directory`. `LaunchError` if none is."""
    known = listed(sessions)
    if session is not None:
        for layer in known:
            if layer.session == session:
                return layer
        raise LaunchError(f"there is no layer of {session}", _known(known), USAGE)
    here = os.path.realpath(directory)
    for layer in reversed(known):
        if view.contains(layer.workspace, here):
            return layer
    raise LaunchError(f"no session left changes for {here}", _known(known), USAGE)


def _known(known: list[Layer]) -> str:
    if not known:
        return "Layers are left by sessions whose policy says spec.filesystem.workspace: {access: overlay}."
    lines = [f"  {layer.session}  {layer.workspace}  ({layer.name})" for layer in reversed(known[-10:])]
    return "\n".join(["Name one of these:", *lines])


@contextlib.contextmanager
def opened(layer: Layer, *, exclusive: bool) -> Iterator[Opened]:
    """Use a layer whose session is over; `exclusive`: to change it. `LaunchError` if it is in use."""
    try:
        lock = _lock(layer.folder, exclusive=exclusive)
    except BlockingIOError as error:
        raise LaunchError(
            f"the layer of {layer.session} is in use",
            "Its session is still running, or another `akios commit` is at work on it. Wait for its end.",
            status=1,
        ) from error
    except OSError as error:
        raise LaunchError(f"the layer of {layer.session} is gone", status=1) from error
    try:
        with _open_both(layer) as both:
            yield both
    finally:
        os.close(lock)


@contextlib.contextmanager
def _open_both(layer: Layer) -> Iterator[Opened]:
    upper = _open_upper(layer)
    try:
        workspace = _open_workspace(layer)
        try:
            yield Opened(layer, upper, workspace)
        finally:
            os.close(workspace)
    finally:
        os.close(upper)


def _open_upper(layer: Layer) -> int:
    """The folder that was the agent's workspace, and whose mode was its to change: not this process's to respect."""
    try:
        return os.open(layer.upper, _FOLDER)
    except PermissionError:
        os.chmod(layer.upper, 0o700)  # in a folder that is nobody else's
        return os.open(layer.upper, _FOLDER)


def _open_workspace(layer: Layer) -> int:
    """The workspace, which must still be the folder that it was: whoever owns it may have put a link in its place."""
    try:
        root = os.open("/", os.O_PATH | os.O_CLOEXEC)
        try:
            place = kernel.open_beneath(root, layer.workspace)
        finally:
            os.close(root)
        try:
            fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place)
        finally:
            os.close(place)
    except OSError as error:
        raise _moved(layer, error.strerror or str(error)) from error
    status = os.fstat(fd)
    if (status.st_ino, status.st_uid) != (layer.inode, layer.uid):
        os.close(fd)
        raise _moved(layer, "another folder stands there now")
    return fd


def _moved(layer: Layer, why: str) -> LaunchError:
    return LaunchError(
        f"the workspace of {layer.session} is no longer at {layer.workspace}: {why}",
        "Put it back, or throw the layer away: akios commit --discard " + layer.session,
        status=1,
    )


def discard(layer: Layer) -> None:
    """Throw away a layer whose session is over, whatever became of its workspace. `LaunchError` if it is in use."""
    try:
        lock = _lock(layer.folder, exclusive=True)
    except BlockingIOError as error:
        raise LaunchError(f"the layer of {layer.session} is in use", "Wait for its session's end.", status=1) from error
    try:
        remove(layer)
    finally:
        os.close(lock)


def remove(layer: Layer) -> None:
    """Delete a layer, which the caller has locked."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(layer.folder, _DESCRIPTION))  # first: half a layer is none
    removal.remove(layer.folder)


def _sweep(sessions: str) -> None:
    """Remove what killed sessions left without a change, and what a killed removal left."""
    for name in os.listdir(sessions):
        folder = os.path.join(sessions, name)
        if not SESSION.fullmatch(name):
            continue
        try:
            lock = _lock(folder, exclusive=True)
        except OSError:  # in use, or removed just now
            continue
        try:
            layer = _read(folder, name)
            if layer is None or _is_empty(layer):
                removal.remove(folder)
        finally:
            os.close(lock)


def _is_empty(layer: Layer) -> bool:
    upper = _open_upper(layer)
    try:
        return not os.listdir(upper)
    finally:
        os.close(upper)


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    fd = os.open(folder, _FOLDER)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _lock(folder: str, *, exclusive: bool) -> int:
    """A descriptor that holds the folder's lock until it is closed. `BlockingIOError` if somebody else holds it."""
    fd = os.open(folder, _FOLDER)
    try:
        fcntl.flock(fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BaseException:
        os.close(fd)
        raise
    return fd
