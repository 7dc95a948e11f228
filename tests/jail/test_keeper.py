"""The keeper cleans up after its launcher whatever state both are in, and never outlives its task."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from akios_jail.jail import cgroups, keeper
from akios_jail.jail.cgroups import Limits
from akios_jail.jail.errors import JailError
from tests.jail.programs import alive, fresh_session, wait_until
from tests.jail.test_cgroups import directories

pytestmark = pytest.mark.root

LIMITS = Limits(memory_bytes=64 << 20, cpus=1.0, pids=32)

#: A launcher whose broker reads nothing, so that its keeper takes a second to settle.
LAUNCHER = """
import os, select, signal, socket, sys
from akios_jail import kernel
from akios_jail.jail import cgroups, executions, keeper

cgroup = cgroups.prepare(sys.argv[1], cgroups.Limits(64 << 20, 1.0, 32))
guard = keeper.start(cgroup)
cgroup.create(guard.pid)
print(cgroup.name, flush=True)
deaf, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
agent = os.fork()
if agent == 0:
    kernel.no_new_privileges()
    listener = executions.listen()
    socket.send_fds(theirs, [b"x"], [listener])
    os.close(listener)
    for _ in range(60):
        if os.fork() == 0:
            os.execv("/bin/true", ["true", "x" * 8000, "y" * 8000])
        os.wait()
    os._exit(0)
_, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
guard.observe(listener, told)
os.close(listener)
told.close()
os.waitpid(agent, 0)
guard._sock.send(b"s")
if sys.argv[2] == "answered":
    select.select([guard], [], [])
print("settles", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("moment", ["asked", "answered"])
def test_a_launcher_that_is_killed_while_its_keeper_settles_leaves_nothing(moment: str) -> None:
    command = [sys.executable, "-c", LAUNCHER, fresh_session(), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        try:
            assert launcher.stdout is not None
            name = launcher.stdout.readline().strip()
            assert launcher.stdout.readline() == "settles\n"
            assert directories(name)
        finally:
            launcher.kill()
    wait_until(lambda: directories(name) == [])


def test_a_keeper_that_does_not_move_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_DEATH_S", 0.2)
    kept = keeper.start(cgroups.prepare(fresh_session(), LIMITS))
    os.kill(kept.pid, signal.SIGSTOP)
    kept.dismiss()
    assert not alive(kept.pid)


def test_a_keeper_whose_last_word_was_not_read_still_hears_that_it_is_dismissed() -> None:
    kept = keeper.start(cgroups.prepare(fresh_session(), LIMITS))
    kept._sock.send(keeper._SETTLE)
    assert select.select([kept], [], [], 20)[0]
    kept._sock.send(keeper._DISMISSED)
    kept._sock.close()
    assert os.waitpid(kept.pid, 0)[1] == 0


def test_a_keeper_that_was_killed_before_it_knew_anything_is_said_to_be_gone() -> None:
    kept = keeper.start(cgroups.prepare(fresh_session(), LIMITS))
    os.kill(kept.pid, signal.SIGKILL)
    os.waitpid(kept.pid, 0)
    with open("/proc/self/stat", "rb") as anything, pytest.raises(JailError, match="ended unexpectedly"):
        kept.kill_also(anything.fileno())
