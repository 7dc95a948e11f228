"""OpenAI embeddings (`POST …/v1/embeddings`), as OpenAI, Azure and compatible servers speak it.

Fields as in OpenAI's API reference ("Embeddings"). Nothing is written: input is all that is billed, and there are no
streams, no tools and no conversation.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from akios_jail.providers import fields, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import (
    Call,
    Conversation,
    Path,
    Payload,
    Reply,
    Ruling,
    TextAt,
    ToolCall,
    Untranslatable,
    Usage,
    string_paths,
)
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_DEPLOYMENT = re.compile(r"(/deployments/)([^/]+)(/embeddings)$", re.IGNORECASE)
_PATH = "/v1/embeddings"
#: Fields that decide about cost: no other spelling of them may pass.
_DECISIVE = frozenset(["model", "input", "models", "provider"])
_NOT_SAID = "embeddings, which no other format has"


class OpenAIEmbeddings:
    """The wire format."""

    name = "openai_embeddings"
    framing = "none"
    shared_path = True

    def speaks(self, path: str) -> bool:
        # Ollama has an interface of its own at /api/embeddings.
        return path.endswith("/embeddings") and not path.endswith("/api/embeddings")

    def resembles(self, document: dict[str, Any]) -> bool:
        return "input" in document and isinstance(document.get("model", ""), str)

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        fields.no_lookalikes(document, _DECISIVE)
        deployment = _DEPLOYMENT.search(path)
        model = fields.text(document, "model") if deployment is None or "model" in document else ""
        if deployment is not None and model.lower() != deployment.group(2).lower():
            model = deployment.group(2)
        texts, payloads = _input(document.get("input"))
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=model,
            stream=False,
            document=document,
            # A limit of one token stands for none at all: nothing is written, and there is no field for a limit.
            max_output_tokens=1,
            texts=texts,
            payloads=payloads,
            unbounded=tuple(
                f"the provider chooses what runs and what it costs ({key})"
                for key in ("models", "provider")
                if document.get(key) is not None
            ),
            hidden_output=False,
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        """Nothing is written."""

    def ask_usage(self, call: Call) -> None:
        """Every answer tells its usage."""

    def set_model(self, call: Call, model: str) -> None:
        call.model = call.document["model"] = model

    def path_of(self, call: Call, path: str) -> str:
        return _DEPLOYMENT.sub(lambda found: found[1] + quote(call.model, safe="") + found[3], path) or _PATH

    def answer(self, call: Call) -> EmbeddingsAnswer:
        return EmbeddingsAnswer(call)

    def gate(self, call: Call) -> NoCalls:
        return NoCalls()

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        return []

    def conversation(self, call: Call) -> Conversation:
        raise Untranslatable(_NOT_SAID)

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        raise Untranslatable(_NOT_SAID)

    def reply(self, body: bytes) -> Reply:
        raise Untranslatable(_NOT_SAID)

    def render(self, call: Call, reply: Reply) -> bytes:
        raise Untranslatable(_NOT_SAID)


class EmbeddingsAnswer(Following):
    """A list of vectors."""

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        usage = document.get("usage")
        if usage is not None:
            if not isinstance(usage, dict) or usage.keys().isdisjoint(("prompt_tokens", "total_tokens")):
                raise Unreadable("its usage is not an object with prompt_tokens")
            read = fields.count(usage, "prompt_tokens") or fields.count(usage, "total_tokens")
            self.usage = Usage(input_tokens=read)
            self.known_input = read
        self.finished = True
        return self.renamed(document, body)

    def event(self, event: Event) -> Event | None:
        raise Unreadable("it is a stream, which embeddings never are")

    def end(self, output_tokens: int) -> list[Event]:
        return []


class NoCalls:
    """The gate of an answer that cannot hold tool calls."""

    def event(self, event: Event) -> list[Event | ToolCall]:
        return [event]

    def end(self) -> list[Event | ToolCall]:
        return []

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        raise ValueError("no call waits for a ruling")

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return []

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        """There is nothing to rule on."""


def _input(said: Any) -> tuple[tuple[TextAt, ...], tuple[Payload, ...]]:
    """Texts; tokens as numbers are data that nobody reads here. `Unreadable` for anything else."""
    if isinstance(said, str):
        return (TextAt(("input",), "user"),), ()
    if not isinstance(said, list) or not said:
        raise Unreadable("its input is neither text nor a list")
    if all(type(item) is int for item in said):
        return (), (Payload(("input",), "opaque", "tokens", ""),)
    texts: list[TextAt] = []
    payloads: list[Payload] = []
    for index, item in enumerate(said):
        if isinstance(item, str):
            texts.append(TextAt(("input", index), "user"))
        elif isinstance(item, list) and all(type(token) is int for token in item):
            payloads.append(Payload(("input", index), "opaque", "tokens", ""))
        elif isinstance(item, dict):
            texts.extend(TextAt(at, "user") for at in string_paths(("input", index), item))
        else:
            raise Unreadable("its input is neither text nor tokens")
    return tuple(texts), tuple(payloads)
