"""Every model provider that the tests know, in one local server."""

from __future__ import annotations

from typing import Any

from akios_jail.demo.anthropic_wire import AnthropicMessages
from akios_jail.demo.model_server import ModelServer
from akios_jail.demo.openai_wire import OpenAIChat
from tests.servers.bedrock import BedrockConverse
from tests.servers.google import GoogleGenerate
from tests.servers.openai_responses import OpenAIEmbeddings, OpenAIResponses

#: Hosts that speak OpenAI's chat completions without being OpenAI.
COMPATIBLE = ("openrouter.ai", "acme.openai.azure.com", "llm.internal.example")


class CompatibleChat(OpenAIChat):
    """OpenAI-compatible servers: the same bodies on other hosts, under other paths."""

    provider = "compatible"
    hosts = COMPATIBLE


class Providers(ModelServer):
    """`ModelServer` with all formats."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        formats = (
            OpenAIChat(),
            OpenAIResponses(),
            OpenAIEmbeddings(),
            AnthropicMessages(),
            GoogleGenerate(),
            BedrockConverse(),
            CompatibleChat(),
        )
        super().__init__(*arguments, formats=formats, **options)
