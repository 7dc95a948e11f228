"""A line beside the agent's: whole, in its place, and never waited for."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from akios_jail.launcher import aside


class _As:
    """Standard error is this descriptor meanwhile."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> None:
        self._saved = os.dup(2)
        os.dup2(self._fd, 2)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._saved, 2)
        os.close(self._saved)


def test_a_file_keeps_what_the_agent_wrote(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "err", os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"the agent's\n")
    with _As(fd):
        aside.say("ours")
    os.write(fd, b"more\n")
    os.close(fd)
    assert (tmp_path / "err").read_text() == "the agent's\nakios: ours\nmore\n"


def test_a_full_pipe_is_not_waited_for_and_stays_as_it_was() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    written = 0
    while True:
        try:
            written += os.write(writing, b"x" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    with _As(writing):
        aside.say("ours")
        assert os.get_blocking(2)
    while written:
        written -= len(os.read(reading, written))
    with _As(writing):
        aside.say("ours")
    assert os.read(reading, 100) == b"akios: ours\n"
    os.close(reading)
    with _As(writing):
        aside.say("nobody reads it")
    os.close(writing)


def test_a_socket_that_takes_nothing_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, _As(ours.fileno()):
        aside.say("ours")
        assert theirs.recv(100) == b"akios: ours\n"
        ours.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                ours.send(b"x" * 4096)
        ours.setblocking(True)
        aside.say("more")
