"""cgroup v1, a hierarchy for each controller, with the v2 hierarchy beside it where the machine is a hybrid.

The v2 hierarchy of a hybrid has no controllers, but it kills and freezes a whole cgroup at once, counts CPU time, and a
process can be cloned into it; where it is absent, the freezer and cpuacct hierarchies do that. Files are described in
the kernel's Documentation/admin-guide/cgroup-v1.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Final

from akios_jail.jail import cgroups_files as files
from akios_jail.jail.cgroups_model import OPTIONAL, Cgroup, CgroupError, Limits, Usage

_PERIOD_US: Final = 100_000
_LEAST_QUOTA_US: Final = 1_000
_LIMITING: Final = ("memory", "cpu", "pids")


class CgroupV1(Cgroup):
    """`own`: the launcher's own directory for each controller, and for `unified`; the session's lie directly below."""

    def __init__(self, name: str, own: Mapping[str, str], limits: Limits, *, optional: bool) -> None:
        super().__init__(name)
        self._own = own
        self._limits = limits
        self._optional = optional
        self._fd: int | None = None
        limiting = tuple(each for each in _LIMITING if each != "cpu" or limits.cpus is not None)
        rest = ("unified",) if "unified" in own else ("freezer", "cpuacct")
        wanted = (*limiting, *(("blkio",) if limits.io_bytes_s is not None else ()), *rest)
        missing = [controller for controller in wanted if controller not in own]
        self.missing = tuple(f"the cgroup controller {controller!r} is not mounted" for controller in missing)
        if missing and not optional:
            raise CgroupError(
                "limit the session",
                "; ".join(self.missing),
                f"Mount it (mount -t cgroup -o {missing[0]} {missing[0]} /sys/fs/cgroup/{missing[0]}), {OPTIONAL}.",
            )
        self._paths = {c: os.path.join(own[c], name) for c in wanted if c in own}

    def create(self, holder: int | None = None, company: tuple[int, ...] = ()) -> None:
        for controller in tuple(self._paths):
            try:
                self._make(controller)
            except CgroupError as error:
                if not self._optional:
                    self.remove()
                    raise
                self.missing += (str(error),)
                files.remove(self._paths.pop(controller))

    def _make(self, controller: str) -> None:
        path = self._paths[controller]
        files.make(path)
        if controller == "memory":
            self._limit_memory(path)
        elif controller == "cpu" and self._limits.cpus is not None:
            self._limit_cpu(path, self._limits.cpus)
        elif controller == "pids":
            files.write(f"{path}/pids.max", str(self._limits.pids), f"limit processes to {self._limits.pids}")
        elif controller == "blkio":
            # v1 counts reads and direct writes; what the kernel writes back later it counts as its own.
            for disk in files.disks():
                step = f"limit the traffic of disk {disk}"
                for way in ("read", "write"):
                    files.write(f"{path}/blkio.throttle.{way}_bps_device", f"{disk} {self._limits.io_bytes_s}", step)

    def _limit_memory(self, path: str) -> None:
        step = f"limit memory to {self._limits.memory_bytes} bytes"
        files.write(f"{path}/memory.limit_in_bytes", str(self._limits.memory_bytes), step)
        # What waits in TCP sockets is counted apart here, and only where it is limited; v2 counts it with the rest.
        if os.path.exists(f"{path}/memory.kmem.tcp.limit_in_bytes"):
            files.write(f"{path}/memory.kmem.tcp.limit_in_bytes", str(self._limits.memory_bytes), step)
        if os.path.exists(f"{path}/memory.memsw.limit_in_bytes"):
            files.write(f"{path}/memory.memsw.limit_in_bytes", str(self._limits.memory_bytes), step)
        elif files.swap_in_use():
            raise CgroupError(
                step,
                "the kernel does not account for swap, so swap would be without limit",
                f"Boot with swapaccount=1, switch swap off (swapoff -a), {OPTIONAL}.",
            )

    def _limit_cpu(self, path: str, cpus: float) -> None:
        files.write(f"{path}/cpu.cfs_period_us", str(_PERIOD_US), "set the period of the CPU limit")
        quota = max(_LEAST_QUOTA_US, round(cpus * _PERIOD_US))
        try:
            files.write(f"{path}/cpu.cfs_quota_us", str(quota), f"limit CPU time to {cpus} CPUs")
        except CgroupError as error:
            # The kernel refuses more than a parent has. That parent's stricter limit holds for us as it is.
            if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.EINVAL:
                raise

    def procs_fd(self) -> int | None:
        if self._fd is None and "unified" in self._paths:
            self._fd = os.open(self._paths["unified"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self._fd

    def attach(self, pid: int) -> None:
        for controller, path in self._paths.items():
            files.write(f"{path}/cgroup.procs", str(pid), f"put process {pid} under the {controller} cgroup")

    def freeze(self) -> None:
        if "unified" in self._paths:
            files.freeze_v2(self._paths["unified"])
        elif "freezer" in self._paths:
            state = f"{self._paths['freezer']}/freezer.state"
            files.write(state, "FROZEN", "freeze the session")
            files.wait_for(state, lambda text: text.strip() == "FROZEN", "freeze the session")

    def thaw(self) -> None:
        if "unified" in self._paths:
            files.thaw_v2(self._paths["unified"])
        elif "freezer" in self._paths:
            files.write(f"{self._paths['freezer']}/freezer.state", "THAWED", "thaw the session")

    def kill(self) -> None:
        if "unified" in self._paths:
            files.kill_v2(self._paths["unified"])
        elif "freezer" in self._paths:
            files.kill_frozen(self._paths["freezer"], self.freeze, self.thaw)
        files.empty(self._paths.values())

    def usage(self) -> Usage:
        paths = self._paths
        if "unified" in paths:
            cpu_s = files.field(f"{paths['unified']}/cpu.stat", "usage_usec") / 1e6
        else:
            cpu_s = int(files.read(f"{paths['cpuacct']}/cpuacct.usage")) / 1e9 if "cpuacct" in paths else 0.0
        peak = oom_kills = refused = 0
        if "memory" in paths:
            swap = f"{paths['memory']}/memory.memsw.max_usage_in_bytes"
            peak = int(files.read(swap if os.path.exists(swap) else f"{paths['memory']}/memory.max_usage_in_bytes"))
            oom_kills = files.field(f"{paths['memory']}/memory.oom_control", "oom_kill")
        if "pids" in paths:
            refused = files.field(f"{paths['pids']}/pids.events", "max")
        return Usage(cpu_s, peak, oom_kills, refused)

    def remove(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        for path in self._paths.values():
            files.remove(path)

    def beside(self, suffix: str, limits: Limits) -> CgroupV1:
        return CgroupV1(f"{self.name}-{suffix}", self._own, limits, optional=self._optional)
