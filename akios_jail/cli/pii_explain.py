"""What `akios pii explain` says: of a kind, and of a text."""

from __future__ import annotations

import sys
from typing import Any

import click

from akios_jail.cli.style import paint, printable
from akios_jail.pii.catalogue import BY_NAME, GROUPS, KINDS, expanded
from akios_jail.pii.explanations import EXPLANATIONS
from akios_jail.pii.near_misses import near_misses
from akios_jail.pii.redactor import Redactor


def of_kinds(name: str) -> list[dict[str, Any]]:
    """Everything about a kind, or about each of a group; all for "". `click.UsageError` for a name that is none."""
    if name and name not in BY_NAME and name not in GROUPS:
        import difflib

        near = difflib.get_close_matches(name, [*BY_NAME, *GROUPS], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There is: {', '.join([*BY_NAME, *GROUPS])}."
        raise click.UsageError(f"no kind is called {name!r}.{hint}")
    rows = []
    for kind in expanded((name,)) if name else (each.name for each in KINDS):
        said = EXPLANATIONS[kind]
        rows.append({**BY_NAME[kind]._asdict(), "check": said.check, "examples": said.examples, "missed": said.missed})
    return rows


def kinds_in_words(rows: list[dict[str, Any]]) -> str:
    """One kind in full, several in a line each."""
    if len(rows) > 1:
        width = max(len(row["name"]) for row in rows)
        return "\n".join(f"{row['name']:{width}}  {row['confidence']:.2f}  {row['description']}" for row in rows)
    row = rows[0]
    default = "looked for by default" if row["default"] else "looked for only where a policy names it"
    return "\n".join(
        [
            f"{paint(row['name'], 'strong', sys.stdout)}: {row['description']} ({row['family']}; {default})",
            f"  checked    {row['check']}",
            f"  confidence {row['confidence']:.2f} for a usual finding",
            *(f"  {'looks like' if not number else '':10} {example}" for number, example in enumerate(row["examples"])),
            f"  missed     {row['missed']}",
        ]
    )


def of_text(text: str, redactor: Redactor) -> dict[str, Any]:
    """What is found in a text and why, and what is not and why not."""
    found = [
        {"start": one.start, "end": one.end, "kind": one.kind, "confidence": one.confidence, "reason": one.reason}
        for one in redactor.find(text)
    ]
    return {"found": found, "not_found": [miss._asdict() for miss in near_misses(text, redactor)]}


def text_in_words(told: dict[str, Any], text: str) -> str:
    """The same, for people. They typed the text themselves, so its parts are shown."""
    lines = []
    for one in told["found"]:
        name = paint(one["kind"], "bad", sys.stdout)
        lines.append(f"{_part(text, one)}: {name} ({one['confidence']:.2f}): {one['reason']}")
    for one in told["not_found"]:
        lines.append(f"{_part(text, one)}: not found as {one['kind']}: {one['reason']}")
    if not lines:
        lines.append("Nothing in it has the form of personal data, or stands beside words that would say so.")
    return "\n".join(lines)


def _part(text: str, one: dict[str, Any]) -> str:
    return printable(text[one["start"] : one["end"]].replace("\n", " "))
