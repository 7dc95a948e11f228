"""Replays of what was cut off, of what still runs, and of agents that do not wait; side by side, and broken off."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from akios_jail.demo.local_server import Request, Response
from akios_jail.radar import recording
from tests.e2e.conftest import AKIOS, Akios, eventually
from tests.e2e.test_replay import replay, same

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
#: Asks as often as it is told to, and then waits for the end of its input.
COUNTING = """
import pathlib, sys, urllib.request
for number in range(int(pathlib.Path("often").read_text())):
    with urllib.request.urlopen(f"https://internal-crm.corp/{number}") as answer:
        print(answer.read().decode(), flush=True)
sys.stdin.read()
"""


def counting(akios: Akios, often: int) -> None:
    akios.upstream.sites[CRM] = lambda request: Response(200, (), f"this is {request.target}".encode())
    akios.allow(CRM)
    akios.file("agent.py", COUNTING)
    akios.file("often", str(often))


def test_an_agent_that_leaves_one_request_when_another_is_answered_is_not_kept_waiting(akios: Akios) -> None:
    never = threading.Event()

    def site(request: Request) -> Response:
        if request.target == "/slow":
            never.wait(30)
        return Response(200, (), f"this is {request.target}".encode())

    akios.upstream.sites[CRM] = site
    akios.allow(CRM)
    run = akios.python("""
        import socket, ssl, urllib.request
        slow = ssl.create_default_context().wrap_socket(
            socket.create_connection(("internal-crm.corp", 443)), server_hostname="internal-crm.corp")
        slow.sendall(b"GET /slow HTTP/1.1\\r\\nHost: internal-crm.corp\\r\\n\\r\\n")
        with urllib.request.urlopen("https://internal-crm.corp/first") as answer:
            print(answer.read().decode())
        slow.settimeout(3)
        try:
            print(slow.recv(10))
        except TimeoutError:
            print("left")
        slow.close()
        with urllib.request.urlopen("https://internal-crm.corp/quick") as answer:
            print(answer.read().decode())
    """)
    never.set()
    assert run.stdout.decode().splitlines() == ["this is /first", "left", "this is /quick"], str(run)
    same(akios, run)


def test_a_session_that_was_killed_is_played_as_far_as_it_came(akios: Akios) -> None:
    counting(akios, 3)
    process = akios.start("agent.py", options=["--python", sys.executable], stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)][-1] == b"this is /2\n"
    recorded(akios, 3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    again = replay(akios, "--json")
    assert (again.status, again.found["steps"]) == (0, 3), again.said
    akios.file("often", "4")
    found = replay(akios, "--json").found
    assert found["difference"] is None
    assert "after 3 answers the recording ends, as its session was killed, or still ran" in found["reasons"][0]


def test_a_session_that_still_runs_can_be_replayed_and_goes_on(akios: Akios) -> None:
    counting(akios, 2)
    process = akios.start("agent.py", options=["--python", sys.executable], stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)][-1] == b"this is /1\n"
    recorded(akios, 2)
    again = replay(akios, "--json")
    assert process.poll() is None
    _, stderr = process.communicate(b"", 60)
    assert process.returncode == 0, stderr
    assert (again.status, again.found["steps"]) == (0, 2), again.said


def recorded(akios: Akios, most: int) -> None:
    """Wait until so many exchanges are written down: nobody else does."""
    folder = str(akios.state / "broker" / "recordings")

    def there() -> bool:
        with contextlib.suppress(recording.Unavailable):
            for session in recording.sessions(folder):
                with recording.opened(folder, session) as kept:
                    return len(list(kept.exchanges())) >= most
        return False

    eventually(there, 30, f"{most} exchanges on record")


def test_two_replays_of_one_session_do_not_meet(akios: Akios) -> None:
    counting(akios, 3)
    run = akios.run("agent.py", options=["--python", sys.executable])
    assert run.status == 0, str(run)
    command = [AKIOS, "replay", "--quiet", "--state-dir", str(akios.state)]
    both = [akios.start(command=command) for _ in range(2)]
    for each in both:
        stdout, stderr = each.communicate(timeout=120)
        assert (each.returncode, stdout) == (0, run.stdout), stderr.decode()
    assert list((akios.state / "replays").iterdir()) == []


def test_what_an_agent_reads_is_not_kept_and_a_replay_says_so(akios: Akios) -> None:
    akios.allow(CRM)
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    akios.file("agent.py", "import sys, urllib.request\n"
               "urllib.request.urlopen('https://internal-crm.corp/', sys.stdin.buffer.read()).read()\n")  # fmt: skip
    run = akios.run("agent.py", options=["--python", sys.executable], stdin=b"Who is the kestrel?")
    assert run.status == 0, str(run)
    assert replay(akios, typed=b"Who is the kestrel?").status == 0
    state = [path.read_bytes() for path in (akios.state / "runs").iterdir()]
    assert state
    assert not any(b"kestrel" in data for data in state)
    command = [AKIOS, "replay", "--state-dir", str(akios.state)]
    without = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert without.returncode == 1
    assert "what the agent read from its input then (a pipe) was not kept" in without.stderr


def test_ctrl_c_is_told_of_as_what_it_is_and_leaves_nothing(akios: Akios) -> None:
    counting(akios, 2)
    assert akios.run("agent.py", options=["--python", sys.executable]).status == 0
    command = [AKIOS, "replay", "--state-dir", str(akios.state)]
    process = akios.start(command=command, stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)][-1] == b"this is /1\n"
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"it ended with exit status 130 (by SIGINT), and then with 0" in stderr
    assert list((akios.state / "replays").iterdir()) == []
