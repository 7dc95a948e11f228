"""Calls that continue what the provider keeps: what they continue, and which outputs of tools they tell."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import strictjson

#: Ids are short; what is longer is not worth remembering.
MAX_ID = 256


def continues(document: dict[str, Any]) -> list[str]:
    """The ids of the answer and the conversation that a call continues."""
    previous = document.get("previous_response_id")
    return [id for id in (previous, conversation(document)) if isinstance(id, str) and id]


def conversation(document: dict[str, Any]) -> str:
    """The id of the conversation that a call belongs to, "" for none."""
    told = document.get("conversation")
    id = told.get("id") if isinstance(told, dict) else told
    return id if isinstance(id, str) and len(id) <= MAX_ID else ""


def told(document: dict[str, Any]) -> set[str]:
    """The ids of the calls whose outputs a call tells."""
    said = document.get("input")
    items = [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []
    outputs = [item for item in items if str(item.get("type")).endswith("_output")]
    return {str(item.get("call_id") or item.get("id")) for item in outputs}


def refused(item: dict[str, Any], words: str) -> dict[str, Any] | None:
    """The output that says that the call which this item is was refused; None where no output can say it."""
    kind, call_id = item.get("type"), item.get("call_id")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= MAX_ID:
        return None
    if kind in ("function_call", "custom_tool_call"):
        return {"type": f"{kind}_output", "call_id": call_id, "output": words}
    if kind == "apply_patch_call":
        return {"type": "apply_patch_call_output", "call_id": call_id, "status": "failed", "output": words}
    if kind == "shell_call":
        said = {"stdout": "", "stderr": words, "outcome": {"type": "exit", "exit_code": 1}}
        return {"type": "shell_call_output", "call_id": call_id, "output": [said]}
    if kind == "local_shell_call":
        output = strictjson.dumps({"stdout": "", "stderr": words, "exit_code": 1}).decode()
        return {"type": "local_shell_call_output", "id": call_id, "output": output}
    return None


def telling(document: dict[str, Any], outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """The call with these outputs before all that it says."""
    said = document.get("input")
    if isinstance(said, str):
        said = [{"role": "user", "content": said}]
    # A new document with its keys in their order; `input` comes last where there was none.
    return {**document, "input": [*outputs, *(said or [])]}
