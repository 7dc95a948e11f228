"""Money, sizes, durations and CPUs: what is accepted, to the last digit, and what is refused with advice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import quantities


@pytest.mark.parametrize(
    ("written", "microusd"),
    [
        ("$1.00", 1_000_000),
        ("1.00", 1_000_000),
        ("$ 1.00", 1_000_000),
        ("$1", 1_000_000),
        (2, 2_000_000),
        (Decimal("2.00"), 2_000_000),
        (Decimal("0.1"), 100_000),
        ("0.000001", 1),
        ("$0.0000010", 1),
        ("0", 0),
        ("$0.30", 300_000),
        ("1.10", 1_100_000),
        ("19.99", 19_990_000),
        ("999999999.999999", 999_999_999_999_999),
    ],
)
def test_money_is_exact(written: object, microusd: int) -> None:
    assert quantities.money(written) == microusd


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.00 EUR", "US dollars"),
        ("€1", "US dollars"),
        ("-1", "US dollars"),
        (-1, "US dollars"),
        ("", "US dollars"),
        ("$", "US dollars"),
        ("1,00", "US dollars"),
        ("1.", "US dollars"),
        (".5", "US dollars"),
        ("1e3", "US dollars"),
        ("NaN", "US dollars"),
        ("0.0000001", "finer than a millionth"),
        ("1000000001", "no limit at all"),
        (True, "found true"),
        (None, "found nothing"),
        ([1], "found a list"),
        ({}, "found a mapping"),
        ("\uff11.00", "US dollars"),
    ],
)
def test_money_that_is_none_is_refused(written: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quantities.money(written)


@given(st.integers(min_value=0, max_value=quantities.MAX_MICROUSD))
def test_money_survives_being_shown(amount: int) -> None:
    assert quantities.money(quantities.dollars(amount)) == amount


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("512MiB", 512 << 20),
        ("1GB", 10**9),
        ("1 GiB", 1 << 30),
        ("1.5GiB", 3 << 29),
        ("64Mi", 64 << 20),
        ("1kB", 1000),
        ("1KB", 1000),
        ("100B", 100),
        ("100", 100),
        (100, 100),
        (0, 0),
        ("0.5KiB", 512),
        ("1TiB", 1 << 40),
    ],
)
def test_sizes(written: object, amount: int) -> None:
    assert quantities.size(written) == amount


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("512M", "write 512MiB or 512MB"),
        ("2g", "write 2GiB or 2GB"),
        ("2 gigabytes", "write 2GiB or 2GB"),
        ("5 apples", "write 5MiB or 5MB"),
        ("MiB", "expected a size"),
        ("-1MiB", "expected a size"),
        ("0.3B", "whole number of bytes"),
        ("99999TiB", "no limit at all"),
        ("", "expected a size"),
        (True, "found true"),
        (None, "found nothing"),
    ],
)
def test_sizes_that_are_none_are_refused(written: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quantities.size(written)


@given(st.integers(min_value=0, max_value=quantities.MAX_BYTES))
def test_a_size_survives_being_shown(amount: int) -> None:
    assert quantities.size(quantities.bytes_(amount)) == amount


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90.0),
        ("10m", 600.0),
        ("1h30m", 5400.0),
        ("2d", 172800.0),
        ("0.5s", 0.5),
        ("1h0m5s", 3605.0),
        ("0s", 0.0),
    ],
)
def test_durations(written: str, seconds: float) -> None:
    assert quantities.duration(written) == seconds


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("90", "write 90s for seconds"),
        (90, "write 90s for seconds"),
        ("", "expected a duration"),
        ("10 minutes", "expected a duration"),
        ("1m1h", "expected a duration"),
        ("-5s", "expected a duration"),
        ("500ms", "expected a duration"),
        ("400d", "more than a year"),
        (None, "found nothing"),
    ],
)
def test_durations_that_are_none_are_refused(written: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quantities.duration(written)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (90.0, "1m30s"),
        (3600.0, "1h"),
        (0.5, "0.5s"),
        (0.0, "0s"),
        (90061.0, "1d1h1m1s"),
        (600.0, "10m"),
        (100.0, "1m40s"),
    ],
)
def test_durations_are_shown_for_people(seconds: float, shown: str) -> None:
    assert quantities.time(seconds) == shown
    assert quantities.duration(shown) == seconds


@given(st.integers(min_value=0, max_value=quantities.MAX_SECONDS * 1000))
def test_a_duration_survives_being_shown(milliseconds: int) -> None:
    seconds = float(Decimal(milliseconds) / 1000)
    assert quantities.duration(quantities.time(seconds)) == seconds


@pytest.mark.parametrize(
    ("written", "amount"), [(1, 1.0), ("0.5", 0.5), (Decimal("0.25"), 0.25), ("500m", 0.5), ("2", 2.0), ("10m", 0.01)]
)
def test_cpus(written: object, amount: float) -> None:
    assert quantities.cpus(written) == amount


@pytest.mark.parametrize("written", ["0", "0.001", "9m", "lots", "-1", "", "5000", True, None, "1e3", "0.1234"])
def test_cpus_that_are_none_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        quantities.cpus(written)
