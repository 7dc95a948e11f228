"""What is recognised as a model call, and what must be one but cannot be read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.providers.registry import fetches_answer, model_host, normal_path, spoken, understand
from akios_jail.providers.strictjson import Unreadable

CHAT = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}).encode()
MESSAGES = json.dumps({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": []}).encode()
RESPONSES = EMBEDDINGS = b'{"model":"m","input":"x"}'
GENERATE = b'{"contents":[{"parts":[{"text":"hi"}]}]}'
CONVERSE = b'{"messages":[{"role":"user","content":[{"text":"hi"}]}]}'
HOSTED = b'{"anthropic_version":"v","max_tokens":9,"messages":[]}'
CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1%3A0"


@pytest.mark.parametrize(
    ("host", "path", "body", "wire", "provider"),
    [
        ("api.openai.com", "/v1/chat/completions", CHAT, "openai_chat", "openai"),
        ("API.OpenAI.com.", "/v1/chat/completions/", CHAT, "openai_chat", "openai"),
        ("eu.api.openai.com", "/v1/chat/completions", CHAT, "openai_chat", "openai"),
        ("x.openai.azure.com", "/openai/deployments/gpt-4o/chat/completions", CHAT, "openai_chat", "azure"),
        ("openrouter.ai", "/api/v1/chat/completions", CHAT, "openai_chat", "openrouter"),
        ("llm.corp", "/v1/chat/completions", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1//chat/%63ompletions", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1/x/../Chat/Completions", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1/chat;v=2/completions;x", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1/chat/completions.", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1/chat/completions%20", CHAT, "openai_chat", ""),
        ("llm.corp", "/v1/chat%252Fcompletions", CHAT, "openai_chat", ""),
        ("api.anthropic.com", "/v1/messages", MESSAGES, "anthropic_messages", "anthropic"),
        ("llm.corp", "/v1/messages", MESSAGES, "anthropic_messages", ""),
        ("api.anthropic.com", "/v1/messages/count_tokens", MESSAGES, "anthropic_messages", "anthropic"),
        ("api.openai.com", "/v1/responses", RESPONSES, "openai_responses", "openai"),
        ("x.openai.azure.com", "/openai/v1/responses", RESPONSES, "openai_responses", "azure"),
        ("x.openai.azure.com", "/openai/v1/chat/completions", CHAT, "openai_chat", "azure"),
        ("api.openai.com", "/v1/embeddings", EMBEDDINGS, "openai_embeddings", "openai"),
        ("llm.corp", "/openai/v1/embeddings;a=b", EMBEDDINGS, "openai_embeddings", ""),
        ("localhost", "/v1/chat/completions", CHAT, "openai_chat", ""),
        ("api.mistral.ai", "/v1/chat/completions", CHAT, "openai_chat", "mistral"),
        ("api.groq.com", "/openai/v1/chat/completions", CHAT, "openai_chat", "groq"),
        ("api.together.xyz", "/v1/chat/completions", CHAT, "openai_chat", "together"),
        ("api.deepseek.com", "/chat/completions", CHAT, "openai_chat", "deepseek"),
        (
            "generativelanguage.googleapis.com",
            "/v1beta/models/g:generateContent",
            GENERATE,
            "google_generate",
            "google",
        ),
        ("generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", CHAT, "openai_chat", "google"),
        (
            "europe-west4-aiplatform.googleapis.com",
            "/v1/projects/p/locations/europe-west4/publishers/google/models/g:streamGenerateContent",
            GENERATE,
            "google_generate",
            "google",
        ),
        (
            "us-east5-aiplatform.googleapis.com",
            "/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4@1:rawPredict",
            HOSTED,
            "vertex_anthropic",
            "google",
        ),
        ("llm.corp", "/v1beta/models/g%3AgenerateContent", GENERATE, "google_generate", ""),
        ("bedrock-runtime.us-east-1.amazonaws.com", f"/model/{CLAUDE}/converse", CONVERSE, "bedrock_converse", "aws"),
        ("bedrock-runtime.us-east-1.api.aws", f"/model/{CLAUDE}/converse-stream", CONVERSE, "bedrock_converse", "aws"),
        (
            "vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com",
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse",
            CONVERSE,
            "bedrock_converse",
            "aws",
        ),
        ("bedrock-runtime.us-west-2.amazonaws.com", f"/model/{CLAUDE}/invoke", HOSTED, "bedrock_invoke", "aws"),
        ("bedrock-runtime.us-west-2.amazonaws.com", "/openai/v1/chat/completions", CHAT, "openai_chat", "aws"),
    ],
)
def test_a_model_call_is_recognised(host: str, path: str, body: bytes, wire: str, provider: str) -> None:
    call = understand(host, "POST", path, body)
    assert call is not None
    assert (call.wire_name, call.provider) == (wire, provider)


@pytest.mark.parametrize(
    ("host", "method", "path", "body"),
    [
        ("api.openai.com", "GET", "/v1/models", b""),
        ("api.openai.com", "DELETE", "/v1/files/f-1", b""),
        ("internal-crm.corp", "POST", "/customers", b'{"a":1}'),
        ("internal-crm.corp", "POST", "/v1/messages", b'{"to":"+1","text":"hi"}'),
        ("api.cloudflare.com", "POST", "/client/v4/zones", b"{}"),
        ("storage.googleapis.com", "POST", "/upload", b"x"),
        ("survey.corp", "POST", "/v1/responses", b'{"answers":[1,2]}'),
        ("survey.corp", "POST", "/v1/responses", b"question=1"),
        ("mail.corp", "PUT", "/v1/messages", b'{"text":"hi"}'),
    ],
)
def test_other_requests_are_not_model_calls(host: str, method: str, path: str, body: bytes) -> None:
    assert understand(host, method, path, body) is None


@pytest.mark.parametrize(
    ("host", "method", "path", "body"),
    [
        ("api.openai.com", "POST", "/v1/completions", b'{"model":"m","prompt":"x"}'),
        ("api.openai.com", "POST", "/v1/responses/compact", b'{"model":"m","input":"x"}'),
        ("api.openai.com", "POST", "/v1/realtime/client_secrets", b"{}"),
        ("localhost", "POST", "/api/chat", b'{"model":"m","messages":[]}'),
        ("localhost", "POST", "/api/embeddings", b'{"model":"m","prompt":"x"}'),
        ("llm.corp", "POST", "/v1beta/models/g:embedContent", b'{"content":{}}'),
        ("generativelanguage.googleapis.com", "POST", "/v1beta/models/g:batchGenerateContent", b"{}"),
        ("us-east5-aiplatform.googleapis.com", "POST", "/v1/projects/p/locations/l/endpoints/1:predict", b"{}"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "POST", "/model/meta.llama/invoke", b'{"prompt":"x"}'),
        ("bedrock-runtime.us-east-1.amazonaws.com", "POST", f"/model/{CLAUDE}/converse", b"{}"),
        ("bedrock-agent-runtime.us-east-1.amazonaws.com", "POST", "/retrieveAndGenerate", b"{}"),
        ("api.openai.com", "PUT", "/v1/chat/completions", CHAT),
        ("api.openai.com", "GET", "/v1/models", b"smuggled"),
        ("api.openai.com", "POST", "/v1/files", b"--boundary\r\n"),
        ("api.openai.com", "POST", "/v1/chat/completions", b"[]"),
        ("api.openai.com", "POST", "/v1/chat/completions", b'{"model":"m"}'),
        ("api.openai.com", "POST", "/v1/chat/completions", b'{"model":1,"messages":[]}'),
        ("llm.corp", "POST", "/v1/chat/completions", b"not json"),
        ("llm.corp", "POST", "/v1/messages", b'{"model":"m","messages":[],"messages":[1]}'),
        ("api.anthropic.com", "POST", "/v1/messages", b'{"model":"m","messages":[]}'),
        ("api.anthropic.com", "POST", "/v1/messages", b'{"model":"m","max_tokens":true,"messages":[]}'),
        ("api.cloudflare.com", "POST", "/client/v4/accounts/1/ai/run/x", b"{}"),
        ("generativelanguage.googleapis.com", "POST", "/v1beta/models/g:generateContent", b"{}"),
        ("llm.corp", "PUT", "/v1/chat/completions", CHAT),
        ("llm.corp", "GET", "/v1/messages", MESSAGES),
        ("llm.corp", "POST", "/v1/chat/completions", CHAT.replace(b"{", b'{"N":50,', 1)),
        ("llm.corp", "POST", "/v1/chat/completions", CHAT.replace(b"{", b'{"Model":"gpt-5-pro",', 1)),
        ("llm.corp", "POST", "/v1/chat/completions", CHAT.replace(b"{", '{"max_token\u017f":9,'.encode(), 1)),
        ("llm.corp", "POST", "/v1/messages", MESSAGES.replace(b"{", b'{"Max_Tokens":9000,', 1)),
        ("llm.corp", "POST", "/v1/responses", '{"model":"m","input":"x"}'.encode("utf-16")),
        ("llm.corp", "POST", "/v1/responses", b'{"model":"m","input":"x","model":"n"}'),
        ("llm.corp", "POST", "/v1/Completions/", b'{"model":"m","prompt":"x"}'),
    ],
)
def test_a_body_for_a_model_that_nothing_here_can_read_is_an_error(
    host: str, method: str, path: str, body: bytes
) -> None:
    with pytest.raises(Unreadable):
        understand(host, method, path, body)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/realtime/sessions"),
        ("PUT", "/v1/models"),
        ("PATCH", "/v1/assistants/a"),
    ],
)
def test_a_model_host_is_not_set_to_work_without_a_body(method: str, path: str) -> None:
    with pytest.raises(Unreadable, match="without a body"):
        understand("api.openai.com", method, path, b"")


@pytest.mark.parametrize(
    ("host", "method", "path"),
    [
        ("api.openai.com", "POST", "/v1/responses/resp_1/cancel"),
        ("api.openai.com", "GET", "/v1/responses/resp_1"),
        ("llm.corp", "POST", "/v1/chat/completions"),
        ("crm.corp", "POST", "/touch"),
    ],
)
def test_other_requests_without_a_body_are_no_calls(host: str, method: str, path: str) -> None:
    assert understand(host, method, path, b"") is None


@pytest.mark.parametrize("method", ["tools/call", "Tools/Call "])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_a_call_is_not_one_to_a_model_and_to_a_tool_at_once(path: str, method: str) -> None:
    both = {"model": "m", "max_tokens": 9, "messages": [], "jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
    with pytest.raises(Unreadable, match="at once"):
        understand("tools.corp", "POST", path, json.dumps(both).encode())


@pytest.mark.parametrize(("query", "framing"), [("alt=sse", "sse"), ("", "json_array")])
def test_googles_query_tells_the_framing(query: str, framing: str) -> None:
    call = understand("llm.corp", "POST", "/v1beta/models/g:streamGenerateContent", GENERATE, query)
    assert call is not None
    assert call.wire.framing == framing


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/a//b/", "/a/b"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/../../b", "/b"),
        ("/%41", "/a"),
        ("/a/%20/b", "/a/b"),
        ("/a/. ./;x/b", "/a/b"),
        ("/", "/"),
        ("", "/"),
    ],
)
def test_paths_are_normalised_for_recognition(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.openai.com", "/v1/responses/resp_1"),
        ("api.openai.com", "/v1/chat/completions"),
        ("api.openai.com", "/v1/chat/completions/chatcmpl-1"),
        ("api.openai.com", "/v1/chat/completions/chatcmpl-1/messages"),
        ("api.openai.com", "/v1/threads/thread_1/runs/run_1"),
        ("api.openai.com", "/v1/files/file-1/content"),
        ("api.openai.com", "/v1/conversations/conv_1/items"),
        ("api.anthropic.com", "/v1/messages/batches/msgbatch_1/results"),
        ("api.x.ai", "/v1/chat/deferred-completion/1"),
        ("api.perplexity.ai", "/async/chat/completions/1"),
        ("api.replicate.com", "/v1/predictions/1"),
        ("api.replicate.com", "/v1/predictions"),
        ("api.anthropic.com", "/v1/sessions/sesn_1/events/stream"),
        ("api.openai.com", "/v1/evals/eval_1/runs/run_1/output_items"),
        ("generativelanguage.googleapis.com", "/download/v1beta/files/x:download"),
        ("llm.corp", "/v1/responses/resp_1"),
        ("llm.corp", "/v1/Responses/%72esp_1/input_items"),
        ("llm.corp", "/v1/chat/completions/1"),
        ("llm.corp", "/v1/conversations/conv_1/items"),
        ("llm.corp", "/v1/threads/thread_1/messages"),
        ("llm.corp", "/v1/messages/batches/1/results"),
        ("llm.corp", "/openai/v1/files/file-1/content"),
        ("llm.corp", "/v1/batches/batch_1"),
    ],
)
def test_answers_that_are_kept_are_known_by_their_paths(host: str, path: str) -> None:
    assert fetches_answer(host, "GET", path)
    assert fetches_answer(host, "HEAD", path)
    assert not fetches_answer(host, "DELETE", path)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.openai.com", "/v1/models"),
        ("api.openai.com", "/v1/containers/c/files/f/content"),
        ("api.openai.com", "/v1/files/file-1"),
        ("forms.corp", "/forms/1/responses"),
        ("forms.corp", "/forms/1/responses/9"),
        ("mail.corp", "/v1/threads/18c/messages"),
        ("files.corp", "/v1/files/9/content"),
    ],
)
def test_other_things_are_fetched_freely(host: str, path: str) -> None:
    assert not fetches_answer(host, "GET", path)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/v1/batches", {"input_file_id": "file-1", "endpoint": "/v1/chat/completions"}),
        ("/v1/threads/runs", {"assistant_id": "asst_1"}),
        ("/v1/threads/thread_1/runs", {"assistant_id": "asst_1", "stream": True}),
        ("/v1/threads/thread_1/runs/run_1/submit_tool_outputs", {"tool_outputs": []}),
        ("/v1/agents/completions", {"agent_id": "a", "messages": []}),
        ("/api/chat", {"model": "qwen", "messages": []}),
    ],
)
def test_what_a_model_is_made_to_do_in_other_ways_is_unreadable_on_any_host(path: str, document: Any) -> None:
    for host in ("llm.corp", "api.openai.com"):
        with pytest.raises(Unreadable):
            understand(host, "POST", path, json.dumps(document).encode())
    assert understand("shop.corp", "POST", path, b'{"sku":1}') is None


def test_only_model_paths_have_a_wire() -> None:
    assert spoken("/v1/chat/completions") is not None
    assert spoken("/v1/completions") is None


#: A request of each provider in the price list whose pattern is a model interface on a host of its own.
SAMPLES = {
    "anthropic": "api.anthropic.com/v1",
    "arcee": "api.arcee.ai/v1",
    "avian": "api.avian.io/v1",
    "aws": "bedrock-runtime.us-east-1.amazonaws.com/model",
    "azure": "x.openai.azure.com/openai",
    "baseten": "inference.baseten.co/v1",
    "cerebras": "api.cerebras.ai/v1",
    "cloudflare": "api.cloudflare.com/client/v4/accounts/1/ai/v1",
    "cohere": "api.cohere.com/v2",
    "databricks": "x.cloud.databricks.com/serving-endpoints/y",
    "deepseek": "api.deepseek.com/v1",
    "doubleword": "api.doubleword.ai/v1",
    "elevenlabs": "api.elevenlabs.io/v1",
    "fireworks": "api.fireworks.ai/v1",
    "github-copilot": "api.githubcopilot.com/v1",
    "google": "generativelanguage.googleapis.com/v1",
    "groq": "api.groq.com/v1",
    "meta": "api.meta.ai/v1",
    "minimax": "api.minimax.io/v1",
    "mistral": "api.mistral.ai/v1",
    "moonshotai": "api.moonshot.ai/v1",
    "novita": "api.novita.ai/v1",
    "openai": "api.openai.com/v1",
    "openai-decisions": "api.openai.com/v1",
    "openrouter": "openrouter.ai/api",
    "ovhcloud": "oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    "perplexity": "api.perplexity.ai/v1",
    "quicksilverpro": "api.quicksilverpro.io/v1",
    "together": "api.together.xyz/v1",
    "typesafe": "api.typesafe.ai/v1",
    "voyageai": "api.voyageai.com/v1",
    "x-ai": "api.x.ai/v1",
    "zai": "api.z.ai/v1",
    "zhipuai": "open.bigmodel.cn/v1",
}
#: `modal` is any program on a general cloud; `cursor` reports usage and takes no prompts.
NOT_OURS = {"modal", "cursor"}


def test_every_provider_of_the_price_list_is_a_known_model_host() -> None:
    for provider in get_snapshot().providers:
        if provider.id in NOT_OURS:
            continue
        if provider.id.startswith("huggingface_"):
            sample = "router.huggingface.co/" + provider.id.removeprefix("huggingface_")
        else:
            sample = SAMPLES[provider.id]
        assert re.match(provider.api_pattern, f"https://{sample}/"), provider.id
        host, _, path = sample.partition("/")
        assert model_host(host, f"/{path}/chat") is not None, provider.id


PATHS = (
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/messages",
    "/v1beta/models/m:generateContent",
    "/model/m/converse",
    "/model/m/invoke",
    "/x/publishers/anthropic/models/m:rawPredict",
    "/api/chat",
    "/v1/files",
)
KEYS = ("model", "messages", "input", "contents", "content", "role", "parts", "text", "tools", "type", "max_tokens")
KEYS += ("anthropic_version", "system", "toolConfig", "generationConfig", "function", "name", "tool_calls", "stream")
KEYS += ("method", "jsonrpc", "params", "id", "thinking", "inputSchema", "functionDeclarations", "source", "image_url")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.sampled_from(["m", "user", "text", "", "function", "v"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)
bodies = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=8).map(lambda value: json.dumps(value).encode())


@given(
    st.sampled_from(["api.openai.com", "generativelanguage.googleapis.com", "llm.corp", ""]),
    st.sampled_from(["POST", "GET", "PUT"]),
    st.sampled_from(PATHS) | st.text(max_size=20),
    bodies | st.binary(max_size=20),
    st.sampled_from(["", "alt=sse", "alt=%FF", "&&=;"]),
)
def test_anything_is_a_call_or_none_or_unreadable(host: str, method: str, path: str, body: bytes, query: str) -> None:
    try:
        call = understand(host, method, path, body, query)
    except Unreadable:
        return
    if call is not None:
        assert json.loads(body) == call.document
        for at in [text.path for text in call.texts]:
            value: Any = call.document
            for step in at:
                value = value[step]
            assert isinstance(value, str)
