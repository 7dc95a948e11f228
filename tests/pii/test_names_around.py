"""Names beside what is somebody's, names named together, and names named again: no word says that these are names."""

# ruff: noqa: RUF001  (texts in Chinese have their own commas)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import RedactingStream
from akios_jail.pii.vault import Vault


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(detectors(DETECTORS))


def names(engine: Engine, text: str) -> list[str]:
    return [text[one.start : one.end] for one in engine.find(text) if one.kind == "person_name"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Reserva AB123456: Jane Doe, pasaporte C01X00T47, 3 noches", "Jane Doe"),
        ("Passport No. C01X00T47\nJane Doe\nvisa 2024-118", "Jane Doe"),
        ("row 118 | Jane Doe | passport C01X00T47 | 80.00", "Jane Doe"),
        ("Jane Doe — passport no. C01X00T47 — class B", "Jane Doe"),
        ("DE89 3704 0044 0532 0130 00; Jane van der Berg; 80,00", "Jane van der Berg"),
        ("rekening DE89 3704 0044 0532 0130 00, Jane Doe, leges 80", "Jane Doe"),
        ("odbiorca Janina Dołęga, rachunek DE89 3704 0044 0532 0130 00", "Janina Dołęga"),
        ("护照号码 E12345678，王丽娟，2晚", "王丽娟"),
        ("4111 1111 1111 1111\nJane Doe\n", "Jane Doe"),
        ("Passport no. CC24TF32D1, Maren Holtgrefe, old one lost", "Maren Holtgrefe"),
        ("\nMaren Holtgrefe\nProjektleitung Brücken\nDurchwahl: +49 30 901820\n", "Maren Holtgrefe"),
        ("please ring Maren Holtgrefe +49 30 901820 first", "Maren Holtgrefe"),
    ],
)
def test_a_name_alone_beside_somebodys_number_is_whose_it_is(engine: Engine, text: str, name: str) -> None:
    assert names(engine, text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Passport No. C01X00T47\nVisa Application: 2024",
        "Passport No. C01X00T47, Place Of Issue: Utrecht",
        "IBAN DE89 3704 0044 0532 0130 00\nCustomer Service\n",
        "4111 1111 1111 1111, Credit Card, paid",
        "4111 1111 1111 1111, paid in full, Thanks",
        "IBAN DE89 3704 0044 0532 0130 00, NEW YORK, paid",
        "护照号码 E12345678，经济舱，2晚",
        "the Emergency Hotline +49 30 901820",
        "הטלפון שלי הוא +972 50-393-8645",
        "Passport No. C01X00T47\n\nBest Regards\n",
    ],
)
def test_what_is_called_otherwise_beside_a_number_is_nobody(engine: Engine, text: str) -> None:
    assert names(engine, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear Jane Doe and John Roe, hello", ["Jane Doe", "John Roe"]),
        ("My name is Jane Doe, und Karl Maier kommt mit", ["Jane Doe", "Karl Maier"]),
        ("Patient: Jane Doe (mother), John Roe (father).", ["Jane Doe", "John Roe"]),
        ("my name is Jane Doe and New York is big", ["Jane Doe"]),
        ("my name is Jane Doe and Customer Service answers", ["Jane Doe"]),
        ("my name is Jane Doe, London, England", ["Jane Doe"]),
    ],
)
def test_who_is_named_together_with_somebody_is_somebody(engine: Engine, text: str, found: list[str]) -> None:
    assert names(engine, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Patient: Doe, Jane\n\nThen Jane Doe paid.", ["Doe, Jane", "Jane Doe"]),
        ("My name is Jane Doeson.\nJ. Doeson, treasurer", ["Jane Doeson", "J. Doeson"]),
        ("Pupil: Jane Doe\nMaths: good. Jane is quick.", ["Jane Doe", "Jane"]),
        ("Client: Will Doe\nNotes. Will you call?", ["Will Doe"]),
        ("患者姓名：王丽娟\n今天王丽娟来复查。", ["王丽娟", "王丽娟"]),
    ],
)
def test_a_name_is_found_again_in_the_forms_that_people_write(engine: Engine, text: str, found: list[str]) -> None:
    assert names(engine, text) == found


def test_a_stream_finds_the_names_around_that_the_whole_has() -> None:
    piece = (
        "Booking 4410: Jane Doe, passport C01X00T47, room 12.\nPatient: Karl Maier (father), Ida Maier (mother). "
        "The rest is words. " * 20 + "Then Karl Maier said to Ida that J. Doe had left. Karl is at home.\n"
    )
    text = piece * 6
    whole = Redactor(detectors(DETECTORS), Vault()).redact(text).text
    for size in (1, 7, 501):
        stream = RedactingStream(Redactor(detectors(DETECTORS), Vault()))
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert "".join([*map(stream.feed, pieces), stream.finish()]) == whole
