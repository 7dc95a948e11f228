"""What there is of a session on the host, and what of it is still there when all of it should be gone."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from glob import glob
from pathlib import Path

import psutil

from tests.e2e.conftest import eventually
from tests.processes import lives

_FOLDERS = ("/tmp", "/run", "/var/tmp", "/dev/shm")


class Remains:
    """A running session of that name with these processes, as it is now. Call `gone` when it should be.

    Who else is in it is told by its namespaces of processes, which nobody leaves. They are held until it is gone: the
    kernel gives the number of one that has ended to somebody else's.
    """

    def __init__(self, session: str, processes: Sequence[psutil.Process], folder: Path) -> None:
        self._session = session
        self._processes = processes
        self._folder = folder
        self._held: dict[tuple[int, int], int] = {}
        self._forget = weakref.finalize(self, _close, self._held)
        here = _number("/proc/self/ns/pid")
        for process in processes:
            with suppress(FileNotFoundError):  # ended meanwhile
                fd = os.open(f"/proc/{process.pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
                number = _number(fd)
                if number == here or number in self._held:
                    os.close(fd)
                else:
                    self._held[number] = fd

    def left(self) -> list[str]:
        """Whatever is still there of it: processes, cgroups, mounts, files."""
        left = [f"process {process.pid}" for process in self._processes if lives(process)]
        left += [f"process {pid} in it" for pid in self._inside()]
        left += [f"cgroup {path}" for path in cgroups_of(self._session)]
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        left += [f"mount {line}" for line in mounts if self._session in line or str(self._folder) in line]
        for folder in _FOLDERS:
            # Not pathlib's, which stumbles over folders of others that go away meanwhile.
            left += [f"file {path}" for depth in ("*", "*/*") for path in glob(f"{folder}/{depth}{self._session}*")]
        return left

    def gone(self) -> None:
        """Fail the test unless all of it goes within seconds."""
        eventually(lambda: not self.left(), what=f"left: {self.left()}")
        self._forget()

    def _inside(self) -> Iterable[int]:
        for pid in psutil.pids():
            with suppress(OSError):  # ended meanwhile
                if _number(f"/proc/{pid}/ns/pid") in self._held:
                    yield pid


def _number(namespace: str | int) -> tuple[int, int]:
    """What tells a namespace from every other one that there is."""
    status = os.stat(namespace)
    return status.st_dev, status.st_ino


def _close(held: dict[tuple[int, int], int]) -> None:
    while held:
        os.close(held.popitem()[1])


def cgroups_of(session: str) -> list[Path]:
    """The session's cgroups."""
    # Not `rglob`: others' groups come and go meanwhile, and only `walk` passes over a folder that has just gone.
    return [Path(parent, name) for parent, names, _ in os.walk("/sys/fs/cgroup") for name in names if session in name]
