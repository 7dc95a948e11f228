"""Dates of birth in thirty languages, and dates of other things."""

# ruff: noqa: RUF001 (words of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.date_of_birth import DateOfBirth
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = DateOfBirth()
#: What is written before a date of birth, and that date: always the fourth of December 1980.
FOURTH_OF_DECEMBER = [
    ("DOB: ", "04/12/1980"),
    ("dob ", "1980-12-04"),
    ("date of birth: ", "December 4, 1980"),
    ("born on the ", "4th of December 1980"),
    ("born ", "Dec 4, 1980"),
    ("DOB (dd/mm/yyyy): ", "04/12/1980"),
    ("Date of birth\n", "04/12/1980"),
    ("geboren am ", "4. Dezember 1980"),
    ("geb. ", "04.12.1980"),
    ("Geburtsdatum: ", "4.12.80"),
    ("Geburtsdatum zur Verifizierung: ", "04.12.1980"),
    ("né le ", "4 décembre 1980"),
    ("née le ", "04/12/1980"),
    ("date de naissance : ", "4 déc. 1980"),
    ("fecha de nacimiento: ", "4 de diciembre de 1980"),
    ("nacido el ", "4/12/1980"),
    ("nato il ", "4 dicembre 1980"),
    ("data de nascimento: ", "04/12/1980"),
    ("geboortedatum ", "4 december 1980"),
    ("data urodzenia: ", "4 grudnia 1980"),
    ("ur. ", "4.12.1980"),
    ("född ", "1980-12-04"),
    ("syntymäaika: ", "4.12.1980"),
    ("Születési dátum: ", "1980. 12. 04."),
    ("Datum rojstva: ", "04.12.1980"),
    ("дата рождения: ", "4 декабря 1980"),
    ("родился ", "04.12.1980"),
    ("doğum tarihi ", "4 Aralık 1980"),
    ("生年月日 ", "1980年12月4日"),
    ("出生日期: ", "1980-12-04"),
    ("생년월일 ", "1980년 12월 4일"),
    ("تاريخ الميلاد: ", "1980/12/04"),
    ('"dob":"', "19801204"),
    ("birth_date=", "1980-12-04T00:00:00Z"),
]


@pytest.mark.parametrize(("words", "date"), FOURTH_OF_DECEMBER)
def test_a_date_of_birth_is_found(words: str, date: str) -> None:
    text = f'{words}{date}" in Oslo'
    assert values(DETECTOR, text)[0].rstrip(".") == date.rstrip(".")
    assert [finding.key for finding in findings(DETECTOR, text)] == ["1980-12-04"]


def test_the_key_of_a_value_may_say_it() -> None:
    assert values(DETECTOR, "04.12.1980", "patientDateOfBirth") == ["04.12.1980"]
    assert values(DETECTOR, "04.12.1980", "createdAt") == []


@pytest.mark.parametrize(
    "text",
    [
        "date: 1980-12-04",
        "created 04/12/1980",
        "born 3 years ago",
        "birthday party on 2024",
        "geb 12 Stück",
        "born 12345678",
        "born to run, 1975-08-25 was the day",
        "DOB 99/99/1980",
        "dob 1780-12-04",
        "id;name;dob\n1980-12-04;x;y",
        "reborn 1980-12-04",
    ],
)
def test_other_dates_are_left(text: str) -> None:
    assert values(DETECTOR, text) == []


@pytest.mark.parametrize("piece", ["dob ", "dob 1 ", "born 12/", "geb. 4. Dez ", "jan ", "1980-12-"])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
