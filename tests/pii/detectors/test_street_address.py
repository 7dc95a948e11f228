"""Postal addresses of many countries, on one line and on several; and what is only built like one."""

# ruff: noqa: RUF001  (texts in Cyrillic and Turkish have letters that look like others)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.street_address import AddressBlocks, StreetAddress
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    "address",
    [
        "12 Main Street",
        "54, S.V. Road, Andheri (W), Hyderabad 500033",
        "Kra 54 #61A-79, Apto 103",
        "Cll 127 No. 33 - 96, Bogotá D.C. 110221",
        "Letná 87/A, 949 01 Nitra",
        "651, côte de la Montagne, app. 7",
        "171571, Тверская обл., Калязинский р-н, дер. Нерль, д. 14",
        "100000, г. Караганда, пр. Кабанбай батыра, дом 51, офис 8",
        "с. Криворівня, Верховинський р-н, Івано-Франківська обл., 78722",
        "Pasaje Dardo Rocha 9645, Piso 5, Dpto. A, S2000 Rosario",
        "Kazım Karabekir Cad. No. 63, Kat: 7 Daire: 3, 06420 Çankaya/Ankara",
        "1600 Pennsylvania Ave NW, Washington, DC 20500",
        "350 Fifth Ave, Apt 4B, New York, NY 10118, USA",
        "123 W 42nd St.\nNew York, NY 10036",
        "221B Baker St, London NW1 6XE",
        "10 Downing Street, London",
        "24 Sussex Drive, Ottawa, ON K1M 1M4, Canada",
        "48 Pirrama Road, Pyrmont NSW 2009",
        "742 evergreen terrace drive",
        "Hauptstraße 12a, 10115 Berlin",
        "Königstr. 7\n70173 Stuttgart\nDeutschland",
        "Am Markt 5, 99084 Erfurt",
        "12 bis, rue de la Paix, 75002 Paris",
        "5 avenue des Champs-Élysées",
        "Calle Mayor 12, 28013 Madrid",
        "C/ Mayor, 12, 3º B, 28013 Madrid",
        "Via Roma 3, 00184 Roma (RM)",
        "Rua das Flores, 123, 1200-195 Lisboa",
        "Kerkstraat 7, 1017 GA Amsterdam",
        "ul. Długa 12/4, 00-238 Warszawa",
        "Storgatan 5, 111 23 Stockholm",
        "Karl Johans gate 22, 0026 Oslo",
        "Mannerheimin katu 5, 00100 Helsinki",
        "ул. Ленина, д. 5, кв. 12",
        "北京市朝阳区建国路88号",
        "東京都千代田区丸の内1-9-1",
        "서울특별시 강남구 테헤란로 152",
        "Flat 3, 122 Mill Close, Leeds LS1 4AB",
        "134, MG Road, Mumbai 110 033",
        "chaussée de Wavre 60, 4160 Namur",
        "600, rue Sainte-Catherine Ouest, Laval (Québec) G1R 6U4",
        "Dlouhá 1234/93, 625 80 Ostrava",
        "Slovenska cesta 48, 2118 Celje",
        "4681 Szeged, Kossuth Lajos utca 78",
        "Rua Harmonia, 455, apto 31, São Paulo - SP, 05435-000",
        "166 đường Nguyễn Huệ, Hà Nội",
        "160-0023 東京都新宿区西新宿2-8-1",
        "31 Kingsway, Leeds LS7 6TR",
        "Flat 203, 40 Brigade Road, Chennai - 560 019",
        "Carrera 7 No. 83-08, Apto 301, Bogotá",
        "Kauppakatu 133 A 12, 20940 Turku",
        "Dlouhá 37, 113 41 Praha 1",
        "רחוב דיזנגוף 102, חיפה 6559060",
        "شارع حمدان 81، دبي",
        "(48833) 서울특별시 강남구 테헤란로 10, 101동 1203호",
        "22867 台北市大安區民生路94號5樓",
        "Số 53 đường Nguyễn Huệ, Quận 1, Đà Nẵng",
        "PO Box 123, Springfield, IL 62701",
        "P.O. Box 4410",
        "Postfach 12 34 56",
        "Apartado de correos 123, 28080 Madrid",
        "The Old Rectory, Church Street, Holt NR25 7AA",
        "Rose Cottage, Mill Lane, Bakewell, Derbyshire DE45 1AA",
        "Shop St 21, Galway H91 PY2K",
        "RR 2, Site 4, Comp 18, Vernon BC V1T 6L5",
        "杭州市上城区解放路218号3栋602",
        "Fevzi Çakmak Mah. 705. Sk. No: 2/5\n42050 Karatay/Konya",
        "12 Nguyễn Trãi, Phường 2, Quận 5, TP. Hồ Chí Minh",
        "서울특별시 마포구 월드컵북로 21길 33, 402호",
        "София 1504, ж.к. Лозенец, бл. 12, вх. Б, ап. 4",
        "Kossuth Lajos u. 18. II/4, 1053 Budapest",
        "Gedimino pr. 21-4, LT-01103 Vilnius",
        "Τσιμισκή 44, Θεσσαλονίκη 546 23",
        "Tryggvagata 18, 3. hæð, 101 Reykjavík",
        "Gamle Kongevej 118, 4. tv., 1850 Frederiksberg",
        "12 elm st apt 4 concord nh 03301",
        "12 ELM ST APT 4 CONCORD NH 03301",
        "Jr. de la Unión 518, Lima",
        "რუსთაველის გამზირი 21, თბილისი 0108",
        "Belgrano 548, X5000JHL Córdoba",
        "Av. 9 de Octubre 118, Guayaquil",
        "Bulevardul Ștefan cel Mare 118, MD-2012 Chișinău",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Ship to: {}\n", "She lives at {}. Then", '"{}"'])
def test_an_address_is_found_whole(address: str, around: str) -> None:
    found = values(StreetAddress(), around.format(address))
    assert [value.rstrip(".") for value in found] == [address.rstrip(".")]


def test_in_thai_an_address_has_no_commas() -> None:
    address = "21/4 ถนนสุขุมวิท แขวงคลองเตย เขตคลองเตย กรุงเทพมหานคร 10110"
    assert values(StreetAddress(), f"ที่อยู่: {address}\n") == [address]


@pytest.mark.parametrize("text", ["Springfield, IL 62701", "San Francisco, CA 94103-1234", "SW1A 1AA", "K1A 0B1"])
def test_a_code_of_few_houses_and_a_town_with_its_code_count_alone(text: str) -> None:
    assert values(StreetAddress(), f"in {text} now") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Wall Street Journal",
        "on Main Street",
        "Sesame Street",
        "Route 66",
        "in 5 minutes drive to the park",
        "10 ways to drive",
        "Spring 2024",
        "Nürnberg 3 Personen",
        "the 5 Point Plan",
        "3 cours de Python",
        "string 5, monitoring 3",
        "version 5 release way",
        "Jan 5 St Patrick",
        "id 12345 St",
        "1-2-3 and 2024-10-15",
        "5月3号",
        "3 places left",
        "HTTP 404 Not Found",
        "Chapter 7: The Way",
        "ISO 27001",
        "ipad 2 and iphone 5",
        "matrix A1 2BC",
        "Figure 3 Close up",
        "Lorem ipsum dolor sit amet 12",
        "BP 120/80",
        "Section 12, 12345 Items",
        "Kapitel 3, 20000 Jahre",
        "gate 22 at the airport",
    ],
)
def test_what_is_no_address_is_left(text: str) -> None:
    assert values(StreetAddress(), text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jane Doe\n12 Main Street\nSpringfield, IL 62701", "Jane Doe"),
        ("Bill to\n  Dr. Hans Müller\n  Hauptstraße 12, 10115 Berlin", "Hans Müller"),
        ("山田太郎\n東京都千代田区丸の内1-9-1", "山田太郎"),
    ],
)
def test_the_line_above_an_address_names_who_lives_there(text: str, name: str) -> None:
    names = {text[f.start : f.end] for f in findings(AddressBlocks(), text) if f.kind == "person_name"}
    assert names == {name}


@pytest.mark.parametrize("above", ["Acme Ltd", "Invoice", "Customer Service", "to the address", "", "Ship to:"])
def test_other_lines_above_an_address_name_nobody(above: str) -> None:
    found = findings(AddressBlocks(), f"{above}\n12 Main Street\nSpringfield, IL 62701")
    assert {finding.kind for finding in found} == {"street_address"}


def test_with_its_place_an_address_is_surer() -> None:
    texts = ("Via Roma 3", "Via Roma 3, 00184 Roma")
    alone, whole = (max(findings(StreetAddress(), text), key=lambda found: found.confidence) for text in texts)
    assert (alone.confidence, whole.confidence) == (0.85, 0.95)
    assert "Roma" not in whole.reason


@pytest.mark.parametrize(
    "piece",
    [
        "12 Main ",
        "Aa Street ",
        "1 Aa Bb Cc St ",
        "straße 1 ",
        "rue ",
        "Via A ",
        "ул. ",
        "路1号",
        "로 1",
        "PO Box 1",
        "A1 1AA ",
    ],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(StreetAddress(), piece)
