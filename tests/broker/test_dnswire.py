"""The DNS wire format: what a strict reader takes, what it refuses, and that a library reads what it writes."""

from __future__ import annotations

import struct
from contextlib import suppress

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akios_jail.broker import dnswire
from akios_jail.broker.dnswire import Malformed, Record, parse

HEADER = struct.Struct("!HHHHHH")


def query(name: str = "aPi.Example.com", kind: str = "A", **options: object) -> bytes:
    return dns.message.make_query(name, kind, **options).to_wire()  # type: ignore[arg-type]


def raw(question: bytes = b"\1a\0\0\1\0\1", *, flags: int = 0x0100, counts: tuple[int, ...] = (1, 0, 0, 0)) -> bytes:
    return HEADER.pack(7, flags, *counts) + question


def opt(options: bytes = b"", *, ttl: int = 0, name: bytes = b"\0", kind: int = 41) -> bytes:
    return name + struct.pack("!HHIH", kind, 1232, ttl, len(options)) + options


class TestAQuery:
    def test_is_read_with_its_case(self):
        read = parse(query())
        assert read.labels == (b"aPi", b"Example", b"com")
        assert (read.type, read.cls, read.edns) == (dnswire.A, dnswire.IN, False)

    def test_of_the_root_has_no_labels(self):
        assert parse(query(".", "NS")).labels == ()

    def test_may_have_edns_with_options(self):
        read = parse(query(use_edns=0, options=[dns.edns.CookieOption(b"12345678", b"")], want_dnssec=True))
        assert read.edns
        assert read.edns_flags == 0x8000

    @given(st.lists(st.binary(min_size=1, max_size=63), max_size=6), st.integers(0, 65535), st.integers(0, 65535))
    def test_is_read_as_the_library_reads_it(self, labels, kind, number):
        name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
        packet = HEADER.pack(number, 0x0100, 1, 0, 0, 0) + name + struct.pack("!HH", kind, 1)
        try:
            read = parse(packet)
        except Malformed:
            assert len(name) > 255
            return
        question = dns.message.from_wire(packet).question[0]
        assert (*read.labels, b"") == question.name.labels
        assert (read.id, read.type) == (number, question.rdtype)


class TestWhatIsNotOneQuery:
    @pytest.mark.parametrize(
        ("packet", "rcode"),
        [
            (raw(flags=0x2800), dnswire.NOTIMP),  # UPDATE
            (raw(flags=0x2000), dnswire.NOTIMP),  # NOTIFY
            (raw(counts=(0, 0, 0, 0)), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" * 2, counts=(2, 0, 0, 0)), dnswire.FORMERR),
            (raw(counts=(1, 1, 0, 0)), dnswire.FORMERR),
            (raw(counts=(1, 0, 1, 0)), dnswire.FORMERR),
            (raw(counts=(1, 0, 0, 1)), dnswire.FORMERR),  # announced, not there
            (raw(b""), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0"), dnswire.FORMERR),
            (raw(b"\1a"), dnswire.FORMERR),
            (raw(b"\x3fa\0\0\1\0\1"), dnswire.FORMERR),
            (raw(b"\x40a\0\0\1\0\1"), dnswire.FORMERR),
            (raw(b"\xc0\x0c\0\1\0\1"), dnswire.FORMERR),  # a pointer to itself
            (raw(b"\1a\xc0\x0c\0\1\0\1"), dnswire.FORMERR),  # a loop
            (raw(b"\x3f" + b"a" * 63) + (b"\x3f" + b"a" * 63) * 3 + b"\0\0\1\0\1", dnswire.FORMERR),  # 257 bytes
            (raw(b"\1a\0\0\1\0\1x"), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" + opt() * 2, counts=(1, 0, 0, 2)), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" + opt(name=b"\1a\0"), counts=(1, 0, 0, 1)), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" + opt(kind=250), counts=(1, 0, 0, 1)), dnswire.FORMERR),  # TSIG
            (raw(b"\1a\0\0\1\0\1" + opt()[:-2] + b"\0\4", counts=(1, 0, 0, 1)), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" + opt(bytes(2000)), counts=(1, 0, 0, 1)), dnswire.FORMERR),
            (raw(b"\1a\0\0\1\0\1" + opt(ttl=1 << 16), counts=(1, 0, 0, 1)), dns.rcode.BADVERS),
        ],
    )
    def test_is_answered_with_the_error_that_it_is(self, packet, rcode):
        with pytest.raises(Malformed) as caught:
            parse(packet)
        answer = dns.message.from_wire(caught.value.answer, question_only=rcode != dns.rcode.BADVERS)
        assert answer.id == 7
        assert answer.flags & dns.flags.QR
        assert answer.rcode() == rcode

    @pytest.mark.parametrize("packet", [b"", b"x" * 11, raw(flags=0x8000), raw(flags=0xFFFF)])
    def test_gets_no_answer_if_an_answer_could_start_a_loop(self, packet):
        with pytest.raises(Malformed) as caught:
            parse(packet)
        assert caught.value.answer == b""

    @given(st.binary(max_size=1400))
    @example(query())
    @example(query(use_edns=0))
    def test_raises_nothing_but_its_own_error(self, packet):
        with suppress(Malformed):
            parse(packet)

    @given(st.data())
    def test_is_never_read_where_the_library_sees_an_error(self, data):
        packet = bytearray(query(use_edns=0, options=[dns.edns.CookieOption(b"12345678", b"")]))
        for _ in range(data.draw(st.integers(0, 4))):
            packet[data.draw(st.integers(12, len(packet) - 1))] = data.draw(st.integers(0, 255))
        packet = packet[: data.draw(st.integers(12, len(packet)))]
        try:
            read = parse(bytes(packet))
        except Malformed:
            return
        try:
            question = dns.message.from_wire(bytes(packet), question_only=True).question
        except dns.exception.DNSException:
            raise AssertionError(f"read what the library refuses: {packet.hex()}") from None
        assert (*read.labels, b"") == question[0].name.labels


class TestAnAnswer:
    def test_says_what_was_asked_in_the_same_case(self):
        packet = query(use_edns=0)
        answer = dns.message.from_wire(
            dnswire.answer(parse(packet), 0, (Record(dnswire.A, 60, bytes((198, 18, 0, 10))),))
        )
        assert dns.message.from_wire(packet).is_response(answer)
        assert answer.question[0].name.labels == (b"aPi", b"Example", b"com", b"")
        assert str(answer.answer[0]) == "aPi.Example.com. 60 IN A 198.18.0.10"
        assert answer.flags & dns.flags.RA

    def test_tells_an_extended_error_to_who_speaks_edns(self):
        answer = dns.message.from_wire(dnswire.answer(parse(query(use_edns=0)), 3, extended=(15, "not allowed")))
        assert answer.rcode() == dns.rcode.NXDOMAIN
        assert [(option.code, option.text) for option in answer.options] == [(15, "not allowed")]

    def test_has_no_edns_for_who_does_not_speak_it(self):
        answer = dns.message.from_wire(dnswire.answer(parse(query()), 3, extended=(15, "not allowed")))
        assert answer.edns == -1

    def test_fits_a_datagram_without_edns_for_the_longest_name(self):
        longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
        record = Record(dnswire.PTR, 60, dnswire.encode_name("e" * 63 + ".com"))
        assert len(dnswire.answer(parse(query(longest, "PTR")), 0, (record,))) <= 512

    @given(st.booleans(), st.sampled_from([0, 2, 3, 5, 16]), st.none() | st.just((15, "why")), st.integers(0, 2))
    def test_is_read_by_the_library(self, edns, rcode, extended, count):
        if rcode == 16 and not edns:
            return
        packet = query(use_edns=0 if edns else -1)
        records = tuple(Record(dnswire.A, 5, bytes((198, 18, 0, i))) for i in range(count))
        answer = dns.message.from_wire(dnswire.answer(parse(packet), rcode, records, extended))
        assert answer.rcode() == rcode
        assert sum(len(rrset) for rrset in answer.answer) == count


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ((), "."),
        ((b"aPi", b"x_1", b"com"), "aPi.x_1.com"),
        ((b"a.b", b"\n\x1b[31m", b"\xff\\"), "a\\046b.\\010\\027\\09131m.\\255\\092"),
    ],
)
def test_a_name_in_a_record_is_printable_and_cannot_be_taken_for_another(labels, text):
    assert dnswire.printable(labels) == text
