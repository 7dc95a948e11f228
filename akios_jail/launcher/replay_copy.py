"""The recording of a session, copied for the broker that replays it.

It lies where brokers may write, and may be written to at this moment, or be somebody's trap: a link, a pipe, a file
that never ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Final

from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher import apart, state
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.request import RECORDED

#: The recording and what SQLite keeps beside it; more than the largest that is made is nobody's recording.
_PARTS: Final = ("", "-wal")
_LARGEST: Final = 4 * 1024 * 1024 * 1024
_PIECE: Final = 1024 * 1024
#: So often a recording that is written to meanwhile is copied once more.
_TRIES: Final = 5
#: So much of the disk, in bytes, or the eighth part of a small one, is left to the audit log.
_SPARED: Final = 512 * 1024 * 1024


def copy(store: state.State, shared: state.State, session: str) -> None:
    """Give the broker a recording to read. What it says is the broker's matter; here it is bytes.

    A session without one asked for nothing.
    """
    target = os.path.join(shared.broker_folder(), RECORDED)
    os.mkdir(target, 0o700)
    if os.geteuid() == 0:  # if not, the broker is of the caller's account
        os.chown(target, BROKER_ID, BROKER_ID)
        os.chmod(target, 0o770)  # noqa: S103 - a broker has a number of its own, in that group
    if os.geteuid() != 0:
        apart.gather(store)  # one that was killed has left its own where it wrote it
    try:
        above = os.open(os.path.join(store.path, "broker"), _IS_FOLDER)
        try:
            folder = os.open("recordings", _IS_FOLDER, dir_fd=above)  # which is the brokers' to replace by a link
        finally:
            os.close(above)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LaunchError(f"cannot read the recording of {session}: {error.strerror}") from error
    try:
        for _ in range(_TRIES):
            before = _stamp(folder, session)
            for part in _PARTS:
                _copy_part(folder, f"{session}.db{part}", target)
            if _stamp(folder, session) == before:
                return
    finally:
        os.close(folder)
    raise LaunchError(
        f"the recording of {session} is being written to all the time", "Replay it when the session is over.", USAGE
    )


def _stamp(folder: int, session: str) -> tuple[int, int]:
    """Changes when what stands in the log is written to the database: a copy of both from before and after is none."""
    try:
        status = os.stat(f"{session}.db", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _copy_part(folder: int, name: str, target: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # of a try before this one
        os.unlink(os.path.join(target, name))
    try:
        fd = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno == errno.ELOOP and os.geteuid() != 0:  # the launcher's link to what it still writes
            raise LaunchError(f"{name} is still being written", "Replay it when the session is over.", USAGE) from error
        raise LaunchError(f"cannot read the recording {name}: {error.strerror}") from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise LaunchError(f"the recording {name} is no recording", "Somebody has been at it.")
        disk = os.statvfs(target)
        if disk.f_bavail * disk.f_frsize - status.st_size < min(_SPARED, disk.f_blocks * disk.f_frsize // 8):
            what = f"there is no room for a copy of the recording {name} ({status.st_size} bytes)"
            raise LaunchError(what, "Free some space: the audit log needs the rest of it.")
        try:
            with open(os.path.join(target, name), "xb") as file:
                left = status.st_size  # and no more, however much somebody adds to it
                while left and (piece := os.read(fd, min(left, _PIECE))):
                    left -= file.write(piece)
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), BROKER_ID, BROKER_ID)
                    os.fchmod(file.fileno(), 0o660)
        except OSError as error:
            raise state.unwritable(target, error) from error
    finally:
        os.close(fd)


_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_IS_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
