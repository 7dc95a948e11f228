"""`scripts/bench` measures what is there, and says what is not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.root

BENCH = str(Path(__file__).parents[2] / "scripts" / "bench")


def test_cold_leaves_out_the_peers_that_cannot_be_had_and_says_so(tmp_path: Path) -> None:
    for program in ("sh", "dirname", "true", "nft"):
        found = next(p for folder in ("/usr/sbin", "/usr/bin") if (p := Path(folder, program)).exists())
        (tmp_path / program).symlink_to(found)
    command = [BENCH, "cold", "--rounds", "2", "--json"]
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [figure["name"] for figure in told["figures"]] == ["/bin/true", "akios run"]
    assert [line.partition(":")[0] for line in told["missing"]] == ["bubblewrap", "srt"]
    for figure in told["figures"]:
        assert 0 < figure["min_ms"] <= figure["median_ms"] <= figure["max_ms"]
        assert figure["runs"] == 2


def test_a_contender_that_fails_is_no_figure(tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = [BENCH, "cold", "--rounds", "1", "--srt", "/bin/true"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "bubblewrap ended with status 3: broken" in done.stderr


def test_without_a_name_it_lists_what_there_is() -> None:
    done = subprocess.run([BENCH], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "cold" in done.stdout


def test_a_record_is_measured_beside_the_bare_disk(tmp_path: Path) -> None:
    command = [
        BENCH,
        "record",
        "--count",
        "20",
        "--rate",
        "200",
        "--seconds",
        "0.5",
        "--folder",
        str(tmp_path),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    bare, alone, rate, _, *traced = json.loads(done.stdout)["figures"]
    assert (bare["n"], alone["n"], rate["n"]) == (20, 20, 100)
    assert [figure["n"] for figure in traced] == [600, 1000, 1000, 600, 1000]
    for figure in (bare, alone, rate, *traced):
        assert 0 < figure["p50_ms"] <= figure["p99_ms"] <= figure["max_ms"]
    assert list(tmp_path.iterdir()) == []
