"""Runs Python code inside a broker that serves: how a test gets where an attacker would be, behind every wall.

No seam of the product's: root on the host stops the process with ptrace(2) while it waits for events, has it call
`PyRun_SimpleString` as if its own loop did, and lets it go on from where it was. Only for x86-64 and for an interpreter
that is the same file as the test's own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import time
from pathlib import Path
from typing import Final

PTRACE_CONT: Final = 7
PTRACE_GETREGS: Final = 12
PTRACE_SETREGS: Final = 13
PTRACE_DETACH: Final = 17
PTRACE_SEIZE: Final = 0x4206
PTRACE_INTERRUPT: Final = 0x4207
_WALL: Final = 0x40000000

#: struct user_regs_struct of x86-64, in its order.
_ORDER: Final = """
    r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs
"""
_REGISTERS: Final = tuple(_ORDER.split())
_WAITING: Final = ("232", "281", "441")  # epoll_wait, epoll_pwait, epoll_pwait2
_RED_ZONE: Final = 256
_PATIENCE_S: Final = 30.0

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long


def run_inside(pid: int, source: str) -> None:
    """Have the main thread of process `pid` run this source. `TimeoutError` if it never comes to wait for events."""
    code = source.encode() + b"\0"
    deadline = time.monotonic() + _PATIENCE_S
    _ptrace(PTRACE_SEIZE, pid)
    try:
        before = _stopped_while_it_waits(pid, deadline)
        called = _Caller(pid, before, deadline)
        place = called("PyMem_RawMalloc", len(code))
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
            memory.seek(place)
            memory.write(code)
        state = called("PyGILState_Ensure")
        called("PyRun_SimpleString", place)
        called("PyGILState_Release", state)
        called("PyMem_RawFree", place)
        _set_registers(pid, before)
    finally:
        _ptrace(PTRACE_DETACH, pid)


def waits(pid: int) -> bool:
    """Whether its main thread waits for events, as one that serves does."""
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] in _WAITING


class _Caller:
    """Calls C functions of the interpreter in the stopped thread."""

    def __init__(self, pid: int, registers: dict[str, int], deadline: float) -> None:
        self._pid = pid
        self._registers = registers
        self._deadline = deadline

    def __call__(self, function: str, *arguments: int) -> int:
        stack = (self._registers["rsp"] - _RED_ZONE) & ~15
        with open(f"/proc/{self._pid}/mem", "r+b", buffering=0) as memory:
            memory.seek(stack - 8)
            memory.write(bytes(8))  # it returns to address 0, where nothing is
        given = dict(zip(("rdi", "rsi"), arguments, strict=False))
        own = {"rip": _address(self._pid, function), "rsp": stack - 8, "rax": 0, "orig_rax": (1 << 64) - 1}
        _set_registers(self._pid, {**self._registers, **given, **own})
        stopped = 0
        while True:
            _ptrace(PTRACE_CONT, self._pid, stopped)
            stopped = _stop(self._pid, self._deadline)
            after = _get_registers(self._pid)
            if stopped == signal.SIGSEGV and after["rip"] == 0:
                return after["rax"]
            assert stopped != signal.SIGSEGV, f"{function} broke at {after['rip']:x}"


def _stopped_while_it_waits(pid: int, deadline: float) -> dict[str, int]:
    """Stop it in a wait for events, which ends early like one that a signal interrupts: the registers."""
    while time.monotonic() < deadline:
        if waits(pid):
            _ptrace(PTRACE_INTERRUPT, pid)
            _stop(pid, deadline)
            registers = _get_registers(pid)
            if str(registers["orig_rax"]) in _WAITING and registers["rax"] == (1 << 64) - 4:  # -EINTR
                return registers
            _ptrace(PTRACE_CONT, pid)
        time.sleep(0.02)
    raise TimeoutError(f"process {pid} never waits for events")


def _stop(pid: int, deadline: float) -> int:
    """Wait until it has stopped: by which signal."""
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG | _WALL)
        if found:
            assert os.WIFSTOPPED(status), f"it ended with wait status {status}"
            return os.WSTOPSIG(status)
        time.sleep(0.005)
    raise TimeoutError(f"process {pid} does not stop")


def _address(pid: int, function: str) -> int:
    """Where this function of the interpreter's lies in that process."""
    here = ctypes.cast(getattr(ctypes.pythonapi, function), ctypes.c_void_p).value
    assert here is not None
    for base, end, inode in _mappings(os.getpid()):
        if base <= here < end:
            first = min(start for start, _, same in _mappings(os.getpid()) if same == inode)
            there = [start for start, _, same in _mappings(pid) if same == inode]
            assert there, "it runs another interpreter"
            return min(there) + here - first
    raise AssertionError(f"{function} lies nowhere")


def _mappings(pid: int) -> list[tuple[int, int, str]]:
    """Beginning, end and file (device and inode) of what is mapped in a process."""
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        fields = line.split()
        start, end = (int(each, 16) for each in fields[0].split("-"))
        if fields[4] != "0":
            found.append((start, end, f"{fields[3]} {fields[4]}"))
    return found


def _get_registers(pid: int) -> dict[str, int]:
    data = ctypes.create_string_buffer(8 * len(_REGISTERS))
    _ptrace(PTRACE_GETREGS, pid, data)
    return dict(zip(_REGISTERS, struct.unpack(f"={len(_REGISTERS)}Q", data.raw), strict=True))


def _set_registers(pid: int, registers: dict[str, int]) -> None:
    data = struct.pack(f"={len(_REGISTERS)}Q", *(registers[name] for name in _REGISTERS))
    _ptrace(PTRACE_SETREGS, pid, ctypes.create_string_buffer(data, len(data)))


def _ptrace(request: int, pid: int, data: int | ctypes.Array[ctypes.c_char] = 0) -> None:
    given = ctypes.c_void_p(data) if isinstance(data, int) else data
    if _libc.ptrace(ctypes.c_long(request), ctypes.c_int(pid), ctypes.c_void_p(0), given) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request:#x}: {os.strerror(number)}")
