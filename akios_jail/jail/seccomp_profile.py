"""What a system call profile says: the OCI/Docker JSON schema read strictly into a flat list of rules.

The schema is that of the OCI runtime specification (config-linux.md, "Seccomp") with the additions of Docker's and
Podman's own profiles (`archMap`, `includes`, `excludes`, `errno` by name), so that a team's existing profile works as
it is. Conditions are resolved here against this machine and an agent that never has a capability; what comes out
is plain data for `seccomp_compile`.

Reading is stricter than the container engines' in the places where leniency opens a hole: an unknown or repeated key is
an error (a misspelt `args` would turn a conditional permission into a general one), and so are two conditions on one
argument in one entry (engines take them as alternatives, their authors mostly mean both).
"""

from __future__ import annotations

import errno
import json
from typing import Any, Final, NamedTuple

from akios_jail.jail.errors import JailError

#: The kernel's words (SECCOMP_RET_*, linux/seccomp.h); as signed numbers, lower is more restrictive.
RET_KILL_PROCESS: Final = 0x80000000
RET_KILL_THREAD: Final = 0x00000000
RET_TRAP: Final = 0x00030000
RET_ERRNO: Final = 0x00050000
RET_LOG: Final = 0x7FFC0000
RET_ALLOW: Final = 0x7FFF0000

_ACTIONS: Final = {
    "SCMP_ACT_ALLOW": RET_ALLOW,
    "SCMP_ACT_ERRNO": RET_ERRNO,
    "SCMP_ACT_KILL": RET_KILL_THREAD,
    "SCMP_ACT_KILL_PROCESS": RET_KILL_PROCESS,
    "SCMP_ACT_KILL_THREAD": RET_KILL_THREAD,
    "SCMP_ACT_LOG": RET_LOG,
    "SCMP_ACT_TRAP": RET_TRAP,
}
_UNSUPPORTED: Final = {
    "SCMP_ACT_NOTIFY": "it needs a supervisor that answers each call, which the jail does not have",
    "SCMP_ACT_TRACE": "it needs a tracer, which the jail does not have",
}
_OPERATORS: Final = frozenset(
    ("SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ")
)
#: uname's machine → the name in OCI's `architectures`, the name in Docker's `arches` (Go's spelling).
_ARCHITECTURES: Final = {
    "x86_64": ("SCMP_ARCH_X86_64", "amd64"),
    "aarch64": ("SCMP_ARCH_AARCH64", "arm64"),
}
#: Flags of the loading call. They tune the load (TSYNC, SPEC_ALLOW, LOG) and never widen what is allowed; the jail
#: loads with its own, so they are accepted and have no effect.
_FLAGS: Final = frozenset(
    ("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
)  # fmt: skip

_TOP_KEYS: Final = frozenset(
    ("$schema", "archMap", "architectures", "comment", "comments", "defaultAction", "defaultErrno", "defaultErrnoRet",
     "flags", "syscalls")
)  # fmt: skip
_RULE_KEYS: Final = frozenset(
    ("action", "args", "comment", "errno", "errnoRet", "excludes", "includes", "name", "names")
)  # fmt: skip
_ARG_KEYS: Final = frozenset(("comment", "index", "op", "value", "valueTwo"))
_CONDITION_KEYS: Final = frozenset(("arches", "caps", "minKernel"))

MAX_PROFILE_BYTES: Final = 1024 * 1024


class ProfileError(JailError):
    """A profile that cannot be used. `where` is the place in the JSON document: `syscalls[3].args[0].op`."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__("use the seccomp profile", f"{where}: {problem}" if where else problem, remedy)
        self.where = where


class Comparison(NamedTuple):
    """One condition on an argument (0 to 5). For SCMP_CMP_MASKED_EQ, `value` is the mask and `value_two` the datum."""

    argument: int
    op: str
    value: int
    value_two: int


class Rule(NamedTuple):
    """`action` (a SECCOMP_RET_* word, errno included) when all of `comparisons` hold; no comparisons: always."""

    name: str
    action: int
    comparisons: tuple[Comparison, ...]
    where: str


class Profile(NamedTuple):
    """The rules that apply on this machine, in the order of the file, and what answers every other call."""

    default: int
    rules: tuple[Rule, ...]
    names: frozenset[str]  # every call that the profile mentions, also in entries that do not apply here


def restrictiveness(action: int) -> int:
    """The kernel's order of actions: of several answers to one call the lowest number wins (seccomp(2))."""
    word = action & 0xFFFF0000
    return word - (1 << 32) if word & RET_KILL_PROCESS else word


def parse(data: bytes, machine: str, kernel: tuple[int, int]) -> Profile:
    """Read a profile for `machine` (as `uname -m` says) and a kernel version; `ProfileError` names the place.

    Where several rules match one call, the most restrictive decides, as with filters stacked in the kernel.
    """
    if machine not in _ARCHITECTURES:
        raise ProfileError("", f"the machine type {machine!r} is not supported", "Run on x86_64 or aarch64.")
    document = _load(data)
    _known(document, _TOP_KEYS, "")
    _check_architectures(document, machine)
    flags = _strings(document.get("flags"), "flags")
    for index, flag in enumerate(flags):
        if flag not in _FLAGS:
            raise ProfileError(f"flags[{index}]", f"unknown flag {flag!r}", f"Known: {', '.join(sorted(_FLAGS))}.")
    default = _action(document, "defaultAction", "defaultErrnoRet", "defaultErrno", "")
    entries = document.get("syscalls")
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise ProfileError("syscalls", "not a list", "Write a list of objects with names and an action.")
    rules: list[Rule] = []
    mentioned: set[str] = set()
    for index, entry in enumerate(entries):
        where = f"syscalls[{index}]"
        if not isinstance(entry, dict):
            raise ProfileError(where, "not an object", "Write an object with names and an action.")
        _known(entry, _RULE_KEYS, where)
        action = _action(entry, "action", "errnoRet", "errno", where)
        names = _names(entry, where)
        comparisons = _comparisons(entry.get("args"), where)
        mentioned.update(names)
        if _applies(entry, where, machine, kernel):
            rules.extend(Rule(name, action, comparisons, where) for name in names)
    return Profile(default, tuple(rules), frozenset(mentioned))


def _load(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_PROFILE_BYTES:
        raise ProfileError("", f"{len(data)} bytes is more than a profile can need", "Is this the right file?")
    try:
        document = json.loads(data, object_pairs_hook=_unique)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        place = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ProfileError(place, "not JSON", "Profiles are JSON in the OCI/Docker seccomp schema.") from error
    except RecursionError as error:
        raise ProfileError("", "nested too deeply", "Profiles are JSON in the OCI/Docker seccomp schema.") from error
    if not isinstance(document, dict):
        raise ProfileError("", "not a JSON object", "Profiles are JSON in the OCI/Docker seccomp schema.")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ProfileError("", f"the key {twice!r} stands twice in one object", "Keep one of the two.")
    return document


def _known(document: dict[str, Any], keys: frozenset[str], where: str) -> None:
    for key in document:
        if key in ("listenerPath", "listenerMetadata"):
            raise ProfileError(_at(where, key), _UNSUPPORTED["SCMP_ACT_NOTIFY"], "Leave it out.")
        if key not in keys:
            raise ProfileError(_at(where, key), "unknown key", f"Known here: {', '.join(sorted(keys))}.")


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _check_architectures(document: dict[str, Any], machine: str) -> None:
    """Only the native ABI is ever let in, whatever else the lists name; a list without it is meant for elsewhere."""
    native = _ARCHITECTURES[machine][0]
    listed = _strings(document.get("architectures"), "architectures")
    table = document.get("archMap")
    if table is None:
        table = []
    if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
        raise ProfileError("archMap", "not a list of objects", 'Write {"architecture": …, "subArchitectures": […]}.')
    if listed and table:
        raise ProfileError("archMap", "stands beside `architectures`", "Keep one of the two.")
    for index, row in enumerate(table):
        _known(row, frozenset(("architecture", "subArchitectures")), f"archMap[{index}]")
        listed.append(_string(row.get("architecture"), f"archMap[{index}].architecture"))
        _strings(row.get("subArchitectures"), f"archMap[{index}].subArchitectures")
    if listed and native not in listed:
        where = "archMap" if table else "architectures"
        raise ProfileError(where, f"{native} is not among them", f"Add {native}, or use a profile for {machine}.")


def _action(document: dict[str, Any], key: str, number_key: str, name_key: str, where: str) -> int:
    word = _string(document.get(key), _at(where, key))
    if word in _UNSUPPORTED:
        raise ProfileError(_at(where, key), f"{word}: {_UNSUPPORTED[word]}", "Use SCMP_ACT_ERRNO or SCMP_ACT_LOG.")
    if word not in _ACTIONS:
        raise ProfileError(_at(where, key), f"unknown action {word!r}", f"Known: {', '.join(sorted(_ACTIONS))}.")
    action = _ACTIONS[word]
    number = _errno(document, number_key, name_key, where)
    if action != RET_ERRNO:
        return action
    return action | (errno.EPERM if number is None else number)


def _errno(document: dict[str, Any], number_key: str, name_key: str, where: str) -> int | None:
    """`errnoRet` is a number; Podman's profiles carry the name in `errno` beside it, or an empty one alone."""
    number = document.get(number_key)
    if number is not None and (type(number) is not int or not 0 <= number <= 4095):
        raise ProfileError(_at(where, number_key), "not an errno (0 to 4095)", "Write a number, 1 for EPERM.")
    name = document.get(name_key)
    if name is None or name == "":
        return number
    named = getattr(errno, name, None) if isinstance(name, str) and name.startswith("E") else None
    if type(named) is not int:
        raise ProfileError(_at(where, name_key), f"unknown errno {name!r}", "Write a name such as EPERM.")
    if number is not None and number != named:
        raise ProfileError(_at(where, name_key), f"{name} is not {number}", f"Keep {name_key} or {number_key}.")
    return named


def _names(entry: dict[str, Any], where: str) -> list[str]:
    if "name" in entry and entry.get("names"):
        raise ProfileError(f"{where}.name", "stands beside `names`", "Keep one of the two.")
    if "name" in entry:
        return [_string(entry["name"], f"{where}.name")]
    names = _strings(entry.get("names"), f"{where}.names")
    if not names:
        raise ProfileError(f"{where}.names", "no system call is named", "List at least one name.")
    return names


def _comparisons(value: Any, where: str) -> tuple[Comparison, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ProfileError(f"{where}.args", "not a list", "Write a list of objects with index, value and op.")
    comparisons: list[Comparison] = []
    for number, item in enumerate(value):
        place = f"{where}.args[{number}]"
        if not isinstance(item, dict):
            raise ProfileError(place, "not an object", "Write an object with index, value and op.")
        _known(item, _ARG_KEYS, place)
        index = _number(item.get("index"), 5, f"{place}.index")
        op = _string(item.get("op"), f"{place}.op")
        if op not in _OPERATORS:
            raise ProfileError(f"{place}.op", f"unknown operator {op!r}", f"Known: {', '.join(sorted(_OPERATORS))}.")
        if any(index == earlier.argument for earlier in comparisons):
            raise ProfileError(
                place,
                f"a second condition on argument {index}",
                "Write an entry for each alternative; two conditions on one argument cannot both be required.",
            )
        first = _number(item.get("value"), (1 << 64) - 1, f"{place}.value")
        second = item.get("valueTwo")
        second = 0 if second is None else _number(second, (1 << 64) - 1, f"{place}.valueTwo")
        if op == "SCMP_CMP_MASKED_EQ" and second & ~first:
            raise ProfileError(
                f"{place}.valueTwo", "has bits outside the mask in `value`, so it never matches", "Widen the mask."
            )
        comparisons.append(Comparison(index, op, first, second))
    return tuple(comparisons)


def _applies(entry: dict[str, Any], where: str, machine: str, kernel: tuple[int, int]) -> bool:
    arch = _ARCHITECTURES[machine][1]
    included = _condition(entry.get("includes"), f"{where}.includes")
    excluded = _condition(entry.get("excludes"), f"{where}.excludes")
    if included.caps or (included.arches and arch not in included.arches):
        return False
    if included.min_kernel is not None and kernel < included.min_kernel:
        return False
    if arch in excluded.arches:
        return False
    return excluded.min_kernel is None or kernel < excluded.min_kernel


class _Condition(NamedTuple):
    arches: list[str]
    caps: list[str]
    min_kernel: tuple[int, int] | None


def _condition(value: Any, where: str) -> _Condition:
    if value is None:
        return _Condition([], [], None)
    if not isinstance(value, dict):
        raise ProfileError(where, "not an object", "Write an object with arches, caps or minKernel.")
    _known(value, _CONDITION_KEYS, where)
    minimum = value.get("minKernel")
    if minimum is None or minimum == "":
        version = None
    else:
        parts = _string(minimum, f"{where}.minKernel").split(".")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ProfileError(f"{where}.minKernel", f"{minimum!r} is no kernel version", 'Write "5.10" for example.')
        version = (int(parts[0]), int(parts[1]))
    return _Condition(
        _strings(value.get("arches"), f"{where}.arches"), _strings(value.get("caps"), f"{where}.caps"), version
    )


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ProfileError(where, "missing or not a string", "Write a string.")
    return value


def _strings(value: Any, where: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ProfileError(where, "not a list", "Write a list of strings.")
    return [_string(item, f"{where}[{index}]") for index, item in enumerate(value)]


def _number(value: Any, highest: int, where: str) -> int:
    if type(value) is not int or not 0 <= value <= highest:
        raise ProfileError(where, f"not a whole number from 0 to {highest}", "Write a number.")
    return value
