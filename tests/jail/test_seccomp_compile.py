"""A compiled filter answers every call as its profile says."""

from __future__ import annotations

import errno
import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.jail import seccomp_compile
from akios_jail.jail.seccomp_compile import compile_profile
from akios_jail.jail.seccomp_profile import Profile, ProfileError, parse, restrictiveness
from tests.jail import bpf

KERNEL = (6, 12)
pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers below are those of x86_64")

# Numbers on x86_64 (arch/x86/entry/syscalls/syscall_64.tbl).
READ, WRITE, OPEN, IOCTL, SOCKET, CLONE, CLONE3 = 0, 1, 2, 16, 41, 56, 435
NUMBERS = {"read": READ, "write": WRITE, "open": OPEN, "ioctl": IOCTL, "socket": SOCKET, "clone": CLONE}


def compiled(*syscalls: dict[str, Any], default: str = "SCMP_ACT_ERRNO", **top: Any) -> bytes:
    document = {"defaultAction": default, "syscalls": list(syscalls), **top}
    return compile_profile(parse(json.dumps(document).encode(), "x86_64", KERNEL), "x86_64").program


def allow(*names: str, **more: Any) -> dict[str, Any]:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", **more}


def refuse(*names: str, **more: Any) -> dict[str, Any]:
    return {"names": list(names), "action": "SCMP_ACT_ERRNO", **more}


def test_what_is_named_is_allowed_and_the_rest_gets_the_default() -> None:
    program = compiled(allow("read", "ioctl", "clone3"), defaultErrnoRet=13)
    assert bpf.answer(program, READ) == bpf.ALLOW
    assert bpf.answer(program, OPEN) == bpf.ERRNO | 13


def test_the_default_errno_is_eperm() -> None:
    assert bpf.answer(compiled(allow("read", "write")), READ) == bpf.ALLOW
    assert bpf.answer(compiled(allow("write")), READ) == bpf.ERRNO | errno.EPERM


@pytest.mark.parametrize("arch", [bpf.I386, bpf.AARCH64, 0])
@pytest.mark.parametrize("number", [READ, CLONE3, 0x7FFFFFFF])
def test_foreign_abis_kill_the_process(arch: int, number: int) -> None:
    everything = [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}]
    assert bpf.answer(compiled(allow("read"), archMap=everything), number, arch=arch) == bpf.KILL_PROCESS
    assert bpf.answer(compiled(default="SCMP_ACT_ALLOW"), number, arch=arch) == bpf.KILL_PROCESS


@pytest.mark.parametrize("number", [READ | 1 << 30, 512 | 1 << 30, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE])
def test_x32_numbers_kill_the_process(number: int) -> None:
    assert bpf.answer(compiled(allow("read")), number) == bpf.KILL_PROCESS
    assert bpf.answer(compiled(default="SCMP_ACT_ALLOW"), number) == bpf.KILL_PROCESS


def test_a_conditional_refusal_beside_a_general_permission_is_kept() -> None:
    masked = {"index": 1, "value": 0xFFFFFFFF, "valueTwo": 0x5412, "op": "SCMP_CMP_MASKED_EQ"}
    program = compiled(refuse("ioctl", args=[masked], errnoRet=25), allow("ioctl", "read"))
    assert bpf.answer(program, IOCTL, [0, 0x5401]) == bpf.ALLOW
    assert bpf.answer(program, IOCTL, [0, 0x5412]) == bpf.ERRNO | 25
    assert bpf.answer(program, IOCTL, [0, 0x5412 | 1 << 32]) == bpf.ERRNO | 25
    assert bpf.answer(program, READ) == bpf.ALLOW
    assert bpf.answer(program, OPEN) == bpf.ERRNO | errno.EPERM


def test_a_refusal_equal_to_the_default_still_wins_over_a_permission() -> None:
    program = compiled(allow("ioctl"), refuse("ioctl", args=[{"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}]))
    assert bpf.answer(program, IOCTL, [0, 7]) == bpf.ERRNO | errno.EPERM
    assert bpf.answer(program, IOCTL, [0, 8]) == bpf.ALLOW


def test_a_number_above_the_profile_is_an_older_kernels_enosys() -> None:
    program = compiled(allow("read"), refuse("clone3", includes={"caps": ["CAP_SYS_ADMIN"]}))
    assert bpf.answer(program, CLONE3) == bpf.ERRNO | errno.EPERM
    assert bpf.answer(program, CLONE3 + 1) == bpf.ERRNO | errno.ENOSYS
    assert bpf.answer(program, 0x3FFFFFFF) == bpf.ERRNO | errno.ENOSYS


def test_a_killing_default_is_not_softened_for_newer_calls() -> None:
    program = compiled(allow("read"), default="SCMP_ACT_KILL_PROCESS")
    assert bpf.answer(program, CLONE3) == bpf.KILL_PROCESS


def test_calls_newer_than_libseccomp_are_known_by_number() -> None:
    program = compiled(refuse("mseal", "listns"), default="SCMP_ACT_ALLOW")
    assert bpf.answer(program, 462) == bpf.ERRNO | errno.EPERM
    assert bpf.answer(program, 470) == bpf.ERRNO | errno.EPERM
    assert bpf.answer(program, 463) == bpf.ALLOW


def test_an_unknown_permission_is_skipped_and_reported() -> None:
    document = json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [allow("read", "no_such_call")]})
    result = compile_profile(parse(document.encode(), "x86_64", KERNEL), "x86_64")
    assert result.skipped == ("no_such_call",)


def test_an_unknown_refusal_under_a_permitting_default_is_an_error() -> None:
    with pytest.raises(ProfileError) as caught:
        compiled(allow("read"), refuse("no_such_call"), default="SCMP_ACT_ALLOW")
    assert caught.value.where == "syscalls[1]"
    assert "no_such_call" in str(caught.value)


def test_calls_of_other_architectures_are_no_concern() -> None:
    program = compiled(refuse("socketcall", "s390_pci_mmio_read"), default="SCMP_ACT_ALLOW")
    assert bpf.answer(program, READ) == bpf.ALLOW


def test_a_profile_beyond_the_kernels_size_is_an_error() -> None:
    entries = [
        allow("ioctl", args=[{"index": 1, "value": i << 33, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": i, "op": op}])
        for i in range(900)
        for op in ("SCMP_CMP_GT",)
    ]
    with pytest.raises(ProfileError, match="4096"):
        compiled(*entries)


# --- any profile: the filter against the plain meaning of the rules ---------------------------------------------------

_VALUES = st.sampled_from((0, 1, 2, 8, 0x5412, 0x7E020000, 0xFFFFFFFF, 1 << 32, (1 << 32) | 0x5412, (1 << 64) - 1))
_MASKS = st.sampled_from((0, 0xF, 0xF000, 0xFFFFFFFF, 0x7E020000, (1 << 64) - 1, 0xFFFFFFFF00000000))


@st.composite
def _comparison(draw: st.DrawFn, index: int) -> dict[str, Any]:
    op = draw(st.sampled_from(("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ")))
    if op == "MASKED_EQ":
        mask = draw(_MASKS)
        return {"index": index, "value": mask, "valueTwo": draw(_VALUES) & mask, "op": "SCMP_CMP_MASKED_EQ"}
    return {"index": index, "value": draw(_VALUES), "op": f"SCMP_CMP_{op}"}


@st.composite
def _entry(draw: st.DrawFn) -> dict[str, Any]:
    action = draw(st.sampled_from(("ALLOW", "ALLOW", "ALLOW", "ERRNO", "ERRNO", "LOG", "TRAP", "KILL_PROCESS")))
    entry: dict[str, Any] = {
        "names": draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, max_size=3, unique=True)),
        "action": f"SCMP_ACT_{action}",
        "args": [draw(_comparison(index)) for index in draw(st.sets(st.integers(0, 3), max_size=3))],
    }
    if action == "ERRNO":
        entry["errnoRet"] = draw(st.sampled_from((1, 13, 38)))
    return entry


def _holds(op: str, argument: int, value: int, value_two: int) -> bool:
    return {
        "SCMP_CMP_NE": argument != value,
        "SCMP_CMP_LT": argument < value,
        "SCMP_CMP_LE": argument <= value,
        "SCMP_CMP_EQ": argument == value,
        "SCMP_CMP_GE": argument >= value,
        "SCMP_CMP_GT": argument > value,
        "SCMP_CMP_MASKED_EQ": argument & value == value_two,
    }[op]


def _meaning(profile: Profile, name: str, arguments: list[int]) -> int:
    matching = [
        rule.action
        for rule in profile.rules
        if rule.name == name
        and all(_holds(c.op, arguments[c.argument], c.value, c.value_two) for c in rule.comparisons)
    ]
    return min(matching, key=restrictiveness) if matching else profile.default


@settings(max_examples=300, deadline=None)
@given(
    entries=st.lists(_entry(), max_size=8),
    default=st.sampled_from(("SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG")),
    calls=st.lists(st.tuples(st.sampled_from(sorted(NUMBERS)), st.lists(_VALUES, min_size=6, max_size=6)), min_size=20),
)
def test_any_filter_means_what_its_profile_says(
    entries: list[dict[str, Any]], default: str, calls: list[tuple[str, list[int]]]
) -> None:
    ceiling = refuse("clone3", includes={"minKernel": "99.0"})  # so that no number here counts as newer
    document = {"defaultAction": default, "syscalls": [*entries, ceiling]}
    profile = parse(json.dumps(document).encode(), "x86_64", KERNEL)
    program = compile_profile(profile, "x86_64").program
    for name, arguments in calls:
        assert bpf.answer(program, NUMBERS[name], arguments) == _meaning(profile, name, arguments), (name, arguments)


def test_the_table_of_newer_calls_agrees_with_libseccomp_where_it_knows_them() -> None:
    import pyseccomp

    for name, number in seccomp_compile._NEWER.items():
        assert pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) in (-1, number)
