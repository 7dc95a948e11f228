"""The attacks that look for a way out, on jails that an ordinary account starts. The whole suite runs that way by
`scripts/security-tests --rootless`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import CHECKOUT

pytestmark = pytest.mark.root  # to become that account

FAMILIES = ("namespaces", "inherited", "kernel_files", "processes", "sockets", "system_calls", "broker_taken_over")


@pytest.mark.timeout(400)
def test_what_looks_for_a_way_out_finds_none(tmp_path: Path) -> None:
    files = [f"tests/attacks/test_{name}.py" for name in FAMILIES]
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--basetemp", str(tmp_path / "tests")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=CHECKOUT,
        env={**os.environ, "AKIOS_TESTS_ROOTLESS": "1"},
        capture_output=True,
        text=True,
        timeout=380,
    )
    assert done.returncode == 0, done.stdout
