"""MCP over HTTP: what a JSON-RPC request asks a tool server to do, and how it is refused or changed.

As in the Model Context Protocol's specification, revisions 2024-11-05 to 2026-07-28 ("Transports", "Tools"): every
message of a client is a POST with one JSON-RPC 2.0 object (or, in 2025-03-26 and before, a batch), on whatever host and
path. So a request is recognised by what it says, never by where it goes or what its Content-Type claims. Servers differ
in how leniently they read; whatever any of them could take for `tools/call` and is not plainly one is `Unreadable`.

Calls cost nothing here; they are read so that they can be judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from akios_jail.providers import fields, mcp_headers, strictjson
from akios_jail.providers.neutral import ToolCall
from akios_jail.providers.strictjson import Unreadable

Headers = Sequence[tuple[str, str]]

#: More calls in one batch than this are refused.
MAX_BATCH = 100

_CALL = "tools/call"
_LIST = "tools/list"
#: The first word of every method of the protocol, or all of it.
_METHODS = frozenset(
    (
        "initialize",
        "ping",
        "completion",
        "elicitation",
        "logging",
        "notifications",
        "prompts",
        "resources",
        "roots",
        "sampling",
        "server",
        "subscriptions",
        "tasks",
        "tools",
    )
)
_MESSAGE_KEYS = frozenset(("jsonrpc", "id", "method", "params"))
_PARAMS_KEYS = frozenset(("name", "arguments", "task", "_meta"))
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: What a body without escapes holds if it is a request.
_WORDS = (b"jsonrpc", b"tools/")
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
#: JSON-RPC's error code for what the implementation defines: a refusal where a result cannot carry it.
_REFUSED = -32000


class McpRequest(NamedTuple):
    """One HTTP request of an MCP client. `messages`: its JSON-RPC messages; `batch`: they came as an array.

    `calls`: the tools that it calls, in order; `ToolCall.id` is the message's id as JSON text. `lists`: it asks for the
    list of tools.
    """

    messages: list[dict[str, Any]]
    batch: bool
    calls: tuple[ToolCall, ...]
    lists: bool


def may_be(first: bytes) -> bool:
    """Whether a body that begins with these bytes (four at least, if there are so many) can be a request of MCP.

    For bodies that are too large to be looked at whole: an archive or an image is not JSON. A slash may begin a
    comment, which some readers of JSON skip.
    """
    return first.startswith(_BOMS) or b"\0" in first[:4] or first.lstrip()[:1] in (b"{", b"[", b"/", b"")


def says_json(headers: Headers) -> bool:
    """Whether the Content-Type says that the body is JSON, in whatever encoding."""
    return any(name.lower() == "content-type" and "json" in value.lower() for name, value in headers)


def read(headers: Headers, body: bytes) -> McpRequest | None:
    """What the request says, or None if it is not MCP. `Unreadable` for what might be a tool call to some server."""
    declared = mcp_headers.declared(headers)
    mcp_headers.refuse_charset(headers)
    messages, batch = _parsed(body)
    calls = [message for message in messages if _is_call(message)]
    if not calls:
        if declared.method is not None and declared.method.strip().casefold() == _CALL:
            raise Unreadable("its Mcp-Method says tools/call and its body does not")
        if not any(_is_mcp(message) for message in messages):
            return None
    if len(calls) > MAX_BATCH:
        raise Unreadable(f"it calls more than {MAX_BATCH} tools at once")
    asked = tuple(_call(message) for message in calls)
    if len({call.id for call in asked}) != len(asked):
        raise Unreadable("two of its tool calls have the same id")
    if calls and batch and declared.method is not None:
        raise Unreadable("its Mcp-Method names one method and its body is a batch")
    if calls and not batch:
        mcp_headers.agree(declared, _CALL, asked[0].name, asked[0].arguments)
    return McpRequest(messages, batch, asked, any(message.get("method") == _LIST for message in messages))


def refusal(request: McpRequest, reason: str) -> bytes:
    """The answer in place of the server's, as JSON, status 200: a tool result that says why nothing was done.

    Nothing of the request was sent: what else is in a batch is told so too.
    """
    answers = [_refused(message, reason) for message in request.messages if message.get("id") is not None]
    return strictjson.dumps(answers if request.batch else answers[0])


def change(request: McpRequest, call: ToolCall, arguments: Any) -> bytes:
    """The request's body with other arguments for one of its calls. The headers that mirror arguments are
    `changed_headers`' matter."""
    for message in request.messages:
        if _is_call(message) and _id(message) == call.id:
            message["params"]["arguments"] = arguments
    return body(request)


def changed_headers(headers: Headers, call: ToolCall, arguments: Any) -> list[tuple[str, str]]:
    """The request's headers once this call's arguments are replaced by these. `Unreadable` if one mirrors an argument
    and it cannot be told which."""
    return mcp_headers.changed(headers, call.arguments, arguments)


def body(request: McpRequest) -> bytes:
    """The request written again from what was read."""
    return strictjson.dumps(request.messages if request.batch else request.messages[0])


def names_call(message: dict[str, Any]) -> bool:
    """Whether a server might take this for a tool call, however lenient it is about names."""
    return any(
        key.strip().casefold() == "method" and isinstance(value, str) and _CALL in value.casefold()
        for key, value in message.items()
    )


def _parsed(body: bytes) -> tuple[list[dict[str, Any]], bool]:
    """The messages, none if this cannot be MCP."""
    if not body.strip() or not may_be(body):
        return [], False
    plain = body.lower()
    if not any(word in plain for word in (*_WORDS, b"\\", b"\0")):
        return [], False
    try:
        document = strictjson.loads(body)
    except Unreadable as error:
        if _might_be_call(body):
            raise Unreadable(f"it may be a tool call, and {error}") from None
        return [], False
    if isinstance(document, dict):
        return [document], False
    if not isinstance(document, list):
        return [], False
    messages = [item for item in document if isinstance(item, dict)]
    if len(messages) != len(document) and any(map(names_call, _objects(document))):
        raise Unreadable("its batch holds something else than messages")
    return messages, True


def _is_mcp(message: dict[str, Any]) -> bool:
    method = message.get("method")
    return message.get("jsonrpc") == "2.0" and isinstance(method, str) and method.partition("/")[0] in _METHODS


def _is_call(message: dict[str, Any]) -> bool:
    """Whether this is a tool call. `Unreadable` for what only a lenient server takes for one."""
    if message.get("method") == _CALL:
        return True
    if names_call(message):
        raise Unreadable("its method may be taken for tools/call")
    return False


def _call(message: dict[str, Any]) -> ToolCall:
    fields.no_lookalikes(message, _MESSAGE_KEYS)
    params = message.get("params")
    if message.get("jsonrpc") != "2.0" or not isinstance(params, dict):
        raise Unreadable("its tool call is not JSON-RPC 2.0 with params")
    fields.no_lookalikes(params, _PARAMS_KEYS)
    arguments = params.get("arguments")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise Unreadable("the arguments of its tool call are not an object")
    return ToolCall(_id(message), fields.text(params, "name"), arguments)


def _id(message: dict[str, Any]) -> str:
    number = message.get("id")
    if not isinstance(number, str) and type(number) is not int:
        raise Unreadable("its tool call has no id, so that it could not be answered")
    return json.dumps(number)


def _refused(message: dict[str, Any], reason: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    params = message.get("params")
    if message.get("method") != _CALL or not isinstance(params, dict) or "task" in params:
        return {**answer, "error": {"code": _REFUSED, "message": reason}}
    content = [{"type": "text", "text": reason}]
    return {**answer, "result": {"content": content, "isError": True, "resultType": "complete"}}


def _objects(value: list[Any]) -> Iterator[dict[str, Any]]:
    """The objects of an array and of the arrays in it."""
    for item in value:
        if isinstance(item, dict):
            yield item
        elif isinstance(item, list):
            yield from _objects(item)


def _might_be_call(body: bytes) -> bool:
    """Whether what is no strict JSON names the method in any way in which a lenient reader would find it."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        text = body.decode(encoding, "ignore")
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\\", "").casefold()
        if _CALL in text:
            return True
    return False
