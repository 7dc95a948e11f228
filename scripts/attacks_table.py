"""Writes docs/security-tests.md: what the attacks of tests/attacks came to, on each kind of machine they ran on.

Run by `scripts/docs`; a test compares. `record` runs the attacks first and keeps what they came to here, in
tests/attacks/results (`scripts/security-tests`). Nothing in the page is written by hand.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts import recorded_runs  # noqa: E402 - found, as the tests are, by the line above
from scripts.recorded_runs import Machine, Runs  # noqa: E402
from tests.attacks.attack import Family, families  # noqa: E402
from tests.e2e.conftest import ACCOUNT  # noqa: E402

PAGE = ROOT / "docs" / "security-tests.md"
RESULTS = ROOT / "tests" / "attacks" / "results"

INTRODUCTION = """\
# Attacks

<!-- Written by scripts/docs from tests/attacks, and from what scripts/security-tests recorded there. Change those. -->

Each row is something that a hostile agent tries. A program tries it twice: in the jail, and where nothing stops it,
to prove that the program works. The cells have both, as the kernel or the program said it: in the jail, then outside.
`done` outside means that the attack succeeds there; where success would do harm, another word shows that nothing but
the kernel looked at it (`EINVAL` for a restart with a wrong number). *Not shown* stands for a machine that has nothing
of the kind, or whose own root may not do it either.

In parentheses: what came of it in a jail whose system call filter was left out, so what the other walls do alone. A
team that brings a filter of its own should know where it says `done`.

A cell in **bold** is an attack that was not stopped. Without root
([rootless](decisions/0035-the-same-jail-without-root.md#what-is-weaker-than-under-root)) those are what a number of
each session's own would stop. *Not recorded* is one that came after that machine's last run; a machine on
which none of a family was tried yet has no column there.
"""


class Came(NamedTuple):
    """What an attack came to on one kind of machine. `unfiltered`: in a jail without a system call filter, if tried."""

    inside: str
    outside: str
    absent: bool
    stopped: bool
    unfiltered: str


RUNS = Runs(RESULTS, "attack", Came)


def recorded() -> list[Machine[Came]]:
    """All recorded runs, the newest kernel and root first."""
    return RUNS.machines()


def page() -> str:
    """The whole document."""
    machines = recorded()
    return INTRODUCTION + "".join(_section(family, machines) for family in families())


def _section(family: Family, machines: list[Machine[Came]]) -> str:
    machines = [machine for machine in machines if family.title in machine.came]
    heads = ["attack", "stopped by", *(f"Linux {machine.kernel}, {machine.account}" for machine in machines)]
    rows = [heads, ["---"] * len(heads)]
    for attack in family.attacks:
        cells = [_cell(machine.came.get(family.title, {}).get(attack.name)) for machine in machines]
        rows.append([_plain(attack.name), attack.defence or family.defence, *cells])
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"\n## {family.title}\n\nOutside: {family.control}.\n\n{table}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def _cell(came: Came | None) -> str:
    if came is None:
        return "not recorded"
    there = f"not shown ({_plain(came.outside)})" if came.absent else _plain(came.outside)
    inside = _plain(came.inside) if came.stopped else f"**{_plain(came.inside)}**"
    between = f" ({_plain(came.unfiltered)})" if came.unfiltered else ""
    return f"{inside}{between}; {there}"


def record(arguments: list[str]) -> int:
    """Run the attacks, all or those of the files in `arguments`, and keep what they came to. pytest's status."""
    return RUNS.record(arguments, "rootless" if ACCOUNT else "root", _declared(), _read)


def _read(said: dict[str, Any], passed: bool) -> Came:
    stopped = passed and said["stopped"]
    return Came(said["inside"], said["outside"], said["absent"], stopped, said["unfiltered"])


def _declared() -> dict[str, set[str]]:
    return {family.title: {attack.name for attack in family.attacks} for family in families()}


def undeclared(machine: Machine[Came], *, whole: bool) -> list[str]:
    """What was recorded of attacks that are not declared any more; `whole`: also what is declared and not recorded."""
    return recorded_runs.differing(machine, _declared(), _declared() if whole else {})


if __name__ == "__main__":
    os.chdir(ROOT)
    status = record(sys.argv[2:]) if sys.argv[1:2] == ["record"] else 0
    PAGE.write_text(page())
    sys.exit(status)
