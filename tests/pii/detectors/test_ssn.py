"""US taxpayer numbers, and the spellings of both kinds that people say aloud."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.ssn import Itin, Ssn
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("912-78-1234", "912-78-1234"),
        ("ITIN 912781234", "912781234"),
        ("itin: 912 78 1234", "912 78 1234"),
        ("taxpayer id 900-70-0000x", None),
        ("ITIN 950-50-1234", "950-50-1234"),
        ("ITIN 912-89-1234", None),
        ("ITIN 912-66-1234", None),
        ("123-45-6789", None),
        ("order #912-78-1234", None),
        ("912781234", None),
    ],
)
def test_an_itin_is_in_its_range(text: str, expected: str | None) -> None:
    assert values(Itin(), text) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    "text", ["123 dash 45 dash 6789", "ssn 123 dot 45 dot 6789", "SSN: 123-45-6789", "seguro social 123456789"]
)
def test_an_ssn_spelt_out_is_one(text: str) -> None:
    assert {finding.key for finding in findings(Ssn(), text)} == {"123456789"}
    assert findings(Itin(), text) == []


@pytest.mark.parametrize("text", ["id;iban;SSN\n645569025;DE89", "id,SSN\n645569025,x", "social 2024 123456"])
def test_a_column_of_that_name_says_nothing_of_the_first_cell_below(text: str) -> None:
    assert values(Ssn(), text) == []


@pytest.mark.parametrize(
    "text", ["SSN:\n645569025", "What is your SSN?\n645569025", "Social security number\n645569025"]
)
def test_the_number_may_stand_on_the_next_line(text: str) -> None:
    assert values(Ssn(), text) == ["645569025"]


@pytest.mark.parametrize("piece", ["123-45-", "123-45-6789", "ssn ", "123 dash ", "123-45-6789 "])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Ssn(), piece)
