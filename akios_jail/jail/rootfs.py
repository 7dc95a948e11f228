"""The root file system: which parts of the host a process sees, built on a tmpfs and entered with pivot_root.

What is not listed here or by the plan does not exist inside: homes, keys, sockets and other people's files are absent,
not forbidden. The functions that choose are apart from `build`, `enter` and `seal`, which act.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from akios_jail import kernel
from akios_jail.jail.errors import JailError
from akios_jail.jail.mounts import (
    Bind,
    Devpts,
    Directory,
    File,
    Lock,
    Operation,
    Proc,
    Symlink,
    Tmpfs,
)

ROOT_BYTES: Final = 16 * 1024 * 1024  # the skeleton itself; sealed before the agent starts

#: Files and folders of /etc that programs need and that hold no secrets. Shown read-only where they exist.
ETC: Final = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "host.conf",
    "inputrc",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "magic",
    "mime.types",
    "os-release",
    "pki",
    "protocols",
    "python3",
    "python3.11",
    "python3.12",
    "python3.13",
    "services",
    "ssl",
    "terminfo",
    "timezone",
)

_HIDDEN_IN_PROC: Final = (
    "acpi",
    "asound",
    "cmdline",  # what the kernel was started with, which may be keys
    "interrupts",
    "kallsyms",  # the kernel's addresses, where kernel.perf_event_paranoid lets everybody read them
    "kcore",
    "keys",
    "latency_stats",
    "locks",  # which files the host's programs lock
    "modules",
    "sched_debug",
    "scsi",
    "timer_list",
    "timer_stats",
)
_LOCKED_IN_PROC: Final = ("bus", "fs", "irq", "sys", "sysrq-trigger")

_DEVICES: Final = ("full", "null", "random", "tty", "urandom", "zero")


def host_bind(path: str, *, target: str = "", writable: bool = False, idmap_fd: int = -1) -> Bind:
    """A bind of the host's `path` (links resolved now, once) at the same place, or at `target`."""
    return Bind(os.path.realpath(path), target or os.path.normpath(path), writable=writable, idmap_fd=idmap_fd)


def system() -> list[Operation]:
    """The system's programs and libraries, read-only: /usr, the links into it, and the harmless part of /etc."""
    operations: list[Operation] = [host_bind("/usr")]
    for name in ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"):
        if os.path.islink(name):
            operations.append(Symlink(name, os.readlink(name)))
        elif os.path.isdir(name):
            operations.append(host_bind(name))
    operations.append(Directory("/etc"))
    for name in ETC:
        path = f"/etc/{name}"
        if os.path.lexists(path) and os.path.exists(path):
            operations.append(host_bind(path))
    return operations


def accounts(uid: int, gid: int, name: str, home: str) -> list[Operation]:
    """User and group files that name the jail's one inhabitant (and root and nobody, so that listings read well)."""
    passwd = (
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
        f"{name}:x:{uid}:{gid}:{name}:{home}:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    )
    group = f"root:x:0:\n{name}:x:{gid}:\nnogroup:x:65534:\n"
    return [File("/etc/passwd", passwd.encode()), File("/etc/group", group.encode())]


def names(hostname: str, resolver: str) -> list[Operation]:
    """Name service files: everything but the jail's own name is asked of the broker's DNS at `resolver`.

    It is there before it can answer, so the first question waits as long as a connection would: on a busy machine a
    broker may take many seconds to load. Nothing is lost on the way, and an agent without a broker is ended.
    """
    hosts = f"127.0.0.1 localhost {hostname}\n::1 localhost {hostname}\n"
    return [
        File("/etc/hosts", hosts.encode()),
        File("/etc/hostname", f"{hostname}\n".encode()),
        File("/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        File("/etc/resolv.conf", f"nameserver {resolver}\noptions timeout:30 attempts:3\n".encode()),
    ]


def devices(shm_bytes: int) -> list[Operation]:
    """A minimal /dev: six character devices, a private devpts and /dev/shm."""
    operations: list[Operation] = [Directory("/dev")]
    operations += [Bind(f"/dev/{name}", f"/dev/{name}", writable=True, device=True) for name in _DEVICES]
    operations += [
        Devpts(),
        Symlink("/dev/ptmx", "pts/ptmx"),
        Symlink("/dev/fd", "/proc/self/fd"),
        Symlink("/dev/stdin", "/proc/self/fd/0"),
        Symlink("/dev/stdout", "/proc/self/fd/1"),
        Symlink("/dev/stderr", "/proc/self/fd/2"),
        Tmpfs("/dev/shm", shm_bytes, 0o1777),  # noqa: S108 - the jail's own
    ]
    return operations


def processes() -> list[Operation]:
    """procfs of the jail's own pid namespace, with the parts that speak of the whole machine hidden or read-only."""
    operations: list[Operation] = [Proc()]
    operations += [Lock(f"/proc/{name}", hide=True) for name in _HIDDEN_IN_PROC]
    operations += [Lock(f"/proc/{name}") for name in _LOCKED_IN_PROC]
    return operations


def build(operations: Iterable[Operation]) -> int:
    """Carry out `operations` on a new tmpfs in the caller's (new, private) mount namespace. The new root's descriptor.

    Every failure is a `JailError` that names the step.
    """
    try:
        kernel.make_private("/")
        root_fd = kernel.fs_mount(
            "tmpfs", {"size": str(ROOT_BYTES), "mode": "755"}, kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
        )
        kernel.move_mount(root_fd, "/")
    except OSError as error:
        raise JailError("mount a root for the jail", str(error)) from error
    for operation in operations:
        perform(operation, root_fd)
    return root_fd


def perform(operation: Operation, root_fd: int) -> None:
    """Carry out one operation below `root_fd`; a failure is a `JailError` that names it."""
    try:
        operation.execute(root_fd)
    except OSError as error:
        raise JailError(operation.describe(), error.strerror or str(error), _remedy(operation, error)) from error


def _remedy(operation: Operation, error: OSError) -> str:
    if isinstance(operation, Bind):
        if isinstance(error, FileNotFoundError):
            return f"Create {operation.source}, or take it out of the policy (spec.filesystem) or the command line."
        if operation.idmap_fd >= 0 and error.errno == 22:  # EINVAL
            return (
                f"The file system of {operation.source} has no id-mapped mounts. "
                "Run akios through sudo from the account that owns the folder, or keep it on ext4, xfs, btrfs or tmpfs."
            )
    return ""


def enter(root_fd: int) -> None:
    """Make the tree below `root_fd` the root of the mount namespace and let go of the host's."""
    try:
        os.fchdir(root_fd)
        kernel.pivot_root(".", ".")
        kernel.umount_detached(".")
        os.chdir("/")
    except OSError as error:
        raise JailError("enter the jail's root", str(error)) from error


def seal() -> None:
    """Make the skeleton read-only; what is mounted in it keeps its own attributes."""
    fd = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        kernel.mount_setattr(fd, set_flags=kernel.MOUNT_ATTR_RDONLY, recursive=False)
    finally:
        os.close(fd)
