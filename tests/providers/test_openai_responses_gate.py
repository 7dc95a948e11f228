"""Tool calls of responses, held until ruled on; what comes of it is read by OpenAI's own client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import ParsedResponse

from akios_jail.providers.neutral import Call, Garbled, Ruling, ToolCall
from akios_jail.providers.openai_responses import OpenAIResponses
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients
from tests.providers.clients import ALLOW, gated, ruling
from tests.providers.responses import (
    GOLDEN,
    RESPONSE,
    created,
    custom,
    ended,
    function,
    message,
    numbered,
    own,
    reasoning,
    stream,
)

WIRE = OpenAIResponses()
DENY = Ruling("deny", "refunds are a person's decision")
PARALLEL = stream(
    reasoning(0, "hm"),
    message(1, "Let me ", "see."),
    function(2, "look", '{"q":', ' "x"}'),
    function(3, "refund", '{"usd": 15000.10}'),
    custom(4, "run", "rm ", "-rf"),
)


def call(**fields: Any) -> Call:
    return WIRE.read("openai", "api.openai.com", "/v1/responses", {"model": "gpt-5", "input": "hi", **fields})


def numbers(body: bytes) -> list[int]:
    return [event.document["sequence_number"] for event in SseParser().feed(body)]


def read(body: bytes) -> ParsedResponse[None]:
    """The response as the client puts it together; its events have ascending numbers."""
    assert numbers(body) == sorted(set(numbers(body)))
    with clients.openai(body).responses.stream(model="gpt-5", input="hi") as events:
        return events.get_final_response()


def accumulated(body: bytes) -> list[Any]:
    """What a client has of the items that were done, without the last event."""
    done = [event.document for event in SseParser().feed(body)]
    return [one["item"] for one in done if one["type"] == "response.output_item.done"]


def shown(body: bytes) -> list[Any]:
    final = read(body)
    told = [item.to_dict() for item in final.output]
    assert [one["type"] for one in told] == [item["type"] for item in accumulated(body)]
    return [one.get("arguments") or one.get("input") or one["type"] for one in told]


def test_allowed_calls_pass_with_their_very_bytes() -> None:
    assert gated(WIRE.gate(call()), PARALLEL, ruling()) == PARALLEL
    assert gated(WIRE.gate(call()), GOLDEN, ruling()) == GOLDEN


def test_calls_are_given_out_when_their_item_is_done() -> None:
    gate = WIRE.gate(call())
    given: list[ToolCall] = []
    for event in SseParser().feed(PARALLEL):
        for flow in gate.event(event):
            if isinstance(flow, ToolCall):
                assert event.document["type"] == "response.output_item.done"
                given.append(flow)
                gate.ruled(flow, ALLOW)
    assert given == [
        ToolCall("call_2", "look", {"q": "x"}),
        ToolCall("call_3", "refund", {"usd": 15000.10}),
        ToolCall("call_4", "run", "rm -rf"),
    ]


def test_a_refused_call_becomes_a_message_in_its_place() -> None:
    body = gated(WIRE.gate(call()), PARALLEL, ruling(look=DENY))
    assert shown(body) == ["reasoning", "message", "message", '{"usd": 15000.10}', "rm -rf"]
    text = read(body).output_text
    assert text.startswith("Let me see.")
    assert "look was refused" in text
    assert "refunds are a person's decision" in text
    deltas = [event.document["delta"] for event in SseParser().feed(body) if "output_text.delta" in event.event]
    assert "".join(deltas) == text


def test_all_calls_refused() -> None:
    body = gated(WIRE.gate(call()), PARALLEL, lambda _: DENY)
    assert shown(body) == ["reasoning", "message", "message", "message", "message"]
    assert read(body).status == "completed"


def test_a_changed_call_carries_its_new_arguments_alone() -> None:
    rule = ruling(look=Ruling("modify", "", {"q": "ÿ"}), run=Ruling("modify", "", "ls"))
    body = gated(WIRE.gate(call()), PARALLEL, rule)
    assert shown(body) == ["reasoning", "message", '{"q":"ÿ"}', '{"usd": 15000.10}', "ls"]
    assert b"rm " not in body


def test_a_ruling_that_is_none_of_the_three_refuses() -> None:
    assert shown(gated(WIRE.gate(call()), PARALLEL, ruling(run=Ruling("held"))))[-1] == "message"


@pytest.mark.parametrize(
    ("kind", "fields", "name", "arguments"),
    [
        ("local_shell_call", {"action": {"type": "exec", "command": ["ls"], "env": {}}}, "local_shell",
         {"type": "exec", "command": ["ls"], "env": {}}),
        ("shell_call", {"action": {"commands": ["ls"]}, "environment": {"type": "local"}}, "shell",
         {"commands": ["ls"]}),
        ("apply_patch_call", {"operation": {"type": "delete_file", "path": "a"}}, "apply_patch",
         {"type": "delete_file", "path": "a"}),
        ("computer_call", {"action": {"type": "wait"}, "pending_safety_checks": []}, "computer", {"type": "wait"}),
    ],
)  # fmt: skip
def test_calls_of_tools_that_openai_defines(kind: str, fields: dict[str, Any], name: str, arguments: Any) -> None:
    body = stream(own(0, kind, **fields))
    given: list[ToolCall] = []
    assert gated(WIRE.gate(call()), body, lambda one: given.append(one) or ALLOW) == body
    assert given == [ToolCall("call_0", name, arguments)]
    assert shown(gated(WIRE.gate(call()), body, lambda _: DENY)) == ["message"]
    changed = gated(WIRE.gate(call()), body, lambda _: Ruling("modify", "", {"x": 1}))
    assert b'{"x":1}' in changed
    assert json.dumps(arguments, separators=(",", ":")).encode() not in changed


def test_a_tool_that_has_no_place_for_what_a_rule_makes_of_it_does_not_reach_the_agent() -> None:
    body = stream(own(0, "local_shell_call"))
    with pytest.raises(Unreadable, match="cannot be asked"):
        gated(WIRE.gate(call()), body, lambda _: Ruling("modify", "", {"x": 1}))


def test_a_call_that_only_the_last_event_tells_is_ruled_on_there() -> None:
    items = [function(0, "look", "{}")[-1]["item"], function(1, "refund", "{}")[-1]["item"]]
    body = numbered(created(), ended("completed", *items))
    given: list[ToolCall] = []
    assert gated(WIRE.gate(call()), body, lambda one: given.append(one) or ALLOW) == body
    assert [one.name for one in given] == ["look", "refund"]
    final = read(gated(WIRE.gate(call()), body, ruling(look=DENY)))
    assert [item.type for item in final.output] == ["message", "function_call"]


def test_a_call_that_the_last_event_tells_otherwise_is_another_call() -> None:
    other = {**function(0, "look", "{}")[-1]["item"], "arguments": '{"evil":1}'}
    body = numbered(created(), *function(0, "look", "{}"), ended("completed", other))
    given: list[ToolCall] = []
    gated(WIRE.gate(call()), body, lambda one: given.append(one) or ALLOW)
    assert [one.arguments for one in given] == [{}, {"evil": 1}]


def test_an_item_without_its_beginning_is_ruled_on() -> None:
    item = function(0, "look", "{}")[-1]
    body = numbered(created(), item, ended("completed", item["item"]))
    assert gated(WIRE.gate(call()), body, ruling()) == body
    assert [one.type for one in read(gated(WIRE.gate(call()), body, lambda _: DENY)).output] == ["message"]


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_a_call_that_the_output_limit_broke_off_does_not_reach_the_agent(status: str) -> None:
    broken = function(1, "refund", '{"usd":15', status=status)
    body = gated(WIRE.gate(call()), stream(function(0, "look", "{}"), broken, status="incomplete"), ruling())
    assert [item["type"] for item in accumulated(body)] == ["function_call", "message"]
    last = SseParser().feed(body)[-1].document["response"]
    assert [item["type"] for item in last["output"]] == ["function_call", "message"]
    assert b"incomplete, because the answer ended" in body


@pytest.mark.parametrize("cut", range(1, len(SseParser().feed(PARALLEL)) - 1))
def test_an_answer_that_governance_ends_is_gated_like_any_other(cut: int) -> None:
    answer, gate = WIRE.answer(call()), WIRE.gate(call())
    shown_events = []
    events = SseParser().feed(PARALLEL)[:cut]
    for event in events:
        answer.event(event)
    for event in [*events, *answer.end(7)]:
        for flow in gate.event(event):
            shown_events += gate.ruled(flow, ALLOW) if isinstance(flow, ToolCall) else [flow]
    shown_events += [flow for flow in gate.end() if not isinstance(flow, ToolCall)]
    body = b"".join(event.encode() for event in shown_events)
    assert numbers(body) == sorted(set(numbers(body)))
    with clients.openai(body).responses.stream(model="m", input="x") as told:
        told.until_done()
    last = shown_events[-1].document
    assert last["type"] == "response.incomplete"
    assert [item["type"] for item in last["response"]["output"]] == [item["type"] for item in accumulated(body)]


MCP = {"id": "mcp_1", "type": "mcp_call", "name": "x", "arguments": "{}", "server_label": "s", "status": "completed"}
ARGUMENTS = {"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "x", "delta": "{}"}


@pytest.mark.parametrize(
    "events",
    [
        [*function(0, "look", "{}")[:-1], ended("completed")],
        [*function(0, "look", "{}")[:-1]],
        [*function(0, "look", "{")],
        [*function(0, "", "{}"), ended("completed")],
        [ARGUMENTS],
        [function(0, "look")[0], ARGUMENTS, function(0, "look", '{"a":1}')[-1]],
        [function(0, "look")[0], ARGUMENTS, {**function(0, "look", '{"a":1}')[-2]}],
        [function(0, "look")[0], function(0, "other", "{}")[-1]],
        [{"type": "response.output_item.added", "output_index": 0, "item": MCP}],
        [{"type": "response.output_item.done", "output_index": 0, "item": {**MCP, "type": "web_search_call"}}],
        [{"type": "response.output_item.done", "output_index": 0, "item": {**MCP, "type": "mcp_approval_request"}}],
        [own(0, "shell_call", action={"commands": []}, environment={"type": "container_reference"})[0]],
        [{"type": "response.output_item.added", "output_index": 0, "item": 5}],
        [{"type": "response.in_progress", "response": RESPONSE | {"output": [function(0, "look", "{}")[-1]["item"]]}}],
        [ended("completed", MCP)],
        [{"type": "response.output_item.updated", "output_index": 0, "item": function(0, "look", "{}")[-1]["item"]}],
    ],
)
def test_a_call_that_cannot_be_read_does_not_reach_the_agent(events: list[dict[str, Any]]) -> None:
    with pytest.raises(Unreadable):
        gated(WIRE.gate(call()), numbered(created(), *events), ruling())


def test_calls_that_the_provider_may_run_pass() -> None:
    connected = call(tools=[{"type": "mcp", "server_label": "s", "server_url": "https://s.test"}])
    mcp = [
        {"type": "response.output_item.added", "output_index": 0, "item": {**MCP, "status": "in_progress"}},
        {"type": "response.mcp_call.completed", "output_index": 0, "item_id": "mcp_1"},
        {"type": "response.output_item.done", "output_index": 0, "item": MCP},
    ]
    body = stream(mcp, function(1, "look", "{}"))
    given: list[ToolCall] = []
    assert gated(WIRE.gate(connected), body, lambda one: given.append(one) or ALLOW) == body
    assert [one.name for one in given] == ["look"]
    assert [one.name for one in WIRE.gate(connected).calls(whole(MCP, LOOK))] == ["look"]


def test_an_event_is_named_as_what_it_is() -> None:
    with pytest.raises(Unreadable, match="named otherwise"):
        WIRE.gate(call()).event(Event("response.output_item.added", '{"type":"response.x"}'))


def whole(*items: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    return RESPONSE | {"output": [dict(item) for item in items], "status": status}


def ruled_whole(document: dict[str, Any], rule: clients.Rule) -> Any:
    gate = WIRE.gate(call())
    gate.ruled_whole(document, [rule(one) for one in gate.calls(document)])
    return clients.openai(json.dumps(document).encode()).responses.create(model="m", input="x")


LOOK, RUN = function(0, "look", '{ "q": 1 }')[-1]["item"], custom(1, "run", "ls")[-1]["item"]


def test_the_calls_of_a_whole_answer() -> None:
    document = whole(LOOK, RUN)
    before = json.dumps(document)
    assert WIRE.gate(call()).calls(document) == [ToolCall("call_0", "look", {"q": 1}), ToolCall("call_1", "run", "ls")]
    ruled_whole(document, ruling())
    assert json.dumps(document) == before


def test_refused_and_changed_calls_of_a_whole_answer() -> None:
    response = ruled_whole(whole(LOOK, RUN), ruling(look=Ruling("modify", "", {"q": 2}), run=DENY))
    assert response.output[0].arguments == '{"q":2}'
    assert "run was refused" in response.output_text


def test_a_whole_answer_that_was_broken_off_or_cannot_be_read() -> None:
    broken = function(0, "look", "{", status="incomplete")[-1]["item"]
    assert "incomplete" in ruled_whole(whole(broken, status="incomplete"), ruling()).output_text
    (garbled,) = WIRE.gate(call()).calls(whole(broken))
    assert isinstance(garbled.arguments, Garbled)
    with pytest.raises(Unreadable):
        WIRE.gate(call()).calls(whole(MCP))
