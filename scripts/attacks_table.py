"""Writes docs/security-tests.md: what the attacks of tests/attacks came to, on each kind of machine they ran on.

Run by `scripts/docs`; a test compares. `record` runs the attacks first and keeps what they came to here, in
tests/attacks/results (`scripts/security-tests`). Nothing in the page is written by hand.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402 - the tests are found by the line above

from tests.attacks.attack import Family, families  # noqa: E402

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

A cell in **bold** is an attack that was not stopped.
"""


class Came(NamedTuple):
    """What an attack came to on one kind of machine. `unfiltered`: in a jail without a system call filter, if tried."""

    inside: str
    outside: str
    absent: bool
    stopped: bool
    unfiltered: str


class Machine(NamedTuple):
    """One recorded run. `came`: by family and attack."""

    kernel: str
    account: str
    came: dict[str, dict[str, Came]]


def recorded() -> list[Machine]:
    """All recorded runs, the newest kernel first."""
    found = []
    for path in RESULTS.glob("*.json"):
        document = json.loads(path.read_text())
        came = {family: {name: Came(*each) for name, each in rows.items()} for family, rows in document["came"].items()}
        found.append(Machine(document["kernel"], document["account"], came))
    return sorted(found, key=lambda machine: ([int(part) for part in machine.kernel.split(".")], machine.account))[::-1]


def page() -> str:
    """The whole document."""
    machines = recorded()
    return INTRODUCTION + "".join(_section(family, machines) for family in families())


def _section(family: Family, machines: list[Machine]) -> str:
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


class Recorder:
    """Hears from pytest what each attack came to."""

    def __init__(self) -> None:
        self.came: dict[str, dict[str, Came]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if report.when == "call" and name == "attack":
                said: dict[str, Any] = json.loads(str(value))
                came = Came(said["inside"], said["outside"], said["absent"], report.passed, said["unfiltered"])
                self.came.setdefault(said["family"], {})[said["attack"]] = came


def record(arguments: list[str]) -> int:
    """Run the attacks, all or those of the files in `arguments`, and keep what they came to. pytest's status."""
    recorder = Recorder()
    where = [] if any(each.startswith("tests/") for each in arguments) else ["tests/attacks"]
    status = int(pytest.main(["-q", "-p", "no:cacheprovider", "-n", "0", *where, *arguments], [recorder]))
    kernel = ".".join(os.uname().release.split(".")[:2])
    account = "root" if os.geteuid() == 0 else "rootless"
    before = next((each.came for each in recorded() if each[:2] == (kernel, account)), {}) if not where else {}
    declared = {family.title for family in families()}
    came = {title: rows for title, rows in {**before, **recorder.came}.items() if title in declared}
    RESULTS.mkdir(exist_ok=True)
    text = ",\n".join(f"{json.dumps(title)}: {_lines(rows)}" for title, rows in sorted(came.items()))
    head = f'{{"kernel": "{kernel}", "account": "{account}", "came": {{\n'
    (RESULTS / f"{kernel}-{account}.json").write_text(f"{head}{text}\n}}}}\n")
    return status


def _lines(rows: dict[str, Came]) -> str:
    """JSON with a line an attack, so that a change of one is a change of one line."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(came)}" for name, came in sorted(rows.items()))
    return f"{{\n{lines}\n}}"


def undeclared(machine: Machine) -> list[str]:
    """What was recorded of attacks that are not declared any more, or are declared and were not recorded."""
    declared = {(family.title, attack.name) for family in families() for attack in family.attacks}
    found = {(title, name) for title, rows in machine.came.items() for name in rows}
    return [f"{title}: {name}" for title, name in sorted(declared ^ found)]


if __name__ == "__main__":
    os.chdir(ROOT)
    status = record(sys.argv[2:]) if sys.argv[1:2] == ["record"] else 0
    PAGE.write_text(page())
    sys.exit(status)
