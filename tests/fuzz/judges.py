"""The official clients as second readers of what an agent gets: which tool calls do they find in it?

Only what they find beyond what was let through is a defect; a client that cannot read an answer finds nothing in it.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

#: What has none of these words has no tool call.
_SIGNS = (b"tool", b"function", b"call")
_JUDGED = ("openai_chat", "anthropic_messages", "openai_responses")


def check(wire: str, stream: bool, body: bytes, expected: list[tuple[str, Any]] | None, none: bool = False) -> None:
    """The client of a wire format finds no tool call in `body` but these. `expected` None: the stream was broken off
    after some of them; with `none`, none may be there all the same."""
    if wire not in _JUDGED or not any(sign in body for sign in _SIGNS):
        return
    found = _found(wire, stream, body)
    if expected is None:
        assert not (none and found), found
        return
    allowed = [(name, value(arguments)) for name, arguments in expected]
    beyond = [call for call in found if call not in allowed]
    assert not beyond, (beyond, allowed)


def _found(wire: str, stream: bool, body: bytes) -> list[tuple[str, str]]:
    """The calls that the client gives to an agent."""
    reader = {"openai_chat": _chat, "anthropic_messages": _anthropic, "openai_responses": _responses}[wire]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values of other types than the client says
        try:
            return reader(stream, body)
        except Exception:  # whatever a client raises for an answer that is none, the agent does not get one
            return []


def _chat(stream: bool, body: bytes) -> list[tuple[str, str]]:
    from tests.providers import clients

    completions = clients.openai(body).chat.completions
    choices: Any
    if stream:
        with completions.stream(model="m", messages=[]) as chunks:
            choices = chunks.get_final_completion().choices
    else:
        choices = completions.create(model="m", messages=[]).choices
    found = []
    for choice in choices:
        found += [(one.function.name, value(one.function.arguments)) for one in choice.message.tool_calls or []]
        if choice.message.function_call is not None:
            found.append((choice.message.function_call.name, value(choice.message.function_call.arguments)))
    return found


def _anthropic(stream: bool, body: bytes) -> list[tuple[str, str]]:
    from tests.providers import clients

    messages = clients.anthropic(body).messages
    blocks: Any
    if stream:
        with messages.stream(model="m", max_tokens=9, messages=[]) as events:
            blocks = events.get_final_message().content
    else:
        blocks = messages.create(model="m", max_tokens=9, messages=[]).content
    return [(block.name, value(block.input)) for block in blocks if block.type == "tool_use"]


def _responses(stream: bool, body: bytes) -> list[tuple[str, str]]:
    from tests.providers import clients

    responses = clients.openai(body).responses
    output: Any
    if stream:
        with responses.stream(model="m", input="x") as events:
            output = events.get_final_response().output
    else:
        output = responses.create(model="m", input="x").output
    found = [(item.name, value(item.arguments)) for item in output if item.type == "function_call"]
    return found + [(item.name, value(item.input)) for item in output if item.type == "custom_tool_call"]


def value(arguments: Any) -> str:
    """Arguments, or the JSON in a text, in one spelling; a text that is no JSON as it is. Nothing is no arguments."""
    if isinstance(arguments, str):
        if arguments.strip() == "":
            return "{}"
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return str(arguments)
    return json.dumps(arguments, sort_keys=True)
