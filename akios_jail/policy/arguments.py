"""`modify`: a tool call's arguments brought within the bounds of a rule, or the reason why they cannot be."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

from akios_jail.policy.plans import Change


class Unclampable(Exception):
    """The arguments cannot be brought within a bound, so that the call cannot go on: the message is a clause."""


def changed(arguments: Any, changes: tuple[Change, ...]) -> Any:
    """The arguments with every change made; the original is left as it is.

    A value is set where the rule says, with the objects on the way to it if they are missing. A bound needs a number
    to bound: `Unclampable` if there is none, and if what should be an object on the way is something else.
    """
    if not isinstance(arguments, dict):
        raise Unclampable("its arguments are not an object")
    result = copy.deepcopy(arguments)
    for change in changes:
        place = _place(result, change)
        if change.value is not None:
            place[change.path[-1]] = json.loads(change.value)
        if change.minimum is not None or change.maximum is not None:
            place[change.path[-1]] = _clamped(place.get(change.path[-1]), change)
    return result


def _place(arguments: dict[str, Any], change: Change) -> dict[str, Any]:
    """The object that holds the change's last key."""
    place = arguments
    for key in change.path[:-1]:
        if key not in place and change.value is not None:
            place[key] = {}
        inner = place.get(key)
        if not isinstance(inner, dict):
            raise Unclampable(f"there is no object {key!r} on the way to {'.'.join(change.path)}")
        place = inner
    return place


def _clamped(value: Any, change: Change) -> int | float:
    if type(value) not in (int, float) or value != value or value in (math.inf, -math.inf):
        raise Unclampable(f"{'.'.join(change.path)} is not a number, so that it cannot be bounded")
    if change.maximum is not None and value > change.maximum:
        value = _number(change.maximum)
    if change.minimum is not None and value < change.minimum:
        value = _number(change.minimum)
    bounded: int | float = value
    return bounded


def _number(bound: float) -> int | float:
    """A bound as JSON usually writes it: tools that want a whole number must not get 100.0."""
    return int(bound) if bound.is_integer() else bound
