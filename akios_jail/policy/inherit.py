"""A policy that extends another: read as if what it does not say stood in it, and refused where it allows more.

Organisation, team, agent: each file names the one above it by path and by the digest of its bytes, so that whoever
signs the last has signed them all. A key that the file gives counts in the place of the base's; a key that it does not
give is the base's. Mappings are gone through key by key, lists are taken whole; tool rules are put in front of the
base's, and the conditions of the base's rules are kept. What comes out must allow nothing that the base does not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from akios_jail.policy import profile, source
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import PolicyError, Problem
from akios_jail.policy.plans import Plans
from akios_jail.policy.source import File
from akios_jail.policy.widening import Wider
from akios_jail.policy.wider import wider
from akios_jail.policy.wider_tools import TOOLS

#: How many policies may stand above one another.
MAX_LEVELS: Final = 8
_EXTENDS: Final[Path] = ("extends",)
_FLUX: Final[Path] = ("spec", "governance", "flux")
_PROFILE: Final[Path] = ("spec", "seccomp", "profile")
_OWN: Final = ("apiVersion", "kind", "metadata", "extends")


class Base(NamedTuple):
    """The policy that another extends: its plans, and its document with what it has from its own base."""

    plans: Plans
    document: Document


def named(read: Document) -> tuple[str, str] | None:
    """Path and digest of the base that a document names; None if it names none, or says it in a way that the schema
    will refuse."""
    extends = read.value.get("extends") if isinstance(read.value, dict) else None
    if not isinstance(extends, dict):
        return None
    path, digest = extends.get("path"), extends.get("sha256")
    return (path, digest) if isinstance(path, str) and isinstance(digest, str) and path else None


def base_of(read: Document, level: int, compiled: Callable[[File], Base]) -> Base | None:
    """The base of a document, None if it has none. `PolicyError` if it is not there, or not the one that is meant.

    `level`: how many policies extend this one already. `compiled`: makes the plans of a file.
    """
    names = named(read)
    if names is None:
        return None
    if level >= MAX_LEVELS:
        problem = read.problem(_EXTENDS, f"more than {MAX_LEVELS} policies above one another")
        raise PolicyError(read.source, [problem])
    path, digest = names
    found = source.beside(read.source, path)
    try:
        data = source.read_file(found)
    except PolicyError as error:
        problem = read.problem((*_EXTENDS, "path"), error.problems[0].message, f"Paths start from {read.source}.")
        raise PolicyError(read.source, [problem]) from error
    actual = hashlib.sha256(data).hexdigest()
    if actual != digest:
        message = f"{found} has another digest: it was changed since it was named here"
        hint = f"See what changed (`akios policy diff OLD {found}`), then write sha256: {actual}."
        raise PolicyError(read.source, [read.problem((*_EXTENDS, "sha256"), message, hint)])
    return compiled(File(found, data))


def merged(read: Document, base: Document) -> Document:
    """The document with what it has from its base. What is inherited stands, for messages, where the base is named."""
    value = _merge(_rooted(base), read.value, ())
    inherited = dict.fromkeys(_paths_of(value, ()), read.positions[_EXTENDS])
    return Document(read.source, value, inherited | read.positions, read.lines)


def problems(read: Document, new: Plans, base: Base) -> list[Problem]:
    """Where the policy allows more than its base: each with both lines."""
    return [_problem(read, each, base.document) for each in wider(base.plans, new)]


def _problem(read: Document, each: Wider, base: Document) -> Problem:
    limit = base.problem(each.limit, "")
    line = f": {limit.excerpt.strip()}" if limit.excerpt else ""
    sure = (
        "this allows more than the policy it extends" if each.sure else "this may allow more than the policy it extends"
    )
    return read.problem(each.place, f"{sure}: {each.what}", f"{base.source}:{limit.line}{line}")


def _merge(base: Any, own: Any, path: Path) -> Any:
    if path == TOOLS and isinstance(base, list) and isinstance(own, list):
        return [*own, *base]
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    kept = {key: value for key, value in base.items() if path or key not in _OWN}
    return kept | {key: _merge(kept[key], value, (*path, key)) if key in kept else value for key, value in own.items()}


def _rooted(base: Document) -> Any:
    """The base's value with its paths spelled so that they mean the same from another folder."""
    folder = os.path.dirname(os.path.abspath(base.source))
    value = _replaced(base.value, _FLUX, lambda path: os.path.join(folder, path))
    return _replaced(value, _PROFILE, lambda name: os.path.join(folder, name) if profile.is_path(name) else name)


def _replaced(value: Any, path: Path, spelled: Callable[[str], str]) -> Any:
    if not path:
        return spelled(value) if isinstance(value, str) else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return value | {path[0]: _replaced(value[path[0]], path[1:], spelled)}


def _paths_of(value: Any, path: Path) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths_of(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            found += _paths_of(item, (*path, number))
    return found
