"""Runs a command, sees the system calls by which its processes act on each other and on the machine, and kills one of
them at a given one of those, before the kernel has carried it out.

    python -m tests.faults.tracer LOG ROLE PHASE NUMBER COMMAND...

ROLE is what a process is in a session of `akios run`, PHASE one of PHASES. NUMBER says at which of its calls it is
killed, counted from its first in that phase, -1 for never. LOG gets what was seen, as JSON (`Trace`). Every descendant
is followed (ptrace(2)), by a filter of system calls that stops only at those in CALLS, so that the session runs at
nearly its own speed. Ends when the last of them has.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import struct
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from akios_jail import kernel
from tests.jail.filtered import number

#: The parts of a session; what each of the later ones begins with.
PHASES = ("start-up", "its run", "its end")
BEGINS = (("agent", "executed"), ("agent", "exit_group"))
#: What a process does to files, to other processes and to its own privileges, and what it says to others.
CALLS = (
    *("sendmsg", "recvmsg", "sendto", "connect", "listen", "socket"),
    *("fsync", "fdatasync", "ftruncate", "write", "pwrite64", "renameat2", "unlinkat", "linkat", "flock"),
    *("clone", "clone3", "execve", "exit_group", "pidfd_open", "pidfd_send_signal", "wait4"),
    *("unshare", "mount", "pivot_root", "umount2", "sethostname", "setsid", "setresuid", "setgroups"),
    *("seccomp", "landlock_restrict_self", "mkdir", "rmdir", "rename", "unlink"),
)
#: Not on every machine: arm64 has the last line's only with a folder's descriptor.
_OLD = frozenset(("mkdir", "rmdir", "rename", "unlink"))
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000
_SEIZE, _CONT, _EVENT_MESSAGE, _LISTEN, _CALL_INFO = 0x4206, 7, 0x4201, 0x4208, 0x420E
#: PTRACE_O_*: TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL.
_OPTIONS = 2 | 4 | 8 | 16 | 128 | 1 << 20
_BORN, _EXECUTED, _SECCOMP, _STOP = (1, 2, 3), 4, 7, 128
_WALL, _CHILD_SUBREAPER = 0x40000000, 36
_libc = ctypes.CDLL(None, use_errno=True)
_SESSION = re.compile(r"ses_[0-9a-f]{12}")


class Trace(NamedTuple):
    """What was seen. `status`: the command's, minus the signal's number if one ended it. `acts`: role and call of each,
    in their order. `killed`: the place of the last of the victim's, None if it never came so far. `gone_s`: from then
    until everybody had ended. `sessions`: of which a process was in a cgroup.
    """

    status: int
    acts: list[tuple[str, str]]
    killed: int | None
    gone_s: float
    sessions: list[str]


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    result: int = _libc.ptrace(
        ctypes.c_long(request), ctypes.c_long(pid), ctypes.c_void_p(address), ctypes.c_void_p(data)
    )
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _filter() -> bytes:
    """A program that stops at CALLS, telling which, and allows everything."""
    known = [call for call in CALLS if call not in _OLD or os.uname().machine == "x86_64"]
    steps = [struct.pack("=HBBI", 0x20, 0, 0, 0)]  # load the call's number
    for call in known:
        steps.append(struct.pack("=HBBI", 0x15, 0, 1, number(call)))  # if it is not this one, skip one
        steps.append(struct.pack("=HBBI", 0x06, 0, 0, _TRACE | CALLS.index(call)))
    return b"".join([*steps, struct.pack("=HBBI", 0x06, 0, 0, _ALLOW)])


def _namespace(pid: int, kind: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{kind}")


class Tracer:
    """Everything that is followed. `role`, `phase`, `at`: whom to kill, when, and at which of its calls then."""

    def __init__(self, role: str, phase: str, at: int) -> None:
        self._role = role
        self._during = PHASES.index(phase)
        self._at = at
        self._phase = 0
        self._roles: dict[int, str] = {}
        self._early: set[int] = set()  # stopped at their beginning, before their parent's word of them came
        self._births: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._acts: list[tuple[str, str]] = []
        self._killed: int | None = None
        self._killed_at = 0.0
        self._sessions: set[str] = set()

    def run(self, command: list[str]) -> Trace:
        """Run it until it and all its descendants have ended."""
        _libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
        program = _filter()
        first = os.fork()
        if first == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            kernel.seccomp_load(program)
            os.execv(command[0], command)
        os.waitpid(first, os.WUNTRACED)
        _ptrace(_SEIZE, first, 0, _OPTIONS)
        self._roles[first] = "launcher"
        os.kill(first, signal.SIGCONT)
        status = 0
        while True:
            try:
                pid, came = os.waitpid(-1, _WALL)
            except ChildProcessError:
                break
            if not os.WIFSTOPPED(came):
                if pid == first:
                    status = os.waitstatus_to_exitcode(came)
                continue
            try:
                self._stopped(pid, came)
            except (ProcessLookupError, FileNotFoundError):  # killed meanwhile: this one, or whom it was about
                with contextlib.suppress(ProcessLookupError):
                    _ptrace(_CONT, pid)
        gone_s = time.monotonic() - self._killed_at if self._killed is not None else 0.0
        return Trace(status, self._acts, self._killed, gone_s, sorted(self._sessions))

    def _stopped(self, pid: int, came: int) -> None:
        event, number = came >> 16, os.WSTOPSIG(came)
        if event in _BORN:
            self._born(pid)
        elif event == _EXECUTED:
            self._executed(pid)
        elif event == _SECCOMP:
            self._acted(pid)
        elif event == _STOP and number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            _ptrace(_LISTEN, pid)
            return
        elif event == _STOP and pid not in self._roles:
            self._early.add(pid)
            return
        _ptrace(_CONT, pid, 0, 0 if event else number)

    def _born(self, parent: int) -> None:
        message = ctypes.c_ulong()
        _ptrace(_EVENT_MESSAGE, parent, 0, ctypes.addressof(message))
        child = message.value
        self._roles[child] = self._named(parent, child)
        if child in self._early:
            self._early.remove(child)
            _ptrace(_CONT, child)

    def _named(self, parent: int, child: int) -> str:
        """What a new process is, by who its parent is and which of its children it is."""
        role = self._roles.get(parent, "?")
        if role == "launcher":
            own = [kind for kind in ("pid", "user") if _namespace(child, kind) != _namespace(parent, kind)]
            order = {"pid": ("broker", "process 1"), "user": ("holder of a namespace",), "": ("keeper", "sequencer")}
            kind = "".join(own)
            self._births[kind] += 1
            names = order.get(kind, ())
            return (
                names[self._births[kind] - 1] if self._births[kind] <= len(names) else f"child of the launcher {kind}"
            )
        return "child of process 1" if role == "process 1" else role

    def _executed(self, pid: int) -> None:
        if self._roles[pid] == "child of process 1":
            name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            self._roles[pid] = "nft" if name == "nft" else "agent"
            self._note(self._roles[pid], "executed")

    def _acted(self, pid: int) -> None:
        info = ctypes.create_string_buffer(88)
        _ptrace(_CALL_INFO, pid, len(info), ctypes.addressof(info))
        call = CALLS[struct.unpack_from("=I", info, 80)[0]]  # struct ptrace_syscall_info: seccomp.ret_data
        role = self._roles.get(pid, "?")
        if role in ("broker", "process 1"):
            self._sessions |= set(_SESSION.findall(Path(f"/proc/{pid}/cgroup").read_text()))
        self._note(role, call)
        if role == self._role and self._phase == self._during and self._counts[role] == self._at:
            self._killed, self._killed_at, self._at = len(self._acts) - 1, time.monotonic(), -1
            os.kill(pid, signal.SIGKILL)
        self._counts[role] += 1

    def _note(self, role: str, call: str) -> None:
        self._acts.append((role, call))
        if (role, call) in BEGINS[self._phase :]:
            self._phase = BEGINS.index((role, call)) + 1
            self._counts.clear()


def main() -> None:
    log, role, phase, at, *command = sys.argv[1:]
    trace = Tracer(role, phase, int(at)).run(command)
    Path(log).write_text(json.dumps(trace._asdict()))
    sys.exit(trace.status if trace.status >= 0 else 128 - trace.status)


if __name__ == "__main__":
    main()
