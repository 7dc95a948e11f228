"""From a policy's bytes to a checked `AgentPolicy`: all the mistakes of one value at a time, each with its place.

pydantic finds the mistakes; here they become sentences about the file in front of the reader.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from akios_jail.policy import document, schema
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import PolicyError, Problem, nearest
from akios_jail.policy.quantities import name_of


class Loaded(NamedTuple):
    """A policy that is right value by value, with the document it was read from."""

    policy: schema.AgentPolicy
    document: Document


def parse(data: bytes, source: str) -> Loaded:
    """The checked policy in `data`; `source` is the file's name for messages. `PolicyError` with every mistake."""
    read = document.read(data, source)
    problems = list(_header(read))
    if problems:
        raise PolicyError(source, problems)
    problems = list(_empty(read, read.value, ()))
    try:
        policy = schema.AgentPolicy.model_validate(read.value)
    except ValidationError as error:
        found = [_problem(read, dict(detail)) for detail in error.errors(include_url=False)]
        # A key without a value, or one that is there under a misspelt name, is not also of the wrong type or missing.
        said = {problem.where for problem in problems} | _respelt(found)
        raise PolicyError(source, [*problems, *(p for p in found if p.where not in said)]) from error
    if problems:
        raise PolicyError(source, problems)
    return Loaded(policy, read)


def _header(read: Document) -> Iterator[Problem]:
    """Is this an AgentPolicy at all? Asked first, since all else would be noise."""
    if not isinstance(read.value, dict):
        yield read.problem((), f"expected a policy (a mapping), found {name_of(read.value)}")
        return
    version, kind = read.value.get("apiVersion"), read.value.get("kind")
    if kind == "FluxConfig":
        hint = "A FluxConfig goes with `akios run --flux FILE`, which this version does not support yet."
        yield read.problem(("kind",), "this is a FluxConfig, not an AgentPolicy", hint)
        return
    if kind is not None and kind != "AgentPolicy":
        yield read.problem(("kind",), f"expected AgentPolicy, found {name_of(kind)}", "Write kind: AgentPolicy.")
    if version is not None and version != schema.API_VERSION:
        hint = f"Write apiVersion: {schema.API_VERSION}."
        yield read.problem(("apiVersion",), f"expected {schema.API_VERSION}, found {name_of(version)}", hint)


def _empty(read: Document, value: Any, path: Path) -> Iterator[Problem]:
    """Keys and items without a value: `paths:` with nothing behind it must not mean any path."""
    if value is None:
        if path != ("spec", "resources", "wall_time"):
            hint = "Give it a value, or take it out for the default."
            yield read.problem(path, "there is no value here", hint, at_key=True)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(read, item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _empty(read, item, (*path, number))


def _problem(read: Document, detail: dict[str, Any]) -> Problem:
    """One of pydantic's errors, in our words."""
    kind: str = detail["type"]
    path: Path = tuple(detail["loc"])
    found = detail.get("input")
    context: dict[str, Any] = detail.get("ctx") or {}
    if path and path[-1] == "[key]":
        path = path[:-1]
    if kind == "extra_forbidden":
        return read.problem(path, "unknown key", _meant(path), at_key=True)
    if kind == "missing":
        return read.problem(path, "this key is missing", _wanted(path), at_key=True)
    if kind == "value_error":
        error = context["error"]
        return read.problem(path, str(error), getattr(error, "hint", ""))
    message, hint = _expectation(kind, context, found)
    return read.problem(path, message or str(detail["msg"]), hint)


def _respelt(problems: list[Problem]) -> set[str]:
    """The places that unknown keys were probably meant to be."""
    meant = ((problem.where.rpartition("."), problem.hint.split("`")) for problem in problems)
    return {f"{where[0]}{where[1]}{hint[1]}" for where, hint in meant if hint[0] == "Did you mean "}


def _expectation(kind: str, context: dict[str, Any], found: Any) -> tuple[str, str]:
    what = name_of(found)
    if kind in ("model_type", "dict_type"):
        return f"expected keys with values, found {what}", ""
    if kind == "list_type":
        hint = f"Write it as a list: [{found}]." if isinstance(found, str | int) else ""
        return f"expected a list, found {what}", hint
    if kind == "bool_type":
        return f"expected true or false, found {what}", ""
    if kind in ("int_type", "int_from_float"):
        bare = str(found).replace("_", "").replace(",", "")
        hint = f"Write {bare}." if isinstance(found, str) and bare.isdigit() else ""
        return f"expected a whole number, found {what}", hint
    if kind == "literal_error":
        words = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        meant = nearest(found, words) if isinstance(found, str) else None
        return f"expected {' or '.join(words)}, found {what}", f"Did you mean {meant}?" if meant else ""
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"expected {bound}, found {what}", ""
    if kind == "too_short":
        return "this list is empty, which would allow nothing", "Fill it, or take the key out for the default."
    if kind == "too_long":
        return f"this list has more than {context['max_length']} items", ""
    return "", ""


def _meant(path: Path) -> str:
    """What an unknown key may have been meant to be: a key of the same part, or one that belongs elsewhere."""
    key = str(path[-1])
    part = _part_at(path[:-1])
    known = list(schema.key_names(part)) if part is not None else []
    meant = nearest(key, known)
    if meant is not None:
        return f"Did you mean `{meant}`?"
    homes = [place for place in _places(schema.AgentPolicy, "") if place.rpartition(".")[2] == key]
    if homes:
        return f"This key belongs at {' or '.join(homes[:2])}."
    return f"Known here: {', '.join(known)}."


def _wanted(path: Path) -> str:
    part = _part_at(path[:-1])
    field = schema.key_names(part).get(str(path[-1])) if part is not None else None
    return field.description or "" if field is not None else ""


def _part_at(path: Path) -> type[BaseModel] | None:
    """The model that describes the mapping at `path`."""
    part: type[BaseModel] = schema.AgentPolicy
    for step in path:
        if isinstance(step, int):
            continue
        field = schema.key_names(part).get(step)
        inner = _part_in(field.annotation) if field is not None else None
        if inner is None:
            return None
        part = inner
    return part


def _part_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for part in map(_part_in, typing.get_args(annotation)) if part is not None), None)


def _places(part: type[BaseModel], prefix: str) -> Iterator[str]:
    """Every key of the schema by its path, lists marked by `[]`."""
    for key, field in schema.key_names(part).items():
        place = f"{prefix}.{key}" if prefix else key
        yield place
        inner = _part_in(field.annotation)
        if inner is not None:
            marked = f"{place}[]" if typing.get_origin(field.annotation) is list else place
            yield from _places(inner, marked)
