"""A profile is read strictly, and each mistake in it is named with its place and a way out."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.jail.seccomp_profile import RET_ALLOW, RET_ERRNO, Profile, ProfileError, parse

ALLOW_READ = {"names": ["read"], "action": "SCMP_ACT_ALLOW"}


def read(syscalls: Any = (), machine: str = "x86_64", kernel: tuple[int, int] = (6, 12), **top: Any) -> Profile:
    document = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": syscalls, **top}
    return parse(json.dumps(document).encode(), machine, kernel)


def entry(**fields: Any) -> dict[str, Any]:
    return {**ALLOW_READ, **fields}


def condition(**fields: Any) -> dict[str, Any]:
    return entry(args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", **fields}])


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"defaultAction": "SCMP_ACT_ALLOWED"}, "defaultAction", "unknown action"),
    ({"defaultAction": None}, "defaultAction", "missing"),
    ({"defaultAction": "SCMP_ACT_NOTIFY"}, "defaultAction", "supervisor"),
    ({"defaultAction": "SCMP_ACT_TRACE"}, "defaultAction", "tracer"),
    ({"defaultErrnoRet": 4096}, "defaultErrnoRet", "errno"),
    ({"defaultErrnoRet": True}, "defaultErrnoRet", "errno"),
    ({"defaultErrno": "EWHAT"}, "defaultErrno", "unknown errno"),
    ({"defaultErrno": "ENOSYS", "defaultErrnoRet": 1}, "defaultErrno", "ENOSYS is not 1"),
    ({"listenerPath": "/run/x"}, "listenerPath", "supervisor"),
    ({"flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}, "flags[0]", "unknown flag"),
    ({"syscall": []}, "syscall", "unknown key"),
    ({"syscalls": {}}, "syscalls", "not a list"),
    ({"syscalls": ["read"]}, "syscalls[0]", "not an object"),
    ({"syscalls": [entry(arg=[])]}, "syscalls[0].arg", "unknown key"),
    ({"syscalls": [entry(names=[])]}, "syscalls[0].names", "no system call"),
    ({"syscalls": [entry(names=["read", 3])]}, "syscalls[0].names[1]", "not a string"),
    ({"syscalls": [entry(name="write")]}, "syscalls[0].name", "beside"),
    ({"syscalls": [ALLOW_READ, entry(action="allow")]}, "syscalls[1].action", "unknown action"),
    ({"syscalls": [entry(action="SCMP_ACT_NOTIFY")]}, "syscalls[0].action", "supervisor"),
    ({"syscalls": [entry(action="SCMP_ACT_ERRNO", errnoRet="1")]}, "syscalls[0].errnoRet", "errno"),
    ({"syscalls": [condition(op="SCMP_CMP_LIKE")]}, "syscalls[0].args[0].op", "unknown operator"),
    ({"syscalls": [condition(index=6)]}, "syscalls[0].args[0].index", "0 to 5"),
    ({"syscalls": [condition(index=True)]}, "syscalls[0].args[0].index", "0 to 5"),
    ({"syscalls": [condition(value=-1)]}, "syscalls[0].args[0].value", "whole number"),
    ({"syscalls": [condition(value=1.5)]}, "syscalls[0].args[0].value", "whole number"),
    ({"syscalls": [condition(value=1 << 64)]}, "syscalls[0].args[0].value", "whole number"),
    ({"syscalls": [condition(value2=1)]}, "syscalls[0].args[0].value2", "unknown key"),
    ({"syscalls": [condition(op="SCMP_CMP_MASKED_EQ", value=2, valueTwo=5)]}, "syscalls[0].args[0].valueTwo", "mask"),
    ({"syscalls": [entry(args={})]}, "syscalls[0].args", "not a list"),
    (
        {"syscalls": [entry(args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}] * 2)]},
        "syscalls[0].args[1]",
        "second condition",
    ),
    ({"syscalls": [entry(includes={"cap": []})]}, "syscalls[0].includes.cap", "unknown key"),
    ({"syscalls": [entry(excludes={"minKernel": "six"})]}, "syscalls[0].excludes.minKernel", "kernel version"),
    ({"architectures": ["SCMP_ARCH_ARM"]}, "architectures", "SCMP_ARCH_X86_64"),
    ({"archMap": [{"architecture": "SCMP_ARCH_S390X"}]}, "archMap", "SCMP_ARCH_X86_64"),
    ({"archMap": ["SCMP_ARCH_X86_64"]}, "archMap", "not a list of objects"),
]


@pytest.mark.parametrize(("fields", "where", "word"), MISTAKES, ids=[f"{where}-{word}" for _, where, word in MISTAKES])
def test_a_mistake_is_named_with_its_place_and_a_remedy(fields: dict[str, Any], where: str, word: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read(**fields)
    assert caught.value.where == where
    assert word in caught.value.cause
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "line 1, column 1"),
        (b'{"defaultAction": }', "line 1, column 19"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "too deeply"),
        (b'{"defaultAction": "SCMP_ACT_ALLOW", "defaultAction": "SCMP_ACT_ERRNO"}', "twice"),
        (b" " * (1 << 20) + b" ", "more than a profile"),
    ],
)
def test_what_is_no_json_object_is_an_error(text: bytes, word: str) -> None:
    with pytest.raises(ProfileError, match=word):
        parse(text, "x86_64", (6, 12))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(("defaultAction", "syscalls", "names", "args", "index", "includes", "caps", "archMap")),
                inner,
            )
        ),
    )
)
def test_any_json_is_read_or_refused(document: Any) -> None:
    with contextlib.suppress(ProfileError):  # and nothing else
        parse(json.dumps(document).encode(), "x86_64", (6, 12))


def test_a_machine_that_is_not_supported_is_an_error() -> None:
    with pytest.raises(ProfileError, match="riscv64"):
        read(machine="riscv64")


def applies(**fields: Any) -> bool:
    return bool(read([entry(**fields)]).rules)


def test_entries_for_capabilities_never_apply_to_an_agent_that_has_none() -> None:
    assert not applies(includes={"caps": ["CAP_SYS_ADMIN"]})
    assert applies(excludes={"caps": ["CAP_SYS_ADMIN"]})


def test_entries_apply_by_architecture() -> None:
    assert applies(includes={"arches": ["amd64", "x32"]})
    assert not applies(includes={"arches": ["arm64"]})
    assert not applies(excludes={"arches": ["amd64"]})
    assert read([entry(includes={"arches": ["arm64"]})], machine="aarch64").rules


def test_entries_apply_by_kernel_version() -> None:
    assert applies(includes={"minKernel": "4.8"})
    assert applies(includes={"minKernel": "6.12"})
    assert not applies(includes={"minKernel": "6.13"})
    assert not applies(excludes={"minKernel": "6.9"})  # 6.12 is later than 6.9
    assert applies(excludes={"minKernel": "7.0"})


def test_null_stands_for_absent_as_go_writes_it() -> None:
    assert read([entry(args=None, includes=None, excludes=None, comment="")], archMap=None, architectures=None).rules
    assert read(None, archMap=[{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": None}]).rules == ()


def test_the_older_form_with_one_name_is_read() -> None:
    document = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [{"name": "read", "action": "SCMP_ACT_ALLOW", "args": []}],
    }
    rules = parse(json.dumps(document).encode(), "x86_64", (6, 12)).rules
    assert [(rule.name, rule.action) for rule in rules] == [("read", RET_ALLOW)]


def test_podmans_errno_names_are_read() -> None:
    profile = read(
        [entry(action="SCMP_ACT_ERRNO", errnoRet=1, errno="EPERM")], defaultErrnoRet=38, defaultErrno="ENOSYS"
    )
    assert profile.default == RET_ERRNO | 38
    assert profile.rules[0].action == RET_ERRNO | 1
