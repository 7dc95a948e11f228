"""What the kernel must give: namespaces, mounts, filters. Each is taken once, with the jail's own calls."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from akios_jail import kernel
from akios_jail.doctor.check import Check, Outcome, attempt
from akios_jail.jail import executions, identity, landlock, rootfs, seccomp
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


def checks() -> list[Check]:
    """The kernel's part of the report."""
    namespaces = [Check("kernel", f"{name} namespace", _namespace(name)) for name in _NAMESPACES]
    return [
        Check("kernel", "version", _version),
        *namespaces,
        Check("kernel", "user namespaces without sudo", _unprivileged_user_namespaces),
        Check("kernel", "process descriptors", _process_descriptors),
        Check("kernel", "seccomp", _seccomp),
        Check("kernel", "programs seen", _observing),
        Check("kernel", "Landlock", _landlock),
        Check("kernel", "the broker's walls", _broker_walls),
        Check("files", "root file system", _root_file_system),
        Check("files", "id-mapped mounts", _id_mapped_mounts),
        Check("files", "overlay", _overlay),
    ]


def _version() -> Outcome:
    system = os.uname()
    return Outcome("ok", f"Linux {system.release} on {system.machine}")


def own_namespaces(flags: int) -> None:
    """Leave the host's namespaces for new ones; without root by way of a user namespace that allows it."""
    kernel.unshare(flags if os.geteuid() == 0 else flags | kernel.CLONE_NEWUSER)


def _namespace(name: str) -> Callable[[], Outcome]:
    def enter() -> str:
        own_namespaces(_NAMESPACES[name])
        # Pid and time namespaces take effect for children only, and only then does the kernel say that it cannot.
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "can be made"

    def look() -> Outcome:
        setting = Path(f"/proc/sys/user/max_{'mnt' if name == 'mount' else name}_namespaces")
        remedy = f"Check `sysctl user.{setting.name}` (0 forbids them) and the kernel's configuration. {_SUDO}"
        return attempt(enter, remedy=remedy)

    return look


def _unprivileged_user_namespaces() -> Outcome:
    def enter() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(AGENT_ID, AGENT_ID, AGENT_ID)
            os.setresuid(AGENT_ID, AGENT_ID, AGENT_ID)
        kernel.unshare(kernel.CLONE_NEWUSER)
        kernel.unshare(kernel.CLONE_NEWNET)
        return "allowed"

    restriction = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    remedy = "Nothing to do: sessions start with sudo. Programs that bring a sandbox of their own may miss them."
    if restriction.exists() and restriction.read_text().strip() != "0":
        remedy += " AppArmor restricts them here (sysctl kernel.apparmor_restrict_unprivileged_userns)."
    return attempt(enter, level="limited", remedy=remedy)


def _process_descriptors() -> Outcome:
    def spawn() -> str:
        child = kernel.clone3(0)
        if child.pid == 0:
            os._exit(0)
        os.waitid(os.P_PIDFD, child.pidfd, os.WEXITED)
        kernel.close_range(child.pidfd, child.pidfd)
        return "clone3, pidfd and close_range work"

    return attempt(spawn, remedy="This needs Linux 5.9 or newer; in a container, a seccomp profile that allows clone3.")


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


def _landlock() -> Outcome:
    def confine() -> str:
        kernel.no_new_privileges()
        abi = landlock.restrict((landlock.PathAccess("/usr", "read"),))
        try:
            os.listdir("/etc")
        except PermissionError:
            return f"ABI {abi}" + ("" if abi >= 6 else "; signals and abstract sockets are scoped from ABI 6 on")
        raise OSError(0, "a ruleset was accepted, but does not hold")

    return attempt(confine, remedy="Boot with `lsm=` naming landlock (Linux 5.13 or newer).")


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


def _root_file_system() -> Outcome:
    def build() -> str:
        own_namespaces(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID)
        child = os.fork()
        if child == 0:
            try:
                rootfs.enter(rootfs.build([Bind("/usr", "/usr"), Directory("/etc"), Proc()]))
                os._exit(0 if os.listdir("/proc") and not os.path.exists("/etc/passwd") else 1)
            except BaseException as error:
                os.write(2, f"{error}\n".encode())
                os._exit(1)
        if os.waitpid(child, 0)[1] != 0:
            raise OSError(0, "the new root does not show what it should (see above)")
        return "built by the new mount API and entered by pivot_root"

    return attempt(build, remedy=f"This needs Linux 5.12 or newer. {_SUDO}")


def _id_mapped_mounts() -> Outcome:
    where = os.path.realpath(".")

    def show() -> str:
        namespace = identity.mapping_namespace(os.stat(where).st_uid, os.stat(where).st_gid, _AGENT)
        own_namespaces(kernel.CLONE_NEWNS)
        rootfs.enter(rootfs.build([Bind(where, "/here", idmap_fd=namespace)]))
        if os.stat("/here").st_uid != AGENT_ID:
            raise OSError(0, "the mount was made, but owners are not mapped")
        return f"work on the file system of {where}"

    outcome = attempt(show, remedy="Start sessions through sudo from an ordinary account, or use Linux 5.12 or newer.")
    if outcome.level == "ok" or identity.agent(dict(os.environ), os.geteuid(), os.getegid()).uid == AGENT_ID:
        return outcome
    return Outcome("limited", outcome.detail, "Nothing to do: only sessions that root starts without sudo need them.")


def _overlay() -> Outcome:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        base = os.path.realpath(name)
        for part in ("lower", "upper", "work"):
            os.mkdir(os.path.join(base, part))

        def lay() -> str:
            paths = [os.path.join(base, part) for part in ("lower", "upper", "work")]
            _in_a_new_root(Overlay(paths[0], paths[1], paths[2], "/layer"))
            Path("/layer/written").touch()
            return "writes can go to a layer of their own"

        return attempt(lay, level="limited", remedy="`workspace: overlay` needs it; `modprobe overlay` may bring it.")
