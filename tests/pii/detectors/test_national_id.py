"""National numbers of some sixty countries, and the numbers that only look like them."""

# ruff: noqa: RUF001 (words of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.national_id import NationalId
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = NationalId()

#: A country, and a number of its own that counts without words beside it.
ALONE = [
    ("GB", "AB123456C"),
    ("GB", "AB 12 34 56 C"),
    ("SE", "850709-9805"),
    ("SE", "19850709-9805"),
    ("FI", "131052-308T"),
    ("DK", "211062-5629"),
    ("NO", "15108695088"),
    ("IS", "120174-3399"),
    ("EE", "37605030299"),
    ("LV", "161175-19997"),
    ("DE", "36 574 261 809"),
    ("DE", "15070649C103"),
    ("AT", "1237 010180"),
    ("CH", "756.9217.0769.85"),
    ("CH", "7569217076985"),
    ("CZ", "710319/2745"),
    ("SI", "0101006500006"),
    ("RU", "112-233-445 95"),
    ("FR", "2 95 10 99 126 111 93"),
    ("FR", "295109912611193"),
    ("ES", "54362315K"),
    ("ES", "54.362.315-K"),
    ("ES", "X2482300W"),
    ("IT", "RCCMNL83S18D969H"),
    ("IT", "rccmnl83s18d969h"),
    ("BE", "85.07.30-033.28"),
    ("BE", "85073003328"),
    ("BR", "390.533.447-05"),
    ("AR", "20-05536168-2"),
    ("CL", "12.531.909-2"),
    ("MX", "BOXW310820HNERXN09"),
    ("MX", "GODE561231GR8"),
    ("IN", "ABCPV1234D"),
    ("CN", "11010519491231002X"),
    ("HK", "A123456(3)"),
    ("KR", "900101-1234567"),
    ("SG", "S1234567D"),
    ("MY", "880101-14-5678"),
    ("PK", "35202-1234567-1"),
    ("AE", "784-1990-1234567-6"),
    ("ZA", "8001015009087"),
]

#: What people write before a number, the number, and its country.
ANNOUNCED = [
    ("My NI number is ", "QQ 12 34 56 C", "GB"),
    ("NHS no. ", "943 476 5919", "GB"),
    ("UTR: ", "1955839661", "GB"),
    ("PPS Number ", "1234567FA", "IE"),
    ("personnummer: ", "198507099805", "SE"),
    ("CPR-nr. ", "2110625629", "DK"),
    ("fødselsnummer ", "151086 95088", "NO"),
    ("Steuer-ID: ", "36574261809", "DE"),
    ("Meine Steueridentifikationsnummer lautet ", "36574261809", "DE"),
    ("SV-Nummer ", "15 070649 C 103", "DE"),
    ("SVNR: ", "1237010180", "AT"),
    ("AHV-Nr. ", "756.9217.0769.85", "CH"),
    ("PESEL: ", "44051401458", "PL"),
    ("dowód osobisty ", "ABA300000", "PL"),
    ("rodné číslo ", "7103192745", "CZ"),
    ("CNP ", "1800101221144", "RO"),
    ("OIB: ", "33392005961", "HR"),
    ("ЕГН ", "7523169263", "BG"),
    ("ИНН: ", "500100732259", "RU"),
    ("РНОКПП ", "1759013776", "UA"),
    ("numéro de sécurité sociale : ", "2 95 10 99 126 111 93", "FR"),
    ("NIF do cliente: ", "501964843", "PT"),
    ("Codice Fiscale: ", "RCCMNL83S18D969H", "IT"),
    ("BSN ", "111222333", "NL"),
    ("Rijksregisternummer ", "85.07.30-033.28", "BE"),
    ("ΑΜΚΑ ", "01013099997", "GR"),
    ("TC Kimlik No: ", "17291716060", "TR"),
    ("תעודת זהות ", "039337423", "IL"),
    ("SIN ", "046 454 286", "CA"),
    ("O CPF do cliente é ", "39053344705", "BR"),
    ("DNI ", "30.123.456", "AR"),
    ("cédula de ciudadanía ", "1.020.304.050", "CO"),
    ("Aadhaar number: ", "234123412346", "IN"),
    ("身份证号 ", "11010519491231002X", "CN"),
    ("身分證字號 ", "A123456789", "TW"),
    ("주민등록번호 ", "900101-1234567", "KR"),
    ("マイナンバー ", "1234 5678 9018", "JP"),
    ("TFN ", "123 456 782", "AU"),
    ("National ID: ", "AB-1234567", ""),
    ("Personalausweis Nr. ", "L01X00T47", ""),
]


@pytest.mark.parametrize(("country", "number"), ALONE)
def test_a_number_in_a_form_of_its_own_counts_without_words(country: str, number: str) -> None:
    found = findings(DETECTOR, f"see {number}, thanks")
    assert [f"see {number}, thanks"[finding.start : finding.end] for finding in found] == [number]
    assert found[0].kind == "national_id"
    assert country in {finding.reason[:2] for finding in found}


@pytest.mark.parametrize(("words", "number", "country"), ANNOUNCED)
def test_words_announce_a_number(words: str, number: str, country: str) -> None:
    text = f"{words}{number}."
    assert values(DETECTOR, text) == [number]
    assert country in {finding.reason[:2] if country else "" for finding in findings(DETECTOR, text)}


def test_reasons_never_hold_the_number() -> None:
    for words, number, _ in ANNOUNCED:
        for finding in findings(DETECTOR, words + number):
            assert finding.key not in finding.reason
            assert number not in finding.reason


def test_two_spellings_have_one_key() -> None:
    keys = {finding.key for text in ("390.533.447-05", "CPF 39053344705") for finding in findings(DETECTOR, text)}
    assert keys == {"39053344705"}


@pytest.mark.parametrize(
    "text",
    [
        "PESEL 44051401459",  # a wrong check digit
        "BSN 111222334",
        "CPF 39053344706",
        "2 95 10 99 126 111 94",
        "RCCMNL83S18D969A",
        "54362315A",
        "BG123456C",  # a prefix that is never given out
        "44051401458",  # right, but one number in ten is
        "111222333",
        "046 454 286",
        "943 476 5919",
        "1700000000123",  # milliseconds since 1970
        "2019101512345",
        "241019-1432",  # a date and a time
        "20241019-1432",
        "4111 1111 1111 1111",
        "2341 2341 2346",  # right, but parcels' numbers are written so, too
        "order 36 574 261 809",
        "tracking number 15108695088",
        "978-0-306-40615-7",
        "ISBN 9780306406157",
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "550e8400-e29b-41d4-a716-446655440000",
        "v1.2.3-20241019",
        "1,234,567.89 EUR",
        "+49 170 1234567",
        "SN S1234567X",
        "RFC 2822, RFC 8259 and RFC 9110",
        "sin 20 grados, nie 12, run 1234",
        "pan 123456",
        "see the rut of 2024-10-19",
    ],
)
def test_what_is_no_national_number_is_left(text: str) -> None:
    assert values(DETECTOR, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "CPF \uff13\uff19\uff10.\uff15\uff13\uff13.\uff14\uff14\uff17-\uff10\uff15",
        "390\u200b.533.447\u201105",
        "390\u00b7533\u00b7447-05",
    ],
)
def test_unicode_spellings_are_one(text: str) -> None:
    assert [finding.key for finding in findings(DETECTOR, text)][:1] == ["39053344705"]


@pytest.mark.parametrize("piece", ["1", "1 ", "1.", "12-", "bsn 1 ", "pesel ", "A1", "S1234567D ", "1801015009087 "])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
