"""An MCP client, unmodified, reaches tools over streamable HTTP through the jail: both generations of the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.clients import RESOURCES, Client
from tests.e2e.conftest import Akios, Run
from tests.servers.mcp_site import McpSite

pytestmark = pytest.mark.root

HOST = "tools.example.com"
CLIENT = Client("mcp", "mcp_client.py", HOST, words=(f"https://{HOST}/mcp",))
every_mode = pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])


@pytest.fixture(params=[False, True], ids=["json", "events"])
def tools(request: pytest.FixtureRequest, akios: Akios) -> Iterator[McpSite]:
    with McpSite(streams=request.param) as mcp:
        akios.upstream.sites[HOST] = mcp.site
        yield mcp


def run(akios: Akios, mode: str, **governance: Any) -> Run:
    allowed = {"host": HOST, "methods": ["GET", "POST", "DELETE"]}
    akios.policy({"network_access": {"allowlist": [allowed]}, **governance}, resources=RESOURCES)
    finished = CLIENT.run(akios, mode)
    assert finished.status == 0, str(finished)
    assert finished.said["tools"] == ["get_order", "issue_credit", "send_report"], str(finished)
    return finished


@every_mode
def test_tools_are_listed_and_called(akios: Akios, tools: McpSite, mode: str) -> None:
    said = run(akios, mode).said
    assert said["issue_credit"] == {"failed": False, "text": "credited 15000.0 to Ada"}
    assert [name for name, _ in tools.done] == ["get_order", "issue_credit", "send_report"]


@every_mode
def test_a_rule_refuses_one_tool_and_clamps_another(akios: Akios, tools: McpSite, mode: str) -> None:
    rules = [
        {
            "tool": "issue_*",
            "when": f"args.amount_usd > 100.0 && tool.server == '{HOST}'",
            "action": "deny",
            "reason": "Credits above 100 dollars are a person's decision",
        },
        {"tool": "send_report", "action": "modify", "modify": {"limit": {"max": 100, "min": 1}}},
    ]
    finished = run(akios, mode, tools=rules)
    said = finished.said
    assert said["issue_credit"]["failed"] is True
    assert "a person's decision" in said["issue_credit"]["text"]
    assert said["get_order"]["failed"] is False
    assert tools.done == [("get_order", {"order_id": "4821"}), ("send_report", {"to": "finance", "limit": 100})]
    assert not akios.upstream.saw("15000", host=HOST)
    assert any("issue_credit" in str(record) for record in finished.audit)
