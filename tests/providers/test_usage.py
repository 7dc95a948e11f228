"""What each wire format reads of a usage report is what the price list's own readers read of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from genai_prices import Usage as Priced
from genai_prices.data_snapshot import get_snapshot

from akios_jail.providers.neutral import Usage
from akios_jail.providers.registry import understand

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
MESSAGES = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
RESPONSES = {"model": "gpt-4o", "input": "hi"}
GENERATE = {"contents": [{"parts": [{"text": "hi"}]}]}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HOSTED = {"anthropic_version": "v", "max_tokens": 9, "messages": []}
GEMINI = "/v1beta/models/gemini-2.5-flash:generateContent"
CHATTED: dict[str, Any] = {"id": "c", "object": "chat.completion", "model": "gpt-4o-2024-08-06", "choices": []}
SAID: dict[str, Any] = {"id": "m", "type": "message", "model": "claude-sonnet-4-5-20250929", "content": []}
GENERATED: dict[str, Any] = {"candidates": [], "modelVersion": "gemini-2.5-flash"}

CASES: list[tuple[str, str, Any, str, str, Any]] = [
    (
        "api.openai.com",
        "/v1/chat/completions",
        CHAT,
        "openai",
        "chat",
        {
            **CHATTED,
            "usage": {
                "prompt_tokens": 1200,
                "completion_tokens": 340,
                "total_tokens": 1540,
                "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 20},
                "completion_tokens_details": {
                    "reasoning_tokens": 128,
                    "audio_tokens": 15,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            },
        },
    ),
    (
        "api.openai.com",
        "/v1/responses",
        RESPONSES,
        "openai",
        "responses",
        {
            "id": "r",
            "object": "response",
            "status": "completed",
            "model": "gpt-4o-2024-08-06",
            "output": [],
            "usage": {
                "input_tokens": 1200,
                "input_tokens_details": {"cached_tokens": 1024},
                "output_tokens": 340,
                "output_tokens_details": {"reasoning_tokens": 128},
                "total_tokens": 1540,
            },
        },
    ),
    (
        "api.openai.com",
        "/v1/embeddings",
        {"model": "text-embedding-3-small", "input": "hi"},
        "openai",
        "embeddings",
        {
            "object": "list",
            "data": [],
            "model": "text-embedding-3-small",
            "usage": {"prompt_tokens": 8, "total_tokens": 8},
        },
    ),
    (
        "api.groq.com",
        "/openai/v1/chat/completions",
        CHAT,
        "groq",
        "default",
        {**CHATTED, "usage": {"prompt_tokens": 18, "completion_tokens": 3, "total_tokens": 21, "queue_time": 0.1}},
    ),
    (
        "api.mistral.ai",
        "/v1/chat/completions",
        CHAT,
        "mistral",
        "default",
        {**CHATTED, "usage": {"prompt_tokens": 18, "completion_tokens": 3, "total_tokens": 21}},
    ),
    (
        "api.deepseek.com",
        "/chat/completions",
        CHAT,
        "deepseek",
        "chat",
        {
            **CHATTED,
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 30,
                "total_tokens": 130,
                "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 20},
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
        },
    ),
    (
        "openrouter.ai",
        "/api/v1/chat/completions",
        CHAT,
        "openrouter",
        "chat",
        {
            **CHATTED,
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 30,
                "total_tokens": 130,
                "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
        },
    ),
    (
        "api.anthropic.com",
        "/v1/messages",
        MESSAGES,
        "anthropic",
        "default",
        {
            **SAID,
            "usage": {
                "input_tokens": 21,
                "cache_creation_input_tokens": 300,
                "cache_read_input_tokens": 1880,
                "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
                "output_tokens": 393,
                "service_tier": "standard",
            },
        },
    ),
    (
        "bedrock-runtime.us-east-1.amazonaws.com",
        f"/model/{CLAUDE}/invoke",
        HOSTED,
        "aws",
        "anthropic",
        {
            **SAID,
            "usage": {
                "input_tokens": 21,
                "cache_creation_input_tokens": 300,
                "cache_read_input_tokens": 1880,
                "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
                "output_tokens": 393,
            },
        },
    ),
    (
        "bedrock-runtime.us-east-1.amazonaws.com",
        f"/model/{CLAUDE}/converse",
        CONVERSE,
        "aws",
        "default",
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
            "stopReason": "end_turn",
            "metrics": {"latencyMs": 551},
            "usage": {
                "inputTokens": 30,
                "outputTokens": 628,
                "totalTokens": 1758,
                "cacheReadInputTokens": 1000,
                "cacheWriteInputTokens": 100,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 60}, {"ttl": "5m", "inputTokens": 40}],
            },
        },
    ),
    (
        "generativelanguage.googleapis.com",
        GEMINI,
        GENERATE,
        "google",
        "default",
        {
            **GENERATED,
            "usageMetadata": {
                "promptTokenCount": 4500,
                "cachedContentTokenCount": 4000,
                "candidatesTokenCount": 700,
                "thoughtsTokenCount": 300,
                "toolUsePromptTokenCount": 50,
                "totalTokenCount": 5550,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 300},
                    {"modality": "AUDIO", "tokenCount": 3900},
                    {"modality": "IMAGE", "tokenCount": 258},
                    {"modality": "DOCUMENT", "tokenCount": 20},
                    {"modality": "VIDEO", "tokenCount": 22},
                ],
                "cacheTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 200},
                    {"modality": "AUDIO", "tokenCount": 3800},
                ],
                "candidatesTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 600},
                    {"modality": "AUDIO", "tokenCount": 40},
                    {"modality": "IMAGE", "tokenCount": 60},
                ],
                "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 50}],
            },
        },
    ),
    (
        "us-east5-aiplatform.googleapis.com",
        "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict",
        HOSTED,
        "google",
        "anthropic",
        {**SAID, "usage": {"input_tokens": 21, "cache_read_input_tokens": 1880, "output_tokens": 393}},
    ),
    (
        "generativelanguage.googleapis.com",
        "/v1beta/openai/chat/completions",
        CHAT,
        "google",
        "chat",
        {**CHATTED, "usage": {"prompt_tokens": 18, "completion_tokens": 3, "total_tokens": 21}},
    ),
]

#: Units of the price list that say what other units say, from the other side.
IMPLIED = ("cache_write_5m_tokens",)


def ours(used: Usage) -> dict[str, int]:
    """Our reading by the price list's names."""
    named = {
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
        "cache_read_tokens": used.cached_tokens,
        "cache_write_tokens": used.cache_write_tokens,
        "cache_write_1h_tokens": used.cache_write_1h_tokens,
        "output_reasoning_tokens": used.reasoning_tokens,
        "input_audio_tokens": used.input_audio_tokens,
        "output_audio_tokens": used.output_audio_tokens,
        **dict(used.others),
    }
    return {name: count for name, count in named.items() if count}


@pytest.mark.parametrize(
    ("host", "path", "asked", "provider", "flavor", "answered"),
    CASES,
    ids=[f"{provider}-{flavor}-{path.rpartition('/')[2]}" for _, path, _, provider, flavor, _ in CASES],
)
def test_usage_is_read_as_the_price_list_reads_it(
    host: str, path: str, asked: Any, provider: str, flavor: str, answered: Any
) -> None:
    call = understand(host, "POST", path, json.dumps(asked).encode())
    assert call is not None
    assert call.provider == provider
    reader = call.wire.answer(call)
    reader.whole(json.dumps(answered).encode())
    assert reader.usage is not None
    listed = next(each for each in get_snapshot().providers if each.id == provider)
    _, theirs = listed.extract_usage(answered, api_flavor=flavor)
    read = {name: count for name, count in theirs.__dict__.items() if isinstance(count, int) and count}
    mine = ours(reader.usage)
    assert {
        name: mine.get(name, 0) for name in read if name not in IMPLIED and "text" not in name and "tool" not in name
    } == {
        name: count for name, count in read.items() if name not in IMPLIED and "text" not in name and "tool" not in name
    }
    assert mine.keys() <= read.keys()
    assert Priced(**mine) is not None
