"""A session's cgroup, v1 or v2, with or without systemd, behind one small interface (`cgroups_model.Cgroup`).

The order for a launcher that wants nothing left behind whenever it dies: `prepare` (only names and places), start a
keeper on the result, `create`, clone the jail, `attach`, and at the end `kill`, `usage`, `remove`, dismiss the keeper.
`sweep` removes what launchers left that died together with their keeper.
"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from akios_jail.jail import cgroups_files as files
from akios_jail.jail import rlimits
from akios_jail.jail.cgroups_model import (
    OPTIONAL,
    PREFIX,
    Cgroup,
    CgroupError,
    Limits,
    Usage,
    is_leftover,
    session_name,
)
from akios_jail.jail.cgroups_none import NoCgroup
from akios_jail.jail.cgroups_systemd import CgroupSystemd, slice_of
from akios_jail.jail.cgroups_v1 import CgroupV1
from akios_jail.jail.cgroups_v2 import CgroupV2

__all__ = ["Cgroup", "CgroupError", "Limits", "Usage", "create", "prepare", "sweep"]

_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_LIMITING: Final = ("memory", "pids")  # on v1 if either is
_ALL: Final = (*_LIMITING, "cpu", "blkio")  # what limits something


class Hierarchy(NamedTuple):
    """One mounted hierarchy. `own`: this process's directory in it; `root`: where the mount begins."""

    own: str
    root: str


def prepare(session_id: str, limits: Limits, *, optional: bool = False) -> Cgroup:
    """Choose the session's name and place; nothing exists until its `create`.

    `CgroupError` with a remedy when this machine cannot limit a session. With `optional`, what cannot be had is listed
    in the cgroup's `missing` instead.
    """
    name = session_name(session_id)
    mounted = hierarchies()
    if any(controller in mounted for controller in _LIMITING):
        own = {controller: hierarchy.own for controller, hierarchy in mounted.items()}
        if os.geteuid() != 0 and not all(os.access(own[each], os.W_OK) for each in own if each in _ALL):
            return _without(name, limits, optional=optional)
        return CgroupV1(name, own, limits, optional=optional)
    if "unified" in mounted:
        if os.path.isdir("/run/systemd/system"):  # sd_booted(3)
            return CgroupSystemd(name, mounted["unified"].root, limits, optional=optional, uid=os.geteuid())
        places = tuple(os.path.join(parent, name) for parent in _upwards(mounted["unified"]))
        return CgroupV2(name, places, limits, optional=optional)
    if optional:
        return CgroupV1(name, {}, limits, optional=True)
    raise CgroupError(
        "limit the session",
        "no cgroup file system is mounted",
        f"Mount one (mount -t cgroup2 cgroup2 /sys/fs/cgroup), {OPTIONAL}.",
    )


def _without(name: str, limits: Limits, *, optional: bool) -> Cgroup:
    """For an account that may make no cgroups, and cannot be given any: cgroup v1 has no safe way to."""
    lacking = ["memory", *(("CPU time",) if limits.cpus is not None else ())]
    lacking += [] if rlimits.processes_are_counted_apart() else ["processes"]
    lacking += ["disk traffic"] if limits.io_bytes_s is not None else []
    why = "an ordinary account may make no cgroups of version 1"
    if optional:
        return NoCgroup(name, tuple(f"{each}, since {why}" for each in lacking))
    raise CgroupError(
        f"limit the session's {' and '.join([', '.join(lacking[:-1]), lacking[-1]] if lacking[1:] else lacking)}",
        why,
        f"Use sudo; or cgroup version 2 under systemd, which lets accounts have theirs; {OPTIONAL}.",
    )


def create(session_id: str, limits: Limits, *, optional: bool = False) -> Cgroup:
    """`prepare` and `create` in one, for a caller without a keeper."""
    cgroup = prepare(session_id, limits, optional=optional)
    cgroup.create()
    return cgroup


def sweep() -> list[str]:
    """Kill and remove what dead launchers left; the names of the sessions. Those of living launchers stay untouched."""
    swept: set[str] = set()
    for hierarchy in hierarchies().values():
        for parent in (*_upwards(hierarchy), os.path.join(hierarchy.root, slice_of(os.geteuid()))):
            try:
                names = [name for name in os.listdir(parent) if name.startswith(f"{PREFIX}.") and is_leftover(name)]
                names = [name for name in names if _may_end(os.path.join(parent, name))]
            except OSError:  # gone, or not ours to look into
                continue
            for name in names:
                files.end(os.path.join(parent, name))
                swept.add(name.removesuffix(".scope"))
    return sorted(swept)


def _may_end(path: str) -> bool:
    """Root may end anybody's; others their own, and are not stopped by the rest."""
    return os.geteuid() in (0, os.stat(path).st_uid)


def hierarchies() -> dict[str, Hierarchy]:
    """The mounted hierarchies by v1 controller, and `unified` for v2; only those that show our own cgroup.

    From /proc/self/cgroup (where this process is) and /proc/self/mountinfo (what is mounted where, from which root on).
    """
    mine: dict[str, str] = {}
    for line in files.read("/proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        for controller in ["unified"] if number == "0" and not controllers else controllers.split(","):
            mine[controller] = path
    found: dict[str, Hierarchy] = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            kind, _, options = after.rstrip("\n").split(" ", 2)
            if kind not in ("cgroup", "cgroup2"):
                continue
            root, point = (_unescape(field) for field in before.split(" ")[3:5])
            for controller in ["unified"] if kind == "cgroup2" else options.split(","):
                if controller in found or controller not in mine or not _below(mine[controller], root):
                    continue
                own = os.path.normpath(os.path.join(point, os.path.relpath(mine[controller], root)))
                if os.path.isdir(own):
                    found[controller] = Hierarchy(own, point)
    return found


def _below(path: str, root: str) -> bool:
    return root == "/" or path == root or path.startswith(f"{root}/")


def _unescape(field: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)


def _upwards(hierarchy: Hierarchy) -> tuple[str, ...]:
    """The own directory and its ancestors up to where the mount begins."""
    places = [hierarchy.own]
    while places[-1] != hierarchy.root:
        places.append(os.path.dirname(places[-1]))
    return tuple(places)
