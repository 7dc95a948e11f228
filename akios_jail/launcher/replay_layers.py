"""What a replayed agent may write to beside its workspace: each such folder as it is now, under a layer that goes."""

from __future__ import annotations

import os
import stat

from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import Identity
from akios_jail.launcher import invoker, view
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.plans import JailPlan, Mount

_FOLDER = "written"


def untouching(jail: JailPlan, rw: tuple[str, ...], options: RunOptions, host: dict[str, str]) -> JailPlan:
    """The plan with nothing of the person's writable but through layers. `rw`: what the command line had added.

    A layer lies over folders: single files, and folders that are somebody else's where there is no root, are read-only.
    """
    home = invoker.home(host)

    def access(path: str) -> str:
        real = os.path.realpath(view.absolute(path, options.invocation_dir, home))
        try:
            status = os.stat(real)
        except OSError:
            return "ro"
        ours = os.geteuid() in (0, status.st_uid)
        return "overlay" if ours and stat.S_ISDIR(status.st_mode) else "ro"

    mounts = [*jail.mounts, *(Mount(path, "rw") for path in rw)]
    workspace = "overlay" if jail.workspace_access == "rw" else jail.workspace_access
    return jail._replace(
        workspace_access=workspace,
        mounts=tuple(each._replace(access=access(each.path) if each.access == "rw" else "ro") for each in mounts),
    )


def make(
    folder: str, jail: JailPlan, options: RunOptions, host: dict[str, str], who: Identity
) -> dict[str, view.Layer]:
    """The layers for such a plan, below `folder`, which goes with the replay; by the paths that they lie over.

    Not that of a workspace that is an overlay by the plan: every session makes that one.
    """
    home = invoker.home(host)
    shown = view.shown_paths(jail, options.ro, options.rw, options.invocation_dir, home)
    found = {}
    made_already = jail.workspace_access == "overlay"
    for number, entry in enumerate(shown[made_already:]):
        if entry.access == "overlay":
            found[entry.path] = _made(os.path.join(folder, _FOLDER, str(number)), os.path.realpath(entry.path), who)
    return found


def _made(folder: str, over: str, who: Identity) -> view.Layer:
    layer = view.Layer(os.path.join(folder, "upper"), os.path.join(folder, "work"))
    try:
        os.makedirs(folder, mode=0o700)
        for path in layer:
            os.mkdir(path, 0o700)
            os.chown(path, who.host_uid, who.host_gid)
        # What the agent sees as the folder's own mode.
        os.chmod(layer.upper, stat.S_IMODE(os.stat(over).st_mode) & 0o777 | 0o700)
    except OSError as error:
        raise JailError(f"make a layer for {over}", str(error)) from error
    return layer
