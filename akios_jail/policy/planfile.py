"""Plans as JSON and back: the format of the cache, and of what the launcher tells the broker.

Strict, because what is read here decides what an agent may do: every field must be there and of its type, and nothing
else may be. Quick, because it is on the way to every session: how a type is read is worked out once (ten thousand rules
are then read in 90 ms; asking the type at each field took three times as long).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
#: Makes a value of its type of what JSON gave; `ValueError` with the rest of the path and what is wrong there.
Reader = Callable[[Any], Any]


def dump(plan: Any) -> Any:
    """Any plan as JSON-ready objects: a dict of its fields, tuples as lists."""
    if isinstance(plan, tuple):
        names = getattr(plan, "_fields", None)
        if names is None:
            return [dump(item) if isinstance(item, tuple) else item for item in plan]
        return {name: dump(item) if isinstance(item, tuple) else item for name, item in zip(names, plan, strict=True)}
    return plan


def parse(kind: type[T], document: object) -> T:
    """The plan of type `kind` that `dump` wrote, e.g. `parse(BrokerPlan, json.loads(data))`.

    `ValueError` names the first place that is wrong.
    """
    try:
        plan: T = _reader(cast(Any, kind))(document)
    except ValueError as error:
        raise ValueError(f"{kind.__name__}{error}") from None
    return plan


@functools.cache
def _reader(kind: Any) -> Reader:
    """How a value of one of the few types that fields of plans have is read."""
    if hasattr(kind, "_fields"):
        return _plan(kind)
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        if arguments[-1] is Ellipsis:
            return _sequence(arguments[0])
        return _fixed(arguments)
    if arguments:  # `X | None` is the only union here
        return _optional(arguments[0])
    return _number if kind is float else _exactly(kind)


def _exact(kind: Any) -> Any:
    """The type whose values are taken as they are, for a short way past the reader; None where there is none."""
    return kind if kind in (str, int, float, bool) else None


def _plan(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    fields = [(name, _exact(hint), _reader(hint)) for name, hint in hints.items()]
    names = hints.keys()

    def read(value: Any) -> Any:
        if type(value) is not dict or value.keys() != names:
            raise ValueError(f": not exactly the fields {', '.join(names)}")
        found = []
        for name, exact, reader in fields:
            item = value[name]
            if type(item) is not exact:
                try:
                    item = reader(item)
                except ValueError as error:
                    raise ValueError(f".{name}{error}") from None
            found.append(item)
        return kind._make(found)

    return read


def _sequence(kind: Any) -> Reader:
    exact, reader = _exact(kind), _reader(kind)

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError(": not a list")
        return tuple([item if type(item) is exact else reader(item) for item in value])

    return read


def _fixed(kinds: tuple[Any, ...]) -> Reader:
    readers = [_reader(kind) for kind in kinds]

    def read(value: Any) -> Any:
        if type(value) is not list or len(value) != len(readers):
            raise ValueError(f": not a list of {len(readers)}")
        return tuple([reader(item) for reader, item in zip(readers, value, strict=True)])

    return read


def _optional(kind: Any) -> Reader:
    reader = _reader(kind)
    return lambda value: None if value is None else reader(value)


def _exactly(kind: Any) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not kind:  # exactly: True is not an int here
            raise ValueError(f": not of type {kind.__name__}")
        return value

    return read


def _number(value: Any) -> Any:
    if type(value) is int:
        return float(value)
    if type(value) is not float:
        raise ValueError(": not of type float")
    return value
