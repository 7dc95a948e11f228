"""cgroup v2 without systemd: a cgroup of our own, where the kernel's rules let one be.

A cgroup that hands controllers to its children must not hold processes itself ("no internal processes",
Documentation/admin-guide/cgroup-v2.rst); only the root may. So the session's cgroup goes below the nearest ancestor of
the launcher's that already hands out what is needed, or can be made to.
"""

from __future__ import annotations

import errno
import os

from akios_jail.jail import cgroups_files as files
from akios_jail.jail.cgroups_model import OPTIONAL, Cgroup, CgroupError, Limits, Usage

NEEDED = ("memory", "cpu", "pids")
_WRITABLE = (
    "Start the container with cgroups of its own that it may write to (docker run --cgroupns private --security-opt "
    f"writable-cgroups=true; `akios doctor` knows more), {OPTIONAL}."
)
_PERIOD_US = 100_000
_LEAST_QUOTA_US = 1_000


class CgroupV2(Cgroup):
    """`places`: the directories that the session's can become, the best first; the parent of each exists.

    When limits are optional and none of them can be made, there is no directory and every act does nothing.
    """

    def __init__(self, name: str, places: tuple[str, ...], limits: Limits, *, optional: bool) -> None:
        super().__init__(name)
        self._places = places
        self._limits = limits
        self._needed = {*NEEDED, *(("io",) if limits.io_bytes_s is not None else ())}
        self._optional = optional
        self._fd: int | None = None
        self._path = ""

    def create(self, holder: int | None = None, company: tuple[int, ...] = ()) -> None:
        try:
            place = self._find_place(holder, company)
        except CgroupError as error:
            self._fail(error)
            place = self._places[0]  # without limits it still counts, freezes and kills
            if not os.path.isdir(os.path.dirname(place)):
                return
        try:
            files.make(place)
        except CgroupError as error:
            self._fail(error)
            return
        self._path = place
        try:
            self._set_limits()
        except CgroupError:
            self.remove()
            raise

    def _find_place(self, holder: int | None, company: tuple[int, ...]) -> str:
        """The directory to make, below one that hands out the controllers."""
        for place in self._places:
            if _hands_out(os.path.dirname(place)) >= self._needed:
                return place
        refused = set()
        for place in self._places:
            parent = os.path.dirname(place)
            try:
                _enable(parent, self._needed)
            except OSError as error:
                if error.errno not in (errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT):
                    raise CgroupError(f"hand out controllers in {parent}", error.strerror or "") from error
                refused.add(error.errno)
                continue
            return place
        first, top = os.path.dirname(self._places[0]), os.path.dirname(self._places[-1])
        if errno.EROFS in refused:
            raise CgroupError("limit the session", f"{top}: {os.strerror(errno.EROFS)}", _WRITABLE)
        raise CgroupError(
            "limit the session",
            f"no cgroup from {first} up to {top} can hand out {', '.join(sorted(self._needed))}",
            f"Run as root. In a container, move its processes into a cgroup below first (mkdir {top}/main; for p in "
            f"$(cat {top}/cgroup.procs); do echo $p > {top}/main/cgroup.procs; done), {OPTIONAL}.",
        )

    def _set_limits(self) -> None:
        self._limit_memory()
        cpus = self._limits.cpus
        if cpus is not None:
            quota = max(_LEAST_QUOTA_US, round(cpus * _PERIOD_US))
            self._limit("cpu.max", f"{quota} {_PERIOD_US}", f"limit CPU time to {cpus} CPUs")
        self._limit("pids.max", str(self._limits.pids), f"limit processes to {self._limits.pids}")
        rate = self._limits.io_bytes_s
        for disk in files.disks() if rate is not None else ():
            self._limit("io.max", f"{disk} rbps={rate} wbps={rate}", f"limit the traffic of disk {disk}")

    def _limit_memory(self) -> None:
        step = f"limit memory to {self._limits.memory_bytes} bytes"
        if not self._limit("memory.max", str(self._limits.memory_bytes), step):
            return
        # All of a session dies of its memory limit, not whichever process the kernel likes least.
        self._limit("memory.oom.group", "1", step)
        if os.path.exists(f"{self._path}/memory.swap.max"):
            self._limit("memory.swap.max", "0", step)
        elif files.swap_in_use():
            self._fail(
                CgroupError(
                    step,
                    "the kernel does not account for swap, so swap would be without limit",
                    f"Boot with swapaccount=1, switch swap off (swapoff -a), {OPTIONAL}.",
                )
            )

    def _limit(self, file: str, value: str, step: str) -> bool:
        try:
            files.write(f"{self._path}/{file}", value, step)
        except CgroupError as error:
            self._fail(error)
            return False
        return True

    def _fail(self, error: CgroupError) -> None:
        if not self._optional:
            raise error
        self.missing += (str(error),)

    def procs_fd(self) -> int | None:
        if self._fd is None and self._path:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self._fd

    def attach(self, pid: int) -> None:
        if self._path:
            files.write(f"{self._path}/cgroup.procs", str(pid), f"put process {pid} under the session's cgroup")

    def freeze(self) -> None:
        if self._path:
            files.freeze_v2(self._path)

    def thaw(self) -> None:
        if self._path:
            files.thaw_v2(self._path)

    def kill(self) -> None:
        for path in self._existing():
            files.kill_v2(path)
            files.empty((path,))

    def usage(self) -> Usage:
        path = self._path
        if not path:
            return Usage(0.0, 0, 0, 0)
        cpu_s = files.field(f"{path}/cpu.stat", "usage_usec") / 1e6
        peak = oom_kills = refused = 0
        if os.path.exists(f"{path}/memory.events"):
            # memory.peak exists since Linux 5.19; before that only the present use is known.
            peak_file = f"{path}/memory.peak"
            peak = int(files.read(peak_file if os.path.exists(peak_file) else f"{path}/memory.current"))
            oom_kills = files.field(f"{path}/memory.events", "oom_kill")
        if os.path.exists(f"{path}/pids.events"):
            refused = files.field(f"{path}/pids.events", "max")
        return Usage(cpu_s, peak, oom_kills, refused)

    def remove(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        for path in self._existing():
            files.remove(path)

    def beside(self, suffix: str, limits: Limits) -> CgroupV2:
        places = tuple(f"{place}-{suffix}" for place in self._places)
        return CgroupV2(f"{self.name}-{suffix}", places, limits, optional=self._optional)

    def _existing(self) -> list[str]:
        """Where the session's directory is; for a keeper, which was forked before it was made, where it can be."""
        return [place for place in ([self._path] if self._path else self._places) if os.path.isdir(place)]


def _hands_out(directory: str) -> set[str]:
    try:
        return set(files.read(f"{directory}/cgroup.subtree_control").split())
    except OSError:
        return set()


def _enable(directory: str, controllers: set[str]) -> None:
    """Make a cgroup hand out the needed controllers; `OSError` if it has processes, lacks one, or is not ours."""
    fd = os.open(f"{directory}/cgroup.subtree_control", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, " ".join(f"+{controller}" for controller in sorted(controllers)).encode())
    finally:
        os.close(fd)
