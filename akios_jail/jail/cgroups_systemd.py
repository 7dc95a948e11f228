"""cgroup v2 under systemd: the session's cgroup lies in a transient scope that systemd delegates to us.

systemd owns the tree and tolerates no foreign cgroups in it, but hands over a scope's subtree (`Delegate=yes`, see
"Control Group APIs and Delegation" in systemd's documentation). A scope needs a process from the start and vanishes by
itself with the last one: the keeper is that process, so that the launcher stays in its caller's session.
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


class CgroupSystemd(CgroupV2):
    """`root`: where cgroup v2 is mounted."""

    def __init__(self, name: str, root: str, limits: Limits, *, optional: bool) -> None:
        self._scope = os.path.join(root, SLICE, f"{name}.scope")
        super().__init__(name, (os.path.join(self._scope, "agent"),), limits, optional=optional)

    def _find_place(self, holder: int | None) -> str:
        pid = holder or os.getpid()
        _start_scope(f"{self.name}.scope", pid)
        _wait_for(pid, f"0::/{SLICE}/{self.name}.scope")
        # A cgroup that hands out controllers may hold no process itself, so the holder goes one further down.
        files.make(f"{self._scope}/holder")
        files.write(f"{self._scope}/holder/cgroup.procs", str(pid), f"move process {pid} within the scope")
        return super()._find_place(holder)

    def beside(self, suffix: str, limits: Limits) -> CgroupV2:
        """In the same scope, which is there and hands out controllers once this one was made."""
        return CgroupV2(f"{self.name}-{suffix}", (os.path.join(self._scope, suffix),), limits, optional=self._optional)


def _start_scope(unit: str, pid: int) -> None:
    """Ask for the scope; returns when systemd has accepted the job.

    The call is StartTransientUnit of org.freedesktop.systemd1(5); `a(sv)` are the properties, a count and then each as
    name, type and value.
    """
    program = "/usr/bin/busctl"
    if not os.path.exists(program):
        raise CgroupError(_STEP, f"{program} is missing", f"Install systemd's package, {OPTIONAL}.")
    properties = (
        ("Description", "s", "An agent in the AKIOS jail"),
        ("Slice", "s", SLICE),
        ("Delegate", "b", "true"),
        ("TasksMax", "t", str((1 << 64) - 1)),  # the session's own limit is set below
        ("CollectMode", "s", "inactive-or-failed"),
        ("PIDs", "au", "1", str(pid)),
    )
    manager = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
    arguments = [program, "--quiet", "call", *manager, "StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "fail"]
    arguments += [str(len(properties)), *(word for each in properties for word in each), "0"]
    words = os.memfd_create("busctl")
    try:
        child = os.posix_spawn(
            program,
            arguments,
            {"LC_ALL": "C"},
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
