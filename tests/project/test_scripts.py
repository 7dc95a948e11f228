"""Every script says what it does when it is asked, and does nothing else then."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PROGRAMS = sorted(path.name for path in SCRIPTS.iterdir() if path.is_file() and os.access(path, os.X_OK))
#: These leave it to Python's argparse.
PYTHON = {"bench", "vm"}


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name in PROGRAMS for option in ("--help", "-h")[: 1 + (name not in PYTHON)]]
)
def test_help_is_all_that_is_done(name: str, option: str) -> None:
    text = (SCRIPTS / name).read_text()
    assert name in PYTHON or "-h | --help)" in text, "a script that knows no --help would do what it does"
    done = subprocess.run([SCRIPTS / name, option], capture_output=True, text=True, timeout=60, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    if name not in PYTHON:
        assert done.stdout.splitlines()[0] == text.splitlines()[1].removeprefix("# ")


@pytest.mark.parametrize("account", [["-x"], ["--frobnicate"], ["a b"], ["Person"], ["a", "b"]])
def test_a_machine_is_not_provisioned_for_a_slip_of_the_hand(account: list[str]) -> None:
    assert "[[ $account =~ ^[a-z_]" in (SCRIPTS / "provision").read_text()
    done = subprocess.run([SCRIPTS / "provision", *account], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--help says more" in done.stderr
