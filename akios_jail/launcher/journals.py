"""Making a session's journal: the file in which its records are durable before they are in the audit log.

Who recovers the journals of dead sessions takes a file that nobody holds for one of them. So a new one counts only once
it is held and still in its place.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from typing import Final, NamedTuple

from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State, sync_folder, unwritable

#: How long to wait for one who takes the new file for a dead session's, in seconds.
_LET_GO_S: Final = 5.0


class Journal(NamedTuple):
    """A session's journal, open twice: for the broker to write, and for the launcher to read. Both hold it as alive.

    What the broker was passed is its own to let go of; by the launcher's, its session is alive nevertheless.
    """

    path: str
    broker_fd: int
    fd: int


def open_journal(store: State, session_id: str) -> Journal:
    """A new journal for a session, held as alive. The caller closes both descriptors. `LaunchError` if it cannot be."""
    folder = os.path.join(store.audit_folder, "journal")
    path = os.path.join(folder, session_id)
    try:
        for place in (store.audit_folder, folder):
            _make_private(place)
        fd = _create(path)
        own = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        fcntl.flock(own, fcntl.LOCK_SH | fcntl.LOCK_NB)
        sync_folder(folder)
    except OSError as error:
        raise unwritable(path, error) from error
    return Journal(path, fd, own)


def _create(path: str) -> int:
    """A file that was not there; once somebody has taken it for a dead session's, another after it."""
    deadline, ours = time.monotonic() + _LET_GO_S, False
    while True:
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            if not ours or time.monotonic() > deadline:
                raise
        else:
            if _held(fd, path):
                return fd
            os.close(fd)
            ours = True
        time.sleep(0.001)


def _held(fd: int, path: str) -> bool:
    """Take hold of a new journal; False if somebody else has it, or it is already gone from its place."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(fd), os.stat(path, follow_symlinks=False))
    except (BlockingIOError, FileNotFoundError):
        return False


def _make_private(path: str) -> None:
    """Make a folder of the audit log, durably, if it is missing."""
    try:
        os.mkdir(path, 0o700)
        sync_folder(os.path.dirname(path))
    except FileExistsError:
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise LaunchError(
                f"{path} is not a folder that only its owner, you, can write",
                "Make it so (chown, chmod 700), move it away, or name another folder with --state-dir.",
            ) from None
