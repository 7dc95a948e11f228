"""Files that programs of the host obey, made where there were none: hooks, settings of editors and of agents, shells.

Defence: `workspace: {access: overlay}`. What the agent writes lies in a layer; the host's folder has none of it until
a person has seen it in `akios diff` and takes it over, and the record says how much there is. With `access: rw`, which
is the control here, the files are the next caller's to find: SECURITY.md says so.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Family, Outcomes, Record, judge
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

OBEYED = (
    *(".git/hooks/pre-commit", ".git/hooks/post-checkout", ".git/config", ".gitmodules", ".gitattributes"),
    *(".vscode/tasks.json", ".vscode/settings.json", ".idea/workspace.xml", ".vimrc", ".exrc", ".editorconfig"),
    *(".claude/settings.json", ".cursor/mcp.json", ".mcp.json", "AGENTS.md", "CLAUDE.md"),
    *(".envrc", ".env", ".bashrc", ".profile", ".npmrc", ".pre-commit-config.yaml", ".husky/pre-push"),
    *("Makefile", "package.json", "conftest.py", "sitecustomize.py", ".venv/bin/python", ".github/workflows/ci.yml"),
)
FAMILY = Family(
    "Files that others obey, made where there were none",
    "overlay workspace: they are in a layer, and in akios diff",
    "the same agent with `access: rw`",
    tuple(Attack(name, ("absent",), ("there",)) for name in OBEYED),
)
MAKE = "\n".join(f"mkdir -p $(dirname {name}) && echo hostile > {name}" for name in OBEYED)


def made(akios: Akios, folder: Path, access: str) -> tuple[Run, Outcomes]:
    """Every file made by an agent with this access to `folder`; which of them the host has afterwards."""
    folder.mkdir()
    akios.workspace = folder
    akios.policy(filesystem={"workspace": {"path": ".", "access": access}})
    run = akios.shell(f"set -e\n{MAKE}\ncat {' '.join(OBEYED)} | sort -u")
    assert (run.status, run.stdout) == (0, b"hostile\n"), run
    return run, {name: "there" if (folder / name).exists() else "absent" for name in OBEYED}


@pytest.fixture(scope="module")
def overlaid(jailer: Akios) -> tuple[Run, Outcomes]:
    return made(jailer, jailer.folder / "overlaid", "overlay")


@pytest.fixture(scope="module")
def in_place(jailer: Akios) -> Outcomes:
    return made(jailer, jailer.folder / "in-place", "rw")[1]


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_the_host_has_none_of_it(
    attack: Attack, overlaid: tuple[Run, Outcomes], in_place: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, overlaid[1], in_place, record_property)


def test_all_of_it_is_shown_and_on_record(jailer: Akios, overlaid: tuple[Run, Outcomes]) -> None:
    run, _ = overlaid
    done = jailer.says("diff", run.report["session_id"], "--json")
    shown = {change["path"] for change in json.loads(done.stdout)["changes"]}
    assert shown >= {*OBEYED}
    session = run.report["session_id"]
    (record,) = [each for each in run.audit if each["type"] == "files" and each.get("session", session) == session]
    assert record["added"] == len(shown)


def test_a_read_only_workspace_takes_none_of_it(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "ro"}})
    run = akios.shell(MAKE)
    assert run.status != 0
    assert sorted(path.name for path in akios.workspace.iterdir()) == ["policy.yaml"]
