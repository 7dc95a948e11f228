"""Tool calls of messages, held until ruled on; what comes of it is read by Anthropic's own client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message

from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.neutral import Call, Ruling, ToolCall
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients
from tests.providers.clients import ALLOW, events, gated, ruling

WIRE = AnthropicMessages()
DENY = Ruling("deny", "refunds are a person's decision")


def call(**fields: Any) -> Call:
    document = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    return WIRE.read("anthropic", "api.anthropic.com", "/v1/messages", {**document, **fields})


START = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1},
    },
}  # fmt: skip


def block(index: int, content_block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": content_block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(index: int, said: str) -> list[dict[str, Any]]:
    return block(index, {"type": "text", "text": ""}, {"type": "text_delta", "text": said})


def tool(index: int, name: str, *pieces: str, **more: Any) -> list[dict[str, Any]]:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return block(index, {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}, **more}, *deltas)


def end(reason: str = "tool_use") -> list[dict[str, Any]]:
    stop = {"stop_reason": reason, "stop_sequence": None}
    return [{"type": "message_delta", "delta": stop, "usage": {"output_tokens": 7}}, {"type": "message_stop"}]


def stream(*parts: list[dict[str, Any]]) -> bytes:
    return events(START, *(event for part in parts for event in part), named=True)


THINKING = block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "hm"},
    {"type": "signature_delta", "signature": "c2ln"},
)
BATCH = stream(
    THINKING,
    text(1, "Let me see."),
    tool(2, "look", "", '{"q":', ' "x"}'),
    tool(3, "refund", '{"usd": 15000.10}'),
    tool(4, "now"),
    end(),
)


def read(body: bytes) -> Message:
    client = clients.anthropic(body)
    with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}]) as answer:
        return answer.get_final_message()


def said(body: bytes) -> list[Any]:
    return [one.input if one.type == "tool_use" else one.type for one in read(body).content]


def test_allowed_calls_pass_with_their_very_bytes() -> None:
    assert gated(WIRE.gate(call()), BATCH, ruling()) == BATCH


def test_each_call_is_given_out_with_its_stop() -> None:
    gate = WIRE.gate(call())
    given: list[ToolCall] = []
    flowed = 0
    for event in SseParser().feed(BATCH):
        for flow in gate.event(event):
            if isinstance(flow, ToolCall):
                assert json.loads(event.data or "")["type"] == "content_block_stop"
                given.append(flow)
                gate.ruled(flow, ALLOW)
            else:
                flowed += 1
    assert given == [
        ToolCall("toolu_2", "look", {"q": "x"}),
        ToolCall("toolu_3", "refund", {"usd": 15000.10}),
        ToolCall("toolu_4", "now", {}),
    ]
    assert flowed == 1 + 4 + 3 + 2


def test_a_refused_call_becomes_text_in_its_place() -> None:
    message = read(gated(WIRE.gate(call()), BATCH, ruling(refund=DENY)))
    assert [one.type for one in message.content] == ["thinking", "text", "tool_use", "text", "tool_use"]
    refused = message.content[3]
    assert refused.type == "text"
    assert "refund was refused" in refused.text
    assert "refunds are a person's decision" in refused.text
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens == 7


def test_without_any_call_left_the_model_has_ended_its_turn() -> None:
    message = read(gated(WIRE.gate(call()), BATCH, lambda _: DENY))
    assert [one.type for one in message.content] == ["thinking", "text", "text", "text", "text"]
    assert message.stop_reason == "end_turn"


def test_a_changed_call_carries_its_new_arguments_alone() -> None:
    change = Ruling("modify", "", {"q": "ÿ", "n": 1})
    assert said(gated(WIRE.gate(call()), BATCH, ruling(look=change, now=change))) == [
        "thinking", "text", {"q": "ÿ", "n": 1}, {"usd": 15000.10}, {"q": "ÿ", "n": 1},
    ]  # fmt: skip


def test_a_ruling_that_is_none_of_the_three_refuses() -> None:
    assert said(gated(WIRE.gate(call()), BATCH, ruling(now=Ruling("held"))))[-1] == "text"


def test_a_call_told_whole_at_its_start() -> None:
    given: list[ToolCall] = []
    whole = stream(tool(0, "look", input={"q": 1}), end())
    assert gated(WIRE.gate(call()), whole, lambda one: given.append(one) or ALLOW) == whole
    assert given == [ToolCall("toolu_0", "look", {"q": 1})]


def test_pings_flow_while_a_call_is_held() -> None:
    gate = WIRE.gate(call())
    opened, *_ = tool(0, "look", "{}")
    ping = {"type": "ping"}
    shown = [gate.event(event) for event in SseParser().feed(events(START, opened, ping, named=True))]
    assert [len(flow) for flow in shown] == [1, 0, 1]


def test_a_call_that_the_output_limit_broke_off_does_not_reach_the_agent() -> None:
    broken = stream(tool(0, "look", "{}"), tool(1, "refund", '{"usd":15'), end("max_tokens"))
    message = read(gated(WIRE.gate(call()), broken, ruling()))
    assert [one.type for one in message.content] == ["tool_use", "text"]
    assert message.stop_reason == "max_tokens"


@pytest.mark.parametrize("cut", range(2, 12))
def test_an_answer_that_governance_ends_is_gated_like_any_other(cut: int) -> None:
    answer, gate = WIRE.answer(call()), WIRE.gate(call())
    body = b""
    for event in SseParser().feed(stream(text(0, "a"), tool(1, "look", "{", "}"), tool(2, "x", "{", "}"), end()))[:cut]:
        answer.event(event)
        for flow in gate.event(event):
            body += (
                b"".join(one.encode() for one in gate.ruled(flow, ALLOW))
                if isinstance(flow, ToolCall)
                else flow.encode()
            )
    for event in answer.end(7):
        for flow in gate.event(event):
            assert not isinstance(flow, ToolCall) or flow.arguments == {}
            body += (
                b"".join(one.encode() for one in gate.ruled(flow, ALLOW))
                if isinstance(flow, ToolCall)
                else flow.encode()
            )
    assert read(body).stop_reason == "max_tokens"


SERVER = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}


#: A piece of the call at the first place.
PIECE = {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}}


@pytest.mark.parametrize(
    "parts",
    [
        [tool(0, "look", "{}")[:-1], end()],
        [tool(0, "look", "{}")[:-1], [{"type": "message_stop"}]],
        [tool(0, "look", "{}")[:-1]],
        [tool(0, "look", "{}")[:-1], text(1, "x"), end()],
        [tool(0, "look", "{}")[:-1], tool(1, "look")[1:], end()],
        [tool(0, "", "{}"), end()],
        [tool(0, "look", "{}", input={"a": 1}), end()],
        [tool(0, "look", "{}", id=5), end()],
        [tool(0, "look", "{}", input="x"), end()],
        [block(0, SERVER), end()],
        [block(0, {"type": "mcp_tool_use", "id": "s", "name": "x", "server_name": "y", "input": {}}), end()],
        [block(0, {"type": None}), end()],
        [
            [
                {
                    "type": "message_start",
                    "message": {"content": [{"type": "tool_use", "id": "a", "name": "b", "input": {}}]},
                }
            ]
        ],
        [[{"type": "content_block_start", "index": 0, "content_block": 5}]],
        [[{"type": "content_block_snapshot", "index": 0, "content_block": {"type": "tool_use"}}]],
        [[{"type": "ping", "message": {"content": [{"type": "tool_use", "id": "a", "name": "b", "input": {}}]}}]],
        [[{"type": "message_stop", "message": {"content": []}}]],
        [block(0, {"type": "tool_use", "id": "a", "name": "b", "input": {}}, {"type": "text_delta", "text": "x"})],
        [
            block(
                0,
                {"type": "tool_use", "id": "a", "name": "b", "input": {}},
                {"type": "text_delta", "partial_json": "{}"},
            ),
            end(),
        ],
        [tool(0, "look"), [PIECE], end()],
        [text(0, "hm"), [PIECE], tool(1, "look"), end()],
        [tool(0, "look"), [{**each, "index": 0} for each in tool(1, "send", "{}")], end()],
        [text(1, "hm"), tool(0, "look", "{}"), end()],
    ],
)
def test_a_call_that_cannot_be_read_does_not_reach_the_agent(parts: list[list[dict[str, Any]]]) -> None:
    with pytest.raises(Unreadable):
        gated(WIRE.gate(call()), stream(*parts), ruling())


def test_calls_that_the_provider_may_run_pass() -> None:
    searching = call(tools=[{"type": "web_search_20250305", "name": "web_search"}])
    body = stream(block(0, SERVER, {"type": "input_json_delta", "partial_json": "{}"}), tool(1, "look", "{}"), end())
    given: list[ToolCall] = []
    assert gated(WIRE.gate(searching), body, lambda one: given.append(one) or ALLOW) == body
    assert [one.name for one in given] == ["look"]
    assert WIRE.gate(searching).calls(whole(SERVER, CALL)) == [ToolCall("toolu_1", "look", {"q": 1})]


def test_an_event_is_named_as_what_it_is() -> None:
    with pytest.raises(Unreadable, match="named otherwise"):
        WIRE.gate(call()).event(Event("content_block_start", '{"type":"ping"}'))


def whole(*content: dict[str, Any], reason: str = "tool_use") -> dict[str, Any]:
    return {**START["message"], "content": list(content), "stop_reason": reason}  # type: ignore[dict-item]


CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"q": 1}}
OTHER = {"type": "tool_use", "id": "toolu_2", "name": "send", "input": {}}


def ruled_whole(document: dict[str, Any], rule: clients.Rule) -> Message:
    gate = WIRE.gate(call())
    gate.ruled_whole(document, [rule(one) for one in gate.calls(document)])
    client = clients.anthropic(json.dumps(document).encode())
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}])


def test_the_calls_of_a_whole_answer() -> None:
    document = whole({"type": "text", "text": "hm"}, CALL, OTHER)
    before = json.dumps(document)
    assert WIRE.gate(call()).calls(document) == [ToolCall("toolu_1", "look", {"q": 1}), ToolCall("toolu_2", "send", {})]
    assert ruled_whole(document, ruling()).stop_reason == "tool_use"
    assert json.dumps(document) == before


def test_refused_and_changed_calls_of_a_whole_answer() -> None:
    message = ruled_whole(whole(dict(CALL), dict(OTHER)), ruling(look=Ruling("modify", "", {"q": 2}), send=DENY))
    assert [one.type for one in message.content] == ["tool_use", "text"]
    assert message.content[0].type == "tool_use"
    assert (message.content[0].input, message.stop_reason) == ({"q": 2}, "tool_use")
    assert ruled_whole(whole(dict(CALL)), lambda _: DENY).stop_reason == "end_turn"


def test_a_whole_answer_with_a_call_that_the_provider_ran_cannot_be_ruled_on() -> None:
    with pytest.raises(Unreadable):
        WIRE.gate(call()).calls(whole(SERVER))
