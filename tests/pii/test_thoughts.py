"""What a model thought and signed goes back to it as it came; what only looks so does not."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.pii.document import redact_document
from akios_jail.pii.setup import redactor_of
from akios_jail.pii.thoughts import REMEMBERED, Thoughts
from akios_jail.policy.plans import Pii

WORDS = "I could write to ada@example.org about it."
BLOCK = {"type": "thinking", "thinking": WORDS, "signature": "c2ln"}
BEDROCK = {"reasoningContent": {"reasoningText": {"text": WORDS, "signature": "c2ln"}}}


def sent(thoughts: Thoughts, block: Any) -> tuple[Any, int]:
    """The block as it leaves, and how much was found in it."""
    redactor = redactor_of(Pii("redact_before_inference", ("email",)))
    document = {"messages": [{"role": "assistant", "content": [block]}]}
    found = redact_document(redactor, document, thoughts=thoughts)
    return found.document["messages"][0]["content"][0], found.counts.total()


@pytest.mark.parametrize("block", [BLOCK, BEDROCK], ids=["messages", "bedrock"])
def test_a_thought_of_an_answer_goes_back_as_it_came(block: dict[str, Any]) -> None:
    thoughts = Thoughts()
    thoughts.whole({"content": [block]})
    assert sent(thoughts, block) == (block, 0)


def test_a_thought_of_a_stream_does_too() -> None:
    thoughts = Thoughts()
    following = thoughts.follow()
    for piece in (WORDS[:20], WORDS[20:]):
        following.event({"type": "content_block_delta", "index": 0, "delta": {"thinking": piece}})
    following.event({"type": "content_block_delta", "index": 0, "delta": {"signature": "c2ln"}})
    assert sent(thoughts, BLOCK) == (BLOCK, 0)


def test_a_thought_of_bedrock_s_stream_does_too() -> None:
    thoughts = Thoughts()
    following = thoughts.follow()
    following.event({"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": WORDS}}})
    following.event({"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "c2ln"}}})
    assert sent(thoughts, BEDROCK) == (BEDROCK, 0)


@pytest.mark.parametrize(
    "block",
    [
        BLOCK | {"signature": "b3RoZXI="},
        BLOCK | {"thinking": WORDS + " ada@example.org"},
        {"type": "text", "text": WORDS},
        {"type": "text", "content": WORDS, "signature": "c2ln"},
    ],
    ids=["another signature", "other words", "unsigned", "another key"],
)
def test_what_no_model_signed_is_looked_through(block: dict[str, Any]) -> None:
    thoughts = Thoughts()
    thoughts.whole({"content": [BLOCK]})
    redacted, found = sent(thoughts, block)
    assert found > 0
    assert "ada@example.org" not in str(redacted)


def test_so_many_are_remembered() -> None:
    thoughts = Thoughts()
    for number in range(REMEMBERED + 1):
        thoughts.came(WORDS, str(number))
    assert thoughts.signed(WORDS, "0") is False
    assert thoughts.signed(WORDS, "1") is True
