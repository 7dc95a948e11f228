"""The stand-in provider must be worth trusting: the providers' own clients accept it, and its record is exact."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.model_server import Behaviour, ModelServer

QUESTION: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Where is order 88213?"}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def connect(server: ModelServer, host: str) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cadata=server.authority.pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    connection = http.client.HTTPSConnection(host, timeout=10)
    raw = socket.create_connection((server.bind, server.port), timeout=10)
    connection.sock = context.wrap_socket(raw, server_hostname=host)
    return connection


def ask(server: ModelServer, host: str, path: str, document: dict[str, Any]) -> http.client.HTTPResponse:
    connection = connect(server, host)
    connection.request("POST", path, json.dumps(document), {"Content-Type": "application/json"})
    return connection.getresponse()


def events(response: http.client.HTTPResponse) -> list[tuple[str, str]]:
    found = []
    for block in response.read().decode().strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines.get("event", ""), lines["data"]))
    return found


def test_its_certificate_passes_strict_checks_for_each_host_it_serves(server: ModelServer) -> None:
    for host in server.sites:
        connect(server, host).close()


def test_it_has_no_certificate_for_another_host(server: ModelServer) -> None:
    with pytest.raises(ssl.SSLError):
        connect(server, "example.com")


def test_a_request_is_kept_byte_for_byte_as_it_arrived(server: ModelServer) -> None:
    connection = connect(server, "internal-crm.corp")
    sent = b"GET /customers/4821 HTTP/1.1\r\nHost: internal-crm.corp\r\nx-ODD:   spaced\r\nConnection: close\r\n\r\n"
    connection.sock.sendall(sent)
    while connection.sock.recv(4096):
        pass
    assert server.received[0].raw == sent
    assert server.saw("x-ODD:   spaced")


def test_openai_counts_usage_only_when_a_stream_asks_for_it(server: ModelServer) -> None:
    silent = events(ask(server, "api.openai.com", "/v1/chat/completions", {**QUESTION, "stream": True}))
    counted = events(
        ask(
            server,
            "api.openai.com",
            "/v1/chat/completions",
            {**QUESTION, "stream": True, "stream_options": {"include_usage": True}},
        )
    )
    assert not any("usage" in data for _, data in silent)
    assert json.loads(counted[-2][1])["usage"]["prompt_tokens"] == server.usages[1].input_tokens
    assert json.loads(counted[-2][1])["choices"] == []
    assert counted[-1] == ("", "[DONE]")


def test_anthropic_streams_its_events_in_order(server: ModelServer) -> None:
    server.behaviour = Behaviour(text="It has left.", chunks=1, output_tokens=7)
    question = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": QUESTION["messages"], "stream": True}
    seen = events(ask(server, "api.anthropic.com", "/v1/messages", question))
    assert [name for name, _ in seen] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert json.loads(seen[0][1])["message"]["usage"]["output_tokens"] == 1
    assert json.loads(seen[5][1])["usage"]["output_tokens"] == 7


def test_every_choice_of_an_answer_is_on_the_bill(server: ModelServer) -> None:
    server.behaviour = Behaviour(output_tokens=10)
    answer = json.load(ask(server, "api.openai.com", "/v1/chat/completions", {**QUESTION, "n": 3}))
    assert answer["usage"]["completion_tokens"] == 30
    assert server.usages[0].output_tokens == 30


def test_an_answer_can_stop_in_the_middle(server: ModelServer) -> None:
    server.behaviour = Behaviour(fault="cut")
    response = ask(server, "api.openai.com", "/v1/chat/completions", QUESTION)
    with pytest.raises(http.client.IncompleteRead):
        response.read()


def test_an_answer_can_declare_more_than_it_brings(server: ModelServer) -> None:
    server.behaviour = Behaviour(fault="wrong-length")
    response = ask(server, "api.openai.com", "/v1/chat/completions", QUESTION)
    with pytest.raises(http.client.IncompleteRead):
        response.read()


def test_it_ends_although_an_answer_hangs() -> None:
    with ModelServer(Behaviour(fault="hang")) as server:
        connection = connect(server, "api.openai.com")
        connection.request("POST", "/v1/chat/completions", json.dumps(QUESTION))
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()
