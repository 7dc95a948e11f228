"""Where in an event of a stream a model's words are, and which of them go on from event to event.

By the shape of the document, which tells the wire formats apart: chat completions, responses, messages, Google's and
Bedrock's. What an event says all at once (a finished item, the arguments of a call as an object) is no delta.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from akios_jail.providers.neutral import Path


class Delta(NamedTuple):
    """One piece of text. Those with the same `stream` are one text; `is_json`: that text is JSON; `signed`: a signature
    over it comes with it, so it is of no use if it is changed."""

    path: Path
    stream: tuple[Any, ...]
    is_json: bool = False
    signed: bool = False


def deltas(document: Any) -> list[Delta]:
    """The pieces of texts in one event's document."""
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("choices"), list):
        return [each for place, choice in enumerate(document["choices"]) for each in _choice(place, choice)]
    if isinstance(document.get("candidates"), list):
        return [each for place, one in enumerate(document["candidates"]) for each in _candidate(place, one)]
    delta = document.get("delta")
    if isinstance(delta, str):
        kind = str(document.get("type", ""))
        if not kind.endswith(".delta"):
            return []
        return [Delta(("delta",), (kind, *_of(document)), "arguments" in kind or "input" in kind)]
    if isinstance(delta, dict):
        return list(_block(delta, str(document.get("index", document.get("contentBlockIndex")))))
    return []


def ended(document: Any, streams: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Which of these texts the event says are over. Others may be, too; the end of the answer tells."""
    if not isinstance(document, dict):
        return []
    for name, reason in (("choices", "finish_reason"), ("candidates", "finishReason")):
        if isinstance(document.get(name), list):
            entries = [(place, one) for place, one in enumerate(document[name]) if isinstance(one, dict)]
            over = {str(one.get("index", place)) for place, one in entries if one.get(reason) is not None}
            return [stream for stream in streams if stream[1] in over]
    kind = str(document.get("type", ""))
    if kind.endswith(".done"):
        stream = (f"{kind.removesuffix('.done')}.delta", *_of(document))
        return [each for each in streams if each == stream]
    if kind in ("", "content_block_stop") and "delta" not in document and "start" not in document:
        index = str(document.get("index", document.get("contentBlockIndex")))
        return [stream for stream in streams if stream in (("text", index), ("json", index), ("thought", index))]
    return []


def _of(document: dict[str, Any]) -> tuple[str, ...]:
    """Which text of an answer an event of the Responses format is about."""
    return tuple(str(document.get(key)) for key in ("item_id", "output_index", "content_index", "summary_index"))


def _choice(place: int, choice: Any) -> Iterator[Delta]:
    """One choice of a chat completion."""
    if not isinstance(choice, dict):
        return
    index = str(choice.get("index", place))
    at: Path = ("choices", place)
    if isinstance(choice.get("text"), str):
        yield Delta((*at, "text"), ("text", index))
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        return
    for key in ("content", "refusal", "reasoning_content", "reasoning"):
        if isinstance(delta.get(key), str):
            yield Delta((*at, "delta", key), (key, index))
    calls = delta.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            path = (*at, "delta", "tool_calls", number, "function", "arguments")
            yield Delta(path, ("call", index, str(call.get("index", number))), True)
    function = delta.get("function_call")
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        yield Delta((*at, "delta", "function_call", "arguments"), ("function", index), True)


def _candidate(place: int, candidate: Any) -> Iterator[Delta]:
    """One candidate of Google's."""
    content = candidate.get("content") if isinstance(candidate, dict) else None
    parts = content.get("parts") if isinstance(content, dict) else None
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            path: Path = ("candidates", place, "content", "parts", number, "text")
            yield Delta(path, ("part", str(candidate.get("index", place)), str(part.get("thought") is True)))


def _block(delta: dict[str, Any], index: str) -> Iterator[Delta]:
    """One content block of Anthropic's or of Bedrock's."""
    if isinstance(delta.get("thinking"), str):
        yield Delta(("delta", "thinking"), ("thought", index), signed=True)
    thought = delta.get("reasoningContent")
    if isinstance(thought, dict) and isinstance(thought.get("text"), str):
        yield Delta(("delta", "reasoningContent", "text"), ("thought", index), signed=True)
    if isinstance(delta.get("text"), str):
        yield Delta(("delta", "text"), ("text", index))
    if isinstance(delta.get("partial_json"), str):
        yield Delta(("delta", "partial_json"), ("json", index), True)
    use = delta.get("toolUse")
    if isinstance(use, dict) and isinstance(use.get("input"), str):
        yield Delta(("delta", "toolUse", "input"), ("json", index), True)
