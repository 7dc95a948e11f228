"""What `scripts/vm test` runs: the parts of the suite that depend on the kernel and the machine, each in a boot.

Emulation is ten to twenty times slower than this machine, so each part ends by itself, and what it recorded comes back
at its end: whatever stops a later one, that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_ATTACKS = "tests/attacks/results"
_FAULTS = "tests/faults/results"
#: What documents are written from.
RECORDED = frozenset((_ATTACKS, _FAULTS))
#: What waits a minute elsewhere may wait longer in an emulated machine; what stands still does not do so for ever. The
#: plugin comes with a library that agents use, and takes half a minute to load there.
_PATIENT = ("--timeout=1800", "-p", "no:langsmith_plugin")
#: A machine in the machine is left out.
_TEST = ("./scripts/test", "-m", "not vm", *_PATIENT)
#: As many calls of another session as show that none is lost, and one moment of each row.
_FAULT_TEST = ("env", "AKIOS_FAULT_CALLS=5", "./scripts/fault-tests", *_PATIENT)


class Part(NamedTuple):
    """`command`: with its own options. `paths`: what it takes unless others are named. `brings`: what it records."""

    command: tuple[str, ...]
    paths: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


PARTS = {
    "jail": Part(_TEST, ("tests/jail", "tests/jail/in_scope.py", "tests/jail/in_user_scope.py")),
    "sessions": Part(_TEST, ("tests/e2e/test_isolation.py", "tests/e2e/test_limits.py", "tests/doctor")),
    "clock": Part(_FAULT_TEST, ("tests/faults/in_machine_clock.py",), (_FAULTS,)),
    "faults": Part(
        _FAULT_TEST,
        ("tests/faults/test_killed.py", "tests/faults/test_killed_at_each_step.py", "tests/faults/test_disks.py"),
        (_FAULTS,),
    ),
    "attacks": Part(("./scripts/security-tests", *_PATIENT), (), (_ATTACKS,)),
    "rootless": Part(("./scripts/security-tests", "--rootless", *_PATIENT), (), (_ATTACKS,)),
}
#: In a part of this name is everything else, too. It takes a day.
EVERYTHING = "--all"


class Run(NamedTuple):
    """One boot. `name` is its part's. `brings`: files and folders of the checkout that come back."""

    name: str
    command: list[str]
    brings: list[str]


def planned(arguments: Sequence[str]) -> list[Run]:
    """The boots for the arguments after `test`: names of parts, then paths and options for pytest.

    Paths without a part's name are run by scripts/test. `ValueError` for a name that no part has.
    """
    names = []
    for word in arguments:
        if word not in PARTS and word != EVERYTHING:
            break
        names.append(word)
    rest = arguments[len(names) :]
    if rest and not rest[0].startswith(("-", "tests")):
        raise ValueError(f"there is no part {rest[0]}, but {', '.join(PARTS)}; and {EVERYTHING}, or paths of tests")
    if EVERYTHING in names or (not names and any(each.startswith("tests") for each in rest)):
        return [_run("tests", Part(_TEST), rest)]
    return [_run(name, PARTS[name], rest) for name in names or PARTS]


def _run(name: str, part: Part, rest: Sequence[str]) -> Run:
    junit = f"build/vm/{name}.xml"
    paths = () if any(each.startswith("tests") for each in rest) else part.paths
    return Run(
        name, [*part.command, "-o", "junit_family=xunit1", f"--junit-xml={junit}", *paths, *rest], [junit, *part.brings]
    )
