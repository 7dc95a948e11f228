"""What AKIOS says on standard error while the agent runs, without ever waiting for whoever reads it.

The stream is the agent's too, which may have filled it: this process watches the session's limits, and a line that
nobody takes at once is not worth standing still for.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from typing import Final

_STDERR: Final = 2


def say(line: str) -> None:
    """One line, whole or not at all."""
    end = "\r\n" if os.isatty(_STDERR) else "\n"  # a terminal that the relay has made raw does not go back by itself
    with contextlib.suppress(OSError):
        _write(f"akios: {line}{end}".encode())


def nothing(line: str) -> None:
    """Under `--quiet`."""


def _write(data: bytes) -> None:
    mode = os.fstat(_STDERR).st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(fileno=os.dup(_STDERR)) as sock:
            sock.send(data, socket.MSG_DONTWAIT)
    elif stat.S_ISREG(mode):
        os.write(_STDERR, data)  # never waits, and has its place in the file
    else:
        # A description of its own: what is set on the agent's, the agent has too.
        own = os.open(f"/proc/self/fd/{_STDERR}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            os.write(own, data)
        finally:
            os.close(own)
