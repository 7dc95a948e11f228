"""What Docker's default profile refuses to a container without capabilities is refused here, or the profile says why.

Both profiles are read by the same reader, for each architecture that AKIOS supports, and asked about every call that
the architecture has, with arguments on both sides of every condition that either of them makes. Where the machine is of
that architecture, the compiled filter is asked, too, and has to say what the reader says.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pyseccomp
import pytest

from akios_jail.jail import seccomp, seccomp_compile, seccomp_profile
from akios_jail.jail.seccomp_profile import RET_ALLOW, Comparison, Profile, Rule, restrictiveness
from tests.jail import bpf

DATA = Path(__file__).parent / "data"
PROFILES = ("agent-default", "agent-strict", "broker")
ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
#: Newer than every condition on a kernel in either profile.
KERNEL = (6, 18)
_HIGHEST = 470
INT = 0xFFFFFFFF
#: What an entry's comment says that lets in what Docker refuses.
WHY_NOT = "Docker refuses"


@cache
def docker(machine: str) -> Profile:
    return seccomp_profile.parse((DATA / "docker_default.json").read_bytes(), machine, KERNEL)


@cache
def ours(name: str, machine: str) -> Profile:
    return seccomp_profile.parse(seccomp.find_profile(name), machine, KERNEL)


@cache
def calls(machine: str) -> dict[str, int]:
    """Every system call of an architecture: libseccomp's table, and what is newer than it."""
    found = {}
    for number in range(_HIGHEST + 1):
        try:
            found[pyseccomp.resolve_syscall(ARCHITECTURES[machine], number).decode()] = number
        except ValueError:
            continue  # no call of that number, or a newer one
    newer = {**seccomp_compile._NEWER, **seccomp_compile._NEWER_BY_MACHINE.get(machine, {})}
    return {**newer, **found}


def holds(comparison: Comparison, arguments: Sequence[int]) -> bool:
    given, value = arguments[comparison.argument], comparison.value
    outcomes = {
        "SCMP_CMP_EQ": given == value,
        "SCMP_CMP_NE": given != value,
        "SCMP_CMP_LT": given < value,
        "SCMP_CMP_LE": given <= value,
        "SCMP_CMP_GT": given > value,
        "SCMP_CMP_GE": given >= value,
        "SCMP_CMP_MASKED_EQ": given & value == comparison.value_two,
    }
    return outcomes[comparison.op]


def deciding(profile: Profile, name: str, arguments: Sequence[int]) -> Rule | None:
    """The rule that answers a call; None: the default does."""
    matching = [
        rule for rule in profile.rules if rule.name == name and all(holds(each, arguments) for each in rule.comparisons)
    ]
    return min(matching, key=lambda rule: restrictiveness(rule.action), default=None)


def allows(profile: Profile, name: str, arguments: Sequence[int]) -> bool:
    rule = deciding(profile, name, arguments)
    return (profile.default if rule is None else rule.action) == RET_ALLOW


def arguments_of(name: str, *profiles: Profile) -> Iterator[tuple[int, ...]]:
    """Arguments on both sides of each condition that these profiles make on a call, also beside high bits."""
    tried: list[set[int]] = [{0} for _ in range(6)]
    for rule in itertools.chain.from_iterable(profile.rules for profile in profiles):
        for each in rule.comparisons if rule.name == name else ():
            if each.op == "SCMP_CMP_MASKED_EQ" and each.value < 1 << 32 and each.value_two == 0:
                tried[each.argument] |= {1 << bit for bit in range(32) if each.value >> bit & 1}
            beside = each.value_two if each.op == "SCMP_CMP_MASKED_EQ" else each.value
            tried[each.argument] |= {beside, beside + 1, max(beside - 1, 0), beside | 1 << 32}
    return itertools.product(*(sorted(values) for values in tried))


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("profile", PROFILES)
def test_what_docker_refuses_is_refused_here_or_the_profile_says_why(profile: str, machine: str) -> None:
    comments = [entry["comment"] for entry in json.loads(seccomp.find_profile(profile))["syscalls"]]
    theirs, own = docker(machine), ours(profile, machine)
    unexplained = []
    for name in calls(machine):
        for arguments in arguments_of(name, theirs, own):
            rule = deciding(own, name, arguments)
            read = [each & INT for each in arguments]  # by the kernel: families, flags and modes are ints
            if rule is None or rule.action != RET_ALLOW or allows(theirs, name, read):
                continue
            if WHY_NOT not in comments[int(rule.where.removeprefix("syscalls[").removesuffix("]"))]:
                unexplained.append((name, arguments))
    assert unexplained == []


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_comparison_is_of_hundreds_of_calls_and_would_find_one(machine: str) -> None:
    known = calls(machine)
    refused = {name for name in known if not allows(docker(machine), name, [0] * 6)}
    assert len(known) > 300
    assert len(refused) > 50
    assert refused >= {"mount", "unshare", "bpf", "keyctl", "io_uring_setup", "open_by_handle_at", "listns"}
    everything = seccomp_profile.parse(b'{"defaultAction": "SCMP_ACT_ALLOW"}', machine, KERNEL)
    assert all(allows(everything, name, [0] * 6) for name in refused)


def test_the_facts_agree_with_those_that_were_taken_by_number() -> None:
    lines = (DATA / "docker_drops_x86_64.txt").read_text().splitlines()
    by_number = {int(line.split()[0]): line.split()[1] for line in lines if not line.startswith("#")}
    known = calls("x86_64")
    by_name = {known[name]: name for name in known if not allows(docker("x86_64"), name, [0] * 6)}
    conditional = {known[name] for name in ("socket", "clone", "personality")}
    assert not conditional & by_number.keys()
    assert by_name.keys() <= by_number.keys() | conditional
    # What libseccomp has no name for was never implemented, or has been removed from kernels.
    unknown = {by_number[number] for number in by_number.keys() - by_name.keys()}
    assert unknown <= {"uselib", "get_kernel_syms", "query_module", "nfsservctl", "lookup_dcookie", "vserver"}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_compiled_filter_says_what_the_reader_says(profile: str, tmp_path: Path) -> None:
    machine = os.uname().machine
    own = ours(profile, machine)
    compiled = seccomp_compile.compile_profile(own, machine).program
    arch = {"x86_64": bpf.X86_64, "aarch64": bpf.AARCH64}[machine]
    wrong = [
        (name, arguments)
        for name, number in calls(machine).items()
        for arguments in itertools.islice(arguments_of(name, own), 2000)
        if (bpf.answer(compiled, number, arguments, arch) == bpf.ALLOW) != allows(own, name, arguments)
    ]
    assert wrong == []
