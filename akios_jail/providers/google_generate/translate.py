"""Calls and answers of generateContent as every format can say them, and back.

Google's calls and results often have no ids, which other formats need: a result without one answers the calls of its
function in order.
"""

from __future__ import annotations

import secrets
from typing import Any

from akios_jail.providers import framings, json_array, strictjson, translation
from akios_jail.providers.google_generate import request, spelling
from akios_jail.providers.google_generate.answer import read_usage
from akios_jail.providers.neutral import (
    Call,
    Conversation,
    Message,
    Part,
    Reply,
    Tool,
    Untranslatable,
    Usage,
    strings,
)
from akios_jail.providers.sse import Event

#: What every format can say; `labels` change nothing of what is said.
_CALL = frozenset(("contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "labels", "model"))
_SETTINGS = frozenset(("maxOutputTokens", "temperature", "topP", "stopSequences", "candidateCount"))
#: How Google's models are to work.
_WISHES = ("thinkingConfig", "topK", "seed", "presencePenalty", "frequencyPenalty")
_CONTENT = frozenset(("parts", "role"))
_CALLED = frozenset(("id", "name", "args"))
_ANSWERED = frozenset(("id", "name", "response"))
_BLOB = frozenset(("mimeType", "data"))
_PART = frozenset(("text", "thought", "thoughtSignature", "inlineData", "functionCall", "functionResponse"))
_FUNCTION = frozenset(("name", "description", "parameters", "parametersJsonSchema"))
_STOPS = {"STOP": "end", "MAX_TOKENS": "length"}
_REASONS = {"end": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "filtered": "SAFETY"}
_ROLES = {"user": "user", "function": "user", "model": "assistant"}
_MODES = {"AUTO": "auto", "NONE": "none", "ANY": "required", "MODE_UNSPECIFIED": "auto"}


def conversation(call: Call) -> Conversation:
    """What the call says. `Untranslatable` if other formats cannot say it."""
    document = call.document
    keys = _only(document, _CALL, "the call")
    settings = spelling.inner(document, "generationConfig")
    _only(settings, _SETTINGS.union(_WISHES), "generationConfig")
    if call.choices > 1:
        raise Untranslatable("more than one candidate is asked for")
    system = [
        part.text
        for _, content in spelling.objects((), spelling.value(document, "systemInstruction"))
        for part in _parts(content)
    ]
    messages: list[Message] = []
    for _, content in spelling.objects((), document[keys["contents"]] if "contents" in keys else None):
        said = str(spelling.value(content, "role") or "user").lower()
        if said not in _ROLES:
            raise Untranslatable(f"a content of the role {said[:60]}")
        messages += _messages(_ROLES[said], _parts(content))
    return Conversation(
        system="\n\n".join(system),
        messages=tuple(messages),
        tools=tuple(_tools(document)),
        tool_choice=_tool_choice(document),
        max_output_tokens=call.max_output_tokens,
        temperature=_number(settings, "temperature"),
        top_p=_number(settings, "topP"),
        stop=tuple(strings(spelling.value(settings, "stopSequences"))),
        left_out=tuple(name for name in _WISHES if spelling.value(settings, name) is not None),
    )


def compose(conversation: Conversation) -> dict[str, Any]:
    """The document of a call that says this. `Untranslatable` if none can."""
    conversation = translation.checked(conversation)
    document: dict[str, Any] = {}
    if conversation.system:
        document["systemInstruction"] = {"parts": [{"text": conversation.system}]}
    names = {
        part.call.id: part.call.name
        for message in conversation.messages
        for part in message.parts
        if part.kind == "tool_call" and part.call is not None
    }
    contents: list[dict[str, Any]] = []
    for message in conversation.messages:
        role = "model" if message.role == "assistant" else "user"
        parts = [_written(part, names) for part in message.parts if part.kind != "reasoning"]
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        elif parts:
            contents.append({"role": role, "parts": parts})
    document["contents"] = contents
    if conversation.tools:
        declared = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema}
            for tool in conversation.tools
        ]
        document["tools"] = [{"functionDeclarations": declared}]
        if conversation.tool_choice != "auto":
            document["toolConfig"] = {"functionCallingConfig": _mode(conversation.tool_choice)}
    settings = {
        "maxOutputTokens": conversation.max_output_tokens,
        "temperature": conversation.temperature,
        "topP": conversation.top_p,
        "stopSequences": list(conversation.stop) or None,
    }
    stated = {key: value for key, value in settings.items() if value is not None}
    return {**document, "generationConfig": stated} if stated else document


def reply(body: bytes) -> Reply:
    """What a complete answer says. `Unreadable`, or `Untranslatable`."""
    document = strictjson.loads_object(body)
    candidates = [candidate for _, candidate in spelling.objects((), document.get("candidates"))]
    if len(candidates) > 1:
        raise Untranslatable("it has more than one candidate")
    parts: list[Part] = []
    stop = "filtered"  # a refused prompt has no candidates
    for candidate in candidates:
        parts += map(_with_id, _parts(spelling.inner(candidate, "content")))
        stop = _STOPS.get(str(candidate.get("finishReason")), "filtered")
        if stop == "end" and any(part.kind == "tool_call" for part in parts):
            stop = "tool_calls"
    usage = document.get("usageMetadata")
    return Reply(
        id=str(document.get("responseId") or ""),
        model=str(document.get("modelVersion") or ""),
        parts=tuple(parts),
        stop=stop,
        usage=None if usage is None else read_usage(usage),
    )


def render(call: Call, reply: Reply, framing: str) -> bytes:
    """A complete answer that says this: one body, or a stream of one piece."""
    content = {"role": "model", "parts": [_written(part, {}) for part in reply.parts]}
    candidate = {"content": content, "finishReason": _REASONS.get(reply.stop, "OTHER"), "index": 0}
    document: dict[str, Any] = {"candidates": [candidate]}
    if reply.usage is not None:
        document["usageMetadata"] = _usage(reply.usage)
    document["modelVersion"] = call.shown_model or reply.model
    document["responseId"] = reply.id
    if not call.stream:
        return strictjson.dumps(document)
    encoder = framings.of(framing)
    events = [Event().saying(document), *([json_array.END] if framing == "json_array" else [])]
    return b"".join(encoder.encode(event) for event in events)


def _parts(content: dict[str, Any]) -> list[Part]:
    """The parts of one content."""
    _only(content, _CONTENT, "a content")
    parts = spelling.value(content, "parts")
    return [read for _, part in spelling.objects((), parts) if (read := _part(part)) is not None]


def _part(part: dict[str, Any]) -> Part | None:
    keys = _only(part, _PART, "a part")
    if "functionCall" in keys:
        _only(spelling.inner(part, "functionCall"), _CALLED, "a function call")
        return Part("tool_call", call=request.called(part[keys["functionCall"]]))
    if "functionResponse" in keys:
        return _result(spelling.inner(part, "functionResponse"))
    if "inlineData" in keys:
        blob = spelling.inner(part, "inlineData")
        _only(blob, _BLOB, "an image")
        kind, data = str(spelling.value(blob, "mimeType")), spelling.value(blob, "data")
        if not kind.startswith("image/") or not isinstance(data, str):
            raise Untranslatable(f"data of the type {kind[:60]}")
        return Part("image", data=data, media_type=kind)
    text = part.get(keys.get("text", ""))
    if text is None:
        return None
    if not isinstance(text, str):
        raise Untranslatable("a text that is none")
    return Part("reasoning" if part.get(keys.get("thought", "")) is True else "text", text)


def _result(answer: dict[str, Any]) -> Part:
    if spelling.value(answer, "parts"):
        raise Untranslatable("a tool result that is more than text")
    _only(answer, _ANSWERED, "a function's response")
    response = spelling.value(answer, "response")
    failed = isinstance(response, dict) and list(response) == ["error"]
    return Part("tool_result", _said(response), request.called(answer)._replace(arguments=None), failed=failed)


def _with_id(part: Part) -> Part:
    """The part of an answer; a tool call without an id gets one of its own, which its result can name."""
    if part.call is None or part.call.id:
        return part
    return part._replace(call=part.call._replace(id=f"call_{secrets.token_hex(12)}"))


def _messages(role: str, parts: list[Part]) -> list[Message]:
    """The messages that one content is: tool results come before what is said beside them."""
    results = tuple(part for part in parts if part.kind == "tool_result")
    others = tuple(part for part in parts if part.kind != "tool_result")
    return [*([Message("tool", results)] if results else []), *([Message(role, others)] if others else [])]


def _said(response: Any) -> str:
    if isinstance(response, dict) and len(response) == 1:
        ((_, value),) = response.items()
        if isinstance(value, str):
            return value
    return strictjson.dumps(response).decode()


def _written(part: Part, names: dict[str, str]) -> dict[str, Any]:
    if part.kind == "reasoning":
        return {"text": part.text, "thought": True}
    if part.kind == "image":
        return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    if part.call is None:
        return {"text": part.text}
    numbered = {"id": part.call.id} if part.call.id else {}
    if part.kind == "tool_call":
        if not isinstance(part.call.arguments, dict):
            raise Untranslatable("arguments of a tool call that are not an object")
        return {"functionCall": {**numbered, "name": part.call.name, "args": part.call.arguments}}
    name = part.call.name or names.get(part.call.id, "")
    if name == "":
        raise Untranslatable("a tool result for which there is no call")
    response = {"error" if part.failed else "result": part.text}
    return {"functionResponse": {**numbered, "name": name, "response": response}}


def _tools(document: dict[str, Any]) -> list[Tool]:
    tools: list[Tool] = []
    for _, tool in spelling.objects((), spelling.value(document, "tools")):
        _only(tool, frozenset(("functionDeclarations",)), "a tool")
        for _, function in spelling.objects((), spelling.value(tool, "functionDeclarations")):
            _only(function, _FUNCTION, "a function")
            stated = spelling.value(function, "parametersJsonSchema")
            schema = _json_schema(spelling.value(function, "parameters")) if stated is None else stated
            name = spelling.value(function, "name")
            if not isinstance(name, str):
                raise Untranslatable("a function without a name")
            tools.append(Tool(name, translation.description(function), translation.schema(schema or None)))
    return tools


def _json_schema(schema: Any) -> Any:
    """Google's own schema objects as JSON Schema: their types are in capitals, and null is a flag."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, str):
            out[key] = [value.lower(), "null"] if schema.get("nullable") is True else value.lower()
        elif key in ("properties", "$defs") and isinstance(value, dict):
            out[key] = {name: _json_schema(child) for name, child in value.items()}
        elif key in ("items", "anyOf", "any_of", "additionalProperties"):
            out["anyOf" if key == "any_of" else key] = _json_schema(value)
        elif key not in ("nullable", "propertyOrdering", "property_ordering"):
            out[key] = value
    return out


def _tool_choice(document: dict[str, Any]) -> str:
    config = spelling.inner(document, "toolConfig")
    _only(config, frozenset(("functionCallingConfig",)), "toolConfig")
    calling = spelling.inner(config, "functionCallingConfig")
    _only(calling, frozenset(("mode", "allowedFunctionNames")), "functionCallingConfig")
    mode = _MODES.get(str(spelling.value(calling, "mode") or "AUTO").upper())
    allowed = list(strings(spelling.value(calling, "allowedFunctionNames")))
    if mode is None or len(allowed) > 1 or (allowed and mode != "required"):
        raise Untranslatable("its functionCallingConfig")
    return allowed[0] if allowed else mode


def _mode(tool_choice: str) -> dict[str, Any]:
    if tool_choice in ("none", "required"):
        return {"mode": "NONE" if tool_choice == "none" else "ANY"}
    return {"mode": "ANY", "allowedFunctionNames": [tool_choice]}


def _usage(usage: Usage) -> dict[str, int]:
    counts = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
        "cachedContentTokenCount": usage.cached_tokens,
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
    }
    return {key: count for key, count in counts.items() if count > 0 or key in ("promptTokenCount", "totalTokenCount")}


def _number(settings: dict[str, Any], name: str) -> float | None:
    found = spelling.value(settings, name)
    if found is None or (isinstance(found, (int, float)) and not isinstance(found, bool)):
        return found
    raise Untranslatable(f"its {name} is not a number")


def _only(document: dict[str, Any], names: frozenset[str], what: str) -> dict[str, str]:
    """The known fields of an object that says nothing else than these. `Untranslatable` otherwise."""
    keys = spelling.keys(document)
    for key, value in document.items():
        name = next((name for name, spelt in keys.items() if spelt == key), key)
        if name not in names and value not in (None, []):
            raise Untranslatable(f"{key[:60]} in {what}")
    return keys
