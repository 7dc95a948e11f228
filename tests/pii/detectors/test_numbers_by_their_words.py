"""Passports, licences, patients' and banks' numbers as documents of many countries announce them, and what is none."""

# ruff: noqa: RUF001 (the documents are of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.bank_account import BankAccount
from akios_jail.pii.detectors.driving_licence import DrivingLicence
from akios_jail.pii.detectors.medical_record import MedicalRecord
from akios_jail.pii.detectors.passport import Passport
from akios_jail.pii.finding import Detector
from tests.pii.detectors.triggered import values

PASSPORT, LICENCE, PATIENT, ACCOUNT = Passport(), DrivingLicence(), MedicalRecord(), BankAccount()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("RIVERA/LUZ MS PP XDB482913 DOB 12JUN71", "XDB482913"),
        ("PPT C4F7K2M19 EXP 12JUN31", "C4F7K2M19"),
        ("SSR DOCS BA HK1/P/GBR/512345678/GBR/30JUN73/M/14APR29/RIVERA/LUZ", "512345678"),
        ("SRDOCSYYHK1-P-DEU-C01X00T47-DEU-30JUN73-F-14APR29-RIVERA-LUZ", "C01X00T47"),
        ("Паспорт: серия 45 09 № 123456, выдан", "45 09 № 123456"),
        ("паспорт серия 4509 номер 123456", "4509 номер 123456"),
        ("Паспортные данные: 4510 654321", "4510 654321"),
        ("Passport (Germany): C01X00T47", "C01X00T47"),
        ("Passport details - number: PA1234567", "PA1234567"),
        ("Passeport français n° 12AB34567 délivré", "12AB34567"),
        ("Pasaporte mexicano núm. G12345678", "G12345678"),
        ("passaporto italiano n. YA1234567", "YA1234567"),
        ("pașaport seria 05 nr. 1234567", "05 nr. 1234567"),
        ("หนังสือเดินทางเลขที่ AA1234567", "AA1234567"),
        ("पासपोर्ट संख्या: J1234567", "J1234567"),
        ("Travel doc: A12345678", "A12345678"),
        ("passport no.A12345678", "A12345678"),
    ],
)
def test_passports(text: str, number: str) -> None:
    assert values(PASSPORT, text) == [number]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Driver's license, WA, D02133441, exp 02/13/2029", "D02133441"),
        ("VT license 13WBD83441, and my glasses", "13WBD83441"),
        ("drivers licence number MOORE 910250 9AB CD", "MOORE 910250 9AB CD"),
        ("Driver's lic. # S123-4567-8901", "S123-4567-8901"),
        ("OLN D1234567", "D1234567"),
        ("Führerschein Klasse B, Nr. B072RRE2I55", "B072RRE2I55"),
        ("FS-Nr. B072RRE2I55", "B072RRE2I55"),
        ("Permis B n° 880675100123", "880675100123"),
        ("patente cat. B n. U1A234567B", "U1A234567B"),
        ("Carta de condução n.º L-1234567 8", "L-1234567 8"),
        ("č. ŘP: EJ123456", "EJ123456"),
        ("førerkort nr. 12 34 567890 1", "12 34 567890 1"),
        ("ВУ 99 27 837526", "99 27 837526"),
        ("ใบขับขี่เลขที่ 12345678", "12345678"),
        ("Learner permit no. 123456789", "123456789"),
    ],
)
def test_licences(text: str, number: str) -> None:
    assert values(LICENCE, text) == [number]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Hosp. No.: A123456", "A123456"),
        ("Pt ID 482911", "482911"),
        ("Patient # 482911", "482911"),
        ("UR number 482911", "482911"),
        ("CHI number 0101991234", "0101991234"),
        ("IHI 8003 6012 3456 7890", "8003 6012 3456 7890"),
        ("Health card no 1234 567 890 AB", "1234 567 890 AB"),
        ("Carte Vitale 1 85 05 78 006 084 36", "1 85 05 78 006 084 36"),
        ("n° d'adhérent 12345678", "12345678"),
        ("Vers.-Nr. A123456780", "A123456780"),
        ("Pat.-Nr. 47112024", "47112024"),
        ("Fall-Nr.: 47112024", "47112024"),
        ("Nº historia 482911", "482911"),
        ("Cod. paziente 482911", "482911"),
        ("Tessera sanitaria n. 80380001234567890123", "80380001234567890123"),
        ("CNS 898 0012 3456 7890", "898 0012 3456 7890"),
        ("ID pacjenta: 482911", "482911"),
        ("Číslo pojištěnce 850709/9805", "850709/9805"),
        ("Potilasnro 482911", "482911"),
        ("полис ОМС № 1234567890123456", "1234567890123456"),
        ("门诊号：2024021312", "2024021312"),
        ("カルテNo. 0012345", "0012345"),
        ("건강보험증 번호 12345678901", "12345678901"),
        ("Mã BN: 24001234", "24001234"),
        ("Subscriber ID XJB123456789", "XJB123456789"),
        ("Insurance policy XJB123456789", "XJB123456789"),
        ("PID|1||482911^^^HOSP^MR||RIVERA^LUZ||19710612|F", "482911"),
    ],
)
def test_patients(text: str, number: str) -> None:
    assert values(PATIENT, text) == [number]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("072180002133441893 Banorte", ["072180002133441893"]),
        ("Kto-Nr. 1234567890, BLZ 10050000", ["1234567890", "10050000"]),
        ("reg.nr. 1234 kontonr. 1234567890", ["1234", "1234567890"]),
        ("clearing 8327-9 konto 123 456 789-0", ["8327-9", "123 456 789-0"]),
        ("tilinro 123456-785", ["123456-785"]),
        ("RIB : 30004 00003 12345678901 43", ["30004 00003 12345678901 43"]),
        ("cuenta de ahorros 0123456789", ["0123456789"]),
        ("ABI 05428 CAB 11101 CC 000000123456", ["05428", "11101", "000000123456"]),
        ("agência 0001 conta 1234567-8", ["0001", "1234567-8"]),
        ("NIB: 0002 0123 1234 5678 9015 4", ["0002 0123 1234 5678 9015 4"]),
        ("č.ú. 19-2000145399/0800", ["19-2000145399/0800"]),
        ("19-2000145399/0800", ["19-2000145399/0800"]),
        ("bankszámla 11773016-11111018", ["11773016-11111018"]),
        ("счёт № 40817810099910004312", ["40817810099910004312"]),
        ("к/с 30101810400000000225 БИК 044525225", ["30101810400000000225", "044525225"]),
        ("当座 2133441", ["2133441"]),
        ("ゆうちょ 記号 12340 番号 12345671", ["12340", "12345671"]),
        ("국민은행 123456-04-123456", ["123456-04-123456"]),
        ("rek BCA 1234567890", ["1234567890"]),
        ("खाता संख्या 50100123456789", ["50100123456789"]),
        ("Sort: 20-62-41, Acc: 21334418", ["20-62-41", "21334418"]),
        ("acct no.21334418", ["21334418"]),
    ],
)
def test_accounts(text: str, numbers: list[str]) -> None:
    assert values(ACCOUNT, text) == numbers


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        (PASSPORT, "pp. 1234-1245, 2013"),
        (PASSPORT, "pp 1234567 pieces"),
        (PASSPORT, "polypropylene PP 30% GF30"),
        (PASSPORT, "A/P/US/2024/US/"),
        (LICENCE, "MIT license 2024"),
        (LICENCE, "license key: ABCD1234"),
        (LICENCE, "N° de licence : 2133441"),
        (LICENCE, "permis de construire n° PC 044 109"),
        (LICENCE, "GPL-3.0-or-later license 3"),
        (PATIENT, "process pid 12345 killed"),
        (PATIENT, "dossier n° 2025-118843"),
        (PATIENT, "Group 12345 of members"),
        (PATIENT, "chart.js 4.4.1 2024"),
        (ACCOUNT, "Счёт 832408006 от 4 марта"),
        (ACCOUNT, "val_acc 0.890213"),
        (ACCOUNT, "order 072180002133441893"),
        (ACCOUNT, "418180002133441893"),
        (ACCOUNT, "reg 12345678"),
        (ACCOUNT, "850709/9805"),
    ],
)
def test_what_only_looks_alike_is_left(detector: Detector, text: str) -> None:
    assert values(detector, text) == []
