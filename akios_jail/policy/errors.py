"""What is wrong with a policy, said so that the person who wrote it can mend it: place, reason, and the nearest remedy.

A loader that stops at the first mistake makes people run it five times. So every check here adds a `Problem`, and one
`PolicyError` carries all of them; its text is what the commands print, and fits one screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: More problems than this are counted, not printed: the first ones usually explain the rest.
SHOWN = 6


class Problem(NamedTuple):
    """One mistake. `line` and `column` count from 1, 0 when the file as a whole is meant.

    `where` is the place in the document (`spec.governance.network_access.allowlist[0].methods`), "" for the whole;
    `hint` says what to do, `excerpt` is the line of the file.
    """

    message: str
    where: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""
    excerpt: str = ""


class PolicyError(Exception):
    """The policy cannot be used. `source` is the file's name as the person gave it; `problems` are in file order."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        lines: list[str] = []
        for problem in self.problems[:SHOWN]:
            lines.extend(_render(self.source, problem))
        if len(self.problems) > SHOWN:
            lines.append(f"… and {len(self.problems) - SHOWN} more in {self.source}")
        return "\n".join(lines)


def _render(source: str, problem: Problem) -> list[str]:
    place = f"{source}:{problem.line}:{problem.column}" if problem.line else source
    lines = [": ".join(part for part in (place, problem.where, problem.message) if part)]
    if problem.excerpt:
        number = str(problem.line)
        start = max(0, problem.column - 60)  # keep the caret on the screen in a long line
        lines.append(f"    {number} | {problem.excerpt[start : start + 100]}")
        lines.append(f"    {' ' * len(number)} | {' ' * (problem.column - 1 - start)}^")
    if problem.hint:
        lines.append(f"    {problem.hint}")
    return lines


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None when nothing is close."""
    import difflib  # here, since the launcher imports this module and mostly has nothing to complain about

    by_folded = {name.lower().replace("-", "_"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None
