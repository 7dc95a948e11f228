"""Acts on one cgroup directory, v1 or v2: read, write, wait until it is empty, remove it."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Final

from akios_jail.jail.cgroups_model import OPTIONAL, CgroupError

#: How long killed processes may take to disappear (a write to a dead disk holds one in the kernel).
EMPTY_TIMEOUT_S: Final = 10.0

_RIGHTS: Final = f"Run as root, or on a cgroup that is delegated to you, {OPTIONAL}."


def make(path: str) -> None:
    """Make a cgroup. `CgroupError` with what to do when the machine does not let us."""
    try:
        os.mkdir(path)
    except OSError as error:
        raise CgroupError(f"make the cgroup {path}", error.strerror or "", _RIGHTS) from error


def write(path: str, value: str, step: str) -> None:
    """Write a control file; `step` says what for, in words that fit after "could not"."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)
    except OSError as error:
        raise CgroupError(step, f"{path}: {error.strerror}", _RIGHTS) from error


def read(path: str) -> str:
    """The text of a control file."""
    with open(path, encoding="ascii") as file:
        return file.read()


def field(path: str, key: str) -> int:
    """One value of a `key value` file; 0 when the kernel does not have that key."""
    for line in read(path).splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return 0


def disks() -> list[str]:
    """Every block device that stores something of its own, as `major:minor`: no loop, memory or optical ones."""
    found = []
    for name in sorted(os.listdir("/sys/block")):
        if not name.startswith(("loop", "ram", "zram", "sr", "fd")):
            found.append(read(f"/sys/block/{name}/dev").strip())
    return found


def processes(directory: str) -> list[int]:
    """The processes in a cgroup and those below it; none when it is gone."""
    found: list[int] = []
    for folder in _tree(directory):
        try:
            found += map(int, read(f"{folder}/cgroup.procs").split())
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.ENODEV:  # it was removed while we read
                raise
    return found


def kill_frozen(directory: str, freeze: Callable[[], None], thaw: Callable[[], None]) -> None:
    """Kill all by number, for kernels without cgroup.kill: while they stand still, none can fork or exit."""
    deadline = time.monotonic() + EMPTY_TIMEOUT_S
    while processes(directory):
        freeze()
        _kill_each(directory)
        thaw()
        _pause(directory, deadline)


def empty(directories: Iterable[str]) -> None:
    """Return when no process is left in any of them; one that was only in some of them is killed by itself."""
    deadline = time.monotonic() + EMPTY_TIMEOUT_S
    for directory in directories:
        while processes(directory):
            _kill_each(directory)
            _pause(directory, deadline)


def wait_for(path: str, reached: Callable[[str], bool], step: str) -> None:
    """Return when the text of a control file is as wanted."""
    deadline = time.monotonic() + EMPTY_TIMEOUT_S
    while not reached(read(path)):
        if time.monotonic() > deadline:
            raise CgroupError(step, f"{path} still says {read(path).strip()!r}")
        time.sleep(0.001)


def remove(directory: str) -> None:
    """Remove a cgroup and what is below it; the kernel may call it busy for a moment after the last process died."""
    deadline = time.monotonic() + EMPTY_TIMEOUT_S
    while True:
        try:
            for folder in reversed(_tree(directory)):
                os.rmdir(folder)
            return
        except FileNotFoundError:
            if not os.path.exists(directory):
                return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise CgroupError(f"remove the cgroup {directory}", error.strerror or "") from error
            time.sleep(0.001)


def _kill_each(directory: str) -> None:
    """SIGKILL by pidfd, after another look at who is in: the number may belong to somebody else by now.

    0 stands for a process that this pid namespace cannot see; nothing can be sent to it.
    """
    for pid in processes(directory):
        try:
            pidfd = os.pidfd_open(pid) if pid else -1
        except ProcessLookupError:
            continue
        if pidfd < 0:
            continue
        try:
            if pid in processes(directory):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            os.close(pidfd)


def _pause(directory: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise CgroupError(
            f"end every process in {directory}",
            f"{len(processes(directory))} are left after {EMPTY_TIMEOUT_S:.0f} s",
            "They wait in the kernel, for a disk or a network file system; look at them with `ps -o pid,stat,wchan`.",
        )
    time.sleep(0.001)


def _tree(directory: str) -> list[str]:
    """The directory and all below it, parents first; nothing when it is gone."""
    return [folder for folder, _, _ in os.walk(directory)]


def freeze_v2(directory: str) -> None:
    """Stop every process of a v2 cgroup; returns when all stand still."""
    write(f"{directory}/cgroup.freeze", "1", "freeze the session")
    wait_for(f"{directory}/cgroup.events", lambda text: "frozen 1" in text.splitlines(), "freeze the session")


def thaw_v2(directory: str) -> None:
    """Let the processes of a v2 cgroup go on."""
    write(f"{directory}/cgroup.freeze", "0", "thaw the session")


def kill_v2(directory: str) -> None:
    """SIGKILL to all of a v2 cgroup; since Linux 5.14 the kernel does it at once and no fork escapes."""
    if os.path.exists(f"{directory}/cgroup.kill"):
        write(f"{directory}/cgroup.kill", "1", "kill the session")
    else:
        kill_frozen(directory, lambda: freeze_v2(directory), lambda: thaw_v2(directory))


def swap_in_use() -> bool:
    """True when the machine has any swap space (proc(5), /proc/swaps: a heading, then a line for each)."""
    try:
        return len(read("/proc/swaps").splitlines()) > 1
    except FileNotFoundError:
        return False  # a kernel without swap


def end(directory: str) -> None:
    """Kill all that is in a cgroup of any kind and remove it; fine if it is gone."""
    if os.path.exists(f"{directory}/cgroup.kill"):
        kill_v2(directory)
    empty((directory,))
    remove(directory)
