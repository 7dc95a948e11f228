"""A stream as one JSON array of objects that arrive one by one: Google's streams where nothing else is asked for.

Every object is an event. The bracket that closes the array is an event as well (`END`), because without it the stream
was cut off, and an agent must be able to see that.
"""

from __future__ import annotations

import re

from akios_jail.providers.sse import MAX_EVENT, Event
from akios_jail.providers.strictjson import Unreadable

#: The end of the array.
END = Event("end")

_SPACE = b" \t\r\n"
_STRUCTURE = re.compile(rb'["{}\[\]]')
_IN_STRING = re.compile(rb'["\\]')
#: What may follow, and what it leads to: before the array, in it, after an object, after a comma.
_NEXT = {
    ("start", b"["): "first",
    ("first", b"{"): "object",
    ("first", b"]"): "end",
    ("after", b","): "comma",
    ("after", b"]"): "end",
    ("comma", b"{"): "object",
}


class JsonArrayParser:
    """Bytes in, events out: the text of each object. That it is JSON is for its reader to find out."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._max_event = max_event
        self._state = "start"
        self._object = bytearray()
        self._depth = 0
        self._string = False
        self._escaped = False  # the next byte of the string stands for itself

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that these bytes complete. `Unreadable` for what is not an array of objects within the bound."""
        events: list[Event] = []
        at = 0
        while at < len(chunk):
            if self._state == "object":
                at = self._inside(chunk, at, events)
                continue
            byte = chunk[at : at + 1]
            if byte in _SPACE:
                at += 1
                continue
            state = _NEXT.get((self._state, byte))
            if state is None:
                raise Unreadable("the stream is not a JSON array of objects")
            self._state = state
            if state == "end":
                events.append(END)
            if state != "object":  # its brace is read again, as the first of the object
                at += 1
        return events

    @property
    def incomplete(self) -> bool:
        """Whether the array was begun and not ended."""
        return self._state not in ("start", "end")

    def _inside(self, chunk: bytes, at: int, events: list[Event]) -> int:
        """Read on in an object. Where the next byte to read is."""
        if self._escaped:
            self._escaped = False
            return self._keep(chunk, at, at + 1)
        match = (_IN_STRING if self._string else _STRUCTURE).search(chunk, at)
        if match is None:
            return self._keep(chunk, at, len(chunk))
        byte = match.group()
        self._keep(chunk, at, match.end())
        if byte == b"\\":
            self._escaped = True
        elif byte == b'"':
            self._string = not self._string
        elif byte in b"{[":
            self._depth += 1
        else:
            self._depth -= 1
            if self._depth == 0:
                events.append(self._complete())
        return match.end()

    def _keep(self, chunk: bytes, start: int, end: int) -> int:
        self._object += chunk[start:end]
        if len(self._object) > self._max_event:
            raise Unreadable(f"one object of the stream is larger than {self._max_event} bytes")
        return end

    def _complete(self) -> Event:
        try:
            text = self._object.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("the stream holds bytes that are not UTF-8") from None
        self._object.clear()
        self._state = "after"
        return Event(data=text)


class JsonArrayFraming:
    """One stream of this kind (`json_array`)."""

    def __init__(self) -> None:
        self._begun = False

    def parser(self) -> JsonArrayParser:
        """A new parser."""
        return JsonArrayParser()

    def encode(self, event: Event) -> bytes:
        """The object with the bracket or comma before it; `END` closes the array. A blank line for an event without
        data, which stands well anywhere between."""
        if event == END:
            begun, self._begun = self._begun, True
            return b"]\n" if begun else b"[]\n"
        if event.data is None:
            return b"\n"
        begun, self._begun = self._begun, True
        return (b",\r\n" if begun else b"[") + event.data.encode()
