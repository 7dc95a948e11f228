"""International bank account numbers."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.iban import LENGTHS, Iban
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = Iban()


@pytest.mark.parametrize(
    "written",
    [
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "de89370400440532013000",
        "DE89-3704-0044-0532-0130-00",
        "GB82 WEST 1234 5698 7654 32",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
        "NL91 ABNA 0417 1643 00",
        "ES91 2100 0418 4502 0005 1332",
        "IT60 X054 2811 1010 0000 0123 456",
        "BE68 5390 0754 7034",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "BR18 0036 0305 0000 1000 9795 493C 1",
        "\uff24\uff25\uff18\uff19 3704 0044 0532 0130 00",
        "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
    ],
)
def test_an_iban_is_found(written: str) -> None:
    for text in (written, f"IBAN: {written}, BIC", f"an {written}.", f"IBAN{written[:0]} {written}\nBank"):
        assert values(DETECTOR, text) == [written]


@pytest.mark.parametrize("country", sorted(LENGTHS))
def test_every_country_of_the_registry_has_its_length(country: str) -> None:
    body = ("1234567890" * 4)[: LENGTHS[country] - 4]
    check = next(
        f"{n:02}" for n in range(2, 99) if int(body + "".join(str(ord(c) - 55) for c in country) + f"{n:02}") % 97 == 1
    )
    assert values(DETECTOR, f"to {country}{check}{body} now") == [f"{country}{check}{body}"]


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 01",
        "DE89 3704 0044 0532 0130",
        "XX89 3704 0044 0532 0130 00",
        "ADE89370400440532013000",
        "DE893704004405320130001",
        "de89a7f3bc0d4e5f60718293a4b5c6d7e8f90a1b",
        "be50f2a0c1d94e55a3f0b7c6",
    ],
)
def test_what_is_no_iban_is_left(text: str) -> None:
    assert values(DETECTOR, text) == []


def test_spellings_have_one_key() -> None:
    found = findings(DETECTOR, "DE89 3704 0044 0532 0130 00 = de89370400440532013000")
    assert {finding.key for finding in found} == {"DE89370400440532013000"}


@pytest.mark.parametrize("piece", ["DE89 ", "DE8937040044", "DE89", "D E 8 9 ", "GB82 WEST "])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
