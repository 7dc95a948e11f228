"""redact: what the model sees of personal data, by the policy's mode."""

from __future__ import annotations

import json

import pytest

from akios_jail.broker.outcome import Denied
from akios_jail.policy.plans import Pii
from tests.broker.stages.calls import Broker, answer, chat, completion, post

TEXT = "Jane <jane@example.com>, (212) 555-0123, SSN 123-45-6789"


def test_the_model_sees_placeholders() -> None:
    broker = Broker(pii="redact_before_inference")
    exchange = post(broker, chat(TEXT, user="jane@example.com"))
    broker.call(exchange, answer(completion(1, 1)))
    sent = json.loads(exchange.request.body or b"")
    assert sent["messages"][0]["content"] == "Jane <[EMAIL_1]>, [PHONE_1], SSN [SSN_1]"
    assert sent["user"] == "[EMAIL_1]"
    assert exchange.findings == {"email": 2, "phone": 1, "ssn": 1}
    assert exchange.verdicts[-1].decision == "modify"
    assert exchange.verdicts[-1].reason == "2 email, 1 phone, 1 ssn replaced by placeholders before the model sees it"


def test_placeholders_stay_the_same_for_the_whole_session() -> None:
    broker = Broker(pii="redact_before_inference")
    for content in ("bob@example.com", "jane@example.com and bob@example.com"):
        exchange = post(broker, chat(content))
        broker.call(exchange, answer(completion(1, 1)))
    assert json.loads(exchange.request.body or b"")["messages"][0]["content"] == "[EMAIL_2] and [EMAIL_1]"


def test_tool_calls_system_prompts_and_definitions_are_redacted_too() -> None:
    broker = Broker(pii="redact_before_inference")
    arguments = json.dumps({"to": "jane@example.com", "ssn": 123456789})
    call = {"id": "call_1", "type": "function", "function": {"name": "mail", "arguments": arguments}}
    document = {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "You serve bob@example.com."},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "sent to jane@example.com"},
        ],
        "tools": [{"type": "function", "function": {"name": "mail", "description": "e.g. to eve@example.com"}}],
        "metadata": {"phone": "2125550123"},
    }
    exchange = post(broker, document)
    broker.call(exchange, answer(completion(1, 1)))
    body = (exchange.request.body or b"").decode()
    sent = json.loads(body)
    assert "example.com" not in body
    assert sent["metadata"] == {"phone": "[PHONE_1]"}
    inner = json.loads(sent["messages"][1]["tool_calls"][0]["function"]["arguments"])
    assert inner == {"to": "[EMAIL_2]", "ssn": "[SSN_1]"}


def test_a_policy_may_block_instead() -> None:
    broker = Broker(pii="block")
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat(TEXT)), answer(b"{}"))
    assert denied.value.verdict.code == "pii_blocked"
    assert "jane" not in denied.value.verdict.reason


@pytest.mark.parametrize("mode", ["redact_before_inference", "block"])
@pytest.mark.parametrize("told", [[9906, 1917], [[9906], [1917]]])
def test_text_as_numbers_of_tokens_is_refused_because_nobody_can_look_into_it(mode: str, told: list[object]) -> None:
    broker = Broker(pii=mode)
    exchange = post(broker, {"model": "text-embedding-3-small", "input": told}, path="/v1/embeddings")
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(completion(1, 1)))
    assert denied.value.verdict.code == "pii_unredactable"


def test_or_only_observe() -> None:
    broker = Broker(pii="observe")
    exchange = post(broker, chat(TEXT))
    broker.call(exchange, answer(completion(1, 1)))
    assert json.loads(exchange.request.body or b"")["messages"][0]["content"] == TEXT
    assert exchange.findings == {"email": 1, "phone": 1, "ssn": 1}
    assert [verdict.code for verdict in exchange.verdicts] == ["pii_observed"]


def test_off_looks_at_nothing() -> None:
    broker = Broker()
    exchange = post(broker, chat(TEXT))
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.findings == {}


@pytest.mark.parametrize("query", ["q=jane%40example.com", "q=jane@example.com", "ssn=123-45-6789"])
def test_personal_data_in_the_address_of_a_model_is_refused(query: str) -> None:
    broker = Broker(pii="redact_before_inference")
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, b"", path="/v1/models", method="GET", query=query), answer(b"{}"))
    assert denied.value.verdict.code == "pii_in_address"


def test_other_hosts_get_what_the_agent_sends() -> None:
    broker = Broker(pii="redact_before_inference")
    exchange = post(broker, TEXT.encode(), host="crm.corp", path="/notes", query="q=jane@example.com")
    assert broker.call(exchange, answer(b"ok")) == b"ok"


def test_the_key_of_the_request_itself_is_no_secret_that_leaks() -> None:
    broker = Broker(pii=Pii("block", ("email", "secret")))
    key = "AI" + "zaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"
    broker.call(post(broker, b"", path="/v1/models", method="GET", query=f"key={key}&limit=2"), answer(b"{}"))
    for query in (f"q={key}", "key=jane@example.com"):
        with pytest.raises(Denied) as denied:
            broker.call(post(broker, b"", path="/v1/models", method="GET", query=query), answer(b"{}"))
        assert denied.value.verdict.code == "pii_in_address"


def test_a_file_that_is_uploaded_to_a_model_is_redacted() -> None:
    broker = Broker(pii="redact_before_inference")
    head = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain'
    body = f"--cut\r\n{head}\r\n\r\nwrite to jane@example.com\r\n--cut--\r\n".encode()
    kind = [("Content-Type", "multipart/form-data; boundary=cut"), ("X-Owner", "bob@example.com")]
    exchange = post(broker, body, path="/v1/files", headers=kind)
    broker.call(exchange, answer(b"{}"))
    assert b"write to [EMAIL_2]\r\n" in (exchange.request.body or b"")
    assert exchange.request.header("x-owner") == "[EMAIL_1]"
    assert exchange.request.length == len(exchange.request.body or b"")
