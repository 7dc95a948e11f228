"""An interactive terminal behaves as without the jail: size, Ctrl-C, Ctrl-Z and fg, end of input."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


class Terminal:
    """A person at a terminal: what they type goes in, what they see is awaited."""

    def __init__(self, command: list[str], folder: Path, rows: int = 24, columns: int = 80) -> None:
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ["PS1"] = "prompt> "
            os.execv(command[0], command)
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def await_text(self, pattern: str, seconds: float = 20) -> str:
        """Wait until `pattern` is seen; what was seen up to its end is used up."""
        deadline = time.monotonic() + seconds
        while (match := re.search(pattern, self.seen)) is None:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"did not see {pattern!r} but {self.seen!r}"
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # EIO: the other side is closed
                data = b""
            assert data, f"the terminal closed; did not see {pattern!r} but {self.seen!r}"
            self.seen += data.decode(errors="replace")
        self.seen = self.seen[match.end() :]
        return match.group()

    def status(self, seconds: float = 20) -> int:
        """The exit status, once it has ended; its output is read meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    time.sleep(0.02)  # EIO: closed, the end comes
        raise AssertionError(f"has not ended; last seen {self.seen!r}")

    def close(self) -> None:
        os.close(self.fd)  # hangs up
        if self.pid:
            deadline = time.monotonic() + 10
            while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                if time.monotonic() > deadline:
                    os.kill(self.pid, signal.SIGKILL)
                time.sleep(0.02)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def open_terminal(akios: Akios, terminals: list[Terminal], *agent: str) -> Terminal:
    terminals.append(Terminal(akios.command(*agent), akios.workspace))
    return terminals[-1]


def test_the_agent_has_the_terminal_and_its_size(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/sh", "-c", "test -t 0 && test -t 1 && stty size")
    terminal.await_text(r"24 80")
    assert terminal.status() == 0


def test_a_resize_reaches_the_agent(akios: Akios, terminals: list[Terminal]) -> None:
    script = "trap 'stty size; exit 7' WINCH; echo ready; while :; do sleep 0.05; done"
    terminal = open_terminal(akios, terminals, "--", "/bin/bash", "-c", script)
    terminal.await_text("ready")
    terminal.resize(50, 132)
    terminal.await_text("50 132")
    assert terminal.status() == 7


def start_under_a_shell(akios: Akios, terminals: list[Terminal], *agent: str) -> Terminal:
    """From a shell that leaves the terminal as its programs do."""
    command = ["/bin/dash", "-c", '"$@"; echo over; exec cat', "sh", *akios.command(*agent)]
    terminals.append(Terminal(command, akios.workspace))
    return terminals[-1]


def kill_the_launcher(shell: Terminal) -> None:
    """And wait until the keeper has cleaned up after it."""
    (launcher,) = children(shell.pid)
    (keeper,) = (pid for pid in children(launcher) if Path(f"/proc/{pid}/comm").read_text() == "akios-keeper\n")
    pidfd = os.pidfd_open(keeper)
    try:
        os.kill(launcher, signal.SIGKILL)
        shell.await_text("over")
        assert select.select([pidfd], [], [], 20)[0]
    finally:
        os.close(pidfd)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_launcher_that_is_killed_leaves_the_terminal_as_it_was(akios: Akios, terminals: list[Terminal]) -> None:
    shell = start_under_a_shell(akios, terminals, "--", "/bin/sh", "-c", "echo ready; exec sleep 60")
    before = termios.tcgetattr(shell.fd)
    shell.await_text("ready")
    assert termios.tcgetattr(shell.fd) != before
    kill_the_launcher(shell)
    assert termios.tcgetattr(shell.fd) == before


def test_what_a_shell_made_of_the_terminal_since_is_left_alone(akios: Akios, terminals: list[Terminal]) -> None:
    shell = start_under_a_shell(akios, terminals, "--", "/bin/sh", "-c", "echo ready; exec sleep 60")
    shell.await_text("ready")
    changed = termios.tcgetattr(shell.fd)
    changed[3] |= termios.ECHONL
    termios.tcsetattr(shell.fd, termios.TCSANOW, changed)
    kill_the_launcher(shell)
    assert termios.tcgetattr(shell.fd) == changed


def test_ctrl_c_interrupts_the_agent_once(akios: Akios, terminals: list[Terminal]) -> None:
    akios.file(
        "agent.py",
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n    time.sleep(0.3)\n"
        "    raise SystemExit(9)\n",
    )
    terminal = open_terminal(akios, terminals, "--python", sys.executable, "agent.py")
    terminal.await_text("ready")
    terminal.type("\x03")
    terminal.await_text("interrupted")
    assert terminal.status() == 9


def test_ctrl_c_ends_an_agent_that_does_not_mind_it(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/sh", "-c", "echo ready; exec sleep 60")
    terminal.await_text("ready")
    terminal.type("\x03")
    assert terminal.status() == 128 + signal.SIGINT


def test_ctrl_c_counts_from_the_moment_at_which_the_jail_takes_what_is_typed(
    akios: Akios, terminals: list[Terminal]
) -> None:
    shown = open_terminal(akios, terminals, "--", "sleep", "60")
    deadline = time.monotonic() + 20
    while termios.tcgetattr(shown.fd)[3] & termios.ICANON:  # until raw, Ctrl-C is a signal for the launcher
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    shown.type("\x03")
    assert shown.status() == 130


def test_ctrl_d_is_the_end_of_input(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/sh", "-c", "echo ready; cat; echo over")
    terminal.await_text("ready")
    terminal.type("a line\n\x04")
    terminal.await_text(r"(?s)a line\r\n.*over")
    assert terminal.status() == 0


def test_an_interactive_shell_in_the_jail_has_job_control(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/bash", "--norc", "--noprofile", "-i")
    terminal.await_text(r"\$ ")
    terminal.type("sh -c 'echo begun; exec sleep 60'\n")
    terminal.await_text(r"[\r\n]begun")
    terminal.type("\x1a")
    terminal.await_text("Stopped")
    terminal.type("jobs\n")
    terminal.await_text("Stopped")
    terminal.type("exit 4\nexit 4\n")  # the first one warns of the stopped job
    assert terminal.status() == 4


def test_ctrl_z_stops_the_whole_run_and_fg_continues_it(akios: Akios, terminals: list[Terminal]) -> None:
    terminals.append(Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], akios.workspace))
    terminal = terminals[-1]
    terminal.await_text("prompt> ")
    akios.file("begin.sh", " ".join(f"'{word}'" for word in akios.command("--", "cat")) + "\n")
    terminal.type(". ./begin.sh\nhello\n")
    terminal.await_text(r"hello\r\nhello\r\n")
    terminal.type("\x1a")
    terminal.await_text(r"(?s)Stopped.*prompt> ")
    terminal.type("fg\n")
    terminal.await_text(r"cat'?\r\n")
    terminal.type("again\n")
    terminal.await_text(r"again\r\nagain\r\n")
    terminal.type("\x04")
    terminal.await_text("prompt> ")
    terminal.type("echo status $?; exit\n")
    terminal.await_text("status 0")
    terminal.status()


def test_a_hang_up_ends_the_session(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/sh", "-c", "echo ready; exec sleep 60")
    terminal.await_text("ready")
    pid = terminal.pid
    terminal.close()
    terminals.remove(terminal)
    assert not Path(f"/proc/{pid}").exists()
    assert akios.audit()[-1]["type"] == "session.end"


def test_the_terminal_is_left_as_it_was(akios: Akios, terminals: list[Terminal]) -> None:
    terminal = open_terminal(akios, terminals, "--", "/bin/sh", "-c", "stty raw -echo; echo ready")
    before = termios.tcgetattr(terminal.fd)[:4]
    terminal.await_text("ready")
    terminal.status()
    assert termios.tcgetattr(terminal.fd)[:4] == before
