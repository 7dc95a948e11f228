"""Where the words are in the events of each wire format's streams."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.providers.deltas import Delta, deltas

CALL = {"index": 1, "function": {"arguments": '{"a'}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"choices": [{"index": 2, "delta": {"content": "a", "role": "assistant"}}]},
            [Delta(("choices", 0, "delta", "content"), ("content", "2"))],
        ),
        (
            {"choices": [{"index": 0, "delta": {"tool_calls": [CALL]}}]},
            [Delta(("choices", 0, "delta", "tool_calls", 0, "function", "arguments"), ("call", "0", "1"), True)],
        ),
        ({"choices": [{"text": "a"}]}, [Delta(("choices", 0, "text"), ("text", "0"))]),
        (
            {"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "a"}},
            [Delta(("delta", "text"), ("text", "3"))],
        ),
        (
            {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": "{"}},
            [Delta(("delta", "partial_json"), ("json", "3"), True)],
        ),
        (
            {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{"}}},
            [Delta(("delta", "toolUse", "input"), ("json", "1"), True)],
        ),
        (
            {"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, "delta": "a"},
            [Delta(("delta",), ("response.output_text.delta", "i", "0", "0", "None"))],
        ),
        (
            {"type": "response.function_call_arguments.delta", "item_id": "i", "output_index": 1, "delta": "{"},
            [Delta(("delta",), ("response.function_call_arguments.delta", "i", "1", "None", "None"), True)],
        ),
        (
            {"candidates": [{"content": {"parts": [{"functionCall": {"args": {}}}, {"text": "a"}]}}]},
            [Delta(("candidates", 0, "content", "parts", 1, "text"), ("part", "0", "False"))],
        ),
        (
            {"type": "content_block_delta", "index": 0, "delta": {"thinking": "a"}},
            [Delta(("delta", "thinking"), ("thought", "0"), signed=True)],
        ),
        (
            {"contentBlockIndex": 1, "delta": {"reasoningContent": {"text": "a"}}},
            [Delta(("delta", "reasoningContent", "text"), ("thought", "1"), signed=True)],
        ),
        (
            {"candidates": [{"content": {"parts": [{"text": "a", "thoughtSignature": "c2ln"}]}}]},
            [Delta(("candidates", 0, "content", "parts", 0, "text"), ("part", "0", "False"))],
        ),
        ({"type": "response.output_text.done", "text": "all of it"}, []),
        ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, []),
        ({"choices": [{"delta": None}, 3]}, []),
        ([1], []),
        (None, []),
    ],
)
def test_the_pieces_of_texts_are_told_from_all_else(document: Any, expected: list[Delta]) -> None:
    assert deltas(document) == expected
