"""restore: the agent finds real values where the model saw stand-ins, whatever way the answer comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from akios_jail.broker import pipeline
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal
from akios_jail.pii.answer import Text
from akios_jail.pii.stream import Room, restored
from akios_jail.pii.vault import Vault
from akios_jail.policy.plans import Pii, PiiMode, Rule
from akios_jail.policy.verdict import Verdict
from tests.broker.stages.calls import ALL_FIELDS, Broker, Session, answer, chat, chunk, completion, post, stream

RULE = Rule(1, "api.openai.com", "exact", (443,), "https", "intercept", ("*",), ("/**",), "", False, (), "", 1)
TEXT = "Mail jane@corp.test and bob@corp.test, SSN 123-45-6789"
RESTORED = Pii("redact_before_inference", ALL_FIELDS, restore=True)
STAND_INS = Pii("pseudonymize", ALL_FIELDS)


def seen(exchange: Exchange) -> str:
    """What the model saw in the place of TEXT."""
    return str(json.loads(exchange.request.body or b"")["messages"][0]["content"])


def told(broker: Broker) -> tuple[Exchange, str]:
    """A further call of the session, and what the model sees in it."""
    first = post(broker, chat(TEXT))
    broker.call(first, answer(completion(1, 1)))
    assert "jane" not in seen(first)
    return post(broker, chat(TEXT)), seen(first)


@pytest.mark.parametrize("pii", [RESTORED, STAND_INS])
def test_a_whole_answer_comes_back_with_the_real_values(pii: Pii) -> None:
    broker = Broker(pii=pii)
    exchange, words = told(broker)
    body = broker.call(exchange, answer(completion(1, 1, f"Done: {words}!")))
    assert json.loads(body)["choices"][0]["message"]["content"] == f"Done: {TEXT}!"


def test_placeholders_stay_unless_the_policy_has_them_restored() -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS))
    exchange, words = told(broker)
    body = broker.call(exchange, answer(completion(1, 1, words)))
    assert json.loads(body)["choices"][0]["message"]["content"] == "Mail [EMAIL_1] and [EMAIL_2], SSN [SSN_1]"


def deltas(body: bytes) -> list[dict[str, Any]]:
    lines = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize("pii", [RESTORED, STAND_INS])
def test_a_stream_comes_back_with_the_real_values_however_it_is_cut(pii: Pii, size: int) -> None:
    broker = Broker(pii=pii)
    exchange, words = told(broker)
    pieces = [chunk(words[at : at + size]) for at in range(0, len(words), size)]
    events = deltas(broker.call(exchange, stream(*pieces, chunk(finish="stop"))))
    said = [event["choices"][0] for event in events]
    assert "".join(choice["delta"].get("content", "") for choice in said) == TEXT
    assert said[-1]["finish_reason"] == "stop"
    assert all(choice["finish_reason"] is None for choice in said[:-1])


def call_chunk(arguments: str) -> dict[str, Any]:
    document = chunk()
    document["choices"][0]["delta"] = {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}
    return document


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_the_arguments_of_a_tool_call_are_json_with_the_real_values(size: int) -> None:
    broker = Broker(pii=STAND_INS)
    first = post(broker, chat('The name is "jane doe"@corp.test'))
    broker.call(first, answer(completion(1, 1)))
    stand_in = seen(first).removeprefix("The name is ")
    arguments = json.dumps({"to": stand_in})
    pieces = [call_chunk(arguments[at : at + size]) for at in range(0, len(arguments), size)]
    exchange = post(broker, chat("again"))
    events = deltas(broker.call(exchange, stream(*pieces, chunk(finish="tool_calls"))))
    calls = [event["choices"][0]["delta"].get("tool_calls") for event in events]
    written = "".join(call[0]["function"]["arguments"] for call in calls if call)
    assert json.loads(written) == {"to": '"jane doe"@corp.test'}


def test_two_choices_that_come_side_by_side_are_two_texts() -> None:
    broker = Broker(pii=RESTORED)
    exchange, _ = told(broker)

    def both(first: str, second: str) -> dict[str, Any]:
        document = chunk(first)
        document["choices"].append({**document["choices"][0], "index": 1, "delta": {"content": second}})
        return document

    chunks = [both("to [EMA", "to [EMAIL"), both("IL_1]", "_2]"), chunk(finish="stop")]
    events = deltas(broker.call(exchange, stream(*chunks)))
    texts = ["", ""]
    for event in events:
        for choice in event["choices"]:
            texts[choice["index"]] += choice["delta"].get("content", "")
    assert texts == ["to jane@corp.test", "to bob@corp.test"]


def test_personal_data_in_answers_is_taken_out_where_the_policy_says_so() -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS, scope=("responses",)))
    exchange = post(broker, chat("hi"))
    body = broker.call(exchange, answer(completion(1, 1, "Write to eve@corp.test")))
    assert json.loads(body)["choices"][0]["message"]["content"] == "Write to [EMAIL_1]"
    assert (exchange.findings, exchange.replaced) == ({"email": 1}, {"email": 1})
    words = "Write to eve@corp.test or mallory@corp.test"
    pieces = [chunk(char) for char in words]
    events = deltas(broker.call(post(broker, chat("hi")), stream(*pieces, chunk(finish="stop"))))
    said = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
    assert said == "Write to [EMAIL_1] or [EMAIL_2]"


def test_an_answer_with_what_is_blocked_does_not_arrive() -> None:
    pii = Pii("observe", ALL_FIELDS, modes=(PiiMode("ssn", "block"),), scope=("responses",))
    broker = Broker(pii=pii)
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat("hi")), answer(completion(1, 1, "It is 123-45-6789")))
    assert (denied.value.verdict.code, denied.value.status) == ("pii_blocked", 502)
    with pytest.raises(Denied):
        broker.call(post(broker, chat("hi")), stream(chunk("It is 123-45-6789"), chunk(finish="stop")))


def test_what_goes_elsewhere_is_redacted_and_comes_back_where_all_egress_is_looked_at() -> None:
    broker = Broker(pii=Pii("pseudonymize", ALL_FIELDS, scope=("model_calls", "egress")))
    headers = [("Content-Type", "application/json"), ("X-Owner", "jane@corp.test"), ("Authorization", "a@b.example")]
    exchange = post(broker, {"customer_email": "jane@corp.test"}, host="crm.corp", path="/notes", headers=headers)

    async def echo(sent: Exchange) -> Response:
        return await answer(sent.request.body or b"")(sent)

    body = broker.call(exchange, echo)
    assert json.loads(body) == {"customer_email": "jane@corp.test"}
    stand_in = json.loads(exchange.request.body or b"")["customer_email"]
    assert "jane" not in stand_in
    assert exchange.request.header("x-owner") == stand_in
    assert exchange.request.header("authorization") == "a@b.example"


def test_egress_with_personal_data_in_its_address_is_refused() -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS, scope=("egress",)))
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, b"", host="crm.corp", path="/users/jane%40corp.test", method="GET"), answer(b"{}"))
    assert denied.value.verdict.code == "pii_in_address"


def under(mode: str, broker: Broker) -> Exchange:
    """A call that was admitted by a rule with this mode."""
    exchange = post(broker, chat(TEXT))
    exchange.verdicts.append(Verdict("allow", "rule", "the rule allows it", 1))
    return exchange


@pytest.mark.parametrize(("mode", "told_as"), [("off", TEXT), ("observe", TEXT), ("", "Mail [EMAIL_1] and [EMAIL_2]")])
def test_a_rule_may_have_a_mode_of_its_own(mode: str, told_as: str) -> None:
    session = Session(pii=Pii("redact_before_inference", ALL_FIELDS))
    session.plan = session.plan._replace(rules=(RULE._replace(pii=mode),))
    session.personal = Personal(session.plan)
    broker = Broker(session=session)
    exchange = under(mode, broker)
    broker.call(exchange, answer(completion(1, 1)))
    assert seen(exchange).startswith(told_as)
    assert bool(exchange.findings) is (mode != "off")
    assert bool(exchange.replaced) is (mode == "")


def test_nothing_is_restored_once_the_session_is_over() -> None:
    broker = Broker(pii=STAND_INS)
    exchange, words = told(broker)
    assert broker.session.personal is not None
    broker.session.personal.wipe()
    assert broker.session.personal.vault.empty
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(completion(1, 1, words)))
    assert denied.value.verdict.code == "pii_unredactable"


@pytest.mark.parametrize("mode", ["redact_before_inference", "pseudonymize"])
def test_what_only_an_answer_said_is_not_put_back_until_the_agent_itself_has_sent_it(mode: str) -> None:
    broker = Broker(pii=Pii(mode, ALL_FIELDS, scope=("model_calls", "responses"), restore=True))
    exchange, words = told(broker)
    body = broker.call(exchange, answer(completion(1, 1, f"{words}, eve@corp.test")))
    content = json.loads(body)["choices"][0]["message"]["content"]
    assert content.startswith(f"{TEXT}, ")
    stand_in = content.removeprefix(f"{TEXT}, ")
    assert "eve" not in stand_in
    pieces = [chunk(char) for char in "eve@corp.test "]
    events = deltas(broker.call(post(broker, chat("hi")), stream(*pieces, chunk(finish="stop"))))
    assert "".join(event["choices"][0]["delta"].get("content", "") for event in events) == f"{stand_in} "
    sent = post(broker, chat("eve@corp.test"))
    body = broker.call(sent, answer(completion(1, 1, stand_in)))
    assert json.loads(body)["choices"][0]["message"]["content"] == "eve@corp.test"


BLOCKED = Pii("block", ALL_FIELDS, scope=("responses",))
SSE = "text/event-stream"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b'{"error":{"message":"no eve@corp.test"}}', 400, "application/json"),
        (completion(1, 1, "eve@corp.test"), 200, "application/octet-stream"),
        (completion(1, 1, "eve@corp.test"), 200, "audio/mpeg"),
        (b'event: ping\ndata: {"to":"eve@corp.test"}\n\n', 200, SSE),
        (b": eve@corp.test\n\n", 200, SSE),
        (b"id: eve@corp.test\ndata: {}\n\n", 200, SSE),
        (b"event: eve@corp.test\ndata: {}\n\n", 200, SSE),
    ],
)
def test_no_other_place_of_a_model_s_answer_brings_what_is_blocked(body: bytes, status: int, kind: str) -> None:
    broker = Broker(pii=BLOCKED)
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat("hi")), answer(body, status=status, kind=kind))
    assert denied.value.verdict.code == "pii_blocked"


@pytest.mark.parametrize(
    "kind", ["", "application/problem+json", "application/hal+json", "application/javascript", "image/svg+xml"]
)
def test_an_answer_of_any_type_that_is_text_is_read(kind: str) -> None:
    broker = Broker(pii=BLOCKED)
    with pytest.raises(Denied):
        broker.call(post(broker, chat("hi"), host="crm.corp", path="/x"), answer(b'{"a":"eve@corp.test"}', kind=kind))


def test_a_host_that_was_sent_no_stand_ins_gets_none_exchanged_for_values() -> None:
    broker = Broker(pii=RESTORED._replace(scope=("model_calls", "responses")))
    told(broker)
    page = b'{"next":"https://evil.test/?of=[SSN_1]"}'
    assert broker.call(post(broker, b"", host="evil.test", path="/", method="GET"), answer(page)) == page


def test_a_sign_of_life_in_the_middle_of_a_stand_in_does_not_part_it() -> None:
    broker = Broker(pii=RESTORED)
    exchange, _ = told(broker)
    events = [f"data: {json.dumps(chunk('to [EMA'))}\n\n", 'event: ping\ndata: {"type":"ping"}\n\n']
    events += [f"data: {json.dumps(chunk('IL_1]'))}\n\n", "data: [DONE]\n\n"]
    body = broker.call(exchange, answer("".join(events).encode(), kind=SSE))
    said = [event["choices"][0]["delta"]["content"] for event in deltas(body) if "choices" in event]
    assert "".join(said) == "to jane@corp.test"


def test_few_stand_ins_for_long_values_make_no_answer_without_end() -> None:
    vault = Vault()
    token = vault.placeholder("secret", "k", "v" * 1000)
    room = Room(2500)
    assert restored(vault, token * 5, room=room) == "v" * 1000 * 2 + token * 3
    stream_room = Room(1000)
    streamed = Text(None, vault, room=stream_room)
    assert streamed.feed(token) + streamed.feed(token) + streamed.finish() == "v" * 1000 + token


def test_restore_comes_before_the_rules_on_tools() -> None:
    assert pipeline.RESPONSE_ORDER.index("restore") < pipeline.RESPONSE_ORDER.index("gate")


def beside(index: int, content: str, finish: str | None = None) -> dict[str, Any]:
    document = chunk(content, finish)
    document["choices"][0]["index"] = index
    return document


def test_texts_that_take_turns_are_looked_through_each_as_a_whole_and_their_events_keep_their_order() -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS, scope=("responses",)))
    words = "Write to eve@corp.test now"
    empty = {**chunk(), "choices": []}
    pieces = [piece for char in words for piece in (beside(0, char), beside(1, char), empty)]
    ends = [beside(0, "", "stop"), beside(1, "", "stop")]
    events = deltas(broker.call(post(broker, chat("hi", n=2)), stream(*pieces, *ends)))
    texts = {0: "", 1: ""}
    for event in events:
        for choice in event["choices"]:
            texts[choice["index"]] += choice["delta"]["content"]
    assert texts == {0: "Write to [EMAIL_1] now", 1: "Write to [EMAIL_1] now"}
    assert len(events) == len(pieces) + len(ends)
    assert [[choice["index"] for choice in event["choices"]] for event in events] == [
        [choice["index"] for choice in event["choices"]] for event in [*pieces, *ends]
    ]


def test_a_text_that_goes_on_after_its_end_does_not_arrive() -> None:
    broker = Broker(pii=BLOCKED)
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat("hi")), stream(chunk("eve@"), chunk(finish="stop"), chunk("corp.test")))
    assert denied.value.verdict.code == "pii_unredactable"


def test_a_value_with_quotes_and_lines_breaks_no_stream_of_another_host() -> None:
    broker = Broker(pii=Pii("pseudonymize", ALL_FIELDS, scope=("model_calls", "egress")))
    value = '"jane doe"@corp.test'
    exchange = post(broker, {"to": value}, host="crm.corp", path="/notes")

    async def echo(sent: Exchange) -> Response:
        return await answer(b"data: " + (sent.request.body or b"") + b"\n\n", kind=SSE)(sent)

    assert json.loads(broker.call(exchange, echo).removeprefix(b"data: ")) == {"to": value}


RESPONSES = Pii("redact_before_inference", ALL_FIELDS, scope=("responses",))
MESSAGES = {"model": "claude-sonnet-4-5", "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]}


def sse(*documents: Any) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in documents)


def thought(*pieces: str) -> bytes:
    start: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
    }
    start |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    block = {"type": "content_block_delta", "index": 0}
    return sse(
        {"type": "message_start", "message": start},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        *({**block, "delta": {"type": "thinking_delta", "thinking": piece}} for piece in pieces),
        {**block, "delta": {"type": "signature_delta", "signature": "c2lnbmVk"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    )


def ask(broker: Broker) -> Exchange:
    return post(broker, MESSAGES | {"stream": True}, host="api.anthropic.com", path="/v1/messages")


def test_what_a_model_thought_is_signed_so_it_does_not_arrive_if_something_is_in_it() -> None:
    broker = Broker(pii=RESPONSES)
    with pytest.raises(Denied) as denied:
        broker.call(ask(broker), answer(thought(*"Ask eve@corp.test about it"), kind=SSE))
    assert denied.value.verdict.code == "pii_unredactable"
    assert "1 email" in denied.value.verdict.reason
    block = {"type": "thinking", "thinking": "Ask eve@corp.test", "signature": "c2lnbmVk"}
    whole = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [block]}
    body = json.dumps({**whole, "usage": {"input_tokens": 1, "output_tokens": 1}}).encode()
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, MESSAGES, host="api.anthropic.com", path="/v1/messages"), answer(body))
    assert denied.value.verdict.code == "pii_unredactable"


@pytest.mark.parametrize(
    ("pii", "words"), [(RESPONSES, "Nothing in it"), (RESPONSES._replace(mode="observe"), "Ask eve@corp.test")]
)
def test_and_arrives_as_it_was_if_nothing_is_or_it_may_stay(pii: Pii, words: str) -> None:
    broker = Broker(pii=pii)
    body = broker.call(ask(broker), answer(thought(*words), kind=SSE)).decode()
    data = [json.loads(line[6:]) for line in body.split("\n") if line.startswith("data: ")]
    assert "".join(one.get("delta", {}).get("thinking", "") for one in data) == words
    assert [one["type"] for one in data][-4:] == [
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_arguments_of_a_streamed_tool_call_are_looked_through_as_json(size: int) -> None:
    broker = Broker(pii=RESPONSES._replace(fields=(*ALL_FIELDS, "person_name")))
    inner = json.dumps({"patient_name": "Ottoline"})
    arguments = '{"to": "eve\\u0040corp.test", "customer_name": "Ferrars", "body": ' + json.dumps(inner) + "}"
    pieces = [call_chunk(arguments[at : at + size]) for at in range(0, len(arguments), size)]
    body = broker.call(post(broker, chat("hi")), stream(*pieces, chunk(finish="tool_calls")))
    calls = [event["choices"][0]["delta"].get("tool_calls") for event in deltas(body)]
    told = json.loads("".join(call[0]["function"]["arguments"] for call in calls if call))
    assert told == {
        "to": "[EMAIL_1]",
        "customer_name": "[PERSON_NAME_1]",
        "body": '{"patient_name": "[PERSON_NAME_2]"}',
    }


def test_json_in_the_arguments_of_a_tool_call_is_still_json_with_the_real_values() -> None:
    broker = Broker(pii=STAND_INS)
    first = post(broker, chat('The name is "jane doe"@corp.test'))
    broker.call(first, answer(completion(1, 1)))
    arguments = json.dumps({"body": json.dumps({"to": seen(first).removeprefix("The name is ")})})
    pieces = [call_chunk(arguments[at : at + 5]) for at in range(0, len(arguments), 5)]
    events = deltas(broker.call(post(broker, chat("again")), stream(*pieces, chunk(finish="tool_calls"))))
    calls = [event["choices"][0]["delta"].get("tool_calls") for event in events]
    written = "".join(call[0]["function"]["arguments"] for call in calls if call)
    assert json.loads(json.loads(written)["body"]) == {"to": '"jane doe"@corp.test'}


def test_names_that_would_be_one_with_the_real_values_in_them_do_not_arrive() -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS, scope=("egress",), restore=True))
    told_of = post(broker, {"to": "jane@corp.test"}, host="crm.corp", path="/notes")
    broker.call(told_of, answer(b"{}"))
    exchange = post(broker, b"", host="crm.corp", path="/notes", method="GET")
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(b'{"[EMAIL_1]": 1, "jane@corp.test": 2}'))
    assert denied.value.verdict.code == "pii_unredactable"


def test_the_events_of_a_host_that_is_no_model_flow_on_one_by_one() -> None:
    """A stream without end is not held back: an event that is here goes on before the next one comes."""
    broker = Broker(pii=RESPONSES)
    came: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        yield b'data: {"who":"eve@corp.test"}\n\n'
        assert came == [b'data: {"who":"[EMAIL_1]"}\n\n']
        yield b": \n\n"
        assert came[1:] == [b": \n\n"]
        yield b"data: call eve@corp.test\n\n"

    async def upstream(exchange: Exchange) -> Response:
        return Response(200, "OK", [("Content-Type", "text/event-stream; charset=utf-8")], endless(), None)

    async def read() -> None:
        exchange = post(broker, b"", host="crm.corp", path="/events", method="GET")
        await broker._pipeline.run(exchange, upstream)
        async for piece in exchange.response.body:
            came.append(piece)
        assert exchange.close() == []

    asyncio.run(read())
    assert b"".join(came) == b'data: {"who":"[EMAIL_1]"}\n\n: \n\ndata: call [EMAIL_1]\n\n'


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(90)


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "text/plain", ""])
def test_an_answer_that_cannot_be_looked_into_does_not_arrive_unless_it_may_pass(kind: str) -> None:
    broker = Broker(pii=RESPONSES)
    exchange = post(broker, b"", host="crm.corp", path="/x", method="GET")
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(PICTURE, kind=kind))
    assert (denied.value.verdict.code, denied.value.status) == ("pii_unreadable", 502)
    for pii in (RESPONSES._replace(unreadable="pass"), RESPONSES._replace(mode="observe")):
        broker = Broker(pii=pii)
        exchange = post(broker, b"", host="crm.corp", path="/x", method="GET")
        assert broker.call(exchange, answer(PICTURE, kind=kind)) == PICTURE
        assert sum(exchange.unread.values()) == 1
        assert exchange.notes["restore"] == {"unread": exchange.unread}


def test_text_that_says_it_is_data_is_read() -> None:
    broker = Broker(pii=RESPONSES)
    exchange = post(broker, b"", host="crm.corp", path="/x", method="GET")
    assert broker.call(exchange, answer(b"to eve@corp.test", kind="application/octet-stream")) == b"to [EMAIL_1]"
