"""How much room is left on the disks of the host that an agent may write to: where there is little, its session ends.

A layer, and a folder that the policy makes writable, are the host's own disk, and as a rule the one that the audit log
is on: an agent that filled it would end every session of the machine, and much else. Quotas are not to be had on every
file system, so the free space is looked at: the sooner the less there is, never later than the fastest disk could have
used it up. Room that is scarce before the session begins is its own measure.

Several sessions may write to one disk, and see the same. Those that have written much end first, and when that was not
enough all others: whose the files are no file system tells without quotas, but the kernel counts what a process wrote,
and all that is in a session's layer is its own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from akios_jail.jail import overlay
from akios_jail.jail.mounts import Bind, Operation, Overlay

#: What is to be left: so many bytes, or this share of a disk, or of what is free at the beginning, if that is less.
SPARED_BYTES: Final = 1 << 30
SPARED_SHARE: Final = 6
_OF_THE_FREE: Final = 2
#: Who has written so much, or made so many files, or this share of the disk's, is ended first; the others when half of
#: what is to be left is.
MUCH_BYTES: Final = 64 << 20
MANY_FILES: Final = 4096
_MUCH_SHARE: Final = 16
_REST: Final = 2
#: How fast an agent may be, in bytes and in files a second; and how soon and how late free space is looked at again.
_BYTES_S: Final = 4 << 30
_FILES_S: Final = 500_000
#: File systems without a block device that answer at once. One of a network may not, and nobody else would watch then.
_LOCAL: Final = frozenset(("bcachefs", "btrfs", "overlay", "tmpfs", "xfs", "zfs"))
#: Levels of folders in a layer that are counted; the time that it takes is not for its agent to choose.
_DEEPEST: Final = 64
#: What opening a folder says that is gone, or another thing by now.
_REPLACED: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
#: Processes whose accounts are looked at; a session of more is taken for one that writes much.
_PROCESSES: Final = 10_000
_SOONEST_S: Final = 0.05
_SCARCE_S: Final = 0.2
_LATEST_S: Final = 60.0


class _Disk(NamedTuple):
    """A file system, by a folder on it, and what is to be left there: bytes, and files (0 where it counts none).
    `much`, `many`: so many bytes and files are much for one session. `layers`: folders there that are all its own.
    """

    folder: str
    fd: int
    bytes: int
    files: int
    much: int
    many: int
    layers: list[int]


class Room:
    """The room on these disks. `due`: when to look at it (monotonic seconds), None where nothing can be filled."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._disks: dict[int, _Disk] = {}
        for folder, is_layer in _writable(operations):
            with contextlib.suppress(OSError):  # a mount that is optional, and absent
                self._add(folder, is_layer)
        self.due: float | None = time.monotonic() if self._disks else None

    def _add(self, folder: str, is_layer: bool) -> None:
        fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)  # the agent may move what lies beneath what it may write to
        disk = os.fstat(fd).st_dev
        if disk in self._disks and is_layer:
            self._disks[disk].layers.append(fd)
            return
        if disk in self._disks or not (os.major(disk) or _type_of(folder) in _LOCAL):
            os.close(fd)
            return
        now = os.statvfs(fd)
        free, size = now.f_bavail * now.f_frsize, now.f_blocks * now.f_frsize
        left = min(SPARED_BYTES, size // SPARED_SHARE, free // _OF_THE_FREE)
        files = min(now.f_files // SPARED_SHARE, now.f_favail // _OF_THE_FREE)
        much, many = min(MUCH_BYTES, size // _MUCH_SHARE), min(MANY_FILES, now.f_files // _MUCH_SHARE)
        self._disks[disk] = _Disk(folder, fd, left, files, much, many, [os.dup(fd)] if is_layer else [])

    def look(self, written: Callable[[], int]) -> str:
        """Which disk has too little left for this session, in words; "" for none, and `due` is when to look again.

        `written`: so many bytes this session has written to disks; asked for only when it matters.
        """
        soonest = _LATEST_S
        for disk in self._disks.values():
            try:
                now = os.statvfs(disk.fd)
            except OSError:
                continue  # it is broken: whoever writes there hears of it
            free, files = now.f_bavail * now.f_frsize, now.f_favail
            spare = (free - disk.bytes) / _BYTES_S
            if disk.files:
                spare = min(spare, (files - disk.files) / _FILES_S)
            if spare < 0:
                left = f"{free >> 20} MiB and {files} files" if disk.files else f"{free >> 20} MiB"
                if _all_must_go(disk, free, files) or written() >= disk.much or (files < disk.files and _crowds(disk)):
                    return f"the disk of {disk.folder} has only room for {left}, which the record and others need"
                spare = _SCARCE_S if free > disk.bytes * 3 // 4 and files >= disk.files * 3 // 4 else _SOONEST_S
            soonest = min(soonest, spare)
        self.due = time.monotonic() + max(_SOONEST_S, soonest)
        return ""

    def close(self) -> None:
        """Look no more."""
        self.due = None
        while self._disks:
            disk = self._disks.popitem()[1]
            for fd in (disk.fd, *disk.layers):
                os.close(fd)


def _all_must_go(disk: _Disk, free: int, files: int) -> bool:
    """Whether it was not enough that those who have written much were ended."""
    return free < disk.bytes // _REST or files < disk.files // _REST


def _crowds(disk: _Disk) -> bool:
    """Whether this session has made many files there, as far as they are in layers."""
    return any(made(layer, disk.many) >= disk.many for layer in disk.layers)


def made(layer: int, most: int) -> int:
    """How many files there are in an open layer, folders too; no more than `most` are counted. What cannot be looked
    into, or lies too deep, counts as `most`: an agent made it so."""
    found, folders = 0, [""]
    while folders:
        above = folders.pop()
        if above.count("/") >= _DEEPEST:  # each look from the top down
            return most
        try:
            fd = overlay.open_folder(layer, above)
        except OSError as error:
            if error.errno in _REPLACED:
                continue
            return most
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    found += 1
                    if found >= most:
                        return most
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{above}/{entry.name}" if above else entry.name)
        except OSError:
            return most
        finally:
            os.close(fd)
    return found


def written(pid: int) -> int:
    """How many bytes this process and all below it have written, to disks or at all, also those that have ended: who
    waits for a process takes over its account (proc_pid_io(5)). An account that cannot be read is a large one.

    But for that of `pid`: without root nobody may read it of a process that was forked from this one and gave up its
    rights. What has fallen to it, of processes that left their parents, is not counted then.
    """
    total, left, seen = 0, [pid], 0
    while left:
        each = left.pop()
        seen += 1
        if seen > _PROCESSES:
            return MUCH_BYTES
        try:
            with contextlib.suppress(*(PermissionError,) if each == pid else ()):
                total += _account(each)
            for thread in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{thread}/children", "rb") as file:
                    left += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        except (OSError, ValueError, LookupError):
            return MUCH_BYTES
    return total


def _account(pid: int) -> int:
    with open(f"/proc/{pid}/io", "rb") as file:
        account = dict(line.split(b": ") for line in file.read().splitlines())
    return max(int(account[b"write_bytes"]), int(account[b"wchar"]))


def _type_of(folder: str) -> str:
    """The type of the file system that a folder, a path without links, is on; "" if it is not found."""
    found = (0, "")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            place = before.split(" ", 5)[4].replace("\\040", " ")
            if folder == place or folder.startswith(place.rstrip("/") + "/"):
                # Of two at one place the later lies on the other.
                found = max((len(place), after.split(" ", 1)[0]), found, key=lambda each: each[0])
    return found[1]


def _writable(operations: Iterable[Operation]) -> list[tuple[str, bool]]:
    """The folders of the host in which a jail with these mounts may write, and whether all in them is its own."""
    return [
        (each.upper, True) if isinstance(each, Overlay) else (each.source, False)
        for each in operations
        if isinstance(each, Overlay) or (isinstance(each, Bind) and each.writable and not each.device)
    ]
