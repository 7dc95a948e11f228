"""Bedrock's converse and converse-stream on the wire (AWS "Converse", "ConverseStream", "Event stream encoding")."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from akios_jail.demo.answer import Answer, Question, Result, text_of
from akios_jail.demo.local_server import Request
from akios_jail.demo.openai_wire import last_user_text

_PATH = re.compile(r"/model/(?P<model>[^/]+)/(?P<method>converse|converse-stream)")


class BedrockConverse:
    """`POST /model/MODEL/converse` and `/converse-stream`, in one region."""

    provider = "aws"
    hosts = ("bedrock-runtime.us-east-1.amazonaws.com",)
    stream_type = "application/vnd.amazon.eventstream"

    def question(self, request: Request) -> Question | None:
        found = _PATH.fullmatch(request.target.partition("?")[0])
        if request.method != "POST" or found is None:
            return None
        document = json.loads(request.body)
        messages = document["messages"]
        limit = (document.get("inferenceConfig") or {}).get("maxTokens")
        tools = (document.get("toolConfig") or {}).get("tools") or ()
        return Question(
            model=unquote(found["model"]),
            stream=found["method"] == "converse-stream",
            document=document,
            said=messages,
            last_user_text=last_user_text(messages),
            results=_results(messages),
            tools=tuple(tool["toolSpec"]["name"] for tool in tools),
            max_output=limit if isinstance(limit, int) else None,
        )

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        return {
            "output": {"message": {"role": "assistant", "content": _blocks(answer)}},
            "stopReason": _stop(answer),
            **({"usage": _usage(answer)} if answer.tells_usage else {}),
            "metrics": {"latencyMs": 12},
        }

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        yield frame("messageStart", {"role": "assistant"})
        for index, block in enumerate(_blocks(answer)):
            at = {"contentBlockIndex": index}
            if "toolUse" in block:
                opened = {"toolUse": {key: block["toolUse"][key] for key in ("toolUseId", "name")}}
                yield frame("contentBlockStart", {**at, "start": opened})
            for delta in _deltas(block, answer):
                yield frame("contentBlockDelta", {**at, "delta": delta})
            yield frame("contentBlockStop", at)
        yield frame("messageStop", {"stopReason": _stop(answer)})
        if answer.tells_usage:
            yield frame("metadata", {"usage": _usage(answer), "metrics": {"latencyMs": 12}})

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"message": message}


def frame(kind: str, document: dict[str, Any]) -> bytes:
    """One message of an event stream: lengths, their checksum, headers, payload, the checksum of it all."""
    headers = b""
    for name, value in ((":event-type", kind), (":content-type", "application/json"), (":message-type", "event")):
        headers += bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    payload = json.dumps(document).encode()
    prelude = (16 + len(headers) + len(payload)).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    prelude += zlib.crc32(prelude).to_bytes(4, "big")
    message = prelude + headers + payload
    return message + zlib.crc32(message).to_bytes(4, "big")


def _blocks(answer: Answer) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if answer.thinking:
        told = {"text": answer.thinking, "signature": "c2lnbmF0dXJl"}
        blocks.append({"reasoningContent": {"reasoningText": told}})
    if answer.text or not answer.calls:
        blocks.append({"text": answer.text})
    for index, (name, arguments, call_id) in enumerate(answer.calls):
        tool = {"toolUseId": call_id or f"tooluse_{answer.number:06d}_{index}", "name": name, "input": arguments}
        blocks.append({"toolUse": tool})
    return blocks


def _deltas(block: dict[str, Any], answer: Answer) -> Iterator[dict[str, Any]]:
    if "text" in block:
        yield from ({"text": piece} for piece in answer.pieces())
    elif "toolUse" in block:
        pieces = answer.pieces(json.dumps(block["toolUse"]["input"]))
        yield from ({"toolUse": {"input": piece}} for piece in pieces)
    else:
        told = block["reasoningContent"]["reasoningText"]
        yield from ({"reasoningContent": {"text": piece}} for piece in answer.pieces(told["text"]))
        yield {"reasoningContent": {"signature": told["signature"]}}


def _results(messages: list[dict[str, Any]]) -> tuple[Result, ...]:
    last = messages[-1] if messages else {}
    told = [block["toolResult"] for block in last.get("content") or () if "toolResult" in block]
    return tuple(Result(str(one.get("toolUseId")), text_of(one.get("content"))) for one in told)


def _stop(answer: Answer) -> str:
    return "tool_use" if answer.calls else "max_tokens" if answer.cut_short else "end_turn"


def _usage(answer: Answer) -> dict[str, Any]:
    """`inputTokens` is what the cache neither took nor gave."""
    fresh = answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens
    return {
        "inputTokens": fresh,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens,
        "cacheReadInputTokens": answer.cached_tokens,
        "cacheWriteInputTokens": answer.cache_write_tokens,
    }
