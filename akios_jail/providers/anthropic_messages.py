"""Anthropic messages (`POST …/v1/messages`, and `…/v1/messages/count_tokens`, which costs nothing but carries the
text).

Fields as in Anthropic's API reference ("Messages", "Streaming messages"). `usage.input_tokens` leaves out what was
read from or written to the prompt cache; the neutral form adds both. A stream tells its input at `message_start` and,
in each `message_delta`, all output so far.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields, strictjson
from akios_jail.providers.neutral import Call, Flow, Path, Payload, TextAt, Usage, string_paths, strings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Tools that Anthropic defines and the agent runs: nothing is billed beyond the tokens of the call.
_CLIENT_TOOLS = ("custom", "bash_", "text_editor_", "computer_", "memory_", "str_replace_")

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
        _content(("system",), document.get("system"), "system", texts, payloads)
        for index, message in enumerate(fields.objects(document, "messages", required=True)):
            role = message.get("role")
            role = role if isinstance(role, str) else "user"
            _content(("messages", index, "content"), message.get("content"), role, texts, payloads)
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
            max_output_tokens=_output_limit(limit, thinking),
            billable=billable,
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=_unbounded(document),
            added_input_tokens=_TOOL_TOKENS * sum(1 for tool in fields.objects(document, "tools") if "type" in tool),
            hidden_output=thinks,
            price_options=_price_options(document),
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        call.document["max_tokens"] = tokens
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        """Every stream of this format tells its usage."""

    def answer(self, call: Call) -> AnthropicAnswer:
        return AnthropicAnswer(call)


class AnthropicAnswer:
    """A message, or the events that build one."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._started = False
        self._open: set[int] = set()  # content blocks without their end
        self._usage: dict[str, Any] = {}
        self.usage: Usage | None = None
        self.known_input: int | None = None
        self.flow = Flow()
        self.finished = False

    def whole(self, body: bytes) -> None:
        document = strictjson.loads(body)
        if not isinstance(document, dict):
            raise Unreadable("it is not an object")
        for text in strings(document.get("content")):
            self.flow.add(text)
        if self._call.billable:
            self._merge(document.get("usage"))
            self.usage = self._read()
        else:
            self.usage = Usage()
        self.finished = True

    def event(self, event: Event) -> Event | None:
        if event.data is None:
            return event
        document = strictjson.loads(event.data)
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        kind = document.get("type")
        if kind == "message_start":
            message = document.get("message")
            if not isinstance(message, dict):
                raise Unreadable("its message_start has no message")
            self._started = True
            self._merge(message.get("usage"))
            self.known_input = self._read().input_tokens
        elif kind == "content_block_start":
            self._open.add(_index(document))
            for text in strings(document.get("content_block")):
                self.flow.add(text)
        elif kind == "content_block_delta":
            for text in strings(document.get("delta")):
                self.flow.add(text)
        elif kind == "content_block_stop":
            self._open.discard(_index(document))
        elif kind == "message_delta":
            self._merge(document.get("usage"))
            self.usage = self._read()
        elif kind == "message_stop":
            self.finished = True
        return event

    def end(self, output_tokens: int) -> list[Event]:
        events: list[dict[str, Any]] = []
        message: dict[str, Any]
        if not self._started:
            usage = {"input_tokens": 0, "output_tokens": 0}
            head = {"id": "msg_akios", "type": "message", "role": "assistant", "model": self._call.model}
            message = {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
            events.append({"type": "message_start", "message": message})
        events.extend({"type": "content_block_stop", "index": index} for index in sorted(self._open))
        stop = {"stop_reason": "max_tokens", "stop_sequence": None}
        events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": output_tokens}})
        events.append({"type": "message_stop"})
        self.finished = True
        return [Event(event["type"], json.dumps(event, separators=(",", ":"))) for event in events]

    def _merge(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            raise Unreadable("its usage is not an object")
        self._usage.update({key: value for key, value in usage.items() if value is not None})

    def _read(self) -> Usage:
        usage = self._usage
        if "input_tokens" not in usage or "output_tokens" not in usage:
            raise Unreadable("its usage lacks input_tokens or output_tokens")
        cached = fields.count(usage, "cache_read_input_tokens")
        written = fields.count(usage, "cache_creation_input_tokens")
        options = [(key, usage[key]) for key in ("speed", "inference_geo") if isinstance(usage.get(key), str)]
        return Usage(
            input_tokens=fields.count(usage, "input_tokens") + cached + written,
            output_tokens=fields.count(usage, "output_tokens"),
            cached_tokens=cached,
            cache_write_tokens=written,
            cache_write_1h_tokens=fields.count(usage, "cache_creation", "ephemeral_1h_input_tokens"),
            reasoning_tokens=fields.count(usage, "output_tokens_details", "thinking_tokens"),
            web_searches=fields.count(usage, "server_tool_use", "web_search_requests"),
            options=tuple(options),
        )


def _index(document: dict[str, Any]) -> int:
    index = document.get("index")
    if type(index) is not int:
        raise Unreadable("an event of it has no readable index")
    return index


def _output_limit(limit: int | None, thinking: Any) -> int | None:
    """With interleaved thinking, the thinking budget may lie above max_tokens; the larger one is what can be billed."""
    budget = fields.positive(thinking, "budget_tokens") if isinstance(thinking, dict) else None
    return limit if limit is None or budget is None or budget < limit else limit + budget


def _price_options(document: dict[str, Any]) -> dict[str, str]:
    """`cache`: how long this call asks the prompt cache to keep anything, which is what writing to it costs by."""
    speed, geo = document.get("speed"), document.get("inference_geo")
    lifetimes = set(_cache_lifetimes(document))
    return {
        "speed": speed if isinstance(speed, str) else "standard",
        "inference_geo": geo if isinstance(geo, str) else "",
        "cache": "none" if not lifetimes else "5m" if lifetimes == {"5m"} else "1h",
    }


def _cache_lifetimes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        control = value.get("cache_control")
        if control is not None:
            yield str(control.get("ttl", "5m")) if isinstance(control, dict) else "unreadable"
        for child in value.values():
            yield from _cache_lifetimes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _cache_lifetimes(child)


def _content(at: Path, content: Any, role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    if content is None:
        return
    if isinstance(content, str):
        texts.append(TextAt(at, role))
        return
    if not isinstance(content, list):
        raise Unreadable("a content is neither text nor a list of blocks")
    for index, block in enumerate(content):
        if not isinstance(block, dict):
            raise Unreadable("a block of content is not an object")
        _block((*at, index), block, role, texts, payloads)


def _block(at: Path, block: dict[str, Any], role: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    kind = block.get("type")
    for key in ("text", "thinking", "title", "context"):
        if isinstance(block.get(key), str):
            texts.append(TextAt((*at, key), role))
    for key in ("signature", "data", "encrypted_content", "encrypted_index"):
        if isinstance(block.get(key), str):
            payloads.append(Payload((*at, key), "opaque", "base64", ""))
    texts.extend(TextAt(where, role) for where in string_paths((*at, "input"), block.get("input")))
    source = block.get("source")
    if isinstance(source, dict):
        _source((*at, "source"), source, "image" if kind == "image" else "file", texts, payloads)
    if kind == "container_upload":
        payloads.append(Payload((*at, "file_id"), "file", "reference", ""))
    if isinstance(block.get("content"), (str, list)):
        inner = "tool" if kind == "tool_result" else role
        _content((*at, "content"), block["content"], inner, texts, payloads)


def _source(at: Path, source: dict[str, Any], kind: str, texts: list[TextAt], payloads: list[Payload]) -> None:
    form, media_type = source.get("type"), source.get("media_type")
    if form == "base64":
        payloads.append(Payload((*at, "data"), kind, "base64", media_type if isinstance(media_type, str) else ""))
    elif form == "text":
        texts.append(TextAt((*at, "data"), "user"))
    elif form == "content":
        _content((*at, "content"), source.get("content"), "user", texts, payloads)
    else:
        payloads.append(Payload((*at, "url" if form == "url" else "file_id"), kind, "reference", ""))


def _unbounded(document: dict[str, Any]) -> tuple[str, ...]:
    reasons = [
        f"the provider runs this tool itself and bills what it reads ({str(tool['type'])[:60]})"
        for tool in fields.objects(document, "tools")
        if tool.get("type") is not None and not str(tool["type"]).startswith(_CLIENT_TOOLS)
    ]
    for key in ("mcp_servers", "container"):
        if document.get(key):
            reasons.append(f"the provider runs tools itself and bills what they read ({key})")
    management = document.get("context_management")
    if management is not None and "compact" in json.dumps(management):
        reasons.append("the provider also bills the summaries that it makes of the conversation (context_management)")
    return tuple(reasons)
