"""Exit status, signals, pipes and bytes are as without the jail."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


@pytest.mark.parametrize("status", [0, 3, 255])
def test_the_exit_status_is_the_agent_s_own(akios: Akios, status: int) -> None:
    run = akios.shell(f"exit {status}")
    assert run.status == status, run
    assert run.report["exit"]["status"] == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_128_more_than_its_number(akios: Akios, number: signal.Signals) -> None:
    run = akios.python(f"import os; os.kill(os.getpid(), {int(number)})")
    assert run.status == 128 + number, run
    assert run.report["exit"]["signal"] in (number.name, int(number))


def test_no_such_command_is_127_as_in_a_shell(akios: Akios) -> None:
    run = akios.run("--", "no-such-command-anywhere")
    assert run.status == 127, run
    assert "no-such-command-anywhere" in run.stderr


def test_a_file_that_cannot_be_run_is_126_as_in_a_shell(akios: Akios) -> None:
    akios.file("data.txt", "not a program")
    run = akios.run("--", "./data.txt")
    assert run.status == 126, run
    assert "data.txt" in run.stderr


def test_arguments_arrive_as_they_were_given(akios: Akios) -> None:
    given = ["a b", "", "--help", "*", "ünï", "$HOME", "-"]
    run = akios.python("import json, sys; print(json.dumps(sys.argv[1:]))", *given)
    assert run.said == given, run


def test_standard_input_is_the_agent_s(akios: Akios) -> None:
    data = os.urandom(3 << 20)
    run = akios.run("--", "sha256sum", stdin=data)
    assert run.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest(), run


def test_binary_output_arrives_byte_for_byte(akios: Akios) -> None:
    run = akios.python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)")
    assert run.stdout == bytes(range(256)) * 100


def test_large_output_arrives_whole(akios: Akios) -> None:
    run = akios.shell("head -c 50000000 /dev/zero")
    assert len(run.stdout) == 50_000_000
    assert run.status == 0


def test_standard_output_and_error_stay_apart_and_akios_speaks_on_error_only(akios: Akios) -> None:
    run = akios.shell("echo out; echo err >&2")
    assert run.stdout == b"out\n"
    assert "err\n" in run.stderr


def test_quiet_says_nothing_of_its_own(akios: Akios) -> None:
    akios.options = ["--quiet"]
    run = akios.shell("echo err >&2")
    assert run.stderr == "err\n"


def test_a_reader_that_goes_away_ends_the_writer(akios: Akios) -> None:
    process = akios.start("--", "yes")
    assert process.stdout is not None
    assert process.stdout.read(2) == b"y\n"
    process.stdout.close()
    assert process.wait(20) == 128 + signal.SIGPIPE


def test_a_pipeline_ends_as_it_does_without_the_jail(akios: Akios) -> None:
    script = 'set -o pipefail; "$@" | head -1'
    command = ["/bin/bash", "-c", script, "akios", *akios.command("--", "seq", "1000000")]
    stdout, _ = akios.start(command=command).communicate(timeout=60)
    assert stdout == b"1\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_to_the_launcher_reaches_the_agent(akios: Akios, number: signal.Signals) -> None:
    akios.file(
        "agent.py",
        f"import signal, sys, time\nsignal.signal({int(number)}, lambda *_: sys.exit(42))\n"
        "print('ready', flush=True)\ntime.sleep(60)\n",
    )
    process = akios.start("agent.py", options=["--python", sys.executable])
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert process.wait(20) == 42
    assert akios.audit()[-1]["type"] == "session.end"


def test_an_orphan_is_reaped_and_ends_with_its_agent(akios: Akios) -> None:
    run = akios.shell("(sleep 300 & ) ; echo started", timeout=30)
    assert run.stdout == b"started\n", run
    assert run.status == 0


def test_a_child_that_stopped_does_not_hold_the_session(akios: Akios) -> None:
    run = akios.shell("sleep 100 & kill -STOP $!; exit 5", timeout=30)
    assert run.status == 5, run


def test_input_is_not_read_before_the_agent_wants_it(akios: Akios) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"first\nsecond\n")
    process = akios.start("--", "/bin/sh", "-c", "read line; echo $line", stdin=reading)
    stdout, _ = process.communicate(timeout=60)
    os.close(writing)
    assert stdout == b"first\n"
    assert os.read(reading, 100) == b"second\n"  # the shell reads byte by byte; so nobody else did
    os.close(reading)


def test_ten_runs_at_once_do_not_get_in_each_other_s_way(akios: Akios) -> None:
    results: list[tuple[int, bytes]] = []

    def one(number: int) -> None:
        command = [*akios.command("--", "/bin/sh", "-c", f"echo {number}; exit {number}")]
        command[command.index("--report") + 1] = str(akios.folder / f"report-{number}.json")
        done = subprocess.run(command, cwd=akios.workspace, capture_output=True, timeout=90, check=False)
        results.append((done.returncode, done.stdout))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(number, b"%d\n" % number) for number in range(10)]
