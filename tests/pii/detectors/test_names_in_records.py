"""Names where machines keep them, after labels of forms in many languages, and in rows of codes."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.person_name import PersonName
from tests.pii.detectors.triggered import values


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Passenger: HOLTGREFE/MAREN SEAT 12A", "HOLTGREFE/MAREN"),
        ("Passenger: MÜLLER/ÇİĞDEM SEAT 12A", "MÜLLER/ÇİĞDEM"),
        ("PID|1||12345||Holtgrefe^Maren||19800101|F", "Maren"),
        ('{"name":[{"family":"Holtgrefe","given":["Maren"]}]}', "Holtgrefe"),
        ("<td>Name</td><td>Maren Holtgrefe</td>", "Maren Holtgrefe"),
        ("INFO user 'Maren Holtgrefe' logged in", "Maren Holtgrefe"),
        ('user.setFirstName("Maren");', "Maren"),
        ("I, Maren Holtgrefe, hereby declare", "Maren Holtgrefe"),
        ("see you then\n\nMaren\n\nSent from my phone", "Maren"),
        ("Passport no. CC24TF32D1, Maren Holtgrefe, old one lost", "Maren Holtgrefe"),
        ("Odberateľ: Matej Hruška", "Matej Hruška"),
        ("| Käufer | Maren Holtgrefe |", "Maren Holtgrefe"),
        ("Passenger 2: Maren Holtgrefe", "Maren Holtgrefe"),
        ("3. Mieter ........ Maren Holtgrefe", "Maren Holtgrefe"),
        ("Supervisor signature: Maren Holtgrefe", "Maren Holtgrefe"),
        ("18:02 <Maren> hello", "Maren"),
        ("Maren - 18:22\nare you there?\nOve - 18:23\nyes\n", "Maren"),
    ],
)
def test_a_name_is_found_where_machines_and_forms_keep_it(text: str, name: str) -> None:
    assert name in values(PersonName(), text)


@pytest.mark.parametrize(
    "text",
    [
        "From: Copper Kettle <hello@copperkettle.example>",
        "Product name: Walnut Shelf",
        "AND/OR PP 12",
        "City: New Plymouth",
        "| Status | In Progress |",
        "in 2019, United Results",
    ],
)
def test_companies_products_and_places_are_nobody(text: str) -> None:
    assert values(PersonName(), text) == []
