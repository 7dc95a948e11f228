"""MCP requests: recognised by what they say, refused well-formed, and never readable in two ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import CallToolResult, JSONRPCResponse
from mcp_types.methods import KNOWN_PROTOCOL_VERSIONS, parse_server_result

from akios_jail.providers import mcp, mcp_answers
from akios_jail.providers.neutral import ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable


def message(method: str = "tools/call", id: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def call(name: str = "issue_refund", id: Any = 1, **arguments: Any) -> dict[str, Any]:
    return message(id=id, name=name, arguments=arguments)


def read(document: Any, *headers: tuple[str, str]) -> mcp.McpRequest | None:
    return mcp.read(headers, document if isinstance(document, bytes) else json.dumps(document).encode())


def calls(document: Any, *headers: tuple[str, str]) -> tuple[ToolCall, ...]:
    request = read(document, *headers)
    assert request is not None
    return request.calls


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (call(amount=5), [ToolCall("1", "issue_refund", {"amount": 5})]),
        (call(id="a", amount=5), [ToolCall('"a"', "issue_refund", {"amount": 5})]),
        (message(name="t"), [ToolCall("1", "t", {})]),
        (message(name="t", arguments=None), [ToolCall("1", "t", {})]),
        ([call(id=1), message("ping", 2), call("b", 3)], [ToolCall("1", "issue_refund", {}), ToolCall("3", "b", {})]),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools\\/c\\u0061ll","params":{"name":"t"}}', [ToolCall("1", "t", {})]),
        (b'{"jsonrpc":"2.0","id":1,"m\\u0065thod":"tools/call","params":{"name":"t"}}', [ToolCall("1", "t", {})]),
        (b' \n{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}', [ToolCall("1", "t", {})]),
    ],
)
def test_tool_calls_are_found(document: Any, expected: list[ToolCall]) -> None:
    assert list(calls(document)) == expected


@pytest.mark.parametrize("method", ["initialize", "tools/list", "ping", "notifications/initialized", "resources/read"])
def test_other_requests_of_the_protocol_call_nothing(method: str) -> None:
    request = read(message(method))
    assert request is not None
    assert (request.calls, request.lists) == ((), method == "tools/list")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"  ",
        b"plain text about tools/call",
        b"--boundary\r\ntools/call",
        b"\x1f\x8b\x08\x00",
        b'"tools/call"',
        b"[]",
        b"[1,2]",
        b"{broken",
        {"question": "what is tools/call?"},
        {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": []},
        {"jsonrpc": "2.0", "id": 1, "result": {"method": "x"}},
        {"method": "POST", "url": "/tools"},
    ],
)
def test_other_requests_are_not_of_the_protocol(document: Any) -> None:
    assert read(document) is None


ONE = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}'


@pytest.mark.parametrize(
    "document",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
        b'{"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":" tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","Name":"u"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","Arguments":{}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["t"]}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":"{}"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
        b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":true,"method":"tools/call","params":{"name":"t"}}',
        b'{"id":1,"method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"x":NaN}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"},}',
        b'{"jsonrpc":"2.0","id":1,/**/"method":"tools\\/call","params":{"name":"t"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/c\\u0061ll","x":01}',
        b"\xef\xbb\xbf" + ONE,
        ONE.decode().encode("utf-16"),
        ONE.decode().encode("utf-16-le"),
        ONE.decode().encode("utf-32-be"),
        ONE + b"\n" + ONE,
        b"[" + ONE + b"," + ONE + b"]",
        b"[" + ONE + b",1]",
        b"[[" + ONE + b"]]",
        b"[" + b",".join(ONE.replace(b'"id":1', f'"id":{index}'.encode()) for index in range(101)) + b"]",
    ],
)
def test_what_some_server_might_take_for_a_tool_call_is_unreadable(document: bytes) -> None:
    with pytest.raises(Unreadable):
        read(document)


@pytest.mark.parametrize(
    "headers",
    [
        [("Mcp-Method", "tools/call"), ("Mcp-Name", "t")],
        [("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?dA==?="), ("Mcp-Param-N", "5"), ("Mcp-Param-D", "x y")],
        [("Mcp-Param-N", "5.0"), ("Mcp-Param-B", "true")],
        [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Session-Id", "s")],
    ],
)
def test_headers_may_repeat_the_body(headers: list[tuple[str, str]]) -> None:
    document = message(name="t", arguments={"n": 5, "deep": {"d": "x y"}, "b": True, "list": ["in"]})
    assert len(calls(document, *headers)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [("Mcp-Method", "tools/list")],
        [("Mcp-Name", "u")],
        [("Mcp-Name", "t"), ("mcp-name", "t")],
        [("Mcp-Name", "=?base64?%?=")],
        [("Mcp-Param-N", "6")],
        [("Mcp-Param-N", "in")],
    ],
)
def test_headers_that_say_something_else_make_it_unreadable(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Unreadable):
        read(message(name="t", arguments={"n": 5, "list": ["in"]}), *headers)


def test_a_header_alone_makes_no_call() -> None:
    with pytest.raises(Unreadable):
        read(b"name=t", ("Mcp-Method", "tools/call"))
    with pytest.raises(Unreadable):
        read([call()], ("Mcp-Method", "tools/call"))


@pytest.mark.parametrize(
    ("kind", "readable"),
    [
        ("application/json", True),
        ("application/json; charset=UTF-8", True),
        ('application/json;charset="utf-8"', True),
        ("application/json; charset=ibm037", False),
        ("application/vnd.api+json; x=y; CHARSET = utf-7", False),
        ("text/html; charset=ibm037", True),
    ],
)
def test_json_in_another_encoding_is_unreadable_whatever_it_says(kind: str, readable: bool) -> None:
    if readable:
        assert mcp.read([("Content-Type", kind)], b"{}") is None
    else:
        with pytest.raises(Unreadable):
            mcp.read([("Content-Type", kind)], '{"method":"tools/call"}'.encode("cp037"))


def test_a_refusal_is_a_tool_result() -> None:
    request = read(call(id="x"))
    assert request is not None
    answer = json.loads(mcp.refusal(request, "Refunds are a person's decision"))
    assert answer["id"] == "x"
    assert answer["result"]["isError"] is True
    assert answer["result"]["content"] == [{"type": "text", "text": "Refunds are a person's decision"}]


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
def test_a_refusal_is_a_tool_result_in_every_revision(version: str) -> None:
    request = read(call())
    assert request is not None
    answer = json.loads(mcp.refusal(request, "no"))
    assert JSONRPCResponse.model_validate(answer).id == 1
    result = parse_server_result("tools/call", version, answer["result"])
    assert isinstance(result, CallToolResult)
    assert (result.is_error, [block.text for block in result.content if block.type == "text"]) == (True, ["no"])


def test_every_request_of_a_refused_batch_is_answered() -> None:
    batch = [call(id=1), message("resources/list", 2), {"jsonrpc": "2.0", "method": "notifications/cancelled"}]
    request = read(batch)
    assert request is not None
    result, error = json.loads(mcp.refusal(request, "no"))
    assert (result["id"], result["result"]["isError"]) == (1, True)
    assert (error["id"], error["error"]) == (2, {"code": -32000, "message": "no"})


def test_a_refused_task_is_an_error_because_its_result_would_be_a_task() -> None:
    request = read(message(name="t", task={"ttl": 1}))
    assert request is not None
    assert json.loads(mcp.refusal(request, "no"))["error"]["message"] == "no"


def test_changed_arguments_leave_all_else_as_it_was() -> None:
    document = [{**call("list", id=1, limit=5000), "later": {"z": 1, "a": 2}}, call("b", id=2, limit=7)]
    request = read(document)
    assert request is not None
    body = mcp.change(request, request.calls[0], {"limit": 100})
    document[0]["params"]["arguments"] = {"limit": 100}
    assert body == json.dumps(document, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("after", "headers"),
    [
        ({"n": 5, "where": "eu"}, [("Mcp-Param-N", "5"), ("Mcp-Param-W", "eu")]),
        ({"n": 100, "where": "é"}, [("Mcp-Param-N", "100"), ("Mcp-Param-W", "=?base64?w6k=?=")]),
        ({"n": 100}, [("Mcp-Param-N", "100")]),
    ],
)
def test_headers_that_mirror_arguments_change_with_them(after: Any, headers: list[tuple[str, str]]) -> None:
    before = [("Accept", "*/*"), ("Mcp-Param-N", "5"), ("Mcp-Param-W", "eu")]
    changed = mcp.changed_headers(before, ToolCall("1", "t", {"n": 5, "where": "eu"}), after)
    assert changed == [("Accept", "*/*"), *headers]


def test_a_header_that_may_mirror_two_arguments_cannot_be_changed() -> None:
    with pytest.raises(Unreadable):
        mcp.changed_headers([("Mcp-Param-N", "5")], ToolCall("1", "t", {"a": 5, "b": 5}), {"a": 5, "b": 4})


LISTED = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a"}, {"name": "b", "x": 1}], "nextCursor": "n"}}


def test_hidden_tools_are_left_out_of_the_list() -> None:
    body = json.dumps(LISTED).encode()
    assert json.loads(mcp_answers.whole(body, "b".__eq__))["result"] == {
        "tools": [{"name": "b", "x": 1}],
        "nextCursor": "n",
    }
    event = mcp_answers.event(Event("message", body.decode(), id="7"), "b".__eq__)
    assert (event.event, event.id, len(json.loads(event.data or "")["result"]["tools"])) == ("message", "7", 1)


@pytest.mark.parametrize("body", [b"", b" ", json.dumps(LISTED).encode(), b"[]", b"1", b'{"result":1}'])
def test_an_answer_without_hidden_tools_stays_as_it_is(body: bytes) -> None:
    assert mcp_answers.whole(body, lambda _: True) is body
    event = Event(data=body.decode())
    assert mcp_answers.event(event, lambda _: True) is event


def test_a_list_that_cannot_be_read_does_not_pass() -> None:
    for body in (b'{"result":{"tools":[{"name":1}]}}', b"not json", b'{"result":{},"result":{}}'):
        with pytest.raises(Unreadable):
            mcp_answers.whole(body, lambda _: True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["2.0", "tools/call", "t", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["jsonrpc", "id", "method", "params", "name", "arguments", "Method"]), inner)
    ),
    max_leaves=12,
)


@given(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
def test_anything_is_a_request_or_none_or_unreadable(body: bytes) -> None:
    try:
        request = mcp.read([], body)
    except Unreadable:
        return
    if request is not None and request.calls:
        json.loads(mcp.refusal(request, "no"))
        assert mcp.read([], mcp.change(request, request.calls[0], {"x": 1})) is not None


@pytest.mark.parametrize(
    ("first", "maybe"),
    [
        (b"{", True),
        (b" [", True),
        (b"{\0", True),
        (b"\xff\xfe{\0", True),
        (b"//", True),
        (b"PK\x03\x04", False),
        (b"abc", False),
    ],
)
def test_a_body_tells_by_its_beginning_whether_it_may_be_one(first: bytes, maybe: bool) -> None:
    assert mcp.may_be(first) is maybe
