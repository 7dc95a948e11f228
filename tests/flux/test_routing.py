"""The first rule whose condition holds decides; one without an answer lets nothing pass."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.flux.classifier import Said, assess, count
from akios_jail.flux.routing import UNLIMITED, UNROUTED, Asked, Router, Standing, Undecided, variables
from akios_jail.policy.plans import Route, Target

MINI, TURBO = Target("gpt-4o-mini"), Target("gpt-4-turbo")
ASKED = Asked("gpt-4-turbo", "api.openai.com", True, 3, 5, 1, 1200, "ses_1", "billing")


def rule(number: int, condition: str, target: Target = MINI, **fields: Any) -> Route:
    given = {"max_retries": 0, "fallbacks": (), "reason": "", **fields}
    return Route(number, condition, target, **given)


def asked(text: str = "Where is order 4821?", standing: Standing | None = None) -> dict[str, Any]:
    return variables(ASKED, assess(count([Said("user", text)], (), 0, None)), standing)


#: The rules of the founding manifest.
MANIFEST = Router(
    (
        rule(1, "task.complexity == 'lookup'", reason="Simple retrieval"),
        rule(2, "task.complexity == 'reasoning'", TURBO),
        rule(3, "task.complexity == 'analysis'", TURBO, max_retries=2),
    )
)


@pytest.mark.parametrize(
    ("text", "number", "target", "retries", "reason"),
    [
        ("Where is order 4821?", 1, MINI, 0, "Simple retrieval"),
        ("Why was it rejected?", 2, TURBO, 0, "`task.complexity == 'reasoning'` holds"),
        ("Compare the two orders", 3, TURBO, 2, "`task.complexity == 'analysis'` holds"),
    ],
)
def test_the_founding_manifest_routes_by_complexity(
    text: str, number: int, target: Target, retries: int, reason: str
) -> None:
    decision = MANIFEST.decide(asked(text))
    assert (decision.rule, decision.target, decision.max_retries) == (number, target, retries)
    assert decision.reason == reason


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True),
        ("request.model.startsWith('gpt-4')", True),
        ("request.host == 'api.openai.com' && request.stream && request.tools == 3", True),
        ("task.messages == 5 && task.tool_results == 1 && task.input_tokens == 1200", True),
        ("task.stated", False),
        ("session.name == 'billing' && session.id == 'ses_1'", True),
        ("budget.fraction > 0.8", True),
        ("budget.left_usd < 0.2 && budget.spent_usd > 0.8", True),
        ("budget.left_tokens > 1000000", True),
        ("budget.left_usd > 10.0", False),
    ],
)
def test_what_conditions_may_ask(condition: str, holds: bool) -> None:
    decision = Router((rule(1, condition),)).decide(asked(standing=Standing(900_000, 100_000, None, 0.9)))
    assert (decision.rule == 1) is holds


def test_what_is_not_limited_is_without_end() -> None:
    known = variables(ASKED, None, Standing(0, None, None, 0.0))
    assert (known["budget.left_usd"], known["budget.left_tokens"]) == (float("inf"), UNLIMITED)


def test_no_rule_that_holds_leaves_the_call_alone() -> None:
    assert Router((rule(1, "request.tools > 99"),)).decide(asked()) == UNROUTED
    assert Router(()).decide({}) == UNROUTED


@pytest.mark.parametrize("condition", ["1 / (request.tools - 3) == 1", "budget.fraction > 0.5"])
def test_a_condition_without_an_answer_decides_nothing(condition: str) -> None:
    router = Router((rule(1, condition), rule(2, "")))
    with pytest.raises(Undecided, match="routing rule 1"):
        router.decide(asked())


def test_a_rule_may_only_add_retries_and_fallbacks() -> None:
    decision = Router((rule(1, "", Target(""), max_retries=3, fallbacks=(MINI,)),)).decide(asked())
    assert (decision.target, decision.max_retries, decision.fallbacks) == (None, 3, (MINI,))


def test_what_no_condition_asks_is_not_found_out() -> None:
    assert (MANIFEST.asks_task, MANIFEST.asks_budget) == (True, False)
    router = Router((rule(1, "budget.fraction > 0.5"),))
    assert (router.asks_task, router.asks_budget) == (False, True)
