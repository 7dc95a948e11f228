"""Messages on Bedrock and Vertex AI: the model in the path, the answer in the cloud's framing, all else as ever."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from akios_jail.providers import framings
from akios_jail.providers.anthropic_hosted import BEDROCK, VERTEX, AnthropicHosted
from akios_jail.providers.eventstream import event_headers, message
from akios_jail.providers.neutral import Call, Ruling, ToolCall, Usage
from akios_jail.providers.strictjson import Unreadable

ON_BEDROCK, ON_VERTEX = AnthropicHosted(BEDROCK), AnthropicHosted(VERTEX)
INVOKE = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke"
PREDICT = "/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawpredict"


def document(**fields: Any) -> dict[str, Any]:
    return {"anthropic_version": "v", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **fields}


def read(wire: AnthropicHosted, path: str, said: Any) -> Call:
    return wire.read("aws", "h", path, said)


@pytest.mark.parametrize(
    ("wire", "path", "fields", "model", "stream"),
    [
        (ON_BEDROCK, INVOKE, {}, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", False),
        (ON_BEDROCK, f"{INVOKE}-with-response-stream", {}, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        (ON_VERTEX, PREDICT, {}, "claude-sonnet-4-5@20250929", False),
        (ON_VERTEX, PREDICT.replace("raw", "streamraw"), {"stream": True}, "claude-sonnet-4-5@20250929", True),
    ],
)
def test_the_path_tells_the_model(wire: AnthropicHosted, path: str, fields: Any, model: str, stream: bool) -> None:
    said = document(**fields)
    call = read(wire, path, said)
    assert (call.model, call.stream, call.max_output_tokens, call.wire) == (model, stream, 9, wire)
    assert call.document is said
    wire.limit_output(call, 5)
    wire.set_model(call, "other")
    assert call.document == document(**fields, max_tokens=5)


@pytest.mark.parametrize(
    ("wire", "path", "said"),
    [
        (ON_BEDROCK, INVOKE, document(model="claude-opus-4-1")),
        (ON_VERTEX, PREDICT, document(model="claude-opus-4-1")),
        (ON_VERTEX, PREDICT, document(stream=True)),
        (ON_VERTEX, PREDICT.replace("raw", "streamraw"), document()),
        (ON_BEDROCK, INVOKE, {"anthropic_version": "v", "messages": []}),
    ],
)
def test_what_contradicts_its_path_is_unreadable(wire: AnthropicHosted, path: str, said: Any) -> None:
    with pytest.raises(Unreadable):
        read(wire, path, said)


def test_vertex_counts_tokens_for_nothing() -> None:
    path = "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawpredict"
    call = read(ON_VERTEX, path, document(model="claude-sonnet-4-5"))
    assert (call.billable, call.model) == (False, "claude-sonnet-4-5")
    assert ON_VERTEX.path_of(call, path) == path


@pytest.mark.parametrize(
    ("wire", "path", "before", "after"),
    [
        (ON_BEDROCK, INVOKE, "/model/a%3A0/invoke", "/model/m%3A1/invoke"),
        (ON_BEDROCK, INVOKE, "", "/model/m%3A1/invoke"),
        (ON_VERTEX, PREDICT, PREDICT, PREDICT.replace("claude-sonnet-4-5@20250929:rawpredict", "m%3A1:rawPredict")),
        (ON_VERTEX, PREDICT, "", "/v1/publishers/anthropic/models/m%3A1:rawPredict"),
    ],
)
def test_another_model_is_another_path(wire: AnthropicHosted, path: str, before: str, after: str) -> None:
    call = read(wire, path, document())
    wire.set_model(call, "m:1")
    assert wire.path_of(call, before) == after


EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m", "model": "c", "usage": {"input_tokens": 10, "output_tokens": 1}}},
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"x":1}'}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 10}},
]


def chunk(document: dict[str, Any]) -> bytes:
    inner = base64.b64encode(json.dumps(document).encode()).decode()
    return message(event_headers("chunk"), json.dumps({"bytes": inner, "p": "abc"}).encode())


def test_a_stream_in_chunks_is_metered_and_held() -> None:
    call = read(ON_BEDROCK, f"{INVOKE}-with-response-stream", document())
    framing = framings.of(ON_BEDROCK.framing)
    reader, gate = ON_BEDROCK.answer(call), ON_BEDROCK.gate(call)
    out = b""
    for event in framing.parser().feed(b"".join(map(chunk, EVENTS))):
        shown = reader.event(event)
        assert shown is event
        for part in gate.event(event):
            parts = gate.ruled(part, Ruling("deny", "no")) if isinstance(part, ToolCall) else [part]
            out += b"".join(framing.encode(each) for each in parts)
    assert (reader.usage, reader.finished) == (Usage(input_tokens=10, output_tokens=5), True)
    buffer = EventStreamBuffer()
    buffer.add_data(out)
    inner = [json.loads(base64.b64decode(json.loads(each.payload)["bytes"])) for each in buffer]
    assert [each["type"] for each in inner if "content" in each["type"]] == [
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
    ]
    assert "no" in inner[2]["delta"]["text"]
    assert inner[-2]["delta"]["stop_reason"] == "end_turn"
    assert inner[-1] == EVENTS[-1]


@pytest.mark.parametrize(("wire", "path"), [(ON_BEDROCK, INVOKE), (ON_VERTEX, PREDICT)])
def test_conversations_and_replies(wire: AnthropicHosted, path: str) -> None:
    call = read(wire, path, document())
    composed = wire.compose(wire.conversation(call), "m")
    assert "model" not in composed
    assert wire.conversation(read(wire, path, composed)) == wire.conversation(call)
    body = json.dumps(
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "c",
            "content": [{"type": "text", "text": "ok"}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 1, "output_tokens": 2},
        }
    ).encode()
    reply = wire.reply(body)
    assert wire.reply(wire.render(call, reply)) == reply
    streamed = "-with-response-stream" if wire is ON_BEDROCK else ""
    fields = {} if wire is ON_BEDROCK else {"stream": True}
    call = read(wire, path.replace("rawpredict", "streamrawpredict") + streamed, document(**fields))
    events = framings.of(wire.framing).parser().feed(wire.render(call, reply))
    assert [event.document["type"] for event in events if event.data][-1] == "message_stop"
