"""Who hears what the agent executes, outside of its jail: in the keeper, which is idle otherwise and out of reach.

Each execve is let go on, always, and the broker is told of it. Nobody waits for this but who executes: a process whose
observer is gone gets ENOSYS at its next execve, and does not hang. An agent that executes more than `PER_SECOND` is
slowed down by it, so that it cannot keep this process busy.
"""

from __future__ import annotations

import binascii
import contextlib
import errno
import os
import select
import socket
import time
from collections import OrderedDict, deque
from typing import Final

from akios_jail import kernel, messages
from akios_jail.jail.executions import Execution, read

#: Executions that are let go on in a second, after a first burst. More wait for their turn.
PER_SECOND: Final = 1_000
BURST: Final = 2_000
#: Executions that wait for a broker that is busy. Of more, only the number is known.
BACKLOG: Final = 256
#: Bytes of them in the socket to the broker.
_IN_SOCKET: Final = 1 << 20
#: Processes whose program is remembered, and how far up from a new one it is looked for.
_REMEMBERED: Final = 10_000
_GENERATIONS: Final = 4
_POLLIN: Final = select.POLLIN
_POLLOUT: Final = select.POLLOUT


class Observer:
    """Hears the listener of one jail. Never waits, and raises nothing that an agent could cause.

    `listener` and `broker`, a SOCK_SEQPACKET socket, belong to it.
    """

    def __init__(self, listener: int, broker: socket.socket) -> None:
        self.listener = listener
        self._broker = broker
        broker.setblocking(False)
        broker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _IN_SOCKET)
        self._count = 0
        self._waiting: deque[dict[str, object]] = deque()
        self._missed = 0
        self._gone = False  # the broker is, so that there is nobody to tell
        self._processes: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._tokens, self._last = float(BURST), time.monotonic()

    def interests(self) -> tuple[dict[int, int], float | None]:
        """What to poll for, by descriptor, and for how many seconds: for no longer than the agent, that has executed
        too much, is not heard."""
        now = time.monotonic()
        self._tokens = min(float(BURST), self._tokens + (now - self._last) * PER_SECOND)
        self._last = now
        wanted = {self._broker.fileno(): _POLLOUT} if self._waiting and not self._gone else {}
        if self.listener < 0:
            return wanted, None
        if self._tokens < 1:
            return wanted, (1 - self._tokens) / PER_SECOND
        return wanted | {self.listener: _POLLIN}, None

    def handle(self, fd: int, events: int) -> None:
        """A descriptor is ready."""
        if fd != self.listener:
            self._send()
        elif events & _POLLIN:
            self._hear()
        else:  # nobody is left who could be heard
            os.close(self.listener)
            self.listener = -1

    def settle(self, patience_s: float) -> None:
        """Everybody in the jail is dead: tell the broker what it has not heard yet, as far as it listens."""
        deadline = time.monotonic() + patience_s
        if self._missed and not self._waiting:
            self._waiting.append({"n": 0})
        self._send()
        while self._waiting and not self._gone and (left := deadline - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._broker, _POLLOUT)
            poll.poll(left * 1000)
            self._send()

    def close(self) -> None:
        """Hear nobody any more: who executes gets ENOSYS."""
        if self.listener >= 0:
            os.close(self.listener)
        self.listener = -1
        self._broker.close()

    def _hear(self) -> None:
        self._tokens -= 1  # also for who is killed while it waits: hearing of that takes time, too
        try:
            asked = kernel.seccomp_receive(self.listener)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # it was killed, or interrupted and will ask again
                return
            raise
        now = time.time()
        try:
            found = read(asked)
            process, parent = self._lineage(asked.pid)
            # Only of a call that has been waiting all the time is it sure that this is what was read.
            alive = kernel.seccomp_still_waits(self.listener, asked.id)
        finally:
            with contextlib.suppress(FileNotFoundError):
                kernel.seccomp_continue(self.listener, asked.id)
        if not alive:
            return
        self._count += 1
        if process is not None:
            self._processes[process] = self._count
            self._processes.move_to_end(process)
            if len(self._processes) > _REMEMBERED:
                self._processes.popitem(last=False)
        if self._count > 1:  # the first is the agent itself, which the launcher named already
            self._tell(process[0] if process is not None else asked.pid, now, parent, found)

    def _lineage(self, pid: int) -> tuple[tuple[int, int] | None, int]:
        """This process, as its number and the time of its start, and the number of the execution that it, or the
        nearest process above it, goes back to: 0 if that is not known."""
        own: tuple[int, int] | None = None
        for _ in range(_GENERATIONS):
            try:
                fields = _proc(pid, "stat").rpartition(b") ")[2].split()  # behind its name, which may hold anything
                if own is None and int(fields[17]) > 1:  # field 20: how many threads; the one that asks need not be
                    pid = int(_proc(pid, "status").partition(b"\nTgid:")[2].split(None, 1)[0])  # the first
                    fields = _proc(pid, "stat").rpartition(b") ")[2].split()
                process, parent = (pid, int(fields[19])), int(fields[1])  # fields 22 and 4 of proc_pid_stat(5)
            except (OSError, ValueError, IndexError):
                break
            own = own or process
            if process in self._processes:
                return own, self._processes[process]
            if parent <= 1:
                break
            pid = parent
        return own, 0

    def _tell(self, pid: int, now: float, parent: int, found: Execution) -> None:
        if len(self._waiting) >= BACKLOG or self._gone:
            self._missed += 1
            return
        strings = b"".join(each + b"\0" for each in (found.program, *found.argv))
        self._waiting.append(
            {
                "n": self._count,
                "parent": parent,
                "pid": pid,
                "time": now,
                "strings": binascii.b2a_base64(strings, newline=False).decode(),
                "missing": found.missing,
                "cut": found.cut,
                "unread": found.unread,
            }
        )
        self._send()

    def _send(self) -> None:
        while self._waiting and not self._gone:
            try:
                fields = self._waiting[0] | {"missed": self._missed}
                messages.send(self._broker, "executed", fields, wait=False)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno == errno.EMSGSIZE:  # a machine whose sockets hold less
                    self._missed += 1
                    self._waiting.popleft()
                    continue
                self._gone = True  # which ends the session; its launcher hears of it, too
                return
            self._missed = 0
            self._waiting.popleft()


def _proc(pid: int, name: str) -> bytes:
    """What /proc has of a process or thread in this file."""
    fd = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)
