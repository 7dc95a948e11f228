"""Answers of models, whole and streamed: the first line is `FORMAT HOW…`, the rest is the body.

`stream`: the rest is server-sent events, which are brought into the format's own framing; otherwise it is the body.
`renamed`: the agent is to find another model's name in it. `hidden`: usage that it did not ask for is left out.

What the agent gets holds the tool calls that were allowed and no others, as the gate itself and as the official clients
read it. Every reader of answers takes it or says that it cannot be read.
"""

from __future__ import annotations

import copy
import functools
from dataclasses import replace
from typing import Any

from akios_jail.broker.answer_events import AnswerEvents
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.providers import framings, strictjson
from akios_jail.providers.neutral import (
    Call,
    Conversation,
    Garbled,
    Message,
    Part,
    Ruling,
    Tool,
    ToolCall,
    Untranslatable,
    Wire,
)
from akios_jail.providers.registry import WIRES, normal_path
from akios_jail.providers.sse import Event, SseParser
from akios_jail.providers.strictjson import Unreadable
from akios_jail.providers.troubles import message_of, of_event
from akios_jail.radar import replies
from tests.fuzz import judges

TOKENS = (
    *(wire.name.encode() + how for wire in WIRES for how in (b" whole\n", b" stream\n", b" stream renamed hidden\n")),
    *(
        b"data: ",
        b"event: ",
        b"\n\n",
        b"data: [DONE]\n\n",
        b'"finish_reason":"tool_calls"',
        b'"stop_reason":"tool_use"',
    ),
    *(
        b'"tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":"{}"}}]',
        b'"function_call"',
        b'"tool_use"',
    ),
    *(b'"input_json_delta"', b'"partial_json"', b'"content_block_start"', b'"content_block_stop"', b'"message_stop"'),
    *(
        b'"response.output_item.done"',
        b'"response.completed"',
        b'"functionCall"',
        b'"toolUse"',
        b'"usage"',
        b'"index":1',
    ),
    *(b'"choices"', b'"candidates"', b'"output"', b'"delta"', b'"contentBlockDelta"', b'"messageStop"', b"null"),
)
_SAID = Conversation(
    "",
    (Message("user", (Part("text", "refund?"),)),),
    (Tool("f", "", {"type": "object", "properties": {}}),),
    max_output_tokens=50,
)
_CHANGED = {"changed": True}


def fuzz(data: bytes) -> None:
    """Read an answer."""
    first, _, body = data.partition(b"\n")
    format, *how = first.decode("latin-1").split(" ")
    wire = next((each for each in WIRES if each.name == format and each.framing != "none"), None)
    if wire is None:
        return
    message_of(body)
    call = replace(
        _call(wire),
        stream="stream" in how,
        shown_model="the-model" if "renamed" in how else "",
        hides_usage="hidden" in how,
        wants_usage="hidden" not in how,
    )
    if "stream" not in how:
        _whole(call, body)
        return
    try:
        events = SseParser().feed(body)
    except Unreadable:
        return
    for decision in ("deny", "allow", "modify"):
        _stream(call, events, decision)


def _call(wire: Wire) -> Call:
    return _composed()[wire.name]


@functools.cache
def _composed() -> dict[str, Call]:
    """A call of each format."""
    return {wire.name: _asked(wire) for wire in WIRES if wire.framing != "none"}


def _asked(wire: Wire) -> Call:
    draft = Call(wire, "", "h", "some-model", False, wire.compose(_SAID, "some-model"), None)
    return wire.read("", "h", normal_path(wire.path_of(draft, "")), draft.document)


def _rule(call: ToolCall, decision: str) -> Ruling:
    if isinstance(call.arguments, Garbled):
        return Ruling("deny", call.arguments.why)
    return Ruling(decision, "no", _CHANGED)


def _agent_has(asked: list[ToolCall], decision: str) -> list[tuple[str, Any]]:
    """The calls that are to reach the agent of those that were asked for."""
    rulings = [(call, _rule(call, decision)) for call in asked]
    return [
        (call.name, call.arguments if ruling.decision == "allow" else ruling.arguments)
        for call, ruling in rulings
        if ruling.decision != "deny"
    ]


def _told(calls: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Names and arguments in one spelling: some tools are asked by a text."""
    return [(name, judges.value(arguments)) for name, arguments in calls]


def _whole(call: Call, body: bytes) -> None:
    wire = call.wire
    try:
        shown = wire.answer(call).whole(body)
    except Unreadable:
        shown = body
    try:
        told = wire.reply(body)
        for other in WIRES:
            if other.framing != "none":
                _rendered(other, told)
    except (Unreadable, Untranslatable):
        pass
    try:
        document = strictjson.loads(shown)
    except Unreadable:
        return
    replies.whole(document)
    if not isinstance(document, dict):
        return
    for decision in ("deny", "allow", "modify"):
        ruled = copy.deepcopy(document)
        gate = wire.gate(call)
        try:
            asked = gate.calls(ruled)
            gate.ruled_whole(ruled, [_rule(each, decision) for each in asked])
        except Unreadable:
            return
        left = [(each.name, each.arguments) for each in wire.gate(call).calls(ruled)]
        expected = _agent_has(asked, decision)
        assert _told(left) == _told(expected)
        judges.check(wire.name, False, strictjson.dumps(ruled), expected)


def _rendered(wire: Wire, told: Any) -> None:
    """An answer in another format."""
    for stream in (False, True):
        try:
            body = wire.render(replace(_call(wire), stream=stream), told)
        except Untranslatable:
            continue
        if not stream:
            again = wire.reply(body)
            assert [part.text for part in again.parts if part.kind == "text" and part.text] == [
                part.text for part in told.parts if part.kind == "text" and part.text
            ] or wire.name != "anthropic_messages"


def _stream(call: Call, events: list[Event], decision: str) -> None:
    wire = call.wire
    read = _through_framing(wire, events)
    if read is None:
        return
    answer, gate = wire.answer(call), wire.gate(call)
    asked: list[ToolCall] = []
    out: list[Event] = []

    def take(flows: list[Event | ToolCall]) -> None:
        for flow in flows:
            if isinstance(flow, Event):
                out.append(flow)
            else:
                asked.append(flow)
                out.extend(gate.ruled(flow, _rule(flow, decision)))

    try:
        for event in read:
            of_event(event)
            shown = answer.event(event)
            if shown is not None:
                take(gate.event(shown))
        take(gate.end())
        ended = True
    except Unreadable:
        ended = False  # what came before it has reached the agent
    expected = _agent_has(asked, decision)
    judges.check(wire.name, True, _bytes(wire, out), expected if ended else None, decision == "deny")
    documents = list(filter(lambda document: document is not None, map(_document, out)))
    replies.streamed(documents)
    if decision == "allow":
        _waiting(out)
    for last in answer.end(5):
        last.encode()
    if ended:
        _again(call, out, expected)


def _again(call: Call, out: list[Event], expected: list[tuple[str, Any]]) -> None:
    """Read what the agent gets as if a model had sent it."""
    gate = call.wire.gate(call)
    found: list[ToolCall] = []

    def take(flows: list[Event | ToolCall]) -> None:
        for flow in flows:
            if not isinstance(flow, Event):
                found.append(flow)
                gate.ruled(flow, Ruling("allow"))

    for event in out:
        take(gate.event(event))
    take(gate.end())
    # The last event of the Responses format repeats calls; those that are alike by then are one.
    assert set(_told([(each.name, each.arguments) for each in found])) == set(_told(expected))


def _waiting(events: list[Event]) -> None:
    """Restoring passes on what nothing stands in."""
    vault = Vault()
    vault.put("[EMAIL_1]", "jane@example.com")
    passing = AnswerEvents(None, vault)
    try:
        out = [after for event in events for after in passing.event(event)] + passing.end()
    except Unredactable:
        return
    assert len(out) == len(events)


def _document(event: Event) -> Any:
    try:
        return event.document if event.data else None
    except Unreadable:
        return None


def _through_framing(wire: Wire, events: list[Event]) -> list[Event] | None:
    """The events as the format's own framing carries them; None if it cannot."""
    framing = framings.of(wire.framing)
    if wire.framing == "sse":
        return events
    plain = [Event(event.event[:200], event.data) for event in events if event.data is not None]
    try:
        return framings.of(wire.framing).parser().feed(b"".join(framing.encode(event) for event in plain))
    except Unreadable:
        return None


def _bytes(wire: Wire, events: list[Event]) -> bytes:
    framing = framings.of(wire.framing)
    return b"".join(framing.encode(event) for event in events)
