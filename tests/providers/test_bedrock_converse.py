"""converse: what a call says, what its answer costs, how its tool calls are held; AWS's own library is the judge."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import botocore.session
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.providers import framings, translation
from akios_jail.providers.bedrock_converse import BedrockConverse
from akios_jail.providers.neutral import Call, Payload, Ruling, TextAt, ToolCall, Untranslatable, Usage
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

WIRE = BedrockConverse()
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")


def read(document: Any, operation: str = "converse", model: str = CLAUDE) -> Call:
    return WIRE.read("aws", "bedrock-runtime.us-east-1.amazonaws.com", f"/model/{model}/{operation}", document)


def said(*content: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": list(content)}


def asked(text: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"messages": [said({"text": text})], **fields}


def uses(name: str, id: str = "t1", **given: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": id, "name": name, "input": given}}


USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}


def answered(*content: Any, stop: str = "end_turn", **usage: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": list(content)}
    return {
        "output": {"message": message},
        "stopReason": stop,
        "usage": {**USAGE, **usage},
        "metrics": {"latencyMs": 1},
    }


@pytest.mark.parametrize(
    ("path", "speaks"),
    [
        ("/model/m/converse", True),
        ("/model/m/converse-stream", True),
        ("/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.m/converse", True),
        ("/model/m/count-tokens", True),
        ("/proxy/model/m/converse", True),
        ("/model/m/invoke", False),
        ("/model/converse", False),
        ("/converse", False),
    ],
)
def test_its_paths(path: str, speaks: bool) -> None:
    assert WIRE.speaks(path) is speaks


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ("anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude", "us.anthropic.claude"),
        ("arn:aws-us-gov:bedrock:us-gov-east-1::foundation-model/meta.llama", "meta.llama"),
        (
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
        ),
    ],
)
def test_the_model_stands_in_the_path(named: str, model: str) -> None:
    assert read(asked(), model=named).model == model


@pytest.mark.parametrize(
    ("model", "path", "expected"),
    [
        (CLAUDE, f"/model/{CLAUDE}/converse", f"/model/{CLAUDE}/converse"),
        (
            CLAUDE,
            f"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2F{CLAUDE}/converse",
            f"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2F{CLAUDE}/converse",
        ),
        ("a:0", f"/model/{CLAUDE}/converse-stream", "/model/a%3A0/converse"),
        (CLAUDE, f"/model/{CLAUDE}/converse-stream", f"/model/{CLAUDE}/converse"),
        ("a", "/x/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.m/converse", "/x/model/a/converse"),
        ("a:0", "", "/model/a%3A0/converse"),
        ("a", "/v1/chat/completions", "/model/a/converse"),
    ],
)
def test_another_model_is_another_path(model: str, path: str, expected: str) -> None:
    call = read(asked())
    WIRE.set_model(call, model)
    assert WIRE.path_of(call, path) == expected


def test_texts_and_data_of_a_call() -> None:
    document = {
        "system": [{"text": "Be brief"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            said({"text": "look"}, {"image": {"format": "png", "source": {"bytes": "aGk="}}}),
            said(
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
                uses("find", q="a"),
                role="assistant",
            ),
            said({"toolResult": {"toolUseId": "t1", "content": [{"text": "b"}], "status": "success"}}),
            said({"document": {"name": "d", "format": "pdf", "source": {"s3Location": {"uri": "s3://x"}}}}),
            said(
                {"document": {"name": "d", "format": "txt", "source": {"text": "inside"}}},
                {"guardContent": {"text": {"text": "g"}}},
            ),
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": {"type": "object"}}}}]},
    }
    call = read(document)
    content = ("messages", 0, "content")
    assert [(text.path, text.role) for text in call.texts] == [
        (("system", 0, "text"), "system"),
        ((*content, 0, "text"), "user"),
        (("messages", 1, "content", 0, "reasoningContent", "reasoningText", "text"), "assistant"),
        (("messages", 1, "content", 1, "toolUse", "input", "q"), "assistant"),
        (("messages", 2, "content", 0, "toolResult", "content", 0, "text"), "tool"),
        (("messages", 3, "content", 0, "document", "name"), "user"),
        (("messages", 4, "content", 0, "document", "name"), "user"),
        (("messages", 4, "content", 0, "document", "source", "text"), "user"),
        (("messages", 4, "content", 1, "guardContent", "text", "text"), "user"),
        (("toolConfig", "tools", 0, "toolSpec", "name"), "definition"),
        (("toolConfig", "tools", 0, "toolSpec", "inputSchema", "json", "type"), "definition"),
    ]
    assert call.payloads == (
        Payload((*content, 1, "image", "source", "bytes"), "image", "base64", "image/png"),
        Payload(
            ("messages", 1, "content", 0, "reasoningContent", "reasoningText", "signature"), "opaque", "base64", ""
        ),
        Payload(("messages", 3, "content", 0, "document", "source", "s3Location", "uri"), "file", "reference", ""),
    )
    assert WIRE.results(call) == [
        (ToolCall("t1", "find", None), ("messages", 2, "content", 0, "toolResult", "content", 0, "text"))
    ]
    assert call.price_options == {"cache": "5m"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"guardrailConfig": {"guardrailIdentifier": "g"}}, "guardrail"),
        ({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}}, "systemTool"),
        ({"serviceTier": {"type": "priority"}}, "priority"),
        ({"performanceConfig": {"latency": "optimized"}}, "optimized"),
        ({"additionalModelRequestFields": {"inferenceConfig": {"max_new_tokens": 9}}}, "max_new_tokens"),
    ],
)
def test_what_cannot_be_bounded_is_named(fields: Any, why: str) -> None:
    assert why in " ".join(read(asked(**fields)).unbounded)


@pytest.mark.parametrize(
    ("model", "fields", "hidden"),
    [
        (CLAUDE, {}, False),
        ("amazon.nova-lite-v1:0", {}, False),
        (CLAUDE, {"additionalModelRequestFields": {"thinking": {"type": "enabled"}}}, True),
        ("openai.gpt-oss-20b-1:0", {}, True),
    ],
)
def test_which_models_think_unseen(model: str, fields: Any, hidden: bool) -> None:
    assert read(asked(**fields), model=model).hidden_output is hidden


def test_the_output_limit() -> None:
    call = read(asked(inferenceConfig={"temperature": 0.5, "maxTokens": 100}))
    assert call.max_output_tokens == 100
    WIRE.limit_output(call, 7)
    assert call.document["inferenceConfig"] == {"temperature": 0.5, "maxTokens": 7}
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 500}}
    call = read(asked(inferenceConfig={"maxTokens": 100}, additionalModelRequestFields=thinking))
    assert call.max_output_tokens == 600


@pytest.mark.parametrize(
    "document",
    [
        {"messages": "hi"},
        {"messages": [{"content": "hi"}]},
        {"messages": [], "Messages": []},
        asked(inferenceConfig=[]),
        asked(inferenceConfig={"MaxTokens": 5}),
        asked(inferenceConfig={"maxTokens": "5"}),
        asked(toolConfig=[]),
        asked(toolConfig={"tools": {}}),
        asked(serviceTier="priority"),
    ],
)
def test_what_is_no_call_is_unreadable(document: Any) -> None:
    with pytest.raises(Unreadable):
        read(document)


def test_counting_tokens_is_free_and_its_text_is_read() -> None:
    call = read({"input": {"converse": asked("x")}}, "count-tokens")
    assert call.billable is False
    assert call.texts == (TextAt(("input", "converse", "messages", 0, "content", 0, "text"), "user"),)
    with pytest.raises(Unreadable):
        read({"input": {"invokeModel": {"body": "e30="}}}, "count-tokens")


def test_a_whole_answer() -> None:
    reader = WIRE.answer(read(asked()))
    details = [{"ttl": "5m", "inputTokens": 3}, {"ttl": "1h", "inputTokens": 4}]
    body = json.dumps(
        answered({"text": "Hello"}, cacheReadInputTokens=20, cacheWriteInputTokens=7, cacheDetails=details)
    ).encode()
    assert reader.whole(body) is body
    assert reader.usage == Usage(
        input_tokens=37, output_tokens=5, cached_tokens=20, cache_write_tokens=7, cache_write_1h_tokens=4
    )
    assert reader.flow.bytes == 5


def event(kind: str, **document: Any) -> Event:
    return Event(kind).saying(document)


def text(index: int, words: str) -> Event:
    return event("contentBlockDelta", contentBlockIndex=index, delta={"text": words})


def stopped(index: int) -> Event:
    return event("contentBlockStop", contentBlockIndex=index)


def tool(index: int, name: str, *pieces: str, id: str = "t1") -> list[Event]:
    start = event("contentBlockStart", contentBlockIndex=index, start={"toolUse": {"toolUseId": id, "name": name}})
    deltas = [
        event("contentBlockDelta", contentBlockIndex=index, delta={"toolUse": {"input": piece}}, p="ab")
        for piece in pieces
    ]
    return [start, *deltas, stopped(index)]


START = event("messageStart", role="assistant")


def ending(stop: str = "end_turn") -> list[Event]:
    return [event("messageStop", stopReason=stop), event("metadata", usage=USAGE, metrics={"latencyMs": 1})]


def aws(events: list[Event]) -> list[dict[str, Any]]:
    """The events as AWS's own library reads them from the wire; each must be of its service model."""
    framing = framings.of("eventstream")
    buffer = EventStreamBuffer()
    buffer.add_data(b"".join(framing.encode(each) for each in events))
    shape = SERVICE.operation_model("ConverseStream").output_shape.members["stream"]
    parser = create_parser("rest-json")._event_stream_parser
    return [parser.parse(each.to_response_dict(), shape) for each in buffer]


def test_a_stream_tells_its_usage_at_its_end() -> None:
    reader = WIRE.answer(read(asked(), "converse-stream"))
    for each in [START, text(0, "Hello"), text(0, " you"), stopped(0), event("messageStop", stopReason="end_turn")]:
        assert reader.event(each) is each
    assert (reader.usage, reader.finished, reader.flow.bytes) == (None, False, 9)
    reader.event(ending()[1])
    assert (reader.usage, reader.finished) == (Usage(input_tokens=10, output_tokens=5), True)


@pytest.mark.parametrize("before", [[], [START, text(0, "Hel")], [START, *tool(0, "f", '{"a"')[:2]]])
def test_an_early_end_is_what_a_reached_limit_looks_like(before: list[Event]) -> None:
    reader = WIRE.answer(read(asked(), "converse-stream"))
    for each in before:
        reader.event(each)
    read_by_aws = aws([*before, *reader.end(5)])
    assert read_by_aws[0] == {"messageStart": {"role": "assistant"}}
    assert read_by_aws[-2] == {"messageStop": {"stopReason": "max_tokens"}}
    assert read_by_aws[-1]["metadata"]["usage"]["outputTokens"] == 5
    assert sum("contentBlockStop" in each for each in read_by_aws) == (1 if before else 0)


ALLOW, DENY = Ruling("allow"), Ruling("deny", "not now")


def ruled(*events: Event, rulings: dict[str, Ruling]) -> list[Event]:
    gate = WIRE.gate(read(asked(), "converse-stream"))
    shown: list[Event] = []
    for each in events:
        for out in gate.event(each):
            shown += [out] if isinstance(out, Event) else gate.ruled(out, rulings[out.name])
    assert gate.end() == []
    return shown


def test_allowed_calls_pass_as_they_came() -> None:
    events = [START, text(0, "a"), stopped(0), *tool(1, "f", '{"x"', ":1}"), *tool(2, "g"), *ending("tool_use")]
    assert ruled(*events, rulings={"f": ALLOW, "g": ALLOW}) == events


def test_calls_are_given_out_with_their_arguments() -> None:
    gate = WIRE.gate(read(asked(), "converse-stream"))
    *before, last = tool(1, "f", '{"x"', ":1}")
    assert [gate.event(each) for each in before] == [[], [], []]
    assert gate.event(last) == [ToolCall("t1", "f", {"x": 1})]


def test_a_changed_and_a_refused_call() -> None:
    events = [START, *tool(0, "f", '{"limit":9}'), *tool(1, "g", "{}"), *ending("tool_use")]
    shown = aws(ruled(*events, rulings={"f": Ruling("modify", arguments={"limit": 5}), "g": DENY}))
    assert shown[2]["contentBlockDelta"]["delta"] == {"toolUse": {"input": '{"limit":5}'}}
    assert "not now" in shown[4]["contentBlockDelta"]["delta"]["text"]
    assert shown[5] == {"contentBlockStop": {"contentBlockIndex": 1}}
    assert shown[6] == {"messageStop": {"stopReason": "tool_use"}}


def test_an_answer_of_which_all_calls_are_refused_has_ended_its_turn() -> None:
    shown = aws(ruled(START, *tool(0, "g", "{}"), *ending("tool_use"), rulings={"g": DENY}))
    assert shown[-2] == {"messageStop": {"stopReason": "end_turn"}}


def test_a_call_that_a_limit_cut_off_becomes_words() -> None:
    shown = aws(ruled(START, *tool(0, "f", '{"a'), *ending("max_tokens"), rulings={}))
    assert "incomplete" in shown[1]["contentBlockDelta"]["delta"]["text"]


@pytest.mark.parametrize("written", ['{"a', "[1]", '{"a":1,"a":2}'])
@pytest.mark.parametrize("after", [[], tool(1, "g", "{}"), [text(1, "b"), stopped(1)]])
def test_a_call_that_is_no_json_is_given_out_to_be_refused(written: str, after: list[Event]) -> None:
    shown = ruled(START, *tool(0, "f", written), *after, *ending("tool_use"), rulings={"f": DENY, "g": ALLOW})
    told = aws(shown)
    assert "not now" in told[1]["contentBlockDelta"]["delta"]["text"]
    assert sum("contentBlockStart" in one for one in told) == (1 if len(after) == 3 else 0)
    assert told[-2]["messageStop"]["stopReason"] == ("tool_use" if len(after) == 3 else "end_turn")


@pytest.mark.parametrize(
    "events",
    [
        [*tool(0, "f", "{}")[:1], text(1, "b")],
        [*tool(0, "f", "{}")[:1], *tool(1, "g", "{}")],
        [event("contentBlockDelta", contentBlockIndex=0, delta={"toolUse": {"input": "{}"}})],
        tool(0, "", "{}"),
        [event("contentBlockStart", contentBlockIndex=0, start={"toolUse": {"name": "f"}})],
        [
            event(
                "contentBlockStart",
                contentBlockIndex=0,
                start={"toolUse": {"name": "f", "toolUseId": "t", "type": "server_tool_use"}},
            )
        ],
        [event("contentBlockStart", contentBlockIndex=0, start={"toolUse": "f"})],
    ],
)
def test_a_call_that_cannot_be_read_does_not_reach_the_agent(events: list[Event]) -> None:
    with pytest.raises(Unreadable):
        ruled(*events, rulings={"f": ALLOW})


def test_an_end_within_a_call_is_unreadable() -> None:
    gate = WIRE.gate(read(asked(), "converse-stream"))
    gate.event(tool(0, "f")[0])
    with pytest.raises(Unreadable):
        gate.end()


def test_calls_of_a_whole_answer() -> None:
    gate = WIRE.gate(read(asked()))
    document = answered({"text": "t"}, uses("f", x=1), uses("g", "t2"), stop="tool_use")
    assert gate.calls(document) == [ToolCall("t1", "f", {"x": 1}), ToolCall("t2", "g", {})]
    gate.ruled_whole(document, [DENY, ALLOW])
    content = document["output"]["message"]["content"]
    assert list(content[1]) == ["text"]
    assert content[2] == uses("g", "t2")
    assert document["stopReason"] == "tool_use"
    gate.ruled_whole(document, [DENY])
    assert document["stopReason"] == "end_turn"


SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def test_a_conversation_there_and_back() -> None:
    document = {
        "system": [{"text": "Be brief"}],
        "messages": [
            said({"text": "refund?"}, {"image": {"format": "png", "source": {"bytes": "aGk="}}}),
            said({"text": "ok"}, uses("find", "t1", of=1), uses("find", "t2"), role="assistant"),
            said(
                {"toolResult": {"toolUseId": "t1", "content": [{"json": {"a": 1}}]}},
                {"toolResult": {"toolUseId": "t2", "content": [{"text": "none"}], "status": "error"}},
                {"text": "and?"},
            ),
        ],
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "find", "description": "d", "inputSchema": {"json": SCHEMA}, "strict": True}}
            ],
            "toolChoice": {"any": {}},
        },
        "inferenceConfig": {"maxTokens": 50, "temperature": 0.5, "topP": 1, "stopSequences": ["."]},
    }
    said_all = WIRE.conversation(read(document))
    assert [message.role for message in said_all.messages] == ["user", "assistant", "tool", "user"]
    assert [(part.text, part.failed) for part in said_all.messages[2].parts] == [('{"a":1}', False), ("none", True)]
    composed = WIRE.compose(said_all, "m")
    assert WIRE.conversation(read(composed)) == translation.checked(said_all, strict=True)
    serialized = create_serializer("rest-json").serialize_to_request(
        {"modelId": "m", "toolConfig": composed["toolConfig"]}, SERVICE.operation_model("Converse")
    )
    assert json.loads(serialized["body"])["toolConfig"] == composed["toolConfig"]


@pytest.mark.parametrize(
    "settings", [{"temperature": [1]}, {"topP": "1"}, {"stopSequences": "ab"}, {"stopSequences": [1]}]
)
def test_settings_that_are_none_are_not_carried_over(settings: Any) -> None:
    with pytest.raises(Unreadable):
        WIRE.conversation(read({**asked(), "inferenceConfig": settings}))


@pytest.mark.parametrize(
    "fields",
    [
        {"guardrailConfig": {}},
        {"additionalModelRequestFields": {"thinking": {}}},
        {"toolConfig": {"tools": [{"systemTool": {"name": "x"}}]}},
        {"messages": [said({"document": {"name": "d"}})]},
        {"messages": [said({"image": {"format": "png", "source": {"s3Location": {}}}})]},
        {"system": [{"guardContent": {}}]},
    ],
)
def test_what_other_formats_cannot_say(fields: Any) -> None:
    with pytest.raises(Untranslatable):
        WIRE.conversation(read({**asked(), **fields}))


def test_a_reply_is_what_it_was_rendered_from() -> None:
    reply = WIRE.reply(json.dumps(answered({"text": "ok"}, uses("f", x=1), stop="tool_use")).encode())
    assert (reply.stop, [part.kind for part in reply.parts]) == ("tool_calls", ["text", "tool_call"])
    body = WIRE.render(read(asked()), reply)
    assert WIRE.reply(body) == reply
    shape = SERVICE.operation_model("Converse").output_shape
    parsed = create_parser("rest-json").parse({"status_code": 200, "headers": {}, "body": body}, shape)
    assert parsed["output"]["message"]["content"][1]["toolUse"]["input"] == {"x": 1}
    assert parsed["usage"]["outputTokens"] == 5


def test_a_rendered_stream_is_read_by_its_own_reader() -> None:
    reply = WIRE.reply(json.dumps(answered({"text": "ok"}, uses("f", x=1), stop="tool_use")).encode())
    call = read(asked(), "converse-stream")
    events = framings.of("eventstream").parser().feed(WIRE.render(call, reply))
    assert list(aws(events)[-2]) == ["messageStop"]
    reader = WIRE.answer(call)
    assert [reader.event(each) for each in events] == events
    assert ruled(*events, rulings={"f": ALLOW}) == events
    assert (reader.usage, reader.finished) == (Usage(input_tokens=10, output_tokens=5), True)


KEYS = ("messages", "role", "content", "text", "toolUse", "toolResult", "toolUseId", "name", "input", "image", "source")
KEYS += ("bytes", "start", "delta", "contentBlockIndex", "output", "message", "usage", "inputTokens", "json", "type")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["f", "t1", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["messages", "system", "toolConfig", "inferenceConfig"]), json_values))
def test_any_document_is_a_call_or_unreadable(document: Any) -> None:
    with contextlib.suppress(Unreadable, Untranslatable):
        call = read(document)
        for at in [*(each.path for each in call.texts), *(path for _, path in WIRE.results(call))]:
            value: Any = call.document
            for step in at:
                value = value[step]
        WIRE.compose(WIRE.conversation(call), "m")


@given(
    st.sampled_from(["contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]),
    json_values,
)
def test_any_answer_is_one_or_unreadable(kind: str, document: Any) -> None:
    call = read(asked(), "converse-stream")
    for use in (
        lambda: WIRE.answer(call).event(Event(kind).saying(document)),
        lambda: WIRE.gate(call).event(Event(kind).saying(document)),
        lambda: WIRE.answer(call).whole(json.dumps(document).encode()),
        lambda: WIRE.gate(call).calls(document) if isinstance(document, dict) else None,
        lambda: WIRE.reply(json.dumps(document).encode()),
    ):
        with contextlib.suppress(Unreadable, Untranslatable):
            use()
