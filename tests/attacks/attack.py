"""What an attack is, how its outcomes are judged, and the list of all of them.

A hostile program tries its attacks twice: in the jail, and where nothing stops it (as root in throw-away namespaces, or
in a jail with that one defence off). Each attempt comes to one word: `done`, the name of an errno, or what ended it. An
attack is shown to be stopped by both words together: the second proves that the program would have succeeded.

`docs/security-tests.md` is written from the families of the modules here and from recorded runs
(`scripts/security-tests`).
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.conftest import ACCOUNT

FOLDER = Path(__file__).parent


class Attack(NamedTuple):
    """One attack. `name`: as the hostile program prints it. `stopped`: what it comes to in the jail. `shown`: what it
    comes to outside, where it works. `absent`: what it comes to outside on a kernel or machine that has nothing to
    attack there. `defence`: what stops it, where that is not what stops its whole family. `since`: the first kernel
    that has this defence; on an older one it is on record what the attack comes to, stopped or not. `by_root`: so it is
    without root, since the defence is a number that only root can give.
    """

    name: str
    stopped: tuple[str, ...] = ("EPERM",)
    shown: tuple[str, ...] = ("done",)
    absent: tuple[str, ...] = ("ENOSYS",)
    defence: str = ""
    since: tuple[int, int] = (0, 0)
    by_root: bool = False


class Family(NamedTuple):
    """Attacks that one program tries. `control`: where the same program was let loose to prove that it works."""

    title: str
    defence: str
    control: str
    attacks: tuple[Attack, ...]


Outcomes = Mapping[str, str]
Record = Callable[[str, object], None]

ROOT_ELSEWHERE = "as root in namespaces of its own, without a jail"


def judge(
    family: Family,
    attack: Attack,
    inside: Outcomes,
    outside: Outcomes,
    record: Record,
    unfiltered: Outcomes | None = None,
) -> None:
    """Fail the test unless the attack was stopped in the jail and worked outside; put both outcomes on record.

    `unfiltered`: what it came to in a jail without a system call filter, to record whether there is a second wall.
    """
    there = outside[attack.name]
    result = {"inside": inside[attack.name], "outside": there, "absent": there in attack.absent}
    result["unfiltered"] = unfiltered[attack.name] if unfiltered is not None else ""
    result["stopped"] = inside[attack.name] in attack.stopped
    record("attack", json.dumps({"family": family.title, "attack": attack.name, **result}))
    if kernel_version() >= attack.since and not (attack.by_root and ACCOUNT):
        assert inside[attack.name] in attack.stopped, f"{attack.name} came to {inside[attack.name]} in the jail"
    if there not in attack.absent:
        assert there in attack.shown, f"{attack.name} came to {there} outside, so it proves nothing"


def kernel_version() -> tuple[int, int]:
    """6.1.0-56-amd64 → (6, 1)."""
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int(minor.split("-")[0])


def undeclared(family: Family, *outcomes: Outcomes) -> set[str]:
    """What was tried and is not in the family, or is in it and was not tried."""
    declared = {attack.name for attack in family.attacks}
    return set().union(*(declared ^ found.keys() for found in outcomes))


def families() -> list[Family]:
    """Every family of the modules here, in the order of their files."""
    found: list[Family] = []
    for path in sorted(FOLDER.glob("test_*.py")):
        module: Any = importlib.import_module(f"tests.attacks.{path.stem}")
        found += [value for value in vars(module).values() if isinstance(value, Family)]
    return found
