"""What the sessions of one account share: what one of them uses up keeps the next from nothing."""

from __future__ import annotations

import sys

import pytest

from tests.attacks.rooms import placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root  # to become that account


def test_descriptors_that_an_agent_keeps_on_their_way_keep_no_session_from_starting(ordinary: Akios) -> None:
    ordinary.policy(filesystem={"workspace": {"path": ".", "access": "rw"}}, resources={"open_files": 128})
    script = placed("sessions.py", ordinary.workspace).name
    hostile = ordinary.start(script, "hold", options=["--python", sys.executable])
    assert hostile.stdout is not None
    assert hostile.stdout.readline() == b'"ETOOMANYREFS"\n'
    for limits, status in (("128:4096", 0), ("128:128", 125)):
        command = ["/usr/bin/prlimit", f"--nofile={limits}", *ordinary.command("--", "/bin/true")]
        process = ordinary.start(command=command)
        _, said = process.communicate(timeout=60)
        assert process.returncode == status, said
    assert b"ulimit -Hn" in said
