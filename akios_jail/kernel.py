"""The system calls that Python lacks, as thin typed wrappers. Nothing else.

This module is on the path of every `akios run`, so it imports only what the interpreter has at hand, and each wrapper
is a few lines that end in an `OSError` which names the call. Numbers at or above 424 are the same on every
architecture; the older ones are listed by machine. Constants come from the kernel's own headers (include/uapi/linux)
and stand in alphabetical order.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

AT_EMPTY_PATH: Final = 0x1000
AT_FDCWD: Final = -100
AT_RECURSIVE: Final = 0x8000
AT_SYMLINK_NOFOLLOW: Final = 0x100

CAP_LAST_KNOWN: Final = 63

CLONE_INTO_CGROUP: Final = 0x200000000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWNET: Final = 0x40000000
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWTIME: Final = 0x00000080
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_PIDFD: Final = 0x00001000

FSCONFIG_CMD_CREATE: Final = 6
FSCONFIG_SET_FLAG: Final = 0
FSCONFIG_SET_STRING: Final = 1
FSMOUNT_CLOEXEC: Final = 1
FSOPEN_CLOEXEC: Final = 1

LANDLOCK_CREATE_RULESET_VERSION: Final = 1
LANDLOCK_RULE_NET_PORT: Final = 2  # since ABI 4
LANDLOCK_RULE_PATH_BENEATH: Final = 1

MNT_DETACH: Final = 2

MOUNT_ATTR_IDMAP: Final = 0x00100000
MOUNT_ATTR_NODEV: Final = 0x00000004
MOUNT_ATTR_NOEXEC: Final = 0x00000008
MOUNT_ATTR_NOSUID: Final = 0x00000002
MOUNT_ATTR_NOSYMFOLLOW: Final = 0x00200000
MOUNT_ATTR_RDONLY: Final = 0x00000001

MOVE_MOUNT_F_EMPTY_PATH: Final = 0x00000004
MOVE_MOUNT_T_EMPTY_PATH: Final = 0x00000040

MS_PRIVATE: Final = 1 << 18
MS_REC: Final = 1 << 14
MS_SLAVE: Final = 1 << 19

OPEN_TREE_CLOEXEC: Final = os.O_CLOEXEC
OPEN_TREE_CLONE: Final = 1

PR_CAPBSET_DROP: Final = 24
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
PR_SET_DUMPABLE: Final = 4
PR_SET_NAME: Final = 15
PR_SET_NO_NEW_PRIVS: Final = 38
PR_SET_PDEATHSIG: Final = 1

RESOLVE_IN_ROOT: Final = 0x10
RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_NO_SYMLINKS: Final = 0x04
RESOLVE_NO_XDEV: Final = 0x01

SECCOMP_FILTER_FLAG_NEW_LISTENER: Final = 1 << 3
SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: Final = 1 << 5  # since 5.19
SECCOMP_IOCTL_NOTIF_ID_VALID: Final = 0x40082102
SECCOMP_IOCTL_NOTIF_RECV: Final = 0xC0502100
SECCOMP_IOCTL_NOTIF_SEND: Final = 0xC0182101
SECCOMP_SET_MODE_FILTER: Final = 1
SECCOMP_USER_NOTIF_FLAG_CONTINUE: Final = 1

SFD_CLOEXEC: Final = os.O_CLOEXEC
SFD_NONBLOCK: Final = os.O_NONBLOCK

_OLD_NUMBERS: Final = {
    "x86_64": {"execve": 59, "execveat": 322, "pivot_root": 155, "seccomp": 317},
    "aarch64": {"execve": 221, "execveat": 281, "pivot_root": 41, "seccomp": 277},
}
_MACHINE: Final = os.uname().machine
_NUMBERS: Final = _OLD_NUMBERS.get(_MACHINE, {}) | {
    "clone3": 435,
    "close_range": 436,
    "fsconfig": 431,
    "fsmount": 432,
    "fsopen": 430,
    "landlock_add_rule": 445,
    "landlock_create_ruleset": 444,
    "landlock_restrict_self": 446,
    "mount_setattr": 442,
    "move_mount": 429,
    "open_tree": 428,
    "openat2": 437,
}

_libc = ctypes.CDLL(None, use_errno=True)
# The same library with the interpreter lock kept: what a new process needs when it comes out of clone3.
_libc_locked = ctypes.PyDLL(None, use_errno=True)
for _library in (_libc, _libc_locked):
    _library.syscall.restype = ctypes.c_long
_libc.process_vm_readv.restype = ctypes.c_ssize_t


def _failure(call: str, detail: str = "") -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}{f' {detail}' if detail else ''}: {os.strerror(number)}")


def call_number(call: str) -> int:
    """The number of a system call on this machine. `OSError` for one that is not listed here."""
    number = _NUMBERS.get(call)
    if number is None:
        raise OSError(38, f"{call}: not known on the machine type {_MACHINE!r}")
    return number


def _syscall(call: str, *arguments: object, detail: str = "") -> int:
    result: int = _libc.syscall(ctypes.c_long(call_number(call)), *arguments)
    if result < 0:
        raise _failure(call, detail)
    return result


def _path(path: str | bytes) -> ctypes.c_char_p:
    return ctypes.c_char_p(os.fsencode(path))


# --- processes and namespaces -------------------------------------------------------------------------------------


class Child(NamedTuple):
    """A process made by `clone3`. In the child itself, `pid` is 0 and `pidfd` is -1."""

    pid: int
    pidfd: int


def clone3(flags: int, cgroup_fd: int | None = None) -> Child:
    """Fork into new namespaces, with a pidfd, and into a v2 cgroup when `cgroup_fd` (its directory) is given.

    Only for a process with one thread. The interpreter's own fork hooks run as in `os.fork`. See clone(2).
    """
    api = ctypes.pythonapi
    pidfd = ctypes.c_int(-1)
    flags |= CLONE_PIDFD | (CLONE_INTO_CGROUP if cgroup_fd is not None else 0)
    sigchld = 17
    arguments = struct.pack(
        "=11Q", flags, ctypes.addressof(pidfd), 0, 0, sigchld, 0, 0, 0, 0, 0, cgroup_fd if cgroup_fd is not None else 0
    )
    api.PyOS_BeforeFork()
    pid: int = _libc_locked.syscall(
        ctypes.c_long(_NUMBERS["clone3"]), ctypes.c_char_p(arguments), ctypes.c_size_t(len(arguments))
    )
    if pid == 0:
        api.PyOS_AfterFork_Child()
        return Child(0, -1)
    error = _failure("clone3") if pid < 0 else None
    api.PyOS_AfterFork_Parent()
    if error is not None:
        raise error
    return Child(pid, pidfd.value)


def unshare(flags: int) -> None:
    """Move the calling process into new namespaces; see unshare(2)."""
    if _libc.unshare(ctypes.c_int(flags)) != 0:
        raise _failure("unshare")


def setns(fd: int, flags: int = 0) -> None:
    """Join the namespace (or with a pidfd, the namespaces in `flags`) behind `fd`; see setns(2)."""
    if _libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)) != 0:
        raise _failure("setns")


def sethostname(name: str) -> None:
    """Name the calling process's UTS namespace."""
    raw = name.encode()
    if _libc.sethostname(ctypes.c_char_p(raw), ctypes.c_size_t(len(raw))) != 0:
        raise _failure("sethostname")


def close_range(first: int, last: int = 0xFFFFFFFF) -> None:
    """Close every descriptor from `first` to `last`, both included."""
    _syscall("close_range", ctypes.c_uint(first), ctypes.c_uint(last), ctypes.c_uint(0))


def close_all_but(keep: Iterable[int]) -> None:
    """Close every descriptor that is not in `keep`."""
    first = 0
    for fd in sorted(keep):
        if fd > first:
            close_range(first, fd - 1)
        first = fd + 1
    close_range(first)


def signalfd(signals: Iterable[int]) -> int:
    """A non-blocking descriptor that yields `signals`, which the caller has blocked; see signalfd(2)."""
    mask = (ctypes.c_ulong * 16)()
    bits = 8 * ctypes.sizeof(ctypes.c_ulong)
    for number in signals:
        mask[(number - 1) // bits] |= 1 << ((number - 1) % bits)
    fd: int = _libc.signalfd(ctypes.c_int(-1), ctypes.byref(mask), ctypes.c_int(SFD_CLOEXEC | SFD_NONBLOCK))
    if fd < 0:
        raise _failure("signalfd")
    return fd


class SignalInfo(NamedTuple):
    """One signal read from a signalfd. `code` is 128 (SI_KERNEL) when a terminal sent it, 0 when a process did."""

    number: int
    code: int
    pid: int


def read_signals(fd: int) -> list[SignalInfo]:
    """Every signal now waiting in a `signalfd`."""
    size = 128
    try:
        data = os.read(fd, size * 16)
    except BlockingIOError:
        return []
    # struct signalfd_siginfo: u32 ssi_signo, s32 ssi_errno, s32 ssi_code, u32 ssi_pid, …
    return [
        SignalInfo(number, code, pid)
        for number, _, code, pid in (struct.unpack_from("=IiiI", data, at) for at in range(0, len(data), size))
    ]


# --- privileges ---------------------------------------------------------------------------------------------------


def prctl(option: int, argument: int = 0, second: int = 0) -> int:
    """prctl(2) with integer arguments."""
    result: int = _libc.prctl(
        ctypes.c_int(option), ctypes.c_ulong(argument), ctypes.c_ulong(second), ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    if result < 0:
        raise _failure("prctl", str(option))
    return result


def set_process_name(name: str) -> None:
    """What process listings call the calling thread: at most 15 bytes."""
    raw = ctypes.create_string_buffer(name.encode()[:15])
    prctl(PR_SET_NAME, ctypes.addressof(raw))


def drop_bounding_capabilities() -> None:
    """Empty the calling thread's bounding set, so that no execve can give it a capability. Needs CAP_SETPCAP."""
    for capability in range(CAP_LAST_KNOWN + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # EINVAL: past the kernel's last capability
                break
            raise


_CAPABILITY_VERSION_3: Final = 0x20080522


def raise_capabilities() -> None:
    """Make every capability effective that the calling thread is permitted."""
    header, data = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    if _libc.capget(ctypes.c_char_p(header), data) != 0:
        raise _failure("capget")
    # Two of struct __user_cap_data_struct: u32 effective, permitted, inheritable; the low 32 capabilities first.
    words = list(struct.unpack("=6I", data.raw))
    words[0], words[3] = words[1], words[4]
    _capset(header, struct.pack("=6I", *words))


def clear_capabilities() -> None:
    """Empty the ambient, inheritable, permitted and effective capability sets of the calling thread."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    _capset(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), struct.pack("=6I", 0, 0, 0, 0, 0, 0))


def _capset(header: bytes, data: bytes) -> None:
    if _libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(data)) != 0:
        raise _failure("capset")


def no_new_privileges() -> None:
    """execve never grants more than the caller has, from here on; irreversible."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def seccomp_load(program: bytes, flags: int = 0) -> int:
    """Load a BPF program (array of struct sock_filter, 8 bytes each) as the calling thread's filter; irreversible."""
    if not program or len(program) % 8 or len(program) // 8 > 4096:
        raise ValueError(f"not a seccomp program: {len(program)} bytes")
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("=HxxxxxxQ" if ctypes.sizeof(ctypes.c_void_p) == 8 else "=HxxI", len(program) // 8,
                         ctypes.addressof(buffer))  # fmt: skip
    return _syscall("seccomp", ctypes.c_uint(SECCOMP_SET_MODE_FILTER), ctypes.c_uint(flags), ctypes.c_char_p(header))


class Notification(NamedTuple):
    """A system call that waits for a seccomp listener. `pid`: the thread, as the reader's pid namespace has it."""

    id: int
    pid: int
    call: int
    arguments: tuple[int, ...]


def seccomp_receive(listener: int) -> Notification:
    """The next system call that waits at `listener`. Waits for one; ENOENT if it waits no longer."""
    # struct seccomp_notif: u64 id, u32 pid, u32 flags, {s32 nr, u32 arch, u64 instruction_pointer, u64 args[6]}
    buffer = bytearray(80)
    fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, buffer)
    number, pid, _, call, _, _, *arguments = struct.unpack("=QIIiIQ6Q", buffer)
    return Notification(number, pid, call, tuple(arguments))


def seccomp_still_waits(listener: int, number: int) -> bool:
    """Whether the system call with this id has been waiting until now: what was read of its process was its own."""
    try:
        fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, struct.pack("=Q", number))
    except OSError as error:
        if error.errno == 2:  # ENOENT
            return False
        raise
    return True


def seccomp_continue(listener: int, number: int) -> None:
    """Let the system call with this id go on as if nobody had asked. ENOENT if it waits no longer."""
    # struct seccomp_notif_resp: u64 id, s64 val, s32 error, u32 flags
    answer = bytearray(struct.pack("=QqiI", number, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE))
    fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer)


def read_memory(pid: int, pieces: Sequence[tuple[int, int]]) -> bytes:
    """What lies in a process's memory at `pieces` (address and length), up to the first that cannot be read whole.

    At most 1,024 pieces; see process_vm_readv(2).
    """
    if any(address + length >= 1 << 63 for address, length in pieces):  # nothing of a process lies there
        raise OSError(14, f"process_vm_readv: {os.strerror(14)}")  # EFAULT
    size = sum(length for _, length in pieces)
    buffer = ctypes.create_string_buffer(size)
    # struct iovec: a pointer and a size, each as long as a word here
    own = struct.pack("@PN", ctypes.addressof(buffer), size)
    theirs = b"".join(struct.pack("@PN", *piece) for piece in pieces)
    read: int = _libc.process_vm_readv(
        ctypes.c_int(pid), ctypes.c_char_p(own), ctypes.c_ulong(1), ctypes.c_char_p(theirs),
        ctypes.c_ulong(len(pieces)), ctypes.c_ulong(0),
    )  # fmt: skip
    if read < 0:
        raise _failure("process_vm_readv", f"of process {pid}")
    return buffer.raw[:read]


# --- Landlock -----------------------------------------------------------------------------------------------------


def landlock_abi() -> int:
    """The kernel's Landlock ABI version, 0 where there is none."""
    try:
        return _syscall(
            "landlock_create_ruleset",
            ctypes.c_void_p(None),
            ctypes.c_size_t(0),
            ctypes.c_uint(LANDLOCK_CREATE_RULESET_VERSION),
        )
    except OSError:
        return 0


def landlock_create(attributes: bytes) -> int:
    """A ruleset descriptor; `attributes` is a packed struct landlock_ruleset_attr of the ABI in use."""
    return _syscall(
        "landlock_create_ruleset", ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)
    )


def landlock_add_path(ruleset: int, access: int, parent_fd: int) -> None:
    """Allow `access` beneath the file or folder that `parent_fd` (may be O_PATH) is open on."""
    rule = struct.pack("=Qi", access, parent_fd)
    _syscall(
        "landlock_add_rule",
        ctypes.c_int(ruleset),
        ctypes.c_int(LANDLOCK_RULE_PATH_BENEATH),
        ctypes.c_char_p(rule),
        ctypes.c_uint(0),
    )


def landlock_add_port(ruleset: int, access: int, port: int) -> None:
    """Allow `access` to a TCP port, whatever the address."""
    rule = struct.pack("=2Q", access, port)
    _syscall(
        "landlock_add_rule",
        ctypes.c_int(ruleset),
        ctypes.c_int(LANDLOCK_RULE_NET_PORT),
        ctypes.c_char_p(rule),
        ctypes.c_uint(0),
    )


def landlock_restrict_self(ruleset: int) -> None:
    """Enforce `ruleset` on the calling thread and all its descendants; needs no_new_privs."""
    _syscall("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint(0))


# --- mounts -------------------------------------------------------------------------------------------------------


def make_private(path: str, *, slave: bool = False) -> None:
    """Stop mount events from leaving (and unless `slave`, from reaching) the calling mount namespace."""
    flags = MS_REC | (MS_SLAVE if slave else MS_PRIVATE)
    if _libc.mount(None, _path(path), None, ctypes.c_ulong(flags), None) != 0:
        raise _failure("mount", f"{path} as {'slave' if slave else 'private'}")


def fs_mount(kind: str, options: dict[str, str | None], attributes: int = 0) -> int:
    """A new, detached mount of file system `kind`; an option with the value None is a flag. A descriptor."""
    context = _syscall("fsopen", _path(kind), ctypes.c_uint(FSOPEN_CLOEXEC), detail=kind)
    try:
        for key, value in options.items():
            _syscall(
                "fsconfig",
                ctypes.c_int(context),
                ctypes.c_uint(FSCONFIG_SET_FLAG if value is None else FSCONFIG_SET_STRING),
                _path(key),
                None if value is None else _path(value),
                ctypes.c_int(0),
                detail=f"{kind} {key}={value}",
            )
        _syscall(
            "fsconfig", ctypes.c_int(context), ctypes.c_uint(FSCONFIG_CMD_CREATE), None, None, ctypes.c_int(0),
            detail=kind,
        )  # fmt: skip
        return _syscall(
            "fsmount", ctypes.c_int(context), ctypes.c_uint(FSMOUNT_CLOEXEC), ctypes.c_uint(attributes), detail=kind
        )
    finally:
        os.close(context)


def open_beneath(root_fd: int, path: str | bytes, *, same_mount: bool = False) -> int:
    """An O_PATH descriptor of `path` below `root_fd`, in which no component may be a symbolic link; see openat2(2).

    `same_mount`: nor a mount point (EXDEV).
    """
    resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | (RESOLVE_NO_XDEV if same_mount else 0)
    how = struct.pack("=3Q", os.O_PATH | os.O_CLOEXEC, 0, resolve)
    return _syscall(
        "openat2",
        ctypes.c_int(root_fd),
        _path(path),
        ctypes.c_char_p(how),
        ctypes.c_size_t(len(how)),
        detail=os.fsdecode(path),
    )


def clone_mount(fd: int, *, recursive: bool = True) -> int:
    """A detached copy of the mount below the O_PATH descriptor `fd`, and of what is mounted in it if `recursive`."""
    flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0)
    return _syscall("open_tree", ctypes.c_int(fd), _path(""), ctypes.c_uint(flags))


def mount_setattr(
    fd: int, *, set_flags: int = 0, clear_flags: int = 0, userns_fd: int = -1, recursive: bool = True
) -> None:
    """Change the attributes of the mount behind `fd` (a detached one may also get an id mapping)."""
    attributes = struct.pack("=4Q", set_flags, clear_flags, 0, userns_fd if userns_fd >= 0 else 0)
    flags = AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0)
    _syscall(
        "mount_setattr",
        ctypes.c_int(fd),
        _path(""),
        ctypes.c_uint(flags),
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
    )


def move_mount(fd: int, target: str | int) -> None:
    """Attach the detached mount `fd` at `target`, a path or an O_PATH descriptor."""
    if isinstance(target, int):
        place, name, flags = target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
    else:
        place, name, flags = AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH
    _syscall(
        "move_mount", ctypes.c_int(fd), _path(""), ctypes.c_int(place), _path(name), ctypes.c_uint(flags),
        detail=str(target),
    )  # fmt: skip


def pivot_root(new_root: str, put_old: str) -> None:
    """Make `new_root` the root of the mount namespace and attach the old one at `put_old`; see pivot_root(2)."""
    _syscall("pivot_root", _path(new_root), _path(put_old))


def umount_detached(path: str) -> None:
    """Unmount `path` lazily: gone from the tree now, freed when nobody uses it."""
    if _libc.umount2(_path(path), ctypes.c_int(MNT_DETACH)) != 0:
        raise _failure("umount", path)
