"""What a process asks to execute is read from its memory while it waits, and the observer never holds anybody up."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from akios_jail import kernel, messages
from akios_jail.jail import cgroups, keeper, observer
from akios_jail.jail.executions import ALL_BYTES, ARGUMENT_BYTES, ARGUMENTS, Execution, read
from akios_jail.jail.observer import Observer

pytestmark = pytest.mark.root

PREPARED = """
import ctypes, mmap, os, signal, socket, sys
from akios_jail import kernel
from akios_jail.jail import executions

kernel.no_new_privileges()
channel = socket.socket(fileno=int(sys.argv[1]))
listener = executions.listen()
socket.send_fds(channel, [b"x"], [listener])
os.close(listener)
libc = ctypes.CDLL(None, use_errno=True)

def ask(path, argv, *more):
    "execve as given: addresses, where a test wants to say them itself."
    libc.execve(path, argv, None)
    return ctypes.get_errno()

def words(*texts):
    return (ctypes.c_char_p * (len(texts) + 1))(*texts, None)
"""


class Asking:
    """A process that executes what a test wants, and its listener."""

    def __init__(self, body: str) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        source = PREPARED + textwrap.dedent(body)
        self.process = subprocess.Popen(
            [sys.executable, "-c", source, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdout=subprocess.PIPE
        )
        theirs.close()
        _, (self.listener,), _, _ = socket.recv_fds(ours, 1, 1)
        ours.close()

    def heard(self) -> Execution:
        """The next thing that it asks for."""
        assert select.select([self.listener], [], [], 20)[0]
        asked = kernel.seccomp_receive(self.listener)
        found = read(asked)
        assert kernel.seccomp_still_waits(self.listener, asked.id)
        kernel.seccomp_continue(self.listener, asked.id)
        return found

    def said(self) -> bytes:
        """What it printed, when it has ended."""
        printed, _ = self.process.communicate(timeout=20)
        return printed


@contextmanager
def asking(body: str) -> Iterator[Asking]:
    it = Asking(body)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.communicate()
        if it.listener >= 0:
            os.close(it.listener)


@contextmanager
def observed(body: str) -> Iterator[tuple[Asking, Observer, socket.socket]]:
    with asking(body) as it:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        it.listener, listener = -1, it.listener
        watching = Observer(listener, theirs)
        try:
            yield it, watching, ours
        finally:
            watching.close()
            ours.close()


def serve(it: Asking, watching: Observer) -> None:
    """Let the observer do its work until the process has ended well."""
    deadline = time.monotonic() + 60
    while it.process.poll() is None and time.monotonic() < deadline:
        wanted, pause_s = watching.interests()
        poll = select.poll()
        for fd, events in wanted.items():
            poll.register(fd, events)
        for fd, events in poll.poll(50 if pause_s is None else pause_s * 1000 + 1):
            watching.handle(fd, events)
    assert it.process.returncode == 0


def told(sock: socket.socket) -> list[dict[str, Any]]:
    """Everything that the broker has been told by now."""
    sock.setblocking(False)
    found = []
    try:
        while True:
            found.append(messages.receive(sock).fields)
    except (BlockingIOError, messages.ProtocolError):
        return found


def test_a_path_and_its_arguments_are_read() -> None:
    with asking("""ask(b"/bin/true", words(b"one", b"", b"\\xff\\n"))""") as it:
        assert it.heard() == Execution(b"/bin/true", (b"one", b"", b"\xff\n"), False, False, False)


def test_what_ends_at_the_end_of_its_memory_is_read_whole() -> None:
    body = """
        kept = []

        def at_end(data):
            kept.append(ctypes.c_char.from_buffer(mmap.mmap(-1, 3 * 4096)))
            address = ctypes.addressof(kept[-1])
            libc.munmap(ctypes.c_void_p(address + 2 * 4096), 4096)
            start = address + 2 * 4096 - len(data)
            ctypes.memmove(start, data, len(data))
            return start

        long = b"y" * 5000
        strings = [at_end(each + b"\\0") for each in (b"true", b"x" * 300, long)]
        vector = b"".join(each.to_bytes(8, "little") for each in [*strings, 0])
        ask(ctypes.c_void_p(at_end(b"/bin/true\\0")), ctypes.c_void_p(at_end(vector)))
        os._exit(0)
    """
    with asking(body) as it:
        assert it.heard() == Execution(b"/bin/true", (b"true", b"x" * 300, b"y" * 5000), False, False, False)


@pytest.mark.parametrize(
    ("path", "argv"),
    [
        ('b"/bin/true"', "ctypes.c_void_p(16)"),
        ("ctypes.c_void_p(16)", 'words(b"a")'),
        ("ctypes.c_void_p((1 << 64) - 8)", "ctypes.c_void_p((1 << 64) - 8)"),
        ('b"/bin/true"', "(ctypes.c_void_p * 3)(16, 16, 0)"),
    ],
)
def test_addresses_that_lead_nowhere_are_not_followed(path: str, argv: str) -> None:
    with asking(f"print(ask({path}, {argv}))") as it:
        found = it.heard()
        assert found.unread is True
        assert it.said() == b"14\n"  # EFAULT: the kernel could not, either


def test_no_vector_at_all_is_an_empty_one() -> None:
    with asking("""ask(b"/bin/no-such-program", None)""") as it:
        assert it.heard().argv == ()


def test_what_is_kept_is_bounded() -> None:
    body = f"""
        ask(b"/" + b"p" * 5000, words(b"a"))
        ask(b"/x", words(b"x" * {ARGUMENT_BYTES - 1}, b"y" * {ARGUMENT_BYTES + 1}))
        ask(b"/x", words(*[b"w" * 100] * 1000))
        ask(b"/x", words(*[b"v" * 5000] * 5))
    """
    with asking(body) as it:
        assert len(it.heard().program) == 4096
        two = it.heard()
        assert [len(each) for each in two.argv] == [ARGUMENT_BYTES - 1, ARGUMENT_BYTES]
        assert two.cut is True
        many = it.heard()
        assert len(many.argv) <= ARGUMENTS
        assert sum(map(len, many.argv)) == ALL_BYTES
        assert many.cut is True
        assert sum(map(len, it.heard().argv)) == ALL_BYTES


def test_a_process_that_may_not_be_dumped_is_read_as_well() -> None:
    with asking("""libc.prctl(4, 0, 0, 0, 0); ask(b"/bin/true", words(b"hidden"))""") as it:
        assert it.heard().argv == (b"hidden",)


def test_a_descriptor_in_the_place_of_a_path_is_told_by_what_it_is() -> None:
    body = """
        fd = os.open("/bin/true", os.O_RDONLY)
        call = kernel.call_number("execveat")
        libc.syscall(call, os.open("/usr", os.O_PATH), b"bin/nothing", words(b"a"), None, 0)
        libc.syscall(call, fd, b"", words(b"a"), None, 0x1000)
    """
    with asking(body) as it:
        assert it.heard()[:3] == (b"/usr/bin/nothing", (b"a",), True)
        found = it.heard()
        assert os.path.realpath(found.program) == os.path.realpath("/bin/true").encode()
        assert found.missing is False


def test_who_waits_and_who_comes_later_gets_enosys_when_the_listener_is_gone() -> None:
    body = """
        if os.fork() == 0:
            os.write(1, b"%d\\n" % ask(b"/bin/true", words(b"a")))
            os._exit(0)
        os.wait()
        os.write(1, b"%d\\n" % ask(b"/bin/true", words(b"a")))
    """
    with asking(body) as it:
        assert select.select([it.listener], [], [], 20)[0]
        os.close(it.listener)
        it.listener = -1
        assert it.said() == b"38\n38\n"


THIRTY = """
    for number in range(30):
        if os.fork() == 0:
            os.execv("/bin/true", ["true", str(number)])
        os.wait()
"""


def test_the_first_execution_is_the_agent_s_own_and_all_others_are_told() -> None:
    with observed(THIRTY) as (it, watching, broker):
        serve(it, watching)
        assert [each["n"] for each in told(broker)] == list(range(2, 31))


def test_a_thread_executes_for_its_process() -> None:
    body = """
        import threading

        os.write(1, b"%d\\n" % os.getpid())
        kept = words(b"/bin/sh", b"-c", b"/bin/true; :")
        if len(sys.argv) == 2:
            ask(b"/nowhere", words(b"first"))
            threading.Thread(target=lambda: ask(b"/bin/sh", kept)).start()
            signal.pause()
    """
    with observed(body) as (it, watching, broker):
        serve(it, watching)
        shell, program = told(broker)
        process = int(it.said())
    assert (shell["pid"], shell["parent"]) == (process, 1)
    assert (program["pid"] != process, program["parent"]) == (True, shell["n"])


def test_a_broker_that_does_not_listen_holds_nobody_up_and_hears_how_many_it_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observer, "BACKLOG", 5)
    monkeypatch.setattr(observer, "_IN_SOCKET", 16_000)
    body = THIRTY.replace('["true", str(number)]', '["true", "x" * 8000]').replace("range(30)", "range(60)")
    with observed(body) as (it, watching, broker):
        serve(it, watching)
        found = told(broker)
        assert len(found) < 59
        for _ in range(10):
            watching.settle(0.01)
            found += told(broker)
        assert sum(1 for each in found if each["n"]) + sum(each["missed"] for each in found) == 59


def test_a_broker_that_is_gone_holds_nobody_up() -> None:
    with observed(THIRTY) as (it, watching, broker):
        broker.close()
        serve(it, watching)


def test_who_executes_too_much_waits_and_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "BURST", 5)
    monkeypatch.setattr(observer, "PER_SECOND", 50)
    with observed(THIRTY) as (it, watching, broker):
        began = time.monotonic()
        serve(it, watching)
        assert time.monotonic() - began >= 24 / 50
        assert len(told(broker)) == 29


def test_who_is_killed_while_it_waits_to_be_heard_counts_as_well() -> None:
    with observed("""ask(b"/bin/true", words(b"a"))""") as (it, watching, broker):
        assert select.select([watching.listener], [], [], 20)[0]
        it.process.kill()
        it.process.wait()
        watching.handle(watching.listener, select.POLLIN)
        assert watching._tokens == observer.BURST - 1
        assert told(broker) == []


def filter_of(action: str, flags: int = 0) -> str:
    """Source that loads one more filter, which answers execve with an action."""
    return f"""
        import struct

        execve = kernel.call_number("execve")
        steps = ((0x20, 0, 0, 0), (0x15, 0, 1, execve), (6, 0, 0, {action}), (6, 0, 0, 0x7FFF0000))
        try:
            kernel.seccomp_load(b"".join(struct.pack("=HBBI", *step) for step in steps), {flags})
        except OSError as error:
            print(error.errno, end=" ")
        print(ask(b"/nowhere", words(b"a")), flush=True)
        if os.fork() == 0:
            ask(b"/nowhere", words(b"last"))
            os._exit(0)
        os.wait()
        libc.syscall(kernel.call_number("execveat"), -100, b"/nowhere", words(b"seen"), None, 0)
    """


@pytest.mark.parametrize(
    ("action", "flags", "says"),
    [
        ("0x00050001", 0, b"1\n"),  # SECCOMP_RET_ERRNO with EPERM: refused, and so not seen
        ("0x7FC00000", 0, b"38\n"),  # SECCOMP_RET_USER_NOTIF for a listener that is not there: ENOSYS
        ("0x7FF00000", 0, b"2\n"),  # SECCOMP_RET_TRACE, which counts for less than being seen
        ("0x7FFC0000", 0, b"2\n"),  # SECCOMP_RET_LOG, too
        ("0x7FC00000", kernel.SECCOMP_FILTER_FLAG_NEW_LISTENER, b"16 2\n"),  # a listener of its own: EBUSY
    ],
)
def test_an_agent_s_own_filters_hide_nothing_that_is_executed(action: str, flags: int, says: bytes) -> None:
    with asking(filter_of(action, flags)) as it:
        seen = [it.heard().argv]
        while seen[-1] != (b"seen",):
            seen.append(it.heard().argv)
        assert it.said() == says
    assert seen[:-1] == ([(b"a",), (b"last",)] if b"2" in says else [])


def test_a_keeper_that_cannot_observe_says_so_and_keeps_on_keeping() -> None:
    limits = cgroups.Limits(1 << 28, 1.0, 64, None)
    kept = keeper.start(cgroups.prepare(f"ses_{os.urandom(6).hex()}", limits, optional=True))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    read_end, write_end = os.pipe()
    os.write(write_end, b"not a listener")
    try:
        kept.observe(read_end, theirs)
        assert select.select([kept], [], [], 20)[0]
    finally:
        for each in (ours, theirs):
            each.close()
        for fd in (read_end, write_end):
            os.close(fd)
        kept.dismiss()
