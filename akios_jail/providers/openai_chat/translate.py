"""Chat completions into the neutral form and back."""

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
from akios_jail.providers.openai_chat.answer import read_usage
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from akios_jail.providers.translation import FAILED

_KNOWN = frozenset(
    [
        "model",
        "messages",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "stop",
    ]
)
#: These tell the model nothing.
_SILENT = frozenset(
    ["user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"]
)
#: How OpenAI's models are to work.
_WISHES = ("reasoning_effort", "verbosity", "seed", "frequency_penalty", "presence_penalty", "prediction")
#: These say nothing with one of these values: it is what happens without them.
_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logprobs": (False,),
    "logit_bias": ({},),
    "modalities": (["text"],),
    "parallel_tool_calls": (True,),
    "response_format": ({"type": "text"},),
}
_DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,", re.IGNORECASE)
#: OpenAI's own models, which take no `max_tokens` any more; other servers may know nothing else.
_OWN_MODEL = re.compile(r"(?:openai/)?(?:gpt-|o\d|chatgpt-|ft:)")
_STOPS = {"stop": "end", "length": "length", "tool_calls": "tool_calls", "content_filter": "filtered"}
_FINISHES = {stop: finish for finish, stop in _STOPS.items()}
#: More stop sequences the format does not take.
_MAX_STOPS = 4


def conversation(call: Call) -> Conversation:
    """What the call says. `Untranslatable`, or `Unreadable` for what the format does not allow."""
    document = {key: value for key, value in call.document.items() if value not in _DEFAULTS.get(key, ())}
    translation.only(document, "the call", _KNOWN, _SILENT, _WISHES)
    system: list[str] = []
    messages: list[Message] = []
    names: dict[str, str] = {}
    for message in document["messages"]:
        role = message.get("role")
        if role in ("system", "developer"):
            if messages:
                raise Untranslatable("a system message within the conversation")
            translation.only(message, "a system message", ("role", "content"))
            system += [part.text for part in _parts(message.get("content"), ())]
        elif role == "tool":
            part = _result(message, names)
            if messages and messages[-1].role == "tool":
                messages[-1] = Message("tool", (*messages[-1].parts, part))
            else:
                messages.append(Message("tool", (part,)))
        elif role == "assistant":
            parts = _said(message, names)
            messages += [Message("assistant", parts)] if parts else []
        elif role == "user":
            translation.only(message, "a user's message", ("role", "content"))
            parts = _parts(message.get("content"), ("image_url",))
            messages += [Message("user", parts)] if parts else []
        else:
            raise Untranslatable(f"a message of the role {str(role)[:60]}")
    tools = tuple(_tool(tool) for tool in fields.objects(document, "tools"))
    stop = document.get("stop")
    limits = [fields.positive(document, key) for key in ("max_completion_tokens", "max_tokens")]
    return Conversation(
        system="\n\n".join(system),
        messages=tuple(messages),
        tools=tools,
        tool_choice=_choice(document.get("tool_choice")) if tools else "auto",
        max_output_tokens=next((limit for limit in limits if limit is not None), None),
        temperature=fields.number(document, "temperature"),
        top_p=fields.number(document, "top_p"),
        stop=(stop,) if isinstance(stop, str) else tuple(fields.texts(document, "stop")),
        left_out=translation.wishes(document, _WISHES),
    )


def compose(conversation: Conversation, model: str) -> dict[str, Any]:
    """The document of a call (not streamed) that says this."""
    said = translation.checked(conversation, strict=True)
    if len(said.stop) > _MAX_STOPS:
        raise Untranslatable(f"more than {_MAX_STOPS} stop sequences")
    messages: list[dict[str, Any]] = [{"role": "system", "content": said.system}] if said.system else []
    for message in said.messages:
        messages += _message(message)
    document: dict[str, Any] = {"model": model, "messages": messages}
    if said.tools:
        document["tools"] = [_tool_document(tool) for tool in said.tools]
        named = {"type": "function", "function": {"name": said.tool_choice}}
        document["tool_choice"] = said.tool_choice if said.tool_choice in ("auto", "none", "required") else named
    limit = "max_completion_tokens" if _OWN_MODEL.match(model) else "max_tokens"
    options = {limit: said.max_output_tokens, "temperature": said.temperature, "top_p": said.top_p}
    document |= {key: value for key, value in options.items() if value is not None}
    if said.stop:
        document["stop"] = list(said.stop)
    return document


def reply(body: bytes) -> Reply:
    """What a complete answer says."""
    document = strictjson.loads(body)
    choices = fields.objects(document, "choices", required=True) if isinstance(document, dict) else []
    if len(choices) != 1:
        raise Untranslatable(f"an answer with {len(choices)} choices")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise Unreadable("a choice of it has no message")
    known = ("role", "content", "refusal", "tool_calls", "reasoning_content", "reasoning")
    silent = {key: value for key, value in message.items() if value not in (None, [], "")}
    translation.only(silent, "the answer", known)
    parts: list[Part] = []
    thought = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(thought, str):
        parts.append(Part("reasoning", thought))
    parts += _parts(message.get("content"), ())
    refusal = message.get("refusal")
    if refusal:
        parts.append(Part("text", fields.text(message, "refusal")))
    calls = [Part("tool_call", call=_call(entry)) for entry in fields.objects(message, "tool_calls")]
    stop = _STOPS.get(str(choices[0].get("finish_reason")), "end")
    if calls and stop == "end":
        stop = "tool_calls"
    return Reply(
        id=str(document.get("id") or ""),
        model=str(document.get("model") or ""),
        parts=(*parts, *calls),
        stop="filtered" if refusal else stop,
        usage=read_usage(document),
    )


def render(call: Call, reply: Reply) -> bytes:
    """The answer as this format has it: one body, or all of a stream."""
    if any(part.kind not in ("text", "reasoning", "tool_call") for part in reply.parts):
        raise Untranslatable("an answer with more than text and tool calls")
    head = {"id": reply.id or "chatcmpl-akios", "created": int(time.time()), "model": call.shown_model or reply.model}
    text = translation.texts(reply.parts) or None
    calls = [_call_document(part.call) for part in reply.parts if part.kind == "tool_call" and part.call is not None]
    finish = _FINISHES[reply.stop]
    if not call.stream:
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        document: dict[str, Any] = {**head, "object": "chat.completion", "choices": [choice]}
        if reply.usage is not None:
            document["usage"] = _usage(reply.usage)
        return strictjson.dumps(document)
    chunk = {**head, "object": "chat.completion.chunk"}
    events = [
        Event().saying({**chunk, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]})
        for delta, reason in _deltas(text, calls, finish)
    ]
    if call.wants_usage and reply.usage is not None:
        events.append(Event().saying({**chunk, "choices": [], "usage": _usage(reply.usage)}))
    return b"".join(event.encode() for event in [*events, Event(data="[DONE]")])


def _parts(content: Any, more: tuple[str, ...]) -> tuple[Part, ...]:
    """A content as parts: texts, and the kinds that are named. Empty texts say nothing."""
    if content is None or content == "":
        return ()
    if isinstance(content, str):
        return (Part("text", content),)
    parts: list[Part] = []
    for part in fields.objects({"content": content}, "content"):
        kind = part.get("type")
        if kind == "text":
            translation.only(part, "a text", ("type", "text"))
            parts += [Part("text", fields.text(part, "text"))] if part.get("text") else []
        elif kind in more:
            translation.only(part, "an image", ("type", "image_url"))
            parts.append(_image(part.get("image_url")))
        else:
            raise Untranslatable(f"a part of the kind {str(kind)[:60]}")
    return tuple(parts)


def _image(image: Any) -> Part:
    if not isinstance(image, dict):
        raise Unreadable("an image is not an object")
    if image.get("detail") == "auto":
        image = {"url": image.get("url")}
    translation.only(image, "an image", ("url",))
    url = image.get("url")
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    if match is None or not isinstance(url, str):
        raise Untranslatable("an image that is not in the call")
    return Part("image", data=url[match.end() :], media_type=match[1].lower())


def _result(message: dict[str, Any], names: dict[str, str]) -> Part:
    translation.only(message, "a tool's result", ("role", "content", "tool_call_id", "name"))
    call_id = fields.text(message, "tool_call_id")
    if call_id not in names:
        raise Untranslatable("a result of a tool that was not called")
    text = "\n\n".join(part.text for part in _parts(message.get("content"), ()))
    failed = text.startswith(FAILED)
    return Part("tool_result", text.removeprefix(FAILED), call=ToolCall(call_id, names[call_id], None), failed=failed)


def _said(message: dict[str, Any], names: dict[str, str]) -> tuple[Part, ...]:
    message = {key: value for key, value in message.items() if value not in (None, [], "")}
    # Models of servers that show their reasoning are not told it again.
    translation.only(message, "the model's message", ("role", "content", "tool_calls", "reasoning_content"))
    calls = [_call(entry) for entry in fields.objects(message, "tool_calls")]
    names.update({call.id: call.name for call in calls})
    return (*_parts(message.get("content"), ()), *(Part("tool_call", call=call) for call in calls))


def _call(entry: dict[str, Any]) -> ToolCall:
    entry = {key: value for key, value in entry.items() if key != "index"}
    translation.only(entry, "a tool call", ("id", "type", "function"))
    body = entry.get("function")
    if entry.get("type") not in ("function", None, "") or not isinstance(body, dict):
        raise Untranslatable(f"a tool call of the kind {str(entry.get('type'))[:60]}")
    translation.only(body, "a tool call", ("name", "arguments"))
    written = body.get("arguments")
    arguments = {} if written in ("", None) else strictjson.loads(fields.text(body, "arguments"))
    if not isinstance(arguments, dict):
        raise Unreadable("the arguments of a tool call are no object")
    return ToolCall(fields.text(entry, "id"), fields.text(body, "name"), arguments)


def _tool(tool: dict[str, Any]) -> Tool:
    body = tool.get("function")
    if tool.get("type") != "function" or not isinstance(body, dict):
        raise Untranslatable(f"a tool of the kind {str(tool.get('type'))[:60]}")
    translation.only(tool, "a tool", ("type", "function"))
    translation.only(body, "a tool", ("name", "description", "parameters", "strict"))
    return Tool(
        fields.text(body, "name"),
        translation.description(body),
        translation.schema(body.get("parameters")),
        fields.flag(body, "strict"),
    )


def _tool_document(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    strict = {"strict": True} if tool.strict else {}
    return {"type": "function", "function": {"name": tool.name, **described, "parameters": tool.schema, **strict}}


def _choice(choice: Any) -> str:
    if choice is None:
        return "auto"
    if choice in ("auto", "none", "required"):
        return str(choice)
    if isinstance(choice, dict) and choice.get("type") == "function" and isinstance(choice.get("function"), dict):
        name = fields.text(choice["function"], "name")
        if name not in ("auto", "none", "required"):
            return name
    raise Untranslatable("its tool_choice")


def _message(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        for part in message.parts:
            if part.kind != "tool_result" or part.call is None:
                raise Untranslatable(f"a part of the kind {part.kind} among the results of tools")
            yield {"role": "tool", "tool_call_id": part.call.id, "content": translation.result_text(part)}
        return
    content: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for part in message.parts:
        if part.kind == "text":
            content.append({"type": "text", "text": part.text})
        elif part.kind == "image" and message.role == "user":
            url = f"data:{part.media_type};base64,{part.data}"
            content.append({"type": "image_url", "image_url": {"url": url}})
        elif part.kind == "tool_call" and message.role == "assistant" and part.call is not None:
            calls.append(_call_document(part.call))
        elif part.kind != "reasoning":
            raise Untranslatable(f"a part of the kind {part.kind} in a message of the role {message.role}")
    if not content and not calls:
        return
    plain = content[0]["text"] if len(content) == 1 and content[0]["type"] == "text" else content or None
    yield {"role": message.role, "content": plain, **({"tool_calls": calls} if calls else {})}


def _call_document(call: ToolCall) -> dict[str, Any]:
    arguments = strictjson.dumps(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _deltas(text: str | None, calls: list[dict[str, Any]], finish: str) -> Iterator[tuple[dict[str, Any], str | None]]:
    yield {"role": "assistant", "content": "" if text else None, "refusal": None}, None
    if text:
        yield {"content": text}, None
    for index, call in enumerate(calls):
        yield {"tool_calls": [{"index": index, **call}]}, None
    yield {}, finish


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
