"""What an agent asks for itself, over HTTP or of an MCP server, is judged before anything of it goes on."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Request
from akios_jail.broker.outcome import Denied
from akios_jail.policy.plans import Change
from tests.broker.stages.calls import answer, chat, post
from tests.broker.stages.ruled import Ruled, rule

OK = answer(b'{"ok": true}')
STRIPE: dict[str, Any] = {"hosts": ("api.stripe.com",), "methods": ("POST",), "paths": ("/v1/refunds",)}
LIMIT = Change(("amount",), 1.0, 1000.0, None)


def session(folder: Path, *rules: Any) -> Ruled:
    return Ruled(folder, *rules)


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Ruled]:
    """Large refunds are a person's decision, payouts are bounded, charges denied, deletions end it; so with MCP."""
    opened = Ruled(
        tmp_path,
        rule(1, **STRIPE, action="require_approval", when="request.body.amount > 1000", when_needs_body=True),
        rule(2, hosts=("api.stripe.com",), paths=("/v1/payouts",), action="modify", changes=(LIMIT,)),
        rule(3, hosts=("api.stripe.com",), paths=("/v1/charges/**",), action="deny", reason="No charges"),
        rule(4, methods=("DELETE",), action="terminate"),
        rule(5, "issue_refund", "require_approval", reason="A person decides"),
        rule(6, "pay", "modify", changes=(LIMIT,)),
        rule(7, "drop_*", "deny", reason="Nothing is dropped"),
        rule(8, "web_search", "allow"),
    )
    yield opened
    opened.close()


def request(
    ruled: Ruled,
    path: str = "/v1/refunds",
    body: Any = None,
    method: str = "POST",
    host: str = "api.stripe.com",
    **more: Any,
) -> Exchange:
    return post(ruled, {} if body is None else body, host=host, path=path, method=method, **more)  # type: ignore[arg-type]


def sent(ruled: Ruled, exchange: Exchange) -> Any:
    """The document that goes upstream."""
    ruled.call(exchange, OK)
    return json.loads(exchange.request.body or b"null")


def test_what_no_rule_speaks_of_passes_untouched(ruled: Ruled) -> None:
    exchange = request(ruled, "/v1/customers", b"name=x", headers=[("Content-Type", "text/plain")])
    ruled.call(exchange, OK)
    assert exchange.request.body is None
    assert exchange.verdicts == []
    assert sent(ruled, request(ruled, body={"amount": 5})) == {"amount": 5}


def test_a_denied_request_is_refused_with_the_rules_own_words(ruled: Ruled) -> None:
    denied = ruled.refused(request(ruled, "/v1/charges/ch_1"), OK)
    assert (denied.status, denied.verdict.code, denied.verdict.reason) == (403, "tool_denied", "No charges")


def test_a_bounded_request_is_sent_within_its_bounds(ruled: Ruled) -> None:
    exchange = request(ruled, "/v1/payouts", {"amount": 15_000_00, "to": "x"})
    assert sent(ruled, exchange) == {"amount": 1000, "to": "x"}
    assert exchange.verdicts[-1].decision == "modify"
    denied = ruled.refused(request(ruled, "/v1/payouts", {"amount": "lots"}), OK)
    assert denied.verdict.code == "tool_unclampable"


def test_a_rule_can_end_the_session(ruled: Ruled) -> None:
    denied = ruled.refused(request(ruled, "/v1/customers/1", method="DELETE"), OK)
    assert denied.verdict.code == "tool_terminated"
    assert ("end", "tool_terminated") in [(kind, fields.get("code")) for kind, fields in ruled.told]


@pytest.mark.parametrize("approve", [True, False])
def test_a_person_decides_on_a_request_and_sees_all_of_it(ruled: Ruled, approve: bool) -> None:
    headers = [("Authorization", "Bearer sk_live_secret"), ("Stripe-Account", "acct_1")]
    exchange = request(ruled, body={"amount": 15_000_00}, headers=headers, query="expand=all")

    async def run() -> bytes:
        running = asyncio.create_task(ruled.run(exchange, OK))
        (entry,) = await ruled.waiting()
        assert entry.action.name == "POST https://api.stripe.com:443/v1/refunds?expand=all"
        assert entry.action.content["body"] in ({"amount": 15_000_00}, '{"amount": 1500000}')
        assert "sk_live_secret" not in entry.action.canonical()
        assert ["Stripe-Account", "acct_1"] in entry.action.content["headers"]
        await ruled.decide(entry, approve)
        return await running

    if approve:
        assert asyncio.run(run()) == b'{"ok": true}'
        assert exchange.verdicts[-1].code == "approved"
        return
    with pytest.raises(Denied) as denied:
        asyncio.run(run())
    assert denied.value.verdict.code == "approval_denied"


def test_a_person_sees_the_fields_of_a_form_as_they_are_sent(tmp_path: Path) -> None:
    ruled = Ruled(tmp_path, rule(1, **STRIPE, action="require_approval"))
    body = b"amount=1500000;amount=5&metadata[order]=7"
    exchange = request(ruled, body=body, headers=[("Content-Type", "application/x-www-form-urlencoded")])

    async def run() -> bytes:
        running = asyncio.create_task(ruled.run(exchange, OK))
        (entry,) = await ruled.waiting()
        assert entry.action.content["body"] == {"form": [["amount", "1500000;amount=5"], ["metadata[order]", "7"]]}
        await ruled.decide(entry, True)
        return await running

    assert asyncio.run(run()) == b'{"ok": true}'
    assert dict(exchange.request.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    assert exchange.request.body == b"amount=1500000%3Bamount%3D5&metadata%5Border%5D=7"
    ruled.close()


def test_json_that_a_person_sees_is_sent_as_json_by_name(tmp_path: Path) -> None:
    ruled = Ruled(tmp_path, rule(1, **STRIPE, action="require_approval"))
    exchange = request(ruled, body=b'{"amount": 5, "x": "&amount=1500000&"}', headers=[])

    async def run() -> bytes:
        running = asyncio.create_task(ruled.run(exchange, OK))
        (entry,) = await ruled.waiting()
        assert ["Content-Type", "application/json"] in entry.action.content["headers"]
        await ruled.decide(entry, True)
        return await running

    assert asyncio.run(run()) == b'{"ok": true}'
    assert dict(exchange.request.headers)["Content-Type"] == "application/json"
    ruled.close()


def test_a_body_that_cannot_be_shown_whole_is_not_asked_about(tmp_path: Path) -> None:
    ruled = Ruled(tmp_path, rule(1, **STRIPE, action="require_approval"))
    denied = ruled.refused(request(ruled, body=b"x" * 300_000), OK)
    assert denied.verdict.code in ("body_too_large", "approval_too_large")
    ruled.close()


def rpc(name: str, arguments: Any, id: Any = 1, **more: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params, **more}


def mcp(ruled: Ruled, document: Any, **more: Any) -> Exchange:
    return request(ruled, "/mcp", document, host="tools.test", **more)


def test_a_denied_tool_is_answered_as_the_protocol_answers(ruled: Ruled) -> None:
    denied = ruled.refused(mcp(ruled, rpc("drop_table", {"table": "users"}, "abc")), OK)
    assert denied.status == 200
    reply = json.loads(denied.instead or b"")
    assert (reply["jsonrpc"], reply["id"], reply["result"]["isError"]) == ("2.0", "abc", True)
    assert reply["result"]["content"][0]["text"] == "Nothing is dropped"
    record = ruled.records("verdict")[0]
    assert (record["tool"], record["server"], record["decision"]) == ("drop_table", "tools.test", "deny")
    assert ruled.session.tally.tools == {"drop_table": {"deny": 1}}


def test_a_bounded_tool_is_called_within_its_bounds(ruled: Ruled) -> None:
    asked = rpc("pay", {"amount": 5000, "to": "x"}, _meta={"kept": [1]})
    assert sent(ruled, mcp(ruled, asked)) == rpc("pay", {"amount": 1000, "to": "x"}, _meta={"kept": [1]})


def test_every_call_of_a_batch_is_judged(ruled: Ruled) -> None:
    batch = [rpc("look", {}, 1), rpc("pay", {"amount": 2000}, 2)]
    assert sent(ruled, mcp(ruled, batch)) == [rpc("look", {}, 1), rpc("pay", {"amount": 1000}, 2)]
    denied = ruled.refused(mcp(ruled, [rpc("look", {}, 1), rpc("drop_x", {}, 2)]), OK)
    assert [reply["id"] for reply in json.loads(denied.instead or b"")] == [1, 2]


def test_a_person_decides_on_a_tool_of_a_server(ruled: Ruled) -> None:
    async def run() -> bytes:
        running = asyncio.create_task(ruled.run(mcp(ruled, rpc("issue_refund", {"usd": 1})), OK))
        (entry,) = await ruled.waiting()
        assert entry.action.where == "to the MCP server tools.test"
        await ruled.decide(entry, True)
        return await running

    assert asyncio.run(run()) == b'{"ok": true}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "look", "name": "drop_x"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "Method": "ping", "params": {"name": "drop_x"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "drop_x", "arguments": [1]}}',
        b'{"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "drop_x"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools\\/call", "params": {"name": "drop_x"}}',
    ],
)
def test_what_may_be_a_call_and_is_not_plainly_one_is_refused(ruled: Ruled, body: bytes) -> None:
    denied = ruled.refused(mcp(ruled, body), OK)
    assert denied.verdict.code in ("tool_call_unreadable", "tool_refused")


def test_other_requests_of_mcp_and_other_json_pass(ruled: Ruled) -> None:
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert sent(ruled, mcp(ruled, listing)) == listing
    assert sent(ruled, mcp(ruled, {"method": "call"})) == {"method": "call"}


def test_an_upload_is_not_held_back(ruled: Ruled) -> None:
    begun: list[bytes] = []

    async def upload() -> AsyncIterator[bytes]:
        for piece in (b"PK", b"\x03\x04", b"zip", b"x" * 1000):
            begun.append(piece)
            yield piece

    exchange = Exchange(ruled.session, "req", "files.test", 443, "https", Request("PUT", "/f", "", [], upload(), None))

    async def run() -> bytes:
        async def upstream(exchange: Exchange) -> Any:
            assert exchange.request.body is None
            assert len(begun) < 4
            body = b"".join([piece async for piece in exchange.request.stream])
            assert body == b"PK\x03\x04zip" + b"x" * 1000
            return await OK(exchange)

        return await ruled.run(exchange, upstream)

    assert asyncio.run(run()) == b'{"ok": true}'


def test_a_provider_that_runs_tools_itself_is_refused_unless_a_rule_allows_the_tool(ruled: Ruled) -> None:
    tools = [{"type": "mcp", "server_label": "stripe", "server_url": "https://mcp.test"}]
    document = {"model": "gpt-4o", "input": "hi", "tools": tools}
    denied = ruled.refused(request(ruled, "/v1/responses", document, host="api.openai.com"), OK)
    assert denied.verdict.code == "provider_tool"


def test_the_tools_that_a_model_is_offered_are_no_calls(ruled: Ruled) -> None:
    function = {"name": "drop_table", "parameters": {"type": "object"}}
    exchange = request(
        ruled,
        "/v1/chat/completions",
        chat(tools=[{"type": "function", "function": function}]),
        host="api.openai.com",
    )
    body = json.dumps({"choices": []}).encode()
    assert ruled.call(exchange, answer(body)) == body


def test_json_in_an_encoding_of_its_own_is_refused(ruled: Ruled) -> None:
    body = json.dumps(rpc("drop_x", {})).encode("cp037")
    kind = [("Content-Type", "application/json; charset=ibm037")]
    exchange = post(ruled, body, path="/mcp", host="tools.test", headers=kind)  # type: ignore[arg-type]
    assert ruled.refused(exchange, OK).verdict.code == "tool_call_unreadable"


def test_white_space_before_a_call_hides_nothing(ruled: Ruled) -> None:
    body = b" " * 100_000 + json.dumps(rpc("drop_x", {})).encode()
    exchange = post(ruled, body, path="/mcp", host="tools.test")  # type: ignore[arg-type]
    assert ruled.refused(exchange, OK).verdict.code == "tool_refused"


LISTED = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "drop_table"}, {"name": "pay"}], "nextCursor": "n"}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps(LISTED).encode()),
        ("text/event-stream", b"event: message\ndata: " + json.dumps(LISTED).encode() + b"\n\n"),
    ],
)
def test_tools_that_are_refused_in_any_case_are_not_listed(ruled: Ruled, kind: str, body: bytes) -> None:
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    shown = ruled.call(mcp(ruled, listing), answer(body[:30], body[30:], kind=kind))
    assert json.loads(shown.rpartition(b"data: ")[2])["result"] == {"tools": [{"name": "pay"}], "nextCursor": "n"}
    # What is no answer to that is not looked at, and what cannot be read goes on as it is.
    assert ruled.call(mcp(ruled, {"method": "other"}), answer(body, kind=kind)) == body
    assert ruled.call(mcp(ruled, listing), answer(b"not json")) == b"not json"


def test_a_compressed_request_is_shown_and_sent_plainly(ruled: Ruled) -> None:
    body = gzip.compress(json.dumps({"amount": 5000}).encode())
    exchange = request(ruled, body=body, headers=[("Content-Encoding", "gzip"), ("Content-Type", "application/json")])

    async def run() -> None:
        running = asyncio.create_task(ruled.run(exchange, OK))
        (entry,) = await ruled.waiting()
        assert "5000" in str(entry.action.content["body"])
        await ruled.decide(entry, True)
        await running

    asyncio.run(run())
    assert json.loads(exchange.request.body or b"") == {"amount": 5000}
    assert exchange.request.coding == ""
