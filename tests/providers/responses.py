"""Streams of OpenAI's responses in their own form, put together from items."""

from __future__ import annotations

from typing import Any

from akios_jail.providers.sse import Event

USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 0},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}
RESPONSE: dict[str, Any] = {
    "id": "resp_1", "object": "response", "created_at": 1741476542, "status": "completed", "error": None,
    "incomplete_details": None, "instructions": None, "metadata": {}, "model": "gpt-5-2025-08-07", "output": [],
    "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
    "service_tier": "default", "usage": None,
}  # fmt: skip

Events = list[dict[str, Any]]


def created() -> dict[str, Any]:
    return {"type": "response.created", "response": RESPONSE | {"status": "in_progress"}}


def ended(status: str, *items: dict[str, Any], usage: Any = USAGE, reason: str = "max_output_tokens") -> dict[str, Any]:
    details = {"reason": reason} if status == "incomplete" else None
    told = {"status": status, "output": list(items), "usage": usage, "incomplete_details": details}
    return {"type": f"response.{status}", "response": RESPONSE | told}


def reasoning(index: int, thought: str) -> Events:
    item = {"id": f"rs_{index}", "type": "reasoning", "summary": []}
    at = {"output_index": index, "item_id": item["id"], "summary_index": 0}
    part = {"type": "summary_text", "text": thought}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": item},
        {"type": "response.reasoning_summary_part.added", **at, "part": {"type": "summary_text", "text": ""}},
        {"type": "response.reasoning_summary_text.delta", **at, "delta": thought},
        {"type": "response.reasoning_summary_text.done", **at, "text": thought},
        {"type": "response.reasoning_summary_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": index, "item": {**item, "summary": [part]}},
    ]


def message(index: int, *pieces: str) -> Events:
    item = {"id": f"msg_{index}", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    at = {"output_index": index, "item_id": item["id"], "content_index": 0}
    empty = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    part = {**empty, "text": "".join(pieces)}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": item},
        {"type": "response.content_part.added", **at, "part": empty},
        *({"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []} for piece in pieces),
        {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": index,
         "item": {**item, "status": "completed", "content": [part]}},
    ]  # fmt: skip


def function(index: int, name: str, *pieces: str, status: str = "completed") -> Events:
    item = {"id": f"fc_{index}", "type": "function_call", "status": "in_progress", "arguments": "",
            "call_id": f"call_{index}", "name": name}  # fmt: skip
    return _defined(index, item, "function_call_arguments", "arguments", pieces, status)


def custom(index: int, name: str, *pieces: str) -> Events:
    item = {"id": f"ctc_{index}", "type": "custom_tool_call", "status": "in_progress", "input": "",
            "call_id": f"call_{index}", "name": name}  # fmt: skip
    return _defined(index, item, "custom_tool_call_input", "input", pieces, "completed")


def own(index: int, kind: str, **fields: Any) -> Events:
    item = {"id": f"own_{index}", "type": kind, "status": "in_progress", "call_id": f"call_{index}", **fields}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": item},
        {"type": "response.output_item.done", "output_index": index, "item": {**item, "status": "completed"}},
    ]


def _defined(index: int, item: dict[str, Any], told: str, key: str, pieces: tuple[str, ...], status: str) -> Events:
    at = {"output_index": index, "item_id": item["id"]}
    whole = "".join(pieces)
    return [
        {"type": "response.output_item.added", "output_index": index, "item": item},
        *({"type": f"response.{told}.delta", **at, "delta": piece} for piece in pieces),
        {"type": f"response.{told}.done", **at, key: whole},
        {"type": "response.output_item.done", "output_index": index, "item": {**item, "status": status, key: whole}},
    ]


def numbered(*documents: dict[str, Any]) -> bytes:
    """The stream of these events."""
    return b"".join(
        Event(document["type"]).saying({**document, "sequence_number": number}).encode()
        for number, document in enumerate(documents)
    )


def stream(*parts: Events, status: str = "completed") -> bytes:
    """A whole stream: its items, and at its end all that were done."""
    events = [event for part in parts for event in part]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    return numbered(created(), *events, ended(status, *done))


#: A stream with a thought, a text and a call.
GOLDEN = numbered(
    created(),
    {"type": "response.in_progress", "response": RESPONSE | {"status": "in_progress"}},
    *reasoning(0, "hm"),
    *message(1, "Hel", "lo."),
    *function(2, "look", '{"a"', ":1}"),
    ended("completed", reasoning(0, "hm")[-1]["item"], message(1, "Hel", "lo.")[-1]["item"],
          function(2, "look", '{"a":1}')[-1]["item"]),
)  # fmt: skip
