"""The state folder: the audit log, its key, caches and session layers. Private to whoever runs AKIOS.

Nothing is allowed that cannot be recorded, so a folder that cannot be written stops a session before it starts.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Final, NamedTuple

from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher.errors import USAGE, LaunchError

#: In the folder of brokers: a file for each session, which is one broker's alone.
KEPT_FOLDERS: Final = ("traces", "recordings")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class State(NamedTuple):
    """An open state folder; all paths are absolute."""

    path: str

    @property
    def plan_cache(self) -> str:
        return os.path.join(self.path, "cache", "plans")

    @property
    def seccomp_cache(self) -> str:
        return os.path.join(self.path, "cache", "seccomp")

    @property
    def audit_folder(self) -> str:
        return os.path.join(self.path, "audit")

    @property
    def audit_key(self) -> str:
        """The private key that signs the audit log's checkpoints."""
        return os.path.join(self.path, "keys", "audit.pem")

    @property
    def old_audit_log(self) -> str | None:
        """The log of a version before the first release, which nothing reads any more; None if there is none."""
        path = os.path.join(self.audit_folder, "log.jsonl")
        return path if os.path.lexists(path) else None

    @property
    def sessions(self) -> str:
        return os.path.join(self.path, "sessions")

    def broker_folder(self) -> str:
        """The folder that brokers share for budgets and approvals, which is their group's alone; made if missing.

        Without root brokers are the caller, and it is theirs.
        """
        path = os.path.join(self.path, "broker")
        owner, mode = ((BROKER_ID, BROKER_ID), 0o770) if os.geteuid() == 0 else ((os.geteuid(), -1), 0o700)
        try:
            os.makedirs(path, mode=mode, exist_ok=True)
            fd = os.open(path, _FOLDER)
            try:
                status = os.fstat(fd)
                if not _owned(status, *owner):
                    os.fchown(fd, *owner)
                if stat.S_IMODE(status.st_mode) != mode:
                    _share(fd)
                    os.fchmod(fd, mode)
            finally:
                os.close(fd)
        except OSError as error:
            raise unwritable(path, error) from error
        return path

    def folder_to_keep_in(self) -> str:
        """`broker_folder` with the folders in it that brokers keep a session's trace and recording in: they make none
        themselves. Each may add its own there, list nothing, and touch nobody else's. Without root all of them are one
        account, and see other folders in the place of these (`apart`)."""
        path = self.broker_folder()
        owner, mode = (os.geteuid(), BROKER_ID if os.geteuid() == 0 else -1), 0o1730 if os.geteuid() == 0 else 0o700
        try:
            above = os.open(path, _FOLDER)
            try:
                for name in KEPT_FOLDERS:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, 0o700, dir_fd=above)
                    fd = os.open(name, _FOLDER, dir_fd=above)
                    try:
                        status = os.fstat(fd)
                        if not _owned(status, *owner):
                            os.fchown(fd, *owner)
                        if stat.S_IMODE(status.st_mode) != mode:
                            os.fchmod(fd, mode)
                    finally:
                        os.close(fd)
            finally:
                os.close(above)
        except OSError as error:
            raise unwritable(path, error) from error
        return path

    def trigger_folder(self) -> str:
        """The folder of compiled triggers, made if missing; "" if it cannot be had as it must be: that costs time only.

        Brokers are its group, and may read what they know the name of. Nobody but its owner may write.
        """
        path = os.path.join(self.path, "cache", "triggers")
        try:
            os.makedirs(path, mode=0o710, exist_ok=True)
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                status = os.fstat(fd)
                if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                    return ""
                if status.st_uid == 0 and status.st_gid != BROKER_ID:
                    os.fchown(fd, -1, BROKER_ID)
                if stat.S_IMODE(status.st_mode) != 0o710:
                    os.fchmod(fd, 0o710)
            finally:
                os.close(fd)
        except OSError:
            return ""
        return path

    def open_broker_log(self) -> int:
        """Where a broker's error output goes: nothing in ordinary life."""
        return self._open(os.path.join(self.path, "broker.log"), os.O_WRONLY | os.O_APPEND)

    def _open(self, path: str, flags: int) -> int:
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            fd = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise unwritable(path, error) from error
        sync_folder(os.path.dirname(path))
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            os.close(fd)
            raise LaunchError(
                f"{path} is not a regular file that only its owner, you, can write",
                "Make it so (chown, chmod 600), move it away, or name another folder with --state-dir.",
            )
        return fd


def _owned(status: os.stat_result, uid: int, gid: int) -> bool:
    """Whether something is this user's and this group's; -1 for any group."""
    return status.st_uid == uid and gid in (-1, status.st_gid)


def _share(folder: int) -> None:
    """Give brokers' group what is in a folder that was theirs by one number for all."""
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):  # a link or a folder: nothing of a broker's
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            try:
                status = os.fstat(fd)
                if stat.S_ISREG(status.st_mode) and status.st_uid == BROKER_ID and status.st_nlink == 1:
                    os.fchmod(fd, 0o660)
            finally:
                os.close(fd)


def sync_folder(path: str) -> None:
    """Make the names in a folder durable: a journal whose name is lost in a power failure is lost."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def new_session() -> str:
    """A name for a session."""
    return f"ses_{os.urandom(6).hex()}"


def default_path(uid: int, environment: dict[str, str]) -> str:
    """`/var/lib/akios` for root, `$XDG_STATE_HOME/akios` (`~/.local/state/akios`) for anyone else."""
    if uid == 0:
        return "/var/lib/akios"
    base = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):  # one that is not is to be ignored, says the XDG base directory specification
        base = os.path.join(os.path.expanduser("~"), ".local", "state")
    if not os.path.isabs(base):
        raise LaunchError("this account has no home folder to keep its state in", "Name one with --state-dir.", USAGE)
    return os.path.join(base, "akios")


def open_state(path: str) -> State:
    """The state folder at `path`, made if missing (mode 0700). `LaunchError` if it is not ours or cannot be written."""
    path = os.path.realpath(path)
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        _check_private(path)
        probe = os.path.join(path, f".writable.{os.getpid()}.{os.urandom(4).hex()}")
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        os.unlink(probe)
    except OSError as error:
        raise unwritable(path, error) from error
    return State(path)


def existing(path: str) -> State:
    """The state folder at `path`, for what sessions left there. `LaunchError` if there is none, or it is not ours."""
    path = os.path.realpath(path)
    try:
        _check_private(path)
    except OSError as error:
        hint = "" if os.geteuid() == 0 else " What ran through sudo is in root's: use sudo for that, too."
        raise LaunchError(
            f"there is no state folder at {path}: {error.strerror}",
            f"`akios run` makes it; --state-dir names another.{hint}",
            USAGE,
        ) from error
    return State(path)


def _check_private(path: str) -> None:
    status = os.stat(path)
    if status.st_uid == 0 != os.geteuid():
        raise LaunchError(f"the state folder {path} is root's", "Use sudo, or name another folder with --state-dir.")
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise LaunchError(
            f"the state folder {path} belongs to uid {status.st_uid} with mode {stat.S_IMODE(status.st_mode):04o}",
            "Others could change the record there. Make it yours and private (chown, chmod 700), "
            "or name another folder with --state-dir.",
        )


def unwritable(path: str, error: OSError) -> LaunchError:
    """What is said where the state folder does not take what must be kept."""
    return LaunchError(
        f"cannot write to {path}: {error.strerror or error}",
        "Nothing runs that cannot be recorded. Free some space or fix its permissions, "
        "or name another folder with --state-dir.",
    )
