"""What a session did to its files stands in its trace, in the audit log and in the report, and all of them agree."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import AKIOS, Akios, Run

pytestmark = pytest.mark.root

OVERLAY = {"workspace": {"path": ".", "access": "overlay"}}


def shown(akios: Akios, *command: str) -> Any:
    where = ["--state-dir", str(akios.state)]
    done = subprocess.run([AKIOS, *command, *where], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def step(akios: Akios) -> dict[str, Any]:
    steps = shown(akios, "trace", "show", "--json")["trace"]["steps"]
    (found,) = [each for each in steps if each["type"] == "file"]
    return dict(found)


def record(run: Run) -> dict[str, Any]:
    (found,) = [each for each in run.audit if each["type"] == "files"]
    return found


def test_changes_in_a_layer_are_a_step_and_a_record(akios: Akios) -> None:
    akios.policy(filesystem=OVERLAY)
    akios.file("old", "old")
    akios.file("kept", "kept")
    akios.file("gone", "gone")
    run = akios.shell("echo more >> old; rm gone; mkdir new; echo x > new/file; rm policy.yaml; ln -s x policy.yaml")
    assert run.status == 0, run
    found = step(akios)
    assert [(each["kind"], each["type"], each["path"]) for each in found["changes"]] == [
        ("deleted", "file", "gone"),
        ("added", "folder", "new"),
        ("added", "file", "new/file"),
        ("modified", "file", "old"),
        ("replaced", "link", "policy.yaml"),
    ]
    counts = {"added": 2, "modified": 1, "deleted": 1, "replaced": 1}
    assert {name: found[name] for name in counts} == counts
    assert run.report["files"] == run.audit[-1]["files"] == counts
    session = run.report["session_id"]
    lines = [f"{each['kind']} {each['path']}\n" for each in shown(akios, "diff", session, "--json")["changes"]]
    assert record(run)["changes_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_nothing_changed_is_nothing_said(akios: Akios) -> None:
    akios.policy(filesystem=OVERLAY)
    run = akios.run("--", "/bin/true")
    assert (run.status, run.report["files"]) == (0, {})
    assert [each["type"] for each in run.audit] == ["session.start", "session.end"]


def test_many_changes_with_hostile_names_are_counted_and_the_first_are_named(akios: Akios) -> None:
    akios.policy(filesystem=OVERLAY)
    run = akios.python(
        """
        import os

        os.mkdir(b"a\\xff\\x1b[2Jname\\n")
        for number in range(1200):
            open(f"file{number}", "w").close()
        for _ in range(10):
            os.mkdir("deep" * 50)
            os.chdir("deep" * 50)
        """
    )
    assert run.status == 0, run
    assert run.report["files"] == {"added": 1211}
    found = step(akios)
    assert (found["added"], len(found["changes"])) == (1211, 500)
    assert found["changes"][0]["path"] == "a\\xff\x1b[2Jname\n"
    assert max(len(each["path"]) for each in found["changes"]) == 1024
    for form in ("text", "dot", "mermaid", "svg"):
        command = [AKIOS, "trace", "graph", "--format", form, "--state-dir", str(akios.state)]
        assert b"\x1b" not in subprocess.run(command, capture_output=True, timeout=60, check=True).stdout


def test_paths_hold_no_personal_data_where_it_is_looked_for(akios: Akios) -> None:
    akios.policy({"pii_handling": {"mode": "redact_before_inference", "fields": ["email"]}}, filesystem=OVERLAY)
    run = akios.run("--", "/bin/sh", "-c", ": > ada.lovelace@example.or''g", options=["--name", "x"])
    assert run.status == 0, run
    assert [each["path"] for each in step(akios)["changes"]] == ["[EMAIL_1]"]
    traces = (akios.state / "broker" / "traces").iterdir()
    assert not any(b"ada.lovelace@example.org" in path.read_bytes() for path in traces)


def test_what_a_killed_agent_left_is_told_as_well(akios: Akios) -> None:
    akios.policy(filesystem=OVERLAY)
    run = akios.shell(": > left; kill -9 $$")
    assert run.status == 137, run
    assert [each["path"] for each in step(akios)["changes"]] == ["left"]
