"""A small disk of a test's own, in a mount namespace of its own: to be filled, broken and mended again."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, _IOR('X', 125, __u32)
_NO_LOG_FLUSH = 2


class Disk:
    """A file system on `place`, which only a process that stands `within` sees there.

    `mount`: what the command of that name is told. `before`: other commands that are run there first. `below`: the
    folder of what it lies on itself, if that is one of these, too.
    """

    def __init__(self, place: Path, *mount: str, before: Sequence[Sequence[str]] = (), below: str = "") -> None:
        self.place = place
        self._below = below
        self._mount = [*mount, str(place)]
        place.mkdir(mode=0o700, exist_ok=True)
        hold = ["unshare", "-m", "--propagation", "private", "sh", "-c", "echo held; read end"]
        self._holder = subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"held\n"
        for command in (*before, ("mount", *self._mount), ("chmod", "700", str(place))):
            self.do(*command)

    def within(self, *command: str, folder: str = "/") -> list[str]:
        """A command line that runs that command where the disk is seen."""
        return ["nsenter", "-t", str(self._holder.pid), "-m", f"--wd={folder}", *command]

    def do(self, *command: str) -> None:
        """Run a command there."""
        subprocess.run(self.within(*command), check=True, timeout=60, capture_output=True)

    @property
    def inside(self) -> Path:
        """Its folder as this process reaches it."""
        return self._reached(str(self.place))

    def _reached(self, path: str) -> Path:
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def free(self) -> tuple[int, int]:
        """Free bytes and free inodes, for anybody."""
        now = os.statvfs(self.inside)
        return now.f_bavail * now.f_frsize, now.f_favail

    def fill(self) -> None:
        """Use up its space, for a file `hog`."""
        _fill(self.inside)

    def starve(self) -> None:
        """Use up the space of what it lies on: what it takes from now on fails to be written back."""
        _fill(self._reached(self._below))

    def feed(self) -> None:
        """Let there be space again."""
        (self._reached(self._below) / "hog").unlink()

    def crowd(self, most: int = 1_000_000) -> None:
        """Use up its inodes, or so many of them, for a folder `crowd`."""
        crowd = self.inside / "crowd"
        crowd.mkdir()
        with suppress(OSError):
            for number in range(most):
                os.close(os.open(crowd / str(number), os.O_CREAT | os.O_WRONLY, 0o600))

    def pull(self) -> None:
        """Have it fail each access from now on, as if it had been unplugged."""
        folder = os.open(self.inside, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _SHUTDOWN, _NO_LOG_FLUSH.to_bytes(4, "little"))
        finally:
            os.close(folder)

    def again(self) -> None:
        """Unmount what is there and mount it as at first: what a person does with a disk that failed."""
        self.do("umount", str(self.place))
        self.do("mount", *self._mount)

    def end(self) -> None:
        """Its namespace goes, and it with that."""
        self._holder.communicate(b"\n", timeout=60)


def _fill(folder: Path) -> None:
    with (folder / "hog").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)):
                    continue
            except OSError:
                continue


@contextmanager
def memory(place: Path, options: str) -> Iterator[Disk]:
    """One in memory, with these options of tmpfs: `size`, `nr_inodes`."""
    disk = Disk(place, "-t", "tmpfs", "-o", f"mode=0700,{options}", "none")
    try:
        yield disk
    finally:
        disk.end()


@contextmanager
def real(place: Path, image: Path) -> Iterator[Disk]:
    """One with a journal (ext4) in a file, which the kernel treats as any disk; let go of when it is unmounted."""
    disk = Disk(place, *_EXT4, "loop,errors=remount-ro", str(image), before=_made(image))
    try:
        yield disk
    finally:
        disk.end()


@contextmanager
def overcommitted(place: Path, folder: Path) -> Iterator[Disk]:
    """One like that which lies on a smaller one, and says that it has room where there is none."""
    folder.mkdir()
    below = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)]
    image = folder / "image"
    before = [below, *_made(image)]
    disk = Disk(place, *_EXT4, "loop,errors=continue", str(image), before=before, below=str(folder))
    try:
        yield disk
    finally:
        disk.end()


_EXT4 = ("-t", "ext4", "-o")


def _made(image: Path) -> list[list[str]]:
    """The commands that make it."""
    return [["truncate", "-s", "64M", str(image)], ["mkfs.ext4", "-q", "-m", "0", "-E", "nodiscard", str(image)]]
