"""What `akios run` loads while somebody waits for their agent to start: the list is short, and stays so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

#: Each of these costs between 5 and 300 ms to import, and none is needed to start a session whose plan is cached.
HEAVY = {
    "aiohttp", "asyncio", "cel_expr_python", "cryptography", "genai_prices", "logging", "multiprocessing", "phonenumbers",
    "psutil", "pydantic", "pyroute2", "pyseccomp", "rich", "ssl", "urllib.request", "uvloop", "yaml",
}  # fmt: skip
#: Rooms that read what agents and upstreams say. The launcher has privileges, and so knows none of them.
OTHER_ROOMS = {f"akios_jail.{room}" for room in ("audit", "broker", "demo", "flux", "pii", "providers")}

POLICY = """\
apiVersion: akios/v1
kind: AgentPolicy
metadata:
  name: cold-path
spec:
  governance:
    network_access:
      allowlist:
        - host: "api.openai.com"
          methods: ["POST"]
"""


@pytest.fixture
def loaded(tmp_path: Path) -> list[str]:
    """The modules that the launcher loads on a run whose policy is compiled and cached by a run before it."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    options = ["--policy", "policy.yaml", "--state-dir", str(tmp_path / "state")]
    modules: list[str] = []
    for flags in ([], ["-X", "importtime"]):
        command = [sys.executable, *flags, "-m", "akios_jail", "run", *options, "--", "/bin/true"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, env={**os.environ})
        assert done.returncode == 0, done.stderr
        modules = re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE)
    return modules


@pytest.mark.root
def test_a_run_with_a_cached_plan_loads_nothing_heavy(loaded: list[str]) -> None:
    assert "akios_jail.cli.run" in loaded
    assert not {name for name in loaded if name.split(".")[0] in HEAVY or name in HEAVY}
    assert not {name for name in loaded if ".".join(name.split(".")[:2]) in OTHER_ROOMS}
