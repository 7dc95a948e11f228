"""Tool calls in responses, held back until each is ruled on.

In a stream all events of an item that is a call are held until the item is done. The last event repeats all items; a
call in it that was ruled on appears as the agent got it, and any other is ruled on there. What is refused becomes a
message at the same place. A call that the provider ran itself cannot be ruled on; it passes where the call that asked
for it was allowed to, and in any other answer it is `Unreadable`. Events are numbered, so where more are written than
were held, those that follow move up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from akios_jail.providers import fields, refusals, strictjson
from akios_jail.providers.neutral import Garbled, Ruling, ToolCall
from akios_jail.providers.openai_responses import continued, items
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: The events that end a stream, with the whole response.
ENDS = ("response.completed", "response.incomplete", "response.failed")
#: Fields that decide what a tool is asked: no other spelling of them may pass, as some clients take it.
_EVENT = frozenset(["type", "item", "output_index", "response", "delta", "arguments", "input"])
_RESPONSE = frozenset(["id", "output", "status"])
_PIECES = ("response.function_call_arguments.", "response.custom_tool_call_input.")
_ADDED, _DONE = "response.output_item.added", "response.output_item.done"


@dataclass
class _Held:
    """A call that is held. `place`: its output_index, or where it is in the whole response."""

    place: int
    item: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what the pieces say that it asks

    @property
    def in_words(self) -> str:
        """The id of the message that stands for it."""
        return f"msg_akios_{self.place}"


class ResponsesGate:
    """The gate of one answer."""

    def __init__(self, hosted: bool) -> None:
        """`hosted`: the call has the provider run tools by itself, which was ruled on before it was sent."""
        self._hosted = hosted
        self._held: dict[int, _Held] = {}
        self._broken: list[_Held] = []  # done, but not to be read: the answer was broken off, or it is a defect
        self._waiting: list[_Held] = []  # given out, not ruled on
        self._shown: dict[str, dict[str, Any]] = {}  # what the agent gets of a call
        self._end: tuple[Event, list[dict[str, Any]]] | None = None  # the last event waits for rulings
        self.id = ""  # of the answer, as far as it was told
        self.refused: list[tuple[str, dict[str, Any]]] = []  # ids of refused calls, with the outputs that say it
        self._follows: list[Event] = []  # come after the calls that wait for rulings
        self._number = -1

    def event(self, event: Event) -> list[Event | ToolCall]:
        if event.data is None or event.data.strip() in ("", "[DONE]"):
            return [event]
        document = event.document
        if not isinstance(document, dict):
            raise Unreadable("an event of it is not an object")
        fields.no_lookalikes(document, _EVENT)
        kind = document.get("type")
        if self.id == "" and isinstance(document.get("response"), dict):
            self.id = _name(document["response"])
        if event.event.startswith("response.") and event.event != kind:
            raise Unreadable("an event of it is named otherwise than it says")  # clients go by the one or the other
        if kind in ENDS:
            return self._ends(event, document)
        index = document.get("output_index")
        if type(index) is int and index in self._held:
            return self._piece(self._held[index], event, document)
        if kind in (_ADDED, _DONE):
            item = document.get("item")
            if not isinstance(item, dict) or type(index) is not int:
                raise Unreadable("an item of it is not an object at a place")
            before = self._overdue()
            if items.is_call(item, self._hosted):
                held = self._held[index] = _Held(index, item, [event] if kind == _ADDED else [])
                return before if kind == _ADDED else [*before, *self._piece(held, event, document)]
            if before:
                self._follows.append(event)
                return before
        elif isinstance(kind, str) and kind.startswith(_PIECES):
            raise Unreadable("a piece of a tool call of it belongs to no item")
        elif "response" in document and any(items.is_call(item, self._hosted) for item in _output(document)):
            raise Unreadable("a response that has not ended holds tool calls")
        elif isinstance(document.get("item"), dict) and items.is_call(document["item"], self._hosted):
            raise Unreadable("an event of it holds a tool call that belongs into another")
        return [self._numbered(event)]

    def end(self) -> list[Event | ToolCall]:
        if self._held or self._broken or self._waiting:
            raise Unreadable("it ends within a tool call")
        return []

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        held = self._waiting.pop(0)
        shown = self._ruled(held, ruling)
        self._shown[_key(held.item)] = shown
        events: list[Event] = []
        if held.events:
            events = (
                [self._numbered(event) for event in held.events] if shown is held.item else self._written(held, shown)
            )
        if not self._waiting:
            events += [self._numbered(event) for event in self._follows]
            self._follows = []
            events += self._ended()
        return events

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return [call for _, _, call in _whole(document, self._hosted) if call is not None]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        waiting = iter(rulings)
        self.id = _name(document)
        for place, item, call in _whole(document, self._hosted):
            held = _Held(place, item)
            document["output"][place] = _cut_off(held) if call is None else self._ruled(held, next(waiting))

    def _ruled(self, held: _Held, ruling: Ruling) -> dict[str, Any]:
        """What stands in the place of a call."""
        if ruling.decision == "allow":
            return held.item
        if ruling.decision == "modify":
            return items.changed(held.item, ruling.arguments)
        words = refusals.refused(items.name(held.item), ruling.reason)
        output = continued.refused(held.item, words)
        if output is not None:
            self.refused.append((str(held.item["call_id"]), output))
        return items.message(held.in_words, words)

    def _piece(self, held: _Held, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        """An event of a call; the call, if it is done with it."""
        kind = str(document.get("type"))
        held.events.append(event)
        if kind.startswith(_PIECES):
            if kind.endswith(".delta"):
                held.told.append(fields.string(document, "delta"))
            else:
                told = [value for value in (document.get("arguments"), document.get("input")) if value is not None]
                if told != ["".join(held.told)]:
                    raise Unreadable("the pieces of a tool call of it do not make the call")
        if kind != _DONE:
            return []
        del self._held[held.place]
        item = document.get("item")
        if not isinstance(item, dict) or any(
            item.get(key) != held.item.get(key) for key in ("type", "call_id", "name")
        ):
            raise Unreadable("an item of it changes what it is")
        held.item = item
        call = _readable(item)
        if call is None:
            self._broken.append(held)
            return []
        asked = item.get(items.DEFINED.get(str(item["type"]), ""))
        if held.told and "".join(held.told) != asked:
            raise Unreadable("the pieces of a tool call of it do not make the call")
        self._waiting.append(held)
        return [call]

    def _overdue(self) -> list[Event | ToolCall]:
        """Calls that were done and are no JSON: more follows, so they were not broken off but written like that."""
        overdue, self._broken = self._broken, []
        self._waiting += overdue
        return [items.call(held.item) for held in overdue]

    def _ends(self, event: Event, document: dict[str, Any]) -> list[Event | ToolCall]:
        complete = document["type"] == "response.completed"
        flows: list[Event | ToolCall] = []
        if complete and self._held:
            raise Unreadable("it ends within a tool call")
        if complete:
            flows += self._overdue()
        for held in [*self._broken, *self._held.values()]:
            shown = self._shown[_id(held.item)] = _cut_off(held)
            flows += self._written(held, shown)
        self._broken, self._held = [], {}
        output = _output(document)
        for place, item in enumerate(output):
            if not items.is_call(item, self._hosted) or _key(item) in self._shown:
                continue
            held, call = _Held(place, item), _readable(item)
            if call is None and complete:
                call = items.call(item)
            if call is None:
                self._shown[_key(item)] = self._shown.get(_id(item)) or _cut_off(held)
            elif all(_key(other.item) != _key(item) for other in self._waiting):
                self._waiting.append(held)
                flows.append(call)
        self._end = (event, output)
        return flows if self._waiting else [*flows, *self._ended()]

    def _ended(self) -> Iterable[Event]:
        """The last event, with the items as the agent got them."""
        if self._end is None:
            return []
        (event, output), self._end = self._end, None
        shown = [self._appears(item) if items.is_call(item, self._hosted) else item for item in output]
        if any(one is not item for one, item in zip(shown, output, strict=True)):
            event = event.saying({**event.document, "response": {**event.document["response"], "output": shown}})
        return [self._numbered(event)]

    def _appears(self, item: dict[str, Any]) -> dict[str, Any]:
        """What the agent got of this call: itself, if nothing was changed."""
        shown = self._shown[_key(item)]
        return item if shown["type"] == item["type"] and _key(shown) == _key(item) else shown

    def _written(self, held: _Held, shown: dict[str, Any]) -> list[Event]:
        """The events that tell an item in the place of those that were held."""
        told = []
        for document in items.events(held.place, shown):
            self._number += 1
            told.append(Event(document["type"]).saying({**document, "sequence_number": self._number}))
        return told

    def _numbered(self, event: Event) -> Event:
        """The event with a number above all that were used."""
        number = event.document.get("sequence_number")
        if type(number) is not int:
            return event
        if number > self._number:
            self._number = number
            return event
        self._number += 1
        return event.saying({**event.document, "sequence_number": self._number})


def _output(document: dict[str, Any]) -> list[dict[str, Any]]:
    response = document.get("response")
    if not isinstance(response, dict):
        raise Unreadable("an event of it has no response")
    fields.no_lookalikes(response, _RESPONSE)
    return fields.objects(response, "output")


def _readable(item: dict[str, Any]) -> ToolCall | None:
    """The call that an item is, None if it was broken off or is not JSON. `Unreadable` without a name."""
    items.name(item)
    if item.get("status") == "incomplete":
        return None
    call = items.call(item)
    return None if isinstance(call.arguments, Garbled) else call


def _name(response: dict[str, Any]) -> str:
    """The id by which the provider keeps an answer."""
    id = response.get("id")
    return id if isinstance(id, str) and len(id) <= continued.MAX_ID else ""


def _cut_off(held: _Held) -> dict[str, Any]:
    return items.message(held.in_words, refusals.cut_off(items.name(held.item)), "incomplete")


def _key(item: dict[str, Any]) -> str:
    """What a call asks, all of it: only the very same call is covered by its ruling."""
    told = {key: value for key, value in item.items() if key not in ("id", "status", "created_by")}
    return strictjson.dumps(dict(sorted(told.items()))).decode()


def _id(item: dict[str, Any]) -> str:
    return f"{item.get('type')} {item.get('call_id')}"


def _whole(document: dict[str, Any], hosted: bool) -> list[tuple[int, dict[str, Any], ToolCall | None]]:
    """The calls of a response with their places; None for one that was broken off."""
    fields.no_lookalikes(document, _RESPONSE)
    found: list[tuple[int, dict[str, Any], ToolCall | None]] = []
    for place, item in enumerate(fields.objects(document, "output")):
        if not items.is_call(item, hosted):
            continue
        call = _readable(item)
        if call is None and document.get("status") not in ("incomplete", "failed"):
            call = items.call(item)
        found.append((place, item, call))
    return found
