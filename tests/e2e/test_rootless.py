"""`akios run` from an ordinary account: the same jail, made in a user namespace by whoever calls."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from akios_jail.demo.answer import Behaviour
from tests.cli.test_broker_files import hot_journal, without_a_log
from tests.e2e import compiled
from tests.e2e.conftest import AKIOS, ORDINARY, Akios, eventually
from tests.e2e.remains import Remains
from tests.e2e.test_approvals import AGENT, REFUND, govern
from tests.e2e.test_budget import agent
from tests.e2e.test_sudden_death import Session, inner_pid, namespaces_of
from tests.processes import lives

pytestmark = pytest.mark.root  # to become that account

OPENAI = "api.openai.com"
UNLIMITED = {"memory", "CPU time"}


def test_the_agent_is_who_called_and_can_do_no_more(ordinary: Akios) -> None:
    ordinary.policy()
    run = ordinary.shell("id -u; id -g; grep ^Cap /proc/self/status; grep NoNewPrivs /proc/self/status; exit 7")
    assert run.status == 7, run
    uid, gid, *lines = run.stdout.decode().splitlines()
    assert (int(uid), int(gid)) == (ORDINARY, ORDINARY)
    *capabilities, unprivileged = [line.split()[1] for line in lines]
    assert {int(each, 16) for each in capabilities} == {0}
    assert unprivileged == "1"


def test_nothing_of_the_host_is_there(ordinary: Akios) -> None:
    ordinary.policy()
    (ordinary.folder / "secret").write_text("top secret")
    paths = [ordinary.folder / "secret", ordinary.state, "/home", "/root", "/sys", "/var/log", "/run"]
    run = ordinary.shell(f"ls -dA {' '.join(map(str, paths))} 2>/dev/null; ls -A /run; ls -d /proc/[0-9]*")
    assert str(ordinary.state) not in run.stdout.decode()
    assert "secret" not in run.stdout.decode()
    assert len([each for each in run.stdout.split() if each.startswith(b"/proc/")]) < 4, run


def test_what_is_shown_keeps_its_owner_and_the_rest_is_read_only(ordinary: Akios) -> None:
    ordinary.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    run = ordinary.shell("echo new > made; stat -c %u made; for at in / /etc /usr /dev; do touch $at/mine; done; true")
    assert run.stdout.split() == [b"%d" % ORDINARY], run
    assert (ordinary.workspace / "made").stat().st_uid == ORDINARY
    assert run.stderr.count("cannot touch") == 4, run


@pytest.mark.parametrize("access", ["ro", "rw", "overlay"])
def test_a_workspace_that_is_not_the_caller_s_is_an_error_in_words(ordinary: Akios, access: str) -> None:
    ordinary.policy(filesystem={"workspace": {"path": ".", "access": access}})
    os.chown(ordinary.workspace, 0, 0)
    run = ordinary.shell("true")
    if access == "ro":
        assert run.status == 0, run
        ordinary.policy(filesystem={"workspace": {"path": "./shut"}})
        (ordinary.workspace / "shut").mkdir(mode=0o700)
        run = ordinary.shell("true")
    assert run.status == 2, run
    assert "belongs to uid 0, and is not yours to" in run.stderr
    assert "chown" in run.stderr


def test_a_model_call_is_redacted_and_paid_for_and_another_host_refused(ordinary: Akios) -> None:
    compiled.kept(ordinary, ("email",))
    ordinary.upstream.behaviour = Behaviour(text="yes", input_tokens=20, output_tokens=4000)
    ordinary.policy(
        {
            "network_access": {"allowlist": [{"host": OPENAI, "methods": ["POST"]}]},
            "budget": {"max_cost_per_session": "$0.10"},
            "pii_handling": {"mode": "redact_before_inference", "fields": ["email"]},
        }
    )
    calls = agent(6, 1, prompt="'mail jane.roe@corp.example'")
    run = ordinary.python(f"{calls}\nimport socket\nsocket.create_connection(('evil.example', 443))")
    statuses = json.loads(run.stdout)
    assert statuses[0] == 200, run
    assert statuses[-1] == 402, run
    assert "gaierror" in run.stderr, run
    told = json.dumps(ordinary.upstream.prompts())
    assert "jane.roe" not in told
    assert "[EMAIL_1]" in told
    assert 0 < run.report["cost"]["cost_usd"] <= 0.10
    assert {"evil.example"} <= {record.get("host", record.get("name")) for record in run.denials()}


def test_what_a_session_left_is_the_caller_s_to_read(ordinary: Akios) -> None:
    ordinary.allow("api.example.com", methods=("GET",), filesystem={"write": ["out"]})
    note = ordinary.file("out/note", "")
    run = ordinary.shell("curl -s https://api.example.com/a; echo mine >> out/note")
    assert run.status == 0, run
    verified = ordinary.says("audit", "verify")
    assert verified.returncode == 0, verified
    (listed,) = json.loads(ordinary.says("sessions", "--json").stdout)
    assert listed["session_id"] == run.report["session_id"]
    shown = json.loads(ordinary.says("trace", "show", "--json").stdout)["trace"]
    assert [step["argv"] for step in shown["steps"] if step["type"] == "process"] == [
        ["curl", "-s", "https://api.example.com/a"]
    ]
    replayed = ordinary.says("replay", "--json")
    assert json.loads(replayed.stdout)["same"] is True, replayed
    assert note.read_text() == "mine\n"
    assert {path.lstat().st_uid for path in ordinary.state.rglob("*")} == {ORDINARY}
    assert {path.stat().st_mode & 0o777 for path in (ordinary.state, ordinary.state / "broker")} == {0o700}


def test_a_session_that_runs_or_was_killed_is_told_as_any_other(ordinary: Akios) -> None:
    """What its broker writes lies apart until it is over."""
    ordinary.allow("api.example.com", methods=("GET",))
    process = ordinary.start(
        "--", "/bin/sh", "-c", "curl -s https://api.example.com/a >&2; echo ready; cat go || sleep 60"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    session = next(record["session"] for record in ordinary.audit() if record["type"] == "session.start")

    def told() -> list[list[str]]:
        shown = ordinary.says("trace", "show", session, "--json")
        steps = json.loads(shown.stdout)["trace"]["steps"] if shown.returncode == 0 else []
        return [step["argv"] for step in steps if step["type"] == "process"]

    assert eventually(lambda: ["curl", "-s", "https://api.example.com/a"] in told(), what="the trace of what runs")
    eventually(lambda: ordinary.says("policy", "test", "policy.yaml", "--session", session).returncode == 0)
    assert os.listdir(ordinary.state / "running") == [session]
    assert "still being written" in ordinary.says("replay", session).stderr
    process.kill()
    process.wait(20)
    eventually(lambda: not _of_the_account(), what=f"left: {_of_the_account()}")
    assert ["curl", "-s", "https://api.example.com/a"] in told()
    ordinary.file("go", "")
    replayed = ordinary.says("replay", session, "--json")
    assert session in replayed.stdout, replayed
    assert os.listdir(ordinary.state / "running") == []
    assert ["curl", "-s", "https://api.example.com/a"] in told()


def test_what_a_hostile_broker_left_has_no_file_of_the_caller_s_deleted(ordinary: Akios) -> None:
    """A journal can name a file that SQLite deletes; whoever reads has the rights of the caller."""
    ordinary.allow("api.example.com", methods=("GET",))
    session = ordinary.shell("curl -s https://api.example.com/a").report["session_id"]
    treasure = ordinary.folder / "treasure"
    treasure.write_text("the caller's own " * 100)
    os.chown(treasure, ORDINARY, ORDINARY)
    files = [ordinary.state / "broker" / kind / f"{session}.db" for kind in ("traces", "recordings")]
    asked = {
        ("trace", "show", session): files,
        ("policy", "test", "policy.yaml", "--session", session): files,
        ("budget", "show"): [ordinary.state / "broker" / "budgets.db"],
        ("approvals", "list"): [ordinary.state / "broker" / "approvals.db"],
    }
    for command, databases in asked.items():
        for database in databases:
            without_a_log(database)
            journal = database.with_name(f"{database.name}-journal")
            journal.write_bytes(hot_journal(database, treasure))
            for each in (database, journal):
                os.chown(each, ORDINARY, ORDINARY)
        ordinary.says(*command)
        assert treasure.exists(), command
        for database in databases:
            database.with_name(f"{database.name}-journal").unlink(missing_ok=True)


def test_a_person_decides_at_another_terminal(ordinary: Akios) -> None:
    govern(ordinary)
    ordinary.upstream.behaviour = Behaviour(text="Let me see.", calls=(REFUND,), output_tokens=9)
    ordinary.file("agent.py", AGENT.replace("STREAM", "False"))
    process = ordinary.start("agent.py", options=["--python", sys.executable])
    (asked,) = eventually(lambda: _waiting(ordinary), what="an approval")
    assert ordinary.says("approvals", "deny", asked["id"]).returncode == 0
    stdout, stderr = process.communicate(timeout=60)
    run = ordinary.finished(process.returncode, stdout, stderr)
    assert run.said["calls"] == [], run


def _waiting(akios: Akios) -> list[dict[str, Any]]:
    if not (akios.state / "broker" / "approvals.db").exists():
        return []
    listed: list[dict[str, Any]] = json.loads(akios.says("approvals", "list", "--json").stdout)
    return listed


def test_an_overlay_s_changes_are_shown_and_committed(ordinary: Akios) -> None:
    ordinary.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    for name, text in (("notes.txt", "one\n"), ("old.txt", "old\n"), ("gone/a", "a\n"), ("folder/below", "b\n")):
        ordinary.file(name, text)
    change = "echo two >> notes.txt; rm -r old.txt gone folder; mkdir folder; echo new > folder/new; mkdir shut; "
    run = ordinary.shell(f"{change} touch locked; chmod 0 shut locked; cat notes.txt; ls folder")
    assert run.stdout.split() == [b"one", b"two", b"new"], run
    assert (ordinary.workspace / "old.txt").read_text() == "old\n"
    shown = ordinary.says("diff", "--json")
    changes = {each["path"]: each["kind"] for each in json.loads(shown.stdout)["changes"]}
    assert changes == {
        "notes.txt": "modified",
        "old.txt": "deleted",
        "gone/a": "deleted",
        "gone": "deleted",
        "folder/below": "deleted",
        "folder/new": "added",
        "shut": "added",
        "locked": "added",
    }
    committed = ordinary.says("commit")
    assert committed.returncode == 0, committed
    assert [f"left out: {name}: its mode" in committed.stderr for name in ("shut", "locked")] == [True, True]
    assert (ordinary.workspace / "notes.txt").read_text() == "one\ntwo\n"
    assert sorted(os.listdir(ordinary.workspace / "folder")) == ["new"]
    assert not (ordinary.workspace / "gone").exists()
    assert ordinary.says("commit", "--discard").returncode == 0
    assert os.listdir(ordinary.state / "sessions") == []


def test_a_layer_that_is_shut_from_inside_keeps_no_later_session_from_starting(ordinary: Akios) -> None:
    ordinary.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    assert ordinary.shell("mkdir -p a/b/c; echo > file; chmod 0 a/b a file .").status == 0
    assert ordinary.shell("true").status == 0
    assert ordinary.says("commit", "--discard").returncode == 0
    assert os.listdir(ordinary.state / "sessions") == []


def test_limits_that_cannot_be_had_are_an_error_that_names_them(ordinary: Akios) -> None:
    if _has_limits():
        pytest.skip("this machine lets accounts limit their sessions")
    ordinary.policy(resources={"optional": False})
    run = ordinary.shell("true")
    assert run.status == 125, run
    assert "could not limit the session's memory and CPU time" in run.stderr
    assert "spec.resources.optional: true" in run.stderr
    assert not run.report


def test_optional_limits_that_are_missing_are_said(ordinary: Akios) -> None:
    ordinary.policy()
    run = ordinary.shell("true")
    assert run.status == 0, run
    said = {each.partition(",")[0] for each in run.report["missing_limits"]}
    assert said == (set() if _has_limits() else UNLIMITED)
    assert all(f"without a limit: {each}" in run.stderr for each in run.report["missing_limits"])


def _has_limits() -> bool:
    return Path("/run/systemd/system").exists() and Path("/sys/fs/cgroup/cgroup.controllers").exists()


def test_processes_are_limited_without_a_cgroup_too(ordinary: Akios) -> None:
    ordinary.policy(resources={"pids": 20})
    run = ordinary.python(
        """
        import os, time
        made = 0
        try:
            while made < 100:
                if os.fork() == 0:
                    time.sleep(30)
                    os._exit(0)
                made += 1
        except BlockingIOError:
            print(made, flush=True)
        os.kill(-1, 9)
        """
    )
    assert int(run.stdout or b"100") in range(15, 21), run


def test_ctrl_c_reaches_the_agent_and_ends_the_session(ordinary: Akios) -> None:
    ordinary.policy()
    ordinary.file(
        "agent.py",
        "import signal, sys, time\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(9))\n"
        "print('ready', flush=True)\ntime.sleep(60)\n",
    )
    process = ordinary.start("agent.py", options=["--python", sys.executable])
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 9


@pytest.mark.parametrize("victim", ["launcher", "broker", "init"])
def test_sigkill_leaves_nothing_behind(ordinary: Akios, victim: str) -> None:
    session = _begin(ordinary)
    getattr(session, victim).send_signal(signal.SIGKILL)
    status = session.process.wait(20)
    assert status == -signal.SIGKILL if victim == "launcher" else status not in (0, None)
    eventually(lambda: not _of_the_account(), what=f"left: {_of_the_account()}")
    session.remains.gone()


def _of_the_account() -> list[psutil.Process]:
    """Everything that still runs as the account, which is nobody's but this test's."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.uids().real == ORDINARY and lives(process):
                found.append(process)
    return found


def _begin(akios: Akios) -> Session:
    akios.policy()
    process = akios.start("--", "/bin/sh", "-c", "sleep 300 & (setsid sleep 300 &) ; echo ready; sleep 300")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    launcher = psutil.Process(process.pid)
    session = next(record["session"] for record in akios.audit() if record["type"] == "session.start")
    processes = [launcher, *launcher.children(recursive=True)]
    return Session(process, session, processes, Remains(session, processes, akios.folder))


def test_the_broker_holds_nothing_and_sees_nobody(ordinary: Akios) -> None:
    session = _begin(ordinary)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{session.broker.pid}/status").read_text().splitlines())
    assert status["Uid"].split() == [str(ORDINARY)] * 4
    assert {int(status[each], 16) for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    assert inner_pid(session.broker) == 1
    assert not Path(f"/proc/{session.broker.pid}/root{ordinary.folder}").exists()
    theirs = namespaces_of(session.broker.pid)
    assert len(theirs - namespaces_of(session.launcher.pid)) == 5  # all but the network's and the cgroup's
    assert theirs.isdisjoint(namespaces_of(session.init.pid) - namespaces_of(session.launcher.pid))


def test_the_demo_is_governed_from_end_to_end(ordinary: Akios) -> None:
    compiled.kept(ordinary, ("email", "phone", "ssn"))
    done = ordinary.says("demo", "--json")
    told = json.loads(done.stdout)
    assert not [chapter for chapter in told["attempts"] if not chapter["as_expected"]]
    assert told["governed"] is True, told


def test_a_container_that_hides_parts_of_proc_is_an_error_that_says_so(ordinary: Akios) -> None:
    ordinary.policy()
    hide = 'mount --make-rprivate / && mount --bind /dev/null /proc/keys && exec "$@"'
    command = ["unshare", "--mount", "/bin/sh", "-c", hide, "sh", *ordinary.called(ordinary.command("--", "true"))]
    done = subprocess.run(command, cwd=ordinary.workspace, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 125, done
    assert "could not mount procfs at /proc" in done.stderr
    assert "systempaths=unconfined" in done.stderr


@pytest.mark.parametrize(
    "command", [("run", "--policy", "policy.yaml", "--", "true"), ("approvals", "list"), ("budget", "show"), ("diff",)]
)
def test_root_s_state_folder_is_root_s(ordinary: Akios, command: tuple[str, ...]) -> None:
    ordinary.policy()
    os.mkdir(ordinary.state, 0o755)
    cut = command.index("--") if "--" in command else len(command)
    line = [AKIOS, *command[:cut], "--state-dir", str(ordinary.state), *command[cut:]]
    process = ordinary.start(command=line)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert b"use sudo" in stderr.lower(), stderr
