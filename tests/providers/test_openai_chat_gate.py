"""Tool calls of chat completions, held until ruled on; what comes of it is read by OpenAI's own client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ParsedChatCompletion

from akios_jail.providers.neutral import Call, Garbled, Ruling, ToolCall
from akios_jail.providers.openai_chat import OpenAIChat
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients
from tests.providers.clients import ALLOW, events, gated, ruling

WIRE = OpenAIChat()
HEAD = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "system_fingerprint": "fp"}
DENY = Ruling("deny", "refunds are a person's decision")
DONE = "[DONE]"


def call(**fields: Any) -> Call:
    document = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "stream": True, **fields}
    return WIRE.read("openai", "api.openai.com", "/v1/chat/completions", document)


def chunk(delta: dict[str, Any], finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}]}


def piece(index: int, arguments: str, name: str | None = None, id: str | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"index": index}
    if id is not None:
        entry |= {"id": id, "type": "function"}
    return {**entry, "function": {**({"name": name} if name else {}), "arguments": arguments}}


def tool(*pieces: dict[str, Any], **more: Any) -> dict[str, Any]:
    return chunk({"tool_calls": list(pieces), **more})


START = chunk({"role": "assistant", "content": "", "refusal": None})
#: Text, then three calls in parallel, their pieces mixed.
PARALLEL = events(
    START,
    chunk({"content": "Let me "}),
    chunk({"content": "see."}),
    tool(piece(0, "", "look", "call_a")),
    tool(piece(0, '{"q":')),
    tool(piece(1, "", "refund", "call_b")),
    tool(piece(1, '{"usd": 15000.10}'), piece(0, ' "x"}')),
    tool(piece(2, '{"to":"é"}', "send", "call_c")),
    chunk({}, "tool_calls"),
    {**HEAD, "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    DONE,
)


def read(body: bytes) -> ParsedChatCompletion[None]:
    client = clients.openai(body)
    with client.chat.completions.stream(model="gpt-4o", messages=[{"role": "user", "content": "hi"}]) as stream:
        stream.until_done()
        # `get_final_completion` gives the same, but raises where an answer ended at its limit.
        return stream.current_completion_snapshot  # type: ignore[return-value]


def asked(body: bytes) -> list[tuple[str, str, str]]:
    message = read(body).choices[0].message
    return [(one.id, one.function.name, one.function.arguments) for one in message.tool_calls or []]


def test_allowed_calls_pass_with_their_very_bytes() -> None:
    assert gated(WIRE.gate(call()), PARALLEL, ruling()) == PARALLEL


def test_calls_are_given_out_in_order_with_what_they_ask() -> None:
    given: list[ToolCall] = []
    gated(WIRE.gate(call()), PARALLEL, lambda tool_call: given.append(tool_call) or ALLOW)
    assert given == [
        ToolCall("call_a", "look", {"q": "x"}),
        ToolCall("call_b", "refund", {"usd": 15000.10}),
        ToolCall("call_c", "send", {"to": "é"}),
    ]


def test_text_flows_on_at_once_and_calls_wait() -> None:
    gate = WIRE.gate(call())
    flows = [gate.event(event) for event in SseParser().feed(PARALLEL)[:9]]
    assert [len(flow) for flow in flows] == [1, 1, 1, 0, 0, 0, 0, 0, 3]
    assert [len(gate.ruled(flow, ALLOW)) for flow in flows[-1] if isinstance(flow, ToolCall)] == [0, 0, 6]


def test_a_refused_call_becomes_words_and_the_others_move_up() -> None:
    shown = read(gated(WIRE.gate(call()), PARALLEL, ruling(look=DENY)))
    (choice,) = shown.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is not None
    assert choice.message.content.startswith("Let me see.\n\n[The call of the tool look was refused")
    assert "refunds are a person's decision" in choice.message.content
    assert [(one.id, one.function.arguments) for one in choice.message.tool_calls or []] == [
        ("call_b", '{"usd": 15000.10}'),
        ("call_c", '{"to":"é"}'),
    ]


def test_without_any_call_left_the_model_has_ended_its_turn() -> None:
    shown = read(gated(WIRE.gate(call()), PARALLEL, lambda _: DENY))
    (choice,) = shown.choices
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    assert (choice.message.content or "").count("was refused") == 3
    assert shown.usage is not None


def test_a_changed_call_carries_its_new_arguments_alone() -> None:
    body = gated(WIRE.gate(call()), PARALLEL, ruling(look=Ruling("modify", "", {"q": "y", "n": 1})))
    assert asked(body) == [
        ("call_a", "look", '{"q":"y","n":1}'),
        ("call_b", "refund", '{"usd": 15000.10}'),
        ("call_c", "send", '{"to":"é"}'),
    ]
    assert b'\\"x\\"' not in body


def test_a_ruling_that_is_none_of_the_three_refuses() -> None:
    assert asked(gated(WIRE.gate(call()), PARALLEL, ruling(refund=Ruling("held")))) == [
        ("call_a", "look", '{"q": "x"}'),
        ("call_c", "send", '{"to":"é"}'),
    ]


def test_all_in_one_chunk_as_small_servers_send_it() -> None:
    one = chunk(
        {
            "role": "assistant",
            "content": "ok",
            "tool_calls": [piece(0, "{}", "look", "a"), piece(1, "{}", "send", "b")],
        },
        "tool_calls",
    )
    stream = events(one, DONE)
    assert asked(gated(WIRE.gate(call()), stream, ruling())) == [("a", "look", "{}"), ("b", "send", "{}")]
    shown = read(gated(WIRE.gate(call()), stream, ruling(look=DENY))).choices[0]
    assert [one.id for one in shown.message.tool_calls or []] == ["b"]
    assert (shown.message.content or "").startswith("ok\n\n[The call")


def test_a_first_chunk_with_role_and_call_keeps_its_role() -> None:
    stream = events(tool(piece(0, "{}", "look", "a"), role="assistant", content=None), chunk({}, "tool_calls"), DONE)
    assert gated(WIRE.gate(call()), stream, ruling()) == stream
    shown = read(gated(WIRE.gate(call()), stream, ruling(look=DENY))).choices[0]
    assert (shown.message.role, shown.finish_reason) == ("assistant", "stop")


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(0, "{}", "look", "a"), piece(0, "{}", "send", "b")],
        [{"id": id, "function": {"name": name, "arguments": "{}"}} for id, name in (("a", "look"), ("b", "send"))],
        [piece(0, "{", "look", "a"), piece(0, "}", "look", "a"), piece(1, "{}", "send", "b")],
        [piece(3, "{}", "look", "a"), piece(7, "{}", "send", "b")],
    ],
)  # fmt: skip
def test_pieces_that_clients_put_together_differently_are_written_again(pieces: list[dict[str, Any]]) -> None:
    stream = events(START, *(tool(one) for one in pieces), chunk({}, "tool_calls"), DONE)
    assert asked(gated(WIRE.gate(call()), stream, ruling())) == [("a", "look", "{}"), ("b", "send", "{}")]


def test_unknown_fields_of_a_call_stay_with_it() -> None:
    signed = {**piece(1, "{}", "send", "b"), "extra_content": {"google": {"thought_signature": "c2ln"}}}
    stream = events(START, tool(piece(0, "{}", "look", "a")), tool(signed), chunk({}, "tool_calls"), DONE)
    body = gated(WIRE.gate(call()), stream, ruling(look=DENY))
    assert b'"index":0,"id":"b"' in body
    assert b'"extra_content":{"google":{"thought_signature":"c2ln"}}' in body


def test_choices_are_gated_each_by_itself() -> None:
    def both(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**HEAD, "choices": [{"index": index, "delta": delta, "finish_reason": finish} for index in (0, 1)]}

    stream = events(
        both({"role": "assistant", "content": "x"}), both({"tool_calls": [piece(0, "{}", "look", "a")]}),
        both({}, "tool_calls"), DONE,
    )  # fmt: skip
    rulings = iter([ALLOW, DENY])
    first, second = read(gated(WIRE.gate(call()), stream, lambda _: next(rulings))).choices
    assert (first.finish_reason, second.finish_reason) == ("tool_calls", "stop")
    assert (first.message.content, len(first.message.tool_calls or [])) == ("x", 1)
    assert (second.message.content or "").startswith("x\n\n[The call")


def test_the_old_function_call_is_gated_too() -> None:
    stream = events(
        START,
        chunk({"function_call": {"name": "look", "arguments": ""}}),
        chunk({"function_call": {"arguments": '{"q":1}'}}),
        chunk({}, "function_call"),
        DONE,
    )
    given: list[ToolCall] = []
    assert gated(WIRE.gate(call()), stream, lambda one: given.append(one) or ALLOW) == stream
    assert given == [ToolCall("", "look", {"q": 1})]
    changed = read(gated(WIRE.gate(call()), stream, ruling(look=Ruling("modify", "", {"q": 2})))).choices[0].message
    assert changed.function_call is not None
    assert (changed.function_call.name, changed.function_call.arguments) == ("look", '{"q":2}')
    refused = read(gated(WIRE.gate(call()), stream, ruling(look=DENY))).choices[0]
    assert (refused.finish_reason, refused.message.function_call) == ("stop", None)


def test_a_custom_tool_is_ruled_on_by_its_text() -> None:
    first = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "run", "input": "rm "}}
    stream = events(START, tool(first), tool({"index": 0, "custom": {"input": "-rf"}}), chunk({}, "tool_calls"), DONE)
    given: list[ToolCall] = []
    assert gated(WIRE.gate(call()), stream, lambda one: given.append(one) or ALLOW) == stream
    assert given == [ToolCall("a", "run", "rm -rf")]
    assert b'"input":"ls"' in gated(WIRE.gate(call()), stream, ruling(run=Ruling("modify", "", "ls")))


def test_a_call_that_the_output_limit_broke_off_does_not_reach_the_agent() -> None:
    stream = events(
        START, tool(piece(0, '{"a":1}', "look", "a")), tool(piece(1, '{"usd":15', "refund", "b")), chunk({}, "length"),
        DONE,
    )  # fmt: skip
    choice = read(gated(WIRE.gate(call()), stream, ruling())).choices[0]
    assert choice.finish_reason == "length"
    assert [one.function.name for one in choice.message.tool_calls or []] == ["look"]
    assert "incomplete" in (choice.message.content or "")


def test_an_answer_that_governance_ends_is_gated_like_any_other() -> None:
    read_call = call(stream_options={"include_usage": True})
    answer, gate = WIRE.answer(read_call), WIRE.gate(read_call)
    shown: list[Any] = []
    for event in SseParser().feed(PARALLEL)[:6]:
        answer.event(event)
        shown += gate.event(event)
    for event in answer.end(7):
        shown += gate.event(event)
    assert [one for one in shown if isinstance(one, ToolCall)] == []
    choice = read(b"".join(event.encode() for event in shown)).choices[0]
    assert (choice.finish_reason, choice.message.tool_calls) == ("length", None)


@pytest.mark.parametrize(
    "chunks",
    [
        [tool(piece(0, "{}", None, "a")), chunk({}, "tool_calls")],
        [tool(piece(0, "{}", "look", "a")), tool(piece(0, "", "send")), chunk({}, "tool_calls")],
        [tool(piece(-1, "{}", "look", "a"))],
        [tool({"index": "0", "function": {"name": "x", "arguments": ""}})],
        [tool({"index": 0, "id": "a", "function": {"name": "x", "arguments": {"a": 1}}})],
        [tool({"index": 0, "id": "a", "function": {"name": "x"}, "custom": {"name": "y"}})],
        [tool({"index": 0, "id": "a", "function": "x"})],
        [chunk({"tool_calls": {"0": 1}})],
        [chunk({"function_call": "x"})],
        [{**HEAD, "choices": [{"index": 0, "delta": {}, "message": {"tool_calls": [piece(0, "{}", "look", "a")]}}]}],
        [tool(piece(0, "{}", "a", "a")), chunk({}, "tool_calls"), tool(piece(0, "{}", "b")), chunk({}, "stop")],
        [tool(piece(0, "{", "look", "a")), {**tool(piece(0, "}")), "object": "x"}, chunk({}, "tool_calls")],
    ],
)
def test_a_call_that_cannot_be_read_does_not_reach_the_agent(chunks: list[Any]) -> None:
    with pytest.raises(Unreadable):
        gated(WIRE.gate(call()), events(*chunks), ruling())


def test_what_is_no_piece_of_a_call_may_come_in_a_chunk_of_another_kind() -> None:
    told = {**HEAD, "object": "", "choices": [{"index": 0, "delta": {}, "finish_reason": None, "content_filter": {}}]}
    body = events(START, tool(piece(0, "{}", "look", "a")), told, chunk({}, "tool_calls"), DONE)
    assert asked(gated(WIRE.gate(call()), body, ruling())) == [("a", "look", "{}")]


def test_a_stream_without_its_end_gives_out_complete_calls_and_no_others() -> None:
    assert asked(gated(WIRE.gate(call()), events(START, tool(piece(0, "{}", "look", "a"))), ruling())) == [
        ("a", "look", "{}")
    ]
    shown = gated(WIRE.gate(call()), events(START, tool(piece(0, "{", "look", "a"))), ruling())
    assert asked(shown) == []
    assert b"look was refused" in shown


def test_comments_and_errors_pass() -> None:
    stream = b": ping\n\n" + events({"error": {"message": "overloaded"}})
    assert gated(WIRE.gate(call()), stream, ruling()) == stream


def whole(*tool_calls: dict[str, Any], finish: str = "tool_calls", **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": None, "refusal": None, "tool_calls": list(tool_calls), **message}
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}


def ruled_whole(document: dict[str, Any], rule: clients.Rule) -> Any:
    gate = WIRE.gate(call())
    gate.ruled_whole(document, [rule(one) for one in gate.calls(document)])
    body = json.dumps(document).encode()
    answered = clients.openai(body).chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}])
    return answered.choices[0]


CALLS = (
    {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{ "q": 1 }'}},
    {"id": "b", "type": "custom", "custom": {"name": "run", "input": "ls"}},
)


def test_the_calls_of_a_whole_answer() -> None:
    document = whole(*CALLS)
    before = json.dumps(document)
    assert WIRE.gate(call()).calls(document) == [ToolCall("a", "look", {"q": 1}), ToolCall("b", "run", "ls")]
    choice = ruled_whole(document, ruling())
    assert (json.dumps(document), choice.finish_reason) == (before, "tool_calls")


def test_a_refused_call_of_a_whole_answer_becomes_words() -> None:
    choice = ruled_whole(whole(*CALLS, content="Hm."), ruling(look=DENY))
    assert [one.id for one in choice.message.tool_calls] == ["b"]
    assert choice.message.content.startswith("Hm.\n\n[The call of the tool look was refused")
    assert choice.finish_reason == "tool_calls"
    choice = ruled_whole(whole(*CALLS), lambda _: DENY)
    assert (choice.message.tool_calls, choice.finish_reason) == (None, "stop")


def test_a_changed_call_of_a_whole_answer() -> None:
    choice = ruled_whole(whole(*CALLS), ruling(look=Ruling("modify", "", {"q": 2}), run=Ruling("modify", "", "pwd")))
    assert choice.message.tool_calls[0].function.arguments == '{"q":2}'
    assert choice.message.tool_calls[1].custom.input == "pwd"


def test_the_old_function_call_of_a_whole_answer() -> None:
    document = whole(finish="function_call", function_call={"name": "look", "arguments": "{}"})
    choice = ruled_whole(document, ruling(look=DENY))
    assert (choice.message.function_call, choice.finish_reason) == (None, "stop")


def test_a_whole_answer_that_was_broken_off_or_cannot_be_read() -> None:
    broken = {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{"}}
    choice = ruled_whole(whole(broken, finish="length"), ruling())
    assert "incomplete" in choice.message.content
    (garbled,) = WIRE.gate(call()).calls(whole(broken))
    assert isinstance(garbled.arguments, Garbled)


def test_a_control_character_in_a_name_is_not_in_the_words() -> None:
    stream = events(START, tool(piece(0, "{}", "lo\x1bok\n", "a")), chunk({}, "tool_calls"), DONE)
    content = read(gated(WIRE.gate(call()), stream, lambda _: DENY)).choices[0].message.content
    assert "lo?ok?" in (content or "")


def test_an_event_without_calls_is_the_same_object() -> None:
    event = Event().saying(chunk({"content": "x"}))
    assert WIRE.gate(call()).event(event)[0] is event
