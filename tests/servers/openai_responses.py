"""OpenAI's responses and embeddings on the wire (platform.openai.com "Responses", "Streaming events", "Embeddings")."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

from akios_jail.demo.answer import CREATED, Answer, Question, Result, text_of
from akios_jail.demo.local_server import Request
from akios_jail.demo.openai_wire import event, last_user_text


class OpenAIResponses:
    """`POST /v1/responses`."""

    provider = "openai"
    hosts = ("api.openai.com",)
    stream_type = "text/event-stream; charset=utf-8"

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or not request.target.partition("?")[0].endswith("/v1/responses"):
            return None
        document = json.loads(request.body)
        said = document["input"]
        limit = document.get("max_output_tokens")
        return Question(
            model=str(document["model"]),
            stream=document.get("stream") is True,
            document=document,
            said=[document.get("instructions") or "", said],
            last_user_text=said if isinstance(said, str) else last_user_text(said),
            results=_results(said),
            tools=tuple(tool["name"] for tool in document.get("tools") or () if tool.get("type") == "function"),
            max_output=limit if isinstance(limit, int) else None,
        )

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        state = {"reason": "max_output_tokens"} if answer.cut_short else None
        told = {"usage": _usage(answer)} if answer.tells_usage else {"usage": None}
        items = [_item(answer, index) for index in range(_items(answer))]
        return {**_base(question, answer, "incomplete" if state else "completed"), "output": items, **told} | {
            "incomplete_details": state
        }

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        """Every event has a number; the last one carries the whole response and its usage."""
        number = -1

        def say(kind: str, **fields: Any) -> bytes:
            nonlocal number
            number += 1
            return event({"type": kind, "sequence_number": number, **fields}, kind)

        begun = {**_base(question, answer, "in_progress"), "output": [], "usage": None, "incomplete_details": None}
        yield say("response.created", response=begun)
        yield say("response.in_progress", response=begun)
        for index in range(_items(answer)):
            item = _item(answer, index)
            where = {"output_index": index, "item_id": item["id"]}
            yield say("response.output_item.added", output_index=index, item=_begun(item))
            for kind, fields in _changes(item, answer):
                yield say(kind, **where, **fields)
            yield say("response.output_item.done", output_index=index, item=item)
        whole = self.whole(question, answer)
        yield say(f"response.{whole['status']}", response=whole)

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}


class OpenAIEmbeddings:
    """`POST /v1/embeddings`, as lists of numbers or in base64."""

    provider = "openai"
    hosts = ("api.openai.com",)
    stream_type = ""

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or not request.target.partition("?")[0].endswith("/v1/embeddings"):
            return None
        document = json.loads(request.body)
        said = document["input"]
        return Question(str(document["model"]), False, document, said, text_of(said), max_output=0)

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        texts = question.said if isinstance(question.said, list) else [question.said]
        vectors = [[len(text) / 1000, index / 10, 0.5] for index, text in enumerate(texts)]
        if question.document.get("encoding_format") == "base64":
            data: list[Any] = [base64.b64encode(struct.pack("<3f", *vector)).decode() for vector in vectors]
        else:
            data = vectors
        return {
            "object": "list",
            "data": [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(data)],
            "model": question.model,
            "usage": {"prompt_tokens": answer.input_tokens, "total_tokens": answer.input_tokens},
        }

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        raise ValueError("embeddings are not streamed")

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def _results(said: object) -> tuple[Result, ...]:
    items = [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []
    found: list[Result] = []
    for item in reversed(items):
        if item.get("type") != "function_call_output":
            break
        found.insert(0, Result(str(item.get("call_id")), text_of(item.get("output"))))
    return tuple(found)


def _base(question: Question, answer: Answer, status: str) -> dict[str, Any]:
    return {
        "id": f"resp_{answer.number:012d}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "model": question.model,
        "instructions": question.document.get("instructions"),
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": question.document.get("tools") or [],
        "top_p": 1.0,
        "service_tier": "default",
    }


def _items(answer: Answer) -> int:
    return bool(answer.thinking) + bool(answer.text or not answer.calls) + len(answer.calls)


def _item(answer: Answer, index: int) -> dict[str, Any]:
    """The output items in their order: reasoning, message, function calls."""
    ids = f"{answer.number:06d}_{index}"
    if answer.thinking and index == 0:
        return {
            "id": f"rs_{ids}",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": answer.thinking}],
            "encrypted_content": "b3BhcXVl",
        }
    first_call = _items(answer) - len(answer.calls)
    if index < first_call:
        content = [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}]
        return {"id": f"msg_{ids}", "type": "message", "status": "completed", "role": "assistant", "content": content}
    name, arguments, call_id = answer.calls[index - first_call]
    return {
        "id": f"fc_{ids}",
        "type": "function_call",
        "status": "completed",
        "call_id": call_id or f"call_{ids}",
        "name": name,
        "arguments": json.dumps(arguments),
    }


def _begun(item: dict[str, Any]) -> dict[str, Any]:
    """An item as it is first told."""
    empty: dict[str, dict[str, Any]] = {
        "reasoning": {"summary": []},
        "message": {"content": [], "status": "in_progress"},
        "function_call": {"arguments": "", "status": "in_progress"},
    }
    return {**item, **empty[item["type"]]}


def _changes(item: dict[str, Any], answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that fill an item."""
    if item["type"] == "reasoning":
        part, at = item["summary"][0], {"summary_index": 0}
        yield "response.reasoning_summary_part.added", {**at, "part": {**part, "text": ""}}
        for piece in answer.pieces(answer.thinking):
            yield "response.reasoning_summary_text.delta", {**at, "delta": piece}
        yield "response.reasoning_summary_text.done", {**at, "text": answer.thinking}
        yield "response.reasoning_summary_part.done", {**at, "part": part}
    elif item["type"] == "message":
        part, at = item["content"][0], {"content_index": 0}
        yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
        for piece in answer.pieces():
            yield "response.output_text.delta", {**at, "delta": piece, "logprobs": []}
        yield "response.output_text.done", {**at, "text": answer.text, "logprobs": []}
        yield "response.content_part.done", {**at, "part": part}
    else:
        for piece in answer.pieces(item["arguments"]):
            yield "response.function_call_arguments.delta", {"delta": piece}
        yield "response.function_call_arguments.done", {"name": item["name"], "arguments": item["arguments"]}


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.input_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }
