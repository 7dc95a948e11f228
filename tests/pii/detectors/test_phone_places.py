"""Numbers grouped as at home: telephone numbers where such numbers stand, and amounts everywhere else."""

# ruff: noqa: RUF001 (the documents are of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.phone import Phone
from tests.pii.detectors.triggered import grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Predmet: 205192\n\n731 450 958\n\nS pozdravem\nVlasta", "731 450 958"),
        ("Saludos\nNieves Olmo\n55 1234 5678", "55 1234 5678"),
        ("mvh Torgeir\n911 23 456", "911 23 456"),
        ("ok, mit nr er 30 21 33 44", "30 21 33 44"),
        ("Birte (14:19): ok 30 99 95 86\nUlla (14:20): tak", "30 99 95 86"),
        ("14:16 Uwe: 0431/56353", "0431/56353"),
        ('("Nieves Olmo", "655 065 000")', "655 065 000"),
        ("può chiamare mio zio al 333 2133441 oppure", "333 2133441"),
        ("放门口了，打 13721334418", "13721334418"),
        ("加我 13721334418", "13721334418"),
        ("mój numer to 601 234 567", "601 234 567"),
        ("mi cel 55 1234 5678", "55 1234 5678"),
        ("мой номер 89161234567", "89161234567"),
        ("telefonszámom 30/123-4567", "30/123-4567"),
        ("callto:02079460958", "02079460958"),
        ("mitt nummer är 0701234567", "0701234567"),
    ],
)
def test_a_number_is_found_where_it_stands_as_one(text: str, number: str) -> None:
    assert values(Phone(), text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "731 450 958 bytes",
        "Total: 655 065 000 EUR",
        "in 655 065 000 years",
        "12 2024 2025",
        "655 065 000\n731 450 958\n603 889 021",
        "1 200\n655 065 000\n900",
        "订单号 13721334418",
        "流水号：13721334418 已完成",
        "13721334418 rows",
        "CRC 0431/56353",
        "350 1234567 units",
    ],
)
def test_the_same_groups_elsewhere_are_left(text: str) -> None:
    assert values(Phone(), text) == []


@pytest.mark.parametrize("piece", ["655 065 000\n", "打 13721334418 ", "30 21 33 44 ", "14:10: ", '"655 065 000'])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Phone(), piece)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Ana Roth\nSeilergasse 7, 8001 Graz\n644 287 314\nana@example.org\n", "644 287 314"),
        ("لیلا احمدی\nمشهد، خ. بهشتی، شماره 18\n09351668959\n#671178701\n", "09351668959"),
        ("022 2640 1950: hi is this free", "022 2640 1950"),
        ("Síminn er 807 3545.\n", "807 3545"),
        ("Telefon kontaktowy: 504 990 838.\n", "504 990 838"),
        ("如有查詢，請致電5621 6412。", "5621 6412"),
        ("كلمني على 0561794882 الساعة 8", "0561794882"),
        ("κάλεσε 6912345678", "6912345678"),
    ],
)
def test_lines_words_and_beginnings_of_lines_tell_it(text: str, number: str) -> None:
    assert values(Phone(), text) == [number]


def test_of_two_numbers_in_neighbouring_cells_each_is_found() -> None:
    row = "(0711) 23 45 72;0221/98 76 527;2024-03-17\n+48 71 344 39 70;607 625 862;2024-03-12\n"
    assert values(Phone(), row) == ["(0711) 23 45 72", "0221/98 76 527", "+48 71 344 39 70", "607 625 862"]


@pytest.mark.parametrize(
    "text",
    [
        "Lettre avec AR n° 1A 440 588 1112 #",
        "Abone numaram 8365177407.",
        "ids:\n0912345678\n0912345679\n",
        "a;607 625 862;b",
    ],
)
def test_numbers_of_parcels_and_customers_are_left(text: str) -> None:
    assert values(Phone(), text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("If no answer try Boon Keng Nair on 6737 8330. Ta", "6737 8330"),
        ("call Mary at 731 450 958", "731 450 958"),
        ("llama a Ana al 655 065 000", "655 065 000"),
        ("bel Jan Bakker op 71 123 456", "71 123 456"),
        ("ring Nils på 611 1234", "611 1234"),
        ("Jo Miller - 6123 4567", "6123 4567"),
        ("Jo Miller (5551 2345)\n", "5551 2345"),
        ("Jo Miller, 21 234 5678", "21 234 5678"),
        ("[10:42] Jo Miller: 8123 4567", "8123 4567"),
        ("Ana Roth\n\n71 123 456\nana@example.org", "71 123 456"),
        ("Ana Roth\n48022841\nana@example.org", "48022841"),
        ("ana@example.org\n3124771296\n", "3124771296"),
    ],
)
def test_groups_of_fewer_countries_count_beside_names_and_alone(text: str, number: str) -> None:
    assert values(Phone(), text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "Total Revenue - 1234 5678",
        "Order Number - 5123 4567",
        "2023 2024",
        "5123 4567 rows were read",
        "4111 1111 1111 1111",
        "a\n\n5234 5678\n5678 1234\n",
        "try it again at 12:30 on 2024-03-12",
        "range 200-1234",
        "Ana Roth\n48022841\nthank you",
    ],
)
def test_such_groups_elsewhere_are_left(text: str) -> None:
    assert values(Phone(), text) == []
