"""What a hostile agent does to whoever holds it, and what a careless caller does to both."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios, eventually
from tests.e2e.test_terminal import Terminal

pytestmark = pytest.mark.root


def test_an_agent_that_stops_and_continues_itself_does_not_outlive_its_time(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "2s"})
    run = akios.shell("(sleep 0.1; kill -STOP $$; sleep 0.1; kill -CONT $$; sleep 30) & wait", timeout=20)
    assert run.status == 120
    assert run.report["exit"]["code"] == "wall_time"


def test_an_agent_that_floods_its_terminal_does_not_outlive_its_time(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "1s", "cpus": 2})
    terminal = Terminal(akios.command("--", "/usr/bin/yes"), akios.workspace)
    try:
        assert terminal.status(20) == 120
    finally:
        terminal.close()


def test_children_without_end_and_stops_without_end_do_not_hold_up_the_launcher(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "2s", "pids": 64, "cpus": 2})
    run = akios.python(
        """
        import os, signal
        agent = os.getpid()
        for _ in range(2):
            if os.fork() == 0:
                while True:
                    os.kill(agent, signal.SIGSTOP)
                    os.kill(agent, signal.SIGCONT)
        for _ in range(2):
            if os.fork() == 0:
                while True:
                    if os.fork() == 0:
                        if os.fork() == 0:
                            os._exit(0)  # an orphan, for process 1 to collect
                        os._exit(0)
                    os.wait()
        signal.pause()
        """,
        timeout=30,
    )
    assert run.status == 120
    assert run.report["exit"]["code"] == "wall_time"


@pytest.mark.parametrize("number", [signal.SIGCONT, signal.SIGWINCH])
def test_a_signal_that_asks_for_nothing_does_not_disturb_the_start(akios: Akios, number: signal.Signals) -> None:
    process = akios.start("--", "/bin/echo", "done", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin and process.stdin.close()
    while process.poll() is None:
        process.send_signal(number)
        signal.sigtimedwait([], 0.003)
    assert process.stdout is not None
    assert process.stdout.read() == b"done\n"
    assert process.returncode == 0


def test_ctrl_c_before_the_agent_runs_ends_the_session_with_its_status(akios: Akios) -> None:
    slow = akios.folder / "slow"  # nft takes its time, so that there is a start to interrupt
    slow.write_text("#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    process = akios.start(
        command=["/usr/bin/unshare", "-m", "/bin/sh", "-c", f'mount --bind {slow} /usr/sbin/nft && exec "$@"', "sh",
                 *akios.command("--", "/bin/true")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    while not _descendants_named(process.pid, "sleep"):
        assert process.poll() is None
        signal.sigtimedwait([], 0.01)
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait(20) == 130, said
    assert b"SIGINT" in said


INTERRUPTED = """
import signal
from akios_jail.launcher import journals

made = journals.open_journal

def interrupted(*arguments):
    journal = made(*arguments)
    signal.raise_signal(signal.SIGINT)
    return journal

journals.open_journal = interrupted
from akios_jail.cli.entry import main
main()
"""


def test_ctrl_c_beside_a_new_journal_leaves_none(akios: Akios) -> None:
    process = akios.start(command=[sys.executable, "-c", INTERRUPTED, *akios.command("--", "/bin/echo", "ran")[1:]])
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, b""), stderr
    assert list((akios.state / "audit" / "journal").iterdir()) == []


def _descendants_named(pid: int, name: str) -> list[int]:
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            if Path(f"/proc/{child}/comm").read_text().strip() == name:
                found.append(int(child))
            found += _descendants_named(int(child), name)
        except FileNotFoundError:
            continue
    return found


def test_streams_that_are_closed_are_empty_for_the_agent_and_nothing_else(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    process = akios.start(
        command=["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh",
                 *akios.command("--", "/bin/sh", "-c", "readlink /proc/self/fd/* > seen; echo lost; echo lost >&2")],
    )  # fmt: skip
    assert process.wait(30) == 0
    # the shell's own output file, and the folder that is being listed
    seen = [line for line in (akios.workspace / "seen").read_text().splitlines() if not line.startswith("/proc/")]
    assert set(seen) <= {"/dev/null", str(akios.workspace / "seen")}


def test_one_closed_stream_keeps_the_others(akios: Akios) -> None:
    process = akios.start(
        command=["/bin/sh", "-c", 'exec "$@" <&-', "sh", *akios.command("--", "/bin/readlink", "/proc/self/fd/0")],
        stdout=subprocess.PIPE,
    )
    assert process.communicate(timeout=30)[0] == b"/dev/null\n"


@pytest.mark.parametrize(
    ("limit", "most", "enough"),
    [
        *(("-n", files, files >= 64) for files in (20, 63, 64)),
        *(("-f", blocks, blocks >= 131072) for blocks in (0, 131071, 131072)),  # of 512 bytes each
    ],
)
def test_limits_that_are_too_low_are_said_before_anything_starts(
    akios: Akios, limit: str, most: int, enough: bool
) -> None:
    limited = ["/bin/sh", "-c", f'ulimit {limit} {most}; exec "$@"', "sh"]
    process = akios.start(command=[*limited, *akios.command("--", "/bin/echo", "ran")])
    stdout, stderr = process.communicate(timeout=60)
    if enough:
        assert (process.returncode, stdout) == (0, b"ran\n"), stderr
    else:
        assert (process.returncode, stdout) == (125, b"")
        assert f"ulimit {limit}".encode() in stderr


def test_a_network_socket_is_not_given_to_the_agent(akios: Akios) -> None:
    ours, theirs = _tcp_pair()
    with ours, theirs:
        process = akios.start("--", "/bin/true", stdin=theirs.fileno(), stderr=subprocess.PIPE)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 2, said
    assert b"network socket" in said


def test_a_local_socket_is_a_stream_like_any_other(akios: Akios) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = akios.start("--", "/bin/echo", "hello", stdout=theirs.fileno())
        assert process.wait(30) == 0
        assert ours.recv(100) == b"hello\n"


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        return client, server.accept()[0]


@pytest.mark.parametrize("ignored", ["SIGHUP", "SIGCHLD"])
def test_a_signal_that_the_caller_ignores_changes_nothing(akios: Akios, ignored: str) -> None:
    source = (
        f"import os, signal, sys; signal.signal(signal.{ignored}, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = akios.start(
        command=["/usr/bin/python3", "-c", source, *akios.command("--", "/bin/sh", "-c", "echo up; read x; exit 7")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n", process.communicate()
    process.send_signal(signal.Signals[ignored])
    process.communicate(b"\n", timeout=30)
    assert process.returncode == 7
    assert os.path.exists(akios.report)


def test_no_set_id_program_is_left_on_the_host(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    run = akios.python(
        """
        import json, os
        said = []
        for mode in (0o4755, 0o2755, 0o6755):
            path = f"program-{mode:o}"
            open(path, "w").write("#!/bin/sh\\n")
            for change in (os.chmod, lambda path, mode: os.fchmod(os.open(path, os.O_RDONLY), mode)):
                try:
                    change(path, mode)
                    said.append("changed")
                except PermissionError:
                    said.append("refused")
            made = os.open(f"made-{mode:o}", os.O_CREAT | os.O_RDWR, mode)
            os.write(made, b"#!/bin/sh")
        os.chmod(path, 0o755)
        print(json.dumps(said))
        """
    )
    assert run.said == ["refused"] * 6
    left = [path.name for path in akios.workspace.iterdir() if path.stat().st_mode & 0o6000]
    assert left == []


def test_an_agent_cannot_send_core_dumps_to_the_host_s_handler(akios: Akios) -> None:
    run = akios.python(
        """
        import json, os, resource
        said = [resource.getrlimit(resource.RLIMIT_CORE)]
        for change in (
            lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
            lambda: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0)),
        ):
            try:
                change()
            except (OSError, ValueError):
                pass
        said.append(resource.prlimit(0, resource.RLIMIT_CORE))
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        print(json.dumps(said))
        """
    )
    # 1 is what stops a handler too. Where the hard limit was 0 before, only CAP_SYS_RESOURCE could have raised it.
    raise_it = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (1, 1))"
    possible = subprocess.run([sys.executable, "-c", raise_it], stderr=subprocess.DEVNULL).returncode == 0
    assert run.said == ([[1, 1], [1, 1]] if possible else [[0, 0], [0, 0]])


def test_what_the_kernel_counts_for_the_whole_machine_stays_for_the_others(akios: Akios) -> None:
    akios.file(
        "agent.py",
        textwrap.dedent(
            """
            import ctypes, json, os, sys
            libc = ctypes.CDLL(None)
            held = 0
            while libc.inotify_init() >= 0:
                held += 1
            terminals = 0
            try:
                while True:
                    os.openpty()
                    terminals += 1
            except OSError:
                pass
            context = ctypes.c_ulong(0)
            contexts = libc.syscall(206, 1000, ctypes.byref(context)) if os.uname().machine == "x86_64" else -1
            print(json.dumps([held, terminals, contexts]), flush=True)
            sys.stdin.read()
            """
        ),
    )
    process = akios.start(
        "agent.py", options=["--python", sys.executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    held, terminals, contexts = json.loads(process.stdout.readline())
    assert held > 0
    assert 0 < terminals <= 256
    assert contexts == -1
    mine = ctypes.CDLL(None, use_errno=True).inotify_init()  # as root: the host's services are
    assert mine >= 0, os.strerror(ctypes.get_errno())
    os.close(mine)
    process.communicate(b"", timeout=30)
    assert process.returncode == 0


def test_a_long_command_line_and_a_large_bundle_of_authorities_are_no_matter(akios: Akios) -> None:
    bundle = akios.folder / "bundle.pem"
    bundle.write_bytes(akios.upstream.authority.pem * 200)
    assert bundle.stat().st_size > 1 << 16
    run = akios.run("--", "/bin/sh", "-c", "exit 5", "x" * 100_000, options=["--cacert", str(bundle)])
    assert run.status == 5, run


def test_a_command_that_cannot_be_run_is_on_record_with_its_end(akios: Akios) -> None:
    run = akios.run("--", "/usr/bin/there-is-no-such-program")
    assert run.status == 127
    assert [record["type"] for record in run.audit] == ["session.start", "session.end"]
    assert run.audit[1]["outcome"]["code"] == "not_started"


def test_too_little_memory_to_start_with_is_not_the_agent_s_end(akios: Akios) -> None:
    akios.policy(resources={"memory": "16MiB"})
    run = akios.run("--", "/bin/true")
    assert run.status in (0, 125), run
    if run.status == 125:
        assert "could not" in run.stderr


def test_an_agent_changes_neither_its_policy_nor_what_the_policy_leans_on(akios: Akios) -> None:
    profile = Path(__file__).parents[2] / "profiles" / "agent-default.json"
    akios.file("own.json", profile.read_bytes())
    akios.file("conf/ca.pem", akios.upstream.authority.pem)
    akios.file("conf/private/data", b"as it was")
    akios.cacert = akios.workspace / "conf" / "ca.pem"
    akios.file("conf/flux.yaml", "apiVersion: akios/v1\nkind: FluxConfig\nmetadata: {name: f}\nspec: {}\n")
    akios.policy(
        {"flux": "conf/flux.yaml"},
        filesystem={"workspace": {"path": ".", "access": "rw"}, "read": ["conf/private"]},
        seccomp={"profile": "./own.json"},
    )
    base = (akios.workspace / "policy.yaml").rename(akios.workspace / "base.yaml")
    digest = hashlib.sha256(base.read_bytes()).hexdigest()
    akios.policy_text(
        "apiVersion: akios/v1\nkind: AgentPolicy\nmetadata: {name: test}\nspec: {}\n"
        f"extends: {{path: base.yaml, sha256: {digest}}}\n"
    )
    run = akios.python(
        """
        import json, os
        changed = []
        for path in ("policy.yaml", "base.yaml", "conf/flux.yaml", "own.json", "conf/ca.pem", "conf/private/data"):
            for attempt in (
                lambda: open(path, "a").write(" "),
                lambda: os.unlink(path),
                lambda: os.rename(path, path + ".old"),
                lambda: os.rename("agent.py", path),
            ):
                try:
                    attempt()
                    changed.append(path)
                except OSError:
                    pass
        try:
            os.rename("conf", "away")
            changed.append("conf")
        except OSError:
            pass
        open("written", "w").write("the rest is writable")
        print(json.dumps(changed))
        """,
    )
    assert run.said == []
    assert (akios.workspace / "written").exists()
    assert (akios.workspace / "own.json").read_bytes() == profile.read_bytes()


def test_what_waits_in_sockets_counts_as_memory(akios: Akios) -> None:
    akios.policy(resources={"memory": "64MiB"})
    run = akios.python(
        """
        import json, socket
        server, held, waiting = socket.create_server(("127.0.0.1", 0)), [], 0
        print(json.dumps("limited"), flush=True)
        while waiting < 256 << 20:
            client = socket.create_connection(server.getsockname(), timeout=5)
            held += [client, server.accept()[0]]
            client.setblocking(False)
            try:
                while True:
                    waiting += client.send(bytes(65536))
            except BlockingIOError:
                pass
        print(json.dumps("without limit"))
        """,
        timeout=60,
    )
    assert run.said == "limited"


def test_a_terminal_that_takes_nothing_does_not_stop_the_clock(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "1s"})
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(akios.workspace)
        command = akios.command("--", "/usr/bin/yes", options=["--quiet"])  # or its last words would wait
        os.execv(command[0], command)
    try:
        ended = eventually(lambda: os.waitpid(pid, os.WNOHANG)[1], 30)
        assert os.waitstatus_to_exitcode(ended) == 120
    finally:
        os.close(fd)


def test_a_slow_terminal_gets_every_line(akios: Akios) -> None:
    akios.policy(resources={"cpus": 2})
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(akios.workspace)
        command = akios.command("--", "/usr/bin/seq", "60000", options=["--quiet"])
        os.execv(command[0], command)
    shown, slow = b"", 20
    try:
        while True:
            if slow and shown:
                signal.sigtimedwait([], 0.1)  # the agent has long ended when the rest is read
                slow -= 1
            shown += os.read(fd, 4096)
    except OSError:  # EIO: closed
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        os.close(fd)
    assert shown.split() == [b"%d" % number for number in range(1, 60001)]


def test_a_session_whose_folder_goes_away_while_it_runs_ends_as_any_other(akios: Akios) -> None:
    script = "echo begun; while [ -e policy.yaml ]; do sleep 0.05; done; exit 3"
    process = akios.start("--", "/bin/sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    shutil.rmtree(akios.workspace)
    stdout, stderr = process.communicate(timeout=60)
    akios.workspace.mkdir()
    run = akios.finished(process.returncode, stdout, stderr)
    assert run.status == 3, str(run)
    assert "exit status 3" in run.stderr
    assert run.report["policy"]["path"] == str(akios.workspace / "policy.yaml")
