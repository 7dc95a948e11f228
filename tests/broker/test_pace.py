"""The pace of records that an agent can cause at will."""

from __future__ import annotations

from akios_jail.broker.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_a_steady_rate_and_the_rest_is_counted():
    clock = Clock()
    pace = Pace(per_second=2, burst=3, clock=clock)
    assert [pace.admit() for _ in range(5)] == [True, True, True, False, False]
    clock.now = 1.0
    assert [pace.admit() for _ in range(3)] == [True, True, False]
    assert pace.take_held() == 3
    assert pace.take_held() == 0


def test_a_long_silence_allows_no_more_than_one_burst():
    clock = Clock()
    pace = Pace(per_second=2, burst=3, clock=clock)
    clock.now = 1e6
    assert sum(pace.admit() for _ in range(10)) == 3
