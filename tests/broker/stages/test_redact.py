"""redact: what the model sees of personal data, by the policy's mode."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest

from akios_jail.broker.outcome import Denied
from akios_jail.policy.json_size import MAX_CONTAINERS
from akios_jail.policy.pii_schema import GROUPS
from akios_jail.policy.plans import Pii
from tests.broker.stages.calls import ALL_FIELDS, Broker, answer, chat, completion, post

PARTS = "multipart/form-data; boundary=cut"
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


@pytest.mark.parametrize("mode", ["redact_before_inference", "block", "observe"])
@pytest.mark.parametrize(
    ("path", "shown"), [("/jane@corp.test/v1", "/%5BEMAIL_1%5D/v1"), ("/v1/jane%40corp.test", "/v1/%5BEMAIL_1%5D")]
)
def test_what_an_address_holds_is_not_on_record(mode: str, path: str, shown: str) -> None:
    broker = Broker(pii=mode)
    exchange = post(broker, b"", path=path, method="GET")
    with contextlib.suppress(Denied):
        broker.call(exchange, answer(b"{}"))
    assert (exchange.recorded_path, exchange.request.path) == (shown, path)


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


#: What clients send whom nobody could blame for it.
USUAL = [
    ("User-Agent", "OpenAI/JS 4.20.1"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36"),
    ("X-Stainless-Package-Version", "1.51.2.3"),
    ("X-Stainless-Runtime-Version", "3.11.2"),
    ("Via", "1.1 vegur, 1.1 varnish (Varnish/6.0.1.2)"),
    ("Anthropic-Version", "2023-06-01"),
    ("OpenAI-Organization", "org-AbCdEfGhIjKlMnOpQrStUvWx"),
    ("Idempotency-Key", "stainless-python-retry-3f8a1b2c-4d5e-6f70-8192-a3b4c5d6e7f8"),
    ("Session_id", "0198d2b4-1a5e-7d30-8192-a3b4c5d6e7f8"),
    ("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("X-Amz-Date", "20261123T071605Z"),
    ("If-None-Match", 'W/"67ab43-1732345678901"'),
    ("Range", "bytes=2125550123-2135550123"),
    ("Cookie", "__cf_bm=4Jg0Xq2vO8s_6.cW7c2lQm3Vn8w5xgU-1732345678-1.0.1.1-abcDEF; _ga=GA1.2.1234567890.1732345678"),
    ("Authorization", "Bearer " + "sk-" + "proj-abcdefghijklmnopqrstuvwxyz0123456789"),
    (
        "Authorization",
        "Bearer " + ".".join(base64.b64encode(part).decode() for part in (b'{"a":1}', b'{"upn":"j@corp.test"}')),
    ),
    ("X-Api-Key", "akios-placeholder-2125550123"),
]


@pytest.mark.parametrize(("name", "value"), USUAL)
def test_fields_that_clients_send_stay_as_they_are(name: str, value: str) -> None:
    broker = Broker(pii=Pii("redact_before_inference", GROUPS["all"]))
    exchange = post(broker, chat("hi"), headers=[(name, value)])
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.request.header(name) == value
    assert exchange.findings == {}


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        ("Cookie", "theme=dark; mail=jane%40corp.test", "theme=dark; mail=[EMAIL_1]"),
        (
            "User-Agent",
            "agent/1.2.3.4 (for jane@corp.test at 81.2.69.160)",
            "agent/1.2.3.4 (for [EMAIL_1] at [IP_ADDRESS_1])",
        ),
        ("Referer", "https://crm.corp/?q=jane@corp.test", "https://crm.corp/?q=[EMAIL_1]"),
        ("X-Customer-Name", "Ottoline Ferrars", "[PERSON_NAME_1]"),
        ("Accept-Language", "en, jane@corp.test", "en, [EMAIL_1]"),
        ("Idempotency-Key", "jane@corp.test", "[EMAIL_1]"),
        ("Traceparent", "212-555-0123", "[PHONE_1]"),
    ],
)
def test_what_a_field_holds_is_replaced(name: str, value: str, want: str) -> None:
    broker = Broker(pii=Pii("redact_before_inference", (*ALL_FIELDS, "ip_address", "person_name")))
    exchange = post(broker, chat("hi"), headers=[(name, value)])
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.request.header(name) == want


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-212-555-0123", "yes"),
        ("Authorization", "Bearer jane@corp.test"),
        ("Authorization", "Basic " + base64.b64encode(b"jane@corp.test:some-token-of-this-host").decode()),
        ("X-Api-Key", "123-45-6789"),
    ],
)
def test_what_cannot_be_replaced_in_a_field_is_refused(name: str, value: str) -> None:
    broker = Broker(pii="redact_before_inference")
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, chat("hi"), headers=[(name, value)]), answer(completion(1, 1)))
    assert denied.value.verdict.code == "pii_in_header"
    assert value not in denied.value.verdict.reason


def test_a_type_that_holds_something_is_refused() -> None:
    broker = Broker(pii="redact_before_inference")
    kind = [("Content-Type", "multipart/form-data; boundary=212-555-0123")]
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, b"--212-555-0123--", path="/v1/files", headers=kind), answer(b"{}"))
    assert denied.value.verdict.code == "pii_in_header"


PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90)).decode()
PDF = base64.b64encode(b"%PDF-1.7 (jane@corp.test)").decode()
SOUND = base64.b64encode(b"\xff\xfb\x90" + bytes(50)).decode()


def part(**fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": [fields]}]}


UNREAD = [
    (part(type="image_url", image_url={"url": f"data:image/png;base64,{PIXEL}"}), "image/png"),
    (part(type="image_url", image_url={"url": "https://pictures.test/1.png"}), "image at an address"),
    (part(type="file", file={"file_data": f"data:application/pdf;base64,{PDF}"}), "application/pdf"),
    (part(type="file", file={"file_data": PDF}), "application/pdf"),
    (part(type="input_audio", input_audio={"data": SOUND, "format": "mp3"}), "audio/mp3"),
    (part(type="text", text=PIXEL), "image/png"),
]


@pytest.mark.parametrize(("document", "kind"), UNREAD)
def test_what_cannot_be_looked_into_is_refused_with_the_line_that_would_let_it_pass(document: Any, kind: str) -> None:
    broker = Broker(pii="redact_before_inference")
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, document), answer(completion(1, 1)))
    assert denied.value.verdict.code == "pii_unreadable"
    assert f"1 {kind}, " in denied.value.verdict.reason
    assert "`unreadable: pass`" in denied.value.verdict.reason


@pytest.mark.parametrize(
    "pii", [Pii("redact_before_inference", ALL_FIELDS, unreadable="pass"), Pii("observe", ALL_FIELDS)]
)
@pytest.mark.parametrize(("document", "kind"), UNREAD)
def test_or_it_passes_and_is_counted_by_its_type(document: Any, kind: str, pii: Pii) -> None:
    broker = Broker(pii=pii)
    exchange = post(broker, document)
    broker.call(exchange, answer(completion(1, 1)))
    assert json.loads(exchange.request.body or b"") == document
    assert exchange.unread == {kind: 1}


def test_what_a_provider_keeps_was_read_when_it_came_there() -> None:
    broker = Broker(pii="redact_before_inference")
    exchange = post(broker, part(type="file", file={"file_id": "file-abc123"}))
    broker.call(exchange, answer(completion(1, 1)))
    assert exchange.unread == {}


@pytest.mark.parametrize(
    ("offered", "left"), [("br, gzip;q=1.0, zstd", "gzip"), ("br", "identity"), ("gzip", "gzip"), (None, None)]
)
@pytest.mark.parametrize("mode", ["redact_before_inference", "observe"])
def test_no_coding_is_offered_in_which_an_answer_could_not_be_recorded(
    mode: str, offered: str | None, left: str | None
) -> None:
    broker = Broker(pii=Pii(mode, ALL_FIELDS))
    headers = [("Accept-Encoding", offered)] if offered else []
    exchange = post(broker, b"", host="crm.corp", path="/notes", method="GET", headers=headers)
    broker.call(exchange, answer(b"ok"))
    assert exchange.request.header("accept-encoding") == left


@pytest.mark.parametrize("kind", ["application/octet-stream", "image/png", "application/pdf", ""])
def test_an_upload_that_cannot_be_looked_into_is_refused_whatever_it_is_called(kind: str) -> None:
    broker = Broker(pii="redact_before_inference")
    head = 'Content-Disposition: form-data; name="file"; filename="a.txt"' + (
        f"\r\nContent-Type: {kind}" if kind else ""
    )
    body = b"--cut\r\n" + head.encode() + b"\r\n\r\n%PDF-1.7 (x)\r\n--cut--\r\n"
    headers = [("Content-Type", "multipart/form-data; boundary=cut")]
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, body, path="/v1/files", headers=headers), answer(b"{}"))
    assert denied.value.verdict.code == "pii_unreadable"


LISTS = "[" + "[]," * MAX_CONTAINERS + "0]"


@pytest.mark.parametrize("mode", ["redact_before_inference", "observe"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (LISTS, "application/json"),
        (LISTS, "text/plain"),
        (f"a={LISTS}", "application/x-www-form-urlencoded"),
        (f"{LISTS}\n{{}}", "application/x-ndjson"),
        (json.dumps({"arguments": LISTS}), "application/json"),
        (f'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n{LISTS}\r\n--cut--\r\n', PARTS),
    ],
    ids=["json", "text", "form", "lines", "string", "part"],
)
def test_json_that_would_take_a_gigabyte_is_refused_wherever_it_stands(body: str, kind: str, mode: str) -> None:
    broker = Broker(pii=Pii(mode, ALL_FIELDS, scope=("egress",)))
    exchange = post(broker, body.encode(), host="crm.corp", path="/notes", headers=[("Content-Type", kind)])
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(b"ok"))
    assert denied.value.verdict.code == "pii_unredactable"
    assert "more than 500,000 objects and lists" in denied.value.verdict.reason


@pytest.mark.parametrize(
    ("offered", "left"),
    [("br, gzip;q=1.0, zstd", "gzip"), ("br", "identity"), ("*", "gzip, deflate"), (None, "identity")],
)
def test_no_coding_is_offered_that_could_not_be_undone(offered: str | None, left: str) -> None:
    broker = Broker(pii=Pii("redact_before_inference", ALL_FIELDS, scope=("responses",)))
    headers = [("Accept-Encoding", offered)] if offered else []
    exchange = post(broker, b"", host="crm.corp", path="/notes", method="GET", headers=headers)
    broker.call(exchange, answer(b"ok"))
    assert exchange.request.header("accept-encoding") == left


@pytest.mark.parametrize("mode", ["redact_before_inference", "block", "observe"])
def test_what_a_segment_of_an_address_holds_in_base64_is_not_on_record(mode: str) -> None:
    broker = Broker(pii=mode)
    segment = base64.urlsafe_b64encode(b"jane.doe@corp.test").decode().rstrip("=")
    exchange = post(broker, b"", path=f"/v1/{segment}/files", method="GET")
    with contextlib.suppress(Denied):
        broker.call(exchange, answer(b"{}"))
    assert segment not in exchange.recorded_path
    assert exchange.recorded_path.endswith("/files")
    assert post(broker, b"", path="/v1/no-mail-is-in-this/files", method="GET").recorded_path == (
        "/v1/no-mail-is-in-this/files"
    )
