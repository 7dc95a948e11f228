"""Chat completions as one of the wire formats."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from akios_jail.providers import fields
from akios_jail.providers.neutral import Call, Conversation, Path, Payload, Reply, TextAt, ToolCall, string_paths
from akios_jail.providers.openai_chat import request, translate
from akios_jail.providers.openai_chat.answer import OpenAIAnswer
from akios_jail.providers.openai_chat.gate import ChatGate
from akios_jail.providers.strictjson import Unreadable

#: Azure names the model in the path, and what the body says of it does not count there.
_DEPLOYMENT = re.compile(r"(/deployments/)([^/]+)(/chat/completions)$", re.IGNORECASE)
_PATH = "/v1/chat/completions"
#: Where a call states its output limit; the larger counts.
_LIMITS = ("max_tokens", "max_completion_tokens")
#: Providers whose documents say `max_completion_tokens`; the rest of the world says `max_tokens`.
_NEW_LIMIT = ("openai", "azure")
#: Providers that refuse `stream_options` and tell the usage unasked.
_TELLS_UNASKED = ("mistral",)
#: Fields that decide about cost: no other spelling of them may pass.
_DECISIVE = frozenset(
    [
        "model",
        "messages",
        "max_tokens",
        "max_completion_tokens",
        "n",
        "best_of",
        "stream",
        "stream_options",
        "tools",
        "functions",
        "service_tier",
        "models",
    ]
)


class OpenAIChat:
    """The wire format."""

    name = "openai_chat"
    framing = "sse"
    shared_path = False

    def speaks(self, path: str) -> bool:
        return path.endswith("/chat/completions")

    def resembles(self, document: dict[str, Any]) -> bool:
        return "messages" in document

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        fields.no_lookalikes(document, _DECISIVE | request.BEYOND.keys())
        messages = fields.objects(document, "messages", required=True)
        deployment = _DEPLOYMENT.search(path)
        model = fields.text(document, "model") if deployment is None or "model" in document else ""
        if deployment is not None and model.lower() != deployment.group(2).lower():
            model = deployment.group(2)
        stream = fields.flag(document, "stream")
        options = document.get("stream_options")
        if options is not None and not isinstance(options, dict):
            raise Unreadable("its stream_options is not an object")
        limits = [fields.positive(document, key) for key in _LIMITS]
        stated = [limit for limit in limits if limit is not None]
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        for index, message in enumerate(messages):
            request.read_message(("messages", index), message, texts, payloads)
        for key in ("tools", "functions"):
            for index, tool in enumerate(fields.objects(document, key)):
                texts.extend(TextAt(at, "definition") for at in string_paths((key, index), tool))
        tier = document.get("service_tier")
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=model,
            stream=stream,
            document=document,
            max_output_tokens=max(stated) if stated else None,
            choices=max(fields.positive(document, "n") or 1, fields.positive(document, "best_of") or 1),
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=request.unbounded(provider, model, document),
            hidden_output=not request.shows_all(model),
            provider_tools=request.provider_tools(model, document),
            price_options={"service_tier": tier if isinstance(tier, str) else "auto"},
            wants_usage=fields.flag(options, "include_usage") if options is not None else False,
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        stated = [key for key in _LIMITS if call.document.get(key) is not None]
        for key in stated or [_limit_of(call.provider)]:
            call.document[key] = tokens
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        if call.stream and not call.wants_usage and call.provider not in _TELLS_UNASKED:
            options = call.document.get("stream_options")
            call.document["stream_options"] = {**(options or {}), "include_usage": True}
            call.hides_usage = True

    def set_model(self, call: Call, model: str) -> None:
        call.model = call.document["model"] = model
        _rename_limit(call)
        call.unbounded = request.unbounded(call.provider, model, call.document)
        call.provider_tools = request.provider_tools(model, call.document)
        call.hidden_output = not request.shows_all(model)

    def path_of(self, call: Call, path: str) -> str:
        return _DEPLOYMENT.sub(lambda found: found[1] + quote(call.model, safe="") + found[3], path) or _PATH

    def answer(self, call: Call) -> OpenAIAnswer:
        return OpenAIAnswer(call)

    def gate(self, call: Call) -> ChatGate:
        return ChatGate()

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


def _limit_of(provider: str) -> str:
    return "max_completion_tokens" if provider in _NEW_LIMIT else "max_tokens"


def _rename_limit(call: Call) -> None:
    """The model that is asked instead may know the output limit by the other of its names only."""
    key = _limit_of(call.provider)
    if call.provider and call.document.get(key) is None:
        told = [(key if name in _LIMITS else name, value) for name, value in call.document.items() if name != key]
        call.document.clear()
        call.document.update(told)
