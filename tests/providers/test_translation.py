"""Conversations and answers are the same after any way through the formats."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import message_create_params
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params
from pydantic import TypeAdapter

from akios_jail.providers import registry, translation
from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.neutral import Call, Conversation, Message, Part, Reply, Tool, ToolCall, Untranslatable, Wire
from akios_jail.providers.openai_chat import OpenAIChat
from akios_jail.providers.openai_responses import OpenAIResponses
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients
from tests.providers.conversations import conversations, replies

CHAT, MESSAGES, RESPONSES = OpenAIChat(), AnthropicMessages(), OpenAIResponses()
WIRES: dict[str, tuple[Wire, Any]] = {
    "chat": (CHAT, completion_create_params.CompletionCreateParamsNonStreaming),
    "messages": (MESSAGES, message_create_params.MessageCreateParamsNonStreaming),
    "responses": (RESPONSES, response_create_params.ResponseCreateParamsNonStreaming),
}
ADAPTERS = {name: TypeAdapter(params) for name, (_, params) in WIRES.items()}
SETTINGS = settings(max_examples=30)


def read(wire: Wire, document: dict[str, Any]) -> Call:
    """The document as it is after its way over the network."""
    return wire.read("openai", "h", wire.path_of(_BLANK[wire.name], ""), json.loads(json.dumps(document)))


_BLANK = {
    "openai_chat": CHAT.read("", "h", "/v1/chat/completions", {"model": "m", "messages": []}),
    "anthropic_messages": MESSAGES.read("", "h", "/v1/messages", {"model": "m", "messages": [], "max_tokens": 1}),
    "openai_responses": RESPONSES.read("", "h", "/v1/responses", {"model": "m", "input": "x"}),
}


def call(name: str, **fields: Any) -> Call:
    wire = WIRES[name][0]
    said = Conversation("", (Message("user", (Part("text", "hi"),)),), max_output_tokens=99)
    return read(wire, {**wire.compose(said, "asked"), **fields})


@pytest.mark.parametrize("name", WIRES)
@given(said=conversations())
@SETTINGS
def test_what_is_composed_says_the_same(name: str, said: Conversation) -> None:
    wire = WIRES[name][0]
    document = wire.compose(said, "some-model")
    told = read(wire, document)
    assert (told.model, told.stream, told.max_output_tokens) == ("some-model", False, said.max_output_tokens)
    assert wire.conversation(told) == said


@pytest.mark.parametrize("name", WIRES)
@given(said=conversations())
@settings(max_examples=10)
def test_what_is_composed_is_what_the_sdk_sends(name: str, said: Conversation) -> None:
    ADAPTERS[name].validate_python(WIRES[name][0].compose(said, "some-model"))


@given(said=conversations(), way=st.permutations(sorted(WIRES)))
@SETTINGS
def test_a_conversation_survives_every_way_through_the_formats(said: Conversation, way: list[str]) -> None:
    told = said
    for name in [*way, way[0]]:
        wire = WIRES[name][0]
        told = wire.conversation(read(wire, wire.compose(told, "m")))
    assert told == said


@pytest.mark.parametrize("wire", registry.WIRES, ids=lambda wire: wire.name)
@given(said=conversations())
@settings(max_examples=15)
def test_every_format_says_the_same_or_that_it_cannot(wire: Wire, said: Conversation) -> None:
    """Up to what means the same: messages of one side in a row, and a tool that says nothing of its arguments."""
    plain = said._replace(tools=tuple(tool._replace(strict=False) for tool in said.tools))
    try:
        document = json.loads(json.dumps(wire.compose(plain, "some-model")))
    except Untranslatable:
        return
    drafted = Call(wire, "openai", "h", "some-model", stream=False, document=document, max_output_tokens=None)
    told = wire.read("openai", "h", registry.normal_path(wire.path_of(drafted, "")), document)
    assert same(wire.conversation(told)) == same(plain)


def same(said: Conversation) -> Conversation:
    messages: list[Message] = []
    for message in said.messages:
        if messages and messages[-1].role == message.role:
            messages[-1] = Message(message.role, (*messages[-1].parts, *message.parts))
        else:
            messages.append(message)
    anything = {"type": "object", "properties": {}}
    tools = tuple(tool._replace(schema=tool.schema or anything) for tool in said.tools)
    return said._replace(messages=tuple(messages), tools=tools)


@pytest.mark.parametrize("name", WIRES)
@given(answered=replies())
@SETTINGS
def test_a_rendered_answer_says_the_same(name: str, answered: Reply) -> None:
    wire = WIRES[name][0]
    assert wire.reply(wire.render(call(name), answered)) == answered


@pytest.mark.parametrize("name", WIRES)
@given(answered=replies())
@SETTINGS
def test_a_rendered_stream_says_the_same_to_the_sdk(name: str, answered: Reply) -> None:
    wire = WIRES[name][0]
    asking = call(name, stream=True, **({"stream_options": {"include_usage": True}} if name == "chat" else {}))
    body = accumulated(name, wire.render(asking, answered))
    if body is not None:
        assert wire.reply(body) == answered


def accumulated(name: str, stream: bytes) -> bytes | None:
    """The whole answer that the official client makes of a stream; None where it refuses to make one."""
    if name == "chat":
        with clients.openai(stream).chat.completions.stream(model="m", messages=[]) as chunks:
            chunks.until_done()
            return chunks.current_completion_snapshot.to_json().encode()
    if name == "messages":
        with clients.anthropic(stream).messages.stream(model="m", max_tokens=9, messages=[]) as events:
            return events.get_final_message().to_json().encode()
    with clients.openai(stream).responses.stream(model="m", input="x") as events_of_it:
        last = list(events_of_it)[-1]
    return last.response.to_json().encode() if last.type in ("response.completed", "response.incomplete") else None


@pytest.mark.parametrize("name", WIRES)
@given(answered=replies())
@settings(max_examples=10)
def test_a_rendered_stream_is_what_its_own_reader_follows(name: str, answered: Reply) -> None:
    wire = WIRES[name][0]
    asking = call(name, stream=True, **({"stream_options": {"include_usage": True}} if name == "chat" else {}))
    body = wire.render(asking, answered)
    assert clients.through(asking, body, lambda _: clients.ALLOW) == body


@pytest.mark.parametrize("name", WIRES)
def test_the_answer_bears_the_model_that_was_asked_for(name: str) -> None:
    asking = call(name)
    asking.shown_model = "asked"
    answered = Reply("id", "other", (Part("text", "hi"),), "end", None)
    assert json.loads(WIRES[name][0].render(asking, answered))["model"] == "asked"


@pytest.mark.parametrize("name", WIRES)
def test_thoughts_are_not_carried_over(name: str) -> None:
    answered = Reply("id", "m", (Part("reasoning", "secret"), Part("text", "hi")), "end", None)
    assert b"secret" not in WIRES[name][0].render(call(name), answered)


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("chat", {"n": 2}, "n of the call"),
        ("chat", {"response_format": {"type": "json_object"}}, "response_format"),
        ("chat", {"logit_bias": {"5": -100}}, "logit_bias"),
        ("chat", {"functions": [{"name": "f"}]}, "functions"),
        ("chat", {"parallel_tool_calls": False}, "parallel_tool_calls"),
        ("chat", {"messages": [{"role": "user", "content": [IMAGE]}]}, "image"),
        ("chat", {"messages": [{"role": "user", "content": "x", "name": "ann"}]}, "name of a user"),
        ("chat", {"messages": [{"role": "function", "content": "x", "name": "f"}]}, "role function"),
        ("chat", {"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, "not called"),
        ("chat", {"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "y"}]}, "a system"),
        ("chat", {"tools": [{"type": "custom", "custom": {"name": "c"}}]}, "kind custom"),
        ("messages", {"mcp_servers": [{}]}, "mcp_servers"),
        ("messages", {"tools": [{"type": "bash_20250124", "name": "bash"}]}, "bash"),
        ("messages", {"messages": [{"role": "user", "content": [{"type": "document"}]}]}, "document"),
        ("messages", {"tools": [{"name": "t", "input_schema": {}}], "tool_choice": {"type": "auto",
         "disable_parallel_tool_use": True}}, "disable_parallel_tool_use"),
        ("responses", {"previous_response_id": "r"}, "previous_response_id"),
        ("responses", {"top_logprobs": 3}, "top_logprobs"),
        ("responses", {"text": {"format": {"type": "json_object"}}}, "text"),
        ("responses", {"tools": [{"type": "web_search"}]}, "web_search"),
        ("responses", {"input": [{"type": "item_reference", "id": "x"}]}, "item_reference"),
        ("responses", {"something_new": 1}, "something_new"),
    ],
)  # fmt: skip
def test_what_other_formats_have_no_words_for_is_named(name: str, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        WIRES[name][0].conversation(call(name, **fields))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("chat", {"user": "u", "n": 1, "store": True, "metadata": {"a": "b"}, "logit_bias": None}),
        ("messages", {"metadata": {"user_id": "u"}, "thinking": {"type": "disabled"}}),
        ("messages", {"messages": [{"role": "user", "content": [
            {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]}]}),
        ("responses", {"store": True, "truncation": "disabled", "text": {"format": {"type": "text"}}}),
    ],
)  # fmt: skip
def test_what_tells_a_model_nothing_is_left_out(name: str, fields: dict[str, Any]) -> None:
    assert WIRES[name][0].conversation(call(name, **fields)) == WIRES[name][0].conversation(call(name))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("chat", {"reasoning_effort": "high", "seed": 5}),
        ("chat", {"verbosity": "low", "frequency_penalty": 0.5, "presence_penalty": 0.5}),
        ("messages", {"thinking": {"type": "enabled", "budget_tokens": 1024}, "top_k": 5}),
        ("messages", {"thinking": {"type": "adaptive"}}),
        ("responses", {"reasoning": {"effort": "high", "summary": "auto"}}),
    ],
)
def test_how_a_model_is_to_work_is_left_out_by_name(name: str, fields: dict[str, Any]) -> None:
    plain, said = (WIRES[name][0].conversation(one) for one in (call(name), call(name, **fields)))
    assert said == plain._replace(left_out=tuple(fields))


USER = Message("user", (Part("text", "hi"),))


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        ("chat", Conversation("", (USER, Message("assistant", (Part("text", "So"),)))), "turn"),
        ("chat", Conversation("", ()), "turn"),
        ("chat", Conversation("", (USER,), stop=("a", "b", "c", "d", "e")), "stop sequences"),
        ("messages", Conversation("", (Message("assistant", (Part("text", "So"),)), USER)), "begin"),
        ("messages", Conversation("", (USER,), temperature=1.5), "temperature"),
        ("messages", Conversation("", (USER,), stop=("\n",)), "white space"),
        ("responses", Conversation("", (USER,), stop=("x",)), "stop sequences"),
        ("messages", Conversation("", (Message("user", (Part("video"),)),)), "video"),
        ("chat", Conversation("", (Message("user", (Part("video"),)),)), "video"),
        ("responses", Conversation("", (Message("user", (Part("video"),)),)), "video"),
        (
            "responses",
            Conversation("", (Message("user", (Part("tool_call", call=ToolCall("a", "f", {})),)),)),
            "role user",
        ),
    ],
)
def test_what_a_format_cannot_say_is_named(name: str, said: Conversation, why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        WIRES[name][0].compose(said, "m")


@pytest.mark.parametrize("name", WIRES)
def test_calls_without_ids_get_some_and_results_find_theirs(name: str) -> None:
    calls = tuple(Part("tool_call", call=ToolCall("", "look", {"n": n})) for n in (1, 2))
    odd = Part("tool_call", call=ToolCall("an id: with more", "send", {}))
    results = tuple(Part("tool_result", f"r{n}", call=ToolCall("", "look", None)) for n in (1, 2))
    sent = Part("tool_result", "sent", call=ToolCall("an id: with more", "send", None))
    said = Conversation("", (USER, Message("assistant", (*calls, odd)), Message("tool", (*results, sent))))
    wire = WIRES[name][0]
    told = wire.conversation(read(wire, wire.compose(said, "m")))
    ids = [part.call.id for message in told.messages[1:] for part in message.parts if part.call is not None]
    assert ids == ["call_akios_1", "call_akios_2", "call_akios_3"] * 2
    assert [part.text for part in told.messages[-1].parts] == ["r1", "r2", "sent"]


@pytest.mark.parametrize("name", WIRES)
def test_results_without_ids_find_calls_that_have_some(name: str) -> None:
    calls = tuple(Part("tool_call", call=ToolCall(f"c{n}", "look", {"n": n})) for n in (1, 2, 3))
    second = Part("tool_result", "r2", call=ToolCall("c2", "look", None))
    others = tuple(Part("tool_result", f"r{n}", call=ToolCall("", "look", None)) for n in (1, 3))
    said = Conversation("", (USER, Message("assistant", calls), Message("tool", (second, *others))))
    wire = WIRES[name][0]
    told = wire.conversation(read(wire, wire.compose(said, "m")))
    found = [(part.call.id, part.text) for part in told.messages[-1].parts if part.call is not None]
    assert found == [("c2", "r2"), ("c1", "r1"), ("c3", "r3")]
    one_too_many = Message("tool", (second, *others, Part("tool_result", "r4", call=ToolCall("", "look", None))))
    with pytest.raises(Untranslatable, match="not called"):
        translation.checked(said._replace(messages=(USER, Message("assistant", calls), one_too_many)))


def test_a_guarantee_of_arguments_is_not_silently_dropped() -> None:
    said = Conversation("", (USER,), tools=(Tool("f", "", {}, strict=True),))
    assert translation.checked(said, strict=True).tools[0].strict is True
    with pytest.raises(Untranslatable, match="guaranteed"):
        translation.checked(said)


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b'{"choices":[{}],"content":5,"output":5}'])
def test_an_answer_that_is_none_is_unreadable(name: str, body: bytes) -> None:
    with pytest.raises((Unreadable, Untranslatable)):
        WIRES[name][0].reply(body)


def test_an_answer_with_several_choices_or_searches_is_not_translated() -> None:
    with pytest.raises(Untranslatable, match="2 choices"):
        CHAT.reply(b'{"choices":[{},{}]}')
    search = {"type": "web_search_call", "id": "w", "status": "completed"}
    with pytest.raises(Untranslatable, match="web_search_call"):
        RESPONSES.reply(json.dumps({"output": [search], "status": "completed"}).encode())
    with pytest.raises(Untranslatable, match="server_tool_use"):
        MESSAGES.reply(json.dumps({"content": [{"type": "server_tool_use"}], "stop_reason": "end_turn"}).encode())
