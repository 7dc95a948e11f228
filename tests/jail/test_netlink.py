"""Netlink messages as bytes, against the layouts of linux/netlink.h and its relatives."""

from __future__ import annotations

import struct

from akios_jail.jail import netlink


def test_an_attribute_is_padded_to_four_bytes_and_its_length_is_not():
    assert netlink.attribute(5, b"abc") == struct.pack("=HH", 7, 5) + b"abc\0"
    assert netlink.attribute(5, b"abcd") == struct.pack("=HH", 8, 5) + b"abcd"


def test_acknowledgements_are_found_among_other_messages():
    def message(kind: int, number: int, body: bytes) -> bytes:
        return struct.pack("=IHHII", 16 + len(body), kind, 0, number, 0) + body

    refused = message(netlink.NLMSG_ERROR, 2, struct.pack("=i", -17) + bytes(16))
    done = message(netlink.NLMSG_ERROR, 1, struct.pack("=i", 0) + bytes(16))
    assert netlink.acknowledgements(done + message(1024, 9, bytes(8)) + refused) == [(1, 0), (2, 17)]


def test_a_datagram_that_makes_no_sense_acknowledges_nothing():
    assert netlink.acknowledgements(b"") == []
    assert netlink.acknowledgements(bytes(64)) == []


def test_a_catch_all_route_is_of_its_sources_family():
    assert netlink.every_address_local("198.18.0.1").body[0] == 2
    assert netlink.every_address_local("::1").body[0] == 10
    assert "IPv6" in netlink.every_address_local("::1").description
