"""Which names exist for an agent, and what they stand for."""

from __future__ import annotations

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.broker import dnswire, names
from akios_jail.broker.names import NameTable, TableFull
from akios_jail.policy.plans import EgressHost, EgressPlan

PLAN = EgressPlan(
    (
        EgressHost("api.openai.com", "exact", "198.18.0.10", 443, "https"),
        EgressHost("crm", "exact", "198.18.0.11", 443, "https"),
        EgressHost("nas.home.arpa", "exact", "198.18.0.12", 443, "https"),
        EgressHost("*.example.org", "wildcard", "", 443, "https"),
        EgressHost("*.b.example.org", "wildcard", "", 22, "tcp"),
        EgressHost("10.0.0.0/24", "cidr", "10.0.0.0/24", 5432, "tcp"),
        EgressHost("2001:db8::1", "ip", "2001:db8::1", 443, "https"),
    )
)


@pytest.fixture
def table() -> NameTable:
    return NameTable(PLAN)


def ask(table: NameTable, name: str, kind: str = "A", cls: str = "IN") -> names.Answer:
    return names.decide(table, dnswire.parse(dns.message.make_query(name, kind, cls).to_wire()))


def address(answer: names.Answer) -> str:
    (record,) = answer.records
    return ".".join(str(byte) for byte in record.data)


class TestTheTable:
    def test_knows_an_exact_name_both_ways(self, table):
        assert table.address_of("api.openai.com") == "198.18.0.10"
        assert table.host_of("198.18.0.10") == "api.openai.com"

    def test_gives_a_name_under_a_wildcard_an_address_when_asked_and_keeps_it(self, table):
        assert table.host_of("198.19.128.0") is None
        first, second = table.address_of("x.example.org"), table.address_of("y.z.example.org")
        assert (first, second) == ("198.19.128.0", "198.19.128.1")
        assert table.address_of("x.example.org") == first
        assert table.host_of(first) == "x.example.org"

    def test_takes_the_address_from_the_most_specific_wildcards_slice(self, table):
        assert table.address_of("x.b.example.org") == "198.19.0.0"
        assert table.address_of("b.example.org") == "198.19.128.0"

    @pytest.mark.parametrize(
        "name", ["", "openai.com", "x.api.openai.com", "api.openai.com.corp", "example.org", "xexample.org", "org", "*"]
    )
    def test_has_no_address_for_any_other_name(self, table, name):
        assert table.address_of(name) is None

    @pytest.mark.parametrize(
        ("text", "host"),
        [
            ("10.0.0.7", "10.0.0.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8:0:0::1", "2001:db8::1"),
            ("10.0.1.0", None),
            ("198.18.0.1", None),
            ("198.18.0.99", None),
            ("198.19.0.1", None),
            ("127.0.0.1", None),
            ("not an address", None),
        ],
    )
    def test_knows_the_literals_of_the_policy_and_nothing_that_was_not_given_out(self, table, text, host):
        assert table.host_of(text) == host

    def test_is_bounded_and_keeps_what_it_gave(self):
        table = NameTable(PLAN, max_wildcard_names=2)
        first = table.address_of("a.example.org")
        table.address_of("b.example.org")
        with pytest.raises(TableFull):
            table.address_of("c.example.org")
        assert table.address_of("a.example.org") == first
        assert table.address_of("api.openai.com") == "198.18.0.10"

    def test_is_full_when_a_slice_is(self):
        many = tuple(EgressHost(f"*.w{i}.com", "wildcard", "", 443, "https") for i in range(32768))
        table = NameTable(EgressPlan(many))
        assert {table.address_of("a.w7.com"), table.address_of("b.w7.com")}.isdisjoint({None})
        with pytest.raises(TableFull):
            table.address_of("c.w7.com")


class TestAnAllowedName:
    @pytest.mark.parametrize("name", ["api.openai.com", "API.OpenAI.com", "aPi.oPeNaI.cOm.", "crm", "nas.home.arpa"])
    def test_has_an_address_in_any_case(self, table, name):
        answer = ask(table, name)
        assert answer.rcode == dnswire.NOERROR
        assert address(answer).startswith("198.18.0.")
        assert answer.denied == ""

    @pytest.mark.parametrize("kind", ["AAAA", "HTTPS", "SVCB", "MX", "TXT", "NS", "SOA", "PTR", "CAA", "TYPE65280"])
    def test_has_nothing_of_another_type(self, table, kind):
        assert ask(table, "api.openai.com", kind) == names.Answer(dnswire.NOERROR)

    def test_has_its_address_when_asked_for_anything(self, table):
        assert address(ask(table, "api.openai.com", "ANY")) == "198.18.0.10"

    def test_fails_on_record_when_no_address_is_left(self):
        answer = ask(NameTable(PLAN, max_wildcard_names=0), "x.example.org")
        assert (answer.rcode, answer.denied) == (dnswire.SERVFAIL, "too_many_names")


class TestAnyOtherName:
    @pytest.mark.parametrize(
        "name",
        [
            "evil.com",
            "api.openai.com.corp",  # a search suffix
            "data-to-carry-out.evil.com",
            "example.org",
            "com",
            ".",
            "a b.example.org",
            "\\046.example.org",
            "-a.example.org",
            "\\000.example.org",
            "8.8.8.8.in-addr.arpa",
            "1.0.0.10.in-addr.arpa",
            "1.0.0.0.ip6.arpa",
        ],
    )
    def test_does_not_exist_and_that_is_on_record(self, table, name):
        answer = ask(table, name)
        assert (answer.rcode, answer.records, answer.denied) == (dnswire.NXDOMAIN, (), "host_not_allowed")
        assert answer.extended is not None
        assert answer.extended[0] == dnswire.EDE_BLOCKED

    @pytest.mark.parametrize(("kind", "cls"), [("AXFR", "IN"), ("IXFR", "IN"), ("TXT", "CH")])
    def test_cannot_be_had_by_another_kind_of_question(self, table, kind, cls):
        assert ask(table, "api.openai.com", kind, cls).rcode == dnswire.REFUSED


class TestReverseLookups:
    @pytest.mark.parametrize(
        ("address", "host"), [("10.0.18.198", b"\3api\6openai\3com\0"), ("1.0.0.127", b"\x09localhost\0")]
    )
    def test_know_the_names_that_were_given_out(self, table, address, host):
        (record,) = ask(table, f"{address}.in-addr.arpa", "PTR").records
        assert (record.type, record.data) == (dnswire.PTR, host)

    def test_of_the_jails_own_address_find_nothing_and_are_nobodys_fault(self, table):
        answer = ask(table, "1.0.18.198.in-addr.arpa", "PTR")
        assert (answer.rcode, answer.denied) == (dnswire.NXDOMAIN, "")

    def test_have_nothing_of_another_type(self, table):
        assert ask(table, "10.0.18.198.in-addr.arpa", "A") == names.Answer(dnswire.NOERROR)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "app.localhost"])
def test_localhost_is_loopback(table, name):
    assert address(ask(table, name)) == "127.0.0.1"
    assert ask(table, name, "AAAA").records[0].data == bytes(15) + b"\1"


@given(
    st.lists(st.binary(min_size=1, max_size=20), max_size=5).map(tuple), st.integers(0, 65535), st.integers(0, 65535)
)
def test_every_question_has_an_answer(labels, kind, cls):
    query = dnswire.Query(1, 0, labels, kind, cls, b"", False, 0)
    assert names.decide(NameTable(PLAN), query).rcode in (0, 2, 3, 5)
