"""Who runs in the jail, and how owners on disk are translated for it. Never a host root.

Whoever calls from an ordinary account is the agent themself, and so is under sudo the invoking user. For a real root it
is an account number that nobody else has: systemd's table of uid ranges leaves 1879048192 to 2147483647 unused. Folders
of root's are then shown through id-mapped mounts (mount_setattr(2)), in which their owner on disk appears, and is
written, as the agent. In the jail that number is always the same; on the host each session has its own, since the
kernel counts some things by user (descriptors in flight, pages of pipes), and what one agent uses up would be missing
in every other session.
"""

from __future__ import annotations

import os
import signal
from typing import Final, NamedTuple

from akios_jail import kernel
from akios_jail.jail.errors import JailError

AGENT_ID: Final = 1_900_000_000
BROKER_ID: Final = 1_900_000_001


#: Numbers of sessions begin here above AGENT_ID; there are as many as there are process ids (4,194,304).
_FIRST_APART: Final = 16


class Identity(NamedTuple):
    """A user and a group, `name` and `home`, all as the jail shows them. `apart`: how far the host's numbers for the
    same user and group lie above. `rootless`: the launcher is no root, but this very account.
    """

    uid: int
    gid: int
    name: str
    home: str
    apart: int = 0
    rootless: bool = False

    @property
    def host_uid(self) -> int:
        """The user's number outside of the jail's user namespace."""
        return self.uid + self.apart

    @property
    def host_gid(self) -> int:
        """The group's number outside of the jail's user namespace."""
        return self.gid + self.apart

    @property
    def builder_uid(self) -> int:
        """The user's number for process 1 while it builds the jail: rootless, it is that user, and calls itself 0."""
        return 0 if self.rootless else self.host_uid

    @property
    def builder_gid(self) -> int:
        """The group's number for process 1 while it builds the jail."""
        return 0 if self.rootless else self.host_gid


def agent(environment: dict[str, str], uid: int, gid: int) -> Identity:
    """The agent's identity for a launcher that runs as `uid`, `gid` with this environment.

    SUDO_UID and SUDO_GID are believed only of a root launcher: its environment is sudo's own.
    """
    if uid == 0:
        try:
            uid, gid = int(environment.get("SUDO_UID", "0")), int(environment.get("SUDO_GID", "0"))
        except ValueError:
            uid, gid = 0, 0
        if uid <= 0 or gid <= 0:
            # No two launchers that live at the same time have the same process id.
            return Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent", _FIRST_APART + os.getpid())
        return Identity(uid, gid, "agent", "/home/agent")
    return Identity(uid, gid, "agent", "/home/agent", rootless=True)


def mapping_namespace(owner_uid: int, owner_gid: int, identity: Identity) -> int:
    """A user namespace descriptor for id-mapped mounts: `owner_*` on disk is `identity` in the jail.

    All other ordinary owners keep their numbers, so that world-readable files stay readable.
    """
    ready_read, ready_write = os.pipe2(os.O_CLOEXEC)
    try:
        child = kernel.clone3(kernel.CLONE_NEWUSER)
    except OSError as error:
        os.close(ready_read)
        os.close(ready_write)
        raise JailError(f"make a namespace that maps uid {owner_uid} to the agent's", str(error)) from error
    if child.pid == 0:
        os.close(ready_write)
        os.read(ready_read, 1)  # until the parent has what it came for
        os._exit(0)
    os.close(child.pidfd)
    try:
        _write(f"/proc/{child.pid}/uid_map", _id_map(owner_uid, identity.host_uid))
        _write(f"/proc/{child.pid}/gid_map", _id_map(owner_gid, identity.host_gid))
        return os.open(f"/proc/{child.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise JailError(f"map uid {owner_uid} to the agent's", str(error)) from error
    finally:
        os.close(ready_write)
        os.close(ready_read)
        os.waitpid(child.pid, 0)


def _id_map(owner: int, shown: int) -> str:
    """Lines of a uid_map or gid_map: `owner` on disk to `shown`, and the identity for the other 65,535 ordinary ids."""
    lines = [f"{owner} {shown} 1"]
    if owner > 0:
        lines.append(f"0 0 {min(owner, 65536)}")
    if owner < 65535:
        lines.append(f"{owner + 1} {owner + 1} {65535 - owner}")
    return "\n".join(lines) + "\n"


def write_maps(pid: int, identity: Identity) -> None:
    """Give the user namespace of process `pid` its only inhabitant. Needs privilege in the parent namespace."""
    _write(f"/proc/{pid}/uid_map", f"{identity.uid} {identity.host_uid} 1\n")
    _write(f"/proc/{pid}/gid_map", f"{identity.gid} {identity.host_gid} 1\n")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def enter_user_namespace(identity: Identity) -> None:
    """Enter a new user namespace, made in the agent's name.

    What the kernel counts by user (inotify instances, queues, locked memory) is counted for its maker too: made in
    root's name, an agent could use up what the host's own services need.
    """
    os.setresuid(-1, identity.host_uid, -1)
    kernel.raise_capabilities()  # the change took their effect; kernels that restrict user namespaces look at it
    kernel.unshare(kernel.CLONE_NEWUSER)


def leave_groups() -> None:
    """Drop all supplementary groups; done before the user namespace, where a right to do so may be missing."""
    os.setgroups([])


def become(identity: Identity) -> None:
    """Take on `identity` for good: no capability in any set, no way to gain one, no core dump, dies with its parent."""
    kernel.drop_bounding_capabilities()  # while there still is a capability to do it with
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    kernel.clear_capabilities()
    kernel.no_new_privileges()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    # A change of credentials clears the parent-death signal, so it is set here, not earlier.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
