"""Deleting what an agent left, however deep it is."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(folder: str) -> None:
    """Delete `folder` and all in it; no link is followed.

    Every folder in it is first moved to its top, so that neither the depth of a tree nor the length of its paths
    matters: two descriptors do. The caller sees to it that nobody else is at work there. Modes that keep their owner
    out are changed, where that is not root.
    """
    top = os.open(folder, _FOLDER)
    try:
        mark = os.urandom(8).hex()
        names = (f"{mark}.{number}" for number in itertools.count())
        queue = os.listdir(top)
        while queue:
            name = queue.pop()
            if not _is_folder(top, name):
                os.unlink(name, dir_fd=top)
                continue
            inner = _opened(top, name)
            try:
                queue += _flatten(inner, top, names)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(folder)


def _flatten(inner: int, top: int, names: Iterator[str]) -> list[str]:
    """Empty an open folder: its files are deleted, its folders moved to `top` under new names. Those names."""
    moved = []
    for entry in os.listdir(inner):
        if _is_folder(inner, entry):
            moved.append(next(names))
            try:
                os.rename(entry, moved[-1], src_dir_fd=inner, dst_dir_fd=top)
            except PermissionError:
                os.close(_opened(inner, entry))
                os.rename(entry, moved[-1], src_dir_fd=inner, dst_dir_fd=top)
        else:
            os.unlink(entry, dir_fd=inner)
    return moved


def _opened(parent: int, name: str) -> int:
    """A folder, open for reading, that its owner may change."""
    if os.geteuid() != 0:
        place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.chmod(f"/proc/self/fd/{place}", 0o700)
        finally:
            os.close(place)
    return os.open(name, _FOLDER, dir_fd=parent)


def _is_folder(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
