"""Answers of models in which a tool call hides: in unusual fields, in streams that tell it in odd ways, in bodies that
two readers take differently. Some client reads each of them as a call of `delete_everything` for `victim-7`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

OPENAI, ANTHROPIC, GOOGLE, BEDROCK = (
    "api.openai.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
    "bedrock-runtime.us-east-1.amazonaws.com",
)
ASK = [{"role": "user", "content": "hi"}]
CHAT = (OPENAI, "/v1/chat/completions", {"model": "gpt-4o", "messages": ASK})
RESPONSES = (OPENAI, "/v1/responses", {"model": "gpt-5", "input": "hi"})
MESSAGES = (ANTHROPIC, "/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 99, "messages": ASK})
GENERATE = (GOOGLE, "/v1beta/models/gemini-2.5-flash:generateContent", {"contents": [{"parts": [{"text": "hi"}]}]})
CONVERSE = (BEDROCK, "/model/anthropic.claude-3-haiku/converse", {"messages": [{"role": "user", "content": []}]})

NAME, VICTIM = "delete_everything", "victim-7"
WORDS = json.dumps({"of": VICTIM})
FUNCTION: dict[str, Any] = {"name": NAME, "arguments": WORDS}
CALL: dict[str, Any] = {"id": "a", "type": "function", "function": FUNCTION}
_IN_PIECES = ("arguments", "partial_json")
EVENTS, WHOLE = "text/event-stream", "application/json"


class Answer(NamedTuple):
    """What the model says, and to which question."""

    asked: tuple[str, str, dict[str, Any] | None]
    body: bytes
    kind: str = WHOLE
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


def chat(*messages: dict[str, Any], **how: Any) -> Answer:
    """A whole answer with a choice for each of these messages."""
    choices = [
        {"index": place, "message": {"role": "assistant", "content": None, **each}, "finish_reason": "tool_calls"}
        for place, each in enumerate(messages)
    ]
    head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return Answer(CHAT, json.dumps({**head, "choices": choices}).encode(), **how)


def called(**function: Any) -> Answer:
    """A call as it should be, but for this."""
    return chat({"tool_calls": [{**CALL, "function": {**FUNCTION, **function}}]})


def rewritten(old: str, new: str, **how: Any) -> Answer:
    """A call as it should be, but for the bytes of it."""
    body = chat({"tool_calls": [CALL]}).body
    assert old.encode() in body, old
    return Answer(CHAT, body.replace(old.encode(), new.encode()), **how)


def chunks(*deltas: dict[str, Any], key: str = "delta", finish: str = "tool_calls") -> list[dict[str, Any]]:
    """A stream's documents."""
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    last: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": finish}
    told = [{**head, "choices": [{"index": 0, key: delta, "finish_reason": None}]} for delta in deltas]
    return [*told, {**head, "choices": [last]}]


def part(index: int = 0, **function: str) -> dict[str, Any]:
    """A piece of a call."""
    known = {"id": "a", "type": "function"} if "name" in function else {}
    return {"tool_calls": [{"index": index, **known, "function": function}]}


def told(documents: Iterable[Any], line: str = "data: %s\n\n", end: str = "data: [DONE]\n\n", **how: Any) -> Answer:
    """A stream of these documents, spelled so."""
    body = "".join(line % json.dumps(each) for each in documents) + end
    host, path, document = CHAT
    return Answer((host, path, {**document, "stream": True}), body.encode(), EVENTS, **how)


ONE = chunks(part(**FUNCTION))
LATE = chunks(part(name="look", arguments="{}"), finish="stop")
PLAIN = json.dumps(ONE[0])

CHATS = {
    "a call": chat({"tool_calls": [CALL]}),
    "a call of old (function_call)": chat({"function_call": FUNCTION}),
    "a call of old beside one that may be": chat(
        {"function_call": FUNCTION, "tool_calls": [{**CALL, "function": {"name": "look", "arguments": "{}"}}]}
    ),
    "a custom tool": chat({"tool_calls": [{"id": "a", "type": "custom", "custom": {"name": NAME, "input": VICTIM}}]}),
    "a call without a type": chat({"tool_calls": [{"id": "a", "function": FUNCTION}]}),
    "a call of another type": chat({"tool_calls": [{**CALL, "type": "own"}]}),
    "the second choice": chat({"content": "no"}, {"tool_calls": [CALL]}),
    "a name in capitals": called(name=NAME.upper()),
    "a name with a character without width": called(name="delete\u200b_everything"),
    "a name in another script": called(name="d\u0435lete_everything"),
    "a name in wide letters": called(name="\uff44elete_everything"),
    "a name with white space": called(name=f" {NAME}\n"),
    "a name in escapes": rewritten(NAME, "\\u0064elete_everything"),
    "a name that stands twice": rewritten('"name": ', '"name": "look", "name": '),
    "a name that stands twice, the other way round": rewritten(f'"{NAME}"', f'"{NAME}", "name": "look"'),
    "arguments that stand twice": rewritten('"arguments": ', '"arguments": "{}", "arguments": '),
    "calls that stand twice": rewritten('"tool_calls": ', '"tool_calls": [], "tool_calls": '),
    "choices that stand twice": rewritten('"choices": ', '"choices": [], "choices": '),
    "a key in capitals": rewritten('"tool_calls"', '"Tool_Calls"'),
    "a key in escapes": rewritten('"tool_calls"', '"tool\\u005fcalls"'),
    "arguments as an object": called(arguments={"of": VICTIM}),
    "arguments that are no JSON": called(arguments=f"of {VICTIM}"),
    "arguments in a string in a string": called(arguments=json.dumps(WORDS)),
    "arguments with a key that stands twice": called(arguments=f'{{"of": "nobody", "of": "{VICTIM}"}}'),
    "calls as an object": chat({"tool_calls": {"0": CALL}}),
    "a body as plain text": rewritten('"created"', '"created"', kind="text/plain"),
    "a body of no type": rewritten('"created"', '"created"', kind=""),
    "a body behind a mark of byte order": Answer(CHAT, b"\xef\xbb\xbf" + chat({"tool_calls": [CALL]}).body),
    "a body in UTF-16": Answer(
        CHAT, chat({"tool_calls": [CALL]}).body.decode().encode("utf-16"), f"{WHOLE}; charset=utf-16"
    ),
    "a body in a coding": Answer(
        CHAT, gzip.compress(chat({"tool_calls": [CALL]}).body), headers=(("Content-Encoding", "gzip"),)
    ),
    "two documents": rewritten('{"id": "c1"', '{"choices": []}\n{"id": "c1"'),
    "a document behind a text": rewritten('{"id": "c1"', ')]}\'\n{"id": "c1"'),
    "a status of partial content": chat({"tool_calls": [CALL]}, status=206),
    "a status of something made": chat({"tool_calls": [CALL]}, status=201),
    "a status of an error": chat({"tool_calls": [CALL]}, status=400),
    "a status of an error of the server's": chat({"tool_calls": [CALL]}, status=500),
    "a status of another place": chat({"tool_calls": [CALL]}, status=302),
    "a status that nobody knows": chat({"tool_calls": [CALL]}, status=299),
}
STREAMS = {
    "a streamed call": told(ONE),
    "a streamed call of old": told(chunks({"function_call": FUNCTION}, finish="function_call")),
    "a name in pieces": told(chunks(part(name="delete_"), part(name="everything"), part(arguments=WORDS))),
    "a name behind its arguments": told(chunks(part(arguments=WORDS), part(name=NAME))),
    "a second name of one call": told(chunks(part(name="look"), part(arguments=WORDS), part(name=NAME))),
    "a call without a number": told(chunks({"tool_calls": [CALL]})),
    "a call with a number as text": told(chunks({"tool_calls": [{**CALL, "index": "0"}]})),
    "a call with a negative number": told(chunks({"tool_calls": [{**CALL, "index": -1}]})),
    "a call behind the end of its choice": told([*LATE, *ONE]),
    "a call behind the end of the stream": told(LATE, end=f"data: [DONE]\n\ndata: {PLAIN}\n\n"),
    "a message in the place of a piece": told(chunks({"role": "assistant", "tool_calls": [CALL]}, key="message")),
    "lines that end as a typewriter's": told(ONE, line="data: %s\r\r"),
    "lines that end in both": told(ONE, line="data: %s\r\n\r\n"),
    "data without a blank": told(ONE, line="data:%s\n\n"),
    "data in many lines": told([], end=f"data: {PLAIN}\n\n".replace(", ", ",\ndata: ")),
    "data behind a mark of byte order": told([], end=f"\ufeffdata: {PLAIN}\n\n"),
    "data of an event of its own": told(ONE, line="event: own\ndata: %s\n\n"),
    "data of an event that is an error": told(ONE, line="event: error\ndata: %s\n\n"),
    "arguments that no piece begins": told(chunks(part(name=NAME), *(part(arguments=each) for each in WORDS))),
    "a stream that says it is whole": told(ONE)._replace(kind=WHOLE),
    "a stream of lines": told(ONE, line="%s\n", end="")._replace(kind="application/x-ndjson"),
}


def responded(**item: Any) -> Answer:
    """A whole answer of the other API."""
    document = {"id": "r1", "object": "response", "model": "gpt-5", "status": "completed", "output": [item]}
    return Answer(RESPONSES, json.dumps(document).encode())


def response_events(*events: dict[str, Any]) -> Answer:
    """A stream of the other API."""
    body = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)
    host, path, document = RESPONSES
    return Answer((host, path, {**document, "stream": True}), body.encode(), EVENTS)


ITEM = {"type": "function_call", "id": "f", "call_id": "a", "status": "completed", **FUNCTION}
SOFT = {**ITEM, "name": "look", "arguments": "{}"}
SHELL = {"id": "s", "call_id": "a", "status": "completed", "action": {"type": "exec", "command": ["rm", VICTIM]}}
CREATED = {"type": "response.created", "response": {"id": "r1", "object": "response", "model": "gpt-5", "output": []}}


def ended(*items: dict[str, Any]) -> dict[str, Any]:
    """The event with the whole answer."""
    response = {"id": "r1", "object": "response", "model": "gpt-5", "status": "completed", "output": [*items]}
    return {"type": "response.completed", "response": response}


OTHERS = {
    "an item (function_call)": responded(**ITEM),
    "an item (custom_tool_call)": responded(
        type="custom_tool_call", id="f", call_id="a", name=NAME, input=VICTIM, status="completed"
    ),
    "an item with a key in capitals": responded(
        **{"Type" if key == "type" else key: each for key, each in ITEM.items()}
    ),
    "an item (local_shell_call)": responded(type="local_shell_call", **SHELL),
    "an item (shell_call)": responded(type="shell_call", **SHELL),
    "an item (computer_call)": responded(
        type="computer_call", id="c", call_id="a", action={"type": "type", "text": VICTIM}, pending_safety_checks=[]
    ),
    "an item (apply_patch_call)": responded(
        type="apply_patch_call", id="p", call_id="a", operation={"type": "delete_file", "path": VICTIM}
    ),
    "an item that asks for approval (mcp_approval_request)": responded(
        type="mcp_approval_request", id="m", name=NAME, arguments=WORDS, server_label="s"
    ),
    "an item that was never begun, at the end": response_events(CREATED, ended(ITEM)),
    "an item with another name at its end": response_events(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": {**SOFT, "status": "in_progress"}},
        {"type": "response.output_item.done", "output_index": 0, "item": ITEM},
        ended(ITEM),
    ),
    "arguments that are others at the end": response_events(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": {**ITEM, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "item_id": "f", "output_index": 0, "delta": "{}"},
        {"type": "response.function_call_arguments.done", "item_id": "f", "output_index": 0, "arguments": WORDS},
        ended({**ITEM, "arguments": "{}"}),
    ),
}


def message(*content: dict[str, Any]) -> Answer:
    """A whole answer of Anthropic's."""
    head = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "tool_use"}
    usage = {"input_tokens": 1, "output_tokens": 1}
    return Answer(MESSAGES, json.dumps({**head, "content": content, "usage": usage}).encode())


def message_events(*blocks: Iterable[dict[str, Any]], begun: tuple[dict[str, Any], ...] = ()) -> Answer:
    """A stream of Anthropic's. `blocks`: the events of each block."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [*begun]}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {**head, "usage": usage}}]
    for place, block in enumerate(blocks):
        events += [{**each, "index": place} for each in block]
        events.append({"type": "content_block_stop", "index": place})
    events += [
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    body = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)
    host, path, document = MESSAGES
    return Answer((host, path, {**document, "stream": True}), body.encode(), EVENTS)


def begin(**block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "content_block": block}


def written(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": text}}


USE = {"type": "tool_use", "id": "t", "name": NAME, "input": {"of": VICTIM}}
MESSAGE_CALLS = {
    "a block (tool_use)": message(USE),
    "a block of the provider's own (server_tool_use)": message({**USE, "type": "server_tool_use", "id": "srvtoolu_1"}),
    "a block of a server (mcp_tool_use)": message({**USE, "type": "mcp_tool_use", "server_name": "s"}),
    "a block with a key in capitals": message({"Type" if key == "type" else key: each for key, each in USE.items()}),
    "a block with its input in a string": message({**USE, "input": WORDS}),
    "a block that begins complete": message_events([begin(**USE)]),
    "a block that begins complete and is written to": message_events([begin(**USE), written("{}")]),
    "a block in the message's own beginning": message_events(begun=(USE,)),
    "a text that becomes a call": message_events([begin(type="text", text=""), written(WORDS)], [begin(**USE)]),
    "a block that begins twice": message_events(
        [begin(**{**USE, "name": "look", "input": {}}), begin(**{**USE, "input": {}}), written(WORDS)]
    ),
}


def generated(*parts: dict[str, Any]) -> Answer:
    """A whole answer of Google's."""
    content = {"role": "model", "parts": [*parts]}
    return Answer(GENERATE, json.dumps({"candidates": [{"content": content, "finishReason": "STOP"}]}).encode())


def conversed(*content: dict[str, Any]) -> Answer:
    """A whole answer of Bedrock's."""
    output = {"message": {"role": "assistant", "content": [*content]}}
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    return Answer(CONVERSE, json.dumps({"output": output, "stopReason": "tool_use", "usage": usage}).encode())


MORE_PROVIDERS = {
    "a part (functionCall)": generated({"functionCall": {"name": NAME, "args": {"of": VICTIM}}}),
    "a part in the other spelling (function_call)": generated(
        {"function_call": {"name": NAME, "args": {"of": VICTIM}}}
    ),
    "a part with a key in capitals": generated({"FunctionCall": {"name": NAME, "args": {"of": VICTIM}}}),
    "a part beside a text": generated({"text": "no", "functionCall": {"name": NAME, "args": {"of": VICTIM}}}),
    "a part that stands twice": Answer(
        GENERATE,
        generated({"functionCall": {"name": "look", "args": {}}}).body.replace(
            b'"functionCall"',
            b'"functionCall": {"name": "%s", "args": "%s"}, "functionCall"' % (NAME.encode(), b"victim-7"),
        ),
    ),
    "a block of Bedrock's (toolUse)": conversed({"toolUse": {"toolUseId": "t", "name": NAME, "input": {"of": VICTIM}}}),
}

LATER = json.dumps(
    {"id": "r1", "object": "response", "model": "gpt-5", "status": "completed", "output": [ITEM]}
).encode()
RUN = {"id": "run_1", "object": "thread.run", "status": "requires_action"}
RUN["required_action"] = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [CALL]}}


def elsewhere(target: str, body: bytes, document: dict[str, Any] | None = None, host: str = OPENAI) -> Answer:
    """An answer from another place of a provider's."""
    return Answer((host, target, document), body)


OTHER_PLACES = {
    "an answer that is fetched later": elsewhere("/v1/responses/r1", LATER),
    "an answer of a batch": elsewhere(
        "/v1/files/f1/content", b'{"response": {"body": %s}}\n' % chat({"tool_calls": [CALL]}).body
    ),
    "an answer of a batch of Anthropic's": elsewhere(
        "/v1/messages/batches/b1/results",
        json.dumps({"result": {"type": "succeeded", "message": {"content": [USE]}}}).encode(),
        host=ANTHROPIC,
    ),
    "a run of a thread": elsewhere("/v1/threads/t1/runs", json.dumps(RUN).encode(), {"assistant_id": "a"}),
    "a run of a thread, fetched": elsewhere("/v1/threads/t1/runs/run_1", json.dumps(RUN).encode()),
    "a path with a stroke at its end": elsewhere("/v1/chat/completions/", CHATS["a call"].body, CHAT[2]),
    "a path with two strokes": elsewhere("//v1/chat/completions", CHATS["a call"].body, CHAT[2]),
    "a path in capitals": elsewhere("/v1/Chat/Completions", CHATS["a call"].body, CHAT[2]),
    "a path in escapes": elsewhere("/v1/%63hat/completions", CHATS["a call"].body, CHAT[2]),
    "a path with a parameter": elsewhere("/v1/chat/completions;a=b", CHATS["a call"].body, CHAT[2]),
    "a path of another version": elsewhere("/v2/chat/completions", CHATS["a call"].body, CHAT[2]),
}

ALL = {**OTHER_PLACES, **CHATS, **STREAMS, **OTHERS, **MESSAGE_CALLS, **MORE_PROVIDERS}


def heard(data: bytes, coding: str) -> bool:
    """Whether a lenient reader finds the call with its victim in an answer: all texts of all documents in a row."""
    body = gzip.decompress(data) if coding == "gzip" and data[:2] == b"\x1f\x8b" else data
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    texts: list[str] = []
    for line in (text, text.replace("\ndata: ", ""), *text.replace("\r", "\n").split("\n")):
        for document in _documents(line.partition(":")[2] if line[:5].lower() == "data:" else line):
            texts += _strings(document)
    pieces = "".join(piece for name, piece in pairwise(texts) if name in _IN_PIECES)
    return any(VICTIM in each for each in (text, *texts, pieces))


def _documents(line: str) -> list[Any]:
    try:
        return [json.loads(line, object_pairs_hook=lambda pairs: [each for pair in pairs for each in pair])]
    except ValueError:
        return []


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for each in value for text in _strings(each)] if isinstance(value, list) else []
