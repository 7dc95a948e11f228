"""What was said to a model and what it said, whatever the wire format: only as much as the trace is about.

Told apart by the shape of the document: chat completions and messages (also Bedrock's) have `messages`, responses have
`input`, Google's have `contents`. Unlike translation, reading never refuses: what has no words here (an image, a
document, a kind of block that came last week) counts by its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A tool that a model asked for. `id` is the wire format's own, "" where it has none."""

    id: str
    name: str
    arguments: Any


class Result(NamedTuple):
    """What came of a tool, as it was told to the model. `id`: of the call that it answers, "" where it has none."""

    id: str
    name: str
    text: str


class Message(NamedTuple):
    """One message. `role`: system | user | assistant. `other`: digests of what is no text."""

    role: str
    text: str = ""
    reasoning: str = ""
    asked: tuple[Asked, ...] = ()
    results: tuple[Result, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return self == Message(self.role)


class Request(NamedTuple):
    """A call. `previous`: the answer that it continues, by the id that the provider gave it; "" for none."""

    system: str
    tools: tuple[str, ...]
    messages: tuple[Message, ...]
    previous: str = ""


def request(document: dict[str, Any]) -> Request:
    """What a call says."""
    messages = [message for message in _messages(document) if not message.empty]
    system = [_text(document[key]) for key in ("system", "instructions", "systemInstruction") if document.get(key)]
    system += [message.text for message in messages if message.role == "system"]
    heard = tuple(message for message in messages if message.role != "system")
    return Request(
        "\n\n".join(system), tuple(_tools(document.get("tools"))), heard, word(document, "previous_response_id")
    )


def message(role: str, content: Any) -> Message:
    """A message from what stands as its content: text, or a list of parts of any of the formats."""
    if isinstance(content, str):
        return Message(role, content)
    texts: list[str] = []
    thoughts: list[str] = []
    asked: list[Asked] = []
    results: list[Result] = []
    other: list[str] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            texts.append(part)
        elif (call := _asked(part)) is not None:
            asked.append(call)
        elif (result := _result(part)) is not None:
            results.append(result)
        elif (thought := _thought(part)) is not None:
            thoughts.append(thought)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif part is not None:
            other.append(digest(part))
    return Message(role, "\n".join(texts), "\n".join(thoughts), tuple(asked), tuple(results), tuple(other))


def _joined(messages: list[Message]) -> tuple[Message, ...]:
    """One turn of the model is one message, though some formats have it in several."""
    joined: list[Message] = []
    for each in messages:
        if joined and each.role == joined[-1].role == "assistant":
            last = joined[-1]
            joined[-1] = Message(
                "assistant",
                "\n".join(filter(None, (last.text, each.text))),
                "\n".join(filter(None, (last.reasoning, each.reasoning))),
                last.asked + each.asked,
                last.results + each.results,
                last.other + each.other,
            )
        else:
            joined.append(each)
    return tuple(joined)


def digest(value: Any) -> str:
    """A short name for a value of JSON by what it holds."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def arguments(value: Any) -> Any:
    """Arguments of a tool call as a value: many formats have them as a text that holds JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else {}
    except (ValueError, RecursionError):
        return value


def _messages(document: dict[str, Any]) -> Iterator[Message]:
    for key in ("messages", "contents", "input"):
        listed = document.get(key)
        if isinstance(listed, str):
            yield Message("user", listed)
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict):
                yield _item(item)


def _item(item: dict[str, Any]) -> Message:
    """One message of a call, or one item of the Responses format."""
    kind = item.get("type")
    if kind == "function_call" or kind == "custom_tool_call":
        name, given = word(item, "name"), arguments(item.get("arguments", item.get("input")))
        return Message("assistant", asked=(Asked(word(item, "call_id"), name, given),))
    if kind == "function_call_output" or kind == "custom_tool_call_output":
        return Message("user", results=(Result(word(item, "call_id"), "", _text(item.get("output"))),))
    if kind == "reasoning":
        return Message("assistant", reasoning=_text(item.get("summary") or item.get("content")))
    role = _role(word(item, "role"))
    content = item.get("content", item.get("parts"))
    if item.get("role") in ("tool", "function"):
        return Message("user", results=(Result(word(item, "tool_call_id"), word(item, "name"), _text(content)),))
    said = message(role, content)
    calls = item.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            asked = Asked(word(call, "id"), word(function, "name"), arguments(function.get("arguments")))
            said = said._replace(asked=(*said.asked, asked))
    thought = item.get("reasoning_content", item.get("reasoning"))
    return said._replace(reasoning=thought) if isinstance(thought, str) and thought else said


def _role(role: str) -> str:
    return {"model": "assistant", "assistant": "assistant", "system": "system", "developer": "system"}.get(role, "user")


def _asked(part: Any) -> Asked | None:
    if not isinstance(part, dict):
        return None
    if part.get("type") in ("tool_use", "server_tool_use"):
        return Asked(word(part, "id"), word(part, "name"), part.get("input"))
    use, call = part.get("toolUse"), part.get("functionCall")
    if isinstance(use, dict):
        return Asked(word(use, "toolUseId"), word(use, "name"), use.get("input"))
    if isinstance(call, dict):
        return Asked(word(call, "id"), word(call, "name"), call.get("args"))
    return None


def _result(part: Any) -> Result | None:
    if not isinstance(part, dict):
        return None
    if part.get("type") == "tool_result":
        return Result(word(part, "tool_use_id"), "", _text(part.get("content")))
    result, response = part.get("toolResult"), part.get("functionResponse")
    if isinstance(result, dict):
        return Result(word(result, "toolUseId"), "", _text(result.get("content")))
    if isinstance(response, dict):
        return Result(word(response, "id"), word(response, "name"), _text(response.get("response")))
    return None


def _thought(part: Any) -> str | None:
    if not isinstance(part, dict):
        return None
    if part.get("type") in ("thinking", "redacted_thinking"):
        return word(part, "thinking")
    if part.get("thought") is True:
        return word(part, "text")
    reasoning = part.get("reasoningContent")
    if isinstance(reasoning, dict):
        return _text(reasoning.get("reasoningText"))
    return None


def _text(value: Any) -> str:
    """The text of a value that may be text, parts, or anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for key in ("text", "parts", "content"):
            if key in value:
                return _text(value[key])
    if isinstance(value, list) and all(isinstance(each, dict | str) for each in value):
        return "\n".join(_text(each) for each in value)
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _tools(tools: Any) -> Iterator[str]:
    """Names of the tools that a call offers."""
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        declared = tool.get("functionDeclarations")
        if isinstance(declared, list):
            yield from _tools(declared)
            continue
        function, spec = tool.get("function"), tool.get("toolSpec")
        holder = function if isinstance(function, dict) else spec if isinstance(spec, dict) else tool
        name = word(holder, "name") or word(tool, "type")
        if name:
            yield name


def word(holder: Any, key: str) -> str:
    """The text under a key of what may be an object, "" where there is none."""
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""
