"""Classic BPF as seccomp runs it, in Python: what a compiled filter answers to one call, without making the call.

After the kernel's Documentation/networking/filter.rst and seccomp(2); only the instructions that filters use.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

X86_64 = 0xC000003E
I386 = 0x40000003
AARCH64 = 0xC00000B7

KILL_PROCESS = 0x80000000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000


def answer(program: bytes, number: int, arguments: Sequence[int] = (), arch: int = X86_64) -> int:
    """The SECCOMP_RET_* word for a call. Arguments are taken as the kernel sees them: 64-bit registers."""
    padded = [argument & 0xFFFFFFFFFFFFFFFF for argument in arguments] + [0] * (6 - len(arguments))
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, arch, 0x7F0000000000, *padded)
    instructions = list(struct.iter_unpack("=HBBI", program))
    accumulator = index = 0
    memory = [0] * 16
    x = 0
    while True:
        code, jump_true, jump_false, k = instructions[index]
        index += 1
        match code:
            case 0x20:  # load a word of seccomp_data
                (accumulator,) = struct.unpack_from("=I", data, k)
            case 0x00:
                accumulator = k
            case 0x02:
                memory[k] = accumulator
            case 0x60:
                accumulator = memory[k]
            case 0x61:
                x = memory[k]
            case 0x07:
                x = accumulator
            case 0x87:
                accumulator = x
            case 0x54:
                accumulator &= k
            case 0x05:
                index += k
            case 0x15:
                index += jump_true if accumulator == k else jump_false
            case 0x25:
                index += jump_true if accumulator > k else jump_false
            case 0x35:
                index += jump_true if accumulator >= k else jump_false
            case 0x45:
                index += jump_true if accumulator & k else jump_false
            case 0x06:
                return k
            case _:
                raise AssertionError(f"instruction {code:#x} is not in the simulator")
