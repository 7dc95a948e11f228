"""Anthropic's messages on the wire, whole and streamed.

The shapes follow the public API reference (docs.anthropic.com "Messages" and "Streaming messages"), including the
parts that trip governors up: usage told in the first and in the last event, input that the cache took or gave apart
from the rest, `ping` events, thinking with a signature, several tools in one turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from akios_jail.demo.answer import Answer, Question, Result, text_of
from akios_jail.demo.local_server import Request
from akios_jail.demo.openai_wire import event, last_user_text


class AnthropicMessages:
    """`POST /v1/messages`, and `/v1/messages/count_tokens`."""

    provider = "anthropic"
    hosts: tuple[str, ...] = ("api.anthropic.com",)
    stream_type = "text/event-stream; charset=utf-8"

    def question(self, request: Request) -> Question | None:
        path = request.target.partition("?")[0]
        counting = path.endswith("/v1/messages/count_tokens")
        if request.method != "POST" or not (counting or path.endswith("/v1/messages")):
            return None
        document = json.loads(request.body)
        messages = document["messages"]
        limit = document.get("max_tokens")
        return Question(
            model=str(document["model"]),
            stream=document.get("stream") is True,
            document=document,
            said=messages,
            last_user_text=last_user_text(messages),
            results=_results(messages),
            tools=tuple(tool["name"] for tool in document.get("tools") or ()),
            max_output=limit if isinstance(limit, int) else None,
            billed=not counting,
        )

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        if not question.billed:
            return {"input_tokens": answer.input_tokens}
        return {
            "id": f"msg_{answer.number:012d}",
            "type": "message",
            "role": "assistant",
            "model": question.model,
            "content": _blocks(answer),
            "stop_reason": _stop(answer),
            "stop_sequence": None,
            **({"usage": _usage(answer, answer.output_tokens)} if answer.tells_usage else {}),
        }

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        """message_start (input tokens), content blocks, message_delta (the final count of output), message_stop."""
        started = {**self.whole(question, answer), "content": [], "stop_reason": None}
        started["usage"] = _usage(answer, 1)
        yield event({"type": "message_start", "message": started}, "message_start")
        for index, block in enumerate(_blocks(answer)):
            empty, deltas = _in_pieces(block, answer)
            opened = {"type": "content_block_start", "index": index, "content_block": empty}
            yield event(opened, "content_block_start")
            if index == 0:
                yield event({"type": "ping"}, "ping")
            for delta in deltas:
                change = {"type": "content_block_delta", "index": index, "delta": delta}
                yield event(change, "content_block_delta")
            yield event({"type": "content_block_stop", "index": index}, "content_block_stop")
        end: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": _stop(answer), "stop_sequence": None}}
        if answer.tells_usage:
            end["usage"] = _counts(answer, answer.output_tokens)
        yield event(end, "message_delta")
        yield event({"type": "message_stop"}, "message_stop")

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}}


def _blocks(answer: Answer) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if answer.thinking:
        blocks.append({"type": "thinking", "thinking": answer.thinking, "signature": f"c2ln{answer.number:04d}"})
    if answer.text or not answer.calls:
        blocks.append({"type": "text", "text": answer.text})
    for index, (name, arguments, call_id) in enumerate(answer.calls):
        block_id = call_id or f"toolu_{answer.number:06d}_{index}"
        blocks.append({"type": "tool_use", "id": block_id, "name": name, "input": arguments})
    return blocks


def _in_pieces(block: dict[str, Any], answer: Answer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block as its stream opens it, and the changes that fill it."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in answer.pieces()]
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in answer.pieces(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {**block, "thinking": "", "signature": ""}, deltas
    pieces = ["", *answer.pieces(json.dumps(block["input"]))]
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _results(messages: list[dict[str, Any]]) -> tuple[Result, ...]:
    last = messages[-1] if messages else {}
    if last.get("role") != "user" or not isinstance(last.get("content"), list):
        return ()
    blocks = [block for block in last["content"] if isinstance(block, dict) and block.get("type") == "tool_result"]
    return tuple(Result(str(block.get("tool_use_id")), text_of(block.get("content"))) for block in blocks)


def _stop(answer: Answer) -> str:
    return "tool_use" if answer.calls else "max_tokens" if answer.cut_short else "end_turn"


def _usage(answer: Answer, output_tokens: int) -> dict[str, Any]:
    return {**_counts(answer, output_tokens), "service_tier": "standard"}


def _counts(answer: Answer, output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens,
        "cache_creation_input_tokens": answer.cache_write_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "output_tokens": output_tokens,
    }
