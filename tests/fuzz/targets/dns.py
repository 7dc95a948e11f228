"""Packets to the jail's name server, as UDP and TCP bring them: answered or dropped, and read alike by dnspython."""

from __future__ import annotations

import ipaddress

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from akios_jail.broker import dnswire
from akios_jail.broker.dnswire import Malformed
from akios_jail.broker.names import NameTable
from akios_jail.broker.nameserver import DeniedName, NameServer
from akios_jail.broker.pace import Pace
from akios_jail.policy.plans import EgressHost, EgressPlan

TOKENS = (
    *(b"\x03api\x07example\x03com\x00", b"\x03www\x04wild\x04test\x00", b"\x09localhost\x00", b"\xc0\x0c"),
    *(b"\x00\x01", b"\x00\x1c", b"\x00\xff", b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"),
    *(b"\x0210\x010\x0218\x03198\x07in-addr\x04arpa\x00", b"\x00\x0c", b"\x3f" + b"a" * 63, b"\x01*"),
    *(b"\x04ip6\x04arpa\x00",),
)
_PLAN = EgressPlan(
    (
        EgressHost("api.example.com", "exact", "198.18.0.10", 443, "https"),
        EgressHost("*.wild.test", "wildcard", "", 443, "https"),
        EgressHost("192.0.2.7", "ip", "192.0.2.7", 80, "http"),
        EgressHost("2001:db8::/64", "cidr", "2001:db8::/64", 443, "https"),
    )
)
_SYNTHETIC = ipaddress.ip_network("198.18.0.0/15")


def fuzz(packet: bytes) -> None:
    """One packet."""
    denied: list[DeniedName] = []
    server = NameServer(NameTable(_PLAN), denied.append, Pace(per_second=1, burst=1))
    answer = server.respond(packet)
    assert server.respond(packet) == answer
    assert len(answer) <= dnswire.MAX_DATAGRAM
    assert all(each.name.isascii() and each.name.isprintable() for each in denied)
    try:
        query = dnswire.parse(packet)
    except Malformed as error:
        _check_refusal(answer, error.answer)
        assert not denied
        return
    read = dns.message.from_wire(answer)
    (question,) = read.question
    assert question.name.labels == (*query.labels, b"")
    assert (read.id, question.rdtype, question.rdclass) == (query.id, query.type, query.cls)
    assert bool(denied) == (read.rcode() in (dns.rcode.NXDOMAIN, dns.rcode.REFUSED, dns.rcode.SERVFAIL)) or (
        read.rcode() == dns.rcode.NXDOMAIN and not denied
    )
    _check_records(read, question.name)
    try:
        theirs = dns.message.from_wire(packet)
    except (dns.exception.DNSException, ValueError):
        return  # options that it looks into and we do not
    assert theirs.question[0].name == question.name


def _check_refusal(answer: bytes, expected: bytes) -> None:
    assert answer == expected
    assert not answer or dns.message.from_wire(answer).rcode() != dns.rcode.NOERROR


def _check_records(answer: dns.message.Message, asked: dns.name.Name) -> None:
    """An address only for names that the plan has, and only addresses that stand for one."""
    name = asked.to_text(omit_final_dot=True).lower()
    allowed = name == "api.example.com" or name.endswith(".wild.test") or name.split(".")[-1] == "localhost"
    for rrset in answer.answer:
        assert rrset.name == asked
        for record in rrset:
            if record.rdtype == dns.rdatatype.PTR:
                assert name.endswith(".arpa")
                continue
            address = ipaddress.ip_address(record.address)
            assert allowed
            assert address in _SYNTHETIC or address.is_loopback
