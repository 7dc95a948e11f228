"""`akios demo` on the real kernel: everything it tries comes out as its table says, and nothing stays behind."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import AKIOS

pytestmark = pytest.mark.root


def test_the_demo_is_governed_from_end_to_end(tmp_path: Path) -> None:
    before = set(Path("/tmp").glob("akios-demo-*"))
    command = [AKIOS, "demo", "--json", "--state-dir", str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["governed"] is True
    assert all(chapter["as_expected"] for chapter in told["attempts"]), told["attempts"]
    assert all(chapter["record"] for chapter in told["attempts"] if chapter["verdict"] == "refused"), told["attempts"]
    assert told["prompt"]["leaked"] == []
    assert 0 < told["spent_usd"] <= told["budget_usd"]
    assert set(Path("/tmp").glob("akios-demo-*")) <= before


def test_the_demo_ends_with_a_table_and_the_next_steps(tmp_path: Path) -> None:
    command = [AKIOS, "demo", "--state-dir", str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("What the agent wrote", "What the model saw", "governed as the policy says", "akios audit verify"):
        assert words in done.stdout
