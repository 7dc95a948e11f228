"""`akios sessions`: every session of the machine, whether or not it ever spoke to anybody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import AKIOS, Akios, eventually

pytestmark = pytest.mark.root


def listed(akios: Akios, *arguments: str) -> Any:
    command = [AKIOS, *(arguments or ("sessions", "--json")), "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in command else done.stdout


def test_a_session_without_network_activity_is_listed(akios: Akios) -> None:
    akios.policy(trace={"processes": "off"})
    akios.run("--", "/bin/true", options=["--name", "quiet"])
    run = akios.run("--", "/bin/sh", "-c", "exit 3", options=["--name", "loud\x1b[31m"])
    newest, oldest = listed(akios)
    assert (newest["agent"], newest["state"], newest["outcome"]["status"]) == ("loud\\x1b[31m", "ended", 3)
    assert newest["session_id"] == run.report["session_id"]
    assert newest["took_s"] == pytest.approx(run.report["resources"]["wall_s"])
    assert (oldest["agent"], oldest["program"], oldest["violations"]) == ("quiet", "/bin/true", 0)
    shown = listed(akios, "sessions", "-n", "1")
    assert "status 3" in shown
    assert "quiet" not in shown
    assert "\x1b" not in shown
    assert listed(akios, "trace", "list", "--json") == []


def test_what_a_session_did_is_beside_what_the_log_says(akios: Akios) -> None:
    akios.allow("api.example.com", methods=("GET",), trace={"processes": "off"})
    akios.run("--", "/bin/true")
    run = akios.shell("curl -s https://api.example.com/a; curl -s https://api.example.com/b; true")
    newest, oldest = listed(akios)
    assert (newest["session_id"], newest["steps"]) == (run.report["session_id"], 2)
    assert [each["session_id"] for each in listed(akios, "trace", "list", "--json")] == [newest["session_id"]]
    assert oldest["steps"] is None


def test_one_that_runs_and_one_that_was_killed_are_said_to_be(akios: Akios) -> None:
    process = akios.start("--", "/bin/sh", "-c", "echo ready; sleep 300")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    (running,) = listed(akios)
    assert (running["state"], running["ended"], running["outcome"]) == ("running", None, None)
    assert "runs" in listed(akios, "sessions")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    killed = eventually(lambda: next((each for each in listed(akios) if each["state"] == "killed"), None))
    assert (killed["session_id"], killed["took_s"]) == (running["session_id"], None)
    akios.run("--", "/bin/true")  # brings what was left into the log
    assert [each["state"] for each in listed(akios)] == ["ended", "killed"]
    assert "was killed: no end is on record" in listed(akios, "sessions")
