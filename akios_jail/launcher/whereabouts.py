"""Where an opened file really lies: its file system, and its path in that, whatever mounts and links led there.

The same folder can be mounted in two places, and a path says only one of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")


class Whereabouts(NamedTuple):
    """`device`: major:minor of the file system; `path`: absolute, in that file system. Bytes, as the kernel has it."""

    device: bytes
    path: bytes

    def within(self, folder: Whereabouts) -> bool:
        """Whether this is `folder` or lies below it."""
        if self.device != folder.device:
            return False
        return self.path == folder.path or self.path.startswith(folder.path.rstrip(b"/") + b"/")


def of(fd: int) -> Whereabouts:
    """Where the open file `fd` (also one with O_PATH) lies. `OSError` if that cannot be told."""
    number = _mount_of(fd)
    for mount in _mounts():
        if mount.number == number:
            below = os.path.relpath(os.readlink(f"/proc/self/fd/{fd}".encode()), mount.point)
            return Whereabouts(mount.device, os.path.normpath(os.path.join(mount.root, below)))
    raise FileNotFoundError(f"the mount of file descriptor {fd} is not listed")


def of_path(path: str) -> list[Whereabouts]:
    """Where `path` leads, links followed, and what is mounted below it. `OSError` if it cannot be told."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = os.readlink(f"/proc/self/fd/{fd}".encode()).rstrip(b"/") + b"/"
        return [of(fd), *(Whereabouts(each.device, each.root) for each in _mounts() if each.point.startswith(folder))]
    finally:
        os.close(fd)


class _Mount(NamedTuple):
    """A mount of this process's namespace: what it shows (`root`, in its file system), and where (`point`)."""

    number: bytes
    device: bytes
    root: bytes
    point: bytes


def _mounts() -> Iterator[_Mount]:
    with open("/proc/self/mountinfo", "rb") as mounts:
        for line in mounts:
            number, _, device, root, point = line.split(b" ")[:5]
            yield _Mount(number, device, _unescaped(root), _unescaped(point))


def _mount_of(fd: int) -> bytes:
    with open(f"/proc/self/fdinfo/{fd}", "rb") as facts:
        for line in facts:
            name, _, value = line.partition(b":")
            if name == b"mnt_id":
                return value.strip()
    raise FileNotFoundError(f"file descriptor {fd} has no mount")


def _unescaped(field: bytes) -> bytes:
    """Spaces, tabs, newlines and backslashes stand there as octal numbers (proc_pid_mountinfo(5))."""
    return _ESCAPED.sub(lambda found: bytes((int(found.group(1), 8),)), field)
