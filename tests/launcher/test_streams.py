"""The three descriptors that an agent is given."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

# Python itself refuses to start with a folder as a stream; a program that has started may put one there.
CHECK = """
import os, sys
os.dup2(int(sys.argv[1]), int(sys.argv[2]))
from akios_jail.launcher import streams
from akios_jail.launcher.errors import LaunchError
try:
    streams.check()
except LaunchError as error:
    os.write(int(sys.argv[3]), error.message.encode())
"""


def _complaint(given: int, stream: int) -> str:
    read_end, write_end = os.pipe()
    command = [sys.executable, "-c", CHECK, str(given), str(stream), str(write_end)]
    subprocess.run(command, pass_fds=(given, write_end), stdin=subprocess.DEVNULL, check=True, timeout=30)
    os.close(write_end)
    with os.fdopen(read_end) as file:
        return file.read()


@pytest.mark.parametrize("stream", [0, 1])
def test_a_folder_is_refused(stream: int) -> None:
    folder = os.open("/", os.O_RDONLY)
    try:
        assert "is a folder" in _complaint(folder, stream)
    finally:
        os.close(folder)


def test_a_network_socket_is_refused_and_a_local_one_is_not() -> None:
    with socket.socket(socket.AF_INET) as network, socket.socket(socket.AF_UNIX) as local:
        assert "standard input is a network socket" in _complaint(network.fileno(), 0)
        assert _complaint(local.fileno(), 0) == ""
