"""Payment cards of every network, in the spellings of people and programs."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.checksums import luhn
from akios_jail.pii.detectors.credit_card import NETWORKS, CreditCard
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = CreditCard()


def number(prefix: str, length: int) -> str:
    """A number with a right check digit."""
    body = prefix + "7305192846071935"[: length - len(prefix) - 1]
    return next(f"{body}{digit}" for digit in range(10) if luhn(f"{body}{digit}"))


@pytest.mark.parametrize(
    ("network", "written"),
    sorted(
        {(row.name, number(row.low, length)) for row in NETWORKS for length in row.lengths if len(row.low) < length}
    ),
)
def test_every_network_and_length_is_found_where_words_announce_it(network: str, written: str) -> None:
    assert values(DETECTOR, f"card number: {written}") == [written]


@pytest.mark.parametrize(
    "written",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111  1111  1111  1111",
        "5555 5555 5555 4444",
        "2223 0031 2200 3222",
        "378282246310005",
        "3782 822463 10005",
        "3056 930902 5904",
        "30569309025904",
        "6011 1111 1111 1117",
        "3530111333300000",
        "6212 3400 0000 0000 004",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111 dash 1111 dash 1111 dash 1111",
        "\uff14\uff11\uff11\uff11 1111 1111 1111",
        "4111\u20131111\u20131111\u20131111",
        "41\u200b11 1111 1111 1111",
    ],
)
def test_spellings(written: str) -> None:
    assert values(DETECTOR, f"use {written} please") == [written]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111 1111 1111 1111 12/26 123", "4111 1111 1111 1111"),
        ('{"card": 4111111111111111, "cvv": 123}', "4111111111111111"),
        ("Visa-4111111111111111", "4111111111111111"),
        ("id,4111111111111111,2024", "4111111111111111"),
        ("Kartennummer: 5555555555554444.", "5555555555554444"),
        ("карта 2200 1234 5678 9019", "2200 1234 5678 9019"),
        ("order 12: card 4111111111111111", "4111111111111111"),
    ],
)
def test_a_card_is_found_among_other_things(text: str, expected: str) -> None:
    assert values(DETECTOR, text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # a wrong check digit
        "1234567812345670",  # a range that no network has
        "0000 0000 0000 0000",
        "order 4111111111111111",
        "tracking number: 4111111111111111",
        "1700000000123",
        "1700000000123456",
        "4006381333931",  # EAN-13
        "9780306406157",
        "x4111111111111111",
        "4111111111111111a",
        "41111111111111110",
        "0.4111111111111111",
        "411111111111111-1",
        "550e8400-e29b-41d4-a716-446655440000",
        "353879234252633",  # an IMEI
        "2024-10-19 14:32:01.847123",
        "4111 1111",
    ],
)
def test_what_is_no_card_is_left(text: str) -> None:
    assert values(DETECTOR, text) == []


def test_two_spellings_have_one_key_and_no_reason_holds_it() -> None:
    found = findings(DETECTOR, "4111 1111 1111 1111 or card 4111111111111111")
    assert {finding.key for finding in found} == {"4111111111111111"}
    assert all("4111" not in finding.reason for finding in found)


@pytest.mark.parametrize(
    "piece", ["4", "4 ", "4111 ", "4111-", "4111 dash ", "card ", "4111111111111111 ", "41111111 "]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
