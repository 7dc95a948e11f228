"""Through the whole broker: what nobody can read of a model host, and streams in framings of their own."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from akios_jail.demo.certificates import Authority
from akios_jail.policy.plans import Budget
from akios_jail.providers import framings
from akios_jail.providers.json_array import END
from akios_jail.providers.sse import Event
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Seen, Upstream, request
from tests.broker.stages.ruled import rule as tool_rule
from tests.budgets import budget as limits

pytestmark = pytest.mark.root

OPENAI = "api.openai.com"
GOOGLE = "generativelanguage.googleapis.com"
BEDROCK = "bedrock-runtime.us-east-1.amazonaws.com"
Respond = Callable[[socket.socket, Reader, Seen], None]


@contextlib.contextmanager
def opened(folder: Path, host: str, respond: Respond, budget: Budget | None = None, **plan: Any) -> Iterator[Broker]:
    authority = Authority()
    upstream = Upstream(authority, host, respond)
    broker, egress = harness.plans(harness.rule(1, host), budget=budget)
    options = {"connect_to": [[host, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
    try:
        with harness.opened(folder, broker._replace(**plan), egress, **options) as running:
            yield running
    finally:
        upstream.close()


def ask(broker: Broker, host: str, path: str, document: Any, method: str = "POST") -> Answer:
    body = json.dumps(document).encode() if document is not None else b""
    with broker.tls(host) as sock:
        sock.sendall(request(method, path, host, body, "Content-Type: application/json"))
        return Reader(sock).answer()


SPOKEN = {"voice": "alloy", "model": "tts-1", "input": "Hello"}


def test_what_nobody_can_read_passes_and_is_on_record(tmp_path: Path) -> None:
    with opened(tmp_path, OPENAI, harness.hello) as broker:
        assert ask(broker, OPENAI, "/v1/audio/speech", SPOKEN).status == 200
        assert ask(broker, OPENAI, "/v1/models", None, "GET").status == 200
        report = broker.end()
    assert (report["calls"], report["opaque_calls"]) == (0, 1)
    calls = [record.get("call") for record in broker.records("verdict")]
    assert calls == [{"opaque": True, "provider": "openai"}, None]


def test_ollamas_own_interface_on_any_host_is_on_record_as_opaque(tmp_path: Path) -> None:
    with opened(tmp_path, "ollama.test", harness.hello) as broker:
        assert ask(broker, "ollama.test", "/api/chat", {"model": "qwen", "messages": []}).status == 200
        assert ask(broker, "ollama.test", "/api/chat", {"room": 5}).status == 200
        assert ask(broker, "ollama.test", "/api/chat", None).status == 200
        assert broker.end()["opaque_calls"] == 1
    assert broker.records("verdict")[0]["call"] == {"opaque": True, "provider": "ollama.test"}


KEPT = ["/v1/responses/resp_1", "/v1/chat/completions", "/v1/messages/batches/1/results"]


@pytest.mark.parametrize("host", ["llm.test", OPENAI])
def test_where_tools_are_ruled_on_no_kept_answer_is_fetched(tmp_path: Path, host: str) -> None:
    with opened(tmp_path, host, harness.hello, tools=(tool_rule(1, "refund"),)) as broker:
        for path in KEPT:
            answer = ask(broker, host, path, None, "GET")
            assert (answer.status, answer.error["code"]) == (403, "model_answer_ungoverned")
        batch = ask(broker, host, "/v1/batches", {"input_file_id": "file-1"})
        assert (batch.status, batch.error["code"]) == (403, "model_call_unreadable")
        assert ask(broker, host, "/v1/models", None, "GET").status == 200


def test_under_strict_monitoring_it_does_not_pass(tmp_path: Path) -> None:
    with opened(tmp_path, OPENAI, harness.hello, monitoring="strict") as broker:
        answer = ask(broker, OPENAI, "/v1/audio/speech", SPOKEN)
        assert (answer.status, answer.error["code"]) == (403, "model_call_opaque")
        assert ask(broker, OPENAI, "/v1/audio/speech", None).error["code"] == "model_call_opaque"
        assert ask(broker, OPENAI, "/v1/models", None, "GET").status == 200
        assert broker.end()["opaque_calls"] == 0
    refused = broker.records("verdict")[0]
    assert (refused["decision"], refused["call"]) == ("deny", {"opaque": True, "provider": "openai"})


def chunked(sock: socket.socket, kind: str, pieces: Iterator[bytes]) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with contextlib.suppress(OSError):
        sock.sendall(head.encode())
        for piece in pieces:
            sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        sock.sendall(b"0\r\n\r\n")


def generated(text: str, output: int, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    usage = {"promptTokenCount": 1000, "candidatesTokenCount": output, "totalTokenCount": 1000 + output}
    ending = {"finishReason": finish} if finish else {}
    return {"candidates": [{**candidate, **ending}], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash"}


def google(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """Streams an array of two pieces, or one without an end."""
    framing = framings.of("json_array")

    def pieces() -> Iterator[bytes]:
        while b"endless" in seen.body:
            yield framing.encode(Event().saying(generated("words and more words ", 5)))
        for document in (generated("Hel", 1), generated("lo", 100, "STOP")):
            # Cut anywhere: an object in two chunks.
            piece = framing.encode(Event().saying(document))
            yield piece[:40]
            yield piece[40:]
        yield framing.encode(END)

    chunked(sock, "application/json; charset=UTF-8", pieces())


STREAM = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?key=k"


def says(text: str) -> dict[str, Any]:
    return {"contents": [{"parts": [{"text": text}]}], "generationConfig": {"maxOutputTokens": 400}}


def test_a_streamed_array_is_counted_as_it_flows(tmp_path: Path) -> None:
    with opened(tmp_path, GOOGLE, google, limits(1_000_000, None, None)) as broker:
        answer = ask(broker, GOOGLE, STREAM, says("Hello"))
        assert [piece["candidates"][0]["content"]["parts"][0]["text"] for piece in json.loads(answer.body)] == [
            "Hel",
            "lo",
        ]
        report = broker.end()
    assert report["cost"]["tokens_used"] == 1100
    assert report["cost"]["cost_usd"] == pytest.approx(1000 * 0.3e-6 + 100 * 2.5e-6)


def test_a_streamed_array_that_keeps_no_limit_is_closed(tmp_path: Path) -> None:
    with opened(tmp_path, GOOGLE, google, limits(1_000_000, None, None)) as broker:
        pieces = json.loads(ask(broker, GOOGLE, STREAM, says("endless")).body)
        assert pieces[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS"
        assert broker.end()["cost"]["tokens_used"] > 400


def amazon(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """Streams a short answer, or one without an end."""
    framing = framings.of("eventstream")

    def delta(text: str) -> Event:
        return Event("contentBlockDelta").saying({"contentBlockIndex": 0, "delta": {"text": text}, "p": "abc"})

    def pieces() -> Iterator[bytes]:
        yield framing.encode(Event("messageStart").saying({"role": "assistant"}))
        while b"endless" in seen.body:
            yield framing.encode(delta("words and more words "))
        yield framing.encode(delta("Hello"))
        yield framing.encode(Event("contentBlockStop").saying({"contentBlockIndex": 0}))
        yield framing.encode(Event("messageStop").saying({"stopReason": "end_turn"}))
        usage = {"inputTokens": 1000, "outputTokens": 100, "totalTokens": 1100}
        yield framing.encode(Event("metadata").saying({"usage": usage, "metrics": {"latencyMs": 1}}))

    chunked(sock, "application/vnd.amazon.eventstream", pieces())


CONVERSE = "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream"


def conversed(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"maxTokens": 400}}


def kinds(body: bytes) -> list[str]:
    """The kinds of the events, as AWS's own library reads them."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    return [event.headers[":event-type"] for event in buffer]


def test_an_event_stream_of_aws_is_counted_as_it_flows(tmp_path: Path) -> None:
    with opened(tmp_path, BEDROCK, amazon, limits(1_000_000, None, None)) as broker:
        answer = ask(broker, BEDROCK, CONVERSE, conversed("Hello"))
        assert kinds(answer.body)[-2:] == ["messageStop", "metadata"]
        report = broker.end()
    assert report["cost"]["tokens_used"] == 1100
    assert report["cost"]["cost_usd"] == pytest.approx(1000 * 1.1e-6 + 100 * 5.5e-6)


def test_an_event_stream_of_aws_that_keeps_no_limit_is_ended(tmp_path: Path) -> None:
    with opened(tmp_path, BEDROCK, amazon, limits(1_000_000, None, None)) as broker:
        answer = ask(broker, BEDROCK, CONVERSE, conversed("endless"))
        assert kinds(answer.body)[-3:] == ["contentBlockStop", "messageStop", "metadata"]
        assert broker.end()["cost"]["tokens_used"] > 400
