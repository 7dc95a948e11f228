"""System calls that reach other processes, the kernel, the machine, or more privilege. Defence: the system call filter.

Behind it stand an agent without a capability, limits that only go down, and process limits set before it started: they
are named where they are the first to refuse.
"""

from __future__ import annotations

import os

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared

pytestmark = pytest.mark.root

#: The program, in probes/, that tries it.
PROBE = "system_calls"

NO_CAPABILITY = "an agent without a capability, whose only user is itself"
OWN_USER = ("EPERM", "EINVAL")  # EINVAL: there is no such user in the agent's namespace
KILLED = ("killed by SIGSYS",)

FAMILY = Family(
    "System calls",
    "system call filter",
    ROOT_ELSEWHERE,
    (
        Attack("having oneself traced"),
        Attack("ptrace of a child"),
        Attack("ptrace of a child without stopping it"),
        Attack("reading a child's memory"),
        Attack("writing a child's memory"),
        Attack("taking a descriptor of a child"),
        Attack("comparing two processes"),
        Attack("advising on another's memory"),
        Attack("keeping a key in the kernel"),
        Attack("joining a key ring"),
        Attack("asking for a key", shown=("ENOKEY",)),
        Attack("io_uring, whose operations a filter does not see", ("ENOSYS",), absent=("ENOSYS", "EPERM")),
        Attack("contexts of old asynchronous input and output", ("ENOSYS",)),
        Attack("a BPF map"),
        Attack("a BPF program"),
        Attack("userfaultfd"),
        Attack("performance counters", absent=("ENOSYS", "ENOENT")),
        Attack("watching a whole mount (fanotify)"),
        Attack("memory that the kernel itself cannot read"),
        Attack("the kernel's log"),
        Attack("a file's handle", absent=("EOPNOTSUPP",)),
        Attack("a file by its handle, past every root", absent=("EOPNOTSUPP",)),
        Attack("another kernel (kexec)", shown=("EINVAL",)),
        Attack("a kernel module", shown=("EFAULT",)),
        Attack("a kernel module from a file", shown=("EBADF",)),
        Attack("removing a kernel module", shown=("ENOENT",)),
        Attack("restarting the machine", shown=("EINVAL",)),
        Attack("swapping to a file", shown=("ENOENT",)),
        Attack("process accounting", shown=("ENOENT",)),
        Attack("changing the host name"),
        Attack("setting the clock"),
        Attack("adjusting the clock"),
        Attack("placing memory on nodes"),
        Attack("addresses that are not random"),
        Attack("all memory executable"),
        Attack("making a character device's file"),
        Attack("making a disk's file, the mode beside high bits"),
        Attack("a set-user-id file"),
        Attack("a set-group-id file"),
        Attack("room on the disk, without writing it", ("EOPNOTSUPP",)),
        Attack("room on the disk, as zeros", ("EOPNOTSUPP",)),
        Attack("room on the disk, by ioctl", ("EOPNOTSUPP",)),
        Attack("room on the disk, by a file's extent size", absent=("ENOTTY", "EOPNOTSUPP")),
        Attack("becoming root", OWN_USER, defence=NO_CAPABILITY),
        Attack("becoming root's group", OWN_USER, defence=NO_CAPABILITY),
        Attack("further groups", OWN_USER, defence=NO_CAPABILITY),
        Attack("the capability to administer", defence=NO_CAPABILITY),
        Attack("real-time priority", defence=NO_CAPABILITY),
        Attack("a higher priority", ("EACCES",), defence=NO_CAPABILITY),
        Attack("a higher limit", absent=("EPERM",), defence=NO_CAPABILITY),
        Attack("core dumps into the host's program for them"),
        Attack("a filter that allows, over the one that refuses", defence="filters add up: the strictest answer holds"),
        Attack("a listener that answers for the filter", ("EBUSY",), defence="the observer's own listener"),
        *(
            (
                Attack("all input and output ports"),
                Attack("one input and output port"),
                Attack("segment descriptors"),
                Attack("system calls of i386 (int 0x80)", KILLED, absent=("killed by SIGSEGV",)),
                Attack("system calls of x32", KILLED),
            )
            if os.uname().machine == "x86_64"
            else ()
        ),
    ),
)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(
    attack: Attack, inside: Outcomes, without: Outcomes, elsewhere: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property, without)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)
