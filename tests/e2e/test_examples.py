"""The examples that people copy from do what their pages say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_first_agent(akios: Akios) -> None:
    folder = EXAMPLES / "first-agent"
    akios.policy_text((folder / "policy.yaml").read_text())
    run = akios.python((folder / "my_agent.py").read_text())
    assert run.status == 0, run
    crm, model, refund = run.stdout.decode().splitlines()
    assert "ada.winters@example.com" in crm
    assert "order 88213" in model
    assert "POST" in refund or "method" in refund
    assert not akios.upstream.saw("ada.winters@example.com", host="api.openai.com")
    assert [request.method for request in akios.upstream.requests("internal-crm.corp")] == ["GET"]
    assert "ada.winters@example.com" not in json.dumps(run.audit)
