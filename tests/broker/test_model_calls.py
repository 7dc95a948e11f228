"""A model call through the whole broker: what the model sees, what is counted, and what the report says."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from akios_jail.demo.certificates import Authority
from akios_jail.policy.plans import Budget, Pii
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Seen, Upstream, request
from tests.budgets import budget as limits

pytestmark = pytest.mark.root

HOST = "api.openai.com"
PATH = "/v1/chat/completions"
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}

#: Of a provider that keeps to no output limit.
GREEDY = {"prompt_tokens": 1000, "completion_tokens": 5000, "total_tokens": 6000}


def model(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """Answers as the provider does; streams when asked to."""
    if b"endless" in seen.body:
        _endless(sock)
    if json.loads(seen.body).get("stream") is not True:
        body = json.dumps({**ANSWER, "usage": GREEDY} if b"greedy" in seen.body else ANSWER).encode()
        sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        return
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    events: list[dict[str, Any]] = [
        {**base, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Do"}, "finish_reason": None}]},
        {**base, "choices": [{"index": 0, "delta": {"content": "ne."}, "finish_reason": None}]},
        {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**base, "choices": [], "usage": ANSWER["usage"]},
    ]
    for event in [*map(json.dumps, events), "[DONE]"]:
        data = f"data: {event}\n\n".encode()
        sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    sock.sendall(b"0\r\n\r\n")


def _endless(sock: socket.socket) -> None:
    """A stream that keeps no limit."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    event = {"choices": [{"index": 0, "delta": {"content": "words and words "}, "finish_reason": None}]}
    data = f"data: {json.dumps(event)}\n\n".encode()
    while True:
        sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))


class Session(NamedTuple):
    broker: Broker
    upstream: Upstream

    def call(self, text: str, **fields: Any) -> Answer:
        """One model call."""
        document = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **fields}
        with self.broker.tls(HOST) as sock:
            sock.sendall(request("POST", PATH, HOST, json.dumps(document).encode(), "Content-Type: application/json"))
            return Reader(sock).answer()


REDACT = Pii("redact_before_inference", ("email", "phone", "ssn"))


def sessions(folder: Path, budget: Budget, pii: Pii = REDACT) -> Iterator[Session]:
    authority = Authority()
    upstream = Upstream(authority, HOST, model)
    plans = harness.plans(
        harness.rule(1, HOST, methods=("POST",)),
        budget=budget,
        pii=pii,
    )
    options = {"connect_to": [[HOST, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
    with harness.opened(folder, *plans, **options) as broker:
        yield Session(broker, upstream)
    upstream.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    yield from sessions(tmp_path, limits(1_000_000, None, 1_000_000))


@pytest.fixture
def poor_session(tmp_path: Path) -> Iterator[Session]:
    yield from sessions(tmp_path, limits(None, 4000, None))


def test_the_model_does_not_see_personal_data_and_the_report_counts_it(session: Session) -> None:
    answer = session.call("Write to jane.doe@corp.com, SSN 536-22-8726.")
    assert answer.status == 200
    assert json.loads(answer.body)["choices"][0]["message"]["content"] == "Done."
    said = session.upstream.seen[0].body.decode()
    assert "jane.doe" not in said
    assert "536-22-8726" not in said
    report = session.broker.end()
    assert report["pii_redacted"] == {"email": 1, "ssn": 1}
    assert (report["calls"], report["verdicts"]["modify"]) == (1, 1)
    assert (report["cost"]["input_tokens"], report["cost"]["output_tokens"]) == (1000, 100)
    assert report["cost"]["cost_usd"] == pytest.approx(1000 * 0.15e-6 + 100 * 0.6e-6)
    log = session.broker.log
    assert "jane.doe" not in log
    settled = session.broker.records("settlement")[0]
    assert (settled["usage"]["input_tokens"], settled["usage"]["cost_microusd"]) == (1000, 210)


def test_a_streamed_answer_is_counted_as_it_flows(session: Session) -> None:
    answer = session.call("Hello.", stream=True)
    assert answer.header("content-type") == "text/event-stream"
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert session.broker.end()["cost"]["tokens_used"] == 1100


def test_a_spent_budget_is_a_402_and_nothing_more_is_sent(poor_session: Session) -> None:
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda n: poor_session.call(f"call {n}", max_tokens=200).status, range(20)))
    assert set(statuses) <= {200, 402, 429}
    assert statuses.count(200) == len(poor_session.upstream.seen)
    report = poor_session.broker.end()
    assert 0 < report["cost"]["tokens_used"] <= 4000
    assert report["verdicts"]["deny"] == 20 - statuses.count(200)


def test_a_call_that_cannot_be_read_is_refused_and_costs_nothing(session: Session) -> None:
    answer = session.call("Hello.", messages="nonsense")
    assert answer.status == 403
    assert session.upstream.seen == []
    assert session.broker.end()["cost"]["tokens_used"] == 0


def test_a_stream_cut_at_its_limit_is_among_the_denials(session: Session) -> None:
    answer = session.call("endless", stream=True, max_tokens=50)
    assert answer.body.endswith(b"data: [DONE]\n\n")
    report = session.broker.end()
    assert [denial["code"] for denial in report["denials"]] == ["output_limit_ignored"]
    assert "50 tokens" in report["denials"][0]["reason"]
    assert (report["verdicts"]["allow"], report["verdicts"]["deny"]) == (1, 1)
    decisions = [(record["decision"], record["code"]) for record in session.broker.records("verdict")]
    assert decisions == [("allow", "allowed"), ("deny", "output_limit_ignored")]


def test_what_a_provider_charges_beyond_the_limit_it_was_sent_is_on_record(session: Session) -> None:
    assert session.call("greedy", max_tokens=10).status == 200
    over = session.broker.end()["overruns"]
    (settled,) = session.broker.records("settlement")
    assert settled["usage"]["output_tokens"] == 5000
    assert settled["overrun"] == {"microusd": round(over["cost_usd"] * 1_000_000), "tokens": over["tokens"]}
    assert over["calls"] == 1
    assert 4000 < over["tokens"] < 5000


def test_what_stays_within_its_limits_is_no_overrun(session: Session) -> None:
    assert session.call("Hello.", max_tokens=200).status == 200
    assert session.broker.end()["overruns"] == {"calls": 0, "cost_usd": 0, "tokens": 0}
    assert "overrun" not in session.broker.records("settlement")[0]


def test_a_session_is_overspent_by_no_more_than_its_overruns(poor_session: Session) -> None:
    """The documented bound where a provider keeps to no limit: no call starts for which there is no room."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: poor_session.call(f"greedy {n}", max_tokens=10).status, range(20)))
    assert {200, 402} <= set(statuses) <= {200, 402, 429}
    report = poor_session.broker.end()
    used = report["cost"]["tokens_used"]
    assert used == 6000 * statuses.count(200)
    assert 4000 < used <= 4000 + report["overruns"]["tokens"]
    assert report["overruns"]["calls"] == statuses.count(200)


def test_what_is_only_observed_is_counted_as_that(tmp_path: Path) -> None:
    for session in sessions(tmp_path, Budget(), Pii("observe", ("email",))):
        assert session.call("Write to jane.doe@corp.com.").status == 200
        assert b"jane.doe" in session.upstream.seen[0].body
        report = session.broker.end()
        assert (report["pii_redacted"], report["pii_observed"]) == ({}, {"email": 1})


def test_what_is_only_observed_is_not_redacted_where_the_call_is_changed_otherwise(tmp_path: Path) -> None:
    for session in sessions(tmp_path, limits(None, None, 20_000), Pii("observe", ("email",))):
        assert session.call("Write to jane.doe@corp.com.", max_tokens=100_000).status == 200
        report = session.broker.end()
        assert [record["code"] for record in session.broker.records("verdict")] == ["output_limit_lowered"]
        assert (report["pii_redacted"], report["pii_observed"]) == ({}, {"email": 1})


@pytest.mark.parametrize("calls", [8])
def test_agents_that_leave_at_any_moment_leave_verdict_and_settlement_in_step(session: Session, calls: int) -> None:
    document = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}).encode()
    for number in range(calls):
        with session.broker.tls(HOST) as sock:
            sock.sendall(request("POST", PATH, HOST, document))
            time.sleep(number * 0.0007)
    report = session.broker.end()
    allowed = [record["request_id"] for record in session.broker.records("verdict") if record["decision"] == "allow"]
    settled = [record["request_id"] for record in session.broker.records("settlement")]
    assert sorted(allowed) == sorted(settled)
    assert report["verdicts"]["allow"] == len(allowed)
