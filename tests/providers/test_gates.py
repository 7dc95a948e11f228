"""Whatever a stream looks like: the agent gets what was ruled on, and nothing that was not."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.providers import strictjson
from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.neutral import Call, Part, Reply, Ruling, ToolCall, Untranslatable, Usage, Wire
from akios_jail.providers.openai_chat import OpenAIChat
from akios_jail.providers.openai_responses import OpenAIResponses
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients, responses
from tests.providers.conversations import ARGUMENTS, NAME, TEXT

CHAT, MESSAGES, RESPONSES = OpenAIChat(), AnthropicMessages(), OpenAIResponses()
CALLS: dict[str, Call] = {
    "chat": CHAT.read("", "h", "/v1/chat/completions", {"model": "m", "messages": [], "stream": True}),
    "messages": MESSAGES.read("", "h", "/v1/messages", {"model": "m", "messages": [], "max_tokens": 9, "stream": True}),
    "responses": RESPONSES.read("", "h", "/v1/responses", {"model": "m", "input": "x", "stream": True}),
}

#: A call: its name, what it asks, and where its arguments are cut.
ASKED = st.tuples(NAME, ARGUMENTS, st.lists(st.integers(0, 40), max_size=3))
RULINGS = st.sampled_from(["allow", "deny", "modify"])


def pieces(arguments: dict[str, Any], cuts: list[int]) -> list[str]:
    written = json.dumps(arguments)
    borders = [0, *sorted(min(cut, len(written)) for cut in cuts), len(written)]
    return [written[a:b] for a, b in pairwise(borders)]


def chat(said: list[str], asked: list[tuple[str, Any, list[int]]], order: list[int]) -> bytes:
    """Text, and calls whose pieces come in any order among each other."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    waiting = []
    for index, (name, arguments, cuts) in enumerate(asked):
        first = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}
        rest = [{"index": index, "function": {"arguments": piece}} for piece in pieces(arguments, cuts)]
        waiting.append([first, *rest])
    begun = [parts.pop(0) for parts in waiting]
    mixed = begun[:]
    for pick in order:
        if waiting and waiting[pick % len(waiting)]:
            mixed.append(waiting[pick % len(waiting)].pop(0))
    mixed += [part for parts in waiting for part in parts]
    told = [chunk({"tool_calls": [part]}) for part in mixed]
    for place, text in enumerate(said):
        told.insert(place * 2, chunk({"content": text}))
    finish = chunk({}, "tool_calls" if asked else "stop")
    return clients.events(chunk({"role": "assistant", "content": ""}), *told, finish, "[DONE]")


def messages(said: list[str], asked: list[tuple[str, Any, list[int]]], order: list[int]) -> bytes:
    usage = {"input_tokens": 1, "output_tokens": 1}
    begun = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    told: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": text}]) for text in said
    ]
    for index, (name, arguments, cuts) in enumerate(asked):
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(arguments, cuts)]
        blocks.append(({"type": "tool_use", "id": f"call_{index}", "name": name, "input": {}}, deltas))
    for index, (block, deltas) in enumerate(blocks):
        told.append({"type": "content_block_start", "index": index, "content_block": block})
        told += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        told.append({"type": "content_block_stop", "index": index})
    stop = {"stop_reason": "tool_use" if asked else "end_turn", "stop_sequence": None}
    told += [{"type": "message_delta", "delta": stop, "usage": {"output_tokens": 2}}, {"type": "message_stop"}]
    return clients.events(*told, named=True)


def response(said: list[str], asked: list[tuple[str, Any, list[int]]], order: list[int]) -> bytes:
    items = [responses.message(index, text) for index, text in enumerate(said)]
    for index, (name, arguments, cuts) in enumerate(asked):
        item = responses.function(len(said) + index, name, *pieces(arguments, cuts))
        items.append(json.loads(json.dumps(item).replace(f'"call_{len(said) + index}"', f'"call_{index}"')))
    return responses.stream(*items)


STREAMS = {"chat": chat, "messages": messages, "responses": response}


def heard(name: str, body: bytes) -> tuple[str, list[tuple[str, str, Any]]]:
    """What the official client makes of a stream: its text, and its calls."""
    if name == "chat":
        with clients.openai(body).chat.completions.stream(model="m", messages=[]) as chunks:
            said = chunks.get_final_completion().choices[0].message
        told = [(one.id, one.function.name, json.loads(one.function.arguments)) for one in said.tool_calls or []]
        return said.content or "", told
    if name == "messages":
        with clients.anthropic(body).messages.stream(model="m", max_tokens=9, messages=[]) as events:
            blocks = events.get_final_message().content
        text = "".join(block.text for block in blocks if block.type == "text")
        return text, [(block.id, block.name, block.input) for block in blocks if block.type == "tool_use"]
    with clients.openai(body).responses.stream(model="m", input="x") as answer:
        final = answer.get_final_response()
    calls = [item for item in final.output if item.type == "function_call"]
    return final.output_text, [(item.call_id, item.name, json.loads(item.arguments)) for item in calls]


@pytest.mark.parametrize("name", STREAMS)
@given(
    said=st.lists(TEXT, max_size=3),
    asked=st.lists(ASKED, max_size=4),
    order=st.lists(st.integers(0, 9), max_size=12),
    decisions=st.lists(RULINGS, min_size=4, max_size=4),
)
@settings(max_examples=30)
def test_the_agent_gets_what_was_ruled_on_and_nothing_else(
    name: str, said: list[str], asked: list[Any], order: list[int], decisions: list[str]
) -> None:
    body = STREAMS[name](said, asked, order)
    rulings = iter(Ruling(decision, "no", {"changed": True}) for decision in decisions)
    given_out: list[ToolCall] = []

    def rule(call: ToolCall) -> Ruling:
        given_out.append(call)
        return next(rulings)

    shown = clients.gated(CALLS[name].wire.gate(CALLS[name]), body, rule)
    assert given_out == [ToolCall(f"call_{n}", tool, arguments) for n, (tool, arguments, _) in enumerate(asked)]
    expected = [
        (call.id, call.name, call.arguments if decision == "allow" else {"changed": True})
        for call, decision in zip(given_out, decisions, strict=False)
        if decision != "deny"
    ]
    text, calls = heard(name, shown)
    assert calls == expected
    assert text.startswith("".join(said))
    refused = sum(1 for decision in decisions[: len(asked)] if decision == "deny")
    assert text.count("was refused, so it did not run: no]") == refused
    if set(decisions[: len(asked)]) <= {"allow"}:
        # The very events; text that came among the pieces of calls did not wait for them.
        assert sorted(shown.split(b"\n\n")) == sorted(body.split(b"\n\n"))


GARBLED = ['{"usd": 15', '{"usd":1,"usd":2}', "{'usd': 1}", "{} {}", '{"usd":NaN}']


@pytest.mark.parametrize("written", GARBLED)
@pytest.mark.parametrize("asked", [[], [("look", {"q": 1}, [])]])
@pytest.mark.parametrize("name", STREAMS)
def test_arguments_that_are_no_json_are_refused_in_words(name: str, asked: list[Any], written: str) -> None:
    body = STREAMS[name](["Let me see."], [("refund", {"sum": 0}, []), *asked], [])
    body = body.replace(rb"{\"sum\": 0}", json.dumps(written)[1:-1].encode())
    shown = clients.gated(CALLS[name].wire.gate(CALLS[name]), body, lambda _: Ruling("allow"))
    text, calls = heard(name, shown)
    assert [told for _, told, _ in calls] == [told for told, _, _ in asked]
    assert "refund was refused, so it did not run: it" in text
    assert body not in (shown, b"")


ANSWERED = Reply(
    "id",
    "m",
    (Part("text", "hi"), *(Part("tool_call", call=ToolCall(f"c{n}", "look", {"a": [n]})) for n in (1, 2))),
    "tool_calls",
    Usage(input_tokens=3, output_tokens=4),
)
WHOLE = {name: call.wire.render(replace(call, stream=False), ANSWERED) for name, call in CALLS.items()}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found += places(child, (*at, key))
    return found


def changed(value: Any, at: tuple[Any, ...], to: Any) -> Any:
    if not at:
        return copy.deepcopy(to)
    value = copy.copy(value)
    value[at[0]] = changed(value[at[0]], at[1:], to)
    return value


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        10**6,
        0.5,
        "",
        "x",
        "0",
        [],
        {},
        [None],
        [[]],
        {"x": 1},
        "response.completed",
        "tool_use",
        "length",
    ]
)


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data(), asked=st.lists(ASKED, min_size=1, max_size=2))
@settings(max_examples=80)
def test_an_odd_stream_is_unreadable_or_ruled_on_but_never_a_defect(name: str, data: st.DataObject, asked: Any) -> None:
    events = [event.data or "" for event in SseParser().feed(STREAMS[name](["hi"], asked, []))]
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(events) - 1))
        if events[place] == "[DONE]":
            continue
        document = strictjson.loads(events[place])
        at = data.draw(st.sampled_from(places(document)))
        events[place] = strictjson.dumps(changed(document, at, data.draw(ODD))).decode()
    wire: Wire = CALLS[name].wire
    answer, gate = wire.answer(CALLS[name]), wire.gate(CALLS[name])
    try:
        for one in events:
            event = answer.event(Event(data=one))
            if event is None:
                continue
            for flow in gate.event(event):
                if isinstance(flow, ToolCall):
                    gate.ruled(flow, Ruling("deny", "no"))
        gate.end()
    except Unreadable:
        return
    for last in answer.end(5):
        last.encode()


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
@settings(max_examples=60)
def test_an_odd_whole_answer_is_unreadable_or_ruled_on_but_never_a_defect(name: str, data: st.DataObject) -> None:
    document = strictjson.loads(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 2))):
        document = changed(document, data.draw(st.sampled_from(places(document))), data.draw(ODD))
    wire = CALLS[name].wire
    for act in (wire.answer(CALLS[name]).whole, wire.reply):
        with suppress(Unreadable, Untranslatable):
            act(strictjson.dumps(document))
    if not isinstance(document, dict):
        return
    gate = wire.gate(CALLS[name])
    try:
        gate.ruled_whole(document, [Ruling("deny", "no") for _ in gate.calls(document)])
    except Unreadable:
        return
    assert gate.calls(document) == []
