"""A launcher that is killed while it still builds the jail leaves nothing either, whatever the moment."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Akios, eventually
from tests.processes import lives

pytestmark = pytest.mark.root

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def reaper() -> Iterator[None]:
    """Orphans of our children become our own children, so that none can be overlooked (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children() -> list[psutil.Process]:
    """Our living children; the dead ones are reaped."""
    alive = []
    for child in psutil.Process().children(recursive=True):
        try:
            if lives(child):
                alive.append(child)
            elif child.ppid() == os.getpid():
                os.waitpid(child.pid, os.WNOHANG)
        except (psutil.NoSuchProcess, ChildProcessError):
            continue
    return alive


def sessions() -> set[Path]:
    """The cgroups of sessions, ours and those of others."""
    # Not `rglob`: others' groups come and go meanwhile, and only `walk` passes over a folder that has just gone.
    return {Path(parent, name) for parent, names, _ in os.walk("/sys/fs/cgroup") for name in names if "ses_" in name}


@pytest.mark.parametrize("after_ms", [30, 60, 90, 110, 130, 150, 170, 190, 220, 260])
def test_sigkill_while_the_jail_is_being_built(akios: Akios, reaper: None, after_ms: int) -> None:
    command = akios.command("--", "/bin/sh", "-c", "sleep 300 & exec sleep 300")
    cgroups, mounts, own = sessions(), Path("/proc/self/mountinfo").read_text(), set(children())
    process = subprocess.Popen(
        command, cwd=akios.workspace, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after_ms / 1000)  # the moment is the subject of the test; it waits for nothing
    made = sessions() - cgroups
    process.send_signal(signal.SIGKILL)
    process.wait()
    made |= sessions() - cgroups
    eventually(lambda: not set(children()) - own, what=f"left: {children()}")
    eventually(lambda: not [path for path in made if path.exists()], what=f"left: {made}")
    assert Path("/proc/self/mountinfo").read_text() == mounts
