"""Through the whole broker, with OpenAI's client as the agent: an answer that the provider keeps can be continued
although a call of a tool in it was refused, and one with arguments that are no JSON can be read."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import OpenAI

from akios_jail.demo.certificates import Authority
from tests.broker import harness
from tests.broker.harness import Broker, Reader, Script, Seen, Upstream, request
from tests.broker.stages.ruled import rule
from tests.providers import clients, responses

pytestmark = pytest.mark.root

HOST = "api.openai.com"


class Provider:
    """Keeps its answers, and continues none whose calls were not all answered, as OpenAI does."""

    def __init__(self) -> None:
        self.open: dict[str, set[str]] = {}
        self.told: list[Any] = []

    def __call__(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        document = json.loads(seen.body)
        said = document["input"] if isinstance(document["input"], list) else []
        self.told.append(document["input"])
        outputs = {item["call_id"] for item in said if item.get("type", "").endswith("_output")}
        conversation = document.get("conversation", "")
        due = self.open.get(document.get("previous_response_id", ""), set()) | self.open.get(conversation, set())
        if due != outputs:
            error = {"error": {"message": f"No tool output found for {due - outputs}, or none called {outputs - due}"}}
            _answer(sock, 400, json.dumps(error).encode())
            return
        id = f"resp_{len(self.open)}"
        items = [responses.message(0, "Done.")[-1]["item"]]
        if document["input"] == "refund":
            items = [responses.function(n, name, "{}")[-1]["item"] for n, name in enumerate(["look", "refund"])]
        self.open[id] = {item["call_id"] for item in items if item["type"] == "function_call"}
        if conversation:
            self.open[conversation] = self.open[id]
        whole = {**responses.RESPONSE, "id": id, "output": items, "usage": responses.USAGE}
        if document.get("stream"):
            begun = {"type": "response.created", "response": {**whole, "output": [], "status": "in_progress"}}
            parts = [
                {"type": "response.output_item.done", "output_index": n, "item": item} for n, item in enumerate(items)
            ]
            end = {"type": "response.completed", "response": whole}
            _answer(sock, 200, responses.numbered(begun, *parts, end), "text/event-stream")
        else:
            _answer(sock, 200, json.dumps(whole).encode())


def _answer(sock: socket.socket, status: int, body: bytes, kind: str = "application/json") -> None:
    sock.sendall(
        b"HTTP/1.1 %d OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (status, kind.encode(), len(body))
    )
    sock.sendall(body)


class _ThroughBroker(httpx2.BaseTransport):
    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def handle_request(self, asked: httpx2.Request) -> httpx2.Response:
        with self._broker.tls(HOST) as sock:
            sock.sendall(request("POST", asked.url.path, HOST, asked.read(), "Content-Type: application/json"))
            answer = Reader(sock).answer()
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)


@contextlib.contextmanager
def agent(folder: Path, provider: Script) -> Iterator[tuple[OpenAI, Broker]]:
    authority = Authority()
    upstream = Upstream(authority, HOST, provider)
    plan, egress = harness.plans(harness.rule(1, HOST))
    options = {"connect_to": [[HOST, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
    try:
        plan = plan._replace(tools=(rule(1, "refund", reason="Refunds are a person's decision"),))
        with harness.opened(folder, plan, egress, **options) as broker:
            client = httpx2.Client(transport=_ThroughBroker(broker))
            yield OpenAI(api_key="none", base_url=f"https://{HOST}/v1", http_client=client, max_retries=0), broker
    finally:
        upstream.close()


def looked(answer: Any) -> list[dict[str, Any]]:
    """What an agent answers: an output for every call that it found."""
    calls = [item.call_id for item in answer.output if item.type == "function_call"]
    return [{"type": "function_call_output", "call_id": call_id, "output": "seen"} for call_id in calls]


@pytest.mark.parametrize("streams", [True, False])
def test_the_provider_hears_of_the_refusal_with_the_next_call(tmp_path: Path, streams: bool) -> None:
    provider = Provider()
    with agent(tmp_path, provider) as (client, broker):
        if streams:
            with client.responses.stream(model="gpt-5", input="refund") as events:
                first = events.get_final_response()
        else:
            first = client.responses.create(model="gpt-5", input="refund")
        assert [item.type for item in first.output] == ["function_call", "message"]
        said: Any = [*looked(first), {"role": "user", "content": "go on"}]
        second = client.responses.create(model="gpt-5", previous_response_id=first.id, input=said)
        again = client.responses.create(model="gpt-5", previous_response_id=first.id, input=said)
        third = client.responses.create(model="gpt-5", previous_response_id=second.id, input="thanks")
        assert second.output_text == again.output_text == third.output_text == "Done."
        records = [record for record in broker.records("verdict") if record.get("code") == "refusals_told"]
    told = provider.told[1][0]
    assert (told["type"], told["call_id"]) == ("function_call_output", "call_1")
    assert "Refunds are a person's decision" in told["output"]
    assert provider.told[3] == "thanks"
    assert [record["decision"] for record in records] == ["modify", "modify"]


def test_a_conversation_hears_of_it_once(tmp_path: Path) -> None:
    provider = Provider()
    with agent(tmp_path, provider) as (client, _):
        first = client.responses.create(model="gpt-5", conversation="conv_1", input="refund")
        client.responses.create(model="gpt-5", conversation="conv_1", input=looked(first))
        client.responses.create(model="gpt-5", conversation="conv_1", input="thanks")
    assert len(provider.told[1]) == 2
    assert provider.told[2] == "thanks"


def garbled(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """A weak model: the first of its calls breaks off although it says that it has ended."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "weak"}
    written = [("look", '{"order": 48'), ("look", '{"order": 4821}')]
    calls = [
        {"index": n, "id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(written)
    ]
    if json.loads(seen.body).get("stream"):
        told = [({"tool_calls": [call]}, None) for call in calls]
        choices = [{"index": 0, "delta": delta, "finish_reason": end} for delta, end in [*told, ({}, "tool_calls")]]
        events = clients.events(*({**head, "choices": [choice]} for choice in choices), "[DONE]")
        _answer(sock, 200, events, "text/event-stream")
    else:
        choice = {"index": 0, "message": {"role": "assistant", "tool_calls": calls}, "finish_reason": "tool_calls"}
        _answer(sock, 200, json.dumps({**head, "object": "chat.completion", "choices": [choice]}).encode())


@pytest.mark.parametrize("streams", [True, False])
def test_arguments_that_are_no_json_do_not_end_the_answer(tmp_path: Path, streams: bool) -> None:
    with agent(tmp_path, garbled) as (client, broker):
        asked: dict[str, Any] = {"model": "weak", "messages": [{"role": "user", "content": "hi"}]}
        if streams:
            with client.chat.completions.stream(**asked) as events:
                message = events.get_final_completion().choices[0].message
        else:
            message = client.chat.completions.create(**asked).choices[0].message
        assert [call.function.arguments for call in message.tool_calls] == ['{"order": 4821}']
        assert "look was refused, so it did not run: its arguments cannot be read" in message.content
        report = broker.end()
    rulings = [record for record in broker.records("verdict") if record.get("action") == "tool_call"]
    assert rulings[0]["code"] == "tool_call_unreadable"
    assert [ruling["decision"] for ruling in rulings] == ["deny", "allow"]
    assert report["tools"]["look"] == {"deny": 1, "allow": 1}
