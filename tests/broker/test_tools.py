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
