"""Reading an overlay's layer: what an agent changed in a folder that it could not change.

The upper folder of an overlayfs is an ordinary folder with two signs in it: a character device 0:0 in the place of
what was deleted, and the attribute `overlay.opaque` on a folder that hides the one below it
(Documentation/filesystems/overlayfs.rst). That attribute is a trusted one in what root's sessions wrote, which no agent
can set, and a user's in what others wrote, where overlayfs keeps agents from setting it. Everything else in it was made
by an agent and is hostile: names hold any byte but two, trees are deep, files are huge and full of holes. So nothing
here recurses or holds a descriptor for each level, no link is followed, no mount point is entered, and no name is used
but below an open folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from akios_jail import kernel

OPAQUE: Final = "overlay.opaque"
ORIGIN: Final = "overlay.origin"
#: The longest path, in bytes, that one system call takes (PATH_MAX without the final zero).
LONGEST_PATH: Final = 4095
_CHUNK: Final = 1 << 20
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Entry(NamedTuple):
    """One directory entry. `type`: file | folder | link | fifo | socket | device. `mode`: permission bits, no others.

    `size` in bytes; `target`: a link's text; times in nanoseconds since 1970.
    """

    type: str
    mode: int
    size: int
    target: str
    uid: int
    gid: int
    inode: int
    modified_ns: int
    changed_ns: int  # ctime, which no program can set


class Change(NamedTuple):
    """One difference, in a path relative to the workspace. `kind`: added | modified | deleted | replaced (by another
    type). `before` is what the workspace holds now, `after` what the agent left.

    `copied`: the session found something there when it wrote. `obstacle`: why it cannot be carried over, or "".
    """

    path: str
    kind: str
    before: Entry | None
    after: Entry | None
    copied: bool = False
    obstacle: str = ""

    @property
    def entry(self) -> Entry:
        """What there is: afterwards, or for a deletion what there was."""
        found = self.after or self.before
        assert found is not None
        return found


class _Visit(NamedTuple):
    """A folder of the layer that is still to be compared; `merged`: with the folder of the same path below it."""

    path: str
    merged: bool


class _Empty(NamedTuple):
    """A folder of the workspace whose whole content is gone; `change`: what follows when that has been listed."""

    path: str
    change: Change


_Step = Change | _Visit | _Empty


def changes(upper_fd: int, lower_fd: int) -> list[Change]:
    """Every change of the layer `upper_fd` against the folder `lower_fd`, in an order in which they can be applied."""
    return list(walk(upper_fd, lower_fd))


def walk(upper_fd: int, lower_fd: int) -> Iterator[Change]:
    """As `changes`, one at a time. Names are sorted; a folder comes before what was added in it, after what is gone."""
    steps: list[_Step] = [_Visit("", True)]
    while steps:
        step = steps.pop()
        if isinstance(step, Change):
            yield step
        elif isinstance(step, _Visit):
            steps += reversed(_compare(upper_fd, lower_fd, step))
        else:
            steps += reversed(_emptied(lower_fd, step))


def open_folder(root_fd: int, path: str) -> int:
    """A readable descriptor of the folder `path` below `root_fd`; no link and no mount point is passed. `OSError`."""
    place = kernel.open_beneath(root_fd, path or ".", same_mount=True)
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place)
    finally:
        os.close(place)


def look(folder_fd: int, name: str) -> Entry | None:
    """What stands at `name` in an open folder, itself rather than where it leads; None if nothing does."""
    try:
        status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        target = os.readlink(name, dir_fd=folder_fd) if stat.S_ISLNK(status.st_mode) else ""
    except OSError:  # gone, or another thing since
        return None
    return Entry(
        _type(status.st_mode),
        status.st_mode & 0o777,
        status.st_size,
        target,
        status.st_uid,
        status.st_gid,
        status.st_ino,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def open_file(folder_fd: int, name: str) -> int:
    """A descriptor to read the regular file `name` in an open folder. `OSError` if it is anything else."""
    fd = os.open(name, _READ, dir_fd=folder_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a regular file")
    return fd


def segments(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a file of `size` bytes has data, as (start, end); between them are holes. See lseek(2), SEEK_DATA."""
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # only a hole until the end
                return
            raise
        at = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        yield start, at


def _type(mode: int) -> str:
    names = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo",
             stat.S_IFSOCK: "socket"}  # fmt: skip
    return names.get(stat.S_IFMT(mode), "device")


def _compare(upper_root: int, lower_root: int, visit: _Visit) -> list[_Step]:
    """The steps for one folder of the layer."""
    with contextlib.ExitStack() as open_fds:
        upper = _opened(open_fds, upper_root, visit.path)
        lower = -1
        if visit.merged:
            try:
                lower = _opened(open_fds, lower_root, visit.path)
            except OSError as error:
                # Removed or turned into something else since it was looked at: then there is nothing to compare with.
                if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES):
                    raise
        names = set(os.listdir(upper))
        if lower >= 0 and _attribute(upper, OPAQUE) == b"y":
            names |= set(os.listdir(lower))
        steps: list[_Step] = []
        for name in sorted(names):
            path = f"{visit.path}/{name}" if visit.path else name
            steps += _differences(path, name, upper, lower)
        return steps


def _opened(stack: contextlib.ExitStack, root_fd: int, path: str) -> int:
    fd = open_folder(root_fd, path)
    stack.callback(os.close, fd)
    return fd


def _differences(path: str, name: str, upper: int, lower: int) -> list[_Step]:
    """The steps for one name. `lower` is -1 where the workspace has no such folder."""
    before = look(lower, name) if lower >= 0 else None
    after = look(upper, name)
    if after is None or _is_whiteout(upper, name, after):
        return _deleted(path, before)
    if after.type == "folder":
        if before is not None and before.type == "folder" and _is_mount_point(lower, name):
            return [Change(path, "modified", before, after, True, "another file system is mounted there")]
        if shut := _shut(upper, name, os.R_OK | os.X_OK):
            kind = "added" if before is None else "modified" if before.type == "folder" else "replaced"
            return [Change(path, kind, before, after, before is not None, shut)]
        return _folder(path, name, upper, before, after)
    copied = _copied(upper, name)
    obstacle = "" if after.type in ("file", "link") else f"a {after.type} cannot be carried over"
    if after.type == "file":
        obstacle = _shut(upper, name, os.R_OK)
    if before is None:
        return [Change(path, "added", None, after, copied, obstacle)]
    if before.type == "folder":
        replaced = Change(path, "replaced", before, after, copied, obstacle)
        return [replaced] if obstacle else [_Empty(path, replaced)]
    if before.type != after.type:
        return [Change(path, "replaced", before, after, copied, obstacle)]
    if _same(name, upper, after, lower, before):
        return []
    return [Change(path, "modified", before, after, copied, obstacle)]


def _deleted(path: str, before: Entry | None) -> list[_Step]:
    if before is None:
        return []
    change = Change(path, "deleted", before, None, copied=True)
    return [_Empty(path, change)] if before.type == "folder" else [change]


def _folder(path: str, name: str, upper: int, before: Entry | None, after: Entry) -> list[_Step]:
    if len(os.fsencode(path)) > LONGEST_PATH:
        return [Change(path, "added", None, after, obstacle="its path is longer than a path can be")]
    if before is None:
        return [Change(path, "added", None, after, _copied(upper, name)), _Visit(path, False)]
    if before.type != "folder":
        return [Change(path, "replaced", before, after), _Visit(path, False)]
    modified = [Change(path, "modified", before, after, True)] if before.mode != after.mode else []
    return [*modified, _Visit(path, True)]


def _emptied(lower_root: int, empty: _Empty) -> list[_Step]:
    """The deletions of all that a folder of the workspace holds, then the change of the folder itself."""
    with contextlib.ExitStack() as open_fds:
        try:
            folder = _opened(open_fds, lower_root, empty.path)
        except OSError as error:
            return [empty.change._replace(obstacle=error.strerror or str(error))]
        steps: list[_Step] = []
        for name in sorted(os.listdir(folder)):
            steps += _deleted(f"{empty.path}/{name}", look(folder, name))
        return [*steps, empty.change]


def _is_whiteout(folder: int, name: str, entry: Entry) -> bool:
    return entry.type == "device" and os.stat(name, dir_fd=folder, follow_symlinks=False).st_rdev == 0


def _shut(folder: int, name: str, wanted: int) -> str:
    """Why something in the layer cannot be read, or "": an agent took that from its owner, who is nobody's root."""
    allowed = os.access(name, wanted, dir_fd=folder, effective_ids=True, follow_symlinks=False)
    return "" if allowed else "its mode keeps you from reading it (chmod u+rwX)"


def _is_mount_point(folder: int, name: str) -> bool:
    try:
        os.close(kernel.open_beneath(folder, name, same_mount=True))
    except OSError as error:
        return error.errno == errno.EXDEV
    return False


def _attribute(fd: int, attribute: str, name: str = "") -> bytes | None:
    """A mark of overlayfs on an open folder, or on `name` in it (on a link, not on where it leads)."""
    kind = "trusted" if os.geteuid() == 0 else "user"
    try:
        return os.getxattr(f"/proc/self/fd/{fd}/{name}", f"{kind}.{attribute}", follow_symlinks=not name)
    except OSError:
        return None


def _copied(folder: int, name: str) -> bool:
    """Whether overlayfs copied it up from below, rather than the agent made it."""
    return _attribute(folder, ORIGIN, name) is not None


def _same(name: str, upper: int, after: Entry, lower: int, before: Entry) -> bool:
    if after.type == "link":
        return after.target == before.target
    if after.type != "file":
        return True
    return after.mode == before.mode and after.size == before.size and _same_content(name, upper, lower, after.size)


def _same_content(name: str, upper: int, lower: int, size: int) -> bool:
    with contextlib.ExitStack() as open_fds:
        fds = []
        for folder in (upper, lower):
            try:
                fds.append(open_file(folder, name))
            except OSError:
                return False
            open_fds.callback(os.close, fds[-1])
        # Where neither has data both are zero. Segments of the one cover what the other has, too, when taken in turn.
        return all(
            os.pread(fds[0], min(_CHUNK, end - at), at) == os.pread(fds[1], min(_CHUNK, end - at), at)
            for fd in fds
            for start, end in segments(fd, size)
            for at in range(start, end, _CHUNK)
        )
