"""The forecast is a straight line, the same for the same settlements, and never below what is spent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from akios_jail.flux.forecast import crossing, of_minute, of_sum, rate
from akios_jail.flux.ledger import Settled, Spent
from akios_jail.policy.plans import Limit

SESSION = Limit("session", 1_000, 500, "refuse", 0.0, "flux")


def test_the_rate_is_what_the_last_minute_used() -> None:
    recent = [Settled(0.0, 1_000, 10), Settled(70.0, 300, 30), Settled(90.0, 300, 30)]
    assert rate(recent, 100.0, 0.0).in_seconds(60) == Spent(600, 60)
    assert rate(recent, 100.0, 0.0).in_seconds(30) == Spent(300, 30)


def test_a_young_session_is_measured_by_its_age_but_not_by_its_first_second() -> None:
    assert rate([Settled(20.0, 200, 20)], 20.0, 0.0).in_seconds(10) == Spent(100, 10)
    assert rate([Settled(1.0, 100, 10)], 1.0, 0.0).in_seconds(10) == Spent(100, 10)


def test_a_sum_grows_and_a_minute_slides() -> None:
    recent = [Settled(50.0, 600, 60), Settled(95.0, 600, 60)]
    pace = rate(recent, 100.0, 0.0)
    assert of_sum(Spent(5_000, 500), pace, 30) == Spent(5_600, 560)
    assert of_minute(recent, pace, 100.0, 30) == Spent(1_200, 120)  # the first of the two has left by then
    assert of_minute(recent, pace, 100.0, 5) == Spent(1_300, 130)


def test_what_will_cross_is_said_in_words() -> None:
    assert crossing(SESSION, Spent(1_000, 500), 30) is None
    dear = crossing(SESSION, Spent(1_001, 0), 30)
    assert dear is not None
    assert dear.reason == (
        "at this rate $0.001001 of the $0.001 for the session would be used in 30 seconds, so calls are slowed down"
    )
    long = crossing(SESSION, Spent(0, 501), 30)
    assert long is not None
    assert "501 of the 500 tokens for the session" in long.reason


@given(st.lists(st.tuples(st.floats(0, 200), st.integers(0, 10**9), st.integers(0, 10**6))), st.floats(0.1, 600))
def test_a_forecast_is_never_below_what_is_spent_and_grows_with_time(
    entries: list[tuple[float, int, int]], ahead: float
) -> None:
    recent = [Settled(*entry) for entry in sorted(entries)]
    pace = rate(recent, 200.0, 0.0)
    spent = Spent(sum(entry.microusd for entry in recent), sum(entry.tokens for entry in recent))
    soon, later = of_sum(spent, pace, ahead), of_sum(spent, pace, ahead * 2)
    assert spent.microusd <= soon.microusd <= later.microusd
    assert spent.tokens <= soon.tokens <= later.tokens
