"""Messages: what is read from a call, and what its answer tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.neutral import Call, ToolCall
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable

WIRE = AnthropicMessages()
EVENTS: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
#: A stream in Anthropic's own form, with thinking, text and a tool.
GOLDEN = b"""\
event: message_start
data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1,"service_tier":"standard"}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89,"output_tokens_details":{"thinking_tokens":5}}}

event: message_stop
data: {"type":"message_stop"}

"""  # noqa: E501


def call(path: str = "/v1/messages", **fields: Any) -> Call:
    document = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "hi"}],
        **fields,
    }
    return WIRE.read("anthropic", "api.anthropic.com", path, document)


def test_the_neutral_form_of_a_plain_call() -> None:
    read = call(system="be kind", stream=True)
    assert (read.model, read.stream, read.max_output_tokens, read.billable) == ("claude-sonnet-4-5", True, 100, True)
    assert [text.role for text in read.texts] == ["system", "user"]
    assert read.hidden_output is False


@pytest.mark.parametrize("source", [{"type": "text"}, {"type": "text", "data": 5}])
def test_a_text_is_named_only_where_one_is(source: dict[str, Any]) -> None:
    read = call(messages=[{"role": "user", "content": [{"type": "document", "source": source}]}])
    assert read.texts == ()


def test_counting_tokens_is_not_billed_and_needs_no_limit() -> None:
    read = call("/v1/messages/count_tokens", max_tokens=None)
    assert (read.billable, read.max_output_tokens) == (False, None)


def test_texts_and_data_are_found_where_they_are() -> None:
    image = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    content = [
        {"type": "text", "text": "look", "cache_control": {"type": "ephemeral"}},
        {"type": "image", "source": image},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/x"}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain"}, "title": "t"},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "inner"}]}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "tool_use", "id": "toolu_1", "name": "n", "input": {"deep": ["arg"]}},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "image", "source": image}]},
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
    ]
    read = call(messages=[{"role": "user", "content": content}])
    at = ("messages", 0, "content")
    assert [(payload.path, payload.kind, payload.form) for payload in read.payloads] == [
        ((*at, 1, "source", "data"), "image", "base64"),
        ((*at, 2, "source", "url"), "image", "reference"),
        ((*at, 5, "source", "file_id"), "file", "reference"),
        ((*at, 7, "content", 0, "source", "data"), "image", "base64"),
        ((*at, 8, "signature"), "opaque", "base64"),
    ]
    assert [text.path[3:] for text in read.texts] == [
        (0, "text"),
        (3, "title"),
        (3, "source", "data"),
        (4, "source", "content", 0, "text"),
        (6, "input", "deep", 0),
        (8, "thinking"),
    ]


@pytest.mark.parametrize(
    ("fields", "cache"),
    [
        ({}, "none"),
        ({"cache_control": {"type": "ephemeral"}}, "5m"),
        ({"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "5m"}}]}, "5m"),
        ({"tools": [{"name": "t", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}, "1h"),
        ({"cache_control": "what"}, "1h"),
    ],
)
def test_what_a_call_asks_of_the_prompt_cache_is_known(fields: dict[str, Any], cache: str) -> None:
    assert call(**fields).price_options["cache"] == cache


@pytest.mark.parametrize(
    ("tool", "bounded"),
    [
        ({"name": "mine", "input_schema": {}}, True),
        ({"type": "custom", "name": "mine"}, True),
        ({"type": "bash_20250124", "name": "bash"}, True),
        ({"type": "text_editor_20250728", "name": "edit"}, True),
        ({"type": "web_search_20250305", "name": "web_search"}, False),
        ({"type": "code_execution_20250522", "name": "code"}, False),
        ({"type": "something_new", "name": "x"}, False),
    ],
)
def test_tools_that_the_provider_runs_make_the_cost_unbounded(tool: dict[str, Any], bounded: bool) -> None:
    assert (call(tools=[tool]).unbounded == ()) is bounded


@pytest.mark.parametrize(
    ("thinking", "limit", "hidden"),
    [
        (None, 100, False),
        ({"type": "disabled"}, 100, False),
        ({"type": "enabled", "budget_tokens": 50}, 100, True),
        ({"type": "enabled", "budget_tokens": 3000}, 3100, True),
        ({"type": "adaptive"}, 100, True),
    ],
)
def test_thinking_may_raise_the_limit_and_is_not_all_shown(thinking: Any, limit: int, hidden: bool) -> None:
    read = call(thinking=thinking)
    assert (read.max_output_tokens, read.hidden_output) == (limit, hidden)


@pytest.mark.parametrize(
    "fields",
    [{"max_tokens": None}, {"max_tokens": 0}, {"model": None}, {"messages": None}, {"messages": [{"content": 5}]},
     {"messages": [{"content": ["x"]}]}, {"system": 5}, {"stream": "true"}, {"tools": "x"}],
)  # fmt: skip
def test_a_field_of_the_wrong_type_makes_it_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        call(**fields)


def test_a_stream_is_followed_to_its_usage() -> None:
    answer = WIRE.answer(call(stream=True))
    events = SseParser().feed(GOLDEN)
    shown = [answer.event(event) for event in events[:1]]
    assert answer.known_input == 1112
    assert answer.usage is None
    shown += [answer.event(event) for event in events[1:]]
    assert shown == events
    usage = answer.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens) == (1112, 1000, 100)
    assert (usage.cache_write_1h_tokens, usage.output_tokens, usage.reasoning_tokens) == (40, 89, 5)
    assert answer.finished is True


@pytest.mark.parametrize("cut", range(10))
def test_an_early_end_is_what_the_sdk_understands(cut: int) -> None:
    answer = WIRE.answer(call(stream=True))
    seen = SseParser().feed(GOLDEN)[:cut]
    for event in seen:
        answer.event(event)
    whole = [*seen, *answer.end(7)]
    parsed = [EVENTS.validate_python(json.loads(event.data or "")) for event in whole if event.event != "ping"]
    kinds = [event.type for event in parsed]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop")
    assert parsed[-2].delta.stop_reason == "max_tokens"


@pytest.mark.parametrize(
    "data",
    ["x", "[]", '{"type":"message_start"}', '{"type":"message_start","message":{"usage":{}}}',
     '{"type":"content_block_start","index":null}', '{"type":"message_delta","usage":{"output_tokens":-1}}'],
)  # fmt: skip
def test_an_event_that_is_none_is_unreadable(data: str) -> None:
    with pytest.raises(Unreadable):
        WIRE.answer(call(stream=True)).event(Event(data=data))


def test_an_error_in_a_stream_passes_to_the_agent() -> None:
    event = Event("error", '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')
    assert WIRE.answer(call(stream=True)).event(event) == event


def test_a_whole_answer_tells_its_usage() -> None:
    answer = WIRE.answer(call())
    usage = {"input_tokens": 10, "output_tokens": 20, "inference_geo": "us", "server_tool_use": None}
    answer.whole(json.dumps({"content": [{"type": "text", "text": "Hello"}], "usage": usage}).encode())
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 20)
    assert answer.usage.options == (("inference_geo", "us"),)


def test_summaries_that_the_provider_makes_of_a_conversation_cannot_be_bounded() -> None:
    assert call(context_management={"edits": [{"type": "clear_tool_uses_20250919"}]}).unbounded == ()
    assert call(context_management={"edits": [{"type": "compact_20260112"}]}).unbounded != ()


@pytest.mark.parametrize(
    ("fields", "runs"),
    [
        ({"tools": [{"name": "mine", "input_schema": {}}, {"type": "bash_20250124", "name": "bash"}]}, ()),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, ("web_search_20250305",)),
        ({"mcp_servers": [{"type": "url", "url": "https://x", "name": "x"}]}, ("mcp_servers",)),
    ],
)
def test_tools_that_the_provider_runs_are_known(fields: dict[str, Any], runs: tuple[str, ...]) -> None:
    assert call(**fields).provider_tools == runs


def test_another_model_is_asked_and_the_one_that_was_asked_for_is_shown() -> None:
    read = call(stream=True)
    WIRE.set_model(read, "claude-haiku-4-5")
    assert (read.model, read.document["model"]) == ("claude-haiku-4-5", "claude-haiku-4-5")
    assert WIRE.path_of(read, "") == "/v1/messages"
    assert WIRE.path_of(call("/v1/messages/count_tokens"), "") == "/v1/messages/count_tokens"
    read.shown_model = "asked"
    answer = WIRE.answer(read)
    events = SseParser().feed(GOLDEN)
    shown = [answer.event(event) for event in events]
    assert shown[1:] == events[1:]
    assert shown[0] is not None
    assert shown[0].document["message"]["model"] == "asked"
    body = b'{"model":"x","content":[],"usage":{"input_tokens":1,"output_tokens":1}}'
    assert WIRE.answer(read).whole(body) == body.replace(b'"x"', b'"asked"')


def test_results_are_found_with_their_calls() -> None:
    asked = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"a": 1}}
    told = [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"},
        {"type": "tool_result", "tool_use_id": "toolu_0", "content": []},
    ]
    read = call(messages=[{"role": "assistant", "content": [asked]}, {"role": "user", "content": told}])
    assert WIRE.results(read) == [
        (ToolCall("toolu_1", "look", {"a": 1}), ("messages", 1, "content", 0, "content")),
        (ToolCall("toolu_0", "", None), ("messages", 1, "content", 1, "content")),
    ]
