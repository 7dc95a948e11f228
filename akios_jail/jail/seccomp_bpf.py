"""Conditions on arguments as BPF: the part of a filter that libseccomp is not asked for.

libseccomp merges all rules of one call into a decision tree, and the merge goes wrong in two ways: a general rule
silently swallows a conditional one ("allow ioctl" would cancel "refuse ioctl TIOCSTI"), and trees of comparisons that
share an argument can lose a branch (seen with 2.5.4: `a0 < 0` beside `a0 < 2**32 and a1 != 0`). So a call that has a
condition in any rule gets a straight block here: its rules one after the other, the most restrictive first, and the
first that matches answers. That is also what filters stacked in the kernel would do. See seccomp(2) for the data layout
and the kernel's Documentation/networking/filter.rst for the instructions.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from akios_jail.jail.seccomp_profile import RET_ERRNO, Comparison, Rule, restrictiveness

#: AUDIT_ARCH_* (linux/audit.h): what the kernel puts into seccomp_data.arch. Both are little-endian.
AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
INSTRUCTION: Final = struct.Struct("=HBBI")  # struct sock_filter, linux/filter.h

_X32_BIT: Final = 0x40000000
_NUMBER_OFFSET: Final = 0  # in struct seccomp_data, linux/seccomp.h
_ARCH_OFFSET: Final = 4
_ARGUMENTS_OFFSET: Final = 16

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP: Final = 0x05  # BPF_JMP | BPF_JA
_IF_EQ: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_GE: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_IF_GT: Final = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

# Where a test of one comparison goes on: the next instruction, the next comparison, the next rule.
_NEXT: Final = 0
_PASS: Final = 1
_FAIL: Final = 2


class _Test(NamedTuple):
    code: int
    k: int
    if_true: int = _NEXT
    if_false: int = _NEXT


def prelude(machine: str, calls: Mapping[int, Sequence[Rule]], default: int, highest: int | None) -> bytes:
    """What runs before libseccomp's filter: it answers the calls in `calls` (by number) and falls through for others.

    `highest`: numbers above it get ENOSYS, as from an older kernel; None: they are left to the filter that follows.
    Foreign ABIs fall through, for the filter that follows kills them.
    """
    checks: list[bytes] = []
    if highest is not None:
        checks += [_pack(_IF_GE, 2, 0, _X32_BIT), _pack(_IF_GT, 0, 1, highest), _return(RET_ERRNO | errno.ENOSYS)]
    for number, rules in sorted(calls.items()):
        block = _block(rules, default)
        checks += [_pack(_IF_EQ, 1, 0, number), _pack(_JUMP, 0, 0, len(block)), *block]
    if not checks:
        return b""
    head = [
        _pack(_LOAD, 0, 0, _ARCH_OFFSET),
        _pack(_IF_EQ, 1, 0, AUDIT_ARCH[machine]),
        _pack(_JUMP, 0, 0, len(checks) + 1),
        _pack(_LOAD, 0, 0, _NUMBER_OFFSET),
    ]
    return b"".join((*head, *checks))


def _block(rules: Sequence[Rule], default: int) -> list[bytes]:
    """All rules of one call, the most restrictive first (equally restrictive ones as in the file), then the default."""
    block: list[bytes] = []
    for rule in sorted(rules, key=lambda rule: restrictiveness(rule.action)):
        block += [*_conditions(rule.comparisons), _return(rule.action)]
        if not rule.comparisons:
            return block
    return [*block, _return(default)]


def _conditions(comparisons: Sequence[Comparison]) -> list[bytes]:
    """Instructions that go on behind their end when all comparisons hold, and one further (past the answer) if not."""
    tests = [_tests(comparison) for comparison in comparisons]
    remaining = sum(map(len, tests))
    instructions: list[bytes] = []
    for group in tests:
        for index, test in enumerate(group):
            remaining -= 1
            distance = {_NEXT: 0, _PASS: len(group) - index - 1, _FAIL: remaining + 1}
            instructions.append(_pack(test.code, distance[test.if_true], distance[test.if_false], test.k))
    return instructions


def _tests(comparison: Comparison) -> list[_Test]:
    """One comparison of a 64-bit argument, as two of 32 bits: the high word decides unless it is equal."""
    high, low = comparison.value >> 32, comparison.value & 0xFFFFFFFF
    offset = _ARGUMENTS_OFFSET + 8 * comparison.argument
    load_low, load_high = _Test(_LOAD, offset), _Test(_LOAD, offset + 4)
    match comparison.op:
        case "SCMP_CMP_EQ":
            return [load_high, _Test(_IF_EQ, high, _NEXT, _FAIL), load_low, _Test(_IF_EQ, low, _PASS, _FAIL)]
        case "SCMP_CMP_NE":
            return [load_high, _Test(_IF_EQ, high, _NEXT, _PASS), load_low, _Test(_IF_EQ, low, _FAIL, _PASS)]
        case "SCMP_CMP_GT" | "SCMP_CMP_GE":
            last = _Test(_IF_GT if comparison.op == "SCMP_CMP_GT" else _IF_GE, low, _PASS, _FAIL)
            return [load_high, _Test(_IF_GT, high, _PASS), _Test(_IF_EQ, high, _NEXT, _FAIL), load_low, last]
        case "SCMP_CMP_LT" | "SCMP_CMP_LE":
            last = _Test(_IF_GE if comparison.op == "SCMP_CMP_LT" else _IF_GT, low, _FAIL, _PASS)
            return [load_high, _Test(_IF_GT, high, _FAIL), _Test(_IF_EQ, high, _NEXT, _PASS), load_low, last]
        case "SCMP_CMP_MASKED_EQ":
            two_high, two_low = comparison.value_two >> 32, comparison.value_two & 0xFFFFFFFF
            return [
                load_high,
                _Test(_AND, high),
                _Test(_IF_EQ, two_high, _NEXT, _FAIL),
                load_low,
                _Test(_AND, low),
                _Test(_IF_EQ, two_low, _PASS, _FAIL),
            ]
    raise ValueError(f"not an operator: {comparison.op!r}")


def _return(action: int) -> bytes:
    return _pack(_RETURN, 0, 0, action)


def _pack(code: int, if_true: int, if_false: int, k: int) -> bytes:
    return INSTRUCTION.pack(code, if_true, if_false, k)
