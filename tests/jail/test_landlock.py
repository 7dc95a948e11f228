"""Landlock: the rights are tables; the wall is tried on the real kernel, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from akios_jail import kernel
from akios_jail.jail import landlock
from akios_jail.jail.landlock import PathAccess
from tests.jail.contained import MOUNTS, contained

pytestmark = pytest.mark.root

MAKE_CHAR, MAKE_BLOCK, IOCTL_DEV = 1 << 6, 1 << 11, 1 << 15


@pytest.mark.parametrize(
    ("abi", "highest"),
    [(1, 1 << 12), (2, 1 << 13), (3, 1 << 14), (4, 1 << 14), (5, 1 << 15), (7, 1 << 15)],
)
def test_no_right_is_named_that_the_kernel_s_abi_does_not_know(abi: int, highest: int) -> None:
    assert landlock.handled(abi) == 2 * highest - 1
    for access in ("read", "write", "device"):
        for directory in (True, False):
            assert landlock.rights(access, abi, directory=directory) & ~landlock.handled(abi) == 0


def test_write_never_includes_making_or_driving_devices() -> None:
    assert landlock.rights("write", 7, directory=True) & (MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV) == 0


def test_read_includes_no_right_that_changes_anything() -> None:
    assert landlock.rights("read", 7, directory=True) == 0b1101


def test_an_unknown_access_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown access"):
        landlock.rights("all", 7, directory=True)


def tried(act: Any) -> str:
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"


def test_files_outside_are_closed_and_rights_inside_are_exact(tmp_path: Path) -> None:
    for name in ("ro", "rw", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)

    def act() -> list[str]:
        kernel.no_new_privileges()
        landlock.restrict((PathAccess(f"{tmp_path}/ro", "read"), PathAccess(f"{tmp_path}/rw", "write")))
        return [
            tried(lambda: (tmp_path / "ro" / "file").read_text()),
            tried(lambda: (tmp_path / "ro" / "file").write_text("x")),
            tried(lambda: (tmp_path / "rw" / "new").write_text("x")),
            tried(lambda: os.rename(tmp_path / "rw" / "new", tmp_path / "rw" / "newer")),
            tried(lambda: os.mknod(tmp_path / "rw" / "null", 0o20666, os.makedev(1, 3))),
            tried(lambda: (tmp_path / "hidden" / "file").read_text()),
            tried(lambda: os.listdir("/etc")),
        ]

    assert contained(act, MOUNTS) == [
        "done",
        "PermissionError",
        "done",
        "done",
        "PermissionError",
        "PermissionError",
        "PermissionError",
    ]


def test_signals_and_abstract_sockets_stay_inside_where_the_kernel_s_landlock_knows_them() -> None:
    """Since ABI 6 (Linux 6.12). Before, it says nothing of them, and namespaces alone hold them: the next test."""

    def act() -> list[str]:
        outside = socket.socket(socket.AF_UNIX)
        outside.bind("\0akios-test-outside")
        outside.listen()
        read_end, write_end = os.pipe()
        target = os.fork()
        if target == 0:
            signal.pause()
        confined = os.fork()
        if confined == 0:
            kernel.no_new_privileges()
            landlock.restrict((PathAccess("/", "read"),))
            results = [
                tried(lambda: os.kill(target, signal.SIGTERM)),
                tried(lambda: socket.socket(socket.AF_UNIX).connect("\0akios-test-outside")),
            ]
            os.write(write_end, "\n".join(results).encode())
            os._exit(0)
        os.waitpid(confined, 0)
        os.kill(target, signal.SIGKILL)
        os.waitpid(target, 0)
        return os.read(read_end, 100).decode().split("\n")

    expected = "PermissionError" if kernel.landlock_abi() >= 6 else "done"
    assert contained(act, MOUNTS | kernel.CLONE_NEWNET) == [expected, expected]


def test_signals_and_abstract_sockets_stay_inside_by_namespaces_alone() -> None:
    """The jail's first wall for both, on every kernel: here without Landlock."""

    def act() -> list[str]:
        return [
            tried(lambda: os.kill(target.pid, signal.SIGTERM)),
            tried(lambda: socket.socket(socket.AF_UNIX).connect(name)),
        ]

    name = f"\0akios-test-{os.urandom(8).hex()}"
    with socket.socket(socket.AF_UNIX) as outside, subprocess.Popen(["/bin/sleep", "60"]) as target:
        outside.bind(name)
        outside.listen()
        try:
            assert contained(act, MOUNTS | kernel.CLONE_NEWNET) == ["ProcessLookupError", "ConnectionRefusedError"]
            assert contained(act, kernel.CLONE_NEWUTS)[1] == "done"
        finally:
            target.kill()
