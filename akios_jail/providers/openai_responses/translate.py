"""Responses into the neutral form and back.

Reasoning is kept by the provider or encrypted for it; a conversation may be told without it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields, strictjson, translation
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
from akios_jail.providers.openai_responses import items
from akios_jail.providers.openai_responses.answer import read_usage
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from akios_jail.providers.translation import FAILED

_KNOWN = (
    "model",
    "input",
    "instructions",
    "max_output_tokens",
    "stream",
    "tools",
    "tool_choice",
    "temperature",
    "top_p",
)
#: These tell the model nothing.
_SILENT = (
    *("user", "metadata", "store", "service_tier", "safety_identifier", "include", "stream_options"),
    *("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"),
)
#: These say nothing with one of these values: it is what happens without them.
_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "background": (False,),
    "parallel_tool_calls": (True,),
    "top_logprobs": (0,),
    "truncation": ("disabled",),
    "text": ({}, {"format": {"type": "text"}}),
    "reasoning": ({},),
}
#: How OpenAI's models are to work.
_WISHES = ("reasoning",)
_DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,", re.IGNORECASE)
_TEXTS = ("input_text", "output_text", "text")


def conversation(call: Call) -> Conversation:
    """What the call says. `Untranslatable`, or `Unreadable` for what the format does not allow."""
    document = {key: value for key, value in call.document.items() if value not in _DEFAULTS.get(key, ())}
    translation.only(document, "the call", _KNOWN, _SILENT, _WISHES)
    said = document.get("input")
    system = [document["instructions"]] if document.get("instructions") else []
    messages: list[Message] = []
    names: dict[str, str] = {}
    for item in [{"role": "user", "content": said}] if isinstance(said, str) else fields.objects(document, "input"):
        role, parts = _heard(item, names)
        if role == "system":
            if messages:
                raise Untranslatable("a system message within the conversation")
            system += [part.text for part in parts]
        elif messages and messages[-1].role == role and role in ("assistant", "tool"):
            messages[-1] = Message(role, (*messages[-1].parts, *parts))
        elif parts:
            messages.append(Message(role, parts))
    tools = tuple(_tool(tool) for tool in fields.objects(document, "tools"))
    return Conversation(
        system="\n\n".join(system),
        messages=tuple(messages),
        tools=tools,
        tool_choice=_choice(document.get("tool_choice")) if tools else "auto",
        max_output_tokens=fields.positive(document, "max_output_tokens"),
        temperature=fields.number(document, "temperature"),
        top_p=fields.number(document, "top_p"),
        left_out=translation.wishes(document, _WISHES),
    )


def compose(conversation: Conversation, model: str) -> dict[str, Any]:
    """The document of a call (not streamed) that says this. The provider is told to keep nothing of it."""
    said = translation.checked(conversation, strict=True)
    if said.stop:
        raise Untranslatable("stop sequences")
    document: dict[str, Any] = {"model": model}
    if said.system:
        document["instructions"] = said.system
    document["input"] = [item for message in said.messages for item in _items(message)]
    if said.tools:
        document["tools"] = [_tool_document(tool) for tool in said.tools]
        named = {"type": "function", "name": said.tool_choice}
        document["tool_choice"] = said.tool_choice if said.tool_choice in ("auto", "none", "required") else named
    options = {
        "max_output_tokens": said.max_output_tokens,
        "temperature": said.temperature,
        "top_p": said.top_p,
        "store": False,
    }
    return document | {key: value for key, value in options.items() if value is not None}


def reply(body: bytes) -> Reply:
    """What a complete answer says."""
    document = strictjson.loads_object(body)
    parts: list[Part] = []
    for item in fields.objects(document, "output", required=True):
        if item.get("type") == "reasoning":
            summary = [part.get("text") for part in fields.objects(item, "summary")]
            parts += [Part("reasoning", text) for text in summary if isinstance(text, str)]
        else:
            parts += _heard(item, {})[1]
    return Reply(
        id=str(document.get("id") or ""),
        model=str(document.get("model") or ""),
        parts=tuple(parts),
        stop=_stop(document, parts),
        usage=read_usage(document),
    )


def render(call: Call, reply: Reply) -> bytes:
    """The answer as this format has it: one body, or all of a stream."""
    output = [_answered(place, part) for place, part in enumerate(reply.parts) if part.kind != "reasoning"]
    details = {"length": "max_output_tokens", "filtered": "content_filter"}.get(reply.stop)
    response: dict[str, Any] = {
        "id": reply.id or "resp_akios",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed" if details is None else "incomplete",
        "error": None,
        "incomplete_details": None if details is None else {"reason": details},
        "instructions": call.document.get("instructions"),
        "metadata": call.document.get("metadata") or {},
        "model": call.shown_model or reply.model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": call.document.get("temperature"),
        "tool_choice": call.document.get("tool_choice") or "auto",
        "tools": call.document.get("tools") or [],
        "top_p": call.document.get("top_p"),
        "usage": None if reply.usage is None else _usage(reply.usage),
    }
    if not call.stream:
        return strictjson.dumps(response)
    begun = {**response, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    told: list[dict[str, Any]] = [
        {"type": f"response.{kind}", "response": begun} for kind in ("created", "in_progress")
    ]
    for index, item in enumerate(output):
        told += items.events(index, item)
    told.append({"type": f"response.{response['status']}", "response": response})
    return b"".join(
        Event(one["type"]).saying({**one, "sequence_number": number}).encode() for number, one in enumerate(told)
    )


def _heard(item: dict[str, Any], names: dict[str, str]) -> tuple[str, tuple[Part, ...]]:
    """One item: whose it is, and what it says."""
    kind = item.get("type", "message")
    if kind == "message":
        translation.only(item, "a message", ("type", "role", "content", "id", "status", "phase"))
        role = item.get("role")
        if role not in ("user", "assistant", "system", "developer"):
            raise Untranslatable(f"a message of the role {str(role)[:60]}")
        own = "system" if role == "developer" else str(role)
        return own, tuple(_parts(item.get("content"), own))
    if kind == "function_call":
        caller = item.get("caller")
        if isinstance(caller, dict) and caller.get("type") == "direct":
            item = {key: value for key, value in item.items() if key != "caller"}
        translation.only(item, "a tool call", ("type", "id", "call_id", "name", "arguments", "status"))
        call = items.call(item)
        if not isinstance(call.arguments, dict):
            raise Unreadable("the arguments of a tool call are no object")
        names[call.id] = call.name
        return "assistant", (Part("tool_call", call=call),)
    if kind == "function_call_output":
        translation.only(item, "a tool's result", ("type", "id", "call_id", "output", "status"))
        call_id = fields.text(item, "call_id")
        if call_id not in names:
            raise Untranslatable("a result of a tool that was not called")
        text = "\n\n".join(part.text for part in _parts(item.get("output"), "tool"))
        failed = text.startswith(FAILED)
        told = Part(
            "tool_result", text.removeprefix(FAILED), call=ToolCall(call_id, names[call_id], None), failed=failed
        )
        return "tool", (told,)
    if kind == "reasoning":
        return "assistant", ()
    raise Untranslatable(f"an item of the kind {str(kind)[:60]}")


def _parts(content: Any, role: str) -> Iterator[Part]:
    """A content as parts. Empty texts say nothing."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    for part in fields.objects({"content": content}, "content"):
        part = {key: value for key, value in part.items() if value not in (None, [])}
        kind = part.get("type")
        if kind in _TEXTS:
            translation.only(part, "a text", ("type", "text"))
            if part.get("text"):
                yield Part("text", fields.text(part, "text"))
        elif kind == "refusal" and role == "assistant":
            yield Part("text", fields.text(part, "refusal"))
        elif kind == "input_image" and role == "user":
            if part.get("detail") == "auto":
                del part["detail"]
            translation.only(part, "an image", ("type", "image_url"))
            url = part.get("image_url")
            match = _DATA_URL.match(url) if isinstance(url, str) else None
            if match is None or not isinstance(url, str):
                raise Untranslatable("an image that is not in the call")
            yield Part("image", data=url[match.end() :], media_type=match[1].lower())
        else:
            raise Untranslatable(f"a part of the kind {str(kind)[:60]}")


def _tool(tool: dict[str, Any]) -> Tool:
    if tool.get("type") != "function":
        raise Untranslatable(f"a tool of the kind {str(tool.get('type'))[:60]}")
    translation.only(tool, "a tool", ("type", "name", "description", "parameters", "strict"))
    return Tool(
        fields.text(tool, "name"),
        translation.description(tool),
        translation.schema(tool.get("parameters")),
        fields.flag(tool, "strict"),
    )


def _tool_document(tool: Tool) -> dict[str, Any]:
    """Here tools are made strict where it can be, unless the call says that they are not."""
    described = {"description": tool.description} if tool.description else {}
    return {"type": "function", "name": tool.name, **described, "parameters": tool.schema, "strict": tool.strict}


def _choice(choice: Any) -> str:
    if choice is None:
        return "auto"
    if choice in ("auto", "none", "required"):
        return str(choice)
    if isinstance(choice, dict) and choice.get("type") == "function":
        name = fields.text(choice, "name")
        if name not in ("auto", "none", "required"):
            return name
    raise Untranslatable("its tool_choice")


def _items(message: Message) -> Iterator[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for part in message.parts:
        if part.kind == "text" and message.role == "assistant":
            yield {"role": "assistant", "content": part.text}
        elif part.kind == "text" and message.role == "user":
            said.append({"type": "input_text", "text": part.text})
        elif part.kind == "image" and message.role == "user":
            url = f"data:{part.media_type};base64,{part.data}"
            said.append({"type": "input_image", "detail": "auto", "image_url": url})
        elif part.kind == "tool_result" and part.call is not None:
            yield {"type": "function_call_output", "call_id": part.call.id, "output": translation.result_text(part)}
        elif part.kind == "tool_call" and part.call is not None:
            arguments = strictjson.dumps(part.call.arguments).decode()
            yield {"type": "function_call", "call_id": part.call.id, "name": part.call.name, "arguments": arguments}
        elif part.kind != "reasoning":
            raise Untranslatable(f"a part of the kind {part.kind} in a message of the role {message.role}")
    if said:
        yield {"role": "user", "content": said}


def _answered(place: int, part: Part) -> dict[str, Any]:
    if part.kind == "text":
        return items.message(f"msg_akios_{place}", part.text)
    if part.kind != "tool_call" or part.call is None:
        raise Untranslatable("an answer with more than text and tool calls")
    return {
        "id": f"fc_akios_{place}",
        "type": "function_call",
        "status": "completed",
        "call_id": part.call.id,
        "name": part.call.name,
        "arguments": strictjson.dumps(part.call.arguments).decode(),
    }


def _stop(document: dict[str, Any], parts: list[Part]) -> str:
    status, details = document.get("status"), document.get("incomplete_details")
    if status == "incomplete" and isinstance(details, dict):
        reason = details.get("reason")
        if reason in ("max_output_tokens", "content_filter"):
            return "length" if reason == "max_output_tokens" else "filtered"
    if status not in ("completed", None):
        raise Untranslatable(f"an answer that is {str(status)[:60]}")
    return "tool_calls" if any(part.kind == "tool_call" for part in parts) else "end"


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
