"""converse as one of the wire formats."""

from __future__ import annotations

import re
from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.bedrock_converse import models, request, translate
from akios_jail.providers.bedrock_converse.answer import ConverseAnswer
from akios_jail.providers.bedrock_converse.gate import ConverseGate
from akios_jail.providers.neutral import Call, Conversation, Path, Payload, Reply, TextAt, ToolCall
from akios_jail.providers.strictjson import Unreadable

_OPERATIONS = ("converse", "converse-stream", "count-tokens")
#: Families that think only if `additionalModelRequestFields` says so.
_THINKS_IF_ASKED = re.compile(
    r"(?:[a-z-]+\.)?(?:anthropic\.claude|amazon\.(?:nova|titan)|meta\.llama|mistral\.m[il]x?[sx]tral)"
)
#: Fields that decide about cost: no other spelling of them may pass.
_DECISIVE = frozenset(
    [
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "guardrailConfig",
        "additionalModelRequestFields",
        "promptVariables",
        "performanceConfig",
        "serviceTier",
    ]
)


class BedrockConverse:
    """The wire format."""

    name = "bedrock_converse"
    framing = "eventstream"
    shared_path = True

    def speaks(self, path: str) -> bool:
        return models.operation(path) in _OPERATIONS

    def resembles(self, document: dict[str, Any]) -> bool:
        return isinstance(document.get("messages"), list) or isinstance(document.get("input"), dict)

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        operation = models.operation(path)
        at: Path = ()
        said = document
        if operation == "count-tokens":
            at, said = ("input", "converse"), request.inner(request.inner(document, "input"), "converse")
            if not said:
                raise Unreadable("it counts the tokens of something else than a conversation")
        fields.no_lookalikes(said, _DECISIVE)
        fields.no_lookalikes(request.inner(said, "inferenceConfig"), frozenset(["maxTokens"]))
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        request.read_document(at, said, texts, payloads)
        model = models.model(path)
        plain = _THINKS_IF_ASKED.match(model) is not None and not said.get("additionalModelRequestFields")
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=model,
            stream=operation == "converse-stream",
            document=document,
            max_output_tokens=request.output_limit(said),
            least_output_tokens=request.least_output(said),
            billable=operation != "count-tokens",
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=request.unbounded(said),
            hidden_output=not plain,
            provider_tools=request.provider_tools(said),
            price_options={"cache": request.cache(said)},
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        call.document["inferenceConfig"] = {**request.inner(call.document, "inferenceConfig"), "maxTokens": tokens}
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        """Every answer of this format tells its usage."""

    def set_model(self, call: Call, model: str) -> None:
        call.model = model

    def path_of(self, call: Call, path: str) -> str:
        operation = "count-tokens" if not call.billable else "converse-stream" if call.stream else "converse"
        return models.path(path, call.model, operation)

    def answer(self, call: Call) -> ConverseAnswer:
        return ConverseAnswer(call)

    def gate(self, call: Call) -> ConverseGate:
        return ConverseGate()

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        return list(request.results(call.document)) if call.billable else []

    def conversation(self, call: Call) -> Conversation:
        return translate.conversation(call)

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        return translate.compose(conversation)

    def reply(self, body: bytes) -> Reply:
        return translate.reply(body)

    def render(self, call: Call, reply: Reply) -> bytes:
        return translate.render(call, reply)
