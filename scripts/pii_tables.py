"""Puts what is told of each kind of personal data into docs/pii.md, between marks.

Run by `scripts/docs`; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from akios_jail.pii.catalogue import KINDS
from akios_jail.pii.explanations import EXPLANATIONS

PAGE = Path(__file__).parents[1] / "docs" / "pii.md"


def kinds() -> str:
    """A row a kind: its name, how it is checked, examples."""
    rows = []
    for kind in KINDS:
        said = EXPLANATIONS[kind.name]
        examples = ", ".join(f"`{example}`" for example in said.examples).replace("|", "\\|")
        rows.append(f"| `{kind.name}` | {kind.description}: {said.check} | {examples} |\n")
    return "".join(["| kind | how it is checked | examples |\n|---|---|---|\n", *rows])


def missed() -> str:
    """A row a kind: what is not found."""
    rows = [f"| `{kind.name}` | {EXPLANATIONS[kind.name].missed} |\n" for kind in KINDS]
    return "".join(["| kind | not found |\n|---|---|\n", *rows])


def between(text: str, name: str, inner: str) -> str:
    """`text` with what stands between the marks of this name replaced. `ValueError` if it has no such marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no marks called {name!r}")
    return f"{before}{begin}{inner}{end}{after}"


def page(text: str) -> str:
    """`text` with both tables as they are now."""
    return between(between(text, "kinds", kinds()), "missed", missed())


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
