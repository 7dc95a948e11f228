"""Only what passes is tried again, never too soon, never for too long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.flux.backoff import ALL_S, OBEYED_S, Outcome, Waits, outcome_of

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "good", "passing", "elsewhere"),
    [
        (200, True, False, False),
        (304, True, False, False),
        (400, False, False, False),
        (401, False, False, False),
        (402, False, False, True),
        (403, False, False, False),
        (404, False, False, True),
        (408, False, True, True),
        (409, False, True, True),
        (410, False, False, True),
        (413, False, False, False),
        (422, False, False, False),
        (429, False, True, True),
        (498, False, False, False),
        (500, False, True, True),
        (501, False, False, True),
        (502, False, True, True),
        (503, False, True, True),
        (529, False, True, True),
    ],
)
def test_what_a_status_means(status: int, good: bool, passing: bool, elsewhere: bool) -> None:
    outcome = Outcome(status)
    assert (outcome.good, outcome.passing, outcome.elsewhere) == (good, passing, elsewhere or passing)


@pytest.mark.parametrize(
    ("failure", "passing"),
    [
        ("upstream_unreachable", True),
        ("upstream_unresolvable", True),
        ("upstream_closed", True),
        ("upstream_timeout", True),
        ("upstream_certificate", False),
        ("upstream_tls", False),
        ("upstream_invalid", False),
        ("upstream_cut", False),
    ],
)
def test_what_a_failure_means(failure: str, passing: bool) -> None:
    outcome = Outcome(None, failure)
    assert (outcome.good, outcome.passing, outcome.elsewhere) == (False, passing, True)


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ([], None),
        ([("Retry-After", "7")], 7.0),
        ([("retry-after", " 1.5 ")], 1.5),
        ([("Retry-After", "0")], 0.0),
        ([("Retry-After", "7"), ("Retry-After", "1")], 7.0),
        ([("Retry-After", "7"), ("retry-after-ms", "250")], 0.25),
        ([("Retry-After", "Sat, 31 Jan 2026 12:00:09 GMT")], 9.0),
        ([("Retry-After", "Sat, 31 Jan 2026 11:00:00 GMT")], 0.0),
        ([("Retry-After", "-5")], None),
        ([("Retry-After", "soon")], None),
        ([("Retry-After", "nan")], None),
        ([("Retry-After", "1e9")], None),
        ([("Retry-After", "٣")], None),
        ([("Retry-After", "9" * 400)], None),
        ([("Retry-After", "Sat, 99 Jan 99999 12:00:00 GMT")], None),
    ],
)
def test_when_a_provider_says_to_come_back(fields: list[tuple[str, str]], seconds: float | None) -> None:
    assert outcome_of(429, fields, NOW).retry_after == seconds


def test_a_provider_that_says_not_to_is_believed() -> None:
    outcome = outcome_of(429, [("X-Should-Retry", "false")], NOW)
    assert (outcome.passing, outcome.elsewhere) == (False, True)
    assert outcome_of(429, [("x-should-retry", "true")], NOW).passing is True


def test_waits_double_and_half_of_each_is_chance() -> None:
    assert [Waits(lambda: 0.0).next(None) for _ in range(1)] == [0.25]
    low, high = Waits(lambda: 0.0), Waits(lambda: 0.999999)
    assert [low.next(None) for _ in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert [high.next(None) for _ in range(5)] == pytest.approx([0.5, 1.0, 2.0, 4.0, 8.0], rel=1e-5)


def test_the_providers_word_is_a_lower_bound_up_to_what_is_bearable() -> None:
    assert Waits(lambda: 0.0).next(7.0) == 7.0
    assert Waits(lambda: 0.0).next(0.0) == 0.25
    assert Waits(lambda: 0.0).next(OBEYED_S + 0.1) is None


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=60), st.floats(0, 1, exclude_max=True))
def test_no_call_waits_too_long_in_all(told: list[float | None], chance: float) -> None:
    waits = Waits(lambda: chance)
    waited = [waits.next(retry_after) for retry_after in told]
    assert sum(wait for wait in waited if wait is not None) <= ALL_S
    assert all(wait is None or retry is None or wait >= retry for wait, retry in zip(waited, told, strict=True))
