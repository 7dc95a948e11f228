"""What a fault is, what is asked of it, and the list of all of them.

A test does the fault to a session, or to what it stands on, while another session of the same machine goes on working
(`bystander`). It fails if the user sees anything else than is declared here, if anything is lost or fails open, or if
the other session loses a single call. How long the machine took to be as before, and how long calls of the other
session took meanwhile, are no business of the test's: they are put on record, with what the same calls took just
before.

`docs/faults.md` is written from the families of the modules here and from recorded runs (`scripts/fault-tests`).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.conftest import Run

FOLDER = Path(__file__).parent


class Fault(NamedTuple):
    """One fault. `name`: what is done, or what happens. `statuses`: what `akios run` may end with. `says`: what stands
    in its last words. `meanwhile`: what else is seen of it, and `lost`: what a test allows to be lost, for the page.
    """

    name: str
    statuses: tuple[int, ...] = (0,)
    says: str = ""
    meanwhile: str = ""
    lost: str = "nothing"

    def seen(self, run: Run) -> None:
        """Fail the test unless a run ended as declared: with that status and in words, never with a traceback."""
        assert run.status in self.statuses, run
        assert self.says in run.stderr, run
        assert "Traceback" not in run.stderr, run


class Family(NamedTuple):
    """Faults that are done in one way. `shows`: what each test of it checks. `elsewhere`: tests of more of the kind,
    by what they do; without figures, since they have no other session beside them. `in_machine`: what is done to a
    whole machine is done in a virtual one alone.
    """

    title: str
    shows: str
    faults: tuple[Fault, ...]
    elsewhere: Mapping[str, str] = {}
    in_machine: bool = False


def families() -> list[Family]:
    """Every family of the modules here, in the order of their files."""
    found: list[Family] = []
    for path in (*sorted(FOLDER.glob("test_*.py")), *sorted(FOLDER.glob("in_machine_*.py"))):
        module: Any = importlib.import_module(f"tests.faults.{path.stem}")
        found += [value for name, value in vars(module).items() if isinstance(value, Family) and name.isupper()]
    return found
