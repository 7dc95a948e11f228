"""Other namespaces and other mounts. Defence: the system call filter, and behind it an agent without a capability.

What could be mounted or joined would be a way around every other wall, so the whole of it is refused by the filter;
what lies in memory where a filter cannot look (clone3) is not there at all.
"""

from __future__ import annotations

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared

pytestmark = pytest.mark.root

#: The program, in probes/, that tries it.
PROBE = "namespaces"

FAMILY = Family(
    "Namespaces and mounts",
    "system call filter",
    ROOT_ELSEWHERE,
    (
        Attack("a user namespace of its own", absent=("ENOSPC", "EPERM")),
        Attack("a mount namespace of its own"),
        Attack("a process namespace of its own"),
        Attack("a network namespace of its own"),
        Attack("an IPC namespace of its own"),
        Attack("a host name of its own"),
        Attack("a cgroup namespace of its own"),
        Attack("clocks of its own", absent=("EINVAL",)),
        Attack("a child in a user namespace", absent=("ENOSPC", "EPERM")),
        Attack("a child in a network namespace, the flag beside high bits"),
        Attack("a child in a user namespace by clone3, whose flags lie in memory", ("ENOSYS",), absent=("EPERM",)),
        Attack("joining a namespace by its file"),
        Attack("joining process 1's namespace", ("ENOENT",), defence="process 1 is not listed (hidepid)"),
        Attack("mounting a tmpfs"),
        Attack("mounting / elsewhere"),
        Attack("mounting another /proc"),
        Attack("mounting the cgroups", absent=("EBUSY", "ENODEV")),
        Attack("making /proc writable by mounting it again"),
        Attack("unmounting /proc with what hides parts of it"),
        Attack("another root by pivot_root"),
        Attack("another root by chroot"),
        Attack("a new file system (fsopen)"),
        Attack("a copy of the tree (open_tree), mounted"),
        Attack("moving a mount"),
        Attack("making a mount writable (mount_setattr)"),
        Attack("reconfiguring a file system (fspick)"),
    ),
)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(
    attack: Attack, inside: Outcomes, without: Outcomes, elsewhere: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property, without)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)
