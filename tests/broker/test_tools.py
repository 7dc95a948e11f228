"""Rules over tools and requests through the whole broker: what upstream gets, and how a refusal is counted."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.demo.certificates import Authority
from akios_jail.policy.plans import ToolRule
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Upstream, request
from tests.broker.stages.ruled import rule

pytestmark = pytest.mark.root

HOST = "tools.test"


class World:
    """A broker with rules, and the one host that it lets be called."""

    def __init__(self, broker: Broker, upstream: Upstream) -> None:
        self.broker = broker
        self.upstream = upstream

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Answer:
        with self.broker.tls(HOST) as sock:
            sock.sendall(request("POST", path, HOST, body, f"Content-Type: {kind}"))
            return Reader(sock).answer()


@contextlib.contextmanager
def world(folder: Path, *rules: ToolRule, **admitted: Any) -> Iterator[World]:
    authority = Authority()
    upstream = Upstream(authority, HOST)
    plan, egress = harness.plans(harness.rule(1, HOST, **admitted))
    options = {"connect_to": [[HOST, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
    try:
        with harness.opened(folder, plan._replace(tools=rules), egress, **options) as broker:
            yield World(broker, upstream)
    finally:
        upstream.close()


def test_a_refused_call_of_an_mcp_tool_is_one_denial(tmp_path: Path) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop_table", "arguments": {}}}
    with world(tmp_path, rule(1, "drop_*", reason="Nothing is dropped")) as held:
        answer = held.post("/mcp", json.dumps(call).encode())
        assert json.loads(answer.body)["result"]["isError"] is True
        report = held.broker.end()
    assert report["verdicts"] == {"allow": 0, "deny": 1, "modify": 0}
    (denial,) = report["denials"]
    assert (denial["code"], denial["reason"]) == ("tool_denied", "Nothing is dropped")
    assert denial["what"] == f"drop_table to the MCP server {HOST}"
    assert report["tools"] == {"drop_table": {"deny": 1}}


FORM = "application/x-www-form-urlencoded"
REFUNDS = rule(
    1, hosts=(HOST,), methods=("POST",), paths=("/v1/refunds",), action="deny", reason="Too much",
    when="int(request.body.amount) > 1000", when_needs_body=True,
)  # fmt: skip


def test_a_form_that_a_rule_asks_about_is_sent_as_it_was_read(tmp_path: Path) -> None:
    with world(tmp_path, REFUNDS) as held:
        sent = [
            b"amount=500&metadata[order]=7",
            b"amount=500;amount=1500000",
            b"amount=1500000",
            b"amount=5&Amount=1500000",
        ]
        statuses = [held.post("/v1/refunds", body, FORM).status for body in sent]
        assert statuses == [200, 403, 403, 403]
        assert [seen.body for seen in held.upstream.seen] == [b"amount=500&metadata%5Border%5D=7"]
        told = json.loads(held.post("/v1/refunds", b"amount=ten", FORM).body)["error"]
        assert told["message"] == (
            "the condition of tool rule 1 (line 1) has no answer for this request: the text is no int"
        )


def test_json_that_a_rule_asks_about_is_sent_as_json_by_name(tmp_path: Path) -> None:
    """Without a Content-Type some servers take it for a form, in which the amount is another."""
    body = b'{"amount": 5, "x": "&amount=1500000&"}'
    with world(tmp_path, REFUNDS) as held:
        with held.broker.tls(HOST) as sock:
            sock.sendall(request("POST", "/v1/refunds", HOST, body))
            assert Reader(sock).answer().status == 200
        assert held.post("/v1/refunds", body, FORM).status == 403
    (seen,) = held.upstream.seen
    assert dict(seen.headers)["Content-Type"] == "application/json"
    assert seen.body == body


def test_a_form_does_not_ask_for_a_method_that_no_rule_allows(tmp_path: Path) -> None:
    with world(tmp_path, methods=("GET", "POST")) as held:
        refused = held.post("/v1/customers/1", b"a=1&_method=delete", FORM)
        assert (refused.status, json.loads(refused.body)["error"]["code"]) == (403, "override_refused")
        assert held.post("/v1/customers/1", b"a=1&method=delete", FORM).status == 200
    assert [seen.body for seen in held.upstream.seen] == [b"a=1&method=delete"]


def test_the_allowlist_does_not_let_a_look_alike_of_its_conditions_pass(tmp_path: Path) -> None:
    with world(tmp_path, when="request.body.amount <= 1000", when_needs_body=True) as held:
        refused = held.post("/v1/refunds", b'{"amount": 5, "Amount": 1500000}')
        assert (refused.status, json.loads(refused.body)["error"]["code"]) == (403, "argument_ambiguous")
        assert held.post("/v1/refunds", b'{"amount": 5}').status == 200
