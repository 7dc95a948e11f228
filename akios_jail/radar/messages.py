"""What was said, as attributes of spans: JSON in the shape that the conventions give messages, within bounds.

A call's span has what was new in it, as the trace has: what was said before stands in the spans before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from akios_jail.radar.attributes import FIELD, Value, encoded, text
from akios_jail.radar.steps import Step

#: What one span holds of what was said, in characters; what is beyond is left out, and the span says so.
ROOM: Final = 256 * 1024
#: What each part takes up beside its text.
_PART: Final = 64


class _Room:
    """How much there is room for still."""

    def __init__(self) -> None:
        self._left = ROOM
        self.cut = False

    def text(self, given: str) -> str:
        kept = text(given[: max(0, self._left)], ROOM)
        self.cut = self.cut or len(given) > len(kept)
        self._left -= len(kept)
        return kept

    def any(self, given: Any) -> Any:
        """A value as it is, or the beginning of its JSON."""
        whole = encoded(given)
        if len(whole) <= self._left and _whole(whole):
            self._left -= len(whole)
            return given
        return self.text(whole)

    def part(self) -> bool:
        """Whether there is room for one more."""
        self._left -= _PART
        self.cut = self.cut or self._left < 0
        return self._left >= 0


def of_call(steps: Sequence[Step]) -> dict[str, Value]:
    """What a call told a model, and what it answered."""
    room = _Room()
    heard: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    system = ""
    for step in steps:
        content = step.payload.get("content")
        words = content if isinstance(content, str) else ""
        if isinstance(step.payload.get("system"), str):
            system = room.text(step.payload["system"])
        if not room.part():
            break
        if step.type == "observation":
            answered = {"id": room.text(str(step.fields.get("tool_call_id") or "")), "response": room.text(words)}
            heard.append({"role": "tool", "parts": [{"type": "tool_call_response", **answered}]})
        elif step.type == "prompt":
            role = room.text(str(step.fields.get("role") or "user"))
            heard.append({"role": role, "parts": [{"type": "text", "content": room.text(words)}]})
        elif step.type == "tool_call" and "args" in step.payload:
            named = {"id": room.text(str(step.fields.get("tool_call_id") or ""))}
            named["name"] = room.text(str(step.fields.get("tool") or ""))
            said.append({"type": "tool_call", **named, "arguments": room.any(step.payload["args"])})
        elif words:
            kind = "reasoning" if step.fields.get("kind") == "reasoning" else "text"
            said.append({"type": kind, "content": room.text(words)})
    answer = [{"role": "assistant", "parts": said, **_ended(steps)}] if said else []
    found: dict[str, Value] = {}
    for name, messages in (("input", heard), ("output", answer)):
        if messages:
            found[f"gen_ai.{name}.messages"] = encoded(messages)
    if system:
        found["gen_ai.system_instructions"] = encoded([{"type": "text", "content": system}])
    return found | ({"akios.content_cut": True} if room.cut else {})


def of_tool(step: Step, result: Step | None) -> dict[str, Value]:
    """A tool call's arguments, and what came of it."""
    room = _Room()
    found: dict[str, Value] = {}
    if "args" in step.payload:
        found["gen_ai.tool.call.arguments"] = room.text(encoded(step.payload["args"]))
    content = result.payload.get("content") if result is not None else None
    if isinstance(content, str):
        found["gen_ai.tool.call.result"] = room.text(content)
    return found | ({"akios.content_cut": True} if room.cut else {})


def of_other(step: Step) -> dict[str, Value]:
    """What else a step holds: the words of a command, for one."""
    room = _Room()
    found: dict[str, Value] = {}
    for name, given in step.payload.items():
        if FIELD.fullmatch(name) and room.part():
            found[f"akios.{name}"] = room.text(given if isinstance(given, str) else encoded(given))
    return found | ({"akios.content_cut": True} if room.cut else {})


def _ended(steps: Sequence[Step]) -> dict[str, str]:
    stops = [step.fields.get("stop") for step in steps]
    return next(({"finish_reason": text(stop, 64)} for stop in stops if isinstance(stop, str) and stop), {})


def _whole(given: str) -> bool:
    """Whether a text has no halves of characters."""
    return given.isascii() or text(given, len(given)) == given
