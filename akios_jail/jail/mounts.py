"""The acts that build a root file system, each one object that can say what it does and do it.

All targets are relative to the new root, which is a tmpfs that no path reaches yet: it is stacked on `/` of a private
mount namespace and addressed by its descriptor. So sources are ordinary host paths until the very end, and no target
can be led astray: the walk to a target follows no symbolic link.
"""

from __future__ import annotations

import os
from typing import NamedTuple, Protocol

from akios_jail import kernel

_ATTACH_FLAGS = kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
_WAITING = "/.lower"
_TERMINALS = 256  # of one jail; the kernel has 3,072 for all instances but the host's own (kernel.pty.max, .reserve)


class Operation(Protocol):
    """One step of building the root."""

    def describe(self) -> str:
        """What the step does, in words that fit after "could not"."""
        ...

    def execute(self, root_fd: int) -> None:
        """Do it below `root_fd`; `OSError` if the kernel refuses."""
        ...


def make_directories(root_fd: int, path: str, mode: int = 0o755) -> None:
    """Create `path` and its parents where they are missing; a symbolic link on the way is an error."""
    try:
        os.close(kernel.open_beneath(root_fd, path))
        return
    except FileNotFoundError:
        pass
    parent, name = os.path.split(path.rstrip("/"))
    if parent not in ("", "/"):
        make_directories(root_fd, parent)
    parent_fd = kernel.open_beneath(root_fd, parent or "/")
    try:
        os.mkdir(name, mode, dir_fd=parent_fd)
    finally:
        os.close(parent_fd)


def _make_file(root_fd: int, path: str, data: bytes = b"", mode: int = 0o644) -> None:
    parent, name = os.path.split(path)
    make_directories(root_fd, parent)
    parent_fd = kernel.open_beneath(root_fd, parent)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, mode, dir_fd=parent_fd)
    finally:
        os.close(parent_fd)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        os.fchmod(fd, mode)


def _attach(mount_fd: int, root_fd: int, path: str) -> None:
    target = kernel.open_beneath(root_fd, path)
    try:
        kernel.move_mount(mount_fd, target)
    finally:
        os.close(target)
        os.close(mount_fd)


def _open_source(path: str) -> int:
    """An O_PATH descriptor of a host path that is free of links: an earlier agent may have made it one since."""
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if os.readlink(f"/proc/self/fd/{fd}") != path:
        os.close(fd)
        raise OSError(40, f"{path} is reached through a symbolic link")
    return fd


class Bind(NamedTuple):
    """Show the host's `source` at `target`. `source` must be free of symbolic links; what it is must not have changed.

    `idmap_fd`: a user namespace by whose mapping owners are translated (-1: none). `optional`: a source that does not
    exist is passed over. `device`: device nodes keep working.
    """

    source: str
    target: str
    writable: bool = False
    optional: bool = False
    idmap_fd: int = -1
    device: bool = False

    def describe(self) -> str:
        return f"show {self.source} {'writable' if self.writable else 'read-only'} at {self.target}"

    def execute(self, root_fd: int) -> None:
        try:
            source = _open_source(self.source)
        except FileNotFoundError:
            if self.optional:
                return
            raise
        try:
            is_directory = os.path.isdir(f"/proc/self/fd/{source}")
            mount = kernel.clone_mount(source)
        finally:
            os.close(source)
        flags = kernel.MOUNT_ATTR_NOSUID | (0 if self.device else kernel.MOUNT_ATTR_NODEV)
        kernel.mount_setattr(mount, set_flags=flags | (0 if self.writable else kernel.MOUNT_ATTR_RDONLY))
        if self.idmap_fd >= 0:
            kernel.mount_setattr(mount, set_flags=kernel.MOUNT_ATTR_IDMAP, userns_fd=self.idmap_fd, recursive=False)
        if is_directory:
            make_directories(root_fd, self.target)
        else:
            try:
                os.close(kernel.open_beneath(root_fd, self.target))
            except FileNotFoundError:
                _make_file(root_fd, self.target)
        _attach(mount, root_fd, self.target)


class Tmpfs(NamedTuple):
    """A private memory file system at `target`, at most `size` bytes, owned by `uid` and `gid`."""

    target: str
    size: int
    mode: int = 0o755
    uid: int = 0
    gid: int = 0

    def describe(self) -> str:
        return f"mount a private tmpfs at {self.target}"

    def execute(self, root_fd: int) -> None:
        make_directories(root_fd, self.target)
        options: dict[str, str | None] = {
            "size": str(self.size),
            "nr_inodes": str(max(1024, self.size // 4096)),
            "mode": f"{self.mode:o}",
            "uid": str(self.uid),
            "gid": str(self.gid),
        }
        _attach(kernel.fs_mount("tmpfs", options, _ATTACH_FLAGS), root_fd, self.target)


class Proc(NamedTuple):
    """procfs of the calling process's pid namespace; processes that the viewer may not trace are not listed."""

    target: str = "/proc"

    def describe(self) -> str:
        return f"mount procfs at {self.target}"

    def execute(self, root_fd: int) -> None:
        make_directories(root_fd, self.target)
        mount = kernel.fs_mount("proc", {"hidepid": "invisible"}, _ATTACH_FLAGS | kernel.MOUNT_ATTR_NOEXEC)
        _attach(mount, root_fd, self.target)


class Devpts(NamedTuple):
    """A devpts instance of the jail's own, so that no terminal of the host can be named."""

    target: str = "/dev/pts"

    def describe(self) -> str:
        return f"mount devpts at {self.target}"

    def execute(self, root_fd: int) -> None:
        make_directories(root_fd, self.target)
        options: dict[str, str | None] = {
            "newinstance": None,
            "ptmxmode": "0666",
            "mode": "620",
            "max": str(_TERMINALS),
        }
        flags = kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC
        _attach(kernel.fs_mount("devpts", options, flags), root_fd, self.target)


class Overlay(NamedTuple):
    """`lower` seen through a layer: all writes land in `upper`. Both, and `work`, are host paths without links.

    What overlayfs can put into a layer beside files, folders and links is kept to whiteouts and opaque folders: no
    redirected and no metadata-only files (Documentation/filesystems/overlayfs.rst). `rootless`: its marks are
    attributes that an account without privileges may set.
    """

    lower: str
    upper: str
    work: str
    target: str
    idmap_fd: int = -1
    rootless: bool = False

    def describe(self) -> str:
        return f"lay {self.upper} over {self.lower} at {self.target}"

    def execute(self, root_fd: int) -> None:
        make_directories(root_fd, self.target)
        layers = [_open_source(path) for path in (self.upper, self.work)]
        try:
            if self.idmap_fd >= 0:
                # overlayfs takes layers of attached mounts only, so the mapped tree hangs in the new root for a moment.
                Bind(self.lower, _WAITING, idmap_fd=self.idmap_fd).execute(root_fd)
                layers.append(kernel.open_beneath(root_fd, _WAITING))
            else:
                layers.append(_open_source(self.lower))
            # By descriptor: no length limit, nothing to escape, and the agent's /proc/mounts tells no host path.
            upper, work, lower = (f"/proc/self/fd/{fd}" for fd in layers)
            options: dict[str, str | None] = {
                "lowerdir": lower,
                "upperdir": upper,
                "workdir": work,
                "index": "off",
                "metacopy": "off",
                "redirect_dir": "nofollow",
                **({"userxattr": None} if self.rootless else {}),
            }
            _attach(kernel.fs_mount("overlay", options, _ATTACH_FLAGS), root_fd, self.target)
            if self.idmap_fd >= 0:
                kernel.umount_detached(lower)
                os.rmdir(_WAITING[1:], dir_fd=root_fd)
        finally:
            for fd in layers:
                os.close(fd)


class Directory(NamedTuple):
    """An empty folder."""

    target: str
    mode: int = 0o755

    def describe(self) -> str:
        return f"create {self.target}"

    def execute(self, root_fd: int) -> None:
        make_directories(root_fd, self.target, self.mode)


class File(NamedTuple):
    """A file that AKIOS writes: the jail's own /etc/hosts and the like."""

    target: str
    data: bytes
    mode: int = 0o644

    def describe(self) -> str:
        return f"write {self.target}"

    def execute(self, root_fd: int) -> None:
        _make_file(root_fd, self.target, self.data, self.mode)


class Symlink(NamedTuple):
    """A symbolic link with the text `points_to`."""

    target: str
    points_to: str

    def describe(self) -> str:
        return f"link {self.target} to {self.points_to}"

    def execute(self, root_fd: int) -> None:
        parent, name = os.path.split(self.target)
        make_directories(root_fd, parent)
        parent_fd = kernel.open_beneath(root_fd, parent)
        try:
            os.symlink(self.points_to, name, dir_fd=parent_fd)
        finally:
            os.close(parent_fd)


class Lock(NamedTuple):
    """Make what already stands at `target` inside the new root read-only (or, `hide`, empty and unreadable)."""

    target: str
    hide: bool = False

    def describe(self) -> str:
        return f"{'hide' if self.hide else 'make read-only'} {self.target}"

    def execute(self, root_fd: int) -> None:
        try:
            place = kernel.open_beneath(root_fd, self.target)
        except FileNotFoundError:
            return
        try:
            if self.hide:
                null = os.open("/dev/null", os.O_PATH | os.O_CLOEXEC)
                is_directory = os.path.isdir(f"/proc/self/fd/{place}")
                mount = kernel.fs_mount("tmpfs", {"size": "4k", "mode": "0"}) if is_directory else (
                    kernel.clone_mount(null, recursive=False)
                )  # fmt: skip
                os.close(null)
            else:
                mount = kernel.clone_mount(place)
            kernel.mount_setattr(
                mount, set_flags=kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC
            )
            kernel.move_mount(mount, place)
            os.close(mount)
        finally:
            os.close(place)
