"""The clock of the machine is set while sessions run: a day ahead, a day back, years either way.

For a virtual machine alone, whose clock is nobody else's. A file of this name is run where it is named and nowhere
else: `scripts/vm` does, and on the checkout's own machine every test of it fails before it touches anything.

What is over after a time (a session, a wait for a person, an idle connection) goes by a clock that nobody sets; what
people read or agreed on (a day's budget, the time of a record, until when a certificate or a question holds) goes by
the machine's.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.conftest import Akios, Run, eventually
from tests.faults.conftest import Watching
from tests.faults.fault import Family, Fault
from tests.faults.victim import Victim

pytestmark = [pytest.mark.root, pytest.mark.timeout(1800)]

CRM = "internal-crm.corp"
AGENT = Path(__file__).parent / "agents" / "asked.py"
PYTHON = ("--python", sys.executable)
DAY_S = 24 * 3600.0
YEARS_S = 7000 * DAY_S
#: An emulated machine.
SLOW_S = 300.0

AHEAD = Fault("a day ahead", meanwhile="its calls go on, and it ends by its own time")
BACK = Fault("a day back", meanwhile="its calls go on, and it ends by its own time")
FAR_AHEAD = Fault(
    "years ahead",
    meanwhile="new connections fail in the agent's own TLS: its certificates are over; a new session works",
)
FAR_BACK = Fault(
    "years back",
    meanwhile="new connections fail in the agent's own TLS: its certificates begin later; a new session works",
)
ASKED_AHEAD = Fault(
    "a day ahead, while a person is asked", meanwhile="the question is over, which denies it; the next can be answered"
)
ASKED_BACK = Fault(
    "a day back, while a person is asked",
    meanwhile="the answer counts; a question that nobody answers is over after its time",
)
SPENT = Fault(
    "a day back and then ahead, the day's budget being spent",
    meanwhile="402 for as long as no later day has begun",
)
FAMILY = Family(
    "The machine's clock is set",
    "In a virtual machine. The other session goes on through all of it, its day's budget included. What the upstream "
    "got is on record, records keep their order whatever time they bear, the log is whole, nothing is left of the "
    "session, and the next one goes on from there.",
    (AHEAD, BACK, FAR_AHEAD, FAR_BACK, ASKED_AHEAD, ASKED_BACK, SPENT),
    {
        "a day's budget under a clock that jumps": "tests/flux/test_store.py",
        "a clock that is set back, as who writes the log sees it": "tests/audit/test_sequencer.py",
    },
    in_machine=True,
)


@pytest.fixture(autouse=True, scope="module")
def its_own_machine() -> None:
    """A machine of `scripts/vm`, which says that it is one: no other clock is touched."""
    if "akios_vm=1" not in Path("/proc/cmdline").read_text().split():
        pytest.fail("this sets the machine's clock: run it by `sudo scripts/vm test clock`", pytrace=False)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Set right again afterwards."""
    real, monotonic = time.time(), time.monotonic()
    yield
    time.clock_settime(time.CLOCK_REALTIME, real + time.monotonic() - monotonic)


def step(seconds: float) -> None:
    """Set the clock."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


def asked(victim: Victim) -> str:
    """What comes of one more call of its agent."""
    victim.tell("go")
    return victim.says()


def whole(victim: Victim, run: Run) -> None:
    """It ended by itself and nothing is left; its records are in order, and another session goes on from there."""
    assert run.status == 0, run
    victim.gone()
    its = [record for record in run.audit if record["session"] == victim.id]
    assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
    assert its[-1]["type"] == "session.end"
    again = victim.akios.run("--", "/bin/true", timeout=SLOW_S)
    assert again.status == 0, again
    verified = victim.akios.says("audit", "verify", "--json")
    assert json.loads(verified.stdout)["intact"] is True, verified


def allowed(victim: Victim, run: Run) -> list[str]:
    """What an upstream got of its agent, all of which is on record."""
    its = [record for record in run.audit if record["session"] == victim.id and record.get("decision") == "allow"]
    sent = [request.target for request in victim.akios.upstream.requests(CRM)]
    assert sent == [record["path"] for record in its]
    return sent


@pytest.mark.parametrize(
    ("fault", "seconds"), [(AHEAD, DAY_S), (BACK, -DAY_S), (FAR_AHEAD, YEARS_S), (FAR_BACK, -YEARS_S)],
    ids=lambda each: each.name if isinstance(each, Fault) else "",
)  # fmt: skip
def test_a_session_goes_on(fault: Fault, seconds: float, akios: Akios, watching: Watching) -> None:
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    akios.allow(CRM, resources={"wall_time": "1h"})
    akios.file("asked.py", AGENT.read_text())
    victim = Victim(akios, "asked.py", options=PYTHON)
    assert asked(victim) == "200"
    with watching(FAMILY, fault):
        step(seconds)
        said = [asked(victim), asked(victim)]
        run = victim.end(SLOW_S)
    print(said, run)
    good = abs(seconds) <= DAY_S
    assert said == (["200", "200"] if good else ["SSLCertVerificationError"] * 2)
    assert allowed(victim, run) == (["/call/0", "/call/1", "/call/2"] if good else ["/call/0"])
    whole(victim, run)


def question(akios: Akios) -> str:
    """The id of the one action that waits for a person."""

    def one() -> str | None:
        listed: list[dict[str, Any]] = json.loads(akios.says("approvals", "list", "--json").stdout or "[]")
        assert len(listed) <= 1
        return listed[0]["id"] if listed else None

    return eventually(one, SLOW_S, "a question")


def answered(victim: Victim, word: str) -> int:
    """A person gives an answer to what the agent asks for next; the status of the command."""
    victim.tell("go")
    return victim.akios.says("approvals", word, question(victim.akios)).returncode


@pytest.fixture
def person(akios: Akios) -> Akios:
    """Each call needs a person, who has twenty seconds."""
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    rule = {"http": {"hosts": [CRM]}, "action": "require_approval", "timeout": "20s", "reason": "a test's"}
    akios.policy({"network_access": {"allowlist": [{"host": CRM, "methods": ["POST"]}]}, "tools": [rule]})
    akios.file("asked.py", AGENT.read_text())
    return akios


def test_a_question_whose_time_is_over_by_the_clock_denies(person: Akios, watching: Watching) -> None:
    victim = Victim(person, "asked.py", options=PYTHON)
    victim.tell("go")
    late = question(person)
    with watching(FAMILY, ASKED_AHEAD):
        step(DAY_S)
        refused = person.says("approvals", "approve", late)
        assert victim.says() == "403"
        assert answered(victim, "approve") == 0
        assert victim.says() == "200"
        run = victim.end(SLOW_S)
    print(refused, run)
    assert refused.returncode == 1
    assert "expired" in refused.stderr
    assert len(allowed(victim, run)) == 1
    whole(victim, run)


def test_a_question_lasts_no_longer_when_the_clock_goes_back(person: Akios, watching: Watching) -> None:
    victim = Victim(person, "asked.py", options=PYTHON)
    victim.tell("go")
    first = question(person)
    with watching(FAMILY, ASKED_BACK):
        step(-DAY_S)
        assert person.says("approvals", "approve", first).returncode == 0
        assert victim.says() == "200"
        victim.tell("go")
        second = question(person)
        step(-DAY_S)
        began = time.monotonic()
        assert victim.says() == "403"  # nobody answered
        assert time.monotonic() - began < SLOW_S
        assert person.says("approvals", "approve", second).returncode == 1
        run = victim.end(SLOW_S)
    assert len(allowed(victim, run)) == 1
    whole(victim, run)


MODEL_AGENT = """
import http.client, json, sys
print("ready", flush=True)
for line in sys.stdin:
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    body = {"model": "gpt-4o", "max_tokens": 500, "messages": [{"role": "user", "content": "hello"}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    print(connection.getresponse().status, flush=True)
    connection.close()
"""


def billed(request: Request) -> Response:
    """A model's answer that uses up the day."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 450, "total_tokens": 1450}
    choice = {"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return json_response({**head, "choices": [choice], "usage": usage})


def test_a_day_that_was_spent_does_not_come_again(akios: Akios, watching: Watching) -> None:
    akios.upstream.sites["api.openai.com"] = billed
    document = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "little"}}
    akios.file("flux.yaml", json.dumps({**document, "spec": {"budgets": {"per_day": {"max_tokens": 2000}}}}))
    host = {"host": "api.openai.com", "methods": ["POST"]}
    spec = {"governance": {"network_access": {"allowlist": [host]}, "flux": "./flux.yaml"}}
    policy = {"apiVersion": "akios/v1", "kind": "AgentPolicy", "metadata": {"name": "little"}, "spec": spec}
    akios.policy_text(json.dumps(policy))  # a day of its own, by its name
    akios.file("payer.py", MODEL_AGENT)
    victim = Victim(akios, "payer.py", options=PYTHON)
    with watching(FAMILY, SPENT):
        said = [asked(victim), asked(victim)]
        for seconds in (-DAY_S, DAY_S, DAY_S, -DAY_S):
            step(seconds)
            said.append(asked(victim))
        run = victim.end(SLOW_S)
    print(said, run)
    assert said == ["200", "402", "402", "402", "200", "402"]
    assert len(akios.upstream.requests("api.openai.com")) == 2
    whole(victim, run)
