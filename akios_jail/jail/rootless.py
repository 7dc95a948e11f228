"""What an account without privileges has in the place of root: a user namespace of its own.

The jail's process 1 and the broker begin in one and are root there: over the namespaces that came with it, and over
nothing of the host's. When they have built what they build, they enter a second one as the account itself, and hold
no capability in either (user_namespaces(7)).

One line of a map is all that an account may write by itself: its own number. So nobody is somebody else in here, and
supplementary groups stay, since whoever maps a group without privileges must give up setgroups(2) first.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Final

from akios_jail import kernel
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import Identity


def become_root(identity: Identity) -> None:
    """In a process that was cloned into a new user namespace: be its root, who is `identity` on the host."""
    _write_own_maps(0, identity.uid, 0, identity.gid)


def enter_as(identity: Identity) -> None:
    """Root of the outer namespace enters the inner one as `identity`, which it is on the host, too."""
    kernel.unshare(kernel.CLONE_NEWUSER)
    _write_own_maps(identity.uid, 0, identity.gid, 0)


def _write_own_maps(uid: int, outer_uid: int, gid: int, outer_gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {outer_uid} 1"), ("gid_map", f"{gid} {outer_gid} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)


def explained(error: JailError) -> JailError:
    """The same failure, with what stands in the way here where that is all that it can be."""
    # A limit of user namespaces is an ENOSPC, and so is a full disk.
    if error.remedy or not error.cause.endswith(tuple(os.strerror(each) for each in (*_REFUSED, errno.ENOSPC))):
        return error
    known = _obstacle()
    if known or not error.cause.endswith(os.strerror(errno.ENOSPC)):
        return JailError(error.step, error.cause, known or _UNKNOWN)
    return error


def _obstacle() -> str:
    """What stands in the way of a user namespace here, as an instruction: the first thing that is known to."""
    for path, value, instruction in _OBSTACLES:
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            if file.read().strip() == value:
                return instruction
    return ""


#: Containers' filters answer that there is no such call as clone3(2), so that programs fall back to an older one.
_REFUSED: Final = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_APPARMOR: Final = (
    "AppArmor keeps ordinary accounts from user namespaces: as root, load a profile that allows `userns,` to this "
    "Python, or sysctl kernel.apparmor_restrict_unprivileged_userns=0. Or use sudo."
)
_OBSTACLES: Final = (
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "User namespaces are switched off here: as root, sysctl user.max_user_namespaces=10000. Or use sudo.",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "User namespaces are for root alone here: as root, sysctl kernel.unprivileged_userns_clone=1. Or use sudo.",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        _APPARMOR,
    ),
)
_UNKNOWN: Final = (
    "An ordinary account needs user namespaces. A container's own filter or masked parts of its /proc may stand in the "
    "way (Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined). Or use sudo."
)
