"""Tool calls in the answers of generateContent, held back until each is ruled on.

A functionCall comes whole, in one part. A piece that holds any is held back until all of them are ruled on; where all
are allowed it goes on as it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from akios_jail.providers import json_array, refusals
from akios_jail.providers.google_generate import request, spelling
from akios_jail.providers.neutral import Ruling, ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable


class _Asked(NamedTuple):
    """A tool call and where it is: `parts[place][key]`."""

    call: ToolCall
    parts: list[Any]
    place: int
    key: str


class GoogleGate:
    """One answer's gate."""

    def __init__(self) -> None:
        self._held: Event | None = None
        self._rulings: list[Ruling] = []
        self._calls: list[ToolCall] = []

    def event(self, event: Event) -> list[Event | ToolCall]:
        if self._held is not None:
            raise Unreadable("a tool call of it was not ruled on")
        if event == json_array.END or event.data is None or event.data.strip() == "":
            return [event]
        self._calls = self.calls(event.document)
        if not self._calls:
            return [event]
        self._held = event
        self._rulings = []
        return list(self._calls)

    def end(self) -> list[Event | ToolCall]:
        if self._held is not None:
            raise Unreadable("a tool call of it was not ruled on")
        return []

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        """The piece with its calls comes in the place of the last of them."""
        held = self._held
        if held is None:
            raise Unreadable("it has no tool call to rule on")
        self._rulings.append(ruling)
        if len(self._rulings) < len(self._calls):
            return []
        self._held = None
        if all(each.decision == "allow" for each in self._rulings):
            return [held]
        document = held._replace().document  # read anew, because the event's own is not to be changed
        self.ruled_whole(document, self._rulings)
        return [held.saying(document)]

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return [asked.call for asked in _asked(document)]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        for asked, ruling in zip(list(_asked(document)), rulings, strict=True):
            part = asked.parts[asked.place]
            if ruling.decision == "modify":
                function = part[asked.key]
                function[spelling.keys(function).get("args", "args")] = ruling.arguments
            elif ruling.decision != "allow":
                asked.parts[asked.place] = {"text": refusals.refused(asked.call.name, ruling.reason)}


def _asked(document: Any) -> Iterator[_Asked]:
    """The tool calls of a response or a piece of one, in order."""
    if not isinstance(document, dict):
        raise Unreadable("a piece of it is not an object")
    for _, candidate in spelling.objects(("candidates",), spelling.value(document, "candidates")):
        parts = spelling.value(spelling.inner(candidate, "content"), "parts")
        if parts is not None and not isinstance(parts, list):
            raise Unreadable("the parts of its content are not a list")
        for (place,), part in spelling.objects((), parts):
            key = spelling.keys(part).get("functionCall")
            if key is None or part[key] is None:
                continue
            yield _Asked(request.called(part[key]), parts or [], int(place), key)
