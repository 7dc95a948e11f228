"""understand: a model call is read and rewritten from what was read; what cannot be read is refused."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from akios_jail.broker.outcome import Denied
from akios_jail.policy.plans import ToolRule
from tests.broker.stages.calls import Broker, Session, answer, chat, completion, post
from tests.budgets import budget

BUDGET = budget(None, None, 1_000_000)
RULE = ToolRule(1, "*", (), (), (), "", False, "deny", (), 300.0, "", 1)


def governed(**fields: Any) -> Broker:
    """A broker whose plan has these fields."""
    session = Session()
    session.plan = session.plan._replace(**fields)
    return Broker(session=session)


def test_what_goes_upstream_is_written_from_what_was_read() -> None:
    broker = Broker(pii="observe")
    body = b'{ "zeta": 1.50, "model" : "gpt-4o",\n "messages": [{"content":"\\u0068i","role":"user"}] }'
    exchange = post(broker, body, headers=[("content-type", "text/plain"), ("Accept-Encoding", "br, zstd")])
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.request.body == b'{"zeta":1.5,"model":"gpt-4o","messages":[{"content":"hi","role":"user"}]}'
    assert exchange.request.length == len(exchange.request.body)
    assert exchange.request.headers == [("Content-Type", "application/json"), ("Accept-Encoding", "identity")]


def test_a_compressed_call_is_read_and_sent_plain() -> None:
    broker = Broker(BUDGET)
    exchange = post(broker, gzip.compress(json.dumps(chat()).encode()), headers=[("Content-Encoding", "gzip")])
    broker.call(exchange, answer(completion(1, 1)))
    assert json.loads(exchange.request.body or b"")["model"] == "gpt-4o"
    assert exchange.request.header("content-encoding") is None


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip"])
def test_a_coding_that_cannot_be_undone_is_refused(coding: str) -> None:
    broker = Broker(BUDGET)
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat(), headers=[("Content-Encoding", coding)]), answer(b"{}"))
    assert denied.value.status == 415


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", b'{"model":"m","prompt":"x"}'),
        ("/v1/files", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"),
        ("/v1/chat/completions", b'{"model":"a","model":"b","messages":[]}'),
        ("/v1/chat/completions", b"not json"),
    ],
)
@pytest.mark.parametrize(
    "broker",
    [
        Broker(BUDGET),
        Broker(pii="redact_before_inference"),
        Broker(pii="block"),
        governed(tools=(RULE,)),
        governed(tools=(RULE,), monitoring="strict"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_where_calls_are_governed(path: str, body: bytes, broker: Broker) -> None:
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, body, path=path, headers=[("Content-Type", "x/y")]), answer(b"{}"))
    assert (denied.value.verdict.code, denied.value.status) == ("model_call_unreadable", 403)
    assert "x/y" in denied.value.verdict.reason


@pytest.mark.parametrize("broker", [Broker(), Broker(pii="observe")])
def test_where_nothing_is_governed_it_passes_as_it_is(broker: Broker) -> None:
    exchange = post(broker, b'{"model":"m","prompt":"x"}', path="/v1/completions")
    assert broker.call(exchange, answer(b"answer")) == b"answer"
    assert (exchange.call, exchange.opaque) == (None, "openai")
    assert exchange.request.body in (None, b'{"model":"m","prompt":"x"}')  # read where personal data is observed


@pytest.mark.parametrize(
    ("method", "host", "path", "body", "opaque"),
    [
        ("POST", "api.openai.com", "/v1/realtime/sessions", b"", "openai"),
        ("POST", "api.openai.com", "/v1/chat/completions", b"not json", "openai"),
        ("POST", "llm.corp", "/v1/chat/completions", b"not json", "llm.corp"),
        ("POST", "api.deepinfra.com", "/v1/inference/m", b"{}", "api.deepinfra.com"),
        ("POST", "bedrock-runtime.us-east-1.amazonaws.com", "/model/meta.llama/invoke", b'{"prompt":"x"}', "aws"),
        ("GET", "api.openai.com", "/v1/models", b"", ""),
        ("POST", "crm.corp", "/customers", b"x", ""),
    ],
)
@pytest.mark.parametrize("monitoring", ["standard", "strict"])
def test_what_nobody_can_read_is_opaque_or_refused(
    method: str, host: str, path: str, body: bytes, opaque: str, monitoring: str
) -> None:
    broker = governed(monitoring=monitoring)
    exchange = post(broker, body, host=host, path=path, method=method)
    if monitoring == "standard" or not opaque:
        assert broker.call(exchange, answer(b"answer")) == b"answer"
    else:
        with pytest.raises(Denied) as denied:
            broker.call(exchange, answer(b"answer"))
        assert (denied.value.verdict.code, denied.value.status) == ("model_call_opaque", 403)
    assert exchange.opaque == opaque


@pytest.mark.parametrize("monitoring", ["standard", "strict"])
def test_what_can_be_read_is_not_opaque(monitoring: str) -> None:
    broker = governed(monitoring=monitoring)
    exchange = post(broker, chat())
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.opaque == ""
    assert exchange.call is not None


@pytest.mark.parametrize("path", ["/v1/responses/resp_1", "/v1/conversations/conv_1/items", "/v1//Responses/r"])
def test_an_answer_is_not_fetched_around_the_rules_over_tools(path: str) -> None:
    broker = governed(tools=(RULE,))
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, b"", path=path, method="GET"), answer(b"answer"))
    assert denied.value.verdict.code == "model_answer_ungoverned"
    for plan in ({}, {"monitoring": "strict"}):
        broker = governed(**plan)
        assert broker.call(post(broker, b"", path=path, method="GET"), answer(b"answer")) == b"answer"


@pytest.mark.parametrize(("host", "path"), [("api.openai.com", "/v1/models/m"), ("crm.corp", "/responses/1")])
def test_other_things_are_fetched_as_ever(host: str, path: str) -> None:
    broker = governed(tools=(RULE,))
    exchange = post(broker, b"", host=host, path=path, method="GET")
    assert broker.call(exchange, answer(b"answer")) == b"answer"


def test_rules_over_http_need_no_calls_read() -> None:
    broker = governed(tools=(RULE._replace(tool="", hosts=("crm.corp",)),))
    exchange = post(broker, b"x", path="/v1/files")
    assert broker.call(exchange, answer(b"answer")) == b"answer"


def test_googles_query_is_part_of_its_call() -> None:
    broker = Broker(pii="observe")
    body = {"contents": [{"parts": [{"text": "hi"}]}]}
    path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    exchange = post(broker, body, host="generativelanguage.googleapis.com", path=path, query="alt=sse&key=k")
    broker.call(exchange, answer(b"", kind="text/event-stream"))
    assert (exchange.call.model, exchange.call.wire.framing) == ("gemini-2.5-flash", "sse")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/models"), ("DELETE", "/v1/files/f-1")])
def test_requests_without_a_body_pass(method: str, path: str) -> None:
    broker = Broker(BUDGET, "block")
    assert broker.call(post(broker, b"", path=path, method=method), answer(b"list")) == b"list"


def test_requests_to_other_hosts_are_not_even_buffered() -> None:
    broker = Broker(BUDGET, "block")
    exchange = post(broker, b"jane@example.com", host="crm.corp", path="/customers")
    assert broker.call(exchange, answer(b"ok")) == b"ok"
    assert exchange.request.body is None


@pytest.mark.parametrize(
    ("field", "value", "dear"),
    [
        ("X-Vertex-AI-LLM-Shared-Request-Type", "priority", True),
        ("x-vertex-ai-llm-shared-request-type", "flex", False),
        ("X-Amzn-Bedrock-Service-Tier", "Priority", True),
        ("X-Amzn-Bedrock-Service-Tier", "default", False),
        ("X-Amzn-Bedrock-PerformanceConfig-Latency", "optimized", True),
        ("X-Amzn-Bedrock-GuardrailIdentifier", "g-1", True),
        ("X-Other", "priority", False),
    ],
)
def test_what_a_header_makes_dearer_has_no_bound(field: str, value: str, dear: bool) -> None:
    for kind, refused in ((BUDGET, dear), (budget(1_000_000), False)):
        broker = Broker(kind)
        exchange = post(broker, chat(), headers=[(field, value)])
        if not refused:
            broker.call(exchange, answer(completion(1, 1)))
            continue
        with pytest.raises(Denied) as denied:
            broker.call(exchange, answer(completion(1, 1)))
        assert denied.value.verdict.code == "cost_unbounded"
