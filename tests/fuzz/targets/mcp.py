"""Requests of MCP clients and answers of MCP servers: header lines, a blank line, the body.

Whatever a lenient reader of JSON takes for a tool call is seen as one, or is unreadable. What was read is what is sent,
also with other arguments, and the list of tools loses the hidden ones and no others.
"""

from __future__ import annotations

import json
from typing import Any

from akios_jail.providers import mcp, mcp_answers
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from tests.fuzz.words import has_words

TOKENS = (
    *(b'"jsonrpc":"2.0"', b'"method":"tools/call"', b'"params":{"name":"f","arguments":{"a":1}}', b'"id":1'),
    *(b'"Method"', b'"method":"tools/list"', b"Mcp-Method: tools/call\n", b"Mcp-Name: f\n", b"Mcp-Param-A: 1\n"),
    *(b"=?base64?MQ==?=", b"Content-Type: application/json; charset=utf-16\n", b"\\u006d", b"\xff\xfe", b"/*"),
    *(b'"tools":[{"name":"f"}]',),
)
_CHANGED: dict[str, Any] = {"changed": True}


def fuzz(data: bytes) -> None:
    """Read a message."""
    head, _, body = data.partition(b"\n\n")
    lines = [line.partition(b":") for line in head.split(b"\n") if b":" in line]
    headers = [(name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in lines]
    _answer(body)
    try:
        asked = mcp.read(headers, body)
    except Unreadable as error:
        has_words(error)
        return
    lenient = _lenient(body)
    if asked is None or not asked.calls:
        assert not any(message.get("method") == "tools/call" for message in lenient)
        return
    again = mcp.read(headers, mcp.body(asked))
    assert again == asked
    called = [message for message in _lenient(mcp.body(asked)) if message.get("method") == "tools/call"]
    assert [message["params"]["name"] for message in called] == [call.name for call in asked.calls]
    refused = json.loads(mcp.refusal(asked, "no"))
    assert isinstance(refused, list) == asked.batch
    for call in asked.calls:
        try:
            changed = mcp.changed_headers(headers, call, _CHANGED)
        except Unreadable:
            changed = None
        read = mcp.read([], mcp.change(asked, call, _CHANGED))
        assert read is not None
        assert next(each for each in read.calls if each.id == call.id).arguments == _CHANGED
        if changed is not None and len(asked.calls) == 1:
            mcp.read(changed, mcp.body(asked))


def _lenient(body: bytes) -> list[dict[str, Any]]:
    """The messages as Python's own reader has them, to which the last of two equal keys counts."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [each for each in (document if isinstance(document, list) else [document]) if isinstance(each, dict)]


def _answer(body: bytes) -> None:
    """The same bytes as an answer with a list of tools."""
    try:
        shown = mcp_answers.whole(body, lambda name: name != "hidden")
        event = mcp_answers.event(Event(data=body.decode("utf-8", "replace")), lambda name: name != "hidden")
    except Unreadable:
        return
    for text in (shown, (event.data or "").encode()):
        for message in _lenient(text):
            result = message.get("result")
            tools = result.get("tools") if isinstance(result, dict) else None
            for tool in tools if isinstance(tools, list) else ():
                assert not isinstance(tool, dict) or tool.get("name") != "hidden"
    assert shown is body or b"hidden" in body or b"\\" in body
