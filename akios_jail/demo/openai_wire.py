"""OpenAI's chat completions on the wire, whole and streamed.

The shapes follow the public API reference (platform.openai.com "Chat completions" and "Streaming"), including the
parts that trip governors up: usage only in a last chunk and only when asked for, several choices that all cost, the
arguments of tool calls in pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from akios_jail.demo.answer import CREATED, Answer, Question, Result, text_of
from akios_jail.demo.local_server import Request


class OpenAIChat:
    """`POST /v1/chat/completions`."""

    provider = "openai"
    hosts: tuple[str, ...] = ("api.openai.com",)
    stream_type = "text/event-stream; charset=utf-8"

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or not request.target.partition("?")[0].endswith("/chat/completions"):
            return None
        document = json.loads(request.body)
        messages = document["messages"]
        limit = document.get("max_completion_tokens") or document.get("max_tokens")
        number = document.get("n")
        return Question(
            model=str(document["model"]),
            stream=document.get("stream") is True,
            document=document,
            said=messages,
            last_user_text=last_user_text(messages),
            results=_results(messages),
            tools=tuple(tool["function"]["name"] for tool in document.get("tools") or ()),
            max_output=limit if isinstance(limit, int) else None,
            choices=number if isinstance(number, int) and number > 0 else 1,
        )

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        calls = [_call(answer, index) for index in range(len(answer.calls))]
        content = answer.text or (None if calls else "")
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        message |= {"tool_calls": calls} if calls else {"annotations": []}
        choices = [
            {"index": index, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
            for index in range(question.choices)
        ]
        told = {"usage": _usage(question, answer)} if answer.tells_usage else {}
        return {**_base(question, answer, "chat.completion"), "choices": choices, **told}

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        """Chunks, a usage chunk if `stream_options.include_usage` asks for it, then `[DONE]`."""
        asked = (question.document.get("stream_options") or {}).get("include_usage") is True and answer.tells_usage
        base = _base(question, answer, "chat.completion.chunk")

        def chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
            return event({**base, "choices": choices, **({"usage": usage} if asked else {})})

        def delta(index: int, change: dict[str, Any], finish: str | None = None) -> bytes:
            return chunk([{"index": index, "delta": change, "logprobs": None, "finish_reason": finish}])

        every = range(question.choices)
        for index in every:
            yield delta(index, {"role": "assistant", "content": "", "refusal": None})
        for piece in answer.pieces() if answer.text else ():
            for index in every:
                yield delta(index, {"content": piece})
        for number in range(len(answer.calls)):
            call = _call(answer, number)
            arguments = call["function"].pop("arguments")
            for index in every:
                opened = {**call, "function": {**call["function"], "arguments": ""}}
                yield delta(index, {"tool_calls": [{"index": number, **opened}]})
                for piece in answer.pieces(arguments):
                    yield delta(index, {"tool_calls": [{"index": number, "function": {"arguments": piece}}]})
        for index in every:
            yield delta(index, {}, _finish(answer))
        if asked:
            yield chunk([], _usage(question, answer))
        yield b"data: [DONE]\n\n"

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def last_user_text(messages: object) -> str:
    """The text of the last user message; "" if there is none."""
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("role") == "user":
            return text_of(message.get("content"))
    return ""


def event(document: dict[str, Any], name: str = "") -> bytes:
    """A server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document, separators=(',', ':'))}\n\n".encode()


def _results(messages: list[dict[str, Any]]) -> tuple[Result, ...]:
    found: list[Result] = []
    for message in reversed(messages):
        if message.get("role") == "assistant":
            break
        if message.get("role") == "tool":
            found.insert(0, Result(str(message.get("tool_call_id")), text_of(message.get("content"))))
    return tuple(found)


def _call(answer: Answer, index: int) -> dict[str, Any]:
    name, arguments, call_id = answer.calls[index]
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": call_id or f"call_{answer.number:06d}_{index}", "type": "function", "function": function}


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "length" if answer.cut_short else "stop"


def _base(question: Question, answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{answer.number:012d}",
        "object": kind,
        "created": CREATED,
        "model": question.model,
        "service_tier": "default",
        "system_fingerprint": "fp_local",
    }


def _usage(question: Question, answer: Answer) -> dict[str, Any]:
    output = answer.output_tokens * question.choices
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": output,
        "total_tokens": answer.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
