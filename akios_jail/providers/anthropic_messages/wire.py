"""Messages as one of the wire formats."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.anthropic_messages import request, translate
from akios_jail.providers.anthropic_messages.answer import AnthropicAnswer
from akios_jail.providers.anthropic_messages.gate import MessagesGate
from akios_jail.providers.neutral import Call, Conversation, Path, Payload, Reply, TextAt, ToolCall
from akios_jail.providers.strictjson import Unreadable

_PATH = "/v1/messages"

#: What Anthropic adds for one of the tools that it defines: 245 tokens for bash, 735 for a computer, 700 for an editor.
_TOOL_TOKENS = 1_024

#: Fields that decide about cost: no other spelling of them may pass.
_DECISIVE = frozenset(
    [
        "model",
        "messages",
        "system",
        "max_tokens",
        "stream",
        "tools",
        "thinking",
        "speed",
        "mcp_servers",
        "container",
        "context_management",
    ]
)


class AnthropicMessages:
    """The wire format."""

    name = "anthropic_messages"
    framing = "sse"
    shared_path = True

    def speaks(self, path: str) -> bool:
        return path.endswith(("/v1/messages", "/v1/messages/count_tokens"))

    def resembles(self, document: dict[str, Any]) -> bool:
        return isinstance(document.get("model"), str) and isinstance(document.get("messages"), list)

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        fields.no_lookalikes(document, _DECISIVE)
        billable = not path.endswith("/count_tokens")
        limit = fields.positive(document, "max_tokens")
        if billable and limit is None:
            raise Unreadable("its max_tokens is missing")
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        request.content(("system",), document.get("system"), "system", texts, payloads)
        for index, message in enumerate(fields.objects(document, "messages", required=True)):
            role = message.get("role")
            role = role if isinstance(role, str) else "user"
            request.content(("messages", index, "content"), message.get("content"), role, texts, payloads)
        for index, tool in enumerate(fields.objects(document, "tools")):
            if isinstance(tool.get("description"), str):
                texts.append(TextAt(("tools", index, "description"), "definition"))
        thinking = document.get("thinking")
        thinks = isinstance(thinking, dict) and thinking.get("type") != "disabled"
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=fields.text(document, "model"),
            stream=fields.flag(document, "stream"),
            document=document,
            max_output_tokens=request.output_limit(limit, thinking),
            least_output_tokens=request.least_output(limit, thinking),
            billable=billable,
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=request.unbounded(document),
            added_input_tokens=_TOOL_TOKENS * sum(1 for tool in fields.objects(document, "tools") if "type" in tool),
            hidden_output=thinks,
            provider_tools=request.provider_tools(document),
            price_options=request.price_options(document),
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        call.document["max_tokens"] = tokens
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        """Every stream of this format tells its usage."""

    def set_model(self, call: Call, model: str) -> None:
        call.model = call.document["model"] = model

    def path_of(self, call: Call, path: str) -> str:
        return path or (_PATH if call.billable else f"{_PATH}/count_tokens")

    def answer(self, call: Call) -> AnthropicAnswer:
        return AnthropicAnswer(call)

    def gate(self, call: Call) -> MessagesGate:
        return MessagesGate(bool(call.provider_tools))

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        return request.results(call.document)

    def conversation(self, call: Call) -> Conversation:
        return translate.conversation(call)

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        return translate.compose(conversation, model)

    def reply(self, body: bytes) -> Reply:
        return translate.reply(body)

    def render(self, call: Call, reply: Reply) -> bytes:
        return translate.render(call, reply)
