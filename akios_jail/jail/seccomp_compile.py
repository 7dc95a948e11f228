"""A profile becomes BPF: libseccomp generates, this module decides what it is asked for.

Heavy on purpose (libseccomp is looked up and loaded): only imported when `seccomp` has no cached program.

Three things are not left to libseccomp:

- Several actions for one system call. libseccomp lets a general rule silently swallow a conditional one, so that "allow
  ioctl" would cancel "refuse ioctl TIOCSTI". Here the most restrictive match decides, as with filters stacked in the kernel:
  the stricter rules become layers that run first and fall through to the next.
- Names that the installed libseccomp does not know. A permission that is lost is harmless; a refusal that is lost is a
  hole, so it is resolved from a table of newer calls or is an error.
- Calls newer than the profile. With an errno as the default they get ENOSYS, so that a C library which tries a new call
  first takes its fallback instead of failing (as container engines do).

Foreign ABIs kill the process: the 32-bit entry points have other numbers and other arguments than those that the
profile speaks of.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

import pyseccomp  # type: ignore[import-untyped]

from akios_jail.jail.seccomp_profile import (
    RET_ALLOW,
    RET_ERRNO,
    RET_KILL_PROCESS,
    Comparison,
    Profile,
    ProfileError,
    Rule,
    restrictiveness,
)

#: Numbers that Debian 12's libseccomp (2.5.4) does not know yet. Since 424 they are the same on every architecture
#: (include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl).
_NEWER: Final = {
    "cachestat": 451,
    "fchmodat2": 452,
    "map_shadow_stack": 453,
    "futex_wake": 454,
    "futex_wait": 455,
    "futex_requeue": 456,
    "statmount": 457,
    "listmount": 458,
    "lsm_get_self_attr": 459,
    "lsm_set_self_attr": 460,
    "lsm_list_modules": 461,
    "mseal": 462,
    "setxattrat": 463,
    "getxattrat": 464,
    "listxattrat": 465,
    "removexattrat": 466,
    "open_tree_attr": 467,
    "file_getattr": 468,
    "file_setattr": 469,
    "listns": 470,
}
_NEWER_BY_MACHINE: Final = {"x86_64": {"uretprobe": 335, "uprobe": 336}}
#: AUDIT_ARCH_* (linux/audit.h): what the kernel puts into seccomp_data.arch.
_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT: Final = 0x40000000

_OPERATORS: Final = {
    "SCMP_CMP_NE": pyseccomp.NE,
    "SCMP_CMP_LT": pyseccomp.LT,
    "SCMP_CMP_LE": pyseccomp.LE,
    "SCMP_CMP_EQ": pyseccomp.EQ,
    "SCMP_CMP_GE": pyseccomp.GE,
    "SCMP_CMP_GT": pyseccomp.GT,
    "SCMP_CMP_MASKED_EQ": pyseccomp.MASKED_EQ,
}

MAX_INSTRUCTIONS: Final = 4096  # BPF_MAXINSNS, linux/bpf_common.h

_INSTRUCTION: Final = struct.Struct("=HBBI")  # struct sock_filter, linux/filter.h
_LD_WORD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP: Final = 0x05  # BPF_JMP | BPF_JA
_JUMP_EQ: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GE: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_GT: Final = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K


class Compiled(NamedTuple):
    """`program`: struct sock_filter, 8 bytes each. `skipped`: allowed names unknown here (they get the default)."""

    program: bytes
    skipped: tuple[str, ...]


def compile_profile(profile: Profile, machine: str) -> Compiled:
    """Compile for `machine`, which is the running one. `ProfileError` when a refusal could not be carried out."""
    rules, skipped = _resolve(profile)
    layers = _layers(profile.default, rules)
    parts = [_unknown_calls(profile, machine)]
    parts += [_fall_through(_generate(RET_ALLOW, layer)) for layer in layers[:-1]]
    parts.append(_generate(profile.default, layers[-1]))
    program = b"".join(parts)
    if len(program) > MAX_INSTRUCTIONS * _INSTRUCTION.size:
        raise ProfileError(
            "syscalls",
            f"{len(program) // _INSTRUCTION.size} instructions, and the kernel takes {MAX_INSTRUCTIONS}",
            "Use fewer conditions on arguments.",
        )
    return Compiled(program, skipped)


class _Resolved(NamedTuple):
    number: int
    rule: Rule


def _number(name: str) -> int | None:
    """The call's number, negative when it exists only on other architectures, None when nobody here knows it."""
    number: int = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    if number != -1:  # __NR_SCMP_ERROR
        return number
    return _NEWER.get(name, _NEWER_BY_MACHINE.get(_machine(), {}).get(name))


def _machine() -> str:
    native = pyseccomp.system_arch()
    return next((machine for machine, arch in _AUDIT_ARCH.items() if arch == native), "")


def _resolve(profile: Profile) -> tuple[list[_Resolved], tuple[str, ...]]:
    resolved: list[_Resolved] = []
    skipped: list[str] = []
    for rule in profile.rules:
        number = _number(rule.name)
        if number is not None:
            if number >= 0:  # a call of other architectures cannot be made on this one
                resolved.append(_Resolved(number, rule))
        elif restrictiveness(profile.default) <= restrictiveness(rule.action):
            skipped.append(rule.name)
        else:
            raise ProfileError(
                rule.where,
                f"{rule.name!r} is to be refused, and this machine's libseccomp does not know its number",
                "Check the spelling, install a newer libseccomp, or use a profile whose defaultAction refuses.",
            )
    return resolved, tuple(dict.fromkeys(skipped))


def _layers(default: int, rules: Iterable[_Resolved]) -> list[list[_Resolved]]:
    """Split so that no layer has two actions for one call; the last layer carries the default action.

    The more restrictive rules of a call that has several come first. Equally restrictive ones (two errnos) keep the
    order of the file.
    """
    actions: dict[int, list[int]] = {}
    for item in rules:
        known = actions.setdefault(item.number, [])
        if item.rule.action not in known:
            known.append(item.rule.action)
    layers: list[list[_Resolved]] = [[] for _ in range(max((len(known) for known in actions.values()), default=1))]
    for item in rules:
        order = sorted(actions[item.number], key=restrictiveness)
        depth = len(layers) - len(order) + order.index(item.rule.action)
        if depth < len(layers) - 1 or item.rule.action != default:
            layers[depth].append(item)
    return layers


def _generate(default: int, rules: Iterable[_Resolved]) -> bytes:
    syscall_filter = pyseccomp.SyscallFilter(default)
    syscall_filter.set_attr(pyseccomp.Attr.ACT_BADARCH, RET_KILL_PROCESS)
    syscall_filter.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree over the numbers, not a list
    added: set[tuple[int, int, tuple[Comparison, ...]]] = set()
    for number, rule in rules:
        identity = (number, rule.action, rule.comparisons)
        if identity in added:  # libseccomp refuses a repeated rule
            continue
        added.add(identity)
        arguments = [pyseccomp.Arg(c.argument, _OPERATORS[c.op], c.value, c.value_two) for c in rule.comparisons]
        try:
            syscall_filter.add_rule_exactly(rule.action, number, *arguments)
        except OSError as error:
            raise ProfileError(
                rule.where, f"libseccomp refuses the rule for {rule.name!r}: {error.strerror}", "Simplify the rule."
            ) from error
    with os.fdopen(os.memfd_create("seccomp"), "w+b") as file:
        syscall_filter.export_bpf(file)
        file.seek(0)
        return file.read()


def _fall_through(layer: bytes) -> bytes:
    """A layer whose ALLOW continues behind its end: each `return ALLOW` becomes a jump to the next layer."""
    size = len(layer) // _INSTRUCTION.size
    instructions = []
    for index, instruction in enumerate(_INSTRUCTION.iter_unpack(layer)):
        if instruction == (_RETURN, 0, 0, RET_ALLOW):
            instruction = (_JUMP, 0, 0, size - index - 1)
        instructions.append(_INSTRUCTION.pack(*instruction))
    return b"".join(instructions)


def _unknown_calls(profile: Profile, machine: str) -> bytes:
    """ENOSYS for numbers above every call that the profile mentions, if the default is an errno at all."""
    if profile.default & 0xFFFF0000 != RET_ERRNO:
        return b""
    highest = max((number for name in profile.names if (number := _number(name)) is not None), default=-1)
    if highest < 0:
        return b""
    instructions = (
        (_LD_WORD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQ, 0, 4, _AUDIT_ARCH[machine]),
        (_LD_WORD, 0, 0, 0),  # seccomp_data.nr
        (_JUMP_GE, 2, 0, _X32_BIT),
        (_JUMP_GT, 0, 1, highest),
        (_RETURN, 0, 0, RET_ERRNO | errno.ENOSYS),
    )
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in instructions)
