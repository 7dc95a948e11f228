"""Anthropic's messages as clouds host them: Bedrock's `invoke` (`POST /model/ID/invoke`, and
`…/invoke-with-response-stream`) and Vertex AI's `rawPredict` (`POST …/publishers/anthropic/models/M:rawPredict`, and
`:streamRawPredict`).

The documents are those of messages but for the model, which stands in the path, and `anthropic_version`, which stands
in the document; and the answers are, but for how their stream is framed. All else is `anthropic_messages`' matter.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from akios_jail.providers import framings
from akios_jail.providers.anthropic_messages import AnthropicMessages
from akios_jail.providers.bedrock_converse import models
from akios_jail.providers.neutral import Answer, Call, Conversation, Gate, Path, Reply, ToolCall
from akios_jail.providers.strictjson import Unreadable

_MESSAGES = AnthropicMessages()
#: Stands in the place of the model where tokens are counted.
_COUNTER = "count-tokens"
_VERTEX = re.compile(r"(/publishers/anthropic/models/)([^/]+?)(:|%3A)(rawPredict|streamRawPredict)/*$", re.IGNORECASE)


class Host(NamedTuple):
    """How a cloud hosts messages. `version`: its `anthropic_version`."""

    name: str
    framing: str
    version: str


BEDROCK = Host("bedrock_invoke", "eventstream_chunks", "bedrock-2023-05-31")
VERTEX = Host("vertex_anthropic", "sse", "vertex-2023-10-16")


class AnthropicHosted:
    """The wire format on one of these hosts."""

    shared_path = True

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = host.name
        self.framing = host.framing

    def speaks(self, path: str) -> bool:
        if self._host is VERTEX:
            return _VERTEX.search(path) is not None
        return models.operation(path) in ("invoke", "invoke-with-response-stream")

    def resembles(self, document: dict[str, Any]) -> bool:
        return "anthropic_version" in document and isinstance(document.get("messages"), list)

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        model, streams = self._named(path)
        counts = self._host is VERTEX and model == _COUNTER
        if counts:
            model = str(document.get("model"))
        elif "model" in document:
            raise Unreadable("it names a model, and so does its path")
        like = {**document, "model": model}
        if self._host is BEDROCK:
            like["stream"] = streams
        call = _MESSAGES.read(provider, host, "/v1/messages" + ("/count_tokens" if counts else ""), like)
        if call.stream is not streams:
            raise Unreadable("its stream is not what its path says")
        call.wire = self
        call.document = document
        return call

    def limit_output(self, call: Call, tokens: int) -> None:
        _MESSAGES.limit_output(call, tokens)

    def ask_usage(self, call: Call) -> None:
        _MESSAGES.ask_usage(call)

    def set_model(self, call: Call, model: str) -> None:
        call.model = model

    def path_of(self, call: Call, path: str) -> str:
        if self._host is BEDROCK:
            return models.path(path, call.model, "invoke-with-response-stream" if call.stream else "invoke")
        method = "streamRawPredict" if call.stream else "rawPredict"
        model = quote(call.model if call.billable else _COUNTER, safe="@")
        found = _VERTEX.search(path)
        if found is None:
            return f"/v1/publishers/anthropic/models/{model}:{method}"
        if (unquote(found[2]).lower(), found[4].lower()) == (unquote(model).lower(), method.lower()):
            return path
        return f"{path[: found.start()]}{found[1]}{model}{found[3]}{method}"

    def answer(self, call: Call) -> Answer:
        return _MESSAGES.answer(call)

    def gate(self, call: Call) -> Gate:
        return _MESSAGES.gate(call)

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        return _MESSAGES.results(call)

    def conversation(self, call: Call) -> Conversation:
        plain = {key: value for key, value in call.document.items() if key != "anthropic_version"}
        call = Call(**{**call.__dict__, "document": {**plain, "model": call.model}})
        return _MESSAGES.conversation(call)

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        document = _MESSAGES.compose(conversation, model)
        del document["model"]
        return {"anthropic_version": self._host.version, **document}

    def reply(self, body: bytes) -> Reply:
        return _MESSAGES.reply(body)

    def render(self, call: Call, reply: Reply) -> bytes:
        body = _MESSAGES.render(call, reply)
        if not call.stream or self.framing == "sse":
            return body
        framing = framings.of(self.framing)
        return b"".join(framing.encode(event) for event in framings.of("sse").parser().feed(body))

    def _named(self, path: str) -> tuple[str, bool]:
        """The model that a path names, and whether a stream is asked for."""
        if self._host is BEDROCK:
            return models.model(path), models.operation(path) == "invoke-with-response-stream"
        found = _VERTEX.search(path)
        if found is None:
            raise Unreadable("its path names no model")
        return found[2].lower(), found[4].lower() == "streamrawpredict"
