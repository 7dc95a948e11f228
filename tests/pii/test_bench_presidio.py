"""Presidio's pattern recognisers, which `scripts/bench pii` measures beside ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "scripts" / "benchmarks" / "_presidio.py"


def test_presidio_looks_through_the_same_texts() -> None:
    texts = ["write to ada@example.org", "nothing", "IBAN DE89370400440532013000"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", PROGRAM], input=json.dumps(texts), capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    sure = [{kind for kind, _, _, score in found if score >= 0.5} for found in said["findings"]]
    assert sure == [{"email"}, set(), {"iban"}]
    assert said["seconds"] > 0
