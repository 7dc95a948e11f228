"""The events of a stream of answers on their way to the agent: personal data taken out, values put back.

Of a text that comes in pieces only the end is held back that could be the beginning of something known, and the event
in which it came waits until the next one shows what it was; others wait behind it, so that their order stays.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, NamedTuple

from akios_jail.pii.answer import Text, Through
from akios_jail.pii.document import redact_text
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import Room, restored
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.providers.deltas import Delta, deltas, ended
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Characters of events that wait for the rest of a text, and texts of one answer; more of either cannot be judged.
MAX_WAITING = 16 * 1024 * 1024
MAX_TEXTS = 10_000
#: Names of events that are remembered as having nothing in them, and their characters.
_MAX_PLAIN = 64
_MAX_NAME = 100


class _Waiting(NamedTuple):
    """An event that waits for the rest of a text, or behind one: as it came and as it is to be."""

    number: int
    event: Event
    before: Any
    document: Any
    pieces: list[Delta]


class AnswerEvents:
    """The events of one stream on their way to the agent."""

    def __init__(self, redactor: Redactor | None, vault: Vault | None) -> None:
        self.redactor = redactor
        self._vault = vault
        self._texts: dict[tuple[Any, ...], Text] = {}
        self._over: set[tuple[Any, ...]] = set()
        self._queue: deque[_Waiting] = deque()
        self._size = 0
        self._number = 0  # of the next event
        self._latest: dict[tuple[Any, ...], int] = {}  # the number of the last event with a piece of a text
        self._room = Room()
        self._through = Through(redactor, vault, self._room)
        self._looked = Through(redactor, None)  # of what stands in the middle of texts, into which nothing is put
        self._plain: set[tuple[str | None, ...]] = set()  # what stands beside events' data with nothing in it
        self._counts: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()

    def taken(self) -> tuple[Counter[str], Counter[str]]:
        """What was found, and what could not be looked into, since this was asked last."""
        counts, self._counts = self._counts, Counter()
        unread, self._unread = self._unread, Counter()
        for through in (self._through, self._looked):
            counts, unread = counts + through.counts, unread + through.unread
            through.counts.clear()
            through.unread.clear()
        return counts, unread

    def event(self, event: Event) -> list[Event]:
        """What goes out with this event."""
        event = self._around(event)
        if event.data is None or event.data.strip() == "":
            return [event]
        try:
            document = event.document
        except Unreadable:
            data = event.data if self.redactor is None else redact_text(self.redactor, event.data, self._counts)
            if self._vault is not None:
                data = restored(self._vault, data, room=self._room)
            return [*self.end(), event if data == event.data else event._replace(data=data)]
        if event.event == "ping":  # in the middle of texts, of which it ends none
            return [_saying(event, document, self._looked.document(document))]
        pieces = deltas(document)
        if self.redactor is None:  # a stand-in that is not put back keeps nothing from anybody, so nothing waits for it
            for stream in self._texts.keys() - {piece.stream for piece in pieces}:
                self._finish(stream)
        new = _copied(document)
        said = [_take(new, piece) for piece in pieces]
        new = self._through.event(new)
        for piece, words in zip(pieces, said, strict=True):
            if words and piece.stream in self._over:
                raise Unredactable("a text of the answer goes on after its end: it cannot be judged")
            text = self._text(piece)
            _put(new, piece, text.feed(words))
            self._take(text)
            self._latest[piece.stream] = self._number
        self._queue.append(_Waiting(self._number, event, document, new, pieces))
        self._number += 1
        self._size += len(event.data)
        if self.redactor is not None:
            for stream in ended(document, self._texts):
                self._finish(stream)
        return self._leaving()

    def _text(self, piece: Delta) -> Text:
        if piece.stream not in self._texts:
            self._texts[piece.stream] = Text(self.redactor, self._vault, piece.is_json, self._room, piece.signed)
        return self._texts[piece.stream]

    def _take(self, text: Text) -> None:
        self._counts += text.taken()
        self._unread += text.unread()

    def end(self) -> list[Event]:
        """What still waits; the texts are over."""
        for stream in list(self._texts):
            self._finish(stream)
        return self._leaving()

    def _leaving(self) -> list[Event]:
        """The events that nothing is held back of which belongs into them, in their order."""
        out: list[Event] = []
        while self._queue and not any(self._waits(piece, self._queue[0].number) for piece in self._queue[0].pieces):
            waiting = self._queue.popleft()
            self._size -= len(waiting.event.data or "")
            out.append(_saying(waiting.event, waiting.before, waiting.document))
        if self._size > MAX_WAITING or len(self._latest) > MAX_TEXTS:
            raise Unredactable("the texts of the answer are so mixed up that they cannot be judged")
        return out

    def _waits(self, piece: Delta, number: int) -> bool:
        text = self._texts.get(piece.stream)
        return text is not None and text.held and self._latest[piece.stream] == number

    def _finish(self, stream: tuple[Any, ...]) -> None:
        """The text is over. Its rest goes with the last event that has a piece of it, which waits for that."""
        text = self._texts.pop(stream)
        rest = text.finish()
        self._take(text)
        if self.redactor is not None:
            self._over.add(stream)
        if rest:
            last = self._queue[self._latest[stream] - self._queue[0].number]
            _put(last.document, next(piece for piece in reversed(last.pieces) if piece.stream == stream), rest)

    def _around(self, event: Event) -> Event:
        """The event with no personal data in what stands beside its data."""
        if self.redactor is None:
            return event
        around = (event.event, event.id, event.comment)
        if around in self._plain:
            return event
        new = [words and redact_text(self.redactor, words, self._counts) for words in around]
        if (*new,) == around:
            if len(self._plain) < _MAX_PLAIN and len(event.event) < _MAX_NAME and event.id is event.comment is None:
                self._plain.add(around)
            return event
        return event._replace(event=new[0] or "", id=new[1], comment=new[2])


def _copied(document: Any) -> Any:
    """A copy of JSON. A tenth of what `deepcopy` takes, which looks for what is there twice."""
    if isinstance(document, dict):
        return {key: _copied(child) for key, child in document.items()}
    return [_copied(child) for child in document] if isinstance(document, list) else document


def _take(document: Any, piece: Delta) -> str:
    """The words at this place, which is empty from here on."""
    parent = _parent(document, piece)
    words, parent[piece.path[-1]] = parent[piece.path[-1]], ""
    return str(words)


def _put(document: Any, piece: Delta, words: str) -> None:
    """Put words at this place, after those that are there."""
    _parent(document, piece)[piece.path[-1]] += words


def _parent(document: Any, piece: Delta) -> Any:
    for key in piece.path[:-1]:
        document = document[key]
    return document


def _saying(event: Event, before: Any, after: Any) -> Event:
    return event if after == before else event.saying(after)
