"""An installed wheel, away from the checkout and with nothing but the declared dependencies, does the whole job."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.policy.manifests import FOUNDING
from tests.project.test_source import ROOT, tracked


def needed(name: str, found: set[str]) -> set[str]:
    """The names of a distribution's dependencies, all the way down, extras left out."""
    for requirement in distribution(name).requires or ():
        match = re.match(r"([A-Za-z0-9._-]+)", requirement)
        assert match is not None
        dependency = match[1].lower()
        if dependency in found or "extra ==" in requirement:
            continue
        try:
            distribution(dependency)
        except ModuleNotFoundError:
            assert ";" in requirement, f"{requirement} is needed by {name} and not installed"
            continue
        found.add(dependency)
        needed(dependency, found)
    return found


def copy_dependencies(site_packages: Path) -> None:
    """Put the run-time dependencies beside the wheel, as an index would; copies, so that nothing else is in reach."""
    for name in needed("akios-jail", set()):
        dist = distribution(name)
        for file in dist.files or ():
            if ".." not in file.parts:
                target = site_packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(dist.locate_file(file)), target)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `akios` command of a fresh environment with the wheel in it."""
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    for path in tracked():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(base), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    shutil.rmtree(source)
    (wheel,) = base.glob("*.whl")
    environment = base / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    copy_dependencies(site_packages)
    install = ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(environment / "bin/python"), *install], check=True)
    return environment / "bin" / "akios"


def akios(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run([command, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=110)


def test_the_command_runs(installed: Path, tmp_path: Path) -> None:
    done = akios(installed, "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("akios ")


def test_it_brings_its_profiles_and_policies(installed: Path, tmp_path: Path) -> None:
    code = "from akios_jail import resources; print(resources.names('profiles'), resources.names('policies'))"
    python = installed.with_name("python")
    done = subprocess.run([python, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    profiles = sorted(path.name for path in (ROOT / "profiles").glob("*.json"))
    policies = sorted(path.name for path in (ROOT / "policies").glob("*.yaml"))
    assert done.stdout.strip() == f"{profiles} {policies}"
    assert profiles
    assert policies


def test_its_type_hints_are_there_for_its_users(installed: Path, tmp_path: Path) -> None:
    marks = "[(files(name) / 'py.typed').is_file() for name in ('akios', 'akios_jail')]"
    code = f"from importlib.resources import files; print({marks})"
    done = subprocess.run(
        [installed.with_name("python"), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "[True, True]\n"


def test_it_takes_a_policy_as_it_stands_in_the_introduction(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(FOUNDING)
    done = akios(installed, "policy", "check", "policy.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_makes_a_project(installed: Path, tmp_path: Path) -> None:
    assert akios(installed, "init", "project", cwd=tmp_path).returncode == 0
    assert akios(installed, "policy", "check", "project/policy.yaml", cwd=tmp_path).returncode == 0


@pytest.mark.root
def test_it_runs_an_agent_in_the_jail(installed: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "policy.yaml").write_text(FOUNDING)
    options = ["--policy", "policy.yaml", "--state-dir", str(tmp_path / "state")]
    done = akios(installed, "run", *options, "--", "/bin/true", cwd=project)
    assert done.returncode == 0, done.stderr
    failing = akios(installed, "run", *options, "--", "/bin/false", cwd=project)
    assert failing.returncode == 1, failing.stderr
    assert akios(installed, "audit", "verify", "--state-dir", str(tmp_path / "state"), cwd=tmp_path).returncode == 0
