"""`akios policy explain` says which model a call would go to, and what made its task easy or hard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from akios_jail.cli.policy import command

POLICY = """
apiVersion: akios/v1
kind: AgentPolicy
metadata: {name: billing}
spec:
  governance:
    flux: ./flux.yaml
    network_access:
      allowlist:
        - {host: api.openai.com, methods: [POST]}
"""
FLUX = """
apiVersion: akios/v1
kind: FluxConfig
metadata: {name: costs}
spec:
  model_routing:
    rules:
      - {condition: "task.complexity == 'lookup'", model: gpt-4o-mini, reason: Simple retrieval}
      - {condition: "task.complexity == 'analysis'", model: gpt-4o, max_retries: 2}
      - {condition: "1 / request.tools > 5", model: gpt-4o}
"""
URL = "https://api.openai.com/v1/chat/completions"


@pytest.fixture
def explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "flux.yaml").write_text(FLUX)
    monkeypatch.chdir(tmp_path)

    def run(text: str, *options: str, url: str = URL) -> str:
        body = json.dumps({"model": "gpt-4-turbo", "messages": [{"role": "user", "content": text}]})
        done = CliRunner().invoke(command, ["explain", *options, "-d", body, "POST", url])
        assert done.exception is None, done.output
        return done.output

    return run


@pytest.mark.parametrize(
    ("text", "options", "line"),
    [
        ("Where is order 4821?", (), "rule 1 asks gpt-4o-mini: Simple retrieval"),
        ("Compare the orders", (), "rule 2 asks gpt-4o: `task.complexity == 'analysis'` holds"),
        ("Where is it?", ("-H", "x-akios-task: analysis"), "rule 2 asks gpt-4o: `task.complexity == 'analysis'` holds"),
        ("Why?", (), "refused (route_undecided): the condition of routing rule 3 (line "),
    ],
)
def test_the_rule_that_would_decide_is_named(explained: Any, text: str, options: tuple[str, ...], line: str) -> None:
    assert f"  {line}" in explained(text, *options)


def test_a_call_may_lie_in_a_file_and_goes_to_the_policys_model_host(explained: Any, tmp_path: Path) -> None:
    call = {"model": "gpt-4-turbo", "messages": [{"role": "user", "content": "Compare the orders"}]}
    (tmp_path / "call.json").write_text(json.dumps(call))
    done = CliRunner().invoke(command, ["explain", "--call", "call.json"])
    assert "allowed (allowed): rule 1 allows POST at api.openai.com:443" in done.output
    assert "rule 2 asks gpt-4o" in done.output
    missing = CliRunner().invoke(command, ["explain", "--call", "none.json"])
    assert (missing.exit_code, "--call: none.json cannot be read" in missing.output) == (2, True)


def test_every_point_is_shown(explained: Any) -> None:
    said = explained("Compare the orders")
    assert "  analysis (score 7)\n    +7  it names an analysis\n" in said
    assert "    turn_bytes = 18\n" in said
    assert "turn_items" not in said


def test_programs_get_the_same(explained: Any) -> None:
    routing = json.loads(explained("Where is order 4821?", "--json"))["routing"]
    assert (routing["rule"], routing["asked_model"], routing["target"]["model"]) == (1, "gpt-4-turbo", "gpt-4o-mini")
    assert (routing["task"]["complexity"], routing["task"]["score"], routing["task"]["turn_numbers"]) == (
        "lookup",
        0,
        1,
    )


def test_what_is_no_model_call_has_no_routing(explained: Any) -> None:
    assert "routing" not in explained("Where?", url="https://api.openai.com/v1/files")
