"""cgroup v2 under systemd: the session's cgroup lies in a transient scope that systemd delegates to us.

systemd owns the tree and tolerates no foreign cgroups in it, but hands over a scope's subtree (`Delegate=yes`, see
"Control Group APIs and Delegation" in systemd's documentation). A scope needs a process from the start and vanishes by
itself with the last one: the keeper is that process, so that the launcher stays in its caller's session.

For an ordinary account the manager is its own (`user@UID.service`), and the kernel lets it move processes only within
what is delegated to it. So there the launcher and the broker come along.
"""

from __future__ import annotations

import os
import time
from typing import Final

from akios_jail.jail import cgroups_files as files
from akios_jail.jail.cgroups_model import OPTIONAL, CgroupError, Limits
from akios_jail.jail.cgroups_v2 import CgroupV2

#: All sessions lie in this slice, so that an administrator can limit them together.
SLICE: Final = "akios.slice"
_START_TIMEOUT_S: Final = 10.0
_STEP: Final = "have systemd make a scope for the session"
_LOG_IN: Final = (
    "Log in by a terminal or ssh rather than by su or sudo, with the package dbus-user-session installed; for a "
    f"service, as root: loginctl enable-linger USER. Or use sudo, {OPTIONAL}."
)
_DELEGATE: Final = (
    "As root, once: put `[Service]` and `Delegate=cpu io memory pids`, a line each, into "
    "/etc/systemd/system/user@.service.d/delegate.conf, then systemctl daemon-reload, and log in anew. Or use sudo, "
    f"{OPTIONAL}."
)


def slice_of(uid: int) -> str:
    """Where the sessions of an account lie below cgroup v2's root: root's beside all others, anybody's in their own."""
    return SLICE if uid == 0 else f"user.slice/user-{uid}.slice/user@{uid}.service/{SLICE}"


class CgroupSystemd(CgroupV2):
    """`root`: where cgroup v2 is mounted. `uid`: whose manager is asked, root's being the machine's."""

    def __init__(self, name: str, root: str, limits: Limits, *, optional: bool, uid: int) -> None:
        self._uid = uid
        self._line = f"0::/{slice_of(uid)}/{name}.scope"
        self._scope = os.path.join(root, slice_of(uid), f"{name}.scope")
        super().__init__(name, (os.path.join(self._scope, "agent"),), limits, optional=optional)

    def _find_place(self, holder: int | None, company: tuple[int, ...]) -> str:
        pids = (holder or os.getpid(), *(company if self._uid else ()))
        _start_scope(f"{self.name}.scope", pids, self._uid)
        for pid in pids:  # systemd answers before there is a scope
            _wait_for(pid, self._line)
        # A cgroup that hands out controllers may hold no process itself, so they go one further down.
        files.make(f"{self._scope}/holder")
        for pid in pids:
            files.write(f"{self._scope}/holder/cgroup.procs", str(pid), f"move process {pid} within the scope")
        self._do_without_what_is_not_delegated()
        return super()._find_place(holder, company)

    def _do_without_what_is_not_delegated(self) -> None:
        delegated = set(files.read(f"{self._scope}/cgroup.controllers").split())
        if lacking := sorted(self._needed - delegated):
            names = ", ".join(lacking)
            self._fail(CgroupError(f"limit the session ({names})", "systemd does not delegate that here", _DELEGATE))
            self._needed -= set(lacking)

    def beside(self, suffix: str, limits: Limits) -> CgroupV2:
        """In the same scope, which is there and hands out controllers once this one was made."""
        return CgroupV2(f"{self.name}-{suffix}", (os.path.join(self._scope, suffix),), limits, optional=self._optional)


def _start_scope(unit: str, pids: tuple[int, ...], uid: int) -> None:
    """Ask for the scope; returns when systemd has accepted the job.

    The call is StartTransientUnit of org.freedesktop.systemd1(5); `a(sv)` are the properties, a count and then each as
    name, type and value.
    """
    program = "/usr/bin/busctl"
    if not os.path.exists(program):
        raise CgroupError(_STEP, f"{program} is missing", f"Install systemd's package, {OPTIONAL}.")
    runtime = f"/run/user/{uid}"
    if uid and not os.path.exists(f"{runtime}/bus"):
        raise CgroupError(_STEP, f"this account has no bus of its own ({runtime}/bus)", _LOG_IN)
    properties = (
        ("Description", "s", "An agent in the AKIOS jail"),
        ("Slice", "s", SLICE),
        ("Delegate", "b", "true"),
        ("TasksMax", "t", str((1 << 64) - 1)),  # the session's own limit is set below
        ("CollectMode", "s", "inactive-or-failed"),
        ("PIDs", "au", str(len(pids)), *map(str, pids)),
    )
    manager = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
    whose = ["--user"] if uid else []
    arguments = [program, *whose, "--quiet", "call", *manager, "StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "fail"]
    arguments += [str(len(properties)), *(word for each in properties for word in each), "0"]
    words = os.memfd_create("busctl")
    try:
        child = os.posix_spawn(
            program,
            arguments,
            {"LC_ALL": "C", **({"XDG_RUNTIME_DIR": runtime} if uid else {})},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, words, 2),
            ],
        )
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            said = os.pread(words, 2000, 0).decode(errors="replace").strip()
            raise CgroupError(_STEP, said or "busctl failed", f"Run as root, {OPTIONAL}.")
    finally:
        os.close(words)


def _wait_for(pid: int, line: str) -> None:
    """The job runs after the call has returned: wait until the process is where it belongs."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while line not in files.read(f"/proc/{pid}/cgroup").splitlines():
        if time.monotonic() > deadline:
            raise CgroupError(
                _STEP, f"process {pid} is not in it after {_START_TIMEOUT_S:.0f} s", "Look at journalctl."
            )
        time.sleep(0.001)
