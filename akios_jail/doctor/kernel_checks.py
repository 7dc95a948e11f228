"""What the kernel must give: namespaces, mounts, filters. Each is taken once, with the jail's own calls."""

from __future__ import annotations

import ctypes
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from akios_jail import kernel
from akios_jail.doctor import obstacles
from akios_jail.doctor.check import Check, Outcome, attempt, in_child
from akios_jail.doctor.facts import Facts
from akios_jail.jail import executions, identity, landlock, rootfs, rootless, seccomp
from akios_jail.jail.identity import AGENT_ID, Identity
from akios_jail.jail.mounts import Bind, Directory, Operation, Overlay, Proc

_SUDO = "Run it with sudo."
_AGENT = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")
#: Namespaces with the setting under /proc/sys/user that limits their number.
_NAMESPACES = {
    "user": kernel.CLONE_NEWUSER,
    "mount": kernel.CLONE_NEWNS,
    "pid": kernel.CLONE_NEWPID,
    "net": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
    "uts": kernel.CLONE_NEWUTS,
    "cgroup": kernel.CLONE_NEWCGROUP,
    "time": kernel.CLONE_NEWTIME,
}


def checks(facts: Facts) -> list[Check]:
    """The kernel's part of the report."""
    namespaces = [Check("kernel", f"{name} namespace", _namespace(name, facts)) for name in _NAMESPACES]
    return [
        Check("kernel", "version", _version),
        *namespaces,
        Check("kernel", "process descriptors", lambda: _process_descriptors(facts)),
        Check("kernel", "seccomp", _seccomp),
        Check("kernel", "programs seen", _observing),
        Check("kernel", "Landlock", lambda: _landlock(facts)),
        Check("kernel", "the broker's walls", _broker_walls),
        Check("files", "root file system", lambda: _root_file_system(facts)),
        Check("files", "id-mapped mounts", lambda: _id_mapped_mounts(facts)),
        Check("files", "overlay", lambda: _overlay(facts)),
    ]


def _version() -> Outcome:
    system = os.uname()
    return Outcome("ok", f"Linux {system.release} on {system.machine}")


def own_namespaces(flags: int) -> None:
    """Leave the host's namespaces for new ones; an account as root of a user namespace of its own, as its sessions."""
    if (uid := os.geteuid()) != 0:
        who = Identity(uid, os.getegid(), "agent", "/", rootless=True)
        kernel.unshare(kernel.CLONE_NEWUSER)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # after a change of user, /proc/self would be root's
        rootless.become_root(who)
        flags &= ~kernel.CLONE_NEWUSER
    if flags:
        kernel.unshare(flags)


def _namespace(name: str, facts: Facts) -> Callable[[], Outcome]:
    def enter() -> str:
        own_namespaces(_NAMESPACES[name])
        # Pid and time namespaces take effect for children only, and only then does the kernel say that it cannot.
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "can be made"

    def look() -> Outcome:
        return attempt(enter, remedy=_SUDO, obstacle=lambda code: obstacles.namespace(name, code, facts))

    return look


def _process_descriptors(facts: Facts) -> Outcome:
    def spawn() -> str:
        child = kernel.clone3(0)
        if child.pid == 0:
            os._exit(0)
        os.waitid(os.P_PIDFD, child.pidfd, os.WEXITED)
        kernel.close_range(child.pidfd, child.pidfd)
        return "clone3, pidfd and close_range work"

    remedy = "This needs Linux 5.9 or newer; in a container, a seccomp profile that allows clone3 (docs/docker.md)."
    return attempt(spawn, remedy=remedy, obstacle=lambda _: obstacles.mounts(1, facts) if facts.filtered else "")


def _seccomp() -> Outcome:
    def load() -> str:
        with tempfile.TemporaryDirectory() as cache:
            program = seccomp.program(seccomp.find_profile("agent-default"), cache)
        kernel.no_new_privileges()
        kernel.seccomp_load(program)
        try:
            kernel.unshare(kernel.CLONE_NEWUSER)
        except OSError:
            return f"the default profile loads and refuses ({len(program) // 8} instructions); actions: {actions}"
        raise OSError(0, "the default profile loaded, but refuses nothing")

    available = Path("/proc/sys/kernel/seccomp/actions_avail")
    actions = available.read_text().strip() if available.exists() else "unknown"
    return attempt(load, remedy="The kernel needs CONFIG_SECCOMP_FILTER, and libseccomp must be there (libseccomp2).")


def _observing() -> Outcome:
    def listen() -> str:
        kernel.no_new_privileges()
        os.close(executions.listen())
        return "a seccomp listener can be made"

    remedy = (
        "A process that has such a listener already cannot have another: run AKIOS outside of that sandbox, or write "
    )
    return attempt(listen, remedy=f"{remedy}spec.trace.processes: off.")


def libseccomp() -> Outcome:
    """The library that compiles system call profiles."""

    class Version(ctypes.Structure):
        _fields_ = [("major", ctypes.c_uint), ("minor", ctypes.c_uint), ("micro", ctypes.c_uint)]

    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return Outcome("missing", "not found", "Install it: apt install libseccomp2.")
    library.seccomp_version.restype = ctypes.POINTER(Version)
    found = library.seccomp_version().contents
    return Outcome("ok", f"{found.major}.{found.minor}.{found.micro}")


def _landlock(facts: Facts) -> Outcome:
    def confine() -> str:
        kernel.no_new_privileges()
        if kernel.landlock_abi() == 0:
            os.close(kernel.landlock_create(struct.pack("=Q", 1)))  # for the kernel's own word on why
        abi = landlock.restrict((landlock.PathAccess("/usr", "read"),))
        try:
            os.listdir("/etc")
        except PermissionError:
            return f"ABI {abi}" + ("" if abi >= 6 else "; signals and abstract sockets are scoped from ABI 6 on")
        raise OSError(0, "a ruleset was accepted, but does not hold")

    remedy = "Boot with `lsm=` naming landlock (Linux 5.13 or newer)."
    return attempt(confine, remedy=remedy, obstacle=lambda code: obstacles.landlock(code, facts))


def _broker_walls() -> Outcome:
    def confine() -> str:
        with tempfile.TemporaryDirectory() as cache:
            program = seccomp.program(seccomp.find_profile("broker"), cache)
        files = landlock.ruleset((landlock.PathAccess("/usr", "data"),), {443})
        ports = "" if kernel.landlock_abi() >= 4 else "; ports are held from Landlock's ABI 4 on"
        kernel.no_new_privileges()
        kernel.landlock_restrict_self(files)
        kernel.seccomp_load(program)
        try:
            os.execv("/usr/bin/env", ["env"])  # noqa: S606 - it must be refused
        except PermissionError:
            return f"stand, and refuse programs{ports}"
        raise OSError(0, "they were accepted, but do not hold")

    return attempt(confine, remedy="Both checks above, seccomp and Landlock, say what is missing.")


def _in_a_new_root(*operations: Operation) -> str:
    own_namespaces(kernel.CLONE_NEWNS)
    root_fd = rootfs.build(operations)
    rootfs.enter(root_fd)
    return " ".join(sorted(os.listdir("/")))


def new_root(flags: int = 0) -> Callable[[], str]:
    """An act that builds a root with a /proc of its own, and enters it. `flags`: further namespaces for it."""

    def build() -> str:
        own_namespaces(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | flags)
        return in_child(enter)  # a pid namespace is for children only

    def enter() -> str:
        rootfs.enter(rootfs.build([Bind("/usr", "/usr"), Directory("/etc"), Proc()]))
        if not os.listdir("/proc") or os.path.exists("/etc/passwd"):
            raise OSError(0, "the new root does not show what it should")
        return "built by the new mount API and entered by pivot_root"

    return build


def _root_file_system(facts: Facts) -> Outcome:
    remedy = f"This needs Linux 5.12 or newer. {_SUDO}"
    why = obstacles.mounts if facts.euid == 0 else obstacles.proc
    return attempt(new_root(), remedy=remedy, obstacle=lambda code: why(code, facts))


def _id_mapped_mounts(facts: Facts) -> Outcome:
    where = os.path.realpath(".")

    def show() -> str:
        namespace = identity.mapping_namespace(os.stat(where).st_uid, os.stat(where).st_gid, _AGENT)
        own_namespaces(kernel.CLONE_NEWNS)
        rootfs.enter(rootfs.build([Bind(where, "/here", idmap_fd=namespace)]))
        if os.stat("/here").st_uid != AGENT_ID:
            raise OSError(0, "the mount was made, but owners are not mapped")
        return f"work on the file system of {where}"

    remedy = "Start sessions through sudo from an ordinary account, or use Linux 5.12 or newer."
    outcome = attempt(show, remedy=remedy, obstacle=lambda code: obstacles.mounts(code, facts))
    if outcome.level == "ok" or identity.agent(dict(os.environ), os.geteuid(), os.getegid()).uid == AGENT_ID:
        return outcome
    return Outcome("limited", outcome.detail, "Nothing to do: only sessions that root starts without sudo need them.")


def _overlay(facts: Facts) -> Outcome:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        base = os.path.realpath(name)
        for part in ("lower", "upper", "work"):
            os.mkdir(os.path.join(base, part))

        def lay() -> str:
            paths = [os.path.join(base, part) for part in ("lower", "upper", "work")]
            _in_a_new_root(Overlay(paths[0], paths[1], paths[2], "/layer"))
            Path("/layer/written").touch()
            return "writes can go to a layer of their own"

        remedy = "`workspace: overlay` needs it; `modprobe overlay` may bring it."
        return attempt(lay, level="limited", remedy=remedy, obstacle=lambda code: obstacles.mounts(code, facts))
