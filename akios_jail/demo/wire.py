"""What a model provider puts on the wire: OpenAI chat completions and Anthropic messages, whole and streamed.

Pure functions from a request's JSON to an answer's bytes. The shapes follow the providers' public API references
(platform.openai.com "Chat completions" and "Streaming"; docs.anthropic.com "Messages" and "Streaming messages"),
including the parts that trip governors up: usage only in a last chunk and only when asked for, usage split over the
first and the last event, `ping` events, several choices that all cost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

CREATED = 1_700_000_000


class Answer(NamedTuple):
    """One deterministic completion: its text, what it costs, and in how many pieces a stream brings it."""

    text: str
    input_tokens: int
    output_tokens: int  # of one choice
    chunks: int = 4
    number: int = 1  # the how-manieth answer of the server: makes the ids

    def pieces(self) -> list[str]:
        """The text in at most `chunks` pieces of about equal length."""
        size = max(1, -(-len(self.text) // max(1, self.chunks)))
        return [self.text[at : at + size] for at in range(0, len(self.text), size)] or [""]


def tokens_of(text: str) -> int:
    """A usual estimate: four characters a token, at least one."""
    return max(1, len(text) // 4)


def last_user_text(document: dict[str, Any]) -> str:
    """The text of the last user message, whether it is a string or a list of parts; "" if there is none."""
    for message in reversed(document.get("messages") or []):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, str):
                return content
            if isinstance(content, list):
                return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def openai_json(document: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """A `chat.completion`. With `n` choices each one costs its output tokens."""
    choices = _choices(document)
    return {
        "id": f"chatcmpl-{answer.number:012d}",
        "object": "chat.completion",
        "created": CREATED,
        "model": document.get("model", "gpt-4o-mini"),
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
            for index in range(choices)
        ],
        "usage": openai_usage(document, answer),
        "service_tier": "default",
        "system_fingerprint": "fp_local",
    }


def openai_usage(document: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """The `usage` object of a chat completion."""
    output = answer.output_tokens * _choices(document)
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": output,
        "total_tokens": answer.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def openai_stream(document: dict[str, Any], answer: Answer) -> Iterator[bytes]:
    """`chat.completion.chunk` events, a usage chunk if `stream_options.include_usage` asks for it, then `[DONE]`."""
    asked = (document.get("stream_options") or {}).get("include_usage") is True
    base = {
        "id": f"chatcmpl-{answer.number:012d}",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": document.get("model", "gpt-4o-mini"),
        "service_tier": "default",
        "system_fingerprint": "fp_local",
    }

    def chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        return _event({**base, "choices": choices, **({"usage": usage} if asked else {})})

    def delta(index: int, change: dict[str, Any], finish: str | None = None) -> bytes:
        return chunk([{"index": index, "delta": change, "logprobs": None, "finish_reason": finish}])

    every = range(_choices(document))
    for index in every:
        yield delta(index, {"role": "assistant", "content": "", "refusal": None})
    for piece in answer.pieces():
        for index in every:
            yield delta(index, {"content": piece})
    for index in every:
        yield delta(index, {}, "stop")
    if asked:
        yield chunk([], openai_usage(document, answer))
    yield b"data: [DONE]\n\n"


def anthropic_json(document: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """A `message`."""
    return {
        "id": f"msg_{answer.number:012d}",
        "type": "message",
        "role": "assistant",
        "model": document.get("model", "claude-3-5-haiku-latest"),
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": anthropic_usage(answer, answer.output_tokens),
    }


def anthropic_usage(answer: Answer, output_tokens: int) -> dict[str, Any]:
    """The `usage` object of a message."""
    return {
        "input_tokens": answer.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def anthropic_stream(document: dict[str, Any], answer: Answer) -> Iterator[bytes]:
    """message_start (input tokens), content blocks, message_delta (the final count of output tokens), message_stop."""
    started = {**anthropic_json(document, answer), "content": [], "stop_reason": None}
    started["usage"] = anthropic_usage(answer, 1)
    yield _event({"type": "message_start", "message": started}, "message_start")
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield _event(block, "content_block_start")
    yield _event({"type": "ping"}, "ping")
    for piece in answer.pieces():
        change = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
        yield _event(change, "content_block_delta")
    yield _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": answer.output_tokens},
    }
    yield _event(end, "message_delta")
    yield _event({"type": "message_stop"}, "message_stop")


def _choices(document: dict[str, Any]) -> int:
    number = document.get("n")
    return number if isinstance(number, int) and number > 0 else 1


def _event(document: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document, separators=(',', ':'))}\n\n".encode()
