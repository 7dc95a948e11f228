"""Which Python runs an agent: --python, $VIRTUAL_ENV, a .venv beside it, its #! line, then python3 of the PATH."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

WHO = "import sys; print(sys.prefix)"


def environment(folder: Path) -> str:
    """A virtual environment without any package; its prefix."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    return str(folder)


def test_the_virtual_environment_that_is_active(akios: Akios) -> None:
    prefix = environment(akios.folder / "active")
    akios.file("agent.py", WHO)
    run = akios.run("agent.py", env={"VIRTUAL_ENV": prefix})
    assert run.stdout.decode().strip() == prefix, run


def test_the_environment_beside_the_agent(akios: Akios) -> None:
    prefix = environment(akios.workspace / ".venv")
    akios.file("agent.py", WHO)
    run = akios.run("agent.py")
    assert run.stdout.decode().strip() == prefix, run


def test_the_option_is_stronger_than_both(akios: Akios) -> None:
    environment(akios.workspace / ".venv")
    prefix = environment(akios.folder / "named")
    akios.file("agent.py", WHO)
    run = akios.run("agent.py", options=["--python", f"{prefix}/bin/python"])
    assert run.stdout.decode().strip() == prefix, run


def test_the_first_line_of_the_agent(akios: Akios) -> None:
    akios.file("agent.py", f"#!/usr/bin/python3\n{WHO}\n")
    run = akios.run("agent.py")
    assert run.stdout == b"/usr\n", run


def test_a_script_given_as_a_command_is_run_by_its_own_first_line(akios: Akios) -> None:
    akios.file("agent.sh", "#!/bin/sh\necho from the shell\n", mode=0o755)
    run = akios.run("--", "./agent.sh")
    assert run.stdout == b"from the shell\n", run
