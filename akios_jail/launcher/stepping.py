"""Step by step through a replay: a process of its own shows each step and waits for Enter.

It has the person's keyboard; the agent's input is empty meanwhile. It knows nothing, and says only go or stop.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from typing import Final, NoReturn

from akios_jail import kernel
from akios_jail.launcher.report import printable

_LONGEST: Final = 4_000
_HINT: Final = "  [Enter: give it, q: stop]"


class Stepper:
    """The process. `fd`: the broker's end of its socket."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = os.fork()
        if self._pid == 0:
            _serve(ours.detach())
        ours.close()
        self.fd = theirs.detach()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)

    def close(self) -> None:
        """End it."""
        os.close(self.fd)
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)


def _serve(fd: int) -> NoReturn:
    try:
        kernel.close_all_but((0, 1, 2, fd))
        broker = socket.socket(fileno=fd)
        while line := broker.recv(_LONGEST):
            os.write(2, f"akios: {printable(line.decode('utf-8', 'replace'))}{_HINT} ".encode())
            broker.send(b"go" if _wanted(fd) else b"stop")
    except OSError:
        os._exit(1)
    finally:
        os._exit(0)


def _wanted(broker: int) -> bool:
    """Whether the person presses Enter. The end of their input means no; so does the end of the session."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(broker, select.POLLIN)
    typed = b""
    while not typed.endswith(b"\n"):
        ready = {fd for fd, _ in poll.poll()}
        if broker in ready:
            return False
        more = os.read(0, 1)
        if not more:
            return False
        typed += more
    return not typed.strip().lower().startswith(b"q")
