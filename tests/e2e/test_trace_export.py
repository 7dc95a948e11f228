"""What a real agent did, as a collector of OpenTelemetry gets it."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.e2e.clients import CLIENTS, CREDITS, LOOKS, RESOURCES, asks_for
from tests.e2e.conftest import AKIOS, Akios
from tests.servers.collector import collecting

pytestmark = pytest.mark.root


def told(span: Span) -> dict[str, Any]:
    """A span's attributes."""
    found = {each.key: each.value for each in span.attributes}
    return {key: getattr(value, str(value.WhichOneof("value"))) for key, value in found.items()}


@pytest.mark.parametrize("name", ["anthropic", "openai-chat"])
def test_calls_tools_refusals_and_programs_are_spans(akios: Akios, name: str) -> None:
    (client,) = [each for each in CLIENTS if each.name == name]
    akios.upstream.brain = asks_for(LOOKS, CREDITS)
    rule: dict[str, object] = {"tool": "issue_*", "action": "deny", "reason": "A person does that"}
    allowed = [{"host": client.host, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowed}, "tools": [rule]}, resources=RESOURCES)
    run = client.run(akios)
    assert run.status == 0, str(run)
    with collecting() as collector:
        command = [AKIOS, "trace", "export", "--otlp", collector.url, "--state-dir", str(akios.state)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    root, *spans = collector.spans
    assert root.name.startswith("invoke_agent ")
    assert {span.parent_span_id for span in spans} == {root.span_id}
    assert {span.trace_id for span in spans} == {root.trace_id}
    calls = [told(span) for span in spans if span.name.startswith("chat ")]
    assert len(calls) >= 2
    for call in calls:
        assert call["gen_ai.provider.name"] == name.partition("-")[0]
        assert call["gen_ai.request.model"] in call["gen_ai.response.model"]
        assert call["gen_ai.usage.input_tokens"] > 0
        assert call["gen_ai.conversation.id"] == done.stdout.split()[0]
    tools = {span.name.removeprefix("execute_tool "): span for span in spans if span.name.startswith("execute_tool ")}
    assert told(tools["get_order"])["akios.answered"] is True
    assert told(tools["get_order"])["akios.policy_check"].startswith("PASS")
    assert told(tools["issue_credit"])["error.type"] == "refused"
    assert tools["issue_credit"].status.code == 2
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano for span in spans)
    assert b"4821" not in collector.requests[0].SerializeToString()
