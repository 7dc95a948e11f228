"""A profile becomes BPF. Heavy (libseccomp is looked up and loaded): only imported when no program is cached.

libseccomp knows the numbers of the names and builds the filter of all calls that are decided by number alone; calls
with conditions on their arguments are answered before it, by `seccomp_bpf`, which says why. Two more things are decided
here:

- Names that the installed libseccomp does not know. A permission that is lost is harmless; a refusal that is lost is a
  hole, so it is resolved from a table of newer calls or is an error.
- Calls newer than the profile. With an errno as the default they get ENOSYS, so that a C library which tries a new call
  first takes its fallback instead of failing (as container engines do).

Foreign ABIs kill the process: the 32-bit entry points have other numbers and other arguments than those that the
profile speaks of.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pyseccomp  # type: ignore[import-untyped]

from akios_jail.jail.seccomp_bpf import AUDIT_ARCH, INSTRUCTION, prelude
from akios_jail.jail.seccomp_profile import RET_ERRNO, RET_KILL_PROCESS, Profile, ProfileError, Rule, restrictiveness

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

MAX_INSTRUCTIONS: Final = 4096  # BPF_MAXINSNS, linux/bpf_common.h


class Compiled(NamedTuple):
    """`program`: struct sock_filter, 8 bytes each. `skipped`: allowed names unknown here (they get the default)."""

    program: bytes
    skipped: tuple[str, ...]


def compile_profile(profile: Profile, machine: str) -> Compiled:
    """Compile for `machine`, which is the running one. `ProfileError` when a refusal could not be carried out."""
    calls, skipped = _resolve(profile, machine)
    by_number = {number: rules for number, rules in calls.items() if not any(rule.comparisons for rule in rules)}
    by_argument = {number: rules for number, rules in calls.items() if number not in by_number}
    program = prelude(machine, by_argument, profile.default, _highest(profile, machine))
    program += _generate(profile.default, by_number)
    if len(program) > MAX_INSTRUCTIONS * INSTRUCTION.size:
        raise ProfileError(
            "syscalls",
            f"{len(program) // INSTRUCTION.size} instructions, and the kernel takes {MAX_INSTRUCTIONS}",
            "Use fewer conditions on arguments.",
        )
    return Compiled(program, skipped)


def _number(name: str, machine: str) -> int | None:
    """The call's number, negative when it exists only on other architectures, None when nobody here knows it."""
    number: int = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    if number != -1:  # __NR_SCMP_ERROR
        return number
    return _NEWER.get(name, _NEWER_BY_MACHINE.get(machine, {}).get(name))


def _resolve(profile: Profile, machine: str) -> tuple[dict[int, list[Rule]], tuple[str, ...]]:
    """The rules by system call number, and the names of permissions that nobody here knows."""
    if pyseccomp.system_arch() != AUDIT_ARCH[machine]:
        raise ProfileError("", f"the installed libseccomp is not one for {machine}", "Use a 64-bit Python.")
    calls: dict[int, list[Rule]] = {}
    skipped: list[str] = []
    for rule in profile.rules:
        number = _number(rule.name, machine)
        if number is not None:
            if number >= 0:  # a call of other architectures cannot be made on this one
                calls.setdefault(number, []).append(rule)
        elif restrictiveness(profile.default) <= restrictiveness(rule.action):
            skipped.append(rule.name)
        else:
            raise ProfileError(
                rule.where,
                f"{rule.name!r} is to be refused, and this machine's libseccomp does not know its number",
                "Check the spelling, install a newer libseccomp, or use a profile whose defaultAction refuses.",
            )
    return calls, tuple(dict.fromkeys(skipped))


def _highest(profile: Profile, machine: str) -> int | None:
    """The highest number that the profile mentions, if its default is an errno at all."""
    if profile.default & 0xFFFF0000 != RET_ERRNO:
        return None
    numbers = [number for name in profile.names if (number := _number(name, machine)) is not None and number >= 0]
    return max(numbers, default=None)


def _generate(default: int, calls: Mapping[int, Sequence[Rule]]) -> bytes:
    """libseccomp's filter of calls that are decided by number: one action each, the most restrictive one named."""
    syscall_filter = pyseccomp.SyscallFilter(default)
    syscall_filter.set_attr(pyseccomp.Attr.ACT_BADARCH, RET_KILL_PROCESS)
    syscall_filter.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree over the numbers, not a list
    for number, rules in calls.items():
        rule = min(rules, key=lambda rule: restrictiveness(rule.action))
        if rule.action == default:
            continue
        try:
            syscall_filter.add_rule_exactly(rule.action, number)
        except OSError as error:
            raise ProfileError(
                rule.where, f"libseccomp refuses the rule for {rule.name!r}: {error.strerror}", "Report this."
            ) from error
    with os.fdopen(os.memfd_create("seccomp"), "w+b") as file:
        syscall_filter.export_bpf(file)
        file.seek(0)
        return file.read()
