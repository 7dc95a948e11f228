"""What an agent executes is seen from outside: in the trace with its arguments, in the audit log by their digest."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import AKIOS, Akios, Run

pytestmark = pytest.mark.root


def trace(akios: Akios) -> dict[str, Any]:
    """The newest session's trace, as `akios trace show --json` has it; empty if there is none."""
    command = [AKIOS, "trace", "show", "--json", "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "no session has a trace yet" in done.stderr:
        return {"steps": [], "edges": []}
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)["trace"]
    return shown


def programs(akios: Akios) -> list[dict[str, Any]]:
    return [step for step in trace(akios)["steps"] if step["type"] == "process"]


def on_record(run: Run) -> list[dict[str, Any]]:
    return [record for record in run.audit if record["type"] == "exec"]


def digest(*argv: str | bytes) -> str:
    raw = b"".join((each if isinstance(each, bytes) else each.encode()) + b"\0" for each in argv)
    return hashlib.sha256(raw).hexdigest()


def test_a_pipeline_is_two_programs_with_their_arguments(akios: Akios) -> None:
    akios.policy()
    run = akios.shell("printf '%s' one | /bin/cat | /usr/bin/wc -c; /usr/bin/env /bin/echo 'two words'")
    assert run.status == 0, run
    steps = programs(akios)
    told = {step["program"]: step["argv"] for step in steps}
    assert told == {
        "/bin/cat": ["/bin/cat"],
        "/usr/bin/wc": ["/usr/bin/wc", "-c"],
        "/usr/bin/env": ["/usr/bin/env", "/bin/echo", "two words"],
        "/bin/echo": ["/bin/echo", "two words"],
    }
    numbers = {step["program"]: step["id"] for step in steps}
    (edge,) = trace(akios)["edges"]
    assert (edge["source"], edge["target"], edge["type"]) == (
        numbers["/usr/bin/env"],
        numbers["/bin/echo"],
        "executed",
    )
    assert run.report["executions"] == 4
    assert {record["program"]: record["argv_sha256"] for record in on_record(run)} == {
        program: digest(*argv) for program, argv in told.items()
    }
    assert not any("words" in json.dumps(record) for record in on_record(run))
    assert "4 programs executed" in run.stderr


def test_the_agent_itself_is_no_step_since_the_session_s_start_names_it(akios: Akios) -> None:
    akios.policy()
    run = akios.run("--", "/bin/true")
    assert (run.status, run.report["executions"], on_record(run)) == (0, 0, [])
    assert programs(akios) == []


def test_what_began_a_program_is_known_across_processes_that_executed_nothing(akios: Akios) -> None:
    akios.policy()
    run = akios.shell("/bin/sh -c '( ( /bin/true; : ); : ); :'")
    assert run.status == 0, run
    outer, inner = programs(akios)
    assert (outer["program"], inner["program"]) == ("/bin/sh", "/bin/true")
    assert [(e["source"], e["target"]) for e in trace(akios)["edges"]] == [(outer["id"], inner["id"])]


def test_what_cannot_be_executed_was_attempted(akios: Akios) -> None:
    akios.policy()
    run = akios.shell("/usr/bin/no-such-program --secret; exit 0")
    assert run.status == 0, run
    (step,) = programs(akios)
    assert (step["program"], step["argv"]) == ("/usr/bin/no-such-program", ["/usr/bin/no-such-program", "--secret"])
    assert step["missing"] is True


def test_a_search_along_path_shows_which_try_found_it(akios: Akios) -> None:
    akios.policy()
    akios.file("bin/link", "")
    (akios.workspace / "bin" / "link").unlink()
    (akios.workspace / "bin" / "link").symlink_to("/bin/true")
    run = akios.python(
        """
        import os, subprocess
        subprocess.run(["link"], env={"PATH": f"/nowhere:/usr/games:{os.getcwd()}/bin"}, check=True)
        """
    )
    assert run.status == 0, run
    assert [(step["program"], step.get("missing")) for step in programs(akios)] == [
        ("/nowhere/link", True),
        ("/usr/games/link", True),
        (f"{akios.workspace}/bin/link", None),
    ]


def test_a_script_is_seen_as_it_was_called_and_a_relative_path_with_its_folder(akios: Akios) -> None:
    akios.policy()
    akios.file("tool", '#!/bin/sh\necho "$@"\n', 0o755)
    run = akios.shell("./tool a b")
    assert run.stdout == b"a b\n", run
    (step,) = programs(akios)
    assert step["program"] == f"{akios.workspace}/./tool"
    assert step["argv"] == ["./tool", "a", "b"]


def test_a_program_that_has_no_name_is_seen_by_its_descriptor(akios: Akios) -> None:
    akios.policy()
    run = akios.python(
        """
        import ctypes, os

        fd = os.memfd_create("hidden", 0)
        with open("/bin/echo", "rb") as source:
            os.write(fd, source.read())
        libc = ctypes.CDLL(None)
        argv = (ctypes.c_char_p * 3)(b"any name", b"said", None)
        number = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
        libc.syscall(number, fd, b"", argv, None, 0x1000)
        raise SystemExit("it did not run")
        """
    )
    assert (run.status, run.stdout) == (0, b"said\n"), run
    (step,) = programs(akios)
    assert step["program"] == "/memfd:hidden (deleted)"
    assert step["argv"] == ["any name", "said"]


def test_a_link_that_leads_elsewhere_for_the_process_is_not_said_to_be_missing(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    run = akios.python(
        """
        import os

        fd = os.open("/bin/echo", os.O_RDONLY)
        os.set_inheritable(fd, True)
        os.symlink(f"/proc/self/fd/{fd}", "link")
        os.execv("./link", ["echo", "said"])
        """
    )
    assert (run.status, run.stdout) == (0, b"said\n"), run
    (step,) = programs(akios)
    assert "missing" not in step


def test_five_hundred_at_once_are_all_seen(akios: Akios) -> None:
    akios.policy(resources={"pids": 1024})
    run = akios.shell("i=0; while [ $i -lt 500 ]; do /bin/true $i & i=$((i+1)); done; wait")
    assert run.status == 0, run
    assert sorted(int(step["argv"][1]) for step in programs(akios)) == list(range(500))
    assert sorted(record["argv_sha256"] for record in on_record(run)) == sorted(
        digest("/bin/true", str(number)) for number in range(500)
    )
    assert run.report["executions"] == 500


def test_hostile_arguments_are_kept_as_text_and_never_reach_a_terminal(akios: Akios) -> None:
    akios.policy()
    hostile = b"\x1b[2J\xff\xfe\x07end"
    run = akios.python(
        f"""
        import os, subprocess

        subprocess.run(["/bin/true", {hostile!r}, ""])
        subprocess.run(["/bin/true", "long" * 30000])
        subprocess.run(["/bin/true", *("many" for _ in range(5000))])
        """
    )
    assert run.status == 0, run
    strange, long, many = programs(akios)
    assert strange["argv"] == ["/bin/true", "\x1b[2J\\xff\\xfe\x07end", ""]
    assert on_record(run)[0]["argv_sha256"] == digest("/bin/true", hostile, "")
    assert (long["argv"], long["cut"]) == (["/bin/true", "long" * 2048], True)
    assert (len(many["argv"]), many["cut"], many["argc"]) == (256, True, 256)
    for arguments in (["trace", "show"], ["trace", "graph"], ["trace", "graph", "--format", "svg"], ["audit", "tail"]):
        shown = subprocess.run(
            [AKIOS, *arguments, "--state-dir", str(akios.state)], capture_output=True, timeout=60, check=True
        )
        assert not {b"\x1b", b"\x07"} & {bytes([byte]) for byte in shown.stdout}, arguments


def test_personal_data_and_keys_in_arguments_are_not_written_down(akios: Akios) -> None:
    akios.policy(
        {
            "pii_handling": {"mode": "redact_before_inference", "fields": ["email"]},
            "network_access": {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]},
            "credentials": [{"name": "k", "hosts": ["api.openai.com"], "env": "K_KEY", "from": {"env": "K_KEY"}}],
        }
    )
    key = "sk-live-4f9a8b7c6d5e4f3a2b1c"
    akios.file("work.sh", f"/bin/true --to ada.lovelace@example.org; /bin/true {key}; /x/ada.lovelace@example.org; :")
    run = akios.run("--", "/bin/sh", "work.sh", env={"K_KEY": key})
    assert run.status == 0, run
    first, second, third = programs(akios)
    assert first["argv"] == ["/bin/true", "--to", "[EMAIL_1]"]
    assert third["program"] == on_record(run)[2]["program"] == "/x/[EMAIL_1]"
    assert key not in json.dumps(second)
    everything = b"".join(path.read_bytes() for path in akios.state.rglob("*") if path.is_file())
    assert b"ada.lovelace" not in everything
    assert key.encode() not in everything


def test_a_policy_can_have_it_off_and_the_agent_then_has_a_listener_of_its_own(akios: Akios) -> None:
    listens = """
        import ctypes, errno, os, struct

        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(38, 1, 0, 0, 0)
        allow = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000))
        header = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", 1, ctypes.addressof(allow)))
        number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
        fd = libc.syscall(number, 1, 8, header)
        print(errno.errorcode[ctypes.get_errno()] if fd < 0 else "listening")
    """
    akios.policy()
    assert akios.python(listens).stdout == b"EBUSY\n"
    akios.policy(trace={"processes": "off"})
    assert akios.python(listens).stdout == b"listening\n"
    run = akios.shell("/bin/true")
    assert (run.status, run.report["executions"], on_record(run)) == (0, 0, [])


def test_an_agent_that_is_killed_while_it_executes_leaves_nothing(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "3s", "pids": 64})
    run = akios.python(
        """
        import os, signal, time

        for _ in range(200):
            pid = os.fork()
            if pid == 0:
                os.execv("/bin/true", ["true"])
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for _ in range(8):
            if os.fork() == 0:
                while True:
                    if os.fork() == 0:
                        os.execv("/bin/true", ["true"])
                    os.wait()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert run.status == 128 + signal.SIGKILL, run
    assert run.report["executions"] == run.audit[-1]["executions"]
    assert run.audit[-1]["type"] == "session.end"


def test_arguments_that_change_while_they_are_read_are_no_harm(akios: Akios) -> None:
    akios.policy()
    run = akios.python(
        """
        import ctypes, os, threading

        libc = ctypes.CDLL(None)
        word = ctypes.create_string_buffer(b"x" * 2000)
        argv = (ctypes.c_void_p * 3)(ctypes.cast(ctypes.c_char_p(b"true"), ctypes.c_void_p), ctypes.addressof(word), 0)

        def rewrite():
            while True:
                ctypes.memset(word, 0x41, 2000)
                ctypes.memset(word, 0x42, 2000)
                argv[1], argv[2] = 1, ctypes.addressof(word)
                argv[1], argv[2] = ctypes.addressof(word), 0

        threading.Thread(target=rewrite, daemon=True).start()
        for _ in range(300):
            libc.execve(b"/usr/bin/no-such-program", argv, None)
        print("done")
        """
    )
    assert run.stdout == b"done\n", run
    assert run.report["executions"] == 300
    assert len(programs(akios)) == 300


def test_signals_neither_stop_nor_repeat_what_is_executed(akios: Akios) -> None:
    akios.policy()
    run = akios.python(
        """
        import ctypes, signal, subprocess

        libc, failed = ctypes.CDLL(None, use_errno=True), set()
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.siginterrupt(signal.SIGALRM, False)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for number in range(300):
            libc.execve(b"/usr/bin/no-such-program", (ctypes.c_char_p * 2)(b"%d" % number, None), None)
            failed.add(ctypes.get_errno())
        for number in range(300, 350):
            subprocess.run([str(number)], executable="/bin/true", check=True)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(failed)
        """
    )
    assert run.stdout == b"{2}\n", run
    assert [int(step["argv"][0]) for step in programs(akios)] == list(range(350))


def test_when_the_observer_dies_nothing_more_is_executed_and_the_session_ends(akios: Akios) -> None:
    akios.policy()
    process = akios.start("--", "/bin/sh", "-c", "echo up; read _; while :; do /bin/true || echo refused; done",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (keeper,) = [pid for pid in children if Path(f"/proc/{pid}/comm").read_text() == "akios-keeper\n"]
    pidfd = os.pidfd_open(int(keeper))
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=30)
    run = akios.finished(process.returncode, stdout, stderr, 0)
    assert run.status == 120, run
    assert run.report["exit"]["code"] == "observer_died"
    assert on_record(run) == []


def test_who_executes_faster_than_is_allowed_is_slowed_down_and_counted_to_the_last(akios: Akios) -> None:
    akios.policy()
    run = akios.python(
        """
        import ctypes, os

        libc, argv = ctypes.CDLL(None), (ctypes.c_char_p * 2)(b"x", None)
        for _ in range(6):
            if os.fork() == 0:
                for _ in range(600):
                    libc.execve(b"/usr/bin/no-such-program", argv, None)
                os._exit(0)
        for _ in range(6):
            os.wait()
        """
    )
    assert run.status == 0, run
    assert run.report["executions"] == 3600
    for told in (on_record(run), programs(akios)):
        named = sum(1 for each in told if "program" in each)
        assert named >= 2000
        assert named + sum(each.get("held_back", 0) for each in told) == 3600
