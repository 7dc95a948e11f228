from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.cli.init import project_name
from akios_jail.cli.main import run


def test_a_project_has_a_policy_that_is_valid_and_named_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "refund desk"
    assert run(["init", str(project)]) == 0
    assert "akios run --policy policy.yaml agent.py" in capsys.readouterr().out
    files = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert files == {"policy.yaml", "agent.py", "README.md", ".gitignore", "out/.gitkeep"}
    assert run(["policy", "check", str(project / "policy.yaml")]) == 0
    assert "refund-desk" in (project / "policy.yaml").read_text()


def test_the_policy_allows_what_its_comments_say(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    policy = ["-p", str(tmp_path / "policy.yaml")]
    assert run(["policy", "explain", *policy, "POST", "https://api.openai.com/v1/chat/completions"]) == 0
    assert run(["policy", "explain", *policy, "GET", "https://api.openai.com/v1/models"]) == 1
    assert run(["policy", "explain", *policy, "GET", "https://example.org/"]) == 1


def test_every_example_in_the_comments_is_valid_too(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    text = (tmp_path / "policy.yaml").read_text()
    shown = re.sub(r"^( +)# (- host|credentials:$|tools:$|  +[\w-])", r"\1\2", text, flags=re.MULTILINE)
    assert (text.count("\n        - host"), shown.count("\n        - host")) == (1, 4)
    assert "\n    credentials:\n      - name: openai\n" in shown
    assert "\n    tools:\n      - tool: " in shown
    beside = shown.replace('  environment:\n    pass: ["OPENAI_API_KEY"]\n', "")  # as the comment on credentials says
    assert beside != shown
    (tmp_path / "all.yaml").write_text(beside)
    assert run(["policy", "check", str(tmp_path / "all.yaml")]) == 0


def test_here_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    assert (tmp_path / "agent.py").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    command = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "-m", "akios_jail", "init", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    )
    assert done.returncode == 1
    assert done.stderr == f"akios: error: {tmp_path}/policy.yaml: File too large\n"


@pytest.mark.parametrize("name", ["policy.yaml", "agent.py", "README.md", ".gitignore"])
def test_nothing_is_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")
    assert run(["init", str(tmp_path)]) == 2
    assert name in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "agent.py").symlink_to(tmp_path / "elsewhere")
    assert run(["init", str(tmp_path)]) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_no_place_for_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(["init", str(tmp_path / "file")]) == 2
    assert "not a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("billing", "billing"),
        ("My Agent!", "My-Agent"),
        ("-._", "my-agent"),
        ("日本", "my-agent"),
        ("x" * 90, "x" * 63),
    ],
)
def test_the_name_is_one_that_a_policy_accepts(folder: str, name: str) -> None:
    assert project_name(folder) == name


@pytest.mark.root
def test_the_agent_runs_as_it_is_and_is_refused_what_it_should_be(tmp_path: Path) -> None:
    project = tmp_path / "project"
    run(["init", str(project)])
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    options = ["--policy", "policy.yaml", "--state-dir", str(tmp_path / "state"), "--report", str(tmp_path / "r.json")]
    command = [sys.executable, "-m", "akios_jail", "run", *options, "--python", "/usr/bin/python3", "agent.py"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "files in my home:   0" in done.stdout
    assert "it went through" not in done.stdout
    assert "GET" in done.stdout
    assert (project / "out" / "summary.txt").read_text().startswith("OPENAI_API_KEY is not set")
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["exit"]["status"] == 0
    assert report["verdicts"]["deny"] >= 2
