"""The page of faults says what was declared and recorded."""

from __future__ import annotations

import runpy

from tests.project.test_source import ROOT


def test_the_page_of_faults_is_what_was_declared_and_recorded() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "faults_table.py"))
    assert (ROOT / "docs" / "faults.md").read_text() == script["page"](), "stale: run scripts/docs"
    machines = script["recorded"]()
    assert machines
    for machine in machines:
        whole = machine[:2] == machines[0][:2]  # the others take long, or a virtual machine
        assert not script["undeclared"](machine, whole=whole), "stale: run scripts/fault-tests"
