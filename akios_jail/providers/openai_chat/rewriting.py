"""What the agent gets of a choice whose calls are all ruled on.

Where every call is allowed these are the very events that were held. Otherwise they are written again without what was
refused, the remaining calls counted from 0: clients find a call by its place in a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akios_jail.providers.openai_chat.calls import ASKS, BODIES, Asked, Choice, finish_of
from akios_jail.providers.sse import Event


def written_again(held: Choice) -> list[Event]:
    """The events of a choice whose calls are all ruled on; nothing is held of it any more."""
    asked = held.asked
    if held.as_it_was and all(call.ruling is not None and call.ruling.decision == "allow" for call in asked):
        events = [event for event, _ in held.held]
    else:
        events = list(_rewritten(held))
    held.asked, held.held, held.as_it_was = [], [], True
    return events


def _rewritten(held: Choice) -> Iterator[Event]:
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
        finish = finish_of(choice)
        if words and (finish is not None or number == len(held.held) - 1):
            said = {"content": f"\n\n{words}" if held.spoke else words}
            head = {key: value for key, value in event.document.items() if key != "usage"}
            yield event.saying({**head, "choices": [{**choice, "delta": {**delta, **said}, "finish_reason": None}]})
            delta, words, kept = {}, "", []
        if finish in ASKS and not staying:
            finish = "stop"
        if delta or finish is not None or event.document.get("usage") is not None:
            yield event.saying({**event.document, "choices": [{**choice, "delta": delta, "finish_reason": finish}]})


def _entry(entry: dict[str, Any], owner: Asked, place: int, begun: set[int]) -> dict[str, Any]:
    """One piece of a call that stays, as the piece of the call at this place."""
    first = id(owner) not in begun
    begun.add(id(owner))
    piece = {"index": place, **{key: value for key, value in entry.items() if key != "index"}}
    if not first:
        piece.pop("id", None)
    if isinstance(piece.get(owner.body), dict):
        piece[owner.body] = _body(piece[owner.body], owner, first)
    return piece


def _body(body: dict[str, Any], owner: Asked, first: bool) -> dict[str, Any]:
    """The name and arguments of one piece; a change stands in the first, and in the others nothing."""
    piece = dict(body)
    if not first:
        piece.pop("name", None)
    if owner.ruling is not None and owner.ruling.decision == "modify":
        piece[BODIES[owner.body]] = owner.changed() if first else ""
    return piece
