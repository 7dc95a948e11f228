"""Addresses on the internet and of network cards."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.ip_address import IpAddress
from akios_jail.pii.detectors.mac_address import MacAddress
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 203.0.113.7 port 22", "203.0.113.7"),
        ("203.0.113.7:8080", "203.0.113.7"),
        ("client=203.0.113.7 x", "203.0.113.7"),
        ("http://203.0.113.7/x", "203.0.113.7"),
        ("\n203.0.113.7 - - [05/Apr/2024]", "203.0.113.7"),
        ("192.168.1.17", "192.168.1.17"),
        ("10.1.2.3/24", "10.1.2.3"),
        ("the server 1.2.3.4", "1.2.3.4"),
        ('{"ip": "198.51.100.23"}', "198.51.100.23"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8:85a3::8a2e:370:7334]:443", "2001:db8:85a3::8a2e:370:7334"),
        ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
        ("from 2600:a11:aca7:63f7::1:57986 closed", "2600:a11:aca7:63f7::1"),
        ("fe80::1ff:fe23:4567:890a%eth0", "fe80::1ff:fe23:4567:890a"),
        ("203 dot 0 dot 113 dot 7", "203 dot 0 dot 113 dot 7"),
        ("203[.]0[.]113[.]7", "203[.]0[.]113[.]7"),
        ("\uff12\uff10\uff13.0.113.7", "\uff12\uff10\uff13.0.113.7"),
    ],
)
def test_an_address_is_found(text: str, expected: str) -> None:
    assert values(IpAddress(), text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1 0.0.0.0 255.255.255.0 224.0.0.1 ::1",
        "10.0.0.0/8",
        "203.0.113.0/16",
        "2001:db8::/32",
        "version 33.14.14.121",
        '"version": "18.16.36.19"',
        "VERSION = '33.14.14.121'",
        "v4.18.0.1",
        "Chrome/124.0.67.89",
        "pkg==10.20.30.40",
        "lib >= 10.20.30.40",
        "openssl-3.20.30.40",
        "1.2.3.4",
        "1.3.6.1.4.1.311",
        "300.1.2.3",
        "203.000.113.007",
        "std::vector abc::def d::e",
        "12:34:56",
        "00:1a:2b:3c:4d:5e:6f:70",
        "203.0.113.7.example",
    ],
)
def test_what_is_no_address_of_a_machine_is_left(text: str) -> None:
    assert values(IpAddress(), text) == []


def test_private_addresses_are_less_sure() -> None:
    (private,), (public,) = findings(IpAddress(), "192.168.1.17"), findings(IpAddress(), "203.0.113.7")
    assert private.confidence < public.confidence
    assert "192" not in private.reason


@pytest.mark.parametrize(
    "written", ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", "9c:fe:eb:28:e4:b2", "9CFE.EB28.E4B2"]
)
def test_the_address_of_a_card_is_found(written: str) -> None:
    assert values(MacAddress(), f"to {written} via eth0") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "MAC 001B44113AB7",
        "mac_address=001b44113ab7",
        "BSSID: 001b44-113ab7",
        "hwaddr 001b-4411-3ab7",
        "ether 0:1b:44:11:3a:b7",
        "MAC address (00:1b:44:ff:fe:11:3a:b7",
    ],
)
def test_a_word_right_before_it_says_so_of_other_groups(text: str) -> None:
    assert len(values(MacAddress(), text)) == 1


@pytest.mark.parametrize("text", ["commit 001b44113ab7", "order 001b44-113ab7", "macos 001b44113ab7f0"])
def test_other_groups_are_no_card(text: str) -> None:
    assert values(MacAddress(), text) == []


def test_spellings_of_a_card_have_one_key() -> None:
    texts = ("00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001A.2B3C.4D5E", "mac 00 1a 2b 3c 4d 5e")
    assert {finding.key for text in texts for finding in findings(MacAddress(), text)} == {"001a2b3c4d5e"}


@pytest.mark.parametrize(
    "text",
    [
        "00:1a:2b:3c:4d:5e:6f:70",
        "ff:ff:ff:ff:ff:ff",
        "00:00:00:00:00:00",
        "01:00:5e:00:00:fb",
        "01-02-03-04-05-06",
        "2024.1019.1432",
        "00 1a 2b 3c 4d 5e",
        "sha1 aa:bb:cc:dd:ee:ff:00:11:22:33",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_is_no_card_is_left(text: str) -> None:
    assert values(MacAddress(), text) == []


@pytest.mark.parametrize("piece", ["1.", "1.1.1.1 ", "203.0.113.7", "a:", "ab::", "2001:db8::", "00:1a:", "1 dot "])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(IpAddress(), piece)
    assert grows_in_proportion(MacAddress(), piece)
