"""A whole jail without a broker: process 1, the agent, and what is said between them and the launcher."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from akios_jail import kernel, messages
from akios_jail.jail import rootfs, seccomp, spawn
from akios_jail.jail.identity import AGENT_ID, Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.jail.mounts import Bind, Directory, Tmpfs
from akios_jail.jail.spec import JailSpec, Trust
from akios_jail.policy.plans import EgressPlan

pytestmark = pytest.mark.root

AGENT = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")
TRUST = Trust("/etc/akios/ca-bundle.pem", "/etc/akios/ca.pem", (), ())


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return seccomp.program(seccomp.find_profile("agent-default"), str(tmp_path_factory.mktemp("cache")))


Start = Callable[..., "Running"]


class Running:
    """A started jail whose set-up is answered; `events` are the messages so far."""

    def __init__(self, spec: JailSpec) -> None:
        self.jail = spawn.start(spec)
        self.events: list[messages.Message] = []
        self.master = -1
        self.status: int | None = None
        self.jail.trust(b"bundle", b"certificate", None)

    def until(self, *kinds: str) -> messages.Message:
        """Handle events until one of these kinds arrives."""
        while True:
            message = messages.receive(self.jail.channel)
            self.events.append(message)
            if message.type == "listening":
                for fd in message.fds.values():
                    os.close(fd)
            elif message.type == "terminal":
                self.master = message.fds["master"]
            elif message.type == "unmapped":
                self.jail.map_identity()
            if message.type in kinds:
                return message

    def wait(self) -> int:
        """Reap process 1, once."""
        if self.status is None:
            self.status = self.jail.wait()
        return self.status

    def read_terminal(self, text: bytes) -> bytes:
        """What the terminal shows, up to and with `text`."""
        shown = b""
        deadline = time.monotonic() + 20
        while text not in shown:
            assert select.select([self.master], [], [], deadline - time.monotonic())[0], shown
            shown += os.read(self.master, 4096)
        return shown


@contextmanager
def running(program: bytes, *argv: str, workspace: Path | None = None, terminal: bool = False) -> Iterator[Running]:
    """A jail that runs `argv`; killed and reaped afterwards."""
    operations: list[Any] = [
        *rootfs.system(),
        *rootfs.accounts(AGENT.uid, AGENT.gid, AGENT.name, AGENT.home),
        *rootfs.devices(1 << 20),
        *rootfs.processes(),
        Tmpfs("/tmp", 1 << 20, 0o1777),
        Directory("/home/agent"),
    ]
    if workspace is not None:
        workspace.chmod(0o777)
        operations.append(Bind(str(workspace), "/ws", writable=True))
    spec = JailSpec(
        hostname="jail",
        identity=AGENT,
        operations=tuple(operations),
        access=(
            *(PathAccess(path, "write") for path in ("/tmp", "/ws", "/proc")),
            PathAccess("/", "read"),
            PathAccess("/dev", "device"),
        ),
        egress=EgressPlan(()),
        trust=TRUST,
        working_directory="/",
        argv=argv,
        environment=(("PATH", "/usr/bin:/bin"), ("MARK", "set")),
        open_files=64,
        file_size_bytes=1 << 20,
        seccomp=program,
        terminal=(0, 1, 2) if terminal else (),
        window=(33, 99),
    )
    run = Running(spec)
    try:
        yield run
    finally:
        run.jail.kill()
        run.wait()
        run.jail.close()
        if run.master >= 0:
            os.close(run.master)


def shell(program: bytes, workspace: Path, script: str) -> tuple[int, str]:
    """Exit status of a shell script in the jail, and what it wrote to /ws/out."""
    with running(program, "/bin/sh", "-c", f"exec > /ws/out 2>&1; {script}", workspace=workspace) as run:
        status = run.until("exited", "failed").fields["status"]
    return os.waitstatus_to_exitcode(status), (workspace / "out").read_text()


def test_the_events_come_in_the_documented_order(program: bytes) -> None:
    with running(program, "/bin/true", terminal=True) as run:
        run.until("exited")
        assert [event.type for event in run.events] == ["listening", "terminal", "unmapped", "started", "exited"]
        assert set(run.events[0].fds) >= {"listen.https.4", "dns.udp.4", "nflog"}


def test_the_agent_s_own_status_is_reported(program: bytes, tmp_path: Path) -> None:
    assert shell(program, tmp_path, "exit 3")[0] == 3
    assert shell(program, tmp_path, "kill -TERM $$")[0] == -signal.SIGTERM


def test_a_program_that_cannot_be_run_is_told_from_one_that_does_not_exist(program: bytes) -> None:
    for path, status in (("/usr/bin/no-such-program", 127), ("/etc/passwd", 126)):
        with running(program, path) as run:
            failed = run.until("failed")
            assert failed.fields["status"] == status
            assert failed.fields["step"] == f"execute {path}"


def test_the_agent_has_its_environment_and_nothing_else(program: bytes, tmp_path: Path) -> None:
    assert shell(program, tmp_path, "env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort")[1].split() == [
        "MARK=set",
        "PATH=/usr/bin:/bin",
    ]


def test_the_agent_holds_no_descriptor_but_the_three_standard_ones(program: bytes, tmp_path: Path) -> None:
    listing = shell(program, tmp_path, "for fd in /proc/$$/fd/*; do [ -L $fd ] && echo ${fd##*/}; done")[1].split()
    assert set(listing) <= {"0", "1", "2"}


def test_the_agent_is_confined_and_powerless(program: bytes, tmp_path: Path) -> None:
    text = shell(program, tmp_path, "cat /proc/self/status; ls /proc/self/ns; hostname; id -u")[1]
    status = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    assert {status[f"Cap{kind}"].strip().strip("0") for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert text.splitlines()[-2:] == ["jail", str(AGENT_ID)]


def test_process_1_is_out_of_reach(program: bytes, tmp_path: Path) -> None:
    """Signals of any number. Before Landlock's ABI 6 (Linux 6.12) the kernel takes them, and process 1 does not."""
    script = """
        ls /proc/1 && echo seen; cat /proc/1/environ && echo read
        number=1; while [ $number -le 64 ]; do kill -$number 1 && echo signalled; number=$((number + 1)); done
        exit 3
    """
    status, text = shell(program, tmp_path, script)
    assert "seen" not in text
    assert "read" not in text
    assert text.count("signalled") == (0 if kernel.landlock_abi() >= 6 else 64)
    assert status == 3  # the agent went on, and process 1 was there to say how it ended


def test_orphans_are_reaped_and_end_with_the_agent(program: bytes, tmp_path: Path) -> None:
    with running(program, "/bin/sh", "-c", "(sleep 600 &) ; (true &) ; echo $$ > /ws/ready; exit 0",
                 workspace=tmp_path) as run:  # fmt: skip
        run.until("exited")
        assert run.wait() == 0  # process 1 has gone, and the kernel took all others with it


def test_closing_the_channel_ends_the_jail(program: bytes) -> None:
    with running(program, "/bin/sleep", "600") as run:
        run.until("started")
        run.jail.channel.close()
        poll = select.poll()
        poll.register(run.jail.pidfd, select.POLLIN)
        assert poll.poll(10_000), "process 1 outlived its launcher"


def test_signals_reach_the_agent_alone_or_with_its_group(program: bytes) -> None:
    with running(program, "/bin/sleep", "600") as run:
        run.until("started")
        run.jail.signal(signal.SIGTERM, group=True)
        assert os.waitstatus_to_exitcode(run.until("exited").fields["status"]) == -signal.SIGTERM


def test_a_stopped_agent_is_reported_and_can_be_continued(program: bytes) -> None:
    with running(program, "/bin/sh", "-c", "kill -STOP $$; exit 5") as run:
        assert run.until("stopped").fields["signal"] == signal.SIGSTOP
        run.jail.signal(signal.SIGCONT, group=True)
        assert os.waitstatus_to_exitcode(run.until("exited").fields["status"]) == 5


def test_the_agent_s_terminal_is_its_own_and_has_the_size_asked_for(program: bytes) -> None:
    with running(program, "/bin/sh", "-c", "tty; stty size; echo >/dev/tty ctty; read x", terminal=True) as run:
        run.until("started")
        shown = run.read_terminal(b"ctty")
        assert shown.split() == [b"/dev/pts/0", b"33", b"99", b"ctty"]


def test_ctrl_c_on_the_terminal_interrupts_the_agent(program: bytes) -> None:
    # exec: dash loses an interrupt that comes while it starts a child with vfork.
    with running(program, "/bin/sh", "-c", "echo ready; exec sleep 600", terminal=True) as run:
        run.until("started")
        run.read_terminal(b"ready")
        os.write(run.master, b"\x03")
        assert os.waitstatus_to_exitcode(run.until("exited").fields["status"]) == -signal.SIGINT


def test_ctrl_z_stops_the_agent_and_says_so(program: bytes) -> None:
    with running(program, "/bin/sh", "-c", "echo ready; read line", terminal=True) as run:
        run.until("started")
        run.read_terminal(b"ready")
        os.write(run.master, b"\x1a")
        assert run.until("stopped").fields["signal"] == signal.SIGTSTP


def test_files_beyond_the_size_limit_cannot_be_written(program: bytes, tmp_path: Path) -> None:
    status, _ = shell(program, tmp_path, "dd if=/dev/zero of=/ws/big bs=1k count=2000 2>/dev/null; exit 0")
    assert status == 0
    assert (tmp_path / "big").stat().st_size == 1 << 20
