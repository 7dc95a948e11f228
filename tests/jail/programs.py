"""Small programs that meet a limit, and how to run them under a cgroup: as a child process that waits to be let go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from akios_jail.jail.cgroups import Cgroup

SLEEP = "import time; time.sleep(600)"

#: Two generations that replace themselves all the time: whoever kills by a list of pids is always late.
FORK_BOMB = """
import os
while True:
    try:
        if os.fork() and os.fork():
            os._exit(0)
    except OSError:
        pass
"""

MEMORY_HOG = """
held = []
while True:
    held.append(bytearray(b"x") * (4 << 20))
"""

BUSY = "while True: pass"


def start_under(cgroup: Cgroup, source: str) -> subprocess.Popen[bytes]:
    """Run Python source in a child that is in the cgroup before the first line of it."""
    gate = f"import os; os.read(0, 1); exec({source!r})"
    child = subprocess.Popen([sys.executable, "-I", "-c", gate], stdin=subprocess.PIPE, start_new_session=True)
    cgroup.attach(child.pid)
    assert child.stdin is not None
    child.stdin.write(b".")
    child.stdin.close()
    return child


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait for something to become true; the test fails when it does not."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """True for a process that has not ended (a zombie has)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def fresh_session() -> str:
    """A session id that no parallel test has."""
    return f"t{os.getpid()}-{time.monotonic_ns()}"
