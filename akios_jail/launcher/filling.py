"""Compiled triggers for the sessions to come, made by a process of their own beside the first that lacks them.

Not by the broker: it reads hostile bytes, and what it wrote other brokers would run. Not by the launcher: it would
stand still for seconds. The process may outlive the session by these seconds. So it holds nothing of it: no descriptor,
no terminal, no cgroup or namespace; it gives way to everything else, and ends itself if it takes too long.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import sys
from typing import Final, NoReturn

from akios_jail import kernel, messages
from akios_jail.jail import rlimits
from akios_jail.policy.plans import Pii, dump

#: All kinds take four seconds of a processor.
CPU_S: Final = 60
#: On a busy machine they take longer.
WALL_S: Final = 300
_NICE: Final = 10


def start(folder: str, pii: Pii) -> None:
    """Have the triggers of this policy compiled and kept in `folder`. Nothing happens where that cannot be."""
    with contextlib.suppress(OSError):
        plan = messages.blob("pii", json.dumps(dump(pii)).encode())
        try:
            child = os.fork()
            if child == 0:
                _leave(folder, plan)
            os.waitpid(child, 0)  # its child has another parent by then, and nobody here need wait for that
        finally:
            os.close(plan)


def _leave(folder: str, plan: int) -> NoReturn:
    """In the new process: let go of the session and become the program that compiles."""
    try:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        os.chdir("/")
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        os.lseek(plan, 0, os.SEEK_SET)
        null = os.open("/dev/null", os.O_RDWR)
        aside = [fcntl.fcntl(fd, fcntl.F_DUPFD, 3) for fd in (plan, null, null)]
        for target, source in enumerate(aside):
            os.dup2(source, target)
        kernel.close_range(3)
        os.nice(_NICE)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        most = CPU_S if hard == resource.RLIM_INFINITY else min(CPU_S, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        rlimits.no_core()
        signal.alarm(WALL_S)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        environment = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        os.execve(sys.executable, [sys.executable, "-I", "-m", "akios_jail.pii.fill", folder], environment)  # noqa: S606
    finally:
        os._exit(1)
