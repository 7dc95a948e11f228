"""Which addresses are public, and what it takes for a policy to name one that is not."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.broker.addresses import literal, networks, permitted, plain, special

SPECIAL = {
    "unspecified": "0.0.0.0 0.1.2.3 0.255.255.255 ::",
    "loopback": "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1",
    "private": (
        "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.1 192.168.255.255 fc00:: fd12:3456::1 "
        "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1 64:ff9b:1::1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 "
        "64:ff9b::c0a8:101 2002:a00:1::1 2002:c0a8:101::1 ::10.0.0.1 2a00:1::5efe:10.0.0.1 2a00:1::200:5efe:10.0.0.1"
    ),
    "carrier-grade NAT": "100.64.0.0 100.127.255.255 ::ffff:100.64.0.1",
    "link-local": "169.254.0.0 169.254.255.255 fe80::1 febf:ffff::1 ::ffff:169.254.1.1 64:ff9b::169.254.1.1",
    "metadata service": (
        "169.254.169.254 169.254.170.2 169.254.170.23 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254 "
        "fd20:ce::254 ::ffff:169.254.169.254 64:ff9b::169.254.169.254 2002:a9fe:a9fe:: ::169.254.169.254"
    ),
    "multicast": "224.0.0.1 239.255.255.255 ff02::1 ff0e::1",
    "broadcast": "255.255.255.255",
    "synthetic": "198.18.0.0 198.18.0.10 198.19.255.255 ::ffff:198.18.0.10",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.255 2001:db8::1 3fff::1",
    "reserved": "192.0.0.1 192.88.99.1 240.0.0.1 100::1 2001::1 2001:10::1 5f00::1 ::1.2.3.4 4000::1 1::1 e000::1",
}
PUBLIC = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 "
    "169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 "
    "2606:4700::1111 2a00:1450:4001::200e 2001:200::1 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 "
    "2002:808:808::1"
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SPECIAL.items() for text in texts.split()])
def test_an_address_of_a_special_range_is_not_public(kind, text):
    reason = special(ip_address(text))
    assert reason is not None
    assert reason.kind == kind
    assert not permitted(ip_address(text), [])


@pytest.mark.parametrize("text", PUBLIC.split())
def test_any_other_address_is_public(text):
    assert special(ip_address(text)) is None
    assert permitted(ip_address(text), [])


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_what_the_standard_library_calls_private_is_never_public(address):
    assert special(address) is not None or address.is_global


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_nothing_outside_global_unicast_is_public_but_what_carries_a_public_ipv4_address(address):
    if special(address) is None:
        assert address in ip_network("2000::/3") or address.ipv4_mapped or address in ip_network("64:ff9b::/96")


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_is_judged_alike_in_every_ipv6_disguise(address):
    number = int(address)
    disguises = [0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80 | 1]
    if special(address) is not None:
        assert all(special(IPv6Address(disguise)) is not None for disguise in disguises)
    else:
        assert all(special(IPv6Address(disguise)) is None for disguise in disguises)


@pytest.mark.parametrize(
    ("address", "named", "expected"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.2.0.0/16", False),
        ("10.1.2.3", "192.168.0.0/16", False),
        ("10.1.2.3", "0.0.0.0/0", False),  # broader than the special range: does not name it
        ("10.1.2.3", "10.0.0.0/7", False),
        ("172.16.0.1", "172.16.0.0/12", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("100.64.0.1", "100.64.0.0/10", True),
        ("169.254.1.1", "169.254.0.0/16", True),
        ("169.254.169.254", "169.254.0.0/16", False),
        ("169.254.169.254", "169.254.169.254/31", False),
        ("169.254.169.254", "169.254.169.254", True),
        ("100.100.100.200", "100.64.0.0/10", False),
        ("168.63.129.16", "168.63.129.16", True),
        ("fd12::1", "fd12::/16", True),
        ("fd12::1", "::/0", False),
        ("fd00:ec2::254", "fd00::/8", False),
        ("fd00:ec2::254", "fd00:ec2::254", True),
        ("64:ff9b::10.0.0.1", "10.0.0.0/8", False),  # NAT64 leads out of somebody else's network
        ("64:ff9b::10.0.0.1", "64:ff9b::10.0.0.1", False),
        ("8.8.8.8", "10.0.0.0/8", True),
    ],
)
def test_a_policy_names_special_addresses_only_from_within_their_range(address, named, expected):
    named = [ip_network(named, strict=False)]
    assert permitted(ip_address(address), named) is expected


def test_a_mapped_address_is_dialled_as_what_it_is():
    assert plain(ip_address("::ffff:10.0.0.1")) == IPv4Address("10.0.0.1")
    assert plain(ip_address("2001:db8::1")) == IPv6Address("2001:db8::1")


@pytest.mark.parametrize("host", ["api.openai.com", "", "0x7f.1", "127.1", "2130706433", "fe80::1%lo", "[::1]"])
def test_only_an_address_in_its_usual_spelling_is_a_literal(host):
    assert literal(host) is None


def test_networks_are_read_as_the_policy_spells_them():
    assert networks(["10.0.0.0/8", "::1"]) == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    with pytest.raises(ValueError):
        networks(["internal"])
