"""Standard input, output and error: the only descriptors that an agent is given, so they must be fit to be given.

A descriptor is a right that no namespace takes away. What was opened elsewhere keeps its place: a folder leads on to
the host's files, a network socket to the host's network.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
from typing import Final

from akios_jail.launcher.errors import USAGE, LaunchError

_NAMES: Final = ("standard input", "standard output", "standard error")


def fill() -> None:
    """Open the null device in the place of each stream that is closed: the next file to be opened would become it."""
    for fd in range(len(_NAMES)):
        try:
            os.fstat(fd)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != fd:
                os.dup2(opened, fd)
                os.close(opened)
    # Python saw the closed ones before: what is printed to None goes elsewhere, or fails.
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False, encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False, encoding="utf-8")


def check() -> None:
    """`LaunchError` with status 2 if a stream would be a way out of the jail."""
    for fd, name in enumerate(_NAMES):
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode):
            raise LaunchError(f"{name} is a folder, through which the agent could see the host's files", "", USAGE)
        if stat.S_ISSOCK(mode) and _family(fd) != socket.AF_UNIX:
            raise LaunchError(
                f"{name} is a network socket, with which the agent could leave the jail",
                "Put a pipe in between, as in `… | akios run … | cat`.",
                USAGE,
            )


def _family(fd: int) -> int:
    with socket.socket(fileno=os.dup(fd)) as sock:
        return sock.family
