"""Through the whole broker, with OpenAI's client as the agent: an answer that the provider keeps can be continued
although a call of a tool in it was refused."""

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
from tests.broker.harness import Broker, Reader, Seen, Upstream, request
from tests.broker.stages.ruled import rule
from tests.providers import responses

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
def agent(folder: Path, provider: Provider) -> Iterator[tuple[OpenAI, Broker]]:
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
