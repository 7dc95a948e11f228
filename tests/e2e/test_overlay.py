"""An overlay workspace from `akios run` to `akios diff` and `akios commit`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import AKIOS, Akios, Run, eventually

pytestmark = pytest.mark.root


@pytest.fixture
def overlaid(akios: Akios) -> Akios:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    return akios


def do(akios: Akios, command: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """`akios diff` or `akios commit`, called in the workspace."""
    line = [AKIOS, command, *arguments, "--state-dir", str(akios.state)]
    done = subprocess.run(line, cwd=akios.workspace, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    return done


def session_of(run: Run) -> str:
    session: str = run.report["session_id"]
    return session


def layers(akios: Akios) -> list[str]:
    folder = akios.state / "sessions"
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_writes_land_in_a_layer_that_diff_shows_and_commit_applies(overlaid: Akios) -> None:
    overlaid.file("notes.txt", "one\ntwo\n")
    overlaid.file("old.txt", "old\n")
    run = overlaid.shell(
        "sed -i s/two/2/ notes.txt && rm old.txt && mkdir out && echo hello > out/new.txt && cat notes.txt"
    )
    assert run.status == 0, run
    assert run.stdout == b"one\n2\n"
    assert (overlaid.workspace / "notes.txt").read_text() == "one\ntwo\n"
    assert not (overlaid.workspace / "out").exists()
    assert f"4 changes in the workspace's layer: akios diff {session_of(run)}" in run.stderr
    assert run.report["layer"] == {"path": str(overlaid.state / "sessions" / session_of(run)), "changes": 4}

    shown = do(overlaid, "diff").stdout
    assert shown.splitlines()[1:] == [
        "modified file notes.txt",
        "--- a/notes.txt",
        "+++ b/notes.txt",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two",
        "+2",
        "deleted file old.txt",
        "--- a/old.txt",
        "+++ /dev/null",
        "@@ -1 +0,0 @@",
        "-old",
        "added folder out",
        "added file out/new.txt",
        "--- /dev/null",
        "+++ b/out/new.txt",
        "@@ -0,0 +1 @@",
        "+hello",
    ]
    assert do(overlaid, "commit", "--dry-run").stdout.splitlines() == [
        "modified notes.txt", "deleted old.txt", "added out", "added out/new.txt",
    ]  # fmt: skip
    assert "4 changes applied" in do(overlaid, "commit").stdout
    assert (overlaid.workspace / "notes.txt").read_text() == "one\n2\n"
    assert (overlaid.workspace / "out" / "new.txt").read_text() == "hello\n"
    assert not (overlaid.workspace / "old.txt").exists()
    assert layers(overlaid) == []
    assert "no session left changes" in do(overlaid, "diff", status=2).stderr


def test_a_session_that_changes_nothing_leaves_nothing(overlaid: Akios) -> None:
    run = overlaid.shell("cat policy.yaml > /dev/null; touch policy.yaml")
    assert run.status == 0, run
    assert "layer" not in run.stderr
    assert run.report["layer"] is None
    assert layers(overlaid) == []


def test_a_session_that_could_not_start_leaves_no_layer(overlaid: Akios) -> None:
    assert overlaid.run("--", "/no/such/program").status == 127
    assert layers(overlaid) == []


def test_the_layer_of_a_running_session_is_left_alone(overlaid: Akios) -> None:
    process = overlaid.start("--", "/bin/sh", "-c", "echo x > new; echo ready; exec sleep 60")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    for command in ("diff", "commit"):
        refused = do(overlaid, command, status=1)
        assert "is in use" in refused.stderr
        assert "still running" in refused.stderr
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert "added new" in do(overlaid, "commit", "--dry-run").stdout


def test_a_killed_launcher_leaves_its_changes_for_a_look(overlaid: Akios) -> None:
    process = overlaid.start("--", "/bin/sh", "-c", "echo x > new; echo ready; exec sleep 60")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.communicate(timeout=30)

    def looked() -> str | None:
        line = [AKIOS, "diff", "--stat", "--state-dir", str(overlaid.state)]
        done = subprocess.run(line, cwd=overlaid.workspace, capture_output=True, text=True, timeout=60)
        return done.stdout if done.returncode == 0 else None

    assert "added file new" in eventually(looked, what="the dead session's layer to be free")
    do(overlaid, "commit", "--discard")
    assert layers(overlaid) == []


def test_conflicts_stop_a_commit_until_they_are_forced_or_avoided(overlaid: Akios) -> None:
    overlaid.file("both", "before")
    run = overlaid.shell("echo agent > both; echo agent > new")
    overlaid.file("both", "owner")
    refused = do(overlaid, "commit", status=1)
    assert "conflict: both: changed since the session began" in refused.stderr
    assert "--force" in refused.stderr
    assert not (overlaid.workspace / "new").exists()
    partly = do(overlaid, "commit", session_of(run), "new")
    assert "not applied, still in the layer: 1 change" in partly.stderr
    do(overlaid, "commit", "--force", session_of(run))
    assert (overlaid.workspace / "both").read_text() == "agent\n"
    assert layers(overlaid) == []


def test_what_an_agent_names_and_writes_cannot_rewrite_the_terminal(overlaid: Akios) -> None:
    run = overlaid.shell(
        r"""
        name=$(printf 'a\033[2J\nb\233c')
        printf '\033]0;owned\007\rhidden\342\200\256txt\n' > "$name"
        touch "$name.2"
        """
    )
    assert run.status == 0, run
    for arguments in (["diff"], ["diff", "--stat"], ["commit", "--dry-run"], ["diff", "--json"], ["commit"]):
        done = do(overlaid, *arguments)
        text = done.stdout + done.stderr
        assert not re.search(r"[^\n\t -~]", text), text
    assert len(os.listdir(os.fsencode(overlaid.workspace))) == 3


def test_programs_read_the_changes_as_json(overlaid: Akios) -> None:
    overlaid.file("gone", "12345")
    run = overlaid.shell("rm gone; ln -s /etc/passwd link; mkfifo pipe; printf abc > file; chmod 755 file")
    document: Any = json.loads(do(overlaid, "diff", "--json", session_of(run)).stdout)
    assert document["session_id"] == session_of(run)
    assert document["workspace"] == str(overlaid.workspace)
    assert document["changes"] == [
        {
            "path": "file",
            "kind": "added",
            "before": None,
            "after": {"type": "file", "mode": "0755", "size": 3},
            "obstacle": "",
        },
        {
            "path": "gone",
            "kind": "deleted",
            "before": {"type": "file", "mode": "0644", "size": 5},
            "after": None,
            "obstacle": "",
        },
        {
            "path": "link",
            "kind": "added",
            "before": None,
            "after": {"type": "link", "mode": "0777", "target": "/etc/passwd"},
            "obstacle": "",
        },
        {
            "path": "pipe",
            "kind": "added",
            "before": None,
            "after": {"type": "fifo", "mode": "0644"},
            "obstacle": "a fifo cannot be carried over",
        },
    ]


def test_the_invoking_person_owns_what_is_committed(overlaid: Akios) -> None:
    os.chown(overlaid.workspace, 1000, 1000)
    for path in overlaid.workspace.iterdir():
        os.chown(path, 1000, 1000)
    run = overlaid.shell("id -u > uid; mkdir folder; touch folder/file", env={"SUDO_UID": "1000", "SUDO_GID": "1000"})
    assert run.status == 0, run
    do(overlaid, "commit")
    assert (overlaid.workspace / "uid").read_text() == "1000\n"
    for name in ("uid", "folder", "folder/file"):
        status = (overlaid.workspace / name).stat()
        assert (status.st_uid, status.st_gid) == (1000, 1000), name


def test_the_kernel_s_names_for_the_layers_are_no_host_paths(overlaid: Akios) -> None:
    run = overlaid.shell("cat /proc/self/mounts")
    assert str(overlaid.state).encode() not in run.stdout
    assert b" overlay rw," in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["commit", "../outside"], "outside of the workspace"),
        (["commit", "nothing-here"], "nothing changed at nothing-here"),
        (["commit", "--discard", "--force"], "goes with no PATH"),
        (["diff", "ses_000000000000"], "there is no layer of ses_000000000000"),
        (["diff", "../../etc"], "there is no layer"),
        (["commit", "--dryrun"], "No such option"),
    ],
)
def test_bad_usage_says_what_is_wrong(overlaid: Akios, arguments: list[str], words: str) -> None:
    assert overlaid.shell("touch new").status == 0
    done = do(overlaid, *arguments, status=2)
    assert words in done.stderr


def test_a_state_folder_of_somebody_else_is_not_believed(overlaid: Akios, tmp_path: Path) -> None:
    assert overlaid.shell("touch new").status == 0
    os.chown(overlaid.state, 1000, 1000)
    for command in ("diff", "commit"):
        assert "belongs to uid 1000" in do(overlaid, command, status=125).stderr
    assert not (overlaid.workspace / "new").exists()
