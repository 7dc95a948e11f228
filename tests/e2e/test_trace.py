"""A session's trace: the graph of what a real agent did, seen from the command line."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.conftest import AKIOS, Akios

pytestmark = pytest.mark.root


def _trace(akios: Akios, *arguments: str) -> str:
    command = [AKIOS, *arguments, "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


AGENT = """
    import anthropic

    client = anthropic.Anthropic(api_key="sk-test", max_retries=0)
    messages = [{"role": "user", "content": "Write to ada.lovelace@example.org"}]
    for text in ("and then?", "thank you"):
        said = client.messages.create(model="claude-sonnet-4-5", max_tokens=50, messages=messages)
        messages += [{"role": "assistant", "content": said.content}, {"role": "user", "content": text}]
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=50, messages=messages) as stream:
        for _ in stream.text_stream:
            pass
"""


def test_a_conversation_is_one_line_of_steps_without_personal_data(akios: Akios) -> None:
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": "api.anthropic.com", "methods": ["POST"]}]},
            "pii_handling": {"mode": "redact_before_inference", "fields": ["email"], "restore": True},
        }
    )
    run = akios.python(AGENT)
    assert run.status == 0, run.stderr
    (session,) = json.loads(_trace(akios, "sessions", "--json"))
    assert session["steps"] == 6
    assert session["tokens_used"] > 0
    shown = json.loads(_trace(akios, "trace", "show", "--json"))
    steps, edges = shown["trace"]["steps"], shown["trace"]["edges"]
    assert [step["type"] for step in steps] == ["prompt", "decision"] * 3
    assert [(edge["source"], edge["target"], edge["type"]) for edge in edges] == [
        (1, 2, "reply"),
        (2, 3, "prefix"),
        (3, 4, "reply"),
        (4, 5, "prefix"),
        (5, 6, "reply"),
    ]
    assert "ada.lovelace" not in json.dumps(shown)
    assert steps[0]["content"] == "Write to [EMAIL_1]"
    assert [step.get("pii_redacted") for step in steps] == [["email"], None, None, None, None, None]
    for form, part in (("text", "▷ Write to [EMAIL_1]"), ("dot", "digraph"), ("mermaid", "flowchart"), ("svg", "<svg")):
        assert part in _trace(akios, "trace", "graph", "--format", form)


def test_what_is_no_call_to_a_model_is_a_step_too(akios: Akios) -> None:
    akios.allow("api.example.com", methods=("GET",))
    akios.shell("curl -s https://api.example.com/a?token=x; curl -s -X DELETE https://api.example.com/b; true")
    steps = json.loads(_trace(akios, "trace", "show", "--json"))["trace"]["steps"]
    assert [(step["type"], step["method"], step["target"]) for step in steps] == [
        ("network", "GET", "https://api.example.com/a"),
        ("network", "DELETE", "https://api.example.com/b"),
    ]
    assert steps[0]["policy_check"] == "PASS (rule 1)"
    assert steps[1]["policy_check"] == "REFUSED (method_not_allowed)"
