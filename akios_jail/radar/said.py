"""What was said to a model and what it said, whatever the wire format: only as much as the trace is about.

Told apart by the shape of the document: chat completions and messages (also Bedrock's) have `messages`, responses have
`input`, Google's have `contents`. Unlike translation, reading never refuses: what has no words here (an image, a
document, a kind of block that came last week) counts by its digest.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

#: So many characters are kept of what is kept in brief.
_BRIEF: Final = 512
#: Keys by which agents say what a provider is to keep.
_MARKS: Final = ("cache_control", "cachePoint")


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
    """One message. `role`: system | user | assistant. `other`: digests of what is no text. `name`: what it is known by
    (`chains.named`), where only its beginning is kept here."""

    role: str
    text: str = ""
    reasoning: str = ""
    asked: tuple[Asked, ...] = ()
    results: tuple[Result, ...] = ()
    other: tuple[str, ...] = ()
    name: bytes = b""

    @property
    def empty(self) -> bool:
        return self == Message(self.role)


class Request(NamedTuple):
    """A call, as it stands in its document: `items` are read by `heard`. `previous`: the answer that it continues, by
    the id that the provider gave it; "" for none. `size`: of the document, in bytes. `brief`: what `heard` gives of it,
    where there is no room to keep more. `body`: the document as it is written to be sent, where that is known; in it,
    the items are a list under `key`, behind the entries `before`."""

    system: str
    tools: tuple[str, ...]
    items: list[Any]
    previous: str = ""
    size: int = 0
    brief: list[tuple[Message, int]] | None = None
    body: bytes = b""
    key: str = ""
    before: tuple[tuple[str, Any], ...] = ()


def request(document: dict[str, Any], size: int = 0, body: bytes = b"") -> Request:
    """A call. `body`: the document as it is written to be sent. Does not look into the messages: they are many, and
    most were there before."""
    key = next((key for key in ("messages", "contents", "input") if document.get(key)), "")
    listed: Any = document[key] if key else []
    items = listed if isinstance(listed, list) else [listed]
    system = [_text(document[key]) for key in ("system", "instructions", "systemInstruction") if document.get(key)]
    if items and isinstance(items[0], dict) and _role(word(items[0], "role")) == "system":
        system.append(_item(items[0]).text)
    tools = tuple(_tools(document.get("tools")))
    previous = word(document, "previous_response_id")
    if items is not listed or not body:
        return Request("\n\n".join(system), tools, items, previous, size)
    entries = list(document.items())  # at once: the event loop may put in a further one meanwhile
    before = tuple(itertools.takewhile(lambda entry: entry[0] != key, entries))
    return Request("\n\n".join(system), tools, items, previous, size, None, body, key, before)


def heard(items: list[Any], start: int = 0) -> list[tuple[Message, int]]:
    """The messages from the item `start` on, each with the number of items that are read then. What a model said in one
    turn is one message, though some formats have it in several items."""
    turns: list[tuple[list[Message], int]] = []
    for end, item in enumerate(items[start:], start + 1):
        each = _item(item) if isinstance(item, dict) else Message("user", item) if isinstance(item, str) else None
        if each is None or each.role == "system" or each.empty:
            continue
        if turns and each.role == turns[-1][0][0].role == "assistant":
            turns[-1][0].append(each)
            turns[-1] = (turns[-1][0], end)
        else:
            turns.append(([each], end))
    return [(_joined(said), end) for said, end in turns]


def brief(message: Message, name: bytes) -> Message:
    """A message of which only the beginning is kept, under its name."""
    asked = tuple(Asked(each.id[:_BRIEF], each.name[:_BRIEF], {}) for each in message.asked)
    results = tuple(Result(each.id[:_BRIEF], each.name[:_BRIEF], each.text[:_BRIEF]) for each in message.results)
    return Message(message.role, message.text[:_BRIEF], "", asked, results, message.other, name)


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
        elif (call := asked_in(part)) is not None:
            asked.append(call)
        elif (result := _result(part)) is not None:
            results.append(result)
        elif (thought := _thought(part)) is not None:
            thoughts.append(thought)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif part is not None and (plain := _unmarked(part)):
            other.append(digest(plain))
    return Message(role, "\n".join(texts), "\n".join(thoughts), tuple(asked), tuple(results), tuple(other))


def _joined(said: list[Message]) -> Message:
    """What was said in one turn as one message."""
    if len(said) == 1:
        return said[0]
    return Message(
        said[0].role,
        "\n".join(each.text for each in said if each.text),
        "\n".join(each.reasoning for each in said if each.reasoning),
        tuple(asked for each in said for asked in each.asked),
        tuple(result for each in said for result in each.results),
        tuple(other for each in said for other in each.other),
    )


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


def _unmarked(part: Any) -> Any:
    """A part without the marks of what a provider is to keep: they move from call to call."""
    if not isinstance(part, dict):
        return part
    plain = dict(part)
    for mark in _MARKS:
        plain.pop(mark, None)
    return plain


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


def asked_in(part: Any) -> Asked | None:
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
