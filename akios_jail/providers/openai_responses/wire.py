"""Responses as one of the wire formats."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.neutral import Call, Conversation, Path, Payload, Reply, TextAt, ToolCall
from akios_jail.providers.openai_chat.request import shows_all
from akios_jail.providers.openai_responses import request, translate
from akios_jail.providers.openai_responses.answer import ResponsesAnswer
from akios_jail.providers.openai_responses.gate import ResponsesGate
from akios_jail.providers.strictjson import Unreadable

_PATH = "/v1/responses"
_COUNT = "/responses/input_tokens"
#: What OpenAI adds for one of the tools that it defines, at most.
_TOOL_TOKENS = 1_024
#: Fields that decide about cost: no other spelling of them may pass.
_DECISIVE = frozenset(
    [
        "model",
        "input",
        "instructions",
        "max_output_tokens",
        "stream",
        "tools",
        "service_tier",
        "background",
        "previous_response_id",
        "conversation",
        "prompt",
        "context_management",
    ]
)


class OpenAIResponses:
    """The wire format."""

    name = "openai_responses"
    framing = "sse"
    shared_path = True

    def speaks(self, path: str) -> bool:
        return path.endswith(("/responses", _COUNT))

    def resembles(self, document: dict[str, Any]) -> bool:
        return isinstance(document.get("model"), str) and not document.keys().isdisjoint(("input", *request.KEPT))

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        fields.no_lookalikes(document, _DECISIVE)
        model = fields.text(document, "model")
        said = document.get("input")
        if said is not None and not isinstance(said, str):
            fields.objects(document, "input")
        for key in ("instructions", "previous_response_id"):
            if document.get(key) is not None and not isinstance(document[key], str):
                raise Unreadable(f"its {key} is not a string")
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        request.read_input(document, texts, payloads)
        tier = document.get("service_tier")
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=model,
            stream=fields.flag(document, "stream"),
            document=document,
            max_output_tokens=fields.positive(document, "max_output_tokens"),
            billable=not path.endswith(_COUNT),
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=request.unbounded(document),
            added_input_tokens=request.added_tokens(document, _TOOL_TOKENS),
            hidden_output=not shows_all(model),
            provider_tools=request.provider_tools(document),
            price_options={"service_tier": tier if isinstance(tier, str) else "auto"},
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        call.document["max_output_tokens"] = tokens
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        """Every stream of this format tells its usage."""

    def set_model(self, call: Call, model: str) -> None:
        call.model = call.document["model"] = model
        call.hidden_output = not shows_all(model)

    def path_of(self, call: Call, path: str) -> str:
        return path or (_PATH if call.billable else f"/v1{_COUNT}")

    def answer(self, call: Call) -> ResponsesAnswer:
        return ResponsesAnswer(call)

    def gate(self, call: Call) -> ResponsesGate:
        return ResponsesGate(bool(call.provider_tools))

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
