"""User namespaces in the place of root: maps on the real kernel, and what is said where there are none."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from akios_jail import kernel
from akios_jail.jail import identity, rootless
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import Identity
from tests.jail.contained import MOUNTS, contained

WHO = Identity(0, 0, "agent", "/home/agent", rootless=True)


@pytest.mark.root
def test_both_namespaces_are_the_caller_s_and_no_capability_is_left_in_either() -> None:
    def act() -> list[Any]:
        rootless.become_root(WHO)
        kernel.make_private("/")
        mounted = kernel.fs_mount("tmpfs", {})  # which takes a capability
        os.close(mounted)
        rootless.enter_as(WHO)
        identity.become(WHO)
        with open("/proc/self/status") as file:
            status = dict(line.split(":", 1) for line in file)
        try:
            kernel.fs_mount("tmpfs", {})
        except PermissionError:
            status["mount"] = "refused"
        with open("/proc/self/uid_map") as file:
            maps = file.read().split()
        return [status["mount"], int(status["CapEff"], 16) | int(status["CapBnd"], 16), maps]

    assert contained(act, MOUNTS | kernel.CLONE_NEWUSER) == ["refused", 0, ["0", "0", "1"]]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.ENOSYS])
def test_what_is_not_permitted_is_told_with_what_stands_in_the_way(number: int) -> None:
    found = rootless.explained(JailError("mount it", str(OSError(number, os.strerror(number)))))
    assert (found.step, found.cause) == ("mount it", os.strerror(number))
    assert "sudo" in found.remedy


@pytest.mark.parametrize(
    "error",
    [JailError("mount it", os.strerror(errno.ENOSPC)), JailError("mount it", os.strerror(errno.EPERM), "Do so.")],
)
def test_any_other_failure_stays_as_it_is(error: JailError) -> None:
    assert rootless.explained(error) is error
