"""A folder for each broker's trace and recording where all brokers are one account: without root.

Under root each broker has a number of its own, and can open no other's files in the folders that they share. Without,
it sees, in the place of these, folders that are its own: mounts over them, which it has no right to take away. So what
one session left is out of reach of the broker of another, also when that was taken over.

What it writes comes into the shared folders when it has ended. Until then there are links in them to it, for commands
that look at a session that runs. Names are the launcher's choice: whatever else a broker has made is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from typing import Final

from akios_jail.launcher.state import KEPT_FOLDERS, State, unwritable

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME: Final = re.compile(r"ses_[0-9a-f]{12}")
#: The database is the last: what is beside it is found by its name.
_PARTS: Final = ("-wal", "-shm", "")


class Apart:
    """The folders of the session of that name, which exist as long as this is held. `LaunchError` if there can be none.

    `folders`: where they are, by their names in the brokers' folder.
    """

    def __init__(self, store: State, session: str) -> None:
        self._store, self._session = store, session
        self._path = os.path.join(_running(store), session)
        gather(store)
        try:
            os.makedirs(self._path, 0o700)
            self._lock = os.open(self._path, _FOLDER)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.folders = {name: os.path.join(self._path, name) for name in KEPT_FOLDERS}
            for folder in self.folders.values():
                os.mkdir(folder, 0o700)
        except OSError as error:
            raise unwritable(self._path, error) from error

    def show(self) -> None:
        """The session runs: let commands find its files."""
        for kind in self.folders:
            name = f"{self._session}.db"
            with contextlib.suppress(OSError):  # then they are found when the session has ended
                os.symlink(
                    f"../../running/{self._session}/{kind}/{name}", os.path.join(_shared(self._store, kind), name)
                )

    def close(self) -> None:
        """The broker has ended: keep what it wrote."""
        _keep(self._store, self._session)
        os.close(self._lock)


def gather(store: State) -> None:
    """Keep what brokers wrote whose launchers were killed."""
    try:
        names = os.listdir(_running(store))
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(_running(store), error) from error
    for name in filter(_NAME.fullmatch, names):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            lock = os.open(os.path.join(_running(store), name), _FOLDER)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # who holds it lives
                _keep(store, name)
            finally:
                os.close(lock)


def _running(store: State) -> str:
    return os.path.join(store.path, "running")


def _shared(store: State, kind: str) -> str:
    return os.path.join(store.path, "broker", kind)


def _keep(store: State, session: str) -> None:
    """Move a session's files into the shared folders, and remove its own."""
    own = os.path.join(_running(store), session)
    with contextlib.suppress(OSError):  # a folder that somebody else has changed stays as it is
        for kind in KEPT_FOLDERS:
            _bring(os.path.join(own, kind), _shared(store, kind), f"{session}.db")
        os.rmdir(own)


def _bring(folder: str, shared: str, database: str) -> None:
    source, target = os.open(folder, _FOLDER), os.open(shared, _FOLDER)
    try:
        if _is_file(source, database):
            for part in _PARTS:
                if _is_file(source, f"{database}{part}"):
                    os.rename(f"{database}{part}", f"{database}{part}", src_dir_fd=source, dst_dir_fd=target)
        else:
            _remove_link(target, database)
        for name in os.listdir(source):
            os.unlink(name, dir_fd=source)
        os.rmdir(folder)
    finally:
        os.close(source)
        os.close(target)


def _is_file(folder: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _remove_link(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)
