"""Each process of a session is killed at each of its steps: at a system call by which it acts on others, on files or on
its own privileges, before the kernel has carried that out (`tracer`).

All steps of a start-up, two calls and an end are known from a session that nothing was done to. A test run takes a few
of each row, evenly spread; `scripts/fault-tests` takes more, and all with AKIOS_FAULT_MOMENTS=0.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from akios_jail.demo.local_server import Response
from tests.e2e.conftest import Akios, Run, eventually
from tests.e2e.remains import cgroups_of
from tests.faults.bystander import CALLS, Bystander
from tests.faults.conftest import Watching
from tests.faults.fault import Family, Fault
from tests.faults.tracer import BEGINS, PHASES, Trace
from tests.servers.providers import Providers

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
AGENT = Path(__file__).parent / "agents" / "caller.py"
MOMENTS = int(os.environ.get("AKIOS_FAULT_MOMENTS", "6" if CALLS > 50 else "1"))
#: Whose steps, when, and what `akios run` ends with. Before they have a program, nft and the agent are children of
#: process 1.
STEPS: dict[str, dict[str, tuple[int, ...]]] = {
    "start-up": {
        "launcher": (-9,),
        "keeper": (120, 125),
        "broker": (120, 125),
        "sequencer": (120, 125),
        "process 1": (125,),
        "nft": (125,),
        "child of process 1": (125, 137),
    },
    "its run": {
        "launcher": (-9,),
        "broker": (0, 120),
        "process 1": (125, 137),
        "agent": (0, 137),
    },
    "its end": {
        "launcher": (-9,),
        "keeper": (0,),
        "broker": (0, 120),
        "sequencer": (0, 120),
        "process 1": (0, 137),
    },
}

FAMILY = Family(
    "Processes that are killed at each of their steps",
    "A session whose agent makes two calls is run once for each step of one of its processes, which is killed before "
    "the kernel has carried that step out. Nothing is left on the host; what the upstream got, and what the agent was "
    "answered, is on record. Status 0 is that of an agent that was over when it happened.",
    tuple(
        Fault(f"{role}, in {phase}", statuses, "" if {-9, 0} & {*statuses} else "akios: ")
        for phase, roles in STEPS.items()
        for role, statuses in roles.items()
    ),
    {"kill -9 of the launcher at moments of the start, without a tracer": "tests/e2e/test_death_while_starting.py"},
)


class Killed(NamedTuple):
    """What became of one session."""

    run: Run
    trace: Trace


class Grid:
    """The session that is run over and over, and its steps as they were when nothing was done to it."""

    def __init__(self, akios: Akios) -> None:
        self.akios = akios
        akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
        akios.allow(CRM)
        akios.file("caller.py", AGENT.read_text())
        self._run("-", PHASES[0], -1)  # what is cached by the first is there for all others
        whole = self._run("-", PHASES[0], -1)
        assert whole.run.status == 0, whole.run
        acts = whole.trace.acts
        bounds = [0, *(acts.index([*mark]) for mark in BEGINS), len(acts)]
        self.steps: dict[str, Sequence[int]] = {}
        for phase, (begin, end) in zip(PHASES, pairwise(bounds), strict=True):
            for role in STEPS[phase]:
                its = [call for who, call in acts[begin:end] if who == role and call != "executed"]
                self.steps[f"{role}, in {phase}"] = range(len(its))

    def kill(self, role: str, phase: str, at: int) -> Killed:
        """The same session, a process of which is killed at one of its steps. On a busy machine it may take fewer in
        that phase, and live: then at an earlier one."""
        for earlier in (at, at // 2, 0):
            came = self._run(role, phase, earlier)
            if came.trace.killed is not None:
                break
            assert came.run.status == 0, came.run
        return came

    def _run(self, role: str, phase: str, at: int) -> Killed:
        log = self.akios.folder / "trace.json"
        log.unlink(missing_ok=True)
        self.akios.upstream.received.clear()
        command = self.akios.command("caller.py", "2", options=["--python", sys.executable])
        tracer = [sys.executable, "-m", "tests.faults.tracer", str(log), role, phase, str(at)]
        process = self.akios.start(
            command=[*tracer, *command], stdin=subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[2])}
        )
        stdout, stderr = process.communicate(b"go\n", timeout=60)
        assert log.exists(), stderr
        trace = Trace(**json.loads(log.read_text()))
        return Killed(self.akios.finished(trace.status, stdout, stderr), trace)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory, bystander: Bystander) -> Iterator[Grid]:
    folder = tmp_path_factory.mktemp("grid")
    folder.chmod(0o755)
    with Providers() as server:
        akios = Akios(folder, server)
        akios.state = bystander.akios.state
        yield Grid(akios)
        akios.end()


def some(steps: Sequence[int]) -> list[int]:
    """So many of them as a run takes, evenly spread."""
    if not MOMENTS or len(steps) <= MOMENTS:
        return [*steps]
    return [steps[(2 * place + 1) * len(steps) // (2 * MOMENTS)] for place in range(MOMENTS)]


@pytest.mark.timeout(3000 if MOMENTS != 1 else 120)
@pytest.mark.parametrize("fault", FAMILY.faults, ids=lambda fault: fault.name)
def test_nothing_is_left_and_nothing_is_lost(fault: Fault, grid: Grid, watching: Watching) -> None:
    role, _, phase = fault.name.partition(", in ")
    gone: list[float] = []
    with watching(FAMILY, fault) as watch:
        for at in some(grid.steps[fault.name]):
            killed = grid.kill(role, phase, at)
            judge(fault, grid.akios, killed)
            gone.append(killed.trace.gone_s)
        watch.recovered(max(gone))
        watch.moments = len(gone)


def _without(session: str) -> bool:
    return not cgroups_of(session)


def judge(fault: Fault, akios: Akios, killed: Killed) -> None:
    """Nothing of that session is on the host; what went out and what came back is on record."""
    run, trace = killed
    assert trace.killed is not None
    print(trace.killed, trace.acts[trace.killed], run.status, run.stdout, run.stderr, trace.gone_s)
    fault.seen(run)
    for session in trace.sessions:
        eventually(functools.partial(_without, session), what=f"left of {session}")
        assert not [name for folder in ("/tmp", "/run", "/dev/shm") for name in os.listdir(folder) if session in name]
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(akios.folder) not in mounts
    its = [record for record in run.audit if record["session"] in trace.sessions]
    assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
    recorded = [record["path"] for record in its if record["type"] == "verdict"]
    sent = [request.target for request in akios.upstream.requests(CRM)]
    assert sent == recorded[: len(sent)], "what an upstream got is on record"
    assert run.stdout.count(b"200") <= len(sent)
