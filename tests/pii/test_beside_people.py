"""Telephone numbers and dates of birth that nothing but a name or an address before them gives away."""

# ruff: noqa: RUF001  (texts in Chinese have signs that look like others)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(detectors(DETECTORS))


def found(engine: Engine, text: str, kind: str) -> list[str]:
    return [text[one.start : one.end] for one in engine.find(text) if one.kind == kind]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Deliver to 12 Abbey Road, London NW8 9AY - 07700900123 - 2 boxes", "07700900123"),
        ("Flat No. 506, Gandhi Marg, Lucknow - 226001, 9811974057, COD 418", "9811974057"),
        ("Customer: Maren Holtgrefe 9251 2424\nbox 3", "9251 2424"),
        ("收件人：鄧穎詩 5634 7921\n", "5634 7921"),
        ("In case of emergency\n1. Maren Holtgrefe  55 4134 3726\n2. Ota Novák\t33 1411 5103\n", "55 4134 3726"),
        ("Contact in emergency: Omkar Pillai 9447083450\nSeat 23K", "9447083450"),
    ],
)
def test_a_number_behind_a_name_or_an_address_is_a_telephones(engine: Engine, text: str, number: str) -> None:
    assert number in found(engine, text, "phone")


@pytest.mark.parametrize(
    "text",
    [
        "Deliver to 12 Abbey Road, London NW8 9AY - 12345678901 - 2 boxes",
        "12 Abbey Road, London NW8 9AY, 2024-03-15, 14:00",
        "Customer: Maren Holtgrefe 2024 1108\n",
        "Customer: Maren Holtgrefe, 12 03 2024\n",
        "Customer: Maren Holtgrefe, order 9251 2424 8\n",
    ],
)
def test_other_numbers_there_are_none(engine: Engine, text: str) -> None:
    assert found(engine, text, "phone") == []


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("MRN 331664. Maren Holtgrefe, 22/10/1956. Hb 13.1 g/dl", ["22/10/1956"]),
        ("N.º de historia: 331664. Rodolfo Ledesma, 05.01.1964. Hb 13,1", ["05.01.1964"]),
        ("MRN 331664. Maren Holtgrefe, 22/10/2024. Hb 13.1 g/dl", []),
        ("Order 331664. Customer Maren Holtgrefe, 22/10/1956.", []),
    ],
)
def test_a_date_behind_a_name_is_a_birth_behind_the_number_of_a_patient(
    engine: Engine, text: str, date: list[str]
) -> None:
    assert found(engine, text, "date_of_birth") == date


@pytest.mark.parametrize("kind", ["phone", "date_of_birth"])
def test_what_is_not_asked_for_is_not_found_beside_others(kind: str) -> None:
    engine = Engine(detectors(["person_name", "medical_record", "street_address"]))
    text = "MRN 331664. Maren Holtgrefe, 22/10/1956\nCustomer: Maren Holtgrefe 9251 2424\n"
    assert kind not in {one.kind for one in engine.find(text)}
