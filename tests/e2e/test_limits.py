"""The limits hold, the host does not notice, and the report says which limit it was."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


def test_a_memory_hog_is_killed_and_the_report_says_memory(akios: Akios) -> None:
    akios.policy(resources={"memory": "128Mi"})
    run = akios.python(
        """
        hog = []
        while True:
            hog.append(bytearray(16 << 20))
        """
    )
    assert run.status == 137, run
    assert run.report["exit"]["limits"] == ["memory"]
    assert run.report["resources"]["memory_peak_bytes"] <= 129 << 20
    assert "memory" in run.stderr


def test_a_fork_bomb_stays_in_its_jail_and_the_report_says_pids(akios: Akios) -> None:
    akios.policy(resources={"pids": 32})
    run = akios.python(
        """
        import os, sys, time
        made = 0
        try:
            while True:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                made += 1
        except BlockingIOError:
            print(made)
        """
    )
    assert run.status == 0, run
    assert 20 <= int(run.stdout) <= 32
    assert run.report["exit"]["limits"] == ["pids"]


def test_a_fork_bomb_that_never_stops_ends_by_the_clock(akios: Akios) -> None:
    akios.policy(resources={"pids": 32, "wall_time": "2s"})
    run = akios.run("--", "/bin/bash", "-c", ":(){ :|:& };:; while :; do :; done 2>/dev/null", timeout=30)
    assert run.status == 120, run
    assert set(run.report["exit"]["limits"]) == {"pids", "wall_time"}


def test_a_busy_loop_is_slowed_to_its_share_and_ended_by_the_clock(akios: Akios) -> None:
    akios.policy(resources={"cpus": 0.25, "wall_time": "2s"})
    run = akios.shell("while :; do :; done")
    assert run.status == 120, run
    assert run.report["exit"]["limits"] == ["wall_time"]
    assert run.report["resources"]["wall_s"] == pytest.approx(2, abs=1)
    assert run.report["resources"]["cpu_s"] < 1.2
    assert "wall" in run.stderr


def test_the_clock_ends_an_agent_that_ignores_every_polite_signal(akios: Akios) -> None:
    akios.policy(resources={"wall_time": "1s"})
    run = akios.shell("trap '' TERM INT HUP QUIT; while :; do sleep 1; done", timeout=30)
    assert run.status == 120, run


def test_a_full_tmp_is_full_for_the_agent_alone(akios: Akios) -> None:
    akios.policy(resources={"tmp": "8Mi"})
    run = akios.python(
        """
        import errno, json
        said = []
        for folder in ("/tmp", "/dev/shm"):
            written = 0
            try:
                with open(f"{folder}/full", "wb", buffering=0) as file:
                    while written < 64 << 20:
                        written += file.write(bytes(1 << 20))
            except OSError as error:
                said.append([errno.errorcode[error.errno], written])
        print(json.dumps(said))
        """
    )
    assert [error for error, _ in run.said] == ["ENOSPC", "ENOSPC"], run
    assert all(6 << 20 <= written <= 8 << 20 for _, written in run.said)


def test_open_files_and_file_sizes_are_bounded(akios: Akios) -> None:
    akios.policy(resources={"open_files": 64, "file_size": "1Mi"})
    run = akios.python(
        """
        import errno, json, os, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        opened = []
        try:
            while len(opened) < 1000:
                opened.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            files = [errno.errorcode[error.errno], len(opened)]
        os.close(opened.pop())
        try:
            with open("/tmp/large", "wb", buffering=0) as file:
                while file.write(bytes(1 << 18)):
                    pass
        except OSError as error:
            size = errno.errorcode[error.errno]
        print(json.dumps([files, size]))
        """
    )
    [[error, opened], size] = run.said
    assert error == "EMFILE"
    assert opened <= 64
    assert size == "EFBIG"


def test_room_on_a_disk_is_taken_by_writing_alone(akios: Akios) -> None:
    """The C library does that where a file system cannot reserve; to make a hole takes nothing."""
    akios.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    run = akios.python(
        """
        import ctypes, errno, os
        libc, at = ctypes.CDLL(None, use_errno=True), ctypes.c_long
        for folder in (".", "/tmp"):
            file = os.open(f"{folder}/file", os.O_RDWR | os.O_CREAT)
            os.posix_fallocate(file, 0, 1 << 20)
            taken = os.fstat(file).st_blocks * 512
            for mode in (3, 0, 1, 0x10):
                print(libc.fallocate(file, mode, at(0), at(1 << 20)) and errno.errorcode[ctypes.get_errno()], end=" ")
            print(taken >= 1 << 20, os.fstat(file).st_blocks * 512 < 1 << 20)
        """
    )
    assert run.stdout.decode().splitlines() == ["0 ENOTSUP ENOTSUP ENOTSUP True True"] * 2, run
