"""How a stream of answers is cut into events: one small object for each framing, all with the same two methods.

The events are `sse.Event`s whatever the framing: a name, and the data as text, which is all that a wire format looks
at. What else a framing carries with an event stays with it in `Event.headers`. Events are written out again by the
framing that read them; the bytes of upstream are never copied through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from akios_jail.providers.eventstream import ChunkFraming, EventStreamFraming
from akios_jail.providers.json_array import JsonArrayFraming
from akios_jail.providers.sse import Event, SseParser

#: Streams that tell their framing by their Content-Type.
_BY_TYPE = {"text/event-stream": "sse", "application/vnd.amazon.eventstream": "eventstream"}


class Parser(Protocol):
    """Bytes in, events out. After an `Unreadable` the parser is of no further use."""

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that these bytes complete, wherever they were cut. `Unreadable` for what is not this framing."""

    @property
    def incomplete(self) -> bool:
        """Whether bytes were fed that belong to no complete event. At the end of a stream they are to be dropped."""


class Framing(Protocol):
    """The framing of one stream. It holds where the stream is, so each stream takes its own from `of`."""

    def parser(self) -> Parser:
        """A new parser."""

    def encode(self, event: Event) -> bytes:
        """The event as it goes over the wire, after those that were encoded before it."""


class SseFraming:
    """Server-sent events (`sse`)."""

    def parser(self) -> Parser:
        return SseParser()

    def encode(self, event: Event) -> bytes:
        return event.encode()


def of(name: str) -> Framing:
    """The framing for one stream. `name` as in `Wire.framing`: sse | eventstream | eventstream_chunks | json_array.

    `KeyError` for `none`, which stands for formats that have no streams.
    """
    return _FRAMINGS[name]()


def of_answer(expected: str, streamed: bool, content_type: str) -> str | None:
    """The framing of an answer with this Content-Type, or None if it is a whole document.

    `expected` is the wire format's framing and `streamed` whether the call asked for a stream. The answer's own word
    counts where it says a framing; a JSON array says none, it is just JSON.
    """
    kind = content_type.partition(";")[0].strip().lower()
    told = _BY_TYPE.get(kind)
    if told is not None:
        return expected if expected.startswith(told) else told
    return "json_array" if streamed and expected == "json_array" else None


_FRAMINGS: dict[str, Callable[[], Framing]] = {
    "sse": SseFraming,
    "eventstream": EventStreamFraming,
    "eventstream_chunks": ChunkFraming,
    "json_array": JsonArrayFraming,
}
