"""A complete coding agent (mini-swe-agent, from its own release, unmodified) repairs a program in the jail.

It reads, edits and tests files in its workspace by the shell commands that the model asks for, and is told nothing of
AKIOS. The model is the local one; what it asks for is written here.
"""

from __future__ import annotations

import hashlib
import json
import re
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

KEY = "sk-real-2Lp7"
FLUX = """\
apiVersion: akios/v1
kind: FluxConfig
metadata: {name: repairs}
spec:
  budgets:
    per_session: {max_cost_usd: 1.00, action_on_exceed: terminate_with_summary}
    per_day: {max_cost_usd: 5.00, action_on_exceed: alert_and_queue}
  model_routing:
    rules: [{condition: "true", model: gpt-4o-mini, max_retries: 1}]
  scheduling: {context_packing: true}
"""


def asks(*commands: str) -> list[Behaviour]:
    return [Behaviour(text="Next.", calls=(ToolCall("bash", {"command": command}),)) for command in commands]


def repair(akios: Akios, *options: str, **governance: Any) -> Run:
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
    command += ["--task", "Discounts are added instead of taken off. Repair it."]
    return akios.run("--", *command, options=["--ro", str(AGENT), "--env=MSWEA_CONFIGURED=true", *options], timeout=60)


def repaired(akios: Akios) -> bool:
    command = [sys.executable, "-m", "unittest", "-q", "test_prices"]
    return subprocess.run(command, cwd=akios.workspace, capture_output=True, check=False).returncode == 0


def test_it_repairs_a_program(akios: Akios) -> None:
    akios.upstream.script = asks(*WORK)
    run = repair(akios, "--env=OPENAI_API_KEY=sk-test", budget={"max_cost_per_session": "$1.00"})
    assert run.status == 0, str(run)
    assert repaired(akios)
    assert run.report["calls"] == len(WORK)
    bill = akios.upstream.usages
    assert run.report["cost"]["input_tokens"] == sum(usage.input_tokens for usage in bill)
    # Its libraries would load a price list from the internet, and do without.
    assert {request.host for request in akios.upstream.requests()} == {"api.openai.com"}
    # It has a shell, and finds nothing of ours there, nor of the machine's.
    assert akios.upstream.saw("OK"), "the tests that it ran passed in the jail"


def test_it_repairs_a_program_although_much_is_refused_and_nothing_is_its_own(akios: Akios) -> None:
    deletes, looks = (ToolCall("bash", {"command": command}) for command in ("rm -rf /work ~ .git", WORK[0]))
    akios.upstream.script = [
        Behaviour(text="First.", calls=(deletes, looks)),
        *asks(WORK[1], "printenv OPENAI_API_KEY | sha256sum", *WORK[2:]),
    ]
    akios.environment["OPENAI_API_KEY"] = KEY
    akios.file("flux.yaml", FLUX)
    rule = {"tool": "bash", "when": "args.command.contains('rm -rf')", "action": "deny", "reason": "Nothing is deleted"}
    run = repair(
        akios,
        monitoring="strict",
        flux="flux.yaml",
        pii_handling={"mode": "redact_before_inference", "fields": ["email", "phone", "ssn"]},
        credentials=[{"name": "openai", "hosts": ["api.openai.com"], "env": "OPENAI_API_KEY"}],
        tools=[rule],
    )
    assert run.status == 0, str(run)
    assert repaired(akios)
    prompts = [json.dumps(prompt) for prompt in akios.upstream.prompts()]
    # The model hears that its call was refused, and why; the agent has never seen the call.
    assert "Nothing is deleted" in prompts[1]
    assert "rm -rf" not in run.stdout.decode()
    assert run.report["tools"]["bash"]["deny"] == 1
    # What its shell finds in its environment is not the key; the model is shown its output.
    assert re.search(r"[0-9a-f]{64}", prompts[-1])
    assert hashlib.sha256(f"{KEY}\n".encode()).hexdigest() not in prompts[-1]
    assert KEY not in prompts[-1] + run.stdout.decode() + json.dumps([run.report, run.audit])
    assert {request.header("authorization") for request in akios.upstream.requests()} == {f"Bearer {KEY}"}
    assert run.report["cost"]["cost_usd"] < 1
