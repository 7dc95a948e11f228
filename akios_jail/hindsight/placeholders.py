"""Where a condition looks at something of which only a placeholder is recorded, so that its answer is not known. Pure.

Personal data and keys are not recorded: `[EMAIL_1]` and `[CREDENTIAL]` stand in their place. Which part of a value a
condition looks at is read from its text: `request.body.customer.email` is that field, `request.body` alone all of it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from akios_jail.policy import conditions
from akios_jail.policy.action import Action
from akios_jail.policy.expressions import Unknown
from akios_jail.policy.plans import Change

#: A placeholder and the kind in it; `…` stands for a path that is not kept.
TOKEN: Final = re.compile(r"\[(?:([A-Z][A-Z0-9_]*)_[0-9]+|CREDENTIAL)\]")
#: How stand-ins are recorded, which tell no kind.
STAND_IN: Final = "pseudonym"
_STEP: Final = re.compile(r"""\.([A-Za-z_]\w*)(?!\w*\s*\()|\[\s*(?:"([^"\\]*)"|'([^'\\]*)'|(\d{1,6}))\s*\]""")
_NAMED: Final = 3


def kinds(*texts: str) -> set[str]:
    """The kinds of personal data that placeholders in these texts stand for."""
    return {found.group(1).lower() for text in texts for found in TOKEN.finditer(text) if found.group(1)}


def in_path(path: str) -> bool:
    """Whether a part of a path is not recorded."""
    return TOKEN.search(unquote(path)) is not None or path == "/…"


def looked_at(condition: str, variables: dict[str, Any]) -> list[str]:
    """The placeholders in what a condition looks at, the first few. `variables`: by their full names."""
    found: dict[str, None] = {}
    for variable, value in variables.items():
        for steps in _chains(condition, variable):
            for text in _strings(_part(value, steps)):
                found.update(dict.fromkeys(token.group() for token in TOKEN.finditer(text)))
    return list(found)[:_NAMED]


def of_changes(changes: tuple[Change, ...], arguments: Any) -> list[str]:
    """The same for what a rule sets bounds to."""
    found = [text for change in changes for text in _strings(_part(arguments, change.path))]
    return [token.group() for text in found for token in TOKEN.finditer(text)][:_NAMED]


def variables(action: Action) -> dict[str, Any]:
    """What conditions on requests look at that may not be recorded as it was."""
    try:
        document = conditions.read_document(action.headers, action.body) if action.body is not None else None
    except Unknown:
        document = None
    fields: dict[str, str] = {}
    for name, value in action.headers:
        fields[name.lower()] = f"{fields.get(name.lower(), '')}, {value}"
    return {
        "request.path": unquote(action.path),
        "request.query": unquote(action.query),
        "request.headers": fields,
        "request.body": document,
    }


@functools.lru_cache(maxsize=1024)
def _chains(condition: str, variable: str) -> tuple[tuple[str | int, ...], ...]:
    """Where a condition looks below a variable: keys and indexes, () for all of it."""
    found: list[tuple[str | int, ...]] = []
    for place in re.finditer(rf"(?<![\w.]){re.escape(variable)}(?!\w)", condition):
        steps: list[str | int] = []
        at = place.end()
        while (step := _STEP.match(condition, at)) is not None:
            name, double, single, index = step.groups()
            steps.append(int(index) if index is not None else name or double or single or "")
            at = step.end()
        found.append(tuple(steps))
    return tuple(found)


def _part(value: Any, steps: tuple[str | int, ...]) -> Any:
    """What stands there; None if nothing does. A text has no parts: all of it is meant."""
    for step in steps:
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            value = value[step] if isinstance(step, int) and step < len(value) else None
        else:
            return None
    return value


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of keys among them."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
