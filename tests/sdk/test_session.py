"""The SDK's sessions: real ones, through the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from akios import NotStartedError, Policy, Session, run

pytestmark = pytest.mark.root


class Project:
    """A workspace with a policy, and a state folder."""

    def __init__(self, folder: Path) -> None:
        self.work, self.state = folder / "work", folder / "state"
        self.work.mkdir()
        self.govern({})

    def govern(self, spec: dict[str, Any]) -> None:
        document = {"apiVersion": "akios/v1", "kind": "AgentPolicy", "metadata": {"name": "sdk"}, "spec": spec}
        (self.work / "policy.yaml").write_text(json.dumps(document))
        self.policy = Policy.from_file(self.work / "policy.yaml")

    def run(self, *command: str, **options: Any) -> Session:
        return run(self.policy, command, cwd=str(self.work), state_dir=str(self.state), capture=True, **options)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    tmp_path.chmod(0o755)
    return Project(tmp_path)


def test_a_program_runs_and_its_report_is_at_hand(project: Project) -> None:
    session = project.run("/bin/sh", "-c", "echo out; echo err >&2; exit 7")
    assert (session.status, session.stdout, session.stderr) == (7, b"out\n", b"err\n")
    assert session.report["exit"]["status"] == 7
    assert session.id.startswith("ses_")
    assert session.report["policy"]["sha256"] == project.policy.sha256


def test_an_agent_is_a_python_file_with_its_options(project: Project) -> None:
    (project.work / "agent.py").write_text("import os, sys; print(sys.argv[1:], os.environ['TASK'], os.getcwd())")
    session = project.run("agent.py", "--name", "x", env={"TASK": "a=b"}, name="mine")
    assert session.stdout.decode() == f"['--name', 'x'] a=b {project.work}\n"
    assert session.report["name"] == "mine"


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [(["missing.py"], 2, "no such agent: missing.py"), (["/no/such"], 127, "No such file"), ([], 2, "no command")],
)
def test_a_program_that_did_not_run_is_an_error_with_the_command_s_words(
    project: Project, command: list[str], status: int, words: str
) -> None:
    with pytest.raises(NotStartedError, match=words) as error:
        project.run(*command)
    assert error.value.status == status


def test_a_policy_that_was_changed_since_is_not_run(project: Project) -> None:
    policy = project.policy
    project.govern({"resources": {"pids": 5}})
    with pytest.raises(NotStartedError, match="was changed since it was loaded"):
        run(policy, ["/bin/true"])


def test_a_module_in_the_workspace_is_not_mistaken_for_the_product(project: Project) -> None:
    planted = project.work / "akios_jail" / "__main__.py"
    planted.parent.mkdir()
    planted.write_text("open('owned', 'w')\n")
    assert project.run("/bin/true").status == 0
    assert not (project.work / "owned").exists()
