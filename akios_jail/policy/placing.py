"""The place of a mistake in a condition: where in the file the words stand that CEL did not understand."""

from __future__ import annotations

from akios_jail.policy.document import Document, Path, printable
from akios_jail.policy.errors import Problem
from akios_jail.policy.expressions import ConditionError


def condition_problem(read: Document, path: Path, source: str, error: ConditionError) -> Problem:
    """The mistake in a condition; it points into the expression where that stands plainly on the line of its key."""
    problem = read.problem(path, printable(str(error)))
    if error.line == 1 and "\n" not in source:
        start = problem.excerpt.find(source)
        if start >= 0:
            return problem._replace(column=start + error.column)
    if not error.line:
        return problem
    return problem._replace(hint=f"In line {error.line}, column {error.column} of the condition.")
