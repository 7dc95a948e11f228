"""The documents say what is true of the tree that they lie in."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from akios_jail.cli.main import COMMANDS, run
from tests.project.test_imports import MAY_IMPORT, WITHOUT_SOCKETS
from tests.project.test_source import ROOT, tracked

MAP = (ROOT / "docs" / "architecture.md").read_text()
PAGES = [path for path in tracked() if path.suffix == ".md"]


def test_the_table_of_limits_is_what_the_broker_has() -> None:
    text = (ROOT / "docs" / "limits.md").read_text()
    script = runpy.run_path(str(ROOT / "scripts" / "limits_table.py"))
    assert script["page"](text) == text, "stale: run scripts/docs"


def test_the_page_of_attacks_is_what_was_declared_and_recorded() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "attacks_table.py"))
    assert (ROOT / "docs" / "security-tests.md").read_text() == script["page"](), "stale: run scripts/docs"
    machines = script["recorded"]()
    assert machines
    for machine in machines:
        # The others take long, or a virtual machine, so what is new since then says there that it was not recorded.
        whole = machine[:2] == machines[0][:2]
        assert not script["undeclared"](machine, whole=whole), "stale: run scripts/security-tests"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not broken


def _paths_of_the_map() -> set[str]:
    rows = re.findall(r"^\| (`[^|]+`) \|", MAP, re.MULTILINE)
    return {path.strip("`") for row in rows for path in row.split(", ")}


def test_everything_on_the_map_exists_and_everything_that_exists_is_on_it() -> None:
    mapped = _paths_of_the_map()
    assert not {path for path in mapped if not (ROOT / path).exists()}
    tops = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}
    rooms = {path.relative_to(ROOT).parts[:2] for path in tracked() if path.relative_to(ROOT).parts[0] == "akios_jail"}
    rooms.discard(("akios_jail", "py.typed"))
    wanted = {f"{top}/" for top in tops - {".ci", "akios_jail"}}
    wanted |= {"/".join(room) + ("" if room[1].endswith(".py") else "/") for room in rooms}
    wanted -= {"akios_jail/__init__.py", "akios_jail/__main__.py"}
    assert not wanted - mapped


def test_the_map_says_of_each_room_what_it_may_import() -> None:
    rows = re.findall(r"^\| `akios_jail/(\w+)(?:/|\.py)` \|[^|]*\| ([^|]*) \|$", MAP, re.MULTILINE)
    told = {room: set(re.findall(r"`(\w+)`", may)) for room, may in rows}
    assert {room: told[room] for room in MAY_IMPORT} == MAY_IMPORT
    (apart,) = re.findall(r"\(`tests/project/test_imports.py`\)\. (.*?) also open no\s+sockets", MAP)
    assert set(re.findall(r"`(\w+)`", apart)) == set(WITHOUT_SOCKETS)


def test_the_readme_names_every_command_and_no_other() -> None:
    text = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`(?:sudo )?akios (\w+)", text)) | set(
        re.findall(r"^(?:sudo )?akios (\w+)", text, re.MULTILINE)
    )
    assert named == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_whole_policy_in_a_document_is_valid(page: Path, tmp_path: Path) -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        if "kind: AgentPolicy" in block:
            (tmp_path / "policy.yaml").write_text(block)
            assert run(["policy", "check", str(tmp_path / "policy.yaml")]) == 0


def test_every_test_that_security_md_names_exists() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "SECURITY.md").read_text())
    assert named
    assert not [name for name in named if not list(ROOT.glob(name.rstrip("/")))]


def test_decisions_are_numbered_and_say_what_they_are() -> None:
    pages = sorted(path for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    numbers = [path.name[:4] for path in pages]
    assert len(set(numbers)) == len(numbers)
    for path in pages:
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]} · ")
        assert all(
            heading in text for heading in ("\nStatus: ", "\n## Context\n", "\n## Choice\n", "\n## Consequence\n")
        )
