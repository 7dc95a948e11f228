"""Arguments of tool calls as a hostile model writes them, a character at a time: within their bounds, or words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.local_server import Request, Response
from tests.e2e.clients import ANTHROPIC, OPENAI, RESOURCES
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

#: What the model writes, and what the agent gets of it: None if it is refused.
CASES: list[tuple[str, Any]] = [
    ('{"limit": 50, "to": "x"}', {"limit": 50, "to": "x"}),
    ('{"limit": 5000, "to": "x"}', {"limit": 100, "to": "x"}),
    ('{"limit": 5e3}', {"limit": 100}),
    ('{"limit": -7}', {"limit": 1}),
    ('{"\\u006cimit": 5000, "to": "\\u0000\\ud83d\\ude00"}', {"limit": 100, "to": "\0\N{GRINNING FACE}"}),
    ('{"limit": 5, "limit": 5000}', None),
    ('{"limit": 5, "l\\u0069mit": 5000}', None),
    ('{"limit": 5, "Limit": 5000}', None),
    ('{"limit": 5, "l\\u0456mit": 5000}', None),
    ('{"limit": 5, "deep": [{"LIMIT": 5000}]}', None),
    ('{"limit": "5000"}', None),
    ('{"limit": 1e400}', None),
    ('{"limit": NaN}', None),
    ('{"limit": true}', None),
    ('{"limit": null}', None),
    ('{"to": "x"}', None),
    ("[5000]", None),
    ('{"limit": 5000', None),
    ('{"limit": 50} {"limit": 5000}', None),
    ('{"limit": 50, "to": "\\ud800"}', None),
]


def event(document: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n".encode()


def openai_stream(text: str) -> Iterator[bytes]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    function = {"name": "send", "arguments": ""}
    yield chunk(
        {"role": "assistant", "tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}
    )
    for character in text:
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": character}}]})
    yield chunk({}, "tool_calls")
    yield b"data: [DONE]\n\n"


def anthropic_stream(text: str) -> Iterator[bytes]:
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    start = {
        "type": "message_start",
        "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": usage},
    }
    block = {"type": "tool_use", "id": "t1", "name": "send", "input": {}}
    yield event(start, "message_start")
    yield event({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start")
    for character in text:
        delta = {"type": "input_json_delta", "partial_json": character}
        yield event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
    yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    end = {"stop_reason": "tool_use", "stop_sequence": None}
    yield event({"type": "message_delta", "delta": end, "usage": {"output_tokens": 9}}, "message_delta")
    yield event({"type": "message_stop"}, "message_stop")


OPENAI_AGENT = """
import json, openai
client = openai.OpenAI(api_key="sk-test", max_retries=0)
got = []
for number in range(NUMBER):
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"case {number}"}]}
    calls, said = {}, ""
    for chunk in client.chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            said += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                calls[call.index] = calls.get(call.index, "") + (call.function.arguments or "")
    got.append([list(calls.values()), said])
print(json.dumps(got))
"""
ANTHROPIC_AGENT = """
import json, warnings, anthropic
warnings.simplefilter("ignore")
client = anthropic.Anthropic(api_key="sk-test", max_retries=0)
got = []
for number in range(NUMBER):
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 500}
    asked["messages"] = [{"role": "user", "content": f"case {number}"}]
    calls, said = [], ""
    for event in client.messages.create(**asked, stream=True):
        if event.type == "content_block_start" and event.content_block.type == "tool_use":
            calls.append("")
        elif event.type == "content_block_delta" and event.delta.type == "input_json_delta":
            calls[-1] += event.delta.partial_json
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            said += event.delta.text
    got.append([calls, said])
print(json.dumps(got))
"""
WIRES = [(OPENAI, openai_stream, OPENAI_AGENT), (ANTHROPIC, anthropic_stream, ANTHROPIC_AGENT)]


@pytest.mark.parametrize(("host", "stream", "agent"), WIRES, ids=["openai", "anthropic"])
def test_what_a_model_asks_for_reaches_the_agent_within_its_bounds_or_as_words(
    akios: Akios, host: str, stream: Any, agent: str
) -> None:
    def site(request: Request) -> Response:
        asked = json.loads(request.body)["messages"][-1]["content"]
        text, _ = CASES[int(asked.split()[-1])]
        return Response(200, (("Content-Type", "text/event-stream"),), stream(text))

    akios.upstream.sites[host] = site
    rule = {"tool": "send", "action": "modify", "modify": {"limit": {"min": 1, "max": 100}}}
    allowlist = [{"host": host, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "tools": [rule]}, resources=RESOURCES)
    run = akios.python(agent.replace("NUMBER", str(len(CASES))))
    assert run.status == 0, str(run)
    for (text, wanted), (calls, said) in zip(CASES, run.said, strict=True):
        if wanted is None:
            assert (calls, "send" in said) == ([], True), (text, calls, said)
        else:
            assert [json.loads(call) for call in calls] == [wanted], (text, calls, said)
            assert said == ""
    refused = sum(wanted is None for _, wanted in CASES)
    assert run.report["tools"]["send"]["deny"] == refused
    assert len(run.denials()) == refused
