"""The system call wrappers, against the real kernel."""

from __future__ import annotations

import errno
import os
import signal

import pytest

from akios_jail import kernel
from tests.jail.contained import MOUNTS, contained

pytestmark = pytest.mark.root


def test_clone3_gives_a_process_1_in_its_own_namespaces() -> None:
    ours = os.readlink("/proc/self/ns/uts")
    pid, theirs = contained(lambda: (os.getpid(), os.readlink("/proc/self/ns/uts")))
    assert pid == 1
    assert theirs != ours


def test_clone3_leaves_an_interpreter_that_can_fork_and_catch_signals() -> None:
    def act() -> list[int]:
        caught: list[int] = []
        signal.signal(signal.SIGUSR1, lambda number, _: caught.append(number))
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        status = os.waitpid(pid, 0)[1]
        signal.raise_signal(signal.SIGUSR1)
        return [os.waitstatus_to_exitcode(status), *caught]

    assert contained(act) == [7, signal.SIGUSR1]


def test_a_failing_call_names_itself() -> None:
    with pytest.raises(OSError, match="setns") as caught:
        kernel.setns(10_000)
    assert caught.value.errno == errno.EBADF


def test_signalfd_tells_who_sent_a_signal() -> None:
    def act() -> list[tuple[int, int]]:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})
        fd = kernel.signalfd([signal.SIGUSR1, signal.SIGUSR2])
        nothing = kernel.read_signals(fd)
        os.kill(os.getpid(), signal.SIGUSR2)
        return [(info.number, info.code) for info in nothing + kernel.read_signals(fd)]

    assert contained(act) == [[signal.SIGUSR2, 0]]


def test_dropped_capabilities_are_gone_from_every_set() -> None:
    def act() -> dict[str, str]:
        kernel.drop_bounding_capabilities()
        kernel.clear_capabilities()
        with open("/proc/self/status") as file:
            return {line.split(":")[0]: line.split(":")[1].strip() for line in file if line.startswith("Cap")}

    sets = contained(act)
    assert set(sets) == {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}
    assert {int(value, 16) for value in sets.values()} == {0}


def test_a_walk_beneath_a_folder_follows_no_link(tmp_path: object) -> None:
    folder = str(tmp_path)
    os.mkdir(f"{folder}/real")
    os.symlink("/etc", f"{folder}/link")
    root = os.open(folder, os.O_PATH)
    try:
        os.close(kernel.open_beneath(root, "real"))
        with pytest.raises(OSError, match="openat2") as caught:
            kernel.open_beneath(root, "link/passwd")
        assert caught.value.errno == errno.ELOOP
    finally:
        os.close(root)


def test_a_program_that_is_no_filter_is_refused_before_the_kernel_sees_it() -> None:
    with pytest.raises(ValueError, match="not a seccomp program"):
        kernel.seccomp_load(b"1234567")


def test_a_file_system_option_that_the_kernel_refuses_is_named() -> None:
    def act() -> str:
        try:
            kernel.fs_mount("tmpfs", {"size": "not-a-size"})
        except OSError as error:
            return str(error)
        return "accepted"

    assert "tmpfs size=not-a-size" in contained(act, MOUNTS)
