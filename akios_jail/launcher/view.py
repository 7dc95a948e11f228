"""What the agent sees of the file system: plan and command line resolved against this machine, into mount operations.

All paths are resolved here, once, by the launcher; a path that turns out to be led elsewhere later is refused by the
mount itself.
"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from akios_jail.jail import identity as identities
from akios_jail.jail import rootfs
from akios_jail.jail.identity import Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.jail.mounts import Bind, Directory, Operation, Overlay, Tmpfs
from akios_jail.launcher import invoker
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.policy.egress import RESOLVER
from akios_jail.policy.plans import JailPlan

#: Folders that hold far more than one agent's work.
_TOO_WIDE: Final = re.compile(
    "/(boot|dev|etc|home|home/[^/]+|media|mnt|opt|proc|root|run|srv|sys|tmp|var|var/(cache|lib|log|tmp)|usr|"
    "(usr/)?(bin|include|lib(32|64|exec|x32)?|local|sbin|share))?"
)
#: Places that the jail fills itself; nothing of the host is shown there.
_OWN: Final = ("/dev", "/etc/akios", "/proc", "/sys")
_OF_ITS_OWN: Final = "Stand in the project's folder (cd), or name it in the policy: spec.filesystem.workspace."
_MOST_LINKS: Final = 40  # as many as the kernel follows in one path


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


def shown_paths(plan: JailPlan, ro: tuple[str, ...], rw: tuple[str, ...], directory: str, home: str) -> list[Shown]:
    """The workspace, the plan's mounts and the command line's, as absolute paths; later entries win.

    `directory`: where relative paths start; `home`: what `~` means.
    """
    shown = {}
    workspace = absolute(plan.workspace, directory, home)
    shown[workspace] = Shown(workspace, plan.workspace_access)
    for mount in plan.mounts:
        path = absolute(mount.path, directory, home)
        shown[path] = Shown(path, mount.access, mount.optional)
    for paths, access in ((ro, "ro"), (rw, "rw")):
        for given in paths:
            path = absolute(given, directory, home)
            shown[path] = Shown(path, access)
    for path in shown:
        if path in ("/", "/etc") or any(contains(own, path) for own in _OWN):
            remedy = "Name the folder or file in it that the agent needs." if path in ("/", "/etc") else ""
            if path == workspace:
                remedy = _OF_ITS_OWN
            raise LaunchError(f"{path} cannot be shown in the jail, which has its own", remedy, USAGE)
    return list(shown.values())


def absolute(path: str, directory: str, home: str) -> str:
    """`path` as typed, made absolute and free of `.` and `..`; `~` is `home`."""
    return os.path.normpath(os.path.join(directory, invoker.expand(path, home))).replace("//", "/")


def too_wide(path: str, home: str) -> bool:
    """Whether the folder `path` (without links) is a system folder, somebody's home, or holds `home`."""
    return _TOO_WIDE.fullmatch(path) is not None or contains(path, os.path.realpath(home))


def check_prefixes(prefixes: tuple[str, ...], home: str) -> None:
    """Refuse a Python whose installation shares its folder with everything else. `LaunchError` with status 2."""
    for prefix in prefixes:
        if too_wide(os.path.realpath(prefix), home):
            raise LaunchError(
                f"this Python is installed in {prefix} itself, which holds far more than Python",
                "Name an interpreter of a folder of its own, or of the system, with --python.",
                USAGE,
            )


def check_workspace(path: str, home: str) -> None:
    """Refuse a workspace that would show a whole home or system folder. `LaunchError` with status 2."""
    real = os.path.realpath(path)
    if too_wide(real, home):
        raise LaunchError(
            f"the workspace would be {real}, which holds far more than an agent's work",
            _OF_ITS_OWN,
            USAGE,
        )
    if not os.path.isdir(real):
        raise LaunchError(
            f"the workspace {path} is not a folder", "Create it, or change spec.filesystem.workspace.", USAGE
        )


def check_rights(path: str, access: str) -> None:
    """Refuse to show what the caller, who is the agent where there is no root, could not use so themself.

    `LaunchError` with status 2: an agent that finds its own workspace shut would be a riddle.
    """
    owner = os.stat(path).st_uid
    needed = os.R_OK | (os.X_OK if os.path.isdir(path) else 0) | (os.W_OK if access == "rw" else 0)
    if os.access(path, needed, effective_ids=True) and (access != "overlay" or owner == os.geteuid()):
        return
    words = {"ro": "read", "rw": "write to", "overlay": "lay a layer over"}
    raise LaunchError(
        f"{path} belongs to uid {owner}, and is not yours to {words[access]}",
        "Without root the agent is you, and can do no more. Work on a copy of your own, change its owner (chown), "
        "show it read-only, or use sudo.",
        USAGE,
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
    layers: dict[str, Layer],
    *,
    idmapped: bool,
) -> View:
    """The whole view. `layers`: by the path of what they lie over. `idmapped`: owners on disk are translated for the
    agent, because the launcher is a real root."""
    workspace = shown[0].path
    laid = writable(shown)
    operations = [
        *rootfs.system(),
        *rootfs.accounts(who.uid, who.gid, who.name, who.home),
        *rootfs.names(hostname, RESOLVER),
        *rootfs.devices(plan.tmp_bytes),
        *rootfs.processes(),
        Tmpfs("/tmp", plan.tmp_bytes, 0o1777),  # noqa: S108 - the jail's own
        Tmpfs(who.home, plan.tmp_bytes, 0o700, who.builder_uid, who.builder_gid),
        Directory("/run"),
        Directory("/var"),
        Tmpfs("/var/tmp", plan.tmp_bytes, 0o1777),  # noqa: S108 - the jail's own
    ]
    access = [PathAccess("/", "read"), PathAccess("/dev", "device"), PathAccess("/dev/shm", "write")]  # noqa: S108
    access += [PathAccess(path, "write") for path in ("/tmp", "/var/tmp", who.home, "/proc")]  # noqa: S108
    maps: dict[tuple[int, int], int] = {}
    entries = [*shown, *(Shown(prefix, "ro") for prefix in prefixes if not _covered(prefix, shown))]
    for entry in sorted(entries, key=lambda entry: entry.path.count("/")):
        real = _resolve(entry, laid)
        if real is None:
            continue
        if who.rootless:
            check_rights(real, entry.access)
        idmap_fd = -1
        if idmapped and entry.path not in prefixes:
            owner = os.stat(real)
            key = (owner.st_uid, owner.st_gid)
            if key != (who.host_uid, who.host_gid):
                if key not in maps:
                    maps[key] = identities.mapping_namespace(*key, who)
                idmap_fd = maps[key]
        layer = layers.get(entry.path)
        if entry.access == "overlay" and layer is not None:
            operations.append(Overlay(real, layer.upper, layer.work, entry.path, idmap_fd, rootless=who.rootless))
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


def writable(shown: list[Shown]) -> tuple[str, ...]:
    """The folders, links resolved, in which an earlier agent could have laid links: the workspace and what is rw."""
    return tuple(os.path.realpath(entry.path) for entry in (shown[0], *(e for e in shown[1:] if e.access != "ro")))


def resolve(path: str, laid: tuple[str, ...]) -> str:
    """The real path behind the absolute `path`; it need not exist.

    `LaunchError` with status 2 if a link on the way lies in a folder of `laid`: an agent may have put it there.
    """
    at, rest, followed = "/", path.split("/")[::-1], 0
    while rest:
        name = rest.pop()
        if name in ("", "."):
            continue
        if name == "..":
            at = os.path.dirname(at)
            continue
        here = os.path.join(at, name)
        try:
            target = os.readlink(here)
        except OSError:  # no link, or nothing at all
            at = here
            continue
        followed += 1
        if followed > _MOST_LINKS or any(contains(folder, at) for folder in laid):
            raise LaunchError(
                f"{path} leads through the symbolic link {here} (to {target}), which an agent may have laid",
                "Name the place that it points to, if that is meant.",
                USAGE,
            )
        rest += target.split("/")[::-1]
        at = "/" if target.startswith("/") else at
    return at


def _resolve(entry: Shown, laid: tuple[str, ...]) -> str | None:
    """The real path behind `entry`; None if it is optional and absent."""
    if not os.path.lexists(entry.path):
        if entry.optional:
            return None
        raise LaunchError(
            f"{entry.path} does not exist", "Create it, or take it out of the policy or the command line.", USAGE
        )
    return resolve(entry.path, laid)
