"""Responses: what is read from a call, and what its answer tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from akios_jail.providers.neutral import Call, ToolCall
from akios_jail.providers.openai_responses import OpenAIResponses
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients
from tests.providers.responses import GOLDEN, RESPONSE, USAGE, created, ended, function, message, numbered

WIRE = OpenAIResponses()
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def call(provider: str = "openai", path: str = "/v1/responses", **fields: Any) -> Call:
    return WIRE.read(provider, "api.openai.com", path, {"model": "gpt-5", "input": "hi", **fields})


def test_the_neutral_form_of_a_plain_call() -> None:
    read = call(stream=True, max_output_tokens=100, instructions="be kind")
    assert (read.model, read.stream, read.max_output_tokens, read.billable) == ("gpt-5", True, 100, True)
    assert read.texts == ((("instructions",), "system"), (("input",), "user"))
    assert (read.unbounded, read.provider_tools, read.hidden_output) == ((), (), True)


def test_counting_tokens_is_not_billed() -> None:
    read = call(path="/v1/responses/input_tokens")
    assert read.billable is False
    assert WIRE.path_of(read, "") == "/v1/responses/input_tokens"


@pytest.mark.parametrize(
    ("path", "document", "is_call"),
    [
        ("/v1/responses", {"model": "m", "input": "x"}, True),
        ("/openai/v1/responses", {"model": "m", "previous_response_id": "r"}, True),
        ("/api/surveys/responses", {"answers": []}, False),
        ("/api/surveys/responses", {"model": "m", "answers": []}, False),
    ],
)
def test_what_is_a_call(path: str, document: dict[str, Any], is_call: bool) -> None:
    assert WIRE.speaks(path)
    assert WIRE.resembles(document) is is_call


@pytest.mark.parametrize("path", ["/v1/responses/compact", "/v1/responses/resp_1/cancel", "/v1/chat/completions"])
def test_what_is_another_interface(path: str) -> None:
    assert WIRE.speaks(path) is False


def test_texts_and_data_are_found_where_they_are() -> None:
    content = [
        {"type": "input_text", "text": "look"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "high"},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
    ]
    read = call(
        previous_response_id="resp_0",
        input=[
            {"role": "developer", "content": "be kind"},
            {"role": "user", "content": content},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
             "encrypted_content": "b3A="},
            {"type": "function_call", "call_id": "c", "name": "look", "arguments": '{"a":1}'},
            {"type": "function_call_output", "call_id": "c", "output": "found"},
            {"type": "custom_tool_call_output", "call_id": "d", "output": [{"type": "input_text", "text": "ok"}]},
            {"type": "item_reference", "id": "msg_1"},
            {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "yes"}]},
        ],
    )  # fmt: skip
    assert [(payload.path, payload.kind, payload.form) for payload in read.payloads] == [
        (("input", 1, "content", 1, "image_url"), "image", "data_url"),
        (("input", 1, "content", 2, "file_id"), "image", "reference"),
        (("input", 1, "content", 3, "file_data"), "file", "data_url"),
        (("input", 2, "encrypted_content"), "opaque", "base64"),
        (("input", 6, "id"), "opaque", "reference"),
        (("previous_response_id",), "opaque", "reference"),
    ]
    assert [(text.path[1:], text.role) for text in read.texts] == [
        ((0, "content"), "system"),
        ((1, "content", 0, "text"), "user"),
        ((2, "summary", 0, "text"), "assistant"),
        ((3, "name"), "assistant"),
        ((3, "arguments"), "assistant"),
        ((4, "output"), "tool"),
        ((5, "output", 0, "text"), "tool"),
        ((7, "content", 0, "text"), "assistant"),
    ]


def test_results_are_found_with_their_calls() -> None:
    read = call(
        input=[
            {"type": "function_call", "call_id": "c", "name": "look", "arguments": '{"a":1}'},
            {"type": "function_call_output", "call_id": "c", "output": "found"},
            {"type": "function_call_output", "call_id": "before", "output": "x"},
            {"type": {}, "call_id": "c"},
        ]
    )
    assert WIRE.results(read) == [
        (ToolCall("c", "look", {"a": 1}), ("input", 1, "output")),
        (ToolCall("before", "", None), ("input", 2, "output")),
    ]


@pytest.mark.parametrize(
    ("tool", "runs"),
    [
        ({"type": "function", "name": "f", "parameters": {}}, ()),
        ({"type": "custom", "name": "c"}, ()),
        ({"type": "local_shell"}, ()),
        ({"type": "apply_patch"}, ()),
        ({"type": "shell", "environment": {"type": "local"}}, ()),
        ({"type": "shell"}, ("shell",)),
        ({"type": "shell", "environment": {"type": "container_auto"}}, ("shell",)),
        ({"type": "web_search"}, ("web_search",)),
        ({"type": "mcp", "server_label": "x", "server_url": "https://x"}, ("mcp",)),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, ("code_interpreter",)),
        ({"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "f"}]}, ()),
        ({"type": "namespace", "name": "n", "tools": [{"type": "mcp"}]}, ("mcp",)),
        ({"type": "something_new"}, ("something_new",)),
    ],
)
def test_tools_that_the_provider_runs_are_known(tool: dict[str, Any], runs: tuple[str, ...]) -> None:
    read = call(tools=[tool])
    assert read.provider_tools == runs
    assert (read.unbounded == ()) is (runs == ())


@pytest.mark.parametrize(
    ("fields", "bounded"),
    [
        ({}, True),
        ({"background": False}, True),
        ({"background": True}, False),
        ({"prompt": {"id": "pmpt_1"}}, False),
        ({"context_management": [{"type": "compaction", "compact_threshold": 1000}]}, False),
        ({"previous_response_id": "resp_1"}, True),
    ],
)
def test_what_cannot_be_bounded(fields: dict[str, Any], bounded: bool) -> None:
    assert (call(**fields).unbounded == ()) is bounded


@pytest.mark.parametrize(
    "fields",
    [{"model": 5}, {"input": 5}, {"input": ["x"]}, {"stream": "yes"}, {"max_output_tokens": 0}, {"tools": "x"},
     {"instructions": []}, {"previous_response_id": 5}, {"background": 1}, {"Max_Output_Tokens": 5},
     {"input": [{"role": "user", "content": [5]}]}],
)  # fmt: skip
def test_a_field_of_the_wrong_type_makes_it_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        call(**fields)


def test_a_limit_and_a_model_are_written_into_the_call() -> None:
    read = call()
    WIRE.limit_output(read, 50)
    WIRE.set_model(read, "gpt-4o")
    assert read.document == {"model": "gpt-4o", "input": "hi", "max_output_tokens": 50}
    assert (read.hidden_output, WIRE.path_of(read, "")) == (False, "/v1/responses")


def test_a_stream_is_followed_to_its_usage() -> None:
    answer = WIRE.answer(call(stream=True))
    events = SseParser().feed(GOLDEN)
    assert [answer.event(event) for event in events] == events
    usage = answer.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (100, 50, 64)
    assert (usage.reasoning_tokens, usage.options) == (20, (("service_tier", "default"),))
    assert answer.finished is True
    assert answer.flow.bytes == len('hmHello.{"a":1}')


def test_an_item_that_comes_at_once_is_counted_once() -> None:
    answer = WIRE.answer(call(stream=True))
    (item,) = [one for one in message(0, "Hello") if one["type"].endswith("item.done")]
    for event in SseParser().feed(numbered(created(), item)):
        answer.event(event)
    assert answer.flow.bytes >= len("Hello")


def test_the_model_that_was_asked_for_stands_in_every_event() -> None:
    read = call(stream=True)
    read.shown_model = "asked"
    answer = WIRE.answer(read)
    shown = [answer.event(event) for event in SseParser().feed(GOLDEN)]
    body = b"".join(event.encode() for event in shown if event is not None)
    assert body.count(b'"model":"asked"') == 3
    assert b"gpt-5-2025" not in body
    whole = json.loads(answer.whole(json.dumps(RESPONSE).encode()))
    assert whole["model"] == "asked"


def test_a_whole_answer_tells_its_usage() -> None:
    answer = WIRE.answer(call())
    body = json.dumps(RESPONSE | {"output": [message(0, "Hello")[-1]["item"]], "usage": USAGE}).encode()
    assert answer.whole(body) is body
    assert answer.usage is not None
    assert answer.usage.output_tokens == 50
    assert "Hello" in clients.openai(body).responses.create(model="m", input="x").output_text


@pytest.mark.parametrize("cut", range(len(SseParser().feed(GOLDEN))))
def test_an_early_end_is_what_the_sdk_understands(cut: int) -> None:
    read = call(stream=True)
    answer = WIRE.answer(read)
    seen = SseParser().feed(GOLDEN)[:cut]
    for event in seen:
        answer.event(event)
    if answer.finished:
        return
    whole = [*seen, *answer.end(7)]
    parsed = [EVENTS.validate_python(json.loads(event.data or "")) for event in whole]
    assert [event.sequence_number for event in parsed] == list(range(len(parsed)))
    kinds = [event.type for event in parsed]
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.incomplete"
    assert kinds.count("response.output_item.added") == kinds.count("response.output_item.done")
    last: Response = parsed[-1].response
    assert last.incomplete_details is not None
    assert (last.status, last.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert last.usage is not None
    assert last.usage.output_tokens == 7
    with clients.openai(b"".join(event.encode() for event in whole)).responses.stream(model="m", input="x") as stream:
        stream.until_done()


@pytest.mark.parametrize(
    "data",
    ["x", "[]", '{"type":5}', '{"type":"response.created","response":5}',
     '{"type":"response.output_item.added","output_index":0,"item":5}',
     '{"type":"response.completed","response":{"usage":{"input_tokens":1}}}',
     '{"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":-1}}}'],
)  # fmt: skip
def test_an_event_that_is_none_is_unreadable(data: str) -> None:
    with pytest.raises(Unreadable):
        WIRE.answer(call(stream=True)).event(Event(data=data))


def test_an_error_in_a_stream_passes_to_the_agent() -> None:
    event = Event("error", '{"type":"error","code":"server_error","message":"x","param":null,"sequence_number":3}')
    assert WIRE.answer(call(stream=True)).event(event) == event


def test_an_error_that_other_servers_tell_without_a_type_passes_too() -> None:
    event = Event(data='{"error":{"message":"overloaded"}}')
    assert WIRE.answer(call(stream=True)).event(event) == event


def test_an_item_that_never_began_is_not_in_an_early_end() -> None:
    answer = WIRE.answer(call(stream=True))
    delta = {"type": "response.output_text.delta", "output_index": 3, "content_index": 0, "delta": "x"}
    for event in SseParser().feed(numbered(created(), delta)):
        answer.event(event)
    assert answer.end(1)[-1].document["response"]["output"] == []


def test_an_item_of_no_readable_type_is_in_an_early_end_as_it_came() -> None:
    answer = WIRE.answer(call(stream=True))
    added = {"type": "response.output_item.added", "output_index": 0, "item": {"type": ["message"]}}
    for event in SseParser().feed(numbered(created(), added)):
        answer.event(event)
    output = answer.end(1)[-1].document["response"]["output"]
    assert output == [{"type": ["message"], "status": "incomplete"}]


def test_reading_changes_nothing_in_a_call() -> None:
    document = {"model": "m", "x_new": {"b": 1, "a": [1.5, None]}, "input": [{"type": "x_new", "z": 1, "y": 2}]}
    before = json.dumps(document)
    WIRE.read("openai", "api.openai.com", "/v1/responses", document)
    assert json.dumps(document) == before


def test_a_response_without_usage_tells_none() -> None:
    answer = WIRE.answer(call(stream=True))
    for event in SseParser().feed(numbered(created(), ended("failed", usage=None))):
        answer.event(event)
    assert (answer.usage, answer.finished) == (None, True)


def test_the_golden_stream_is_what_the_sdk_reads() -> None:
    with clients.openai(GOLDEN).responses.stream(model="m", input="x") as stream:
        final = stream.get_final_response()
    assert [item.type for item in final.output] == ["reasoning", "message", "function_call"]
    assert function(2, "look", '{"a":1}')[-1]["item"]["call_id"] == "call_2"
