"""By what it is seen that a conversation began in another: words and messages that stand in both.

All of it is bounded: how many calls, answers and messages are remembered, and how much of each text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from akios_jail.radar.bounded import Bounded
from akios_jail.radar.chains import named
from akios_jail.radar.said import Asked, Message
from akios_jail.radar.steps import EdgeType

#: Words shorter than this prove nothing about where they came from.
TELLING: Final = 16
#: So much of a text is looked for in another, and so much of that is looked through.
SAMPLE: Final = 2_000
_SEARCHED: Final = 64 * 1024
#: Tool calls and answers that a new conversation may have begun with: looked through one by one.
_CALLS: Final = 128
_ANSWERS: Final = 64
#: Texts of one tool call's arguments, and how deep they may lie.
_TEXTS: Final = 32
_DEPTH: Final = 8
REMEMBERED: Final = 20_000


class Called(NamedTuple):
    """A tool call. `words`: the texts of its arguments, by name."""

    step: int
    time: float
    words: tuple[tuple[str, str], ...]


class Origin(NamedTuple):
    """Where a conversation comes from: the step, the edge from there, and what it is seen by."""

    step: int
    type: EdgeType
    evidence: str


class Evidence:
    """What a session's conversations have in common."""

    def __init__(self) -> None:
        self._calls: Bounded[str, deque[Called]] = Bounded(REMEMBERED)  # by what their results are known by
        self._waiting: Bounded[int, Called] = Bounded(_CALLS)  # without a result, by step
        self._began: set[int] = set()  # those of them that a conversation began with
        self._wrote: Bounded[int, str] = Bounded(_ANSWERS)  # the last answers, by step
        self._told: Bounded[int, deque[tuple[int, str]]] = Bounded(REMEMBERED)  # a sub-agent's answers, by its call
        self._agents: Bounded[int, int] = Bounded(REMEMBERED)  # the tool call to which a step's conversation belongs
        self._messages: Bounded[bytes, int] = Bounded(REMEMBERED)

    def called(self, step: int, asked: Asked, time: float) -> None:
        """A model asked for a tool."""
        call = Called(step, time, tuple(islice(_texts(asked.arguments, "", _DEPTH), _TEXTS)))
        name = asked.id or f"name {asked.name}"
        self._calls.setdefault(name, deque(maxlen=64)).append(call)
        self._waiting[step] = call

    def answered(self, id: str, name: str) -> Called | None:
        """The call that a result answers. Where calls have no ids: the first of this name that is not answered."""
        found = self._calls.get(id or f"name {name}")
        if not found:
            return None
        call = found[-1] if id else found.popleft()
        self._waiting.pop(call.step, None)
        self._began.discard(call.step)
        return call

    def wrote(self, step: int, text: str) -> None:
        """A model wrote this."""
        words = _words(text[: 2 * SAMPLE])[:SAMPLE]
        if len(words) < TELLING:
            return
        self._wrote[step] = words
        call = self._agents.get(step)
        if call is not None:
            self._told.setdefault(call, deque(maxlen=16)).appendleft((step, words))

    def said(self, message: Message, name: bytes, step: int) -> None:
        """A message of this name was told, by itself."""
        if len(message.text) >= TELLING or message.asked or message.results:
            self._messages[name] = step

    def belongs(self, steps: Sequence[int], before: int) -> None:
        """Steps of a sub-agent's conversation belong to it, as the one before them does."""
        call = self._agents.get(before)
        if call is not None:
            for step in steps:
                self._agents[step] = call

    def result_of(self, call: int, text: str) -> int:
        """The answer of a sub-agent that stands in the result of the call that began it; 0 for none."""
        told = self._told.get(call, ())
        searched = _words(text[:_SEARCHED]) if told else ""
        return next((step for step, words in told if words in searched), 0)

    def origin(self, step: int, messages: Sequence[Message], system: str) -> Origin | None:
        """Where a conversation comes from that begins now, with this step."""
        kept = [self._messages[name] for each in messages if (name := named(each)) in self._messages]
        if kept:
            return Origin(kept[-1], "compaction", f"{len(kept)} messages of it are kept")
        begins = messages[0].text if messages else ""
        text = "\n".join(_words(each[:_SEARCHED]) for each in (begins, system))
        for call in sorted(self._waiting.values(), key=lambda each: each.step in self._began):
            for argument, words in call.words:
                if words in text:
                    self._began.add(call.step)
                    self._agents[step] = call.step
                    return Origin(call.step, "sub_agent", f"it begins with the argument {argument[:64]}")
        for written, words in reversed(self._wrote.items()):
            if words in text:
                return Origin(written, "compaction", "it holds what a model wrote there")
        return None


def alike(one: str, other: str) -> bool:
    """Whether one of two texts holds the beginning of the other."""
    first, second = _words(one[:_SEARCHED]), _words(other[:_SEARCHED])
    return any(
        len(words := short[:SAMPLE]) >= TELLING and words in long for short, long in ((first, second), (second, first))
    )


def _words(text: str) -> str:
    """A text without what white space says."""
    return " ".join(text.split())


def _texts(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Texts in a tool call's arguments that tell something, with their names."""
    if isinstance(value, str):
        words = _words(value[: 2 * SAMPLE])[:SAMPLE]
        if len(words) >= TELLING:
            yield path, words
    elif isinstance(value, dict) and depth:
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key), depth - 1)
    elif isinstance(value, list) and depth:
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}[{number}]", depth - 1)
