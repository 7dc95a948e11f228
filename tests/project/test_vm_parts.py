"""What `scripts/vm test` runs, as somebody names it; that it runs is tests/jail/test_vm.py's."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.project.test_source import ROOT

PARTS = runpy.run_path(str(ROOT / "scripts" / "vm_parts.py"))


def planned(*arguments: str) -> list[Any]:
    found: list[Any] = PARTS["planned"](arguments)
    return found


def test_every_part_has_a_boot_of_its_own_and_brings_what_it_recorded() -> None:
    runs = planned()
    assert [run.name for run in runs] == [*PARTS["PARTS"]]
    for run in runs:
        assert run.brings[0] == f"build/vm/{run.name}.xml"
        assert f"--junit-xml={run.brings[0]}" in run.command
        assert all((ROOT / path).exists() for path in [*run.command, *run.brings[1:]] if path.startswith("tests/"))
    brought = {run.name: run.brings[1:] for run in runs}
    assert brought["attacks"] == brought["rootless"] == ["tests/attacks/results"]
    assert brought["faults"] == brought["clock"] == ["tests/faults/results"]


def test_named_parts_take_the_paths_and_options_behind_them() -> None:
    assert [run.name for run in planned("rootless", "jail")] == ["rootless", "jail"]
    (hosts,) = planned("attacks", "tests/attacks/test_hosts.py", "-x")
    assert hosts.command[0] == "./scripts/security-tests"
    assert hosts.command[-2:] == ["tests/attacks/test_hosts.py", "-x"]
    (jail,) = planned("jail", "tests/jail/test_landlock.py")
    assert "tests/jail" not in jail.command
    assert "tests/jail" in planned("jail", "-x")[0].command


@pytest.mark.parametrize("arguments", [("tests/flux", "-x"), ("--all", "-x"), ("--all",)])
def test_anything_else_is_run_by_scripts_test(arguments: tuple[str, ...]) -> None:
    (run,) = planned(*arguments)
    assert run.command[:3] == ["./scripts/test", "-m", "not vm"]
    assert run.command[-1] == (arguments[-1] if arguments != ("--all",) else "--junit-xml=build/vm/tests.xml")
    assert "--all" not in run.command


def test_options_alone_go_to_every_part() -> None:
    assert {run.command[-1] for run in planned("-x")} == {"-x"}
    assert len(planned("-x")) == len(PARTS["PARTS"])


@pytest.mark.parametrize("arguments", [("atacks",), ("jail", "atacks", "-x")])
def test_a_part_that_there_is_not_is_said_before_anything_boots(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no part atacks, but jail"):
        planned(*arguments)
