"""Names where machines keep them, after labels of forms in many languages, and in tables."""

# ruff: noqa: RUF001  (names in other scripts have letters that look like others)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.person_name import PersonName
from tests.pii.detectors.triggered import values


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Passenger: HOLTGREFE/MAREN SEAT 12A", "HOLTGREFE/MAREN"),
        ("Passenger: MÜLLER/ÇİĞDEM SEAT 12A", "MÜLLER/ÇİĞDEM"),
        ("42P  MÖLLENBECK/KARL-OTTO  PPT CN82SC47V  DOB 1966-12-03", "MÖLLENBECK/KARL-OTTO"),
        ("53D  O'SHAUGHNESSY/ORLA  PPT BU3022014", "O'SHAUGHNESSY/ORLA"),
        ("Boarding pass - HOLTGREFE/MAREN - LH 418 FRA-LHR 12MAR", "HOLTGREFE/MAREN"),
        ("PID|1||12345||Holtgrefe^Maren||19800101|F", "Maren"),
        ('{"name":[{"family":"Holtgrefe","given":["Maren"]}]}', "Holtgrefe"),
        ("<td>Name</td><td>Maren Holtgrefe</td>", "Maren Holtgrefe"),
        ("INFO user 'Maren Holtgrefe' logged in", "Maren Holtgrefe"),
        ('user.setFirstName("Maren");', "Maren"),
        ("I, Maren Holtgrefe, hereby declare", "Maren Holtgrefe"),
        ("see you then\n\nMaren\n\nSent from my phone", "Maren"),
        ("Q: What is your name?\nA: Maren Holtgrefe\n", "Maren Holtgrefe"),
        ("NAME (AS IN PASSPORT)\nMaren Holtgrefe\n", "Maren Holtgrefe"),
        ('delivered to "Maren Holtgrefe" at noon', "Maren Holtgrefe"),
        ("| Ref | Tenant | Rent |\n|-----|--------|-----:|\n| T-1 | Maren Holtgrefe | 203.00 |\n", "Maren Holtgrefe"),
        ("Ф.И.О. родителя: Марен Хольтгрефе\n", "Марен Хольтгрефе"),
        ("Mieter/in: Maren Holtgrefe\n", "Maren Holtgrefe"),
        ("出席者：真鍋千尋、佐々木健\n", "佐々木健"),
        ("Sincerely,\nhead of claims Maren Holtgrefe\n", "Maren Holtgrefe"),
        ("Hoogachtend,\nnamens het college,\nMaren Holtgrefe\n", "Maren Holtgrefe"),
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
        "| Ref | Product | Rent |\n|-----|--------|-----:|\n| T-1 | Walnut Shelf | 203.00 |\n",
        "| Maren | Holtgrefe |",
        "Regards,\nnot only Once But Twice\n",
    ],
)
def test_companies_products_and_places_are_nobody(text: str) -> None:
    assert values(PersonName(), text) == []
