"""Which models of a language are installed beside AKIOS: those that spaCy packages are, in AKIOS's own Python.

Answered from the packages' descriptions, without loading a model or the library that runs it: a policy that names one
is checked when it is compiled, and again at each start that uses its kept plans.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

#: What must be there to run a model; the extra `presidio` brings both.
_LIBRARIES: Final = ("presidio_analyzer", "spacy")
#: What models call people; presidio-analyzer takes these for its PERSON.
PEOPLE: Final = frozenset(("PER", "PERSON", "PATIENT", "STAFF", "HCW"))
#: No description of a model is longer.
_MAX_DESCRIPTION = 1 << 20


class Missing(NamedTuple):
    """Why a model cannot be used, and what to do."""

    message: str
    hint: str


def missing(name: str) -> Missing | None:
    """Why the model of this name cannot look for names of people; None if it can."""
    if any(importlib.util.find_spec(library) is None for library in _LIBRARIES):
        return Missing(
            "names cannot be looked for by a model: the extra `presidio` of akios-jail is not installed",
            f"Install it: {sys.executable} -m pip install 'akios-jail[presidio]'",
        )
    known = installed()
    if name not in known:
        there = ", ".join(known) or "none"
        return Missing(
            f"no model of spaCy called {name} is installed in AKIOS's Python (there is: {there})",
            f"Install it: {sys.executable} -m spacy download {name}",
        )
    try:
        labels = set(_labels(name))
    except (OSError, ValueError) as error:
        return Missing(f"the model {name} has no description that can be read: {error}", "Install it anew.")
    if not labels & PEOPLE:
        what = "a model that finds named entities, and PERSON or PER among them, such as en_core_web_sm"
        return Missing(f"the model {name} does not find names of people", f"Take {what}.")
    return None


def installed() -> list[str]:
    """The names of all packages that say that they are models of spaCy."""
    from importlib import metadata  # which costs more than the rest of the launcher's imports together

    return sorted({entry.name for entry in metadata.entry_points(group="spacy_models")})


def _labels(name: str) -> Iterator[str]:
    """What the parts of a model can find. `ValueError` or `OSError` if its description is not there or is none."""
    found = importlib.util.find_spec(name)
    folders = found.submodule_search_locations if found is not None else None
    if not folders:
        raise ValueError("the package is no folder")
    with (Path(folders[0]) / "meta.json").open("rb") as file:
        description: Any = json.loads(file.read(_MAX_DESCRIPTION))
    labels = description.get("labels") if isinstance(description, dict) else None
    if not isinstance(labels, dict):
        raise ValueError("it names no labels")
    for of_part in labels.values():
        yield from (label for label in of_part if isinstance(label, str)) if isinstance(of_part, list) else ()
