"""Recorded costs against other limits."""

from __future__ import annotations

import pytest

from akios_jail.hindsight.spending import Days, Spending, Used
from akios_jail.policy.plans import Budget, Limit


def limited(scope: str, microusd: int | None, tokens: int | None = None, action: str = "refuse") -> Budget:
    return Budget((Limit(scope, microusd, tokens, action, 1.0, "policy"),), "clerk")


def test_a_call_is_refused_for_certain_only_if_nothing_was_left() -> None:
    money = Spending(limited("session", 100), {})
    assert money.refused(0.0, Used(60, 5)) is None
    money.add(0.0, Used(60, 5))
    perhaps = money.refused(1.0, Used(60, 5))
    assert perhaps is not None
    assert not perhaps.sure
    money.add(1.0, Used(60, 5))
    surely = money.refused(2.0, Used(1, 1))
    assert surely is not None
    assert surely.sure
    assert "$0.00012" in surely.reason


def test_tokens_are_limited_as_money_is() -> None:
    money = Spending(limited("session", None, 10), {})
    money.add(0.0, Used(99, 10))
    refused = money.refused(1.0, Used(0, 1))
    assert refused is not None
    assert "10 tokens" in refused.reason


def test_a_minute_passes() -> None:
    money = Spending(limited("minute", 100), {})
    money.add(0.0, Used(100, 1))
    assert money.refused(59.0, Used(1, 1)) is not None
    assert money.refused(60.0, Used(1, 1)) is None


@pytest.mark.parametrize("action", ["throttle", "alert_and_queue"])
def test_who_waits_for_the_next_minute_is_not_refused(action: str) -> None:
    money = Spending(limited("minute", 100, action=action), {})
    money.add(0.0, Used(100, 1))
    assert money.refused(1.0, Used(1, 1)) is None


def test_a_day_is_shared_by_the_sessions_that_are_judged_together() -> None:
    days: Days = {}
    Spending(limited("day", 100), days).add(1000.0, Used(100, 1))
    second = Spending(limited("day", 100), days)
    assert second.refused(2000.0, Used(1, 1)) is not None
    assert second.refused(86_400.0, Used(1, 1)) is None


def test_what_did_not_run_would_have_used_nobody_knows_what() -> None:
    refused = Spending(limited("session", 100), {}).refused(0.0, None)
    assert refused is not None
    assert not refused.sure
    assert Spending(Budget(), {}).refused(0.0, None) is None


def test_routing_conditions_are_told_how_the_budget_stood() -> None:
    money = Spending(limited("session", 100, 1000), {})
    money.add(0.0, Used(25, 500))
    assert money.standing(1.0) == (25, 75, 500, 0.5)
    assert Spending(Budget(), {}).standing(1.0) == (0, None, None, 0.0)
