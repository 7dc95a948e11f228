"""What a model call says about its task, read from its neutral form for the classifier and the routing rules.

From the texts that were read in the call, and not from a translation of it: a call with parts that no other format
could say has a task all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.flux.classifier import Assessment, Said, assess, count
from akios_jail.flux.routing import Asked
from akios_jail.providers.neutral import Call, Path

#: How the agent itself says how hard its task is: lookup, reasoning or analysis.
HEADER = "X-Akios-Task"
#: Bytes of a request for each token, as a rule of thumb for rules; bounds are reserve's.
_BYTES_PER_TOKEN = 4
#: Where formats keep their messages, their tools, and the names within.
_MESSAGES = ("messages", "contents", "input")
_TOOLS = ("tools", "toolConfig")
#: Tools lie so deep at most: toolConfig - tools - toolSpec.
_DEPTH = 4
_ROLES = ("user", "assistant", "tool")


def assessed(call: Call, stated: str = "") -> Assessment:
    """How hard this call's task is; `stated` is what the agent says of it."""
    return assess(count(said(call), tools(call), len(call.payloads), call.max_output_tokens), stated.strip())


def asked(call: Call, host: str, size: int, session_id: str, session_name: str) -> Asked:
    """What routing rules may know of a call of `size` bytes besides its task."""
    return Asked(
        model=call.model,
        host=host,
        stream=call.stream,
        tools=len(tools(call)),
        messages=messages(call),
        tool_results=len(call.wire.results(call)),
        input_tokens=size // _BYTES_PER_TOKEN,
        session_id=session_id,
        session_name=session_name,
    )


def said(call: Call) -> list[Said]:
    """The messages in order, each with all its text; system text and definitions of tools are not among them."""
    found: list[Said] = []
    before: tuple[str, Path] | None = None
    for at, role in call.texts:
        role = "assistant" if role == "model" else role
        if role not in _ROLES:
            continue
        text = _value(call.document, at)
        if not isinstance(text, str):
            continue
        # One message is one index below the list of messages; several results of tools may lie in one message.
        here = (role, at[:2])
        if here == before:
            found[-1] = Said(role, f"{found[-1].text}\n{text}")
        else:
            found.append(Said(role, text))
            before = here
    return found


def messages(call: Call) -> int:
    """How many messages there are."""
    return sum(len(value) for key in _MESSAGES if isinstance(value := call.document.get(key), list))


def tools(call: Call) -> list[str]:
    """The names of the tools that the model is offered; of one that the provider defines, its type."""
    return [name for key in _TOOLS for name in _names(call.document.get(key), _DEPTH)]


def _names(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _names(item, depth)
    elif isinstance(value, dict):
        name = value.get("name", value.get("type"))
        inner = [child for child in value.values() if isinstance(child, (dict, list))]
        if isinstance(value.get("name"), str):
            yield value["name"]
        elif (deeper := [name for child in inner for name in _names(child, depth - 1)]) or not isinstance(name, str):
            yield from deeper
        else:
            yield name


def _value(document: Any, at: Path) -> Any:
    for key in at:
        document = document[key]
    return document
