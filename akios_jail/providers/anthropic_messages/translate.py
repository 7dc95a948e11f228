"""Messages into the neutral form and back.

Blocks of thinking are signed for this provider and this conversation. It says that they may be left out where thinking
is off, and calls with thinking on have no translation, so they are nowhere carried over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields, strictjson, translation
from akios_jail.providers.anthropic_messages.answer import read_usage
from akios_jail.providers.neutral import (
    Call,
    Conversation,
    Message,
    Part,
    Reply,
    Tool,
    ToolCall,
    Untranslatable,
    Usage,
)
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_KNOWN = frozenset(
    [
        "model",
        "messages",
        "system",
        "max_tokens",
        "stream",
        "tools",
        "tool_choice",
        "temperature",
        "top_p",
        "stop_sequences",
    ]
)
#: These tell the model nothing.
_SILENT = frozenset(["metadata", "service_tier", "cache_control", "inference_geo"])
#: How Anthropic's models are to work. With thinking off, what they thought before may be left out as well.
_WISHES = ("thinking", "top_k")
_THOUGHTS = ("thinking", "redacted_thinking")
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_STOPS = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "filtered",
}
_REASONS = {"end": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "filtered": "refusal"}
#: This format wants a limit; all its models can write so much.
_LIMIT = 4_096


def conversation(call: Call) -> Conversation:
    """What the call says. `Untranslatable`, or `Unreadable` for what the format does not allow."""
    document = dict(call.document)
    if document.get("thinking") == {"type": "disabled"}:
        del document["thinking"]
    translation.only(document, "the call", _KNOWN, _SILENT, _WISHES)
    messages: list[Message] = []
    names: dict[str, str] = {}
    for message in document["messages"]:
        translation.only(message, "a message", ("role", "content"))
        if message.get("role") == "assistant":
            parts = tuple(_parts(message.get("content"), ("text", "tool_use", *_THOUGHTS), names))
            messages += [Message("assistant", parts)] if parts else []
        elif message.get("role") == "user":
            messages += _heard(tuple(_parts(message.get("content"), ("text", "image", "tool_result"), names)))
        else:
            raise Untranslatable(f"a message of the role {str(message.get('role'))[:60]}")
    tools = tuple(_tool(tool) for tool in fields.objects(document, "tools"))
    return Conversation(
        system="\n\n".join(part.text for part in _parts(document.get("system"), ("text",), {})),
        messages=tuple(messages),
        tools=tools,
        tool_choice=_choice(document.get("tool_choice")) if tools else "auto",
        max_output_tokens=fields.positive(document, "max_tokens"),
        temperature=fields.number(document, "temperature"),
        top_p=fields.number(document, "top_p"),
        stop=tuple(fields.texts(document, "stop_sequences")),
        left_out=translation.wishes(document, _WISHES),
    )


def compose(conversation: Conversation, model: str) -> dict[str, Any]:
    """The document of a call (not streamed) that says this."""
    said = translation.checked(conversation, strict=True)
    if said.messages[0].role != "user":
        raise Untranslatable("a conversation that does not begin with the user")
    if said.temperature is not None and said.temperature > 1:
        raise Untranslatable("a temperature above 1")
    if any(sequence.isspace() for sequence in said.stop):
        raise Untranslatable("a stop sequence of white space")
    document: dict[str, Any] = {"model": model, "max_tokens": said.max_output_tokens or _LIMIT}
    if said.system:
        document["system"] = said.system
    document["messages"] = list(_messages(said.messages))
    if said.tools:
        document["tools"] = [_tool_document(tool) for tool in said.tools]
        kinds = {stands: kind for kind, stands in _CHOICES.items()}
        kind = kinds.get(said.tool_choice)
        document["tool_choice"] = {"type": kind} if kind else {"type": "tool", "name": said.tool_choice}
    options = {"temperature": said.temperature, "top_p": said.top_p}
    document |= {key: value for key, value in options.items() if value is not None}
    if said.stop:
        document["stop_sequences"] = list(said.stop)
    return document


def reply(body: bytes) -> Reply:
    """What a complete answer says."""
    document = strictjson.loads_object(body)
    parts = tuple(_parts(document.get("content"), ("text", "tool_use", *_THOUGHTS), {}, thoughts=True))
    reason = document.get("stop_reason")
    if not isinstance(reason, str) or reason not in _STOPS:
        raise Untranslatable(f"an answer that ends with {str(reason)[:60]}")
    usage = document.get("usage")
    return Reply(
        id=str(document.get("id") or ""),
        model=str(document.get("model") or ""),
        parts=parts,
        stop=_STOPS[reason],
        usage=read_usage(usage) if isinstance(usage, dict) else None,
    )


def render(call: Call, reply: Reply) -> bytes:
    """The answer as this format has it: one body, or all of a stream."""
    content = [_block(part) for part in reply.parts if part.kind != "reasoning"]
    usage = _usage(reply.usage or Usage())
    message = {
        "id": reply.id or "msg_akios",
        "type": "message",
        "role": "assistant",
        "model": call.shown_model or reply.model,
        "content": content,
        "stop_reason": _REASONS[reply.stop],
        "stop_sequence": None,
        "usage": usage,
    }
    if not call.stream:
        return strictjson.dumps(message)
    return b"".join(Event(event["type"]).saying(event).encode() for event in _events(message))


def _parts(content: Any, kinds: tuple[str, ...], names: dict[str, str], thoughts: bool = False) -> Iterator[Part]:
    """A content as parts of these kinds. Empty texts say nothing; thinking is left out unless it is wanted."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    for block in fields.objects({"content": content}, "content"):
        kind = block.get("type")
        if kind not in kinds:
            raise Untranslatable(f"a block of the kind {str(kind)[:60]}")
        if kind == "text":
            block = {key: value for key, value in block.items() if value != []}
            translation.only(block, "a text", ("type", "text", "cache_control"))
            if block.get("text"):
                yield Part("text", fields.text(block, "text"))
        elif kind == "image":
            yield _image(block)
        elif kind == "tool_use":
            call = _call(block)
            names[call.id] = call.name
            yield Part("tool_call", call=call)
        elif kind == "tool_result":
            yield _result(block, names)
        elif thoughts and kind == "thinking":
            yield Part("reasoning", str(block.get("thinking") or ""))


def _image(block: dict[str, Any]) -> Part:
    translation.only(block, "an image", ("type", "source", "cache_control"))
    source = block.get("source")
    if not isinstance(source, dict) or source.get("type") != "base64":
        raise Untranslatable("an image that is not in the call")
    translation.only(source, "an image", ("type", "data", "media_type"))
    return Part("image", data=fields.text(source, "data"), media_type=fields.text(source, "media_type"))


def _call(block: dict[str, Any]) -> ToolCall:
    caller = block.get("caller")
    if isinstance(caller, dict) and caller.get("type") == "direct":
        block = {key: value for key, value in block.items() if key != "caller"}
    translation.only(block, "a tool call", ("type", "id", "name", "input", "cache_control"))
    arguments = block.get("input")
    if not isinstance(arguments, dict):
        raise Unreadable("the input of a tool call is no object")
    return ToolCall(fields.text(block, "id"), fields.text(block, "name"), arguments)


def _result(block: dict[str, Any], names: dict[str, str]) -> Part:
    translation.only(block, "a tool's result", ("type", "tool_use_id", "content", "is_error", "cache_control"))
    call_id = fields.text(block, "tool_use_id")
    if call_id not in names:
        raise Untranslatable("a result of a tool that was not called")
    text = "\n\n".join(part.text for part in _parts(block.get("content"), ("text",), {}))
    return Part(
        "tool_result", text, call=ToolCall(call_id, names[call_id], None), failed=fields.flag(block, "is_error")
    )


def _heard(parts: tuple[Part, ...]) -> list[Message]:
    """A user's message: the results of tools come first, and are the tools' message."""
    results = [part for part in parts if part.kind == "tool_result"]
    if any(part.kind != "tool_result" for part in parts[: len(results)]):
        raise Untranslatable("a result of a tool after what the user says")
    rest = parts[len(results) :]
    heard = [Message("tool", tuple(results))] if results else []
    return [*heard, Message("user", rest)] if rest else heard


def _tool(tool: dict[str, Any]) -> Tool:
    if tool.get("type") not in (None, "custom"):
        raise Untranslatable(f"a tool of the kind {str(tool['type'])[:60]}")
    translation.only(tool, "a tool", ("type", "name", "description", "input_schema", "strict", "cache_control"))
    schema = tool.get("input_schema")
    if not isinstance(schema, dict):
        raise Unreadable("a tool has no input_schema")
    return Tool(fields.text(tool, "name"), translation.description(tool), schema, fields.flag(tool, "strict"))


def _tool_document(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    strict = {"strict": True} if tool.strict else {}
    return {"name": tool.name, **described, "input_schema": tool.schema, **strict}


def _choice(choice: Any) -> str:
    if choice is None:
        return "auto"
    if not isinstance(choice, dict):
        raise Unreadable("its tool_choice is not an object")
    if choice.get("disable_parallel_tool_use") is False:
        choice = {key: value for key, value in choice.items() if key != "disable_parallel_tool_use"}
    translation.only(choice, "the tool_choice", ("type", "name"))
    kind = choice.get("type")
    if str(kind) in _CHOICES:
        return _CHOICES[str(kind)]
    name = fields.text(choice, "name")
    if kind != "tool" or name in _CHOICES.values():
        raise Untranslatable("its tool_choice")
    return name


def _messages(messages: tuple[Message, ...]) -> Iterator[dict[str, Any]]:
    """What the user says after the results of tools belongs into one message with them."""
    results: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            results += [_result_block(part) for part in message.parts]
            continue
        blocks = [_block(part) for part in message.parts if part.kind != "reasoning"]
        if message.role == "assistant" and results:
            yield {"role": "user", "content": results}
            results = []
        if blocks:
            yield {"role": message.role, "content": [*results, *blocks]}
            results = []
    if results:
        yield {"role": "user", "content": results}


def _result_block(part: Part) -> dict[str, Any]:
    if part.kind != "tool_result" or part.call is None:
        raise Untranslatable(f"a part of the kind {part.kind} among the results of tools")
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": part.call.id, "content": part.text}
    return {**block, "is_error": True} if part.failed else block


def _block(part: Part) -> dict[str, Any]:
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    if part.kind == "image":
        return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": part.data}}
    if part.kind == "tool_call" and part.call is not None:
        return {"type": "tool_use", "id": part.call.id, "name": part.call.name, "input": part.call.arguments}
    raise Untranslatable(f"a part of the kind {part.kind}")


def _events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 0}}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(message["content"]):
        if block["type"] == "tool_use":
            written = strictjson.dumps(block["input"]).decode()
            empty, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": written}
        elif block["type"] == "text":
            empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            raise Untranslatable(f"an answer with a block of the kind {block['type']}")
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def _usage(usage: Usage) -> dict[str, int]:
    cached, written = usage.cached_tokens, usage.cache_write_tokens
    return {
        "input_tokens": max(0, usage.input_tokens - cached - written),
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": written,
        "output_tokens": usage.output_tokens,
    }
