"""Tool calls in chat completions, held back until each is ruled on.

In a stream the pieces of a call carry its `index` within their choice, and nothing says that a call is complete but
the `finish_reason` of the choice, so all calls of a choice come out together there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers import fields
from akios_jail.providers.neutral import Ruling, ToolCall
from akios_jail.providers.openai_chat.calls import Asked, Choice, finish_of, gather, told_once
from akios_jail.providers.openai_chat.rewriting import written_again
from akios_jail.providers.openai_chat.whole import whole_choices
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable


class ChatGate:
    """The gate of one answer."""

    def __init__(self) -> None:
        self._choices: dict[int, Choice] = {}
        self._waiting: list[tuple[Choice, Asked]] = []  # given out, not ruled on
        self._after: list[Event] = []  # follows when the last is ruled on

    def event(self, event: Event) -> list[Event | ToolCall]:
        data = event.data
        if data is None or data.isspace() or data == "":
            return [event]
        if data.strip() == "[DONE]":
            return self._over([event])
        chunk = event.document
        choices = fields.objects(chunk, "choices") if isinstance(chunk, dict) else []
        told_once(chunk, choices)
        if not any(self._concerns(choice) for choice in choices):
            return [event]
        flows: list[Event | ToolCall] = []
        for one, choice in _single(event, choices):
            flows += self._choice(one, choice)
        return flows

    def end(self) -> list[Event | ToolCall]:
        return self._over([])

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        choice, asked = self._waiting.pop(0)
        asked.ruling = ruling
        if any(other is choice for other, _ in self._waiting):
            return []
        events = written_again(choice)
        if not self._waiting:
            events += self._after
            self._after = []
        return events

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return [asked.call for choice in whole_choices(document) for asked, _ in choice.asked if asked.call is not None]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        waiting = iter(rulings)
        for choice in whole_choices(document):
            for asked, _ in choice.asked:
                if asked.call is not None:
                    asked.ruling = next(waiting)
            choice.carry_out()

    def _concerns(self, choice: dict[str, Any]) -> bool:
        """Whether a choice of a chunk has to do with tool calls. Notes which choices have spoken."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(message, dict) and (message.get("tool_calls") or message.get("function_call")):
            raise Unreadable("a chunk of it holds a whole message with tool calls")
        if delta is not None and not isinstance(delta, dict):
            raise Unreadable("a chunk of it has no readable delta")
        delta = delta or {}
        if delta.get("tool_calls") or delta.get("function_call"):
            return True
        held = self._held(choice)
        held.spoke = held.spoke or bool(delta.get("content"))
        return finish_of(choice) is not None and bool(held.held)

    def _held(self, choice: dict[str, Any]) -> Choice:
        index = choice.get("index", 0)
        if type(index) is not int:
            raise Unreadable("a chunk of it has no readable index")
        return self._choices.setdefault(index, Choice())

    def _choice(self, event: Event, choice: dict[str, Any]) -> list[Event | ToolCall]:
        """One chunk with one choice: what flows on of it, and its calls if it ends the choice."""
        if not self._concerns(choice):
            return [event]
        held = self._held(choice)
        shown, kept = _parted(event, choice)
        held.spoke = held.spoke or shown is not None
        delta = kept.document["choices"][0].get("delta") or {}
        owners = gather(held, delta)
        if owners:
            self._check_kind(held, kept)
        held.held.append((kept, owners))
        flows: list[Event | ToolCall] = [] if shown is None else [shown]
        finish = finish_of(choice)
        return flows if finish is None else flows + self._complete(held, finish)

    def _check_kind(self, held: Choice, event: Event) -> None:
        """`Unreadable` if the pieces of a choice's calls come in chunks of two kinds: some clients pass over one."""
        first = next((earlier for earlier, owners in held.held if owners), event)
        if first.document.get("object") != event.document.get("object"):
            raise Unreadable("a tool call of it is told by chunks of two kinds")

    def _complete(self, held: Choice, finish: Any) -> list[Event | ToolCall]:
        if held.ended:
            raise Unreadable("it goes on to call tools after its end")
        held.ended = True
        calls: list[Event | ToolCall] = []
        for asked in held.asked:
            asked.complete(finish)
            if asked.call is not None:
                self._waiting.append((held, asked))
                calls.append(asked.call)
        return calls or list(written_again(held))

    def _over(self, last: list[Event]) -> list[Event | ToolCall]:
        """The stream ends, with these events. Servers that name no finish_reason end their calls here."""
        flows: list[Event | ToolCall] = []
        for held in self._choices.values():
            if held.held:
                flows += self._complete(held, None)
        if self._waiting:
            self._after += last
            return flows
        return [*flows, *last]


def _single(event: Event, choices: list[dict[str, Any]]) -> Iterator[tuple[Event, dict[str, Any]]]:
    """The chunk as chunks of one choice each; the usage stays with the last."""
    if len(choices) == 1:
        yield event, choices[0]
        return
    bare = {key: value for key, value in event.document.items() if key != "usage"}
    for choice in choices:
        head = event.document if choice is choices[-1] else bare
        yield event.saying({**head, "choices": [choice]}), choice


def _parted(event: Event, choice: dict[str, Any]) -> tuple[Event | None, Event]:
    """What flows on of a chunk (None for nothing), and what is held: its tool calls and its end."""
    delta = choice.get("delta") or {}
    said = {key: value for key, value in delta.items() if key not in ("tool_calls", "function_call")}
    if not any(value for key, value in said.items() if key != "role"):
        return None, event
    kept = {key: value for key, value in delta.items() if key in ("tool_calls", "function_call")}
    head = {key: value for key, value in event.document.items() if key != "usage"}
    shown = event.saying({**head, "choices": [{**choice, "delta": said, "finish_reason": None}]})
    rest = {key: value for key, value in choice.items() if key != "logprobs"}
    return shown, event.saying({**event.document, "choices": [{**rest, "delta": kept}]})
