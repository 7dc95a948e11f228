"""Tool calls in chat completions, held back until each is ruled on.

In a stream the pieces of a call carry its `index` within their choice, and nothing says that a call is complete but
the `finish_reason` of the choice, so all calls of a choice come out together there. A stream of which every call is
allowed goes on with the very events that were held. Otherwise they are written again without what was refused, the
remaining calls counted from 0: clients find a call by its place in a list.

Streams in which clients may not agree which piece belongs to which call (no index, one index for two ids, names and
ids repeated) are written again in any case, so that the agent sees what was ruled on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from akios_jail.providers import fields, refusals, strictjson
from akios_jail.providers.neutral import Ruling, ToolCall
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: What a choice ends with when its model has asked for tools.
_ASKS = ("tool_calls", "function_call")
#: Ends that may come in the middle of a call.
_BROKEN_OFF = ("length", "content_filter")
#: Where the two kinds of tools have what they are asked.
_BODIES = {"function": "arguments", "custom": "input"}
#: More calls than any model makes in one answer.
_MAX_CALLS = 1_000


@dataclass
class _Asked:
    """One tool call as far as its pieces have come. `body`: function | custom."""

    id: str = ""
    name: str = ""
    body: str = ""
    pieces: list[str] = field(default_factory=list)
    index: int | None = None
    call: ToolCall | None = None  # once it is complete
    ruling: Ruling | None = None

    @property
    def written(self) -> str:
        return "".join(self.pieces)

    @property
    def stays(self) -> bool:
        return self.ruling is not None and self.ruling.decision in ("allow", "modify")

    @property
    def words(self) -> str:
        """What is said in the place of a call that does not stay."""
        if self.call is None or self.ruling is None:
            return refusals.cut_off(self.name)
        return refusals.refused(self.name, self.ruling.reason)

    def complete(self, finish: Any) -> None:
        """Parse what it asks. `Unreadable` unless the answer was broken off; then it stays without a call."""
        if self.name == "":
            raise Unreadable("a tool call of it names no tool")
        written = self.written
        if self.body == "custom":
            self.call = None if finish in _BROKEN_OFF else ToolCall(self.id, self.name, written)
            return
        try:
            arguments = {} if written.strip() == "" and finish not in _BROKEN_OFF else strictjson.loads(written)
        except Unreadable as error:
            if finish in _BROKEN_OFF:
                return
            raise Unreadable(f"the arguments of a tool call of it cannot be read: {error}") from None
        self.call = ToolCall(self.id, self.name, arguments)

    def changed(self) -> str:
        """What the tool is to be asked by its ruling, as it is written in the format."""
        arguments = self.ruling.arguments if self.ruling is not None else None
        if self.body == "custom" and isinstance(arguments, str):
            return arguments
        return strictjson.dumps(arguments).decode()


@dataclass
class _Choice:
    """What is held of one choice."""

    asked: list[_Asked] = field(default_factory=list)
    held: list[tuple[Event, list[_Asked]]] = field(default_factory=list)  # with the call of each entry, in order
    as_it_was: bool = True  # what is allowed may pass with the events that were held
    spoke: bool = False  # text of it has gone to the agent
    ended: bool = False  # its calls have been ruled on


class ChatGate:
    """The gate of one answer."""

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._waiting: list[tuple[_Choice, _Asked]] = []  # given out, not ruled on
        self._after: list[Event] = []  # follows when the last is ruled on

    def event(self, event: Event) -> list[Event | ToolCall]:
        data = event.data
        if data is None or data.isspace() or data == "":
            return [event]
        if data.strip() == "[DONE]":
            return self._over([event])
        chunk = event.document
        choices = fields.objects(chunk, "choices") if isinstance(chunk, dict) else []
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
        events = _written(choice)
        if not self._waiting:
            events += self._after
            self._after = []
        return events

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        return [asked.call for choice in _whole(document) for asked, _ in choice.asked if asked.call is not None]

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        waiting = iter(rulings)
        for choice in _whole(document):
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
        return _finish(choice) is not None and bool(held.held)

    def _held(self, choice: dict[str, Any]) -> _Choice:
        index = choice.get("index", 0)
        if type(index) is not int:
            raise Unreadable("a chunk of it has no readable index")
        return self._choices.setdefault(index, _Choice())

    def _choice(self, event: Event, choice: dict[str, Any]) -> list[Event | ToolCall]:
        """One chunk with one choice: what flows on of it, and its calls if it ends the choice."""
        if not self._concerns(choice):
            return [event]
        held = self._held(choice)
        shown, kept = _parted(event, choice)
        held.spoke = held.spoke or shown is not None
        delta = kept.document["choices"][0].get("delta") or {}
        held.held.append((kept, _gather(held, delta)))
        flows: list[Event | ToolCall] = [] if shown is None else [shown]
        finish = _finish(choice)
        return flows if finish is None else flows + self._complete(held, finish)

    def _complete(self, held: _Choice, finish: Any) -> list[Event | ToolCall]:
        if held.ended:
            raise Unreadable("it goes on to call tools after its end")
        held.ended = True
        calls: list[Event | ToolCall] = []
        for asked in held.asked:
            asked.complete(finish)
            if asked.call is not None:
                self._waiting.append((held, asked))
                calls.append(asked.call)
        return calls or list(_written(held))

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


def _finish(choice: dict[str, Any]) -> Any:
    """Why the choice has ended, None while it goes on; some servers say "" then."""
    return choice.get("finish_reason") or None


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


def _gather(held: _Choice, delta: dict[str, Any]) -> list[_Asked]:
    """Put the pieces of a delta where they belong; which call each entry is of, `function_call` last."""
    owners = [_piece(held, entry) for entry in fields.objects(delta, "tool_calls")]
    legacy = delta.get("function_call")
    if legacy is not None:
        if not isinstance(legacy, dict):
            raise Unreadable("its function_call is not an object")
        asked = next((asked for asked in held.asked if asked.index == -1), None)
        if asked is None:
            asked = _new(held, -1)
        asked.body = "function"
        _add(held, asked, legacy)
        owners.append(asked)
    return owners


def _piece(held: _Choice, entry: dict[str, Any]) -> _Asked:
    index, call_id = entry.get("index"), entry.get("id")
    if index is not None and (type(index) is not int or not 0 <= index < _MAX_CALLS):
        raise Unreadable("a tool call of it has no readable index")
    if call_id is not None and not isinstance(call_id, str):
        raise Unreadable("a tool call of it has no readable id")
    # The last call with this index: an index that returns with another id is another call.
    asked = next((asked for asked in reversed(held.asked) if index is None or asked.index == index), None)
    if asked is None or (call_id and asked.id and asked.id != call_id):
        if index is None or asked is not None or index != len(held.asked):
            held.as_it_was = False
        asked = _new(held, index)
    elif call_id or index is None:
        held.as_it_was = False
    asked.id = asked.id or call_id or ""
    bodies = [key for key in _BODIES if entry.get(key) is not None]
    if len(bodies) > 1 or (asked.body and bodies and bodies != [asked.body]):
        raise Unreadable("a tool call of it is of two kinds")
    if bodies:
        asked.body = bodies[0]
        if not isinstance(entry[asked.body], dict):
            raise Unreadable("a tool call of it is not an object")
        _add(held, asked, entry[asked.body])
    return asked


def _new(held: _Choice, index: int | None) -> _Asked:
    if len(held.asked) >= _MAX_CALLS:
        raise Unreadable(f"it makes more than {_MAX_CALLS} tool calls")
    asked = _Asked(index=index)
    held.asked.append(asked)
    return asked


def _add(held: _Choice, asked: _Asked, body: dict[str, Any]) -> None:
    name, text = body.get("name"), body.get(_BODIES[asked.body])
    if any(value is not None and not isinstance(value, str) for value in (name, text)):
        raise Unreadable("a tool call of it has no readable name and arguments")
    if name:
        if asked.name and asked.name != name:
            raise Unreadable("a tool call of it changes its name")
        held.as_it_was = held.as_it_was and not asked.name
        asked.name = name
    if text:
        asked.pieces.append(text)


def _written(held: _Choice) -> list[Event]:
    """The events of a choice whose calls are all ruled on; nothing is held of it any more."""
    asked = held.asked
    if held.as_it_was and all(call.ruling is not None and call.ruling.decision == "allow" for call in asked):
        events = [event for event, _ in held.held]
    else:
        events = list(_rewritten(held))
    held.asked, held.held, held.as_it_was = [], [], True
    return events


def _rewritten(held: _Choice) -> Iterator[Event]:
    staying = [asked for asked in held.asked if asked.stays]
    places = {id(asked): place for place, asked in enumerate(asked for asked in staying if asked.index != -1)}
    words = "\n\n".join(asked.words for asked in held.asked if not asked.stays)
    begun: set[int] = set()
    for number, (event, owners) in enumerate(held.held):
        choice = event.document["choices"][0]
        delta = dict(choice.get("delta") or {})
        entries = delta.pop("tool_calls", None) or []
        legacy = delta.pop("function_call", None)
        kept = [
            _entry(entry, owner, places[id(owner)], begun)
            for entry, owner in zip(entries, owners, strict=False)
            if owner.stays
        ]
        if kept:
            delta["tool_calls"] = kept
        if legacy is not None and owners[-1].stays:
            delta["function_call"] = _body(legacy, owners[-1], id(owners[-1]) not in begun)
            begun.add(id(owners[-1]))
        finish = _finish(choice)
        if words and (finish is not None or number == len(held.held) - 1):
            said = {"content": f"\n\n{words}" if held.spoke else words}
            head = {key: value for key, value in event.document.items() if key != "usage"}
            yield event.saying({**head, "choices": [{**choice, "delta": {**delta, **said}, "finish_reason": None}]})
            delta, words, kept = {}, "", []
        if finish in _ASKS and not staying:
            finish = "stop"
        if delta or finish is not None or event.document.get("usage") is not None:
            yield event.saying({**event.document, "choices": [{**choice, "delta": delta, "finish_reason": finish}]})


def _entry(entry: dict[str, Any], owner: _Asked, place: int, begun: set[int]) -> dict[str, Any]:
    """One piece of a call that stays, as the piece of the call at this place."""
    first = id(owner) not in begun
    begun.add(id(owner))
    piece = {"index": place, **{key: value for key, value in entry.items() if key != "index"}}
    if not first:
        piece.pop("id", None)
    if isinstance(piece.get(owner.body), dict):
        piece[owner.body] = _body(piece[owner.body], owner, first)
    return piece


def _body(body: dict[str, Any], owner: _Asked, first: bool) -> dict[str, Any]:
    """The name and arguments of one piece; a change stands in the first, and in the others nothing."""
    piece = dict(body)
    if not first:
        piece.pop("name", None)
    if owner.ruling is not None and owner.ruling.decision == "modify":
        piece[_BODIES[owner.body]] = owner.changed() if first else ""
    return piece


class _WholeChoice:
    """The calls of one choice of an answer that was not streamed, each with its entry (None: `function_call`)."""

    def __init__(self, choice: dict[str, Any], message: dict[str, Any]) -> None:
        self._choice = choice
        self._message = message
        self.asked: list[tuple[_Asked, dict[str, Any] | None]] = []
        held = _Choice()
        finish = choice.get("finish_reason")
        for place, entry in enumerate(fields.objects(message, "tool_calls")):
            asked = _piece(_Choice(), {**entry, "index": place})
            self.asked.append((asked, entry))
        if message.get("function_call") is not None:
            self.asked.append((_gather(held, {"function_call": message["function_call"]})[0], None))
        for asked, _ in self.asked:
            asked.complete(finish)

    def carry_out(self) -> None:
        message = self._message
        words = [asked.words for asked, _ in self.asked if not asked.stays]
        for asked, entry in self.asked:
            if asked.ruling is not None and asked.ruling.decision == "modify":
                body = message["function_call"] if entry is None else entry[asked.body]
                body[_BODIES[asked.body]] = asked.changed()
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
        if self._choice.get("finish_reason") in _ASKS and not any(asked.stays for asked, _ in self.asked):
            self._choice["finish_reason"] = "stop"


def _whole(document: dict[str, Any]) -> list[_WholeChoice]:
    choices = fields.objects(document, "choices")
    return [_WholeChoice(choice, message) for choice in choices if isinstance(message := choice.get("message"), dict)]
