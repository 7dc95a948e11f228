"""What the agent sees of the file system: plan and command line resolved against this machine, into mount operations.

All paths are resolved here, once, by the launcher; a path that turns out to be led elsewhere later is refused by the
mount itself.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from akios_jail.jail import identity as identities
from akios_jail.jail import rootfs
from akios_jail.jail.identity import Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.jail.mounts import Bind, Directory, Operation, Overlay, Tmpfs
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.policy.egress import RESOLVER
from akios_jail.policy.plans import JailPlan

_TOO_WIDE: Final = (
    "/",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/usr",
    "/var",
    "/bin",
    "/lib",
)


class Shown(NamedTuple):
    """One host folder or file that the jail shows at the same path. `access`: ro | rw | overlay."""

    path: str
    access: str
    optional: bool = False


class View(NamedTuple):
    """The mounts, the Landlock rules for the same, and the folder the agent starts in."""

    operations: tuple[Operation, ...]
    access: tuple[PathAccess, ...]
    working_directory: str
    workspace: str


def shown_paths(plan: JailPlan, ro: tuple[str, ...], rw: tuple[str, ...], directory: str) -> list[Shown]:
    """The workspace, the plan's mounts and the command line's, as absolute paths; later entries win."""
    shown = {}
    workspace = absolute(plan.workspace, directory)
    shown[workspace] = Shown(workspace, plan.workspace_access)
    for mount in plan.mounts:
        path = absolute(mount.path, directory)
        shown[path] = Shown(path, mount.access, mount.optional)
    for paths, access in ((ro, "ro"), (rw, "rw")):
        for given in paths:
            path = absolute(given, directory)
            shown[path] = Shown(path, access)
    return list(shown.values())


def absolute(path: str, directory: str) -> str:
    """`path` as typed, made absolute and free of `.` and `..`; `~` is the invoking person's home."""
    return os.path.normpath(os.path.join(directory, os.path.expanduser(path)))


def check_workspace(path: str, home: str) -> None:
    """Refuse a workspace that would show a whole home or system folder. `LaunchError` with status 2."""
    real = os.path.realpath(path)
    if real in _TOO_WIDE or real == os.path.realpath(home):
        raise LaunchError(
            f"the workspace would be {real}, which holds far more than an agent's work",
            "Stand in the project's folder (cd), or name it in the policy: spec.filesystem.workspace.",
            USAGE,
        )
    if not os.path.isdir(real):
        raise LaunchError(
            f"the workspace {path} is not a folder", "Create it, or change spec.filesystem.workspace.", USAGE
        )


class Layer(NamedTuple):
    """Where an overlay's writes go, on the host."""

    upper: str
    work: str


def compose(
    plan: JailPlan,
    shown: list[Shown],
    prefixes: tuple[str, ...],
    who: Identity,
    hostname: str,
    directory: str,
    layer: Layer | None,
    *,
    idmapped: bool,
) -> View:
    """The whole view. `idmapped`: owners on disk are translated for the agent, because the launcher is a real root."""
    workspace = shown[0].path
    operations = [
        *rootfs.system(),
        *rootfs.accounts(who.uid, who.gid, who.name, who.home),
        *rootfs.names(hostname, RESOLVER),
        *rootfs.devices(plan.tmp_bytes),
        *rootfs.processes(),
        Tmpfs("/tmp", plan.tmp_bytes, 0o1777),  # noqa: S108 - the jail's own
        Tmpfs(who.home, plan.tmp_bytes, 0o700, who.uid, who.gid),
        Directory("/run"),
        Directory("/var"),
        Tmpfs("/var/tmp", plan.tmp_bytes, 0o1777),  # noqa: S108 - the jail's own
    ]
    access = [PathAccess("/", "read"), PathAccess("/dev", "device"), PathAccess("/dev/shm", "write")]  # noqa: S108
    access += [PathAccess(path, "write") for path in ("/tmp", "/var/tmp", who.home, "/proc")]  # noqa: S108
    maps: dict[tuple[int, int], int] = {}
    entries = [*shown, *(Shown(prefix, "ro") for prefix in prefixes if not _covered(prefix, shown))]
    for entry in sorted(entries, key=lambda entry: entry.path.count("/")):
        real = _resolve(entry, workspace)
        if real is None:
            continue
        idmap_fd = -1
        if idmapped and entry.path not in prefixes:
            owner = os.stat(real)
            key = (owner.st_uid, owner.st_gid)
            if key != (who.uid, who.gid):
                if key not in maps:
                    maps[key] = identities.mapping_namespace(*key, who)
                idmap_fd = maps[key]
        if entry.access == "overlay" and layer is not None:
            operations.append(Overlay(real, layer.upper, layer.work, entry.path, idmap_fd))
        else:
            operations.append(Bind(real, entry.path, writable=entry.access == "rw", idmap_fd=idmap_fd))
        if entry.access != "ro":
            access.append(PathAccess(entry.path, "write"))
    inside = any(contains(entry.path, directory) for entry in entries)
    return View(tuple(operations), tuple(access), directory if inside else workspace, workspace)


def visible(path: str, shown: list[Shown], prefixes: tuple[str, ...]) -> bool:
    """Whether the jail shows the host's `path`."""
    places = [entry.path for entry in shown] + [*prefixes, "/usr", "/bin", "/sbin", "/lib"]
    return any(contains(place, path) for place in places)


def _covered(prefix: str, shown: list[Shown]) -> bool:
    return any(contains(entry.path, prefix) for entry in shown)


def contains(folder: str, path: str) -> bool:
    """Whether `path` is `folder` or lies below it. Both are absolute and normalised."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _resolve(entry: Shown, workspace: str) -> str | None:
    """The real path behind `entry`. Inside the workspace no link is followed: an earlier agent could have laid it."""
    if not os.path.lexists(entry.path):
        if entry.optional:
            return None
        raise LaunchError(
            f"{entry.path} does not exist", "Create it, or take it out of the policy or the command line.", USAGE
        )
    real = os.path.realpath(entry.path)
    if entry.path != workspace and contains(workspace, entry.path):
        expected = os.path.join(os.path.realpath(workspace), os.path.relpath(entry.path, workspace))
        if real != expected:
            raise LaunchError(
                f"{entry.path} is a symbolic link inside the workspace (to {real})",
                "Name the folder it points to, outside the workspace, if the agent is to see that.",
                USAGE,
            )
    return real
