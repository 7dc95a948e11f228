"""`akios trace export`, with OpenTelemetry's own exporter, to a collector that reads the protocol's own messages."""

from __future__ import annotations

import base64
import functools
import json
import os
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from akios_jail.cli.main import run
from akios_jail.radar.steps import Edge, Step
from akios_jail.radar.store import Writer
from tests.servers.collector import Collector, accepted, answer, collecting

Capture = pytest.CaptureFixture[str]
SESSION, OTHER = "ses_0123456789ab", "ses_0123456789ac"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a person may have set for programs of their own."""
    for name in ("HEADERS", "ENDPOINT", "TIMEOUT", "COMPRESSION", "CERTIFICATE"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as server:
        yield server


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with two sessions."""
    for session in (SESSION, OTHER):
        steps = [
            Step(1, "prompt", 10.0, "req_1", {"role": "user"}, {"content": "Where is my order? \ud800"}),
            Step(2, "tool_call", 11.0, "req_1", {"tool": "get", "tool_call_id": "t", "model": "m"}, {"args": {"x": 1}}),
            Step(3, "observation", 12.0, "req_2", {"tool_call_id": "t"}, {"content": "shipped"}),
            Step(4, "decision", 13.0, "req_2", {"model": "m", "output_tokens": 3}, {"content": "It is on its way."}),
        ]
        edges = [Edge(1, 2, "reply"), Edge(2, 3, "tool_result"), Edge(2, 3, "prefix"), Edge(3, 4, "reply")]
        write(tmp_path, session, steps, edges)
    return tmp_path


def write(state: Path, session: str, steps: list[Step], edges: list[Edge] | None = None) -> None:
    writer = Writer(str(state / "broker" / "traces"), session)
    writer.add(steps, edges or [], {"agent": "clerk", "started": 9.0})
    writer.close()


def export(state: Path, *words: str) -> int:
    return run(["trace", "export", "--state-dir", str(state), *words])


def test_a_collector_gets_the_session(state: Path, collector: Collector, capsys: Capture) -> None:
    assert export(state, SESSION, "--otlp", collector.url, "--header", "x-key=k=1") == 0
    assert capsys.readouterr().out.startswith(f"{SESSION}  4 spans, trace ")
    assert collector.paths == ["/v1/traces"]
    assert collector.headers[0]["x-key"] == "k=1"
    assert collector.headers[0]["content-encoding"] == "gzip"
    assert collector.headers[0]["content-type"] == "application/x-protobuf"
    root, first, tool, second = collector.spans
    assert [span.name for span in collector.spans] == ["invoke_agent clerk", "chat m", "execute_tool get", "chat m"]
    assert {span.parent_span_id for span in (first, tool, second)} == {root.span_id}
    assert not root.parent_span_id
    assert len({span.trace_id for span in collector.spans}) == 1
    assert [link.span_id for link in tool.links] == [first.span_id]
    assert (tool.start_time_unix_nano, tool.end_time_unix_nano) == (11_000_000_000, 12_000_000_000)
    resource = collector.requests[0].resource_spans[0].resource
    assert {each.key: each.value.string_value for each in resource.attributes}["service.name"] == "clerk"
    assert b"order" not in collector.requests[0].SerializeToString()


def test_a_session_that_is_exported_again_is_the_same(state: Path, collector: Collector) -> None:
    assert export(state, SESSION, "--otlp", collector.url) == 0
    assert export(state, SESSION, "--otlp", f"{collector.url}/v1/traces", "--no-gzip") == 0
    half = len(collector.spans) // 2
    assert collector.spans[:half] == collector.spans[half:]
    assert "content-encoding" not in collector.headers[1]


def test_json_is_what_a_collector_would_have_got(state: Path, collector: Collector, capsys: Capture) -> None:
    assert export(state, SESSION, "--otlp", collector.url, "--content") == 0
    capsys.readouterr()
    assert export(state, SESSION, "--json", "--content") == 0
    document = json.loads(capsys.readouterr().out)
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for each in [*spans, *(link for span in spans for link in span.get("links", ()))]:  # hex here, base64 elsewhere
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in each:
                each[name] = base64.b64encode(bytes.fromhex(each[name])).decode()
    request = json_format.ParseDict(document, ExportTraceServiceRequest())
    assert list(request.resource_spans[0].scope_spans[0].spans) == collector.spans
    assert request.resource_spans[0].scope_spans == collector.requests[0].resource_spans[0].scope_spans
    told = {each.key: each.value.string_value for each in collector.spans[1].attributes}
    assert json.loads(told["gen_ai.input.messages"])[0]["parts"][0]["content"] == "Where is my order? ?"


def test_the_newest_sessions_are_sent_one_after_the_other(state: Path, collector: Collector, capsys: Capture) -> None:
    assert export(state, "--last", "5", "--otlp", collector.url) == 0
    assert len({span.trace_id for span in collector.spans}) == 2
    assert [line[:16] for line in capsys.readouterr().out.splitlines()] == [SESSION, OTHER]
    assert export(state, "--otlp", collector.url) == 0


def test_a_session_that_is_damaged_does_not_keep_the_others_here(
    state: Path, collector: Collector, capsys: Capture
) -> None:
    with sqlite3.connect(state / "broker" / "traces" / f"{SESSION}.db") as file:
        file.execute("UPDATE step SET fields = '{'")
    file.close()
    assert export(state, SESSION, OTHER, "--otlp", collector.url) == 1
    told = capsys.readouterr()
    assert told.out.startswith(f"{OTHER}  4 spans")
    assert f"the trace of {SESSION} cannot be read" in told.err
    assert "1 sessions could not be read" in told.err


def test_a_session_far_in_the_future_is_sent(tmp_path: Path, collector: Collector) -> None:
    write(tmp_path, SESSION, [Step(1, "network", 253_402_300_798.0, "r", {"method": "GET"}, {})])
    assert export(tmp_path, SESSION, "--otlp", collector.url) == 0
    assert collector.spans[1].end_time_unix_nano == 2**63 - 1


def test_ten_thousand_steps_arrive_in_batches(tmp_path: Path, collector: Collector) -> None:
    fields = {"method": "GET", "target": "a.example/x", "status": 200}
    write(tmp_path, SESSION, [Step(n, "network", float(n), f"r{n}", fields, {}) for n in range(1, 10_001)])
    assert export(tmp_path, SESSION, "--otlp", collector.url, "--timeout", "60") == 0
    assert len({span.span_id for span in collector.spans}) == 10_001
    assert len(collector.requests) == 20


def test_large_contents_are_sent_in_batches_that_a_collector_takes(tmp_path: Path, collector: Collector) -> None:
    text = {"content": "\x00\ud800é" * 60_000}
    write(tmp_path, SESSION, [Step(n, "decision", float(n), f"r{n}", {}, text) for n in range(1, 40)])
    assert export(tmp_path, SESSION, "--otlp", collector.url, "--content", "--timeout", "60") == 0
    assert len(collector.spans) == 40
    assert max(request.ByteSize() for request in collector.requests) < 8 * 1024 * 1024


KEY = "grant-1f6e2c9a7d40"


def tells(status: int, place: str, collected: Any) -> None:
    """Answers with all that it was told of a key, and where it came."""
    words = f"{collected.headers.get('authorization', '')} {collected.path} is nobody's".encode()
    answer(collected, status, words, content_type="text/plain", location=f"https://{place}/?key={KEY}")


@pytest.mark.parametrize("status", [302, 307, 308, 401, 500])
def test_no_key_for_a_collector_is_told(
    state: Path, collector: Collector, capsys: Capture, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    collector.answers = functools.partial(tells, status, "login.example")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-other={KEY}-too")
    options = ["--header", f"Authorization=Bearer {KEY}", "--timeout", "1"]
    assert export(state, SESSION, "--otlp", f"{collector.url}/?api-key={KEY}", *options) == 1
    told = capsys.readouterr()
    assert f"answers {status}" in told.err
    assert "[key]" in told.err
    assert KEY not in told.out + told.err
    assert {request.get("authorization") for request in collector.headers} == {f"Bearer {KEY}"}


def test_a_collector_that_is_away_is_told_of_without_a_key(state: Path, capsys: Capture) -> None:
    nobody = socket.create_server(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.close()
    assert export(state, SESSION, "--otlp", f"http://127.0.0.1:{port}/?api-key={KEY}", "--timeout", "0.5") == 1
    told = capsys.readouterr()
    assert KEY not in told.out + told.err


def busy(handler: Any) -> None:
    answer(handler, 503, b"busy", content_type="text/plain", retry_after="100")


def broken(handler: Any) -> None:
    answer(handler, 500, b"out of \x1b[31morder", content_type="text/plain")


def elsewhere(handler: Any) -> None:
    answer(handler, 302, location="https://login.example/")


def resets(handler: Any) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())


def hangs(handler: Any) -> None:
    handler.server.over.wait(60)


def dribbles(handler: Any) -> None:
    """A header that never ends: each byte comes within any patience for one."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b"y")


def endless(handler: Any) -> None:
    """An answer that is not of the length that it says, and longer than anybody reads."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
    while not handler.server.over.is_set():
        handler.wfile.write(b"y" * 65536)


@pytest.mark.parametrize(
    ("behaves", "says"),
    [
        (broken, "answers 500 Internal Server Error: out of [31morder"),
        (busy, "answers 503 Service Unavailable: busy"),
        (elsewhere, "answers 302 Found: it is elsewhere, at https://login.example/"),
        (resets, "Connection reset by peer"),
        (hangs, "does not answer"),
        (dribbles, "no answer within 1 s"),
    ],
)
def test_what_goes_wrong_is_said_and_not_waited_for(
    state: Path, collector: Collector, behaves: Callable[[Any], None], says: str, capsys: Capture
) -> None:
    collector.answers = behaves
    began = time.monotonic()
    assert export(state, SESSION, "--otlp", collector.url, "--timeout", "1") == 1
    assert time.monotonic() - began < 10
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.startswith(f"akios: error: {SESSION} could not be sent to {collector.url}/v1/traces: ")
    assert len(told.err.splitlines()) == 1
    assert "\x1b" not in told.err
    assert told.out == ""


def test_an_answer_without_an_end_is_read_to_a_bound(state: Path, collector: Collector) -> None:
    collector.answers = endless
    assert export(state, SESSION, "--otlp", collector.url, "--timeout", "5") == 0


def test_nobody_who_listens_is_said_in_the_system_s_words(state: Path, capsys: Capture) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        assert export(state, SESSION, "--otlp", url, "--timeout", "0.5") == 1
    assert "Connection refused" in capsys.readouterr().err


def rejecting(handler: Any) -> None:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 3
    response.partial_success.error_message = "too \x1bold"
    answer(handler, 200, response.SerializeToString())


def rejecting_in_json(handler: Any) -> None:
    document = {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too \x1bold"}}
    answer(handler, 200, json.dumps(document).encode(), content_type="application/json")


@pytest.mark.parametrize("behaves", [rejecting, rejecting_in_json])
def test_spans_that_are_not_taken_are_counted(
    state: Path, collector: Collector, behaves: Callable[[Any], None], capsys: Capture
) -> None:
    collector.answers = behaves
    assert export(state, SESSION, "--otlp", collector.url) == 1
    told = capsys.readouterr()
    assert f"{SESSION}  3 spans were not taken: too \\x1bold" in told.err
    assert "the collector did not take 3 spans" in told.err
    assert told.out.startswith(f"{SESSION}  1 spans")


@pytest.mark.parametrize("body", [b"\xff\xff\xff", b"{", b"[]", b'{"partialSuccess": 5}'])
@pytest.mark.parametrize("kind", ["application/json", "application/x-protobuf"])
def test_an_answer_that_says_nothing_is_a_yes(state: Path, collector: Collector, body: bytes, kind: str) -> None:
    collector.answers = lambda handler: answer(handler, 200, body, content_type=kind)
    assert export(state, SESSION, "--otlp", collector.url) == 0


def test_a_collector_that_is_busy_for_a_moment_gets_them_the_second_time(state: Path, collector: Collector) -> None:
    def once(handler: Any) -> None:
        collector.answers = accepted
        answer(handler, 503, retry_after="0")

    collector.answers = once
    assert export(state, SESSION, "--otlp", collector.url) == 0
    assert len(collector.requests) == 2


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--otlp", "http://h", "--json"),
        ("--otlp", "collector:4318"),
        ("--otlp", "ftp://h"),
        ("--otlp", "http://"),
        ("--otlp", "http://h:99999"),
        ("--otlp", "http://user:secret@h"),
        ("--otlp", "http://h/\n"),
        ("--otlp", "http://[::1"),
        ("--otlp", "http://h", "--header", "nothing"),
        ("--otlp", "http://h", "--header", "k=a\r\nb: c"),
        ("--json", "--last", "1", SESSION),
        ("--json", "ses_ffffffffffff"),
        ("--json", "--last", "0"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_bad_usage(state: Path, words: tuple[str, ...], capsys: Capture) -> None:
    assert export(state, *words) == 2
    assert "secret" not in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_install_it(state: Path) -> None:
    """In a process of its own, which finds no such library."""
    program = (
        "import sys; sys.modules['opentelemetry.exporter'] = None\n"
        "from akios_jail.cli.main import run\n"
        f"words = ['trace', 'export', '--state-dir', {str(state)!r}, {SESSION!r}]\n"
        "assert run([*words, '--json']) == 0\n"
        "sys.exit(run([*words, '--otlp', 'http://127.0.0.1:9']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert "pip install 'akios-jail[otel]'" in done.stderr
    assert len(done.stdout.splitlines()) == 1
