"""The stand-in providers must be worth trusting: each one's own client understands them, whole and streamed."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import botocore.session
import httpx
import httpx2
import openai
import pytest
from google import genai

from akios_jail.demo.answer import Behaviour, ToolCall
from akios_jail.demo.local_server import LocalServer
from tests.servers.bedrock import BedrockConverse
from tests.servers.mcp_site import McpSite
from tests.servers.providers import Providers

CALLS = (
    ToolCall("get_order", {"order_id": "4821"}),
    ToolCall("issue_credit", {"account": "Ada", "amount_usd": 15000}),
)
SCHEMA = {"type": "object", "properties": {"order_id": {"type": "string"}}}
ASKED = [(call.name, call.arguments) for call in CALLS]


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers(Behaviour(text="Let me look.", calls=CALLS, thinking="An order.", output_tokens=40)) as running:
        yield running


def http_client(server: LocalServer, library: Any = httpx) -> Any:
    """Sends every https request to the local server, whatever its host; of the HTTP library that an SDK is made for."""
    context = ssl.create_default_context(cadata=server.authority.pem.decode())

    class Here(library.HTTPTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            host = request.url.host
            request.url = request.url.copy_with(host=server.bind, port=server.port)
            request.extensions = {**request.extensions, "sni_hostname": host}
            return super().handle_request(request)

    return library.Client(transport=Here(verify=context))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_openai_chat(server: Providers, stream: bool) -> None:
    client = openai.OpenAI(api_key="k", http_client=http_client(server))
    question: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Order 4821?"}]}
    question["tools"] = [{"type": "function", "function": {"name": "get_order", "parameters": SCHEMA}}]
    if stream:
        with client.chat.completions.stream(**question, stream_options={"include_usage": True}) as events:
            answer: Any = events.get_final_completion()
    else:
        answer = client.chat.completions.create(**question)
    message = answer.choices[0].message
    assert message.content == "Let me look."
    assert [call.function.name for call in message.tool_calls] == [call.name for call in CALLS]
    assert '"amount_usd": 15000' in message.tool_calls[1].function.arguments
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.usage.completion_tokens == 40 == server.usages[0].output_tokens


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_openai_responses(server: Providers, stream: bool) -> None:
    client = openai.OpenAI(api_key="k", http_client=http_client(server))
    if stream:
        with client.responses.stream(model="gpt-4o", input="Order 4821?") as events:
            answer: Any = events.get_final_response()
    else:
        answer = client.responses.create(model="gpt-4o", input="Order 4821?")
    assert answer.output_text == "Let me look."
    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call", "function_call"]
    assert '"amount_usd": 15000' in answer.output[3].arguments
    assert answer.usage.output_tokens == 40


def test_openai_embeddings(server: Providers) -> None:
    client = openai.OpenAI(api_key="k", http_client=http_client(server))
    answer = client.embeddings.create(model="text-embedding-3-small", input=["a" * 100, "b"])
    assert [round(one.embedding[0], 3) for one in answer.data] == [0.1, 0.001]
    assert server.usages[0].output_tokens == 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_anthropic_messages(server: Providers, stream: bool) -> None:
    server.behaviour = Behaviour(
        "Let me look.", CALLS, "An order.", input_tokens=100, output_tokens=40, cached_tokens=60, cache_write_tokens=10
    )
    client = anthropic.Anthropic(api_key="k", http_client=http_client(server, httpx2))
    question: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 500}
    question["messages"] = [{"role": "user", "content": "Order 4821?"}]
    if stream:
        with client.messages.stream(**question) as events:
            answer: Any = events.get_final_message()
    else:
        answer = client.messages.create(**question)
    assert [block.type for block in answer.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert [(block.name, block.input) for block in answer.content[2:]] == ASKED
    usage = answer.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (30, 60, 10)
    assert usage.output_tokens == 40


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_google(server: Providers, stream: bool) -> None:
    options = genai.types.HttpOptions(httpx_client=http_client(server))
    client = genai.Client(api_key="k", http_options=options)
    question = {"model": "gemini-2.5-flash", "contents": "Order 4821?"}
    with warnings.catch_warnings(action="ignore"):
        if stream:
            pieces = list(client.models.generate_content_stream(**question))
        else:
            pieces = [client.models.generate_content(**question)]
    parts = [part for piece in pieces for part in piece.candidates[0].content.parts]
    assert "".join(part.text for part in parts if part.text and not part.thought) == "Let me look."
    assert [(p.function_call.name, p.function_call.args) for p in parts if p.function_call] == ASKED
    assert pieces[-1].usage_metadata.candidates_token_count == 40


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_bedrock(server: Providers, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = BedrockConverse.hosts[0]
    ca = tmp_path / "ca.pem"
    ca.write_bytes(server.authority.pem)
    resolve = socket.getaddrinfo

    def here(name: str, port: int, *rest: Any, **more: Any) -> Any:
        return resolve(server.bind, server.port, *rest, **more) if name == host else resolve(name, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    session = botocore.session.Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    client = session.create_client("bedrock-runtime", region_name="us-east-1", verify=str(ca))
    messages = [{"role": "user", "content": [{"text": "Order 4821?"}]}]
    if not stream:
        answer = client.converse(modelId="anthropic.claude-3-haiku", messages=messages)
        blocks = answer["output"]["message"]["content"]
        assert [block["toolUse"]["input"] for block in blocks if "toolUse" in block] == [c.arguments for c in CALLS]
        usage = answer["usage"]
    else:
        events = list(client.converse_stream(modelId="anthropic.claude-3-haiku", messages=messages)["stream"])
        deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
        assert "".join(delta.get("text", "") for delta in deltas) == "Let me look."
        assert "15000" in "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)
        usage = events[-1]["metadata"]["usage"]
    assert usage["outputTokens"] == 40
    assert server.usages[0].model == "anthropic.claude-3-haiku"


@pytest.mark.parametrize("streams", [False, True], ids=["json", "events"])
def test_mcp(streams: bool) -> None:
    from mcp import Client

    async def talk(url: str) -> Any:
        async with Client(url) as client:
            listed = await client.list_tools()
            answer = await client.call_tool("issue_credit", {"account": "Ada", "amount_usd": 5})
            return [tool.name for tool in listed.tools], answer

    with McpSite(streams=streams) as mcp, LocalServer({"localhost": mcp.site}) as server:
        names, answer = asyncio.run(talk(f"http://localhost:{server.plain_port}/mcp"))
    assert names == ["get_order", "issue_credit", "send_report"]
    assert answer.content[0].text == "credited 5.0 to Ada"
    assert mcp.done == [("issue_credit", {"account": "Ada", "amount_usd": 5.0})]


def test_answers_follow_a_script_then_the_behaviour(server: Providers) -> None:
    server.script = [Behaviour(text="first"), Behaviour(fault="429", retry_after="7")]
    client = openai.OpenAI(api_key="k", http_client=http_client(server), max_retries=0)

    def ask() -> Any:
        return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "?"}])

    assert ask().choices[0].message.content == "first"
    with pytest.raises(openai.RateLimitError) as refused:
        ask()
    assert refused.value.response.headers["retry-after"] == "7"
    assert ask().choices[0].message.content == "Let me look."
    assert len(server.usages) == 2


def test_a_brain_reacts_to_what_tools_gave(server: Providers) -> None:
    server.brain = lambda question: Behaviour(text=f"it says {question.results[0].text}") if question.results else None
    client = openai.OpenAI(api_key="k", http_client=http_client(server))
    messages: list[Any] = [{"role": "user", "content": "?"}]
    call = client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message
    messages += [call.model_dump(exclude_none=True)]
    messages += [{"role": "tool", "tool_call_id": one.id, "content": "delivered"} for one in call.tool_calls or ()]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages)
    assert answer.choices[0].message.content == "it says delivered"
