"""What Docker gives a container, made of the kernel's own parts, since there is no Docker engine on every machine.

Run as root, this file executes a command with Docker's default set of capabilities, its default system call profile,
its masked and read-only paths of /proc, a read-only /sys, and namespaces of its own (all but the user namespace, as
Docker does). The options are those of `docker run` that matter here. Not emulated: the overlay of an image, /dev,
AppArmor, the device cgroup and a second network interface. Facts: github.com/moby/moby,
daemon/pkg/oci (capabilities, masked paths), and github.com/moby/profiles (calls that a capability adds).
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

from akios_jail import kernel
from akios_jail.jail import seccomp_compile, seccomp_profile
from tests.e2e import as_account

DEFAULT_PROFILE: Final = Path(__file__).parents[1] / "jail" / "data" / "docker_default.json"
#: By number (include/uapi/linux/capability.h).
CAPABILITIES: Final = {
    "CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "SETGID": 6, "SETUID": 7, "SETPCAP": 8,
    "NET_BIND_SERVICE": 10, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_CHROOT": 18, "SYS_PTRACE": 19, "SYS_ADMIN": 21,
    "SYS_RESOURCE": 24, "MKNOD": 27, "AUDIT_WRITE": 29, "SETFCAP": 31,
}  # fmt: skip
DEFAULT: Final = tuple(CAPABILITIES.keys() - {"NET_ADMIN", "SYS_PTRACE", "SYS_ADMIN", "SYS_RESOURCE"})
MASKED: Final = (
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
    "/sys/firmware",
)  # fmt: skip
READ_ONLY: Final = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
#: Calls that Docker's default profile allows with a capability.
ADDED: Final = {
    "SYS_ADMIN": (
        "bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lsm_get_self_attr",
        "lsm_list_modules", "lsm_set_self_attr", "mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open",
        "quotactl", "quotactl_fd", "setdomainname", "sethostname", "setns", "syslog", "umount2", "unshare",
    ),
    "SYS_CHROOT": ("chroot",),
    "SYS_PTRACE": ("kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace"),
}  # fmt: skip
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 32, 4096, 2, 4, 8
_PR_CAPBSET_DROP: Final = 24


def docker(
    *command: str,
    cap_add: tuple[str, ...] = (),
    seccomp_profile: str = "default",
    systempaths: str = "default",
    cgroup: str = "ro",
    user: int = 0,
    shown: tuple[str, ...] = (),
) -> list[str]:
    """The command line that runs `command` as `docker run` would.

    `seccomp_profile`: default | unconfined | a file; `systempaths`: default | unconfined; `cgroup`: ro | rw.
    `shown`: folders that `user` can reach although those above are not for everybody.
    """
    options = {
        "cap_add": cap_add,
        "seccomp_profile": seccomp_profile,
        "systempaths": systempaths,
        "cgroup": cgroup,
        "user": user,
        "shown": shown,
    }
    return [sys.executable, "-m", "tests.doctor.containers", json.dumps(options), *command]


def profile(capabilities: tuple[str, ...]) -> bytes:
    """Docker's default profile for a container with these capabilities."""
    document = json.loads(DEFAULT_PROFILE.read_bytes())
    if "SYS_ADMIN" in capabilities:
        document["syscalls"] = [
            entry for entry in document["syscalls"] if entry["names"] not in (["clone"], ["clone3"])
        ]
    for capability in capabilities:
        if capability in ADDED:
            document["syscalls"].append({"names": [*ADDED[capability]], "action": "SCMP_ACT_ALLOW"})
    return json.dumps(document).encode()


_libc = ctypes.CDLL(None, use_errno=True)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [None if each is None else each.encode() for each in (source, target, kind)]
    if _libc.mount(*encoded, ctypes.c_ulong(flags), None if data is None else data.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount on {target}: {os.strerror(ctypes.get_errno())}")


def _bind_read_only(path: str) -> None:
    _mount(path, path, None, _MS_BIND)
    _mount(None, path, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)


def _file_systems(systempaths: str, cgroup: str, own: _Cgroup) -> None:
    kernel.make_private("/")
    _mount("tmpfs", "/run", "tmpfs", 0)  # a container sees no service of its host's, systemd's least of all
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    own.show()
    sys_fd = os.open("/sys", os.O_PATH)
    kernel.mount_setattr(sys_fd, set_flags=kernel.MOUNT_ATTR_RDONLY, recursive=cgroup == "ro")
    os.close(sys_fd)
    if systempaths == "unconfined":
        return
    for path in MASKED:
        if os.path.isdir(path):
            _mount("tmpfs", path, "tmpfs", _MS_RDONLY)
        elif os.path.exists(path):
            _mount("/dev/null", path, None, _MS_BIND)
    for path in READ_ONLY:
        if os.path.exists(path):
            _bind_read_only(path)


class _Cgroup:
    """The container's own, where there is cgroup v2 alone: Docker gives one, and a namespace in which it is the top.

    With v1, Docker's containers see the host's hierarchies.
    """

    def __init__(self) -> None:
        self.path = f"/sys/fs/cgroup/container-{os.getpid()}"
        self.there = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        if self.there:
            Path("/sys/fs/cgroup/cgroup.subtree_control").write_text("+cpu +memory +pids +io")
            os.mkdir(self.path)

    def enter(self) -> None:
        if self.there:
            Path(self.path, "cgroup.procs").write_text("0")
            kernel.unshare(kernel.CLONE_NEWCGROUP)

    def show(self) -> None:
        if self.there:
            kernel.umount_detached("/sys/fs/cgroup")  # the same file system twice in one place is refused
            _mount("cgroup2", "/sys/fs/cgroup", "cgroup2", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)

    def remove(self) -> None:
        if self.there:
            for folder, _, _ in os.walk(self.path, topdown=False):
                os.rmdir(folder)


def _rights(capabilities: tuple[str, ...], user: int) -> None:
    kept = {CAPABILITIES[name] for name in capabilities}
    for number in range(64):
        if number not in kept and _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # past the kernel's last one
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        return
    low = sum(1 << number for number in kept if number < 32)
    header = struct.pack("=Ii", 0x20080522, 0)
    if _libc.capset(header, struct.pack("=6I", low, low, 0, 0, 0, 0)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def main(options: dict[str, object], command: list[str]) -> int:
    """Be the container's runtime, and then its first process's parent."""
    capabilities = (*DEFAULT, *map(str, options["cap_add"]))  # type: ignore[call-overload]
    name = str(options["seccomp_profile"])
    kernel.unshare(
        kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    )
    own = _Cgroup()
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        own.remove()
        return status
    own.enter()
    _file_systems(str(options["systempaths"]), str(options["cgroup"]), own)
    if options["user"]:
        # As in an image where AKIOS is installed for everybody.
        own = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
        as_account.show([*own, *map(str, options["shown"])])  # type: ignore[call-overload]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        _loopback_up(any_socket)
    if name != "unconfined":
        data = profile(capabilities) if name == "default" else Path(name).read_bytes()
        # Without what `seccomp.program` adds to every profile: Docker's runtime adds nothing.
        parsed = seccomp_profile.parse(data, os.uname().machine, (6, 18))
        kernel.seccomp_load(seccomp_compile.compile_profile(parsed, os.uname().machine).program)
    _rights(capabilities, int(str(options["user"])))
    os.execvp(command[0], command)


def _loopback_up(any_socket: socket.socket) -> None:
    import fcntl

    request = struct.pack("16sH14x", b"lo", 1)  # struct ifreq with IFF_UP, netdevice(7)
    fcntl.ioctl(any_socket, 0x8914, request)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
