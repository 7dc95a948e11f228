"""Where an opened file really lies: its file system, and its path in that, whatever mounts and links led there.

The same folder can be mounted in two places, and a path says only one of them.
"""

from __future__ import annotations

import os
import re
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
    mount = _mount_of(fd)
    with open("/proc/self/mountinfo", "rb") as mounts:
        for line in mounts:
            fields = line.split(b" ")
            if fields[0] == mount:
                root, point = (_unescaped(field) for field in fields[3:5])
                below = os.path.relpath(os.readlink(f"/proc/self/fd/{fd}".encode()), point)
                return Whereabouts(fields[2], os.path.normpath(os.path.join(root, below)))
    raise FileNotFoundError(f"the mount of file descriptor {fd} is not listed")


def of_path(path: str) -> Whereabouts:
    """Where `path` leads, links followed. `OSError` if it cannot be told."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return of(fd)
    finally:
        os.close(fd)


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
