"""What holds for every wire format alike: its own paths, its framing, and all translations between any two of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from akios_jail.providers import framings
from akios_jail.providers.neutral import (
    Call,
    Conversation,
    Message,
    Part,
    Reply,
    Ruling,
    Tool,
    ToolCall,
    Untranslatable,
    Usage,
    Wire,
)
from akios_jail.providers.registry import WIRES, normal_path, spoken
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

TALKING = [wire for wire in WIRES if wire.framing != "none"]
NAMES = [wire.name for wire in TALKING]

LOOK = ToolCall("call_1", "look", {"order": 4821})
SAID = Conversation(
    system="Be brief",
    messages=(
        Message("user", (Part("text", "refund?"), Part("image", data="aGk=", media_type="image/png"))),
        Message("assistant", (Part("text", "I look"), Part("tool_call", call=LOOK))),
        Message("tool", (Part("tool_result", "delivered", LOOK._replace(arguments=None)),)),
    ),
    tools=(Tool("look", "Look an order up", {"type": "object", "properties": {"order": {"type": "integer"}}}),),
    max_output_tokens=50,
)
ANSWERED = Reply("r1", "m", (Part("text", "Yes. "), Part("tool_call", call=LOOK)), "tool_calls", Usage(20, 7))


def composed(wire: Wire, said: Conversation = SAID) -> Call:
    """A call that says this, as the broker makes one for this wire format."""
    draft = Call(wire, "", "h", "some-model", False, wire.compose(said, "some-model"), None)
    return wire.read("", "h", normal_path(wire.path_of(draft, "")), draft.document)


@pytest.mark.parametrize("wire", TALKING, ids=NAMES)
def test_a_composed_call_is_read_at_its_usual_path(wire: Wire) -> None:
    call = composed(wire)
    path = wire.path_of(call, "")
    assert spoken(path) is not None
    assert spoken(path).name == wire.name  # type: ignore[union-attr]
    assert wire.resembles(call.document)
    assert (call.model, call.stream, call.max_output_tokens, call.unbounded) == ("some-model", False, 50, ())
    assert wire.path_of(call, path) == path
    # The same path, as it is written rather than as it is recognised.
    again = wire.read("", "h", path, call.document)
    assert again.stream is False
    wire.set_model(again, "other")
    assert again.model == "other"


@pytest.mark.parametrize("wire", TALKING, ids=NAMES)
def test_a_call_that_was_streamed_can_be_asked_whole(wire: Wire) -> None:
    """What is composed is not streamed, whatever the call was before it whose path it takes."""
    call = composed(wire)
    streamed = wire.path_of(replace(call, stream=True), "")
    whole = wire.path_of(call, streamed)
    assert wire.read("", "h", normal_path(whole), call.document).stream is False


@pytest.mark.parametrize("wire", WIRES, ids=[wire.name for wire in WIRES])
def test_its_framing_is_known(wire: Wire) -> None:
    if wire.framing != "none":
        framings.of(wire.framing)


@pytest.mark.parametrize("target", TALKING, ids=NAMES)
@pytest.mark.parametrize("source", TALKING, ids=NAMES)
def test_every_format_can_say_what_every_other_says(source: Wire, target: Wire) -> None:
    told = source.conversation(composed(source))
    again = target.conversation(composed(target, told))
    assert again.system == SAID.system
    assert [(message.role, len(message.parts)) for message in again.messages] == [
        ("user", 2),
        ("assistant", 2),
        ("tool", 1),
    ]
    called, result = again.messages[1].parts[1], again.messages[2].parts[0]
    assert called.call is not None
    assert result.call is not None
    assert (called.call.name, called.call.arguments) == ("look", {"order": 4821})
    assert (result.call.id, result.text) == (called.call.id, "delivered")
    assert again.tools == SAID.tools
    assert again.max_output_tokens == 50


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("target", TALKING, ids=NAMES)
def test_a_rendered_answer_is_read_by_its_own_reader(target: Wire, stream: bool) -> None:
    call = replace(composed(target), stream=stream)
    body = target.render(call, ANSWERED)
    reader, gate = target.answer(call), target.gate(call)
    given: list[ToolCall] = []
    if stream:
        for event in framings.of(target.framing).parser().feed(body):
            shown = reader.event(event)
            for out in gate.event(shown) if shown is not None else []:
                if not isinstance(out, Event):
                    given.append(out)
                    gate.ruled(out, Ruling("allow"))
        assert gate.end() == []
    else:
        reader.whole(body)
        given = gate.calls(json.loads(body))
    assert [(each.name, each.arguments) for each in given] == [("look", {"order": 4821})]
    assert reader.finished
    assert reader.usage is not None or stream  # some streams tell it only to those who asked
    if reader.usage is not None:
        assert (reader.usage.input_tokens, reader.usage.output_tokens) == (20, 7)


@pytest.mark.parametrize("target", TALKING, ids=NAMES)
@pytest.mark.parametrize("stop", ["end", "length", "tool_calls", "filtered"])
def test_how_an_answer_ended_survives(target: Wire, stop: str) -> None:
    parts: Any = ANSWERED.parts if stop == "tool_calls" else ANSWERED.parts[:1]
    reply = target.reply(target.render(composed(target), ANSWERED._replace(parts=parts, stop=stop)))
    assert reply.stop == stop
    assert [part.kind for part in reply.parts] == [part.kind for part in parts]


@pytest.mark.parametrize("target", TALKING, ids=NAMES)
def test_a_conversation_without_the_models_turn_is_not_composed(target: Wire) -> None:
    with pytest.raises(Untranslatable):
        target.compose(SAID._replace(messages=SAID.messages[:2]), "m")


FAILED = ToolCall("call_2", "send", {"to": "y"})
RICH = SAID._replace(
    messages=(
        SAID.messages[0],
        Message("assistant", (*SAID.messages[1].parts, Part("tool_call", call=FAILED))),
        Message(
            "tool", (*SAID.messages[2].parts, Part("tool_result", "no", FAILED._replace(arguments=None), failed=True))
        ),
        Message("user", (Part("text", "And now?"),)),
    ),
    tools=(*SAID.tools, Tool("send", "Send it", {"type": "object"})),
    temperature=0.5,
    top_p=0.9,
)
MARK = "something new"
#: What tells the model nothing, whatever it says.
SILENT = ("model", "store", "anthropic_version")
#: Here any keys are what is said.
FREE = ("parameters", "input_schema", "json", "parametersJsonSchema", "args", "response", "toolUse")


def everywhere(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    found = [(at, value)] if isinstance(value, (dict, list)) else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [one for key, child in children for one in everywhere(child, (*at, key))]


def changes(value: Any) -> list[Any]:
    """The value with something new in it: under a new key, in the place of what is there, as another element."""
    new: list[Any] = [MARK, {"a": MARK}, [MARK], [{"type": "text", "text": MARK}]]
    if isinstance(value, list):
        return [[*value, each] for each in ({"type": MARK, "text": MARK}, {"role": MARK}, MARK)]
    keys = [key for key in value if key not in SILENT]
    return [{**value, "brand_new": each} for each in new] + [{**value, key: each} for key in keys for each in new]


@pytest.mark.parametrize("wire", TALKING, ids=NAMES)
def test_nothing_of_a_call_is_lost_silently(wire: Wire) -> None:
    call = composed(wire, RICH)
    path = normal_path(wire.path_of(call, ""))
    assert wire.conversation(call)._replace(messages=()) == RICH._replace(messages=())
    tried = 0
    for at, value in everywhere(call.document):
        if any(step in FREE for step in at):
            continue
        for changed in changes(value):
            document = json.loads(json.dumps(call.document))
            place: Any = {"": document}
            for step in ("", *at)[:-1]:
                place = place[step]
            place[("", *at)[-1]] = changed
            if not at:
                document = changed
            try:
                told = wire.conversation(wire.read("", "h", path, document))
            except (Unreadable, Untranslatable):
                continue
            tried += 1
            assert MARK in repr(told), (at, changed)
    assert tried > 10
