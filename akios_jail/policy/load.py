"""From a file's bytes to a checked `AgentPolicy` or `FluxConfig`: all the mistakes of one value, each with its place.

pydantic finds the mistakes; here they become sentences about the file in front of the reader.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from akios_jail.policy import document
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import PolicyError, Problem, nearest
from akios_jail.policy.flux_schema import FluxConfig
from akios_jail.policy.part import API_VERSION, Part, key_names
from akios_jail.policy.quantities import name_of
from akios_jail.policy.schema import AgentPolicy

P = TypeVar("P", bound=Part)

#: What each kind of manifest is for, as a hint to those who gave the other one.
_PURPOSE: Final = {
    "AgentPolicy": "An AgentPolicy is what `akios run --policy FILE` wants.",
    "FluxConfig": "A FluxConfig goes beside a policy: spec.governance.flux or `akios run --flux FILE` names it.",
}


class Loaded(NamedTuple):
    """A policy that is right value by value, with the document it was read from."""

    policy: AgentPolicy
    document: Document


class LoadedFlux(NamedTuple):
    """A FluxConfig that is right value by value, with the document it was read from."""

    flux: FluxConfig
    document: Document


def parse(data: bytes, source: str) -> Loaded:
    """The checked policy in `data`; `source` is the file's name for messages. `PolicyError` with every mistake."""
    return checked(document.read(data, source))


def checked(read: Document) -> Loaded:
    """The checked policy in a document that is read already. `PolicyError` with every mistake."""
    return Loaded(*_checked(read, AgentPolicy))


def parse_flux(data: bytes, source: str) -> LoadedFlux:
    """The checked FluxConfig in `data`; as `parse` otherwise."""
    return LoadedFlux(*_checked(document.read(data, source), FluxConfig))


def kind_of(data: bytes, source: str) -> str:
    """What the file says that it is, "" if it does not. `PolicyError` if it cannot be read at all."""
    value = document.read(data, source).value
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def _checked(read: Document, model: type[P]) -> tuple[P, Document]:
    source = read.source
    problems = list(_header(read, model.__name__))
    if problems:
        raise PolicyError(source, problems)
    problems = list(_empty(read, read.value, ()))
    try:
        checked = model.model_validate(read.value)
    except ValidationError as error:
        found = [_problem(read, model, dict(detail)) for detail in error.errors(include_url=False)]
        # A key without a value, or one that is there under a misspelt name, is not also of the wrong type or missing.
        said = {problem.where for problem in problems} | _respelt(found)
        raise PolicyError(source, [*problems, *(p for p in found if p.where not in said)]) from error
    if problems:
        raise PolicyError(source, problems)
    return checked, read


def _header(read: Document, wanted: str) -> Iterator[Problem]:
    """Is this the kind that is wanted at all? Asked first, since all else would be noise."""
    article = "an" if wanted.startswith("A") else "a"
    if not isinstance(read.value, dict):
        what = "a policy" if wanted == "AgentPolicy" else f"{article} {wanted}"
        yield read.problem((), f"expected {what} (a mapping), found {name_of(read.value)}")
        return
    version, kind = read.value.get("apiVersion"), read.value.get("kind")
    if isinstance(kind, str) and kind != wanted and kind in _PURPOSE:
        other = "an" if kind.startswith("A") else "a"
        yield read.problem(("kind",), f"this is {other} {kind}, not {article} {wanted}", _PURPOSE[kind])
        return
    if kind is not None and kind != wanted:
        yield read.problem(("kind",), f"expected {wanted}, found {name_of(kind)}", f"Write kind: {wanted}.")
    if version is not None and version != API_VERSION:
        hint = f"Write apiVersion: {API_VERSION}."
        yield read.problem(("apiVersion",), f"expected {API_VERSION}, found {name_of(version)}", hint)


def _empty(read: Document, value: Any, path: Path) -> Iterator[Problem]:
    """Keys and items without a value: `paths:` with nothing behind it must not mean any path."""
    if value is None:
        if path != ("spec", "resources", "wall_time") and not _says_null(path):
            hint = "Give it a value, or take it out for the default."
            yield read.problem(path, "there is no value here", hint, at_key=True)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(read, item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _empty(read, item, (*path, number))


def _says_null(path: Path) -> bool:
    """Whether this is a place for a value of JSON, of which null is one."""
    return path[:3] == ("spec", "governance", "tools") and "modify" in path[4:5] and path[6:7] == ("value",)


def _problem(read: Document, model: type[Part], detail: dict[str, Any]) -> Problem:
    """One of pydantic's errors, in our words."""
    kind: str = detail["type"]
    path: Path = tuple(detail["loc"])
    found = detail.get("input")
    context: dict[str, Any] = detail.get("ctx") or {}
    if path and path[-1] == "[key]":
        path = path[:-1]
    if kind == "extra_forbidden":
        return read.problem(path, "unknown key", _meant(model, path), at_key=True)
    if kind == "missing":
        return read.problem(path, "this key is missing", _wanted(model, path), at_key=True)
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
        return "this is empty, which would match nothing", "Fill it, or take the key out for the default."
    if kind == "too_long":
        return f"this list has more than {context['max_length']} items", ""
    return "", ""


def _meant(model: type[Part], path: Path) -> str:
    """What an unknown key may have been meant to be: a key of the same part, or one that belongs elsewhere."""
    key = str(path[-1])
    part = _part_at(model, path[:-1])
    known = list(key_names(part)) if part is not None else []
    meant = nearest(key, known)
    if meant is not None:
        return f"Did you mean `{meant}`?"
    homes = [place for place in _places(model, "") if place.rpartition(".")[2] == key]
    if homes:
        return f"This key belongs at {' or '.join(homes[:2])}."
    return f"Known here: {', '.join(known)}."


def _wanted(model: type[Part], path: Path) -> str:
    part = _part_at(model, path[:-1])
    field = key_names(part).get(str(path[-1])) if part is not None else None
    return field.description or "" if field is not None else ""


def _part_at(model: type[Part], path: Path) -> type[BaseModel] | None:
    """The model that describes the mapping at `path`."""
    part: type[BaseModel] = model
    steps = iter(path)
    for step in steps:
        if isinstance(step, int):
            continue
        field = key_names(part).get(step)
        inner = part_in(field.annotation) if field is not None else None
        if field is None or inner is None:
            return None
        part = inner
        if keyed(field.annotation):
            next(steps, None)  # a name that the file's author chose
    return part


def part_in(annotation: Any) -> type[BaseModel] | None:
    """The part that a key's type holds, in a list or a mapping too; None if it holds none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for part in map(part_in, typing.get_args(annotation)) if part is not None), None)


def keyed(annotation: Any) -> bool:
    """Whether a key's type is a mapping of names to parts."""
    return typing.get_origin(annotation) is dict or any(map(keyed, typing.get_args(annotation)))


def listed(annotation: Any) -> bool:
    """Whether a key's type is a list."""
    return typing.get_origin(annotation) is list or any(map(listed, typing.get_args(annotation)))


def _places(part: type[BaseModel], prefix: str) -> Iterator[str]:
    """Every key of the schema by its path, lists marked by `[]`."""
    for key, field in key_names(part).items():
        place = f"{prefix}.{key}" if prefix else key
        yield place
        inner = part_in(field.annotation)
        if inner is not None:
            yield from _places(inner, place + mark(field.annotation))


def mark(annotation: Any) -> str:
    """What stands behind a key in the path of what it holds: `[]` for a list, `.*` for names that the author chose."""
    return ".*" if keyed(annotation) else "[]" if listed(annotation) else ""
