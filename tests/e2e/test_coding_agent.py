"""A complete coding agent (mini-swe-agent, from its own release, unmodified) repairs a program in the jail.

It reads, edits and tests files in its workspace by the shell commands that the model asks for, and is told nothing of
AKIOS. The model is the local one; what it asks for is written here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour, ToolCall
from tests.e2e.conftest import Akios, Run

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]

AGENT = Path(sys.prefix) / "coding-agent"
TESTS = """\
import unittest
from prices import total

class Prices(unittest.TestCase):
    def test_a_discount_is_taken_off(self):
        self.assertEqual(total([10, 20], discount=5), 25)

if __name__ == "__main__":
    unittest.main()
"""
WORK = (
    "cat prices.py test_prices.py",
    "sed -i 's/+ discount/- discount/' prices.py",
    "python3 -m unittest -q test_prices 2>&1 | tail -n 3",
    "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT",
)


def asks(*commands: str) -> list[Behaviour]:
    return [Behaviour(text="Next.", calls=(ToolCall("bash", {"command": command}),)) for command in commands]


def repair(akios: Akios, **governance: Any) -> Run:
    allowed = {"host": "api.openai.com", "methods": ["POST"], "paths": ["/v1/chat/completions"]}
    akios.policy(
        {"network_access": {"allowlist": [allowed]}, **governance},
        filesystem={"workspace": {"path": ".", "access": "rw"}},
        resources={"memory": "1Gi", "pids": 256},
    )
    akios.workspace.chmod(0o777)
    akios.file("prices.py", "def total(prices, discount=0):\n    return sum(prices) + discount\n", 0o666)
    akios.file("test_prices.py", TESTS)
    command = [str(AGENT / "bin" / "mini"), "--model", "openai/gpt-4o", "--yolo", "--exit-immediately"]
    command += ["--cost-limit", "0", "--output", "/tmp/trajectory.json"]
    options = ["--ro", str(AGENT), "--env=OPENAI_API_KEY=sk-test", "--env=MSWEA_CONFIGURED=true"]
    return akios.run(
        "--", *command, "--task", "Discounts are added instead of taken off. Repair it.", options=options, timeout=60
    )


def repaired(akios: Akios) -> bool:
    command = [sys.executable, "-m", "unittest", "-q", "test_prices"]
    return subprocess.run(command, cwd=akios.workspace, capture_output=True, check=False).returncode == 0


def test_it_repairs_a_program(akios: Akios) -> None:
    akios.upstream.script = asks(*WORK)
    run = repair(akios, budget={"max_cost_per_session": "$1.00"})
    assert run.status == 0, str(run)
    assert repaired(akios)
    assert run.report["calls"] == len(WORK)
    bill = akios.upstream.usages
    assert run.report["cost"]["input_tokens"] == sum(usage.input_tokens for usage in bill)
    # Its libraries would load a price list from the internet, and do without.
    assert {request.host for request in akios.upstream.requests()} == {"api.openai.com"}
    # It has a shell, and finds nothing of ours there, nor of the machine's.
    assert akios.upstream.saw("OK"), "the tests that it ran passed in the jail"
