"""Values whose label says what they are."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.labelled import KINDS, Labels
from tests.pii.detectors.triggered import findings, grows_in_proportion


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.kind, text[finding.start : finding.end]) for finding in findings(Labels(), text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("First name: Jane", "person_name", "Jane"),
        ('"addressLine1":"Rose Cottage, Sandy Lane",', "street_address", "Rose Cottage, Sandy Lane"),
        ('"address": {"line1": "Little Whinging", "zip": 1}', "street_address", "Little Whinging"),
        ("Patient: Jane Doe, admitted today", "person_name", "Jane Doe"),
        ("Full Name: Mary-Kate O'Brien", "person_name", "Mary-Kate O'Brien"),
        ("| Customer name: Jane Doe | 12 |", "person_name", "Jane Doe"),
        ("customer_name=Jane Doe order=5", "person_name", "Jane Doe"),
        ('  "lastName": "Doe",', "person_name", "Doe"),
        ("user.name = 'Jane Doe'", "person_name", "Jane Doe"),
        ("<surname>Doe</surname>", "person_name", "Doe"),
        ("<ns:PatientName>Jane Doe</ns:PatientName>", "person_name", "Jane Doe"),
        ("**Patient Name:** Jane Doe", "person_name", "Jane Doe"),
        ("Nachname: Müller", "person_name", "Müller"),
        ("Kunde: Hans Müller", "person_name", "Hans Müller"),
        ("Prénom : Élodie", "person_name", "Élodie"),
        ("Apellidos: García Márquez", "person_name", "García Márquez"),
        ("姓名\uff1a张伟", "person_name", "张伟"),
        ("氏名: 山田太郎", "person_name", "山田太郎"),
        ("ФИО: Иванов Иван Иванович", "person_name", "Иванов Иван Иванович"),
        ("Ügyfél: Balázs Tóth", "person_name", "Balázs Tóth"),
        ("العميل: حمدان الظاهري", "person_name", "حمدان الظاهري"),
        ('User.create!(name: "Jane Doe", email: "j@x.io")', "person_name", "Jane Doe"),
        ("Customer:\n  Jane Doe\n  more", "person_name", "Jane Doe"),
        ("Aan:\nM. van den Heuvel\nBiltstraat 144", "person_name", "M. van den Heuvel"),
        ('"lastName":"조"', "person_name", "조"),
        ("DOB: 12/05/1984", "date_of_birth", "12/05/1984"),
        ("dob=1984-05-12&x=1", "date_of_birth", "1984-05-12"),
        ("Geburtsdatum: 12.05.1984", "date_of_birth", "12.05.1984"),
        ("MRN: 12345678", "medical_record", "12345678"),
        ("Passport No: X1234567", "passport", "X1234567"),
        ("account number: 12345678", "bank_account", "12345678"),
        ("Mobile: 07700 900123", "phone", "07700 900123"),
        ("Shipping address: 12 Main St, Springfield, IL 62701", "street_address", "12 Main St, Springfield, IL 62701"),
        ("Anschrift: Hauptstr. 5, 10115 Berlin", "street_address", "Hauptstr. 5, 10115 Berlin"),
        ('"billing_address": "Flat 2, The Mews"', "street_address", "Flat 2, The Mews"),
    ],
)
def test_a_label_says_what_its_value_is(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "first_name = user.first_name",
        "first_name=first_name,",
        "lastName: string;",
        "lastName: Text",
        "surname = StringField()",
        "file name: Report Final",
        "class_name: Jane Doe",
        "author: octocat",
        "address: 0x7fff2000",
        "address = get_address(user)",
        "listen address: 127.0.0.1:8080",
        "shipping_address: Address",
        "phone: home",
        "phone_type: 123456789",
        "tracking number: 123456789",
        "dob: unknown",
        "DOB: [DATE_OF_BIRTH_1]",
        "first name: <first name>",
        "name > 12345678",
        "if phone == 12345678:",
        "title: Jane Doe Returns",
        "Notes: Jane Doe called",
        "fullname: Full name of the node",
        '"person_name": PersonName,',
        "def f(address: IPv6Address) -> int:",
        'Item(name: "Blue Widget", price: 3)',
    ],
)
def test_a_label_without_such_a_value_says_nothing(text: str) -> None:
    assert found(text) == []


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    text = "Patient: Jane Doe\nDOB: 12/05/1984\n"
    assert {finding.kind for finding in findings(Labels(("date_of_birth", "email")), text)} == {"date_of_birth"}
    assert {finding.kind for finding in findings(Labels(KINDS), text)} == {"date_of_birth", "person_name"}


@pytest.mark.parametrize(
    "piece", ["name:", "name: A ", "<name>", "<name>a</", "first name = '", "dob=1", "姓名:", "address: 1 a"]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Labels(), piece)
