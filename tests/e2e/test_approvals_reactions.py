"""What an agent can do with a person's no, in each of the three places, and what comes of clients that try again."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.clients import RESOURCES
from tests.e2e.conftest import Akios, eventually
from tests.e2e.test_approvals import REFUND, WHY, approvals, finish, govern, waiting
from tests.e2e.test_clients_mcp import CLIENT, HOST
from tests.servers.mcp_site import McpSite

pytestmark = pytest.mark.root

#: Two turns of an agent's loop as its SDK's guide has it.
LOOP = """
import json
from openai import OpenAI
client, said = OpenAI(api_key="none"), []
messages = [{"role": "user", "content": "Refund order 4821"}]
tools = [{"type": "function", "function": {"name": "issue_refund", "parameters": {"type": "object"}}}]
for _ in range(2):
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools).choices[0]
    messages.append(answer.message.model_dump(exclude_none=True))
    said.append([answer.finish_reason, answer.message.content, len(answer.message.tool_calls or [])])
    messages.append({"role": "user", "content": "Is there another way?"})
print(json.dumps(said))
"""

#: A client that gives up after two seconds and tries again, and then does the same once more.
IMPATIENT = """
import json, urllib.request
def post(seconds):
    body = json.dumps({"amount": 5000}).encode()
    request = urllib.request.Request("https://pay.test/v1/refunds", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as error:
        return [error.code, json.load(error)]
    except TimeoutError:
        return [0, None]
print(json.dumps([post(2), post(20), post(20), post(20)]))
"""


def test_a_loop_over_an_sdk_goes_on_after_a_no_and_nobody_is_asked_the_same_twice(akios: Akios) -> None:
    govern(akios)
    akios.upstream.behaviour = Behaviour(text="Let me see.", calls=(REFUND,), output_tokens=9)
    akios.file("agent.py", LOOP)
    process = akios.start("agent.py", options=["--python", sys.executable])
    (asked,) = eventually(lambda: waiting(akios))
    approvals(akios, "deny", asked["id"], "--note", "call the customer first")
    run = finish(akios, process)
    first, second = run.said
    assert [first[0], first[2], second[0], second[2]] == ["stop", 0, "stop", 0]
    assert f"{WHY}; a person denied it: call the customer first" in first[1]
    assert f"a person has denied this in this session, as {asked['id']}: call the customer first" in second[1]
    assert akios.upstream.saw("a person denied it: call the customer first")  # the model itself was told
    assert run.report["approvals"] == {"requested": 1, "denied": 1}
    assert run.report["tools"] == {"issue_refund": {"deny": 2}}


def test_an_mcp_client_gets_a_result_that_says_what_the_person_said(akios: Akios) -> None:
    rule = {"tool": "issue_*", "action": "require_approval", "timeout": "60s", "reason": WHY}
    allowed = {"host": HOST, "methods": ["GET", "POST", "DELETE"]}
    akios.policy({"network_access": {"allowlist": [allowed]}, "tools": [rule]}, resources=RESOURCES)
    with McpSite(streams=False) as mcp, ThreadPoolExecutor(1) as pool:
        akios.upstream.sites[HOST] = mcp.site
        running = pool.submit(CLIENT.run, akios, "legacy")
        (asked,) = eventually(lambda: waiting(akios), seconds=40)
        assert asked["where"] == f"to the MCP server {HOST}"
        approvals(akios, "deny", asked["id"], "--note", "not today")
        said: Any = running.result(60).said
    assert said["issue_credit"] == {"failed": True, "text": f"{WHY}; a person denied it: not today"}
    assert "issue_credit" not in [name for name, _ in mcp.done]
    assert said["send_report"]["failed"] is False


def test_a_client_that_gives_up_and_tries_again_does_it_once_and_the_person_is_told(akios: Akios) -> None:
    served: list[bytes] = []
    lock = threading.Lock()

    def pay(request: Request) -> Response:
        with lock:
            served.append(request.body)
        return json_response({"refunded": True})

    akios.upstream.sites["pay.test"] = pay
    http = {"hosts": ["pay.test"], "methods": ["POST"]}
    network = {"allowlist": [{"host": "pay.test", "methods": ["POST"]}]}
    rule = {"http": http, "action": "require_approval", "timeout": "15s", "reason": WHY}
    akios.policy({"network_access": network, "tools": [rule]})
    akios.file("agent.py", IMPATIENT)
    process: subprocess.Popen[bytes] = akios.start("agent.py", options=["--python", sys.executable])

    def next_after(known: set[str]) -> dict[str, Any]:
        return eventually(lambda: next((each for each in waiting(akios) if each["id"] not in known), None))

    left = next_after(set())
    again = next_after({left["id"]})
    assert "nobody waits" in approvals(akios, "approve", left["id"], expect=1)
    assert again["history"] == "the very same was asked once and got no answer in time"
    assert "before     the very same was asked once" in approvals(akios, "approve", again["id"])
    third = next_after({left["id"], again["id"]})
    assert third["history"].startswith("the very same was approved once in this session; ")
    approvals(akios, "deny", third["id"])
    run = finish(akios, process)
    assert [status for status, _ in run.said] == [0, 200, 403, 403]
    assert [answer["error"]["code"] for _, answer in run.said[2:]] == ["approval_denied", "approval_denied_before"]
    assert len(served) == 1
    decided = [record["decision"] for record in run.audit if record["type"] == "approval.decided"]
    assert decided == ["withdrawn", "approve", "deny"]
