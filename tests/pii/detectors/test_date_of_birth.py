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
    ("born on ", "the 4th of December 1980"),
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
    ("Fecha de nacimiento ", "4-XII-1980"),
    ("geb. ", "4-12-'80"),
    ("出生 ", "民國69年12月4日"),
    ("DOB is ", "the 4th of December 1980"),
    ("ur. ", "4.12.1980 r."),
    ("doğum ", "04.12.1980"),
    ("nato/a a Cittadella (PD) il ", "04/12/1980"),
    ("Remedios Cano, 44 años (", "04-12-1980"),
    ("paz. Quaranta Assunta, ", "04/12/1980"),
    ("Security: your date of birth?\nCaller: it's ", "December 4th, 1980"),
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
        "patient records, archive room, 12/12/1980",
        "Ana: your date of birth?\nBo: see the letter of 04/12/1980",
        "30 years (04 items)",
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


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Paciente: Ana — FN 13/06/1956 — Glucosa", "13/06/1956"),
        ("F. Nac. 13/06/1956", "13/06/1956"),
        ("född 610312", "610312"),
        ("생년월일 610312", "610312"),
        ("szül. idő: 1961.03.12.", "1961.03.12"),
        ("род. 12 марта 1961", "12 марта 1961"),
        ("PID|1||00910987^^^NSH^MR||Holtgrefe^Maren||19560402|F\n", "19560402"),
        ("DMG*D8*19560402*F~", "19560402"),
        ("fec. nac.: 13/06/1956", "13/06/1956"),
        ("Kovács Éva (szül. 1980.03.04.)", "1980.03.04"),
        ("Anna Berg (f. 1980-03-04)", "1980-03-04"),
        ("Anna Berg, f. den 4 mars 1980", "4 mars 1980"),
        ("Virtanen Matti, s. 4.3.1980 Turku", "4.3.1980"),
        ("Roth, Anna (*04.03.1980)", "04.03.1980"),
        ("Roth, Anna, * 4. März 1980 in Gera", "4. März 1980"),
        ("Anna Roth (b. 3/4/1980)", "3/4/1980"),
        ("Иванов И. И., 04.03.1980 г.р.", "04.03.1980"),
        ("Іваненко, 04.03.1980 р.н.", "04.03.1980"),
        ("山田太郎（1980年3月4日生）", "1980年3月4日"),
        ("昭和55年3月4日生まれ", "昭和55年3月4日"),
        ("S55.3.4生", "S55.3.4"),
        ("김철수 (1980년 3월 4일생)", "1980년 3월 4일"),
        ("4 Mart 1980 doğumlu", "4 Mart 1980"),
        ("sinh ngày 4 tháng 3 năm 1980", "4 tháng 3 năm 1980"),
        ("เกิดวันที่ 4 มีนาคม 2523", "4 มีนาคม 2523"),
        ("जन्म 4 मार्च 1980", "4 मार्च 1980"),
        ("من مواليد 4 مارس 1980", "4 مارس 1980"),
        ("נולד ב-4 במרץ 1980", "4 במרץ 1980"),
        ("ת. לידה 04.03.1980", "04.03.1980"),
        ("Born in Leeds on 4 March 1980", "4 March 1980"),
        ("Nata a Roma il 04/03/1980", "04/03/1980"),
        ("geboren in Gera am 4. März 1980", "4. März 1980"),
        ('dob: new Date("1990-02-13")', "1990-02-13"),
        ("Person(dob: Date.new(1990, 2, 13))", "1990, 2, 13"),
    ],
)
def test_short_words_words_after_it_places_and_calls_tell_it(text: str, date: str) -> None:
    assert values(DETECTOR, text) == [date]


@pytest.mark.parametrize(
    "text",
    [
        "fn main() { 12 }",
        "the meeting (f. 2024-03-04)",
        "1980年3月4日生产",
        "s. 14 and 1980-03-04",
        "* 4. March 2024",
        "Date.new(1990, 2, 13)",
    ],
)
def test_dates_of_other_things_are_left(text: str) -> None:
    assert values(DETECTOR, text) == []


@pytest.mark.parametrize("piece", ["(f. 1980-", "1980年3月4日生", "Born in A B ", 'dob: new Date("', "1.1.1980 г.р. "])
def test_hostile_short_words_take_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
