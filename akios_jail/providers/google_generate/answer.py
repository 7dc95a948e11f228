"""The answer to a generateContent call, whole or in pieces: what it costs, and what the agent gets of it.

Every piece tells the usage so far; it is final with the piece in which the last candidate ends.
"""

from __future__ import annotations

from typing import Any

from akios_jail.providers import fields, json_array, strictjson
from akios_jail.providers.following import Following
from akios_jail.providers.neutral import Call, Usage, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Parts whose strings a model wrote; the others are data, or signatures that it did not write.
_WRITTEN = ("text", "functionCall", "executableCode")
#: Modalities that can have a price of their own beside text and audio.
_MODALITIES = ("image", "video")


class GoogleAnswer(Following):
    """One GenerateContentResponse, or the pieces of one."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._head: dict[str, Any] = {}
        self._ended: dict[int, bool] = {}  # candidates by index: whether each has ended
        self._so_far: Usage | None = None
        self._searches = 0

    def whole(self, body: bytes) -> bytes:
        document = strictjson.loads_object(body)
        if not self._call.billable:
            self.usage = Usage()
            return body
        self._take(document)
        self.usage = self._so_far
        self.finished = True
        shown = self._shown(document)
        return body if shown is document else strictjson.dumps(shown)

    def event(self, event: Event) -> Event | None:
        if event == json_array.END:
            self.finished = True
            return event
        if event.data is None or event.data.strip() == "":
            return event
        piece = event.document
        if not isinstance(piece, dict):
            raise Unreadable("a piece of it is not an object")
        if not self._head:
            self._head = {key: piece[key] for key in ("modelVersion", "responseId", "createTime") if key in piece}
        self._take(piece)
        blocked = isinstance(piece.get("promptFeedback"), dict) and piece["promptFeedback"].get("blockReason")
        if blocked or (len(self._ended) >= self._call.choices and all(self._ended.values())):
            self.usage = self._so_far
            self.finished = True
        shown = self._shown(piece)
        return event if shown is piece else event.saying(shown)

    def end(self, output_tokens: int) -> list[Event]:
        writing = self._ended or dict.fromkeys(range(self._call.choices), False)
        content = {"role": "model", "parts": [{"text": ""}]}
        candidates = [
            {"content": content, "finishReason": "MAX_TOKENS", "index": index}
            for index, ended in sorted(writing.items())
            if not ended
        ]
        tokens = {"promptTokenCount": self.known_input or 0, "candidatesTokenCount": output_tokens}
        usage = {**tokens, "totalTokenCount": sum(tokens.values())}
        last = self._shown({"candidates": candidates, "usageMetadata": usage, **self._head})
        self.finished = True
        closing = [json_array.END] if self._call.wire.framing == "json_array" else []
        return [Event().saying(last), *closing]

    def _shown(self, document: dict[str, Any]) -> dict[str, Any]:
        if self._call.shown_model == "" or "modelVersion" not in document:
            return document
        return {**document, "modelVersion": self._call.shown_model}

    def _take(self, document: dict[str, Any]) -> None:
        for place, candidate in enumerate(fields.objects(document, "candidates")):
            index = candidate.get("index", place)
            if type(index) is not int:
                raise Unreadable("a candidate of it has no readable index")
            ended = candidate.get("finishReason") not in (None, "", "FINISH_REASON_UNSPECIFIED")
            self._ended[index] = ended or self._ended.get(index, False)
            content = candidate.get("content")
            for part in fields.objects(content, "parts") if isinstance(content, dict) else []:
                for key in _WRITTEN:
                    for text in strings(part.get(key)):
                        self.flow.add(text)
        self._searches = max(self._searches, _searches(document))
        usage = document.get("usageMetadata")
        if usage is not None:
            self._so_far = read_usage(usage)._replace(web_searches=self._searches)
            self.known_input = self._so_far.input_tokens


def read_usage(usage: Any) -> Usage:
    """A usageMetadata. Thoughts are output, and what tools of the provider put into the prompt is input."""
    if not isinstance(usage, dict):
        raise Unreadable("its usageMetadata is not an object")
    thoughts = fields.count(usage, "thoughtsTokenCount")
    prompt = _by_modality(usage, "promptTokensDetails", "toolUsePromptTokensDetails")
    output = _by_modality(usage, "candidatesTokensDetails")
    cached = _by_modality(usage, "cacheTokensDetails")
    others = {"cache_audio_read_tokens": cached.get("audio", 0)}
    for modality in _MODALITIES:
        others[f"input_{modality}_tokens"] = prompt.get(modality, 0)
        others[f"output_{modality}_tokens"] = output.get(modality, 0)
        others[f"cache_{modality}_read_tokens"] = cached.get(modality, 0)
    return Usage(
        input_tokens=fields.count(usage, "promptTokenCount") + fields.count(usage, "toolUsePromptTokenCount"),
        output_tokens=fields.count(usage, "candidatesTokenCount") + thoughts,
        cached_tokens=fields.count(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
        input_audio_tokens=prompt.get("audio", 0),
        output_audio_tokens=output.get("audio", 0),
        others=tuple((name, count) for name, count in others.items() if count > 0),
    )


def _by_modality(usage: dict[str, Any], *keys: str) -> dict[str, int]:
    """Tokens by modality in lower case; what is a document counts as an image."""
    found: dict[str, int] = {}
    for key in keys:
        for detail in fields.objects(usage, key):
            modality = str(detail.get("modality", "")).lower()
            modality = "image" if modality == "document" else modality
            found[modality] = found.get(modality, 0) + fields.count(detail, "tokenCount")
    return found


def _searches(document: dict[str, Any]) -> int:
    """Web searches that the provider made for this answer."""
    made = 0
    for candidate in fields.objects(document, "candidates"):
        grounding = candidate.get("groundingMetadata")
        queries = grounding.get("webSearchQueries") if isinstance(grounding, dict) else None
        made += len(queries) if isinstance(queries, list) else 0
    return made
