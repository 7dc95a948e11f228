"""Writes docs/faults.md: what the faults of tests/faults came to, on each kind of machine they were done on.

Run by `scripts/docs`; a test compares. `record` does the faults first and keeps what they came to here, in
tests/faults/results (`scripts/fault-tests`). Nothing in the page is written by hand.
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
from tests.faults.fault import Family, Fault, families  # noqa: E402

PAGE = ROOT / "docs" / "faults.md"
RESULTS = ROOT / "tests" / "faults" / "results"

INTRODUCTION = """\
# Faults

<!-- Written by scripts/docs from tests/faults, and from what scripts/fault-tests recorded there. Change those. -->

Each row is something that is done to a session, or to what it stands on, while another session of the same machine
works: an agent that calls a model over and over, under its own broker, with the same state folder (audit log, day's
budget, caches) unless the row says otherwise. A test does it, and fails if the user sees anything else than the row
says, if anything is lost that the row does not name, if anything fails open (an upstream received what is not on
record), or if the other session loses a single call.

*Over after* is the time from the fault until nothing is left of the session on the host and the machine is as before;
a dash where the session itself goes on. The last column is the 99th percentile of what calls of the other session
took, in milliseconds: just before the fault, then from its first moment on. These are figures of one run on a small
machine, two processors for both sessions, the model server, the test and whatever else ran there meanwhile; the two in
a cell belong together, rows should not be compared with each other, and no test is judged by them. On a machine that
does nothing else such a call takes some milliseconds ([performance](performance.md)). On Linux 6.1 it is an emulated
machine, which is ten to twenty times slower. What was not tried on a machine has no column of it.

A row in **bold** failed.
"""


class Came(NamedTuple):
    """What one fault came to on one kind of machine. Times in seconds, those of calls in milliseconds. `calls`: of the
    other session, from the fault on; `moments`: at so many the fault was done."""

    passed: bool
    recovery_s: float | None
    quiet_ms: float
    during_ms: float
    calls: int
    moments: int


RUNS = Runs(RESULTS, "fault", Came)


def recorded() -> list[Machine[Came]]:
    """All recorded runs, the newest kernel first."""
    return RUNS.machines()


def page() -> str:
    """The whole document."""
    machines = recorded()
    return INTRODUCTION + "".join(_section(family, machines) for family in families())


def _section(family: Family, machines: list[Machine[Came]]) -> str:
    machines = [machine for machine in machines if machine.came.get(family.title)]
    heads = ["fault", "what the user sees", "lost"]
    for machine in machines:
        heads += [f"over after (Linux {machine.kernel}, {machine.account})", "another session's p99"]
    rows = [heads, ["---"] * len(heads)]
    for fault in family.faults:
        cells = [fault.name, _seen(fault), fault.lost]
        for machine in machines:
            cells += _cells(machine.came.get(family.title, {}).get(fault.name))
        rows.append([_plain(cell) for cell in cells])
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    more = "".join(f"- {what}: `{where}`\n" for what, where in family.elsewhere.items())
    return f"\n## {family.title}\n\n{family.shows}\n\n{table}" + (f"\nShown elsewhere:\n\n{more}" if more else "")


def _seen(fault: Fault) -> str:
    """What the user sees of it, in words."""
    *others, last = [str(status) for status in fault.statuses]
    ends = "status " + (f"{', '.join(others)} or {last}" if others else last)
    if fault.statuses == (-9,):
        ends = "`akios run` is gone"
    told = f"{ends}: “{fault.says}”" if fault.says.strip() not in ("", "akios:") else ends
    return f"{fault.meanwhile}; {told}" if fault.meanwhile else told


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _cells(came: Came | None) -> list[str]:
    if came is None:
        return ["not recorded", ""]
    over = "-" if came.recovery_s is None else f"{came.recovery_s:.2f} s"
    if came.moments > 1:
        over += f" (the longest of {came.moments})" if came.recovery_s is not None else f" ({came.moments} of them)"
    felt = f"{came.quiet_ms:.1f} → {came.during_ms:.1f} ({came.calls} calls)"
    return [over, felt] if came.passed else ["**failed**", felt]


def record(arguments: list[str]) -> int:
    """Do the faults, all or those of the files in `arguments`, and keep what they came to. pytest's status."""
    account = "root" if os.geteuid() == 0 else "rootless"
    return RUNS.record(arguments, account, _declared(families()), _read)


def _read(said: dict[str, Any], passed: bool) -> Came:
    figures = [said[field] for field in Came._fields[1:]]
    return Came(passed, *(round(figure, 3) if isinstance(figure, float) else figure for figure in figures))


def _declared(those: list[Family]) -> dict[str, set[str]]:
    return {family.title: {fault.name for fault in family.faults} for family in those}


def undeclared(machine: Machine[Came], *, whole: bool) -> list[str]:
    """What was recorded of faults that are not declared any more; `whole`: also what is declared and not recorded, but
    for what is done in a virtual machine alone."""
    expected = [family for family in families() if whole and not family.in_machine]
    return recorded_runs.differing(machine, _declared(families()), _declared(expected))


if __name__ == "__main__":
    os.chdir(ROOT)
    status = record(sys.argv[2:]) if sys.argv[1:2] == ["record"] else 0
    PAGE.write_text(page())
    sys.exit(status)
