"""What a session did is shown to outsiders: verified, proven, exported, followed and pruned, by its own commands."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import AKIOS, Akios, eventually

pytestmark = pytest.mark.root

AGENT = """
import urllib.request
for host in ("crm.example.com", "evil.example", "crm.example.com:444"):
    try:
        print(urllib.request.urlopen(f"https://{host}/customers", timeout=5).status)
    except OSError as error:
        print(error)
"""


def audit(*arguments: str, status: int = 0) -> str:
    done = subprocess.run([AKIOS, "audit", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def ran(akios: Akios) -> Akios:
    """One session that was allowed something and refused something else."""
    akios.allow("crm.example.com")
    assert akios.python(AGENT).status == 0
    return akios


def test_a_copied_log_is_verified_with_the_key_that_init_printed(akios: Akios, tmp_path: Path) -> None:
    where = ["--state-dir", str(akios.state)]
    key = audit("init", *where, "--origin", "audit.example.com/test").strip()
    akios.allow("crm.example.com")
    run = akios.python(AGENT)
    copy = tmp_path / "copy"
    shutil.copytree(akios.state / "audit", copy)
    result = json.loads(audit("verify", str(copy), "--key", key, "--from", str(akios.report), "--json"))
    assert result["intact"] is True
    assert result["origin"] == "audit.example.com/test"
    assert result["size"] == len(run.audit)
    assert result["goes_on_from"] == [result["size"]]
    assert result["notices"] == []


def test_a_log_that_goes_on_from_every_report_and_shows_when_its_past_is_gone(ran: Akios, tmp_path: Path) -> None:
    first = tmp_path / "first.json"
    shutil.copy(ran.report, first)
    ran.shell("true")
    where = ["--state-dir", str(ran.state)]
    assert json.loads(audit("verify", *where, "--from", str(first), "--from", str(ran.report), "--json"))["intact"]
    shutil.rmtree(ran.state / "audit")
    ran.shell("true")
    result = json.loads(audit("verify", *where, "--from", str(first), "--json", status=1))
    assert {damage["kind"] for damage in result["damages"]} <= {"truncated", "forged", "altered"}


def test_a_denial_is_proven_to_somebody_who_has_the_key_alone(ran: Akios, tmp_path: Path) -> None:
    where = ["--state-dir", str(ran.state)]
    lines = [json.loads(line) for line in audit("tail", *where, "-n", "100", "--json").splitlines()]
    denial = next(line for line in lines if line.get("decision") == "deny")
    proof = tmp_path / "denial.tlog-proof"
    audit("proof", str(denial["index"]), *where, "-o", str(proof))
    key = (ran.state / "audit" / "key").read_text().strip()
    shown = json.loads(audit("verify-proof", str(proof), "--key", key, "--json"))
    assert json.loads(shown["record"]) == {name: value for name, value in denial.items() if name != "index"}


@pytest.mark.parametrize("form", ["jsonl", "cef", "ocsf"])
def test_every_record_of_a_session_is_exported(ran: Akios, form: str) -> None:
    lines = audit("export", "--state-dir", str(ran.state), "--format", form).splitlines()
    assert len(lines) == len(ran.audit())
    session = ran.audit()[0]["session"]
    assert len(audit("export", "--state-dir", str(ran.state), "--session", session).splitlines()) == len(lines)


def test_tail_follows_a_session_that_runs(akios: Akios) -> None:
    where = ["--state-dir", str(akios.state)]
    audit("init", *where)
    akios.policy()
    follower = akios.start(command=[AKIOS, "audit", "tail", "-f", "--json", *where])
    assert follower.stdout is not None
    run = akios.shell("true")
    line = json.loads(follower.stdout.readline())
    assert (line["index"], line["type"]) == (0, "session.start")
    for record in run.audit[1:]:
        assert json.loads(follower.stdout.readline())["type"] == record["type"]


def test_records_of_a_running_session_are_in_the_log_and_verify(akios: Akios) -> None:
    akios.policy()
    process = akios.start("--", "/bin/sh", "-c", "echo ready; sleep 60")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    where = ["--state-dir", str(akios.state)]
    eventually(lambda: (akios.state / "audit" / "checkpoint").exists(), what="a checkpoint while the session runs")
    assert json.loads(audit("verify", *where, "--json"))["size"] >= 1


def test_a_pruned_log_takes_new_sessions(ran: Akios) -> None:
    where = ["--state-dir", str(ran.state)]
    assert "nothing to remove" in audit("prune", *where, "--keep", "0")
    ran.python(
        """
        import http.client
        upstream = http.client.HTTPSConnection("crm.example.com")
        for number in range(130):
            upstream.request("GET", f"/customers/{number}")
            upstream.getresponse().read()
        """
    )
    kept = ran.report.with_suffix(".kept")
    shutil.copy(ran.report, kept)
    assert "removed: 256 records (0 to 255)" in audit("prune", *where, "--keep", "10")
    assert ran.start("--", "/bin/true").wait(60) == 0
    result = json.loads(audit("verify", *where, "--from", str(kept), "--json"))
    assert (result["intact"], result["pruned_before"]) == (True, 256)
