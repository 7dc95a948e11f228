"""What a session's cgroup is, whatever the kernel's version of it: its limits, its use, its errors, its name."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from typing import Final, NamedTuple

from akios_jail.jail.errors import JailError

#: The way out that every refusal names, for a person who can live without limits.
OPTIONAL: Final = "or set `spec.resources.optional: true` in the policy to run without it"

PREFIX: Final = "akios"
_NAME: Final = re.compile(rf"{PREFIX}\.(\d+)\.(\d+)\.(\d+)\.([A-Za-z0-9_-]{{1,64}})(?:\.scope)?")
_SESSION: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class CgroupError(JailError):
    """A limit that this machine cannot give, or a cgroup that does not do as told."""


class Limits(NamedTuple):
    """`memory_bytes`: memory and swap together. `cpus`: CPU seconds a second, None for no limit. `pids`: processes and
    threads.

    `io_bytes_s`: bytes a second read from each disk, and as many written; None for no limit.
    """

    memory_bytes: int
    cpus: float | None
    pids: int
    io_bytes_s: int | None = None


class Usage(NamedTuple):
    """What the session used, and how often a limit was met.

    `oom_kills`: processes that the kernel killed for the memory limit. `pids_refused`: forks that failed at the limit.
    """

    cpu_s: float
    memory_peak_bytes: int
    oom_kills: int
    pids_refused: int


class Cgroup(ABC):
    """One session's cgroup: `create`, put processes in, limit and count them, `kill` all, `remove`.

    `name` is known before anything exists, so that a keeper can be started first and nothing can be left behind.
    `missing`: limits that could not be had, each a sentence; only ever filled for a caller who said they are optional.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.missing: tuple[str, ...] = ()

    @abstractmethod
    def create(self, holder: int | None = None, company: tuple[int, ...] = ()) -> None:
        """Make it and set the limits. `holder`: a process that keeps a systemd scope alive; default: this one.

        `company`: processes that must lie where it does, for an account that may move processes only within that.
        """

    @abstractmethod
    def procs_fd(self) -> int | None:
        """A v2 directory for clone3's CLONE_INTO_CGROUP, owned by this object; None where there is no v2 hierarchy."""

    @abstractmethod
    def attach(self, pid: int) -> None:
        """Move a process in; its children follow. Also needed after CLONE_INTO_CGROUP, which knows only v2."""

    @abstractmethod
    def freeze(self) -> None:
        """Stop every process; returns when all stand still."""

    @abstractmethod
    def thaw(self) -> None:
        """Let them go on."""

    @abstractmethod
    def kill(self) -> None:
        """SIGKILL to every process, also to those that are being forked; returns when none is left."""

    @abstractmethod
    def usage(self) -> Usage:
        """What was used so far; to be asked before `remove`."""

    @abstractmethod
    def remove(self) -> None:
        """Remove the empty cgroup; fine if it is gone."""

    @abstractmethod
    def beside(self, suffix: str, limits: Limits) -> Cgroup:
        """Another one for the same session, in the same place; to be made after this one. Nothing exists yet."""


def session_name(session_id: str) -> str:
    """A name that tells which living launcher it belongs to: `akios.<pid namespace>.<pid>.<start time>.<session>`."""
    if not _SESSION.fullmatch(session_id):
        raise ValueError(f"not a session id: {session_id!r}")
    return f"{PREFIX}.{_pid_namespace()}.{os.getpid()}.{_start_time(os.getpid())}.{session_id}"


def is_leftover(name: str) -> bool:
    """True for the name of a session whose launcher lived in this pid namespace and is dead."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[1]) != _pid_namespace():
        return False
    return _start_time(int(match[2])) != int(match[3])


def _pid_namespace() -> int:
    return os.stat("/proc/self/ns/pid").st_ino


def _start_time(pid: int) -> int | None:
    """Clock ticks since boot (field 22 of /proc/pid/stat, proc(5)); None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None
