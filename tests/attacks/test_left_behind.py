"""What an agent leaves in a layer for the person who looks at it and takes it over: pipes that nobody writes to,
sockets, links to what is root's, files that are all holes, names and paths as long as they can be, attributes.

Defence: `akios diff` and `akios commit` open nothing but plain files, follow no link, keep holes as holes, and say what
they leave out. Each is given a minute here; a reader that waits for a pipe would need all of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

LEAVES = """
import os, socket
os.mkfifo("pipe")
os.mkfifo(".envrc")
socket.socket(socket.AF_UNIX).bind("socket")
os.symlink("/etc/shadow", "link")
os.symlink("loop", "loop")
os.symlink("/dev/zero", "endless")
with open("holes", "wb") as file:
    os.truncate(file.fileno(), 1000 << 20)
open("n" * 255, "w").close()
open("attributes", "w").close()
os.setxattr("attributes", "user.x", b"x" * 1000)
folder = os.open(".", os.O_RDONLY)
for _ in range(60):
    os.mkdir("deep" * 50, dir_fd=folder)
    folder = os.open("deep" * 50, os.O_RDONLY, dir_fd=folder)
"""


def called(akios: Akios, *words: str) -> subprocess.CompletedProcess[str]:
    done = akios.says(*words)
    assert "Traceback" not in done.stderr
    return done


def test_whoever_looks_at_a_hostile_layer_and_takes_it_over_is_neither_held_up_nor_led_astray(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    run = akios.python(LEAVES)
    assert run.status == 0, run
    for words in (["diff"], ["diff", "--stat"], ["diff", "--json"], ["commit", "--dry-run"]):
        assert called(akios, *words).returncode == 0
    done = called(akios, "commit")
    for name in ("pipe", ".envrc", "socket"):
        assert f"{name}: a " in done.stderr
        assert not os.path.lexists(akios.workspace / name)
    assert "longer than a path can be" in done.stderr
    assert os.readlink(akios.workspace / "link") == "/etc/shadow"
    assert os.readlink(akios.workspace / "endless") == "/dev/zero"
    holes = (akios.workspace / "holes").stat()
    assert (holes.st_size, holes.st_blocks) == (1000 << 20, 0)
    assert (akios.workspace / ("n" * 255)).exists()


def test_the_next_session_takes_pipes_in_the_place_of_its_files_for_what_they_are(akios: Akios) -> None:
    """An interpreter, its settings, and the agent itself are pipes that an earlier agent left."""
    places = [Path(".venv/bin/python"), Path(".venv/pyvenv.cfg"), Path("left.py")]
    for place in places:
        (akios.workspace / place).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(akios.workspace / place)
    akios.policy()
    akios.file("agent.py", "print('alive')")
    assert akios.run("agent.py", options=["--python", sys.executable]).stdout == b"alive\n"
    run = akios.run("left.py")
    assert run.status == 2, run
