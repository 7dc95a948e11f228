"""Accounts by their check digits and groups, behind words and banks' names, before them, in tables and messages."""

# ruff: noqa: RUF001 (the documents are of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors import account_checks as checks
from akios_jail.pii.detectors.bank_account import BankAccount
from akios_jail.pii.keys import meaning
from tests.pii.detectors.triggered import grows_in_proportion, values

ACCOUNT = BankAccount()

#: Without their signs, as the registry of IBANs and the countries' banks give them as examples.
PUBLISHED = [
    (checks.routing, "021000021"),
    (checks.spanish, "21000418450200051332"),
    (checks.clabe, "032180000118359719"),
    (checks.argentine, "2850590940090418135201"),
    (checks.polish, "61109010140000071219812874"),
    (checks.norwegian, "86011117947"),
    (checks.belgian, "539007547034"),
    (checks.hungarian, "117730161111101800000000"),
    (checks.czech, "1920001453990800"),
    (checks.croatian, "10010051863000160"),
    (checks.remains_one, "191000000123438"),
    (checks.remains_one, "000201231234567890154"),
    (checks.remains_one, "1290079401028494"),
    (checks.remains_nothing, "20041010050500013M02606"),
    (checks.remains_nothing, "011519000001205000534921"),
    (checks.serbian, "260005601001611379"),
    (checks.italian, "X0542811101000000123456"),
]


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_published_numbers_have_right_check_digits_and_others_have_not(check: object, number: str) -> None:
    assert callable(check)
    assert check(number)
    assert not check(number[:5] + str((int(number[5]) + 1) % 10) + number[6:])


@pytest.mark.parametrize(
    "number",
    [
        "1001005-1863000160",
        "19100-0000123438",
        "260-0056010016113-79",
        "129-007-94010284-94",
        "0002 0123 12345678901 54",
        "000201231234567890154",
        "0002.0123.1234.5678.9015.4",
        "20041 01005 0500013M026 06",
        "20041010050500013M02606",
        "011 519 0000012050005349 21",
        "011519000001205000534921",
        "10 006 0351835984788 31",
        "X 05428 11101 000000123456",
        "2850590940090418135201",
        "61109010140000071219812874",
        "0133-26-007722",
        "012-3-45678-9",
        "0123-01-012345-50-3",
        "12340-12345671",
        "191-12345678-0-12",
        "002-191-001234567801-53",
        "0134-0123-45-0123456789",
    ],
)
def test_what_no_word_announces_is_found_by_its_groups_and_check_digits(number: str) -> None:
    assert values(ACCOUNT, f"Please use {number} for it") == [number]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("auf mein Gehaltskonto 5320130001 überweisen", ["5320130001"]),
        ("Empfängerkonto: 0532013000", ["0532013000"]),
        ("spaarrekening 12.41.88.773", ["12.41.88.773"]),
        ("maksu tilille 123456-785", ["123456-785"]),
        ("számlámra utald: 11773016-11111018", ["11773016-11111018"]),
        ("în contul nr. 2511123456789", ["2511123456789"]),
        ("hesap numaram 12345678-5001", ["12345678-5001"]),
        ("на рахунок 26007233566001", ["26007233566001"]),
        ("ח-ן 12-441-187723", ["12-441-187723"]),
        ("கணக்கு எண் 123456789012", ["123456789012"]),
        ("ເລກບັນຊີ 0101234567890", ["0101234567890"]),
        ("conta à ordem n.º 0123.456789.100", ["0123.456789.100"]),
        ("cuenta sueldo 441-877230/4", ["441-877230/4"]),
        ("Cuenta RUT / vista N° 00-123-45678-90", ["00-123-45678-90"]),
        ("roll number D/12345678-9", ["D/12345678-9"]),
        ("BBAN: X0542811101000000123456", ["X0542811101000000123456"]),
        ("BACS: 200415 71882340", ["200415 71882340"]),
        ("NSC 90-14-77, account 41187723", ["90-14-77", "41187723"]),
        ("transit 04412 inst 003 acct 1188734", ["04412", "003", "1188734"]),
        ("Account 44187723 GBP", ["44187723"]),
        ("account no.44187723/GBP", ["44187723/GBP"]),
        ("between accounts 44187723 and 55291834", ["44187723", "55291834"]),
        ("account holder Ann Roe, number 44187723", ["44187723"]),
    ],
)
def test_words_of_more_languages_and_writings_announce_accounts(text: str, numbers: list[str]) -> None:
    assert values(ACCOUNT, text) == numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("My account at Alder Building Society: 60431177", "60431177"),
        ("Konto bei der Volksbank Trier: 4418772", "4418772"),
        ("Compte Boursorama n° 00040312771", "00040312771"),
        ("mi cuenta de BBVA es 0182 4418 77 0201234567", "0182 4418 77 0201234567"),
        ("số tài khoản MB 0441877230112", "0441877230112"),
        ("BCA 4418772301 a.n. Budi", "4418772301"),
        ("FNB cheque 62441877230", "62441877230"),
        ("0441877230 GTBank, Ada", "0441877230"),
        ("카카오뱅크 3333-04-4187723", "3333-04-4187723"),
        ("玉山銀行 (808) 0441968012345", "0441968012345"),
        ("44187723 is my account number", "44187723"),
        ("Is 0441877230 your account?", "0441877230"),
        ("DE-alt: 5320130001 ist meine Kontonummer", "5320130001"),
        (":25:4418772301", "4418772301"),
        (":59:/0044187723", "0044187723"),
        ("<CdtrAcct><Id><Othr><Id>4418772301</Id></Othr></Id></CdtrAcct>", "4418772301"),
    ],
)
def test_names_of_banks_words_behind_and_fields_of_messages_tell_accounts(text: str, number: str) -> None:
    assert values(ACCOUNT, text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "Your account was created 20240312",
        "Account Balance 44187723",
        "Account Manager 44187723",
        "account 02.2024",
        "account 1234567.89",
        "account 10.21.3.44",
        "order 0441877230 UBA",
        "bank holiday 20240312",
        "tracking 9400100000000000000000",
        "build 20240312-08301212",
        "id 175928847299117063",
        "12345678901234567890",
        "123456789012345678901234",
        "part 123-4-56789-0",
        "12340 Elm, 1234567",
        ":25:30 and :59",
    ],
)
def test_what_is_no_account_is_left(text: str) -> None:
    assert values(ACCOUNT, text) == []


@pytest.mark.parametrize(
    "name",
    ["numer_rachunku", "cisloUctu", "broj računa", "hesapNumarasi", "tilinumero", "payee_account", "계좌", "เลขที่บัญชี"],
)
def test_keys_in_more_languages_say_account(name: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.kind == "bank_account"


@pytest.mark.parametrize(
    "piece", ["account Bank Of ", "1234-", "konto A B C D ", "0441877230 is my ", "hsbc 123456789 ", "00 11 22 33 "]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(ACCOUNT, piece)
