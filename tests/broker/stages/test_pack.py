"""Calls in every wire format are packed where tools speak, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Request
from akios_jail.broker.stages.pack import Pack, needed
from akios_jail.flux.packing import digest
from akios_jail.policy.plans import BrokerPlan, Budget, Pii, Routing
from akios_jail.providers import registry
from akios_jail.providers.neutral import Call
from tests.broker.stages.calls import Session

FILE = "".join(f"line {number}: some text of a file\n" for number in range(40))
SCHEMA = {"type": "object", "properties": {}}


def chat() -> tuple[str, str, dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": FILE}, {"role": "user", "content": FILE}]
    for number in range(3):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        messages.append({"role": "assistant", "content": FILE, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": FILE})
    return "api.openai.com", "/v1/chat/completions", {"model": "gpt-4o", "messages": messages}


def messages() -> tuple[str, str, dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "user", "content": FILE}]
    for number in range(3):
        call = {"type": "tool_use", "id": f"c{number}", "name": "read", "input": {}}
        result = [{"type": "text", "text": FILE}] if number else FILE
        said.append({"role": "assistant", "content": [{"type": "text", "text": FILE}, call]})
        block = {"type": "tool_result", "tool_use_id": f"c{number}", "content": result}
        said.append({"role": "user", "content": [block, {"type": "text", "text": FILE}]})
    document = {"model": "claude-sonnet-4-5", "max_tokens": 99, "system": FILE, "messages": said}
    return "api.anthropic.com", "/v1/messages", document


def responses() -> tuple[str, str, dict[str, Any]]:
    said: list[dict[str, Any]] = [{"type": "message", "role": "user", "content": FILE}]
    for number in range(3):
        said.append({"type": "function_call", "call_id": f"c{number}", "name": "read", "arguments": "{}"})
        said.append({"type": "function_call_output", "call_id": f"c{number}", "output": FILE})
    return "api.openai.com", "/v1/responses", {"model": "gpt-4o", "instructions": FILE, "input": said}


def generate() -> tuple[str, str, dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": FILE}]}]
    for number in range(3):
        said.append({"role": "model", "parts": [{"functionCall": {"name": "read", "args": {"n": number}}}]})
        answer = {"name": "read", "response": {"result": FILE, "n": number}}
        said.append({"role": "user", "parts": [{"functionResponse": answer}]})
    path = "/v1beta/models/gemini-2.5-flash:generateContent"
    return (
        "generativelanguage.googleapis.com",
        path,
        {"contents": said, "systemInstruction": {"parts": [{"text": FILE}]}},
    )


def converse() -> tuple[str, str, dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "user", "content": [{"text": FILE}]}]
    for number in range(3):
        said.append(
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": f"c{number}", "name": "read", "input": {}}}]}
        )
        result = {"toolUseId": f"c{number}", "content": [{"text": FILE}]}
        said.append({"role": "user", "content": [{"toolResult": result}]})
    document = {"messages": said, "system": [{"text": FILE}]}
    return "bedrock-runtime.us-east-1.amazonaws.com", "/model/amazon.nova-lite-v1:0/converse", document


FORMATS = [chat, messages, responses, generate, converse]


def packed(host: str, path: str, document: dict[str, Any]) -> tuple[Exchange, Call]:
    """The exchange after the stage, and the call as it was before."""
    body = json.dumps(document).encode()
    request = Request("POST", path, "", [], _nothing(), len(body))
    request.body = body
    exchange = Exchange(Session(), "req_test", host, 443, "https", request)  # type: ignore[arg-type]
    before = registry.understand(host, "POST", path, body)
    assert before is not None
    exchange.call = registry.understand(host, "POST", path, body)
    asyncio.run(Pack(exchange.session).request(exchange))
    return exchange, before


async def _nothing() -> Any:
    return
    yield b""


def texts(call: Call) -> list[tuple[str, str]]:
    """What is said by anyone but tools, in order."""
    results = [at for _, at in call.wire.results(call)]
    found = []
    for at, role in call.texts:
        if not any(at[: len(result)] == result for result in results):
            value: Any = call.document
            for key in at:
                value = value[key]
            found.append((role, value))
    return found


@pytest.mark.parametrize("of", FORMATS)
def test_results_are_sent_once_and_everything_else_as_it_was(of: Any) -> None:
    exchange, before = packed(*of())
    call: Call = exchange.call
    assert texts(call) == texts(before)
    assert (FILE in {text for _, text in texts(call)}, len(texts(call)) > 1) == (True, True)
    assert [found for found, _ in call.wire.results(call)] == [found for found, _ in before.wire.results(before)]
    assert exchange.request.body is not None
    assert json.loads(exchange.request.body) == call.document
    told = json.dumps([_value(call.document, at) for _, at in call.wire.results(call)])
    assert told.count("line 39: some text of a file") == 1
    assert told.count(f"sha256 {digest(FILE)[:16]}") == 2
    note = exchange.notes["packing"]
    assert note["same_result"] == 2
    assert note["removed"][0] == {
        "what": "same_result",
        "tool": "read",
        "sha256": digest(FILE),
        "characters": note["removed_characters"] // 2,
    }
    (verdict,) = exchange.verdicts
    assert (verdict.decision, verdict.code) == ("modify", "context_packed")


@pytest.mark.parametrize("of", FORMATS)
def test_a_packed_call_is_packed(of: Any) -> None:
    host, path, document = of()
    once, _ = packed(host, path, document)
    twice, _ = packed(host, path, once.call.document)
    assert twice.verdicts == []
    assert twice.call.document == once.call.document


def test_only_messages_get_marks_and_their_price_is_reserved() -> None:
    exchange, before = packed(*messages())
    assert exchange.notes["packing"]["cache_marks"] == 3
    assert exchange.call.price_options["cache"] != before.price_options["cache"]
    exchange, _ = packed(*converse())
    assert exchange.notes["packing"]["cache_marks"] == 0


def test_a_call_with_nothing_to_pack_stays_the_same_object() -> None:
    host, path, document = chat()
    document["messages"] = document["messages"][:4]
    exchange, before = packed(host, path, document)
    assert (exchange.verdicts, exchange.notes, exchange.call.document) == ([], {}, before.document)


def test_the_stage_is_there_only_where_it_is_asked_for() -> None:
    plan = BrokerPlan((), Budget(), Pii("off", ()))
    assert needed(plan) is False
    assert needed(plan._replace(routing=Routing(context_packing=True))) is True


def _value(document: Any, at: Any) -> Any:
    for key in at:
        document = document[key]
    return document
