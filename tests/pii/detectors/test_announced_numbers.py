"""Passports, driving licences, patients and bank accounts: numbers that words announce."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.bank_account import BankAccount
from akios_jail.pii.detectors.driving_licence import DrivingLicence
from akios_jail.pii.detectors.medical_record import MedicalRecord
from akios_jail.pii.detectors.passport import Passport
from akios_jail.pii.finding import Detector
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

PASSPORT, LICENCE, PATIENT, ACCOUNT = Passport(), DrivingLicence(), MedicalRecord(), BankAccount()


@pytest.mark.parametrize(
    ("detector", "words", "number"),
    [
        (PASSPORT, "Passport No. ", "C01X00T47"),
        (PASSPORT, "US passport: ", "543210987"),
        (PASSPORT, "Reisepass-Nr.: ", "C01X00T47"),
        (PASSPORT, "passeport n° ", "12AB34567"),
        (PASSPORT, "pasaporte ", "AAA123456"),
        (PASSPORT, "passaporto: ", "YA1234567"),
        (PASSPORT, "Paspoortnummer ", "NWR1B0J94"),
        (PASSPORT, "Útlevélszám: ", "S8350062"),
        (PASSPORT, "паспорт ", "4510 123456"),
        (PASSPORT, "护照号码: ", "E12345678"),
        (PASSPORT, "パスポート ", "TK1234567"),
        (PASSPORT, "جواز السفر: ", "A12345678"),
        (PASSPORT, "pas č. ", "VH9297712"),
        (PATIENT, "N.º de historia: ", "331664"),
        (LICENCE, "permiso n.º ", "56043587G"),
        (LICENCE, "Driver's license: ", "D1234567"),
        (LICENCE, "driving licence no. ", "MORGA657054SM9IJ"),
        (LICENCE, "DL# ", "F255-921-50-094"),
        (LICENCE, "Führerschein ", "B072RRE2I55"),
        (LICENCE, "permis de conduire ", "123456789012"),
        (LICENCE, "patente di guida: ", "U1A234567B"),
        (LICENCE, "rijbewijs ", "5123456789"),
        (LICENCE, "Førerkortnummer: ", "K82770971"),
        (LICENCE, "Водительское удостоверение №: ", "927837526"),
        (PATIENT, "MRN: ", "00482913"),
        (PATIENT, "Patient ID: ", "P-48291"),
        (PATIENT, "Patientennummer ", "4711-2024"),
        (PATIENT, "número de historia clínica ", "123456"),
        (PATIENT, "病历号:", "0012345"),
        (PATIENT, "Medicare number ", "6725 66903 3"),
        (PATIENT, "member id: ", "XYZ123456789"),
        (PASSPORT, "Passeport biométrique n° ", "23NV08147"),
        (PASSPORT, "Paspoort ", "NCFR1RLL5"),
        (PASSPORT, "Passport's ", "PB5626561"),
        (PASSPORT, "Hộ chiếu số ", "C2513260"),
        (PASSPORT, "ditt gamla pass ", "91473633"),
        (PASSPORT, "DOC READ type=P issuer=AUS num=", "RA1703423"),
        (LICENCE, "Körkortsnummer ", "030310-6852"),
        (LICENCE, "permiso de conducción ", "29506979-S"),
        (LICENCE, "they want my CDL again. ", "H96800877"),
        (LICENCE, "СУМПС № ", "288193160"),
        (LICENCE, "Vozačka dozvola br. ", "84618202"),
        (LICENCE, "면허번호도 필요? ", "22-74-313836-33"),
        (LICENCE, "Permis (ancien modèle) n° ", "858869118976"),
        (LICENCE, "NZTA check: licence ", "ZA832386"),
        (LICENCE, "carta n.º ", "L-3602423 2"),
        (PATIENT, "carte soleil ", "MART 8775 1637"),
        (PATIENT, "My health card (OHIP, before we left) was ", "1648-865-838-FA"),
        (PATIENT, "Č. chorobopisu ", "85319/25"),
        (PATIENT, "Journalnr. ", "J-5153031"),
        (PATIENT, "donor ID ", "D3825782"),
        (PATIENT, "Ward 7B, UR: ", "UR656665"),
        (PATIENT, "Patient hospit. du 04/02, n° dossier ", "172.226"),
        (ACCOUNT, "account number: ", "12345678"),
        (ACCOUNT, "acct ", "000123456789"),
        (ACCOUNT, "Kontonummer ", "532013000"),
        (ACCOUNT, "Číslo účtu: ", "19-1553188273/0100"),
        (ACCOUNT, "numéro de compte : ", "00012345678"),
        (ACCOUNT, "口座番号 ", "1234567"),
        (ACCOUNT, "Номер счёта: ", "4671749130"),
        (ACCOUNT, "routing number ", "021000021"),
        (ACCOUNT, "ABA: ", "011401533"),
        (ACCOUNT, "sort code: ", "20-00-00"),
        (ACCOUNT, "BSB ", "062-000"),
        (ACCOUNT, "CLABE ", "032180000118359719"),
        (ACCOUNT, "CBU ", "2850590940090418135201"),
    ],
)
def test_words_announce_a_number(detector: Detector, words: str, number: str) -> None:
    text = f"{words}{number}."
    assert values(detector, text) == [number]
    for finding in findings(detector, text):
        assert finding.kind == detector.kind
        assert finding.key not in finding.reason


@pytest.mark.parametrize(
    ("detector", "number"),
    [
        (PASSPORT, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        (PASSPORT, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        (PASSPORT, "I<UTOD231458907<<<<<<<<<<<<<<<"),
        (LICENCE, "MORGA657054SM9IJ"),
        (PATIENT, "1EG4-TE5-MK73"),
        (PATIENT, "MRN00482913"),
        (ACCOUNT, "2100 0418 45 0200051332"),
        (ACCOUNT, "61 1090 1014 0000 0712 1981 2874"),
        (ACCOUNT, "20-00-00 55779911"),
    ],
)
def test_a_form_of_its_own_needs_no_words(detector: Detector, number: str) -> None:
    assert values(detector, f"see\n{number}\nbelow") == [number]


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        (PASSPORT, "C01X00T47"),
        (PASSPORT, "passport expires 2029-01-04"),
        (PASSPORT, "passport renewal takes 12 weeks"),
        (PASSPORT, "passport.js 1234567890123456"),
        (PASSPORT, "id;passport\n12345678;x"),
        (PASSPORT, "L898902C36UTO7408122F1204159ZE184226B<<<<<11"),
        (PASSPORT, "passport desk: order REQUIRED2"),
        (PASSPORT, "my pass is at gate 12345678"),
        (LICENCE, "D1234567"),
        (LICENCE, "licence ZA832386 of the program"),
        (LICENCE, "carta n.º 2024/113"),
        (PATIENT, "PID 6673747 was killed by the kernel"),
        (PATIENT, "Dosar 447/197/2025 la judecătorie"),
        (PATIENT, "policy number 447182 of the car"),
        (LICENCE, "MIT license 2024"),
        (LICENCE, "DL 123 MB at 5"),
        (LICENCE, "MORGA697054SM9IJ"),
        (PATIENT, "patient is 45 years old"),
        (PATIENT, "the patient came on 2024-01-02"),
        (PATIENT, "00482913"),
        (ACCOUNT, "account created 2024-01-02"),
        (ACCOUNT, "account balance 123456.78"),
        (ACCOUNT, "your account 2 items"),
        (ACCOUNT, "account 20240102"),
        (ACCOUNT, "routing number 021000022"),
        (ACCOUNT, "2100 0418 46 0200051332"),
        (ACCOUNT, "on account of 1000000 people"),
        (ACCOUNT, "Счёт 832408006"),
    ],
)
def test_other_numbers_are_left(detector: Detector, text: str) -> None:
    assert values(detector, text) == []


@pytest.mark.parametrize(
    ("detector", "text", "number"),
    [
        (LICENCE, "Driver Ana Roth (license U8828087, DOB 03/04/1939)", "U8828087"),
        (LICENCE, "Driver Ana Roth (license T7165-00716-00959)", "T7165-00716-00959"),
        (LICENCE, '{"driver":"Ana Roth","licenceNumber":"ROTHA303190O9EA"}', "ROTHA303190O9EA"),
        (LICENCE, "licence ROTHA201195R9JY scanned", "ROTHA201195R9JY"),
        (LICENCE, "Lic. no. D1234567", "D1234567"),
        (PASSPORT, "Passport No. 75 2902768", "75 2902768"),
        (PASSPORT, "DL E3414443 | pass 558316239 | visa", "558316239"),
        (PATIENT, "CHU - Service de pneumologie     Dossier 19673613", "19673613"),
        (PATIENT, "Hospital San Juan, expediente 312/2023", "312/2023"),
    ],
)
def test_what_stands_around_tells_what_a_short_word_is(detector: Detector, text: str, number: str) -> None:
    assert values(detector, text) == [number]


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        (LICENCE, "license 8828087 of the program"),
        (LICENCE, "drivers have license 2.0"),
        (PASSPORT, "boarding pass 558316239"),
        (PATIENT, "por 184.500 euros (lote 12, expediente 312/2023)"),
        (PATIENT, "le dossier 19673613 du tribunal"),
    ],
)
def test_the_same_word_of_another_thing_tells_nothing(detector: Detector, text: str) -> None:
    assert values(detector, text) == []


@pytest.mark.parametrize("detector", [PASSPORT, LICENCE, PATIENT, ACCOUNT])
@pytest.mark.parametrize(
    "piece", ["passport 1", "dl 1 ", "mrn 12 ", "account 12-", "A1", "<", "P<UTO", "20-00-00 ", "licence A1"]
)
def test_hostile_text_takes_time_in_proportion(detector: Detector, piece: str) -> None:
    assert grows_in_proportion(detector, piece)


@pytest.mark.parametrize(
    ("detector", "text", "number"),
    [
        (PASSPORT, "Bokning 689272: 2 nätter, pass 90780224, kort 4111", "90780224"),
        (PATIENT, '{"resourceType":"Patient","identifier":[{"type":"MR","value":"PT8540321"}]}', "PT8540321"),
        (LICENCE, "Conductor Unai, permiso 79435557D, GPS", "79435557D"),
    ],
)
def test_what_stands_around_a_number_says_whose_it_is(detector: Detector, text: str, number: str) -> None:
    assert values(detector, text) == [number]


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        (PASSPORT, "3 fail, pass 90780224 in build 7"),
        (PATIENT, '{"name":"limit","value":"PT8540321"}'),
        (LICENCE, "OBX|1|NM|2345-7^Glucose||104|mg/dL|70-99|H"),
        (LICENCE, "permiso de obra 118/2024"),
    ],
)
def test_elsewhere_such_a_number_is_nobodys(detector: Detector, text: str) -> None:
    assert values(detector, text) == []


@pytest.mark.parametrize(
    ("detector", "text", "found"),
    [
        (PASSPORT, "Klara: Mir fehlen noch die Passnummern\nHenning: Meine: CN7V27SP9\n", ["CN7V27SP9"]),
        (PASSPORT, "Ana: what is your passport number, please\nBo: it's C01X00T47", ["C01X00T47"]),
        (LICENCE, "dispatch: send the driving licence by noon?\n[09:12] Renfro: sure, H96800877", ["H96800877"]),
        (PASSPORT, "Ana: your passport is on its way\nBo: AB123456 is my order", []),
        (PASSPORT, "Ana: your passport?\nBo: no idea, the order AB123456 is late", []),
    ],
)
def test_who_is_asked_for_a_number_answers(detector: Detector, text: str, found: list[str]) -> None:
    assert values(detector, text) == found


@pytest.mark.parametrize(
    ("detector", "text", "found"),
    [
        (PASSPORT, "paszportu EP6413550 (Nikodem Sowa) i EN2126327 (Lena Sowa)", ["EP6413550", "EN2126327"]),
        (PASSPORT, "passports AB123456, AB123457 and AB123458", ["AB123456", "AB123457", "AB123458"]),
        (PASSPORT, "passport AB123456 and order 12345678", ["AB123456"]),
        (PASSPORT, "passport 123456789, 987654321", ["123456789"]),
    ],
)
def test_what_is_joined_to_a_number_and_written_like_it_is_one(detector: Detector, text: str, found: list[str]) -> None:
    assert sorted(values(detector, text)) == sorted(found)


def test_a_value_that_was_found_leads_to_no_other_one() -> None:
    text = "护照号EJ9251119, 诸葛明, 航班MU5118"
    assert [text[one.start : one.end] for one in Redactor([PASSPORT], Vault()).find(text)] == ["EJ9251119"]
