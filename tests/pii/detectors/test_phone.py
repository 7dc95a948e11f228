"""Telephone numbers of many countries, and the numbers that only look like them."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.calling_codes import LENGTHS, calling_code
from akios_jail.pii.detectors.phone import Phone
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = Phone()


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 901820",
        "+49 (0) 30 901820",
        "+4915112345678",
        "+44 20 7946 0958",
        "+55 11 91234-5678",
        "+7 916 123-45-67",
        "+31 6 12345678",
        "+82 2 513 0860",
        "+34 612 34 56 78",
        "+1 (415) 555-2671",
        "0049 30 901820",
        "0171 1234567",
        "020 7946 0958",
        "07700 900123",
        "06 12 34 56 78",
        "01.23.45.67.89",
        "(030) 90 18 20",
        "(11) 91234-5678",
        "8 (916) 123-45-67",
        "495 123-45-67",
        "98765 43210",
        "138 1234 5678",
        "010-1234-5678",
        "612 34 56 78",
        "070-123 45 67",
        "(02) 9876 5432",
        "0532 123 45 67",
        "06-12345678",
        "212 dash 555 dash 0123",
        "\u0660\u0665\u0660 \u0661\u0662\u0663 \u0664\u0665\u0666\u0667",
        "\uff0b49 30 901820",
        "+49\u00a030\u00a0901820",
    ],
)
def test_a_number_as_its_country_writes_it_needs_no_words(number: str) -> None:
    assert values(DETECTOR, f"So {number}, then") == [number]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Tel.: ", "030 901820"),
        ("Mobil ", "0612345678"),
        ("Handynummer: ", "01711234567"),
        ("téléphone : ", "0612345678"),
        ("móvil ", "612 345 678"),
        ("cellulare ", "3471234567"),
        ("telemóvel: ", "912345678"),
        ("tlf. ", "12 34 56 78"),
        ("Telefoon: ", "0201234567"),
        ("puhelin ", "0401234567"),
        ("telefon komórkowy ", "501234567"),
        ("тел. ", "4951234567"),
        ("手机 ", "13812345678"),
        ("電話番号 ", "0312345678"),
        ("전화번호는 ", "01012345678"),
        ("رقم الهاتف ", "0501234567"),
        ("WhatsApp ", "2125550123"),
        ("you can reach me at ", "2125550123"),
    ],
)
def test_words_announce_a_number(words: str, number: str) -> None:
    assert values(DETECTOR, f"{words}{number}.") == [number]


@pytest.mark.parametrize(
    "text",
    [
        "+1712345678,foo",  # a line that was added
        "+0000 +0200",
        "rev 1234567 +1234567",
        "0612345678",
        "30.901.820",
        "01-02-2024 12:30",
        "01.02.2023-03.04.2023",
        "2024-01-02 03:04:05",
        "12 2024 2025",
        "part 0123-456-789",
        "PRT 555-0131-FK8",
        "555-0100 units",
        "51.5074 -0.1278",
        "0.1234 0.5678",
        "010.020.030.040",
        "203.113.45.67",
        "00123-45678",
        "9400 1000 0000 0000 0000 00",
        "ISBN 978-3-16-148410-0",
        "UPC 0 36000 29145 2",
        "телевизор 9278375261",
        "intel 12345678 hotels 12345678",
        "1.234.567,89 EUR",
    ],
)
def test_what_is_no_number_is_left(text: str) -> None:
    assert values(DETECTOR, text) == []


def test_spellings_have_one_key() -> None:
    texts = ("(212) 555-0123", "+1 212.555.0123", "tel 2125550123", "1-212-555-0123", "001 212 555 0123 phone")
    assert {finding.key for text in texts for finding in findings(DETECTOR, text)} == {"+12125550123"}
    assert {finding.key for finding in findings(DETECTOR, "+49 (0) 30 901820, +49 30 901820")} == {"+4930901820"}


def test_no_calling_code_begins_with_another() -> None:
    assert not [code for code in LENGTHS if any(code.startswith(other) and code != other for other in LENGTHS)]
    assert calling_code("4930901820") == "49"
    assert calling_code("171234567") is None
    assert calling_code("999123456789") is None


@pytest.mark.parametrize(
    "piece", ["+1 ", "+49 30 9", "01 ", "(030) ", "tel 1 ", "06 12 ", "phone ", "00 49 ", "555-0100"]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
