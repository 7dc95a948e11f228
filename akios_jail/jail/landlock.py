"""Landlock: a second wall for the file policy that the mounts already draw, kept by another part of the kernel.

The rights and their ABI versions are those of include/uapi/linux/landlock.h. The best ABI that the kernel has is used;
a kernel without Landlock is an error, because a wall that is silently missing is worse than none promised. What
only a newer ABI can hold is held by another wall, too (signals, abstract sockets), or SECURITY.md says that it is not.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from akios_jail import kernel
from akios_jail.jail.errors import JailError

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_REMOVE_FILE: Final = 1 << 5
_MAKE_CHAR: Final = 1 << 6
_MAKE_REG: Final = 1 << 8
_MAKE_BLOCK: Final = 1 << 11
_REFER: Final = 1 << 13  # since ABI 2
_TRUNCATE: Final = 1 << 14  # since ABI 3
_IOCTL_DEV: Final = 1 << 15  # since ABI 5
_SCOPE_ABSTRACT_UNIX_SOCKET: Final = 1 << 0  # since ABI 6
_SCOPE_SIGNAL: Final = 1 << 1  # since ABI 6
_BIND_TCP: Final = 1 << 0  # since ABI 4
_CONNECT_TCP: Final = 1 << 1  # since ABI 4

_ALL_OF_ABI_1: Final = (1 << 13) - 1
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
#: What a rule on a single file may name; the kernel refuses folder rights there.
_FILE_RIGHTS: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


class PathAccess(NamedTuple):
    """What may be done beneath `path`, as the jail sees it.

    `access`: `read` (and execute), `write` (all), `device`; `data` (read, never execute), `keep` (regular files: made,
    read, changed, removed; no folder, link or socket).
    """

    path: str
    access: str


def handled(abi: int) -> int:
    """Every file system right that ABI version `abi` knows, as a bit set."""
    rights = _ALL_OF_ABI_1
    if abi >= 2:
        rights |= _REFER
    if abi >= 3:
        rights |= _TRUNCATE
    if abi >= 5:
        rights |= _IOCTL_DEV
    return rights


def rights(access: str, abi: int, *, directory: bool) -> int:
    """The rights that `access` stands for on this ABI. Device nodes can never be made, whatever the access."""
    if access == "read":
        granted = _READ
    elif access == "write":
        granted = handled(abi) & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)
    elif access == "device":
        granted = _READ_FILE | _WRITE_FILE | _READ_DIR | _IOCTL_DEV | _TRUNCATE
    elif access == "data":
        granted = _READ_FILE | _READ_DIR
    elif access == "keep":
        granted = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _REMOVE_FILE
    else:
        raise ValueError(f"unknown access {access!r}")
    granted &= handled(abi)
    return granted if directory else granted & _FILE_RIGHTS


def restrict(paths: tuple[PathAccess, ...]) -> int:
    """Confine the calling thread to `paths` and its signals and abstract sockets to itself. Returns the ABI in use.

    Paths that do not exist are passed over: nothing is granted by them.
    """
    abi = _abi("confine files with Landlock")
    made = _ruleset(paths, None, abi)
    try:
        kernel.landlock_restrict_self(made)
    finally:
        os.close(made)
    return abi


def ruleset(paths: Iterable[PathAccess], ports: Collection[int]) -> int:
    """A ruleset, as a descriptor, for a process to be that confines itself by it (`kernel.landlock_restrict_self`).

    As `restrict` does; and where the kernel can tell ports (ABI 4), its TCP connects to `ports` and it binds to none.
    A rule is about a file and not about its path: the process may see it elsewhere.
    """
    step = "confine the broker with Landlock"
    abi = _abi(step)
    try:
        return _ruleset(paths, ports, abi)
    except OSError as error:
        raise JailError(step, str(error)) from error


def _abi(step: str) -> int:
    abi = kernel.landlock_abi()
    if abi < 1:
        raise JailError(
            step,
            "the kernel does not offer it",
            "Boot with `lsm=` naming landlock (kernel 5.13 or newer); `akios doctor` shows what this machine has.",
        )
    return abi


def _ruleset(paths: Iterable[PathAccess], ports: Collection[int] | None, abi: int) -> int:
    attributes = struct.pack("=Q", handled(abi))
    if abi >= 4:
        attributes += struct.pack("=Q", 0 if ports is None else _BIND_TCP | _CONNECT_TCP)
    if abi >= 6:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL)
    made = kernel.landlock_create(attributes)
    try:
        for path, access in paths:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                directory = os.path.isdir(f"/proc/self/fd/{fd}")
                kernel.landlock_add_path(made, rights(access, abi, directory=directory), fd)
            finally:
                os.close(fd)
        if abi >= 4 and ports is not None:
            for port in sorted(ports):
                kernel.landlock_add_port(made, _CONNECT_TCP, port)
    except BaseException:
        os.close(made)
        raise
    return made
