"""`scripts/bench broker` makes its calls through the real product, and says what it had to leave out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.root

BENCH = str(Path(__file__).parents[2] / "scripts" / "bench")


def test_governed_calls_are_timed_beside_bare_ones(tmp_path: Path) -> None:
    for program in ("sh", "dirname", "nft"):
        found = next(p for folder in ("/usr/sbin", "/usr/bin") if (p := Path(folder, program)).exists())
        (tmp_path / program).symlink_to(found)
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    command = [BENCH, "broker", "--calls", "5", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(figure["name"], figure["calls"]) for figure in told["figures"]] == [
        ("bare upstream", 5),
        ("akios, redaction and budgets", 5),
        ("akios, all stages", 5),
    ]
    assert told["missing"][0].startswith("mitmproxy: left out")
    assert 0 < told["figures"][0]["p50_ms"] <= told["figures"][0]["p99_ms"]
    assert "added_p99_ms" in told["figures"][1]
