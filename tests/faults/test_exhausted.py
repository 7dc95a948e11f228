"""A session whose broker or launcher has too little of something: descriptors, threads, processes, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from akios_jail.demo.local_server import Response
from akios_jail.jail import cgroups
from tests.e2e.conftest import Akios, Run
from tests.faults.bystander import CALLS
from tests.faults.conftest import Watching
from tests.faults.fault import Family, Fault
from tests.faults.victim import Victim

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
AGENTS = Path(__file__).parent / "agents"
PYTHON = ("--python", sys.executable)


FILES = Fault(
    "64 open files for everybody, and 100 connections at once", meanwhile="connections wait until others are closed"
)
THREADS = Fault(
    "too few threads for a broker, each number that is too small",
    (0, 120, 125),
    meanwhile="the session does not start, or its call is refused",
)
PROCESSES = Fault("no further process can be started, at each of the first", (120, 125), "akios: ")
MEMORY = Fault(
    "a small address space for everybody, of each size that is too small",
    (0, 120, 125),
    meanwhile="the session does not start, or its call is refused",
)
STOPPED = Fault("its broker gets no turn for five seconds", meanwhile="names and calls wait, and get their answers")
FAMILY = Family(
    "Too little for a broker or a launcher",
    "What an upstream got is on record. Where the session goes on, calls go through again as soon as there is enough.",
    (FILES, THREADS, PROCESSES, MEMORY, STOPPED),
    {
        "fewer open files than a session needs": "tests/e2e/test_hard_times.py",
        "a memory hog, a fork bomb, a full /tmp in the jail": "tests/e2e/test_limits.py",
        "a broker that uses up its memory is ended by the kernel": "tests/attacks/test_broker_taken_over.py",
    },
)


@pytest.fixture
def person(akios: Akios) -> Akios:
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    akios.allow(CRM)
    for name in ("asked.py", "caller.py", "crowd.py"):
        akios.file(name, (AGENTS / name).read_text())
    return akios


def assert_on_record(akios: Akios, run: Run, session: str) -> None:
    """All that the upstream got, and no more said of it to the agent."""
    its = [record for record in run.audit if record["session"] == session]
    allowed = [record["path"] for record in its if record.get("decision") == "allow"]
    sent = [request.target for request in akios.upstream.requests(CRM)]
    assert set(sent) <= set(allowed)
    assert len(set(sent)) == len(sent)


def test_more_connections_than_descriptors_wait_for_each_other(person: Akios, watching: Watching) -> None:
    line = ["prlimit", "--nofile=64:64", *person.command("crowd.py", "25", "4", options=PYTHON)]
    victim = Victim(person, command=line)
    with watching(FAMILY, FILES):
        victim.tell("go")
        assert [victim.says() for _ in range(4)] == ["25 200"] * 4
    run = victim.end()
    FILES.seen(run)
    assert_on_record(person, run, victim.id)


def limited(akios: Akios, limit: str) -> Run:
    """A session with one call, of which each process is limited so."""
    akios.upstream.received.clear()
    process = akios.start(
        command=["prlimit", limit, *akios.command("caller.py", "1", options=PYTHON)], stdin=subprocess.PIPE
    )
    stdout, stderr = process.communicate(b"go\n", timeout=60)
    run = akios.finished(process.returncode, stdout, stderr)
    print(limit, run)
    assert_on_record(akios, run, run.report.get("session_id", ""))
    assert b"200" not in stdout or akios.upstream.requests(CRM)
    return run


def test_too_few_threads_let_nothing_through_that_is_not_on_record(person: Akios, watching: Watching) -> None:
    failed = 0
    with watching(FAMILY, THREADS) as watch:
        for most in range(1, 20) if CALLS > 50 else (1, 3, 19):
            run = limited(person, f"--nproc={most}:{most}")
            THREADS.seen(run)
            if b"200" in run.stdout:
                break
            failed += 1
        watch.moments = failed
    assert failed


def test_a_start_without_room_for_its_processes_is_said_and_leaves_nothing(person: Akios, watching: Watching) -> None:
    assert person.run("--", "/bin/true").status == 0
    moments = 0
    with watching(FAMILY, PROCESSES) as watch:
        for most in range(1, 40) if CALLS > 50 else (2, 4, 5, 40):
            run = crowded(person, most)
            if run.status == 0:
                break
            print(most, run)
            PROCESSES.seen(run)
            moments += 1
        watch.moments = moments
    assert moments >= 3


def crowded(akios: Akios, most: int) -> Run:
    """A session of which all processes together may be so many."""
    cgroup = cgroups.create(f"ses_{os.urandom(6).hex()}", cgroups.Limits(1 << 30, None, most))
    try:
        process = akios.start(
            command=["/bin/sh", "-c", 'read go; exec "$@"', "sh", *akios.command("--", "/bin/true")],
            stdin=subprocess.PIPE,
        )
        cgroup.attach(process.pid)
        stdout, stderr = process.communicate(b"go\n", timeout=60)
        return akios.finished(process.returncode, stdout, stderr)
    finally:
        cgroup.kill()
        cgroup.remove()


def test_too_little_memory_is_said_and_lets_nothing_through_that_is_not_on_record(
    person: Akios, watching: Watching
) -> None:
    failed = 0
    with watching(FAMILY, MEMORY) as watch:
        for size in range(20, 700, 20 if CALLS > 50 else 110):
            run = limited(person, f"--as={size << 20}")
            MEMORY.seen(run)
            if b"200" in run.stdout:
                break
            failed += 1
        watch.moments = failed
    assert failed


def test_a_broker_that_has_no_time_is_waited_for(person: Akios, watching: Watching) -> None:
    """As when it still loads, on a machine that has much else to do."""
    victim = Victim(person, "caller.py", "1", options=PYTHON)
    with watching(FAMILY, STOPPED):
        victim.processes["broker"].suspend()
        victim.tell("go")
        time.sleep(5)  # for so long nothing may come to an end by itself
        victim.processes["broker"].resume()
        assert victim.says() == "200"
    run = victim.end()
    STOPPED.seen(run)
    assert_on_record(person, run, victim.id)
