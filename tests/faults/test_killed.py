"""Each process of a session, whose agent has descendants, is killed while a call is on its way: by SIGKILL, as the
kernel does for want of memory."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from akios_jail.demo.local_server import Request, Response
from tests.e2e.conftest import Akios
from tests.faults.conftest import Watching
from tests.faults.fault import Family, Fault
from tests.faults.victim import Victim

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
AGENT = Path(__file__).parent / "agents" / "caller.py"

FAMILY = Family(
    "Processes that are killed during a call",
    "The upstream has the request and has not answered yet. Nothing of the session is left on the host, no further "
    "call leaves it, what the upstream got is on record, and the next session goes on from there.",
    (
        Fault("the launcher is killed", (-9,)),
        Fault("the keeper is killed", (120,), "observes what the agent executes ended unexpectedly"),
        Fault("the broker is killed", (120,), "the broker ended unexpectedly"),
        Fault("the sequencer is killed", (120,), "the process that writes the audit log ended unexpectedly"),
        Fault("process 1 is killed", (137,)),
        Fault("the agent is killed", (137,)),
    ),
    {
        "kill -9 at each step of a paid call, and what the day's budget says": "tests/e2e/test_flux_death.py",
        "a broker that is killed while a person is asked: nothing is left to approve": "tests/e2e/test_approvals.py",
        "a thousand crashes of who writes the audit log": "tests/audit/test_crashes.py",
    },
)


@pytest.mark.parametrize("fault", FAMILY.faults, ids=lambda fault: fault.name)
def test_nothing_is_left_of_it_and_nothing_leaves_it(fault: Fault, akios: Akios, watching: Watching) -> None:
    arrived, answer = threading.Event(), threading.Event()

    def site(request: Request) -> Response:
        arrived.set()
        answer.wait(60)
        return Response(200, (), b"noted")

    akios.upstream.sites[CRM] = site
    akios.allow(CRM)
    akios.file("caller.py", AGENT.read_text())
    victim = Victim(akios, "caller.py", "3", "with children", options=["--python", sys.executable])
    victim.tell("go")
    assert arrived.wait(30)
    with watching(FAMILY, fault) as watch:
        victim.processes[fault.name.removeprefix("the ").removesuffix(" is killed")].kill()
        run = victim.end()
        victim.gone()
        watch.recovered()
    answer.set()
    fault.seen(run)
    assert b"200" not in run.stdout
    assert [request.target for request in akios.upstream.requests(CRM)] == ["/call/0"]
    after = akios.run("--", "/bin/true")
    assert after.status == 0, after
    its = [record for record in after.audit if record["session"] == victim.id]
    assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
    assert [record["path"] for record in its if record["type"] == "verdict"] == ["/call/0"]
    assert its[-1]["type"] == ("log.recovered" if run.status == -9 else "session.end")
    assert not (akios.state / "audit" / "journal" / victim.id).exists()
