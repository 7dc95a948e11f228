"""Compiled triggers, kept in files: an engine of all kinds is then ready in milliseconds rather than seconds.

A database is a program to the library that runs it, so whoever can write an entry decides what its readers do. Entries
are believed only from a folder and a file that belong to `owner` and that nobody else may write, under the digest of
all that they depend on, and whole; anything else is compiled anew, in silence, because the patterns are at hand. They
are written under a lock, one writer at a time, each in one step.

Readers need not be able to list the folder: the name of an entry follows from its patterns, which may hold a policy's
own words, and is known to nobody else.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from akios_jail.pii import trigger_databases
from akios_jail.pii.trigger_databases import Databases, Patterns

#: More entries than this, and the oldest are removed. All kinds are 6 MB.
KEPT = 16
#: A larger entry is neither written nor read.
MAX_ENTRY = 64 << 20
#: With less room than this nothing is written: the record needs it more.
ROOM = 256 << 20

_LOCK = ".lock"
_FORMAT = 1
#: The first line of an entry is not longer.
_MAX_HEAD = 1024


class TriggerCache:
    """The entries in `folder`, which must belong to `owner` as they must. It need not exist."""

    def __init__(self, folder: str, owner: int) -> None:
        self._folder = folder
        self._owner = owner

    def load(self, patterns: Patterns) -> Databases | None:
        """What was compiled of these patterns; None if it is not there or not to be believed."""
        try:
            folder = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return self._read(folder, name_of(patterns)) if self._private(os.fstat(folder)) else None
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer | None]:
        """The right to write, held by one process at a time; None where another has it, or nothing can be written."""
        with contextlib.ExitStack() as held:
            yield self._writer(held)

    def _writer(self, held: contextlib.ExitStack) -> Writer | None:
        flags = os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | flags)
            held.callback(os.close, folder)
            space = os.statvfs(folder)
            if not self._private(os.fstat(folder)) or space.f_bavail * space.f_frsize < ROOM:
                return None
            # Nobody else can open it: a lock on what readers see could be held by one of them.
            lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | flags, 0o600, dir_fd=folder)
            held.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return None
        return Writer(folder)

    def _private(self, status: os.stat_result) -> bool:
        return status.st_uid == self._owner and status.st_mode & 0o022 == 0

    def _read(self, folder: int, name: str) -> Databases | None:
        try:
            entry = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            return None
        try:
            status = os.fstat(entry)
            if not stat.S_ISREG(status.st_mode) or not self._private(status) or status.st_size > MAX_ENTRY:
                return None
            with open(entry, "rb", closefd=False) as file:
                return trigger_databases.loaded(_parts(file, name))
        except (OSError, ValueError, RecursionError):
            return None
        finally:
            os.close(entry)


class Writer:
    """Writes entries, while the lock is held."""

    def __init__(self, folder: int) -> None:
        self._folder = folder

    def store(self, patterns: Patterns, databases: Databases) -> None:
        """Keep this for the next process. What cannot be written is not kept."""
        parts = trigger_databases.dumped(databases)
        name = name_of(patterns)
        head = {"entry": name, "sizes": [len(part) for part in parts], "sha256": _digest(parts)}
        entry = b"\n".join([json.dumps(head).encode(), b"".join(parts)])
        if len(entry) > MAX_ENTRY:
            return
        with contextlib.suppress(OSError):  # the folder may be gone, too
            self._prune()
            self._write(name, entry)

    def _write(self, name: str, entry: bytes) -> None:
        temporary = f".{os.urandom(8).hex()}"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._folder)
        try:
            with open(fd, "wb") as file:
                file.write(entry)
                file.flush()
                # For those for whom the folder is: brokers are its group, and may read.
                if (group := os.fstat(self._folder).st_gid) != os.fstat(fd).st_gid:
                    os.fchown(fd, -1, group)
                os.fchmod(fd, 0o640)
            os.rename(temporary, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=self._folder)
            raise

    def _prune(self) -> None:
        """Make room for one entry. What a writer has left unfinished goes, too: there is no other now."""
        found = [(name, os.stat(name, dir_fd=self._folder, follow_symlinks=False)) for name in os.listdir(self._folder)]
        gone = [name for name, _ in found if name.startswith(".") and name != _LOCK]
        entries = sorted((status.st_mtime_ns, name) for name, status in found if not name.startswith("."))
        gone += [name for _, name in entries[: max(0, len(entries) - KEPT + 1)]]
        for name in gone:
            os.unlink(name, dir_fd=self._folder)


def name_of(patterns: Patterns) -> str:
    """The name of the entry of these patterns on this platform."""
    digest = hashlib.sha256()
    for part in (f"{_FORMAT}", trigger_databases.platform(), f"{patterns.first}", *patterns.texts):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return f"triggers-{digest.hexdigest()}"


def _parts(file: BinaryIO, name: str) -> list[bytes]:
    """The databases in an entry. `ValueError` for a damaged one, or another's in its place."""
    head = json.loads(file.readline(_MAX_HEAD))
    sizes = head.get("sizes") if isinstance(head, dict) else None
    if not isinstance(sizes, list) or not all(type(size) is int and 0 < size <= MAX_ENTRY for size in sizes):
        raise ValueError("no entry")
    parts = [file.read(size) for size in sizes[:2]]
    written = {"entry": name, "sizes": [len(part) for part in parts], "sha256": _digest(parts)}
    if head != written or file.read(1):
        raise ValueError("a damaged entry")
    return parts


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
