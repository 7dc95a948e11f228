"""System calls made for real in a throw-away process, with a filter loaded or without.

The process has namespaces of its own, so that a call that gets through does no harm to the machine.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import pyseccomp

from akios_jail import kernel
from akios_jail.jail import seccomp

PROFILES = Path(__file__).parents[2] / "profiles"
_NEWER = {"cachestat": 451, "statmount": 457, "listmount": 458, "listns": 470, "open_tree_attr": 467}


def program(name: str, cache: Path) -> bytes:
    """The BPF of a shipped profile."""
    return seccomp.program(seccomp.find_profile(name), str(cache))


def number(name: str) -> int:
    """The call's number on this machine."""
    found: int = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    return found if found >= 0 else _NEWER[name]


def in_child(body: Callable[[], bytes]) -> bytes:
    """What `body` returns, run in a forked process with namespaces of its own. Its failure is the test's failure."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        status = 1
        try:
            flags = (kernel.CLONE_NEWNS, kernel.CLONE_NEWUTS, kernel.CLONE_NEWIPC, kernel.CLONE_NEWNET)
            os.setsid()
            kernel.unshare(sum(flags))
            kernel.make_private("/")
            os.write(write_end, body())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write_end)
    answer = b""
    while chunk := os.read(read_end, 65536):
        answer += chunk
    os.close(read_end)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"the child ended with {os.waitstatus_to_exitcode(status)}"
    return answer


def status_of_child(body: Callable[[], object]) -> int:
    """The exit code of a forked process that runs `body`, minus the signal's number if one killed it."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGSYS, signal.SIG_DFL)
        try:
            body()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def load(bpf: bytes) -> None:
    """Put the filter on this process, and nothing else."""
    kernel.no_new_privileges()
    kernel.seccomp_load(bpf)


def call(call_number: int, arguments: Sequence[int]) -> int:
    """Make a system call: 0 for success, else the errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    ctypes.set_errno(0)
    words = [ctypes.c_ulong(argument & 0xFFFFFFFFFFFFFFFF) for argument in arguments]
    return 0 if libc.syscall(ctypes.c_long(call_number), *words) >= 0 else ctypes.get_errno()


def machine_code(code: bytes) -> Callable[[], int]:
    """A function made of x86 instructions, for entries into the kernel that the C library does not offer."""
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    function = ctypes.CFUNCTYPE(ctypes.c_long)(address)
    function.memory = memory  # type: ignore[attr-defined]  # kept mapped as long as the function is
    return function
