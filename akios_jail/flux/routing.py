"""Which model answers a call: the first rule whose condition (CEL) holds decides; without one it stays as it was asked.

Pure: facts in, a decision out; the broker's route stage carries it out. A condition that has no answer (a division by
zero, a variable that cannot be known) is no "no": whether its rule would have decided cannot be told then, and the
dearer model might be the one that is asked by mistake. It is `Undecided`, and the call is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from akios_jail.flux.classifier import Assessment
from akios_jail.policy import expressions
from akios_jail.policy.plans import Route, Target

#: What stands for "not limited" where CEL wants a whole number: its largest.
UNLIMITED = (1 << 63) - 1


class Standing(NamedTuple):
    """How the budget stands. Money in micro-dollars; None: not limited. `fraction`: the used part of the tightest."""

    spent_microusd: int
    left_microusd: int | None
    left_tokens: int | None
    fraction: float


class Asked(NamedTuple):
    """What is asked of which model. `tools`: how many it is offered; `host`: the one that the agent called."""

    model: str
    host: str
    stream: bool
    tools: int
    messages: int
    tool_results: int
    input_tokens: int
    session_id: str
    session_name: str


class Decision(NamedTuple):
    """`target`: where to send it, None to leave it alone. `rule`: the number of the rule that decided, None if none."""

    target: Target | None
    max_retries: int
    fallbacks: tuple[Target, ...]
    reason: str
    rule: int | None


UNROUTED = Decision(None, 0, (), "no routing rule holds", None)


class Undecided(Exception):
    """The condition of a rule has no answer for this call. The message says which and why."""


class Router:
    """The rules of a plan with their conditions compiled. One for a session, kept."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = [
            (route, expressions.compile_in("routing", route.condition) if route.condition else None) for route in routes
        ]
        #: Whether any condition asks how hard the task is, or how the budget stands.
        self.asks_task = _any_names(routes, "task")
        self.asks_budget = _any_names(routes, "budget")

    def decide(self, variables: dict[str, Any]) -> Decision:
        """The decision for a call with these variables (see `variables`). `Undecided` if a condition has no answer."""
        if not self._routes:
            return UNROUTED
        try:
            asked = expressions.ask("routing", variables)
        except expressions.Unknown as unknown:
            raise Undecided(f"what the routing rules ask about cannot be told: {unknown}") from unknown
        for route, condition in self._routes:
            try:
                if condition is not None and condition.holds(asked) is not True:
                    continue
            except expressions.Unknown as unknown:
                where = f"routing rule {route.number}" + (f" (line {route.line})" if route.line else "")
                raise Undecided(f"the condition of {where} has no answer: {unknown}") from unknown
            return Decision(
                route.target if route.target.model or route.target.host else None,
                route.max_retries,
                route.fallbacks,
                route.reason or (f"`{route.condition}` holds" if route.condition else "every call goes there"),
                route.number,
            )
        return UNROUTED


def variables(asked: Asked, assessment: Assessment | None, standing: Standing | None) -> dict[str, Any]:
    """The variables of routing conditions by their full names. What is None is left out: a condition that needs it
    has no answer."""
    found: dict[str, Any] = {
        "request.model": asked.model,
        "request.host": asked.host,
        "request.stream": asked.stream,
        "request.tools": asked.tools,
        "session.id": asked.session_id,
        "session.name": asked.session_name,
    }
    if assessment is not None:
        found |= {
            "task.complexity": assessment.complexity,
            "task.stated": assessment.stated,
            "task.input_tokens": asked.input_tokens,
            "task.messages": asked.messages,
            "task.tool_results": asked.tool_results,
        }
    if standing is not None:
        left = standing.left_microusd
        found |= {
            "budget.spent_usd": standing.spent_microusd / 1_000_000,
            "budget.left_usd": float("inf") if left is None else left / 1_000_000,
            "budget.left_tokens": UNLIMITED if standing.left_tokens is None else standing.left_tokens,
            "budget.fraction": standing.fraction,
        }
    return found


def _any_names(routes: tuple[Route, ...], variable: str) -> bool:
    """Whether a condition may name this variable. Text is enough: to say yes once too often costs only time."""
    return any(variable in route.condition for route in routes)
