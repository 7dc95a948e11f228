"""A session's trace: the graph of what a real agent did, seen from the command line."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.clients import CLIENTS, CREDITS, LOOKS, RESOURCES, asks_for
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
    assert {step["argv"][0] for step in steps if step["type"] == "process"} == {"curl"}
    requests = [step for step in steps if step["type"] == "network"]
    assert [(step["method"], step["target"]) for step in requests] == [
        ("GET", "https://api.example.com/a"),
        ("DELETE", "https://api.example.com/b"),
    ]
    assert requests[0]["policy_check"] == "PASS (rule 1)"
    assert requests[1]["policy_check"] == "REFUSED (method_not_allowed)"


@pytest.mark.parametrize("how", ["observe", "scope", "rule"])
def test_what_models_may_be_told_is_not_kept_all_the_same(akios: Akios, how: str) -> None:
    """Where personal data is looked for, the trace has none, whatever the policy lets through."""
    allowed = {"host": "api.anthropic.com", "methods": ["POST"], **({"pii": "off"} if how == "rule" else {})}
    pii: dict[str, object] = {"mode": "redact_before_inference", "fields": ["email"]}
    changed: dict[str, dict[str, object]] = {"observe": {"mode": "observe"}, "scope": {"scope": ["egress"]}, "rule": {}}
    pii |= changed[how]
    akios.policy({"network_access": {"allowlist": [allowed]}, "pii_handling": pii})
    run = akios.python(AGENT)
    assert run.status == 0, run.stderr
    assert akios.upstream.saw("ada.lovelace@example.org")
    files = list((akios.state / "broker" / "traces").iterdir())
    assert files
    assert not any(b"ada.lovelace" in path.read_bytes() for path in files)
    steps = json.loads(_trace(akios, "trace", "show", "--json"))["trace"]
    assert [step["type"] for step in steps["steps"]] == ["prompt", "decision"] * 3
    assert [edge["type"] for edge in steps["edges"]] == ["reply", "prefix", "reply", "prefix", "reply"]
    assert steps["steps"][0]["content"] == "Write to [EMAIL_1]"
    assert steps["steps"][0]["pii_redacted"] == ["email"]


@pytest.mark.parametrize("words", [(), ("stream",)], ids=["whole", "stream"])
@pytest.mark.parametrize("action", ["deny", "modify"])
@pytest.mark.parametrize("name", ["anthropic", "openai-chat"])
def test_the_conversation_goes_on_behind_calls_that_were_refused_or_changed(
    akios: Akios, name: str, action: str, words: tuple[str, ...]
) -> None:
    (client,) = [each for each in CLIENTS if each.name == name]
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    rule: dict[str, object] = {"tool": "issue_*", "action": action, "reason": "A person does that"}
    rule |= {"modify": {"amount_usd": {"max": 5}}} if action == "modify" else {}
    allowed = [{"host": client.host, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowed}, "tools": [rule]}, resources=RESOURCES)
    run = client.run(akios, *words)
    assert run.status == 0, str(run)
    trace = json.loads(_trace(akios, "trace", "show", "--json"))["trace"]
    steps = {step["id"]: step for step in trace["steps"]}
    calls = {step["tool"]: step for step in trace["steps"] if step["type"] == "tool_call"}
    assert calls["get_order"]["policy_check"].startswith("PASS")
    if action == "deny":
        assert calls["issue_credit"]["policy_check"] == "REFUSED (tool rule 1)"
        assert "args" not in calls["issue_credit"]
    else:
        assert calls["issue_credit"]["policy_check"] == "CHANGED (tool rule 1)"
        assert calls["issue_credit"]["args"]["amount_usd"] == 5
    entered = {edge["target"] for edge in trace["edges"] if edge["type"] in ("prefix", "reply")}
    first = min(number for number, step in steps.items() if step["type"] != "process")
    begun = [number for number, step in steps.items() if step["type"] != "process" and number not in entered]
    assert begun == [first], "all of it is one conversation"
