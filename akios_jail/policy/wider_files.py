"""Which files may be read or written under a policy that might not under another.

Where relative paths start is known only when a session does, so what relative and absolute paths say of each other is
taken for the worst that it can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from akios_jail.policy.document import Path
from akios_jail.policy.plans import JailPlan
from akios_jail.policy.widening import Wider

_FILES: Final[Path] = ("spec", "filesystem")
_ACCESS: Final = {"": 0, "ro": 1, "overlay": 2, "rw": 3}


def wider(old: JailPlan, new: JailPlan) -> Iterator[Wider]:
    """What may be read and written changes only at paths that one of the two names, so that these tell all."""
    before, after = _shown(old), _shown(new)
    for path in sorted({*before, *after}):
        was, now = _access(before, path), _access(after, path)
        what = {"ro": "be read", "overlay": "be written in a layer", "rw": "be written"}.get(now, "")
        if _ACCESS[now] > _ACCESS[was]:
            key = "workspace" if path == new.workspace else "read" if now == "ro" else "write"
            yield Wider((*_FILES, key), (*_FILES, key), f"{path} may {what}")
        elif before.get(path) == "ro" and path not in after and _writes(after, relative=path.startswith("/")):
            what = f"{path} is not kept from being written any more, should it lie in a folder that is"
            yield Wider(_FILES, (*_FILES, "read"), what, sure=False)
        elif path not in before and (kept := _may_lie_in(path, now, before)):
            what = f"{path} may {what}, should it lie in {kept}"
            yield Wider((*_FILES, "write"), (*_FILES, "read"), what, sure=False)


def _shown(plan: JailPlan) -> dict[str, str]:
    return {plan.workspace: plan.workspace_access} | {mount.path: mount.access for mount in plan.mounts}


def _access(shown: dict[str, str], path: str) -> str:
    """What may be done at a path: as the nearest folder above it says that is shown, "" where none is."""
    while path not in shown:
        above = path.rpartition("/")[0]
        if path in ("/", "."):
            return ""
        path = above or ("/" if path.startswith("/") else ".")
    return shown[path]


def _writes(shown: dict[str, str], *, relative: bool) -> bool:
    """Whether anything is written that is named by a relative path, or by an absolute one."""
    return any(path.startswith("/") is not relative and access != "ro" for path, access in shown.items())


def _may_lie_in(path: str, access: str, shown: dict[str, str]) -> str:
    """A path of the other sort, below which less may be done than `access`, and in which this path may turn out to lie:
    `/p/out` is `out` where `/p` is the folder that relative paths start from."""
    for other, less in shown.items():
        if _ACCESS[less] >= _ACCESS[access] or other == ".":
            continue
        if path.startswith("/") and not other.startswith("/") and f"/{other}/" in f"{path}/":
            return other
        parts = path.split("/")
        starts = ["/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if not path.startswith("/") and other.startswith("/") and other.endswith(tuple(starts)):
            return other
    return ""
