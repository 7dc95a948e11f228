"""From what failed and what is known around it to the one obstacle, with the command that removes it. Tries nothing.

Each function gives an instruction, or "" where nothing better is known than what the kernel said.
"""

from __future__ import annotations

import errno
from typing import Final

from akios_jail.doctor.facts import NET_ADMIN, SYS_ADMIN, Facts

#: The kernel's options without which there is no such namespace.
_OPTIONS: Final = {
    "user": "CONFIG_USER_NS", "pid": "CONFIG_PID_NS", "net": "CONFIG_NET_NS", "ipc": "CONFIG_IPC_NS",
    "uts": "CONFIG_UTS_NS", "cgroup": "CONFIG_CGROUPS", "time": "CONFIG_TIME_NS", "mount": "CONFIG_NAMESPACES",
}  # fmt: skip
_NETWORK_OPTIONS: Final = (
    "CONFIG_NF_TABLES", "CONFIG_NF_TABLES_INET", "CONFIG_NFT_CT", "CONFIG_NFT_NAT", "CONFIG_NFT_REDIR",
    "CONFIG_NFT_LOG", "CONFIG_NFT_LIMIT", "CONFIG_NFT_REJECT", "CONFIG_NETFILTER_NETLINK_LOG",
)  # fmt: skip
_REFUSED: Final = (errno.EPERM, errno.EACCES)
_DOCKER: Final = "docs/docker.md has the whole command."
_APPARMOR: Final = "kernel.apparmor_restrict_unprivileged_userns"
_CLONE: Final = "kernel.unprivileged_userns_clone"


def namespace(kind: str, code: int, facts: Facts) -> str:
    """Why a namespace could not be made, or not be entered."""
    setting = f"user.max_{'mnt' if kind == 'mount' else kind}_namespaces"
    if code in (errno.ENOSPC, errno.EUSERS):
        if facts.setting(setting) == "0":
            return f"{setting} is 0, which forbids them: as root, sysctl -w {setting}=15000; keep it in /etc/sysctl.d."
        if kind != "user" and facts.setting("user.max_user_namespaces") == "0" and facts.euid != 0:
            return namespace("user", code, facts)
        return (
            f"As many as {setting} ({facts.setting(setting) or '?'}) allows are in use, or they are nested too deeply."
        )
    if code in (errno.EINVAL, errno.ENOSYS):
        return f"The kernel was built without {_OPTIONS[kind]}: use another (distributions' own kernels have it)."
    if code not in _REFUSED:
        return ""
    if facts.euid == 0 and not facts.may(SYS_ADMIN):
        return (
            "This is root of a container without CAP_SYS_ADMIN: docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN "
            "--security-opt seccomp=FILE --security-opt apparmor=unconfined; or be an account of it, which needs "
            f"neither capability: docker run --user 1000. {_DOCKER}"
        )
    if facts.euid != 0 and (why := _not_for_accounts(facts)):
        return why
    if facts.filtered:
        return f"A seccomp filter of this container refuses it: docker run --security-opt seccomp=FILE. {_DOCKER}"
    return _confinement(facts)


def _not_for_accounts(facts: Facts) -> str:
    """What keeps user namespaces from accounts without privileges."""
    if facts.setting(_CLONE) == "0":
        return f"{_CLONE} is 0, so they are for root alone: as root, sysctl -w {_CLONE}=1, or use sudo."
    if facts.setting(_APPARMOR) not in ("", "0"):
        return (
            f"AppArmor gives no rights in user namespaces of ordinary accounts ({_APPARMOR} is "
            f"{facts.setting(_APPARMOR)}): as root, install the profile examples/apparmor/akios "
            f"(docs/docker.md#apparmor), or sysctl -w {_APPARMOR}=0, or use sudo."
        )
    return ""


def _confinement(facts: Facts) -> str:
    if facts.confined:
        named = f"The AppArmor profile {facts.confined}"
        return f"{named} refuses it: docker run --security-opt apparmor=unconfined. {_DOCKER}"
    if facts.lsm is not None and "selinux" in facts.lsm:
        return "SELinux may refuse it: ausearch -m avc -ts recent tells; docker run --security-opt label=disable."
    return ""


def mounts(code: int, facts: Facts) -> str:
    """Why a root could not be built and entered although its namespaces are there."""
    if code not in _REFUSED:
        return ""
    if facts.euid == 0 and facts.may(SYS_ADMIN) and facts.filtered:
        return (
            "A seccomp filter of this container refuses it; Docker's own refuses pivot_root even with CAP_SYS_ADMIN: "
            f"docker run --security-opt seccomp=FILE. {_DOCKER}"
        )
    return namespace("mount", code, facts)


def proc(code: int, facts: Facts) -> str:
    """Why a new /proc could not be mounted in a user namespace."""
    if code in _REFUSED and facts.masked:
        named = ", ".join(facts.masked[:4]) + (", …" if len(facts.masked) > 4 else "")
        return (
            f"Something is mounted over parts of /proc ({named}), and then no account may have a new one: docker run "
            f"--security-opt systempaths=unconfined, podman run --security-opt unmask=ALL. {_DOCKER}"
        )
    return mounts(code, facts)


def network(code: int, facts: Facts) -> str:
    """Why the jail's network could not be made."""
    if off := facts.built_without(_NETWORK_OPTIONS):
        return f"The kernel was built without {', '.join(off)}: use another (distributions' own kernels have them)."
    if code in _REFUSED and facts.euid == 0 and not facts.may(NET_ADMIN):
        return f"This is root of a container without CAP_NET_ADMIN: docker run --cap-add NET_ADMIN. {_DOCKER}"
    if code in _REFUSED and (why := namespace("net", code, facts)):
        return why
    if facts.setting("kernel.modules_disabled") == "1":
        return "kernel.modules_disabled is 1, so no module can be loaded until the next boot: load nf_tables before."
    return ""


def landlock(code: int, facts: Facts) -> str:
    """Why there is no Landlock (landlock_create_ruleset(2))."""
    if code == errno.EOPNOTSUPP:
        listed = f"; now it is lsm={','.join(facts.lsm)}" if facts.lsm else ""
        return (
            "It is built in and switched off: boot with landlock in the list lsm= (in GRUB_CMDLINE_LINUX of "
            f"/etc/default/grub, then update-grub{listed})."
        )
    if code == errno.ENOSYS and facts.filtered:
        return f"A seccomp filter of this container hides it: docker run --security-opt seccomp=FILE. {_DOCKER}"
    if code == errno.ENOSYS:
        return "The kernel was built without CONFIG_SECURITY_LANDLOCK, or is older than 5.13: use another."
    return ""


def cgroups(said: str, facts: Facts) -> str:
    """Why limits could not be had. `said`: what failed, in words."""
    optional = "or a policy with spec.resources.optional"
    if "Read-only file system" in said or facts.read_only_cgroups:
        return (
            "/sys/fs/cgroup is read-only: docker run --cgroupns private --security-opt writable-cgroups=true (from "
            f"Engine 28 on), podman run --security-opt unmask=/sys/fs/cgroup, {optional}."
        )
    if facts.euid != 0:
        return (
            "No cgroup is delegated to this account: log in (a session of systemd's, or `loginctl enable-linger`), "
            "with cgroup v2; for CPU and disks also Delegate=cpu io memory pids in a drop-in of user@.service; or use "
            f"sudo, {optional}."
        )
    return ""
