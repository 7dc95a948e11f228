"""Per-process limits (setrlimit(2)) that cgroups do not know: descriptors, file size, core dumps."""

from __future__ import annotations

import contextlib
import os
import re
import resource

#: With 0 the kernel still hands the core to a program named in core_pattern, which runs as the host's root on what the
#: agent's memory holds; 1 is the value that stops that too (core(5), fs/coredump.c).
_NO_CORE = 1
#: The longest file that a broker may write. Its own bounds are lower: a trace or a recording has a gigabyte or two.
BROKER_FILE_BYTES = 16 * 1024 * 1024 * 1024
#: Threads of a broker: it has some ten, and models that look for names one for each processor.
BROKER_THREADS = 1024


def raise_open_files() -> None:
    """As many descriptors as may be had; no more than before on a machine whose fs.nr_open has been lowered since."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def apply(open_files: int, file_size_bytes: int, processes: int | None = None) -> None:
    """Set soft and hard limits alike, never above the hard limit that the caller already has; no core dumps.

    `processes`: of the caller's user namespace, where they are counted like that.
    """
    _set(resource.RLIMIT_NOFILE, open_files)
    _set(resource.RLIMIT_FSIZE, file_size_bytes)
    if processes is not None and processes_are_counted_apart():
        _set(resource.RLIMIT_NPROC, processes)
    no_core()


def processes_are_counted_apart() -> bool:
    """Whether the kernel counts the processes of a user in each user namespace by itself: since Linux 5.14."""
    major, _, rest = os.uname().release.partition(".")
    return (int(major), int(re.split(r"\D", rest, maxsplit=1)[0])) >= (5, 14)


def broker() -> None:
    """The limits of a broker. Descriptors are its own matter: every connection of the agent needs up to three.

    Threads are counted by user, and a broker has a number of its own: this holds where there is no cgroup, too.
    """
    _set(resource.RLIMIT_FSIZE, BROKER_FILE_BYTES)
    _set(resource.RLIMIT_NPROC, BROKER_THREADS)
    no_core()  # of a memory with keys and personal data in it


def no_core() -> None:
    """No core dump of this process and what it executes, into whatever hands."""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (_NO_CORE, _NO_CORE))
    except ValueError:  # sudo lowers the hard limit to 0, and only CAP_SYS_RESOURCE may raise it again
        _set(resource.RLIMIT_CORE, _NO_CORE)


def _set(kind: int, wanted: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (value, value))
