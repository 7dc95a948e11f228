"""Calls and answers of converse as every format can say them, and back."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import fields, framings, strictjson, translation
from akios_jail.providers.bedrock_converse import request
from akios_jail.providers.bedrock_converse.answer import read_usage
from akios_jail.providers.neutral import Call, Conversation, Message, Part, Reply, Tool, Untranslatable, Usage
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

_CALL = frozenset(("messages", "system", "inferenceConfig", "toolConfig", "modelId"))
#: These tell the model nothing.
_SILENT = frozenset(("requestMetadata", "serviceTier", "performanceConfig", "additionalModelResponseFieldPaths"))
_SETTINGS = frozenset(("maxTokens", "temperature", "topP", "stopSequences"))
_STOPS = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
_REASONS = {"end": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "filtered": "content_filtered"}


def conversation(call: Call) -> Conversation:
    """What the call says. `Untranslatable` if other formats cannot say it."""
    document = call.document
    if not call.billable:
        raise Untranslatable("a call that counts tokens")
    translation.only(document, "the call", _CALL, _SILENT)
    settings = request.inner(document, "inferenceConfig")
    translation.only(settings, "inferenceConfig", _SETTINGS)
    names = {asked.id: asked.name for asked, _ in request.results(document)}
    messages: list[Message] = []
    for message in fields.objects(document, "messages", required=True):
        translation.only(message, "a message", ("role", "content"))
        parts = [_part(block, names) for block in fields.objects(message, "content") if "cachePoint" not in block]
        results = tuple(part for part in parts if part.kind == "tool_result")
        others = tuple(part for part in parts if part.kind != "tool_result")
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise Untranslatable(f"a message of the role {str(role)[:60]}")
        messages += [Message("tool", results)] if results else []
        messages += [Message(role, others)] if others else []
    return Conversation(
        system="\n\n".join(_system(block) for block in fields.objects(document, "system") if "cachePoint" not in block),
        messages=tuple(messages),
        tools=tuple(_tool(tool) for tool in request.tools(document) if "cachePoint" not in tool),
        tool_choice=_tool_choice(request.inner(document, "toolConfig")),
        max_output_tokens=call.max_output_tokens,
        temperature=fields.number(settings, "temperature"),
        top_p=fields.number(settings, "topP"),
        stop=tuple(fields.texts(settings, "stopSequences")),
    )


def compose(conversation: Conversation) -> dict[str, Any]:
    """The document of a call that says this. `Untranslatable` if none can."""
    said = translation.checked(conversation, strict=True)
    document: dict[str, Any] = {}
    if said.system:
        document["system"] = [{"text": said.system}]
    messages: list[dict[str, Any]] = []
    for message in said.messages:
        role = "assistant" if message.role == "assistant" else "user"
        content = [_block(part) for part in message.parts if part.kind != "reasoning"]
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += content
        elif content:
            messages.append({"role": role, "content": content})
    document["messages"] = messages
    settings = {
        "maxTokens": said.max_output_tokens,
        "temperature": said.temperature,
        "topP": said.top_p,
        "stopSequences": list(said.stop) or None,
    }
    document["inferenceConfig"] = {key: value for key, value in settings.items() if value is not None}
    if said.tools and said.tool_choice == "none":
        raise Untranslatable("tools that may not be called")
    if said.tools:
        specs = [_spec(tool) for tool in said.tools]
        choices: dict[str, dict[str, Any]] = {"auto": {"auto": {}}, "required": {"any": {}}}
        choice = choices.get(said.tool_choice, {"tool": {"name": said.tool_choice}})
        document["toolConfig"] = {"tools": specs, "toolChoice": choice}
    return document


def reply(body: bytes) -> Reply:
    """What a complete answer says. `Unreadable`, or `Untranslatable`."""
    document = strictjson.loads(body)
    output = document.get("output") if isinstance(document, dict) else None
    message = output.get("message") if isinstance(output, dict) else None
    if not isinstance(message, dict):
        raise Unreadable("it has no message")
    return Reply(
        id="",
        model="",
        parts=tuple(_part(block, {}) for block in fields.objects(message, "content")),
        stop=_STOPS.get(str(document.get("stopReason")), "filtered"),
        usage=read_usage(document.get("usage")),
    )


def render(call: Call, reply: Reply) -> bytes:
    """A complete answer that says this: one body, or all of a stream."""
    content = [_block(part) for part in reply.parts if part.kind != "reasoning"]
    end = {"stopReason": _REASONS[reply.stop]}
    facts = {"usage": _usage(reply.usage or Usage()), "metrics": {"latencyMs": 0}}
    if not call.stream:
        return strictjson.dumps({"output": {"message": {"role": "assistant", "content": content}}, **end, **facts})
    framing = framings.of("eventstream")
    events = [Event("messageStart").saying({"role": "assistant"})]
    for index, block in enumerate(content):
        events += _events({"contentBlockIndex": index}, block)
    events += [Event("messageStop").saying(end), Event("metadata").saying(facts)]
    return b"".join(framing.encode(event) for event in events)


def _events(at: dict[str, Any], block: dict[str, Any]) -> list[Event]:
    events: list[Event] = []
    delta = block
    if "toolUse" in block:
        asked = dict(block["toolUse"])
        delta = {"toolUse": {"input": strictjson.dumps(asked.pop("input")).decode()}}
        events.append(Event("contentBlockStart").saying({**at, "start": {"toolUse": asked}}))
    events.append(Event("contentBlockDelta").saying({**at, "delta": delta}))
    return [*events, Event("contentBlockStop").saying(at)]


def _part(block: dict[str, Any], names: dict[str, str]) -> Part:
    if len(block) != 1:
        raise Untranslatable("a block of content that is of no or several kinds")
    ((kind, value),) = block.items()
    if kind == "text" and isinstance(value, str):
        return Part("text", value)
    if kind == "toolUse" and isinstance(value, dict):
        translation.only(value, "a tool call", ("toolUseId", "name", "input"))
        return Part("tool_call", call=request.called(value, value.get("input")))
    if kind == "reasoningContent" and isinstance(value, dict):
        thought = request.inner(value, "reasoningText").get("text")
        return Part("reasoning", thought if isinstance(thought, str) else "")
    if kind == "toolResult" and isinstance(value, dict):
        translation.only(value, "a tool's result", ("toolUseId", "content", "status"))
        number = str(value.get("toolUseId"))
        if not names.get(number):
            raise Untranslatable("a result of a tool that was not called")
        if value.get("status") not in (None, "success", "error"):
            raise Untranslatable("the status of a tool's result")
        call = request.called({"toolUseId": number, "name": names[number]}, {})
        text = "\n\n".join(_result(inside) for inside in fields.objects(value, "content"))
        return Part("tool_result", text, call._replace(arguments=None), failed=value.get("status") == "error")
    if kind == "image" and isinstance(value, dict):
        translation.only(value, "an image", ("format", "source"))
        source, named = request.inner(value, "source"), value.get("format")
        translation.only(source, "an image", ("bytes",))
        if isinstance(source.get("bytes"), str) and isinstance(named, str):
            return Part("image", data=source["bytes"], media_type=f"image/{named}")
    raise Untranslatable(f"content of the kind {kind[:60]}")


def _result(inside: dict[str, Any]) -> str:
    if isinstance(inside.get("text"), str) and len(inside) == 1:
        return str(inside["text"])
    if list(inside) == ["json"]:
        return strictjson.dumps(inside["json"]).decode()
    raise Untranslatable("a tool result that is more than text")


def _system(block: dict[str, Any]) -> str:
    if list(block) != ["text"] or not isinstance(block["text"], str):
        raise Untranslatable("a system prompt that is more than text")
    return block["text"]


def _tool(tool: dict[str, Any]) -> Tool:
    spec = request.inner(tool, "toolSpec")
    translation.only(tool, "a tool", ("toolSpec",))
    translation.only(spec, "a tool", ("name", "description", "inputSchema", "strict"))
    stated = request.inner(spec, "inputSchema")
    translation.only(stated, "a tool's schema", ("json",))
    if not isinstance(stated.get("json"), dict):
        raise Untranslatable("a tool without a schema")
    return Tool(fields.text(spec, "name"), translation.description(spec), stated["json"], fields.flag(spec, "strict"))


def _tool_choice(config: dict[str, Any]) -> str:
    translation.only(config, "toolConfig", ("tools", "toolChoice"))
    choice = request.inner(config, "toolChoice")
    translation.only(choice, "toolChoice", ("auto", "any", "tool"))
    for kind in ("auto", "any"):
        translation.only(request.inner(choice, kind), "toolChoice")
    if len(choice) > 1:
        raise Untranslatable("its toolChoice")
    if "tool" in choice:
        return fields.text(request.inner(choice, "tool"), "name")
    return "required" if "any" in choice else "auto"


def _block(part: Part) -> dict[str, Any]:
    if part.kind == "image":
        return {"image": {"format": part.media_type.partition("/")[2], "source": {"bytes": part.data}}}
    if part.call is None:
        return {"text": part.text}
    if part.kind == "tool_call":
        if not isinstance(part.call.arguments, dict):
            raise Untranslatable("arguments of a tool call that are not an object")
        return {"toolUse": {"toolUseId": part.call.id, "name": part.call.name, "input": part.call.arguments}}
    result: dict[str, Any] = {"toolUseId": part.call.id, "content": [{"text": part.text}]}
    return {"toolResult": {**result, "status": "error"} if part.failed else result}


def _spec(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    strict = {"strict": True} if tool.strict else {}
    return {"toolSpec": {"name": tool.name, **described, "inputSchema": {"json": tool.schema}, **strict}}


def _usage(usage: Usage) -> dict[str, int]:
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    return {
        "inputTokens": fresh,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
        "cacheReadInputTokens": usage.cached_tokens,
        "cacheWriteInputTokens": usage.cache_write_tokens,
    }
