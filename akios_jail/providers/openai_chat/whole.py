"""Tool calls in chat completions that were not streamed."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.openai_chat.calls import ASKS, BODIES, Asked, Choice, gather, piece, told_once


class WholeChoice:
    """The calls of one choice of an answer that was not streamed, each with its entry (None: `function_call`)."""

    def __init__(self, choice: dict[str, Any], message: dict[str, Any]) -> None:
        self._choice = choice
        self._message = message
        self.asked: list[tuple[Asked, dict[str, Any] | None]] = []
        held = Choice()
        finish = choice.get("finish_reason")
        for place, entry in enumerate(fields.objects(message, "tool_calls")):
            asked = piece(Choice(), {**entry, "index": place})
            self.asked.append((asked, entry))
        if message.get("function_call") is not None:
            self.asked.append((gather(held, {"function_call": message["function_call"]})[0], None))
        for asked, _ in self.asked:
            asked.complete(finish)

    def carry_out(self) -> None:
        message = self._message
        words = [asked.words for asked, _ in self.asked if not asked.stays]
        for asked, entry in self.asked:
            if asked.ruling is not None and asked.ruling.decision == "modify":
                body = message["function_call"] if entry is None else entry[asked.body]
                body[BODIES[asked.body]] = asked.changed()
        if not words:
            return
        kept = [entry for asked, entry in self.asked if asked.stays and entry is not None]
        if kept:
            message["tool_calls"] = kept
        else:
            message.pop("tool_calls", None)
        if any(entry is None and not asked.stays for asked, entry in self.asked):
            del message["function_call"]
        content = message.get("content")
        if isinstance(content, list):
            content.append({"type": "text", "text": "\n\n".join(words)})
        else:
            message["content"] = "\n\n".join([content, *words] if isinstance(content, str) and content else words)
        if self._choice.get("finish_reason") in ASKS and not any(asked.stays for asked, _ in self.asked):
            self._choice["finish_reason"] = "stop"


def whole_choices(document: dict[str, Any]) -> list[WholeChoice]:
    choices = fields.objects(document, "choices")
    told_once(document, choices)
    return [WholeChoice(choice, message) for choice in choices if isinstance(message := choice.get("message"), dict)]
