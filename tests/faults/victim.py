"""A session that a fault is done to, and everything that there is of it on the host."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

import psutil

from tests.e2e.conftest import Akios, Run
from tests.e2e.remains import Remains
from tests.e2e.test_sudden_death import inner_pid


class Victim:
    """A running session. Its agent has said `ready`. `processes`: by what they are in the session."""

    def __init__(self, akios: Akios, *agent: str, options: Sequence[str] = (), **how: Any) -> None:
        self.akios = akios
        self.process = akios.start(*agent, options=options, **{"stdin": subprocess.PIPE, **how})
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n", self.process.communicate()
        launcher = psutil.Process(self.process.pid)
        family = [launcher, *launcher.children(recursive=True)]
        self.processes = {what(process, launcher): process for process in family}
        self.id = self.processes["agent"].environ()["AKIOS_SESSION"]
        self.remains = Remains(self.id, family, akios.folder)

    def tell(self, line: str) -> None:
        """Give its agent a line to read."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def says(self) -> str:
        """The next line of its agent."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().rstrip()

    def end(self, timeout: float = 60) -> Run:
        """Wait for its end."""
        stdout, stderr = self.process.communicate(timeout=timeout)
        return self.akios.finished(self.process.returncode, stdout, stderr)

    def gone(self) -> None:
        """Fail the test unless all of it goes within seconds."""
        self.remains.gone()


def what(process: psutil.Process, launcher: psutil.Process) -> str:
    """What a process is in its session, as its own name and its place among the others tell."""
    if process.pid == launcher.pid:
        return "launcher"
    if "akios_jail.broker" in process.cmdline():
        return "broker"
    name = {"akios-keeper": "keeper", "akios-sequence": "sequencer"}.get(process.name())
    if name is not None:
        return name
    if inner_pid(process) == 1:
        return "process 1"
    parent = process.parent()
    return "agent" if parent is not None and what(parent, launcher) == "process 1" else f"process {process.pid}"
