"""Chat completions: what is read from a call, what is written into it, and what its answer tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk

from akios_jail.providers.neutral import Call, ToolCall
from akios_jail.providers.openai_chat import OpenAIChat
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable

WIRE = OpenAIChat()
#: A stream in OpenAI's own form, with a tool call in pieces, as it comes when usage was asked for.
GOLDEN = b"""\
data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}

data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"y"}

data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}}]},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":1}"}}]},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}],"usage":null}

data: {"id":"chatcmpl-B9","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1","choices":[],"usage":{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}

data: [DONE]

"""  # noqa: E501


def call(provider: str = "openai", path: str = "/v1/chat/completions", **fields: Any) -> Call:
    document = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], **fields}
    return WIRE.read(provider, "api.openai.com", path, document)


def test_the_neutral_form_of_a_plain_call() -> None:
    read = call(stream=True, max_tokens=100, n=2)
    assert (read.model, read.stream, read.max_output_tokens, read.choices) == ("gpt-4o", True, 100, 2)
    assert read.texts == ((("messages", 0, "content"), "user"),)
    assert read.unbounded == ()


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7}, 7),
        ({"max_tokens": 9, "max_completion_tokens": 7}, 9),
    ],
)
def test_of_two_output_limits_the_larger_may_be_what_counts(fields: dict[str, int], limit: int | None) -> None:
    assert call(**fields).max_output_tokens == limit


def test_an_azure_deployment_is_the_model_where_the_body_has_none() -> None:
    document: dict[str, Any] = {"messages": []}
    assert WIRE.read("azure", "x", "/openai/deployments/gpt-4o/chat/completions", document).model == "gpt-4o"


@pytest.mark.parametrize(
    "fields",
    [
        {"model": 5},
        {"model": ""},
        {"messages": "hi"},
        {"messages": ["hi"]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": ["x"]}]},
        {"stream": "yes"},
        {"stream": 1},
        {"n": 0},
        {"n": True},
        {"max_tokens": -1},
        {"max_tokens": "5"},
        {"max_tokens": 1.5},
        {"stream_options": []},
        {"stream_options": {"include_usage": 1}},
        {"tools": {}},
    ],
)
def test_a_field_of_the_wrong_type_makes_it_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        call(**fields)


def test_texts_and_data_are_found_where_they_are() -> None:
    parts = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "new", "new": {"deep": ["text"]}},
    ]
    read = call(messages=[{"role": "developer", "content": "be kind"}, {"role": "user", "content": parts}])
    assert [payload[1:] for payload in read.payloads] == [
        ("image", "data_url", "image/png"),
        ("image", "reference", ""),
        ("audio", "base64", "audio/wav"),
        ("file", "data_url", "application/pdf"),
        ("file", "reference", ""),
    ]
    assert [(text.path[1:], text.role) for text in read.texts] == [
        ((0, "content"), "system"),
        ((1, "content", 0, "text"), "user"),
        ((1, "content", 6, "type"), "user"),
        ((1, "content", 6, "new", "deep", 0), "user"),
    ]


@pytest.mark.parametrize(
    ("model", "hidden"),
    [
        ("gpt-4o", False), ("gpt-4o-mini-2024-07-18", False), ("gpt-4.1", False), ("ft:gpt-4o:x", False),
        ("o3", True), ("gpt-5", True), ("gpt-4x", True), ("deepseek-reasoner", True),
    ],
)  # fmt: skip
def test_only_known_families_are_taken_to_show_all_they_write(model: str, hidden: bool) -> None:
    assert call(model=model).hidden_output is hidden


def follow(read: Call, data: bytes) -> tuple[list[Event], Any]:
    answer = WIRE.answer(read)
    shown = [answer.event(event) for event in SseParser().feed(data)]
    return [event for event in shown if event is not None], answer


def test_a_stream_is_followed_to_its_usage() -> None:
    shown, answer = follow(call(stream=True, stream_options={"include_usage": True}), GOLDEN)
    assert b"".join(event.encode() for event in shown) == GOLDEN
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (82, 17, 64)
    assert usage.options == (("service_tier", "default"),)
    assert answer.finished is True
    assert answer.flow.bytes == len('assistantHellocall_1functionlook{"a":1}')


def test_usage_that_the_agent_did_not_ask_for_leaves_no_trace() -> None:
    read = call(stream=True)
    WIRE.ask_usage(read)
    shown, answer = follow(read, GOLDEN)
    assert answer.usage.input_tokens == 82
    expected = [line for line in GOLDEN.decode().split("\n\n") if '"choices":[]' not in line]
    assert b"".join(event.encode() for event in shown).decode() == "\n\n".join(expected).replace(',"usage":null', "")


def test_options_beside_usage_are_kept() -> None:
    read = call(stream=True, stream_options={"include_obfuscation": False})
    WIRE.ask_usage(read)
    assert read.document["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_mistral_is_not_asked() -> None:
    read = call("mistral", stream=True)
    WIRE.ask_usage(read)
    assert "stream_options" not in read.document


@pytest.mark.parametrize("cut", [1, 2, 4])
def test_an_early_end_is_what_the_sdk_understands(cut: int) -> None:
    read = call(stream=True, n=1, stream_options={"include_usage": True})
    answer = WIRE.answer(read)
    for event in SseParser().feed(GOLDEN)[:cut]:
        answer.event(event)
    *chunks, done = answer.end(7)
    assert done.data == "[DONE]"
    finish, usage = (ChatCompletionChunk.model_validate(json.loads(chunk.data or "")) for chunk in chunks)
    assert (finish.id, finish.choices[0].finish_reason) == ("chatcmpl-B9", "length")
    assert usage.choices == []
    assert usage.usage is not None
    assert usage.usage.completion_tokens == 7


def test_an_early_end_before_anything_closes_every_choice() -> None:
    *chunks, _ = WIRE.answer(call(stream=True, n=3)).end(0)
    read = [ChatCompletionChunk.model_validate(json.loads(chunk.data or "")) for chunk in chunks]
    assert [chunk.choices[0].index for chunk in read] == [0, 1, 2]


@pytest.mark.parametrize(
    "data",
    ["not json", "[]", '{"choices":{}}', '{"choices":[{"index":"0"}]}', '{"usage":{"prompt_tokens":-1},"choices":[]}',
     '{"usage":{"prompt_tokens":true},"choices":[]}', '{"usage":5}', '{"id":1,"id":2}'],
)  # fmt: skip
def test_a_chunk_that_is_none_is_unreadable(data: str) -> None:
    with pytest.raises(Unreadable):
        WIRE.answer(call(stream=True)).event(Event(data=data))


def test_an_error_in_a_stream_passes_to_the_agent() -> None:
    event = Event(data='{"error":{"message":"overloaded","code":null}}')
    assert WIRE.answer(call(stream=True)).event(event) == event


@pytest.mark.parametrize(
    ("fields", "bounded"),
    [
        ({"model": "openai/gpt-4o"}, True),
        ({"model": "openai/gpt-4o:free"}, True),
        ({"model": "openai/gpt-4o:online"}, False),
        ({"model": "openai/gpt-4o:nitro"}, False),
        ({"provider": {"order": ["dear"]}}, False),
    ],
)
def test_a_router_s_choice_of_servers_and_searches_cannot_be_bounded(fields: dict[str, Any], bounded: bool) -> None:
    document = {"model": "openai/gpt-4o", "messages": [], **fields}
    assert (WIRE.read("openrouter", "openrouter.ai", "/api/v1/chat/completions", document).unbounded == ()) is bounded


@pytest.mark.parametrize(
    ("fields", "runs"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}]}, ()),
        ({"tools": [{"type": "browser_search"}]}, ("browser_search",)),
        ({"web_search_options": {}}, ("web_search_options",)),
        ({"plugins": [{"id": "web"}]}, ("plugins",)),
        ({"model": "gpt-4o-search-preview-2025-03-11"}, ("web_search",)),
        ({"model": "openai/gpt-4o:online"}, ("web_search",)),
        ({"model": "groq/compound-mini"}, ("web_search",)),
        ({"model": "gpt-4o"}, ()),
    ],
)
def test_tools_that_the_provider_runs_are_known_and_make_the_cost_unbounded(
    fields: dict[str, Any], runs: tuple[str, ...]
) -> None:
    read = call(**fields)
    assert read.provider_tools == runs
    assert (read.unbounded == ()) is (runs == ())


@pytest.mark.parametrize(
    ("path", "body_model", "model", "routed"),
    [
        ("/v1/chat/completions", "gpt-4o", "gpt-4o", "/v1/chat/completions"),
        ("/openai/deployments/prod/chat/completions", None, "prod", "/openai/deployments/gpt-4.1/chat/completions"),
        ("/openai/deployments/gpt-5-pro/chat/completions", "gpt-4o-mini", "gpt-5-pro",
         "/openai/deployments/gpt-4.1/chat/completions"),
        ("/openai/deployments/gpt-4o/chat/completions", "GPT-4o", "GPT-4o",
         "/openai/deployments/gpt-4.1/chat/completions"),
    ],
)  # fmt: skip
def test_another_model_is_asked_where_the_call_names_it(path: str, body_model: Any, model: str, routed: str) -> None:
    document = {"messages": [], **({"model": body_model} if body_model else {})}
    read = WIRE.read("azure", "x.openai.azure.com", path, document)
    assert read.model == model
    WIRE.set_model(read, "gpt-4.1")
    assert (read.model, read.document["model"]) == ("gpt-4.1", "gpt-4.1")
    assert WIRE.path_of(read, path) == routed
    assert WIRE.path_of(read, "") == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("provider", "fields", "limits"),
    [
        ("openai", {"max_tokens": 5, "n": 1}, {"max_completion_tokens": 5, "n": 1}),
        ("openai", {"max_tokens": 5, "max_completion_tokens": None}, {"max_completion_tokens": 5}),
        ("openai", {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ("openai", {"max_tokens": 5, "max_completion_tokens": 6}, {"max_tokens": 5, "max_completion_tokens": 6}),
        ("mistral", {"max_completion_tokens": 5}, {"max_tokens": 5}),
        ("", {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ("openai", {}, {}),
    ],
)
def test_another_model_is_told_the_output_limit_by_the_name_that_it_knows(
    provider: str, fields: dict[str, Any], limits: dict[str, Any]
) -> None:
    read = call(provider, **fields)
    WIRE.set_model(read, "other")
    messages = [{"role": "user", "content": "hi"}]
    assert list(read.document.items()) == list({"model": "other", "messages": messages, **limits}.items())


def test_what_a_path_may_not_hold_is_encoded() -> None:
    read = call()
    WIRE.set_model(read, "a/b?c")
    path = WIRE.path_of(read, "/openai/deployments/x/chat/completions")
    assert path == "/openai/deployments/a%2Fb%3Fc/chat/completions"


def test_the_model_that_was_asked_for_stands_in_every_chunk_and_in_a_whole_answer() -> None:
    read = call(stream=True)
    read.shown_model = "asked"
    WIRE.ask_usage(read)
    shown, _ = follow(read, GOLDEN)
    parsed = [json.loads(event.data) for event in shown if event.data != "[DONE]"]
    assert {chunk["model"] for chunk in parsed} == {"asked"}
    assert all("usage" not in chunk for chunk in parsed)
    assert WIRE.answer(read).whole(b'{"model":"x","n":1.50,"choices":[]}') == b'{"model":"asked","n":1.5,"choices":[]}'
    body = b'{"error":{}}'
    assert WIRE.answer(read).whole(body) is body


def test_results_are_found_with_their_calls() -> None:
    custom = {"id": "c2", "type": "custom", "custom": {"name": "run", "input": "ls"}}
    asked = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
    read = call(
        messages=[
            {"role": "assistant", "content": None, "tool_calls": [asked, custom]},
            {"role": "tool", "tool_call_id": "c2", "content": "ran"},
            {"role": "tool", "tool_call_id": "c1", "content": "found"},
            {"role": "assistant", "content": None, "function_call": {"name": "old", "arguments": "not json"}},
            {"role": "function", "name": "old", "content": "done"},
            {"role": "tool", "tool_call_id": "unknown", "content": "x"},
        ]
    )
    assert WIRE.results(read) == [
        (ToolCall("c2", "run", "ls"), ("messages", 1, "content")),
        (ToolCall("c1", "look", {"a": 1}), ("messages", 2, "content")),
        (ToolCall("", "old", "not json"), ("messages", 4, "content")),
        (ToolCall("unknown", "", None), ("messages", 5, "content")),
    ]


@pytest.mark.parametrize(
    "data",
    [
        '{"id":"c","choices":[{"index":0,"delta":{"content":"x"}}],"usage":null,"obfuscation":"y"}',
        '{"id":"c", "choices":[{"index":0,"delta":{"content":"x"}}], "usage": null}',
        '{"usage": null,"choices":[{"index":0,"delta":{"content":"x"},"usage":null}]}',
        '{"id":"c","choices":[{"index":0,"delta":{"content":",\\"usage\\":null"}}],"usage":null}',
        '{"usage":null,"id":"c","choices":[{"index":0,"delta":{"content":"x","usage":null}}]}',
    ],
)
def test_a_usage_that_nobody_asked_for_is_hidden_and_all_else_stays(data: str) -> None:
    asked = call(stream=True)
    WIRE.ask_usage(asked)
    shown = WIRE.answer(asked).event(Event(data=data))
    assert shown is not None
    expected = json.loads(data)
    del expected["usage"]
    assert json.loads(shown.data or "") == shown.document == expected
