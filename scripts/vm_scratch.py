"""A folder for the time of a boot. What a killed `scripts/vm` has left goes with the next: nobody holds its lock."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "akios-vm-"
#: Between its making and its lock there is a moment.
_YOUNG_S = 60.0


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, removed afterwards; older ones that nobody holds go first."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), _held(left) as status:
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _YOUNG_S:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, _held(Path(name)):
        yield Path(name)


@contextmanager
def _held(folder: Path) -> Iterator[os.stat_result]:
    """The lock of a folder, and what it is. `OSError` where it is none, or another boot has it."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield os.fstat(fd)
    finally:
        os.close(fd)
