"""Server-sent events, parsed strictly and incrementally (WHATWG HTML, section 9.2 "Server-sent events").

Model answers stream in this format. The parser takes bytes in any chunks and gives whole events; where the chunks
were cut never shows in what comes out. Every size is bounded, because upstream is as little trusted as the agent.
Events are written out again from their fields, never copied through.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from akios_jail.providers import strictjson
from akios_jail.providers.strictjson import Unreadable

#: One event may hold this many bytes, all lines together. A whole generated image in base64 fits.
MAX_EVENT = 8 * 1024 * 1024

_END = re.compile(rb"\r\n|\r|\n")


class SseError(Unreadable):
    """The stream is not server-sent events within the bounds."""


class _Fields(NamedTuple):
    event: str = ""
    data: str | None = None
    id: str | None = None
    retry: str | None = None
    comment: str | None = None
    headers: tuple[tuple[str, int, bytes], ...] = ()


class _Document:
    """`Event.document`, read when it is first asked for. An event belongs to one thread: functools' lock would cost a
    tenth of the reading."""

    def __get__(self, event: Event, owner: type[Event]) -> Any:
        document = event.__dict__["document"] = strictjson.loads(event.data if event.data is not None else "")
        return document


class Event(_Fields):
    """One event, or one comment line (`comment` is not None and everything else is empty).

    `event` is "" where the stream named none, which means `message`. `data` joins the data lines by newlines.
    `headers` is for events of other framings: what came with them, as (name, type, bytes).

    `document` is the JSON value in `data`, parsed once however many look at it; `Unreadable` if it is none. Not to be
    changed: what is to be another document is another event, by `saying`.
    """

    document = _Document()

    def saying(self, document: Any) -> Event:
        """The same event with this JSON value for its data."""
        return self.rewritten(strictjson.dumps(document).decode(), document)

    def rewritten(self, data: str, document: Any) -> Event:
        """The same event with this data, which is this JSON value."""
        event = Event(self.event, data, self.id, self.retry, self.comment, self.headers)
        event.__dict__["document"] = document
        return event

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        if self.comment is not None:
            return f":{self.comment}\n\n".encode()
        lines: list[str] = []
        if self.event:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        if self.data is not None:
            lines.extend(f"data: {line}" for line in self.data.split("\n"))
        return ("\n".join(lines) + "\n\n").encode()


class SseParser:
    """Bytes in, events out. After an `SseError` the parser is of no further use."""

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._max_event = max_event
        self._pending = bytearray()  # the beginning of a line whose end is not here yet
        self._skip_newline = False  # the last line ended in CR: a LF that follows belongs to it
        self._first = True
        self._block = _Block()

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that these bytes complete. `SseError` for invalid UTF-8 or an event over the bound."""
        events: list[Event] = []
        start = 0
        plain = len(chunk) <= self._max_event  # until it is known to be otherwise
        if self._skip_newline and chunk:
            self._skip_newline = False
            start = 1 if chunk[0] == 0x0A else 0
        while start < len(chunk):
            if plain and self._between and chunk.startswith(b"data: ", start):
                self._first = plain = False
                found, start = _plain(chunk, start)
                events += found
                continue
            end, after = _line_end(chunk, start)
            self._pending += chunk[start : end if end >= 0 else None]
            if self._block.size + len(self._pending) > self._max_event:
                raise SseError(f"one event of the stream is larger than {self._max_event} bytes")
            if end < 0:
                break
            self._skip_newline = after > len(chunk)
            start = after
            line = bytes(self._pending)
            self._pending.clear()
            event = self._line(line)
            if event is not None:
                events.append(event)
        return events

    @property
    def _between(self) -> bool:
        """Whether all that was fed is done with."""
        return not (self._pending or self._skip_newline or self._block.size)

    @property
    def incomplete(self) -> bool:
        """Whether bytes were fed that no blank line has completed. At the end of a stream they are to be dropped."""
        return bool(self._pending) or self._block.size > 0

    def _line(self, line: bytes) -> Event | None:
        if self._first:
            self._first = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            block, self._block = self._block, _Block()
            return block.event()
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise SseError("the event stream holds bytes that are not UTF-8") from None
        if text.startswith(":"):
            return Event(comment=text[1:])
        self._block.add(text, len(line))
        return None


def _plain(chunk: bytes, start: int) -> tuple[list[Event], int]:
    """The whole events from `start` on, and where the rest begins, if each of them is one line of data and its end, as
    models send most of theirs. None of them if one is more than that."""
    until = chunk.rfind(b"\n\n", start)
    if until < 0 or chunk.find(b"\r", start) >= 0:
        return [], start
    try:
        told = chunk[start + 6 : until].decode("utf-8").split("\n\ndata: ")
    except UnicodeDecodeError:
        raise SseError("the event stream holds bytes that are not UTF-8") from None
    if any("\n" in data for data in told):
        return [], start
    return [Event(data=data) for data in told], until + 2


class _Block:
    """The fields of the event that is being read."""

    def __init__(self) -> None:
        self.size = 0
        self._fields: dict[str, str] = {}
        self._data: list[str] = []

    def add(self, line: str, size: int) -> None:
        self.size += size
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            return
        understood = {
            "event": True,
            "id": "\0" not in value,
            "retry": value.isascii() and value.isdigit(),
        }
        if understood.get(name) is True:
            self._fields[name] = value

    def event(self) -> Event | None:
        if not self._data and not self._fields:
            return None
        data = "\n".join(self._data) if self._data else None
        fields = self._fields
        return Event(fields.get("event", ""), data, fields.get("id"), fields.get("retry"))


def _line_end(chunk: bytes, start: int) -> tuple[int, int]:
    """Where the line ends and where the next begins (one past the chunk if a LF may follow); (-1, -1) if it goes on."""
    match = _END.search(chunk, start)
    if match is None:
        return -1, -1
    if match.end() == len(chunk) and match.group() == b"\r":
        return match.start(), match.end() + 1
    return match.span()
