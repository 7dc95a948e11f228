"""The keeper: a tiny process that cleans up after a launcher that could not.

A launcher that is killed with SIGKILL cannot remove its session's cgroup. The keeper is forked at the start, waits for
the launcher's death by pidfd (which no inherited descriptor can hold up), then kills the processes it was told of and
the session's cgroup, and removes that. It has a session of its own, blocks every signal that can be blocked, and holds
no descriptor but the two that it waits on and those pidfds.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from typing import Final, NoReturn

from akios_jail import kernel
from akios_jail.jail.cgroups_model import Cgroup

_DISMISSED: Final = b"d"
_KILL_ALSO: Final = b"k"
_DEATH_S: Final = 5.0


class Keeper:
    """A running keeper. `pid`: its process, a child of this one."""

    def __init__(self, pid: int, sock: socket.socket) -> None:
        self.pid = pid
        self._sock = sock

    def kill_also(self, pidfd: int) -> None:
        """From here on, kill that process too when the launcher dies. The descriptor stays the caller's."""
        socket.send_fds(self._sock, [_KILL_ALSO], [pidfd])

    def dismiss(self) -> None:
        """The launcher has cleaned up itself: the keeper ends, and is gone when this returns."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # somebody else has ended it already
            self._sock.send(_DISMISSED)
        self._sock.close()
        os.waitpid(self.pid, 0)


def start(cgroup: Cgroup) -> Keeper:
    """Fork a keeper for a cgroup, which need not exist yet.

    Only for a process with one thread, and best early, while it is small. `OSError` when there can be no new process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    launcher = os.pidfd_open(os.getpid())
    try:
        pid = os.fork()
        if pid == 0:
            try:
                _keep(cgroup, launcher, theirs)
            finally:
                os._exit(1)  # whatever happened, never the launcher's code in this process
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(launcher)
    return Keeper(pid, ours)


def _keep(cgroup: Cgroup, launcher: int, sock: socket.socket) -> NoReturn:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.setsid()
    os.chdir("/")
    kernel.set_process_name("akios-keeper")
    kernel.close_all_but((launcher, sock.fileno()))
    condemned = _wait(launcher, sock)
    if condemned is None:
        os._exit(0)
    for pidfd in condemned:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    cgroup.kill()
    cgroup.remove()
    for pidfd in condemned:
        select.select([pidfd], [], [], _DEATH_S)  # readable when the process has ended
    os._exit(0)


def _wait(launcher: int, sock: socket.socket) -> list[int] | None:
    """What to kill beside the cgroup, once the launcher is dead; None when it says that nothing is to be done."""
    condemned: list[int] = []
    poll = select.poll()
    poll.register(launcher, select.POLLIN)
    poll.register(sock, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if sock.fileno() in ready:
            word, fds, _, _ = socket.recv_fds(sock, 1, 1)
            condemned += fds
            if word == _DISMISSED:
                return None
            if not word:  # closed without a word: other than by death that cannot be meant, so wait for the death
                poll.unregister(sock)
        elif launcher in ready:
            return condemned
