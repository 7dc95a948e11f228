"""The list of tools in an MCP server's answer, without those that may not be called at all.

An answer is one JSON document or a stream of server-sent events, each with one JSON-RPC message (MCP, "Streamable
HTTP"). Leaving a tool out spares the agent's model a call that would be refused; the refusal does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akios_jail.providers import strictjson
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Whether the agent may see a tool of this name.
Shown = Callable[[str], bool]


def whole(body: bytes, shown: Shown) -> bytes:
    """A complete answer as the agent gets it; the same object if nothing is left out. `Unreadable`."""
    document = strictjson.loads(body) if body.strip() else None
    return strictjson.dumps(document) if _leave_out(document, shown) else body


def event(event: Event, shown: Shown) -> Event:
    """One event of a stream as the agent gets it. `Unreadable`."""
    if event.data is None or event.event not in ("", "message") or not event.data.strip():
        return event
    document = strictjson.loads(event.data)
    return event._replace(data=strictjson.dumps(document).decode()) if _leave_out(document, shown) else event


def _leave_out(document: Any, shown: Shown) -> bool:
    """Take hidden tools out of every list of tools in this message or batch. Whether there were any."""
    changed = False
    for message in document if isinstance(document, list) else [document]:
        result = message.get("result") if isinstance(message, dict) else None
        if not isinstance(result, dict) or not isinstance(tools := result.get("tools"), list):
            continue
        left = [tool for tool in tools if _name(tool) is None or shown(str(_name(tool))) is True]
        if len(left) != len(tools):
            result["tools"] = left
            changed = True
    return changed


def _name(tool: Any) -> str | None:
    name = tool.get("name") if isinstance(tool, dict) else None
    if name is not None and not isinstance(name, str):
        raise Unreadable("a tool's name is not text")
    return name
