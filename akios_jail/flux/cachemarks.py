"""Marks that let Anthropic keep the beginning of a conversation for the next call (`cache_control`).

A prefix that is read from the cache costs a tenth, writing it there a quarter more, so that marks pay from the second
call with the same beginning on. They are set where an agent is in the middle of its work (the model has spoken before)
and has set none of its own: after the tools and the system text, and at the end of the last two messages of the user's
side, from where the next call finds them ("Prompt caching" in Anthropic's documentation: at most four marks; a prefix
is the tools, the system text and the messages, in this order; blocks of thought and empty texts take none).
"""

from __future__ import annotations

from typing import Any

from akios_jail.flux.packing import marks

_MARK = {"type": "ephemeral"}
#: Blocks that take a mark.
_MARKABLE = ("text", "image", "document", "tool_use", "tool_result")
#: Marks on messages; with the one after tools and system text there are three, of the four that may be.
_MESSAGES = 2


def mark(document: dict[str, Any]) -> int:
    """Set the marks in a document of Anthropic's messages; how many were set. None where there is one already."""
    messages = document.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return 0
    if marks(document) or not any(message.get("role") == "assistant" for message in messages):
        return 0
    count = int(_mark_last(document, "system") or _mark_tool(document))
    asked = [message for message in messages if message.get("role") == "user"]
    return count + sum(_mark_last(message, "content") for message in asked[-_MESSAGES:])


def _mark_last(holder: dict[str, Any], key: str) -> bool:
    """Mark the last block of this content, a text that stands alone as the one block that it is."""
    content = holder.get(key)
    if isinstance(content, str) and content.strip():
        holder[key] = [{"type": "text", "text": content, "cache_control": dict(_MARK)}]
        return True
    if not isinstance(content, list) or not content or not isinstance(content[-1], dict):
        return False
    last = content[-1]
    if last.get("type") not in _MARKABLE or (last.get("type") == "text" and not str(last.get("text", "")).strip()):
        return False
    last["cache_control"] = dict(_MARK)
    return True


def _mark_tool(document: dict[str, Any]) -> bool:
    tools = document.get("tools")
    if not isinstance(tools, list) or not tools or not isinstance(tools[-1], dict) or tools[-1].get("defer_loading"):
        return False
    tools[-1]["cache_control"] = dict(_MARK)
    return True
