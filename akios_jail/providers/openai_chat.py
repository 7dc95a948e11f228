"""OpenAI chat completions (`POST …/chat/completions`), as OpenAI, Azure and the many compatible servers speak it.

Fields as in OpenAI's API reference ("Chat", "Streaming"). A stream tells its usage only when `stream_options.
include_usage` is set, in a last chunk whose `choices` is empty; all earlier chunks then carry `"usage": null`. The
broker always asks, and takes both out again for an agent that did not.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.neutral import Call, Flow, Path, Payload, TextAt, Usage, string_paths, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_DEPLOYMENT = re.compile(r"/deployments/([^/]+)/chat/completions$")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.=+-]+)*;base64,")
#: Families that think nowhere but in the text that they show.
_SHOWS_ALL = re.compile(r"(?:ft:)?(?:gpt-3\.5|gpt-4|gpt-4o|gpt-4\.1|chatgpt-4o)(?:[-:]|$)")
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
        "service_tier",
        "models",
    ]
)
#: Ways of asking for more than the model's own answer to this prompt, and what each is.
_BEYOND = {
    "web_search_options": "the provider's web search bills by what it finds",
    "search_parameters": "the provider's web search bills by what it finds",
    "enable_search": "the provider's web search bills by what it finds",
    "prediction": "a predicted output is billed beyond the output limit",
    "models": "the provider chooses what runs and what it costs",
    "plugins": "the provider chooses what runs and what it costs",
    "route": "the provider chooses what runs and what it costs",
    "preset": "the provider chooses what runs and what it costs",
}


class OpenAIChat:
    """The wire format."""

    name = "openai_chat"
    shared_path = False

    def speaks(self, path: str) -> bool:
        return path.endswith("/chat/completions")

    def resembles(self, document: dict[str, Any]) -> bool:
        return "messages" in document

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        fields.no_lookalikes(document, _DECISIVE | _BEYOND.keys())
        messages = fields.objects(document, "messages", required=True)
        deployment = _DEPLOYMENT.search(path)
        model = deployment.group(1) if deployment and "model" not in document else fields.text(document, "model")
        stream = fields.flag(document, "stream")
        options = document.get("stream_options")
        if options is not None and not isinstance(options, dict):
            raise Unreadable("its stream_options is not an object")
        limits = [fields.positive(document, key) for key in ("max_tokens", "max_completion_tokens")]
        stated = [limit for limit in limits if limit is not None]
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        for index, message in enumerate(messages):
            _message(("messages", index), message, texts, payloads)
        for index, tool in enumerate(fields.objects(document, "tools")):
            texts.extend(TextAt(at, "definition") for at in string_paths(("tools", index), tool))
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
            unbounded=_unbounded(provider, model, document),
            hidden_output=_SHOWS_ALL.match(model.lower()) is None,
            price_options={"service_tier": tier if isinstance(tier, str) else "auto"},
            wants_usage=fields.flag(options, "include_usage") if options is not None else False,
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        call.document["max_completion_tokens" if call.provider in _NEW_LIMIT else "max_tokens"] = tokens
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        if call.stream and not call.wants_usage and call.provider not in _TELLS_UNASKED:
            options = call.document.get("stream_options")
            call.document["stream_options"] = {**(options or {}), "include_usage": True}
            call.hides_usage = True

    def answer(self, call: Call) -> OpenAIAnswer:
        return OpenAIAnswer(call)


class OpenAIAnswer:
    """A chat completion, or its chunks."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._head: dict[str, Any] = {}
        self._open: dict[int, bool] = {}  # choices by index: whether it still writes
        self.usage: Usage | None = None
        self.known_input: int | None = None
        self.flow = Flow()
        self.finished = False

    def whole(self, body: bytes) -> None:
        document = strictjson.loads(body)
        if not isinstance(document, dict):
            raise Unreadable("it is not an object")
        for choice in fields.objects(document, "choices"):
            for text in strings(choice.get("message")):
                self.flow.add(text)
        self._take_usage(document)
        self.finished = True

    def event(self, event: Event) -> Event | None:
        if event.data is None or event.data.strip() == "":
            return event
        if event.data.strip() == "[DONE]":
            self.finished = True
            return event
        chunk = strictjson.loads(event.data)
        if not isinstance(chunk, dict):
            raise Unreadable("a chunk of it is not an object")
        choices = fields.objects(chunk, "choices")
        if choices and not self._head:
            self._head = {key: chunk[key] for key in ("id", "object", "created", "model") if key in chunk}
        for choice in choices:
            for text in strings(choice.get("delta")):
                self.flow.add(text)
            index = choice.get("index", 0)
            if type(index) is not int:
                raise Unreadable("a chunk of it has no readable index")
            self._open[index] = choice.get("finish_reason") is None
        self._take_usage(chunk)
        if not self._call.hides_usage or "usage" not in chunk:
            return event
        if not choices and chunk["usage"] is not None:
            return None
        if chunk["usage"] is None:
            del chunk["usage"]
            return event._replace(data=strictjson.dumps(chunk).decode())
        return event

    def end(self, output_tokens: int) -> list[Event]:
        head = self._head or {
            "id": "chatcmpl-akios",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self._call.model,
        }
        writing = self._open or dict.fromkeys(range(self._call.choices), True)
        chunks: list[dict[str, Any]] = [
            {**head, "choices": [{"index": index, "delta": {}, "finish_reason": "length"}]}
            for index, still in sorted(writing.items())
            if still
        ]
        if self._call.wants_usage:
            tokens = {"prompt_tokens": self.known_input or 0, "completion_tokens": output_tokens}
            chunks.append({**head, "choices": [], "usage": {**tokens, "total_tokens": sum(tokens.values())}})
        self.finished = True
        return [*(Event(data=json.dumps(chunk, separators=(",", ":"))) for chunk in chunks), Event(data="[DONE]")]

    def _take_usage(self, document: dict[str, Any]) -> None:
        usage = document.get("usage")
        if usage is None:
            return
        if not isinstance(usage, dict) or "prompt_tokens" not in usage:
            raise Unreadable("its usage is not an object with prompt_tokens")
        tier = document.get("service_tier")
        cached = fields.count(usage, "prompt_tokens_details", "cached_tokens") or fields.count(usage, "cached_tokens")
        self.usage = Usage(
            input_tokens=fields.count(usage, "prompt_tokens"),
            output_tokens=fields.count(usage, "completion_tokens"),
            cached_tokens=cached,
            cache_write_tokens=fields.count(usage, "prompt_tokens_details", "cache_write_tokens"),
            reasoning_tokens=fields.count(usage, "completion_tokens_details", "reasoning_tokens"),
            input_audio_tokens=fields.count(usage, "prompt_tokens_details", "audio_tokens"),
            output_audio_tokens=fields.count(usage, "completion_tokens_details", "audio_tokens"),
            options=(("service_tier", tier),) if isinstance(tier, str) else (),
        )
        self.known_input = self.usage.input_tokens


def _message(at: Path, message: dict[str, Any], texts: list[TextAt], payloads: list[Payload]) -> None:
    role = message.get("role")
    role = {"developer": "system", "function": "tool"}.get(role, role) if isinstance(role, str) else "user"
    content = message.get("content")
    if isinstance(content, str):
        texts.append(TextAt((*at, "content"), role))
    elif isinstance(content, list):
        for index, part in enumerate(content):
            if not isinstance(part, dict):
                raise Unreadable("a part of a message's content is not an object")
            _part((*at, "content", index), part, role, texts, payloads)
    elif content is not None:
        raise Unreadable("a message's content is neither text nor a list of parts")
    if isinstance(message.get("audio"), dict):
        payloads.append(Payload((*at, "audio", "id"), "audio", "reference", ""))
    for index, tool_call in enumerate(fields.objects(message, "tool_calls")):
        for kind, key in (("function", "arguments"), ("custom", "input")):
            if isinstance(tool_call.get(kind), dict) and isinstance(tool_call[kind].get(key), str):
                texts.append(TextAt((*at, "tool_calls", index, kind, key), "assistant"))


def _part(at: Path, part: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = part.get("type")
    inner = part.get(kind) if isinstance(kind, str) else None
    if kind in ("text", "refusal") and isinstance(inner, str):
        texts.append(TextAt((*at, kind), role))
    elif kind == "image_url" and isinstance(inner, (dict, str)):
        where: Path = (*at, "image_url", "url") if isinstance(inner, dict) else (*at, "image_url")
        url = inner.get("url") if isinstance(inner, dict) else inner
        payloads.append(_from_url(where, "image", url))
    elif kind == "input_audio" and isinstance(inner, dict):
        payloads.append(Payload((*at, "input_audio", "data"), "audio", "base64", f"audio/{inner.get('format')}"))
    elif kind == "file" and isinstance(inner, dict):
        if isinstance(inner.get("file_data"), str):
            payloads.append(_from_url((*at, "file", "file_data"), "file", inner["file_data"]))
        else:
            payloads.append(Payload((*at, "file", "file_id"), "file", "reference", ""))
    else:
        texts.extend(TextAt(where, role) for where in string_paths(at, part))


def _from_url(at: Path, kind: str, url: Any) -> Payload:
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    if match is None:
        return Payload(at, kind, "reference", "")
    return Payload(at, kind, "data_url", match.group(1) or "")


def _unbounded(provider: str, model: str, document: dict[str, Any]) -> tuple[str, ...]:
    reasons = [f"{why} ({key})" for key, why in _BEYOND.items() if document.get(key) not in (None, False)]
    if provider == "openrouter":
        # A variant searches the web or chooses a dearer server, and so does a preference of servers.
        if ":" in model and not model.endswith((":free", ":floor")):
            reasons.append(f"the provider chooses what runs and what it costs ({model[-60:]})")
        if document.get("provider") is not None:
            reasons.append("the provider chooses what runs and what it costs (provider)")
    for tool in fields.objects(document, "tools"):
        if tool.get("type") not in ("function", "custom"):
            reasons.append(f"the provider runs this tool itself and bills what it reads ({str(tool.get('type'))[:60]})")
    return tuple(reasons)
