"""What an egress plan opens: one handling for each address and port, and the first entry decides."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy.egress import Destination, destinations, slices, span, spelling, wildcards_above
from akios_jail.policy.plans import EgressHost, EgressPlan


def exact(host: str, address: str, port: int, handling: str) -> EgressHost:
    return EgressHost(host, "exact", address, port, handling)


def wildcard(host: str, port: int, handling: str) -> EgressHost:
    return EgressHost(host, "wildcard", "", port, handling)


def literal(text: str, port: int, handling: str) -> EgressHost:
    return EgressHost(text, "cidr" if "/" in text else "ip", text, port, handling)


def opened(*hosts: EgressHost) -> dict[tuple[str, int], str]:
    """The plan's ranges as text, with their handling."""
    found = {}
    for version, first, last, port, handling in destinations(EgressPlan(hosts)):
        text = spelling(version, first) if first == last else f"{spelling(version, first)}-{spelling(version, last)}"
        found[text, port] = handling
    return found


def handling_of(found: tuple[Destination, ...], address: str, port: int) -> list[str]:
    version, number, _ = span(address)
    return [d.handling for d in found if d.version == version and d.first <= number <= d.last and d.port == port]


class TestNames:
    def test_an_exact_name_opens_its_own_address_at_its_ports(self):
        assert opened(exact("a.com", "198.18.0.10", 443, "https"), exact("a.com", "198.18.0.10", 22, "tcp")) == {
            ("198.18.0.10", 443): "https",
            ("198.18.0.10", 22): "tcp",
        }

    def test_an_exact_name_also_has_the_ports_of_the_wildcards_that_cover_it(self):
        found = opened(exact("api.a.com", "198.18.0.10", 443, "https"), wildcard("*.a.com", 5432, "tcp"))
        assert found["198.18.0.10", 5432] == "tcp"

    def test_the_first_entry_decides_how_a_port_is_handled(self):
        first, second = exact("api.a.com", "198.18.0.10", 443, "https"), wildcard("*.a.com", 443, "tcp")
        assert opened(first, second)["198.18.0.10", 443] == "https"
        assert opened(second, first)["198.18.0.10", 443] == "tcp"

    def test_one_wildcard_has_the_whole_network(self):
        assert opened(wildcard("*.a.com", 443, "https")) == {("198.19.0.0-198.19.255.255", 443): "https"}

    def test_wildcards_with_different_handlings_have_different_addresses(self):
        assert opened(wildcard("*.a.com", 443, "https"), wildcard("*.b.org", 443, "tcp")) == {
            ("198.19.0.0-198.19.127.255", 443): "https",
            ("198.19.128.0-198.19.255.255", 443): "tcp",
        }

    def test_a_wildcard_below_another_has_the_ports_of_both(self):
        found = opened(wildcard("*.a.com", 443, "https"), wildcard("*.b.a.com", 22, "tcp"))
        below, above = "198.19.0.0-198.19.127.255", "198.19.128.0-198.19.255.255"
        assert found == {(below, 443): "https", (below, 22): "tcp", (above, 443): "https"}


class TestLiterals:
    def test_a_network_loses_what_an_earlier_entry_opened(self):
        assert opened(literal("10.0.0.5", 443, "https"), literal("10.0.0.0/29", 443, "tcp")) == {
            ("10.0.0.5", 443): "https",
            ("10.0.0.0-10.0.0.4", 443): "tcp",
            ("10.0.0.6-10.0.0.7", 443): "tcp",
        }

    def test_a_literal_within_an_earlier_network_adds_nothing(self):
        assert opened(literal("10.0.0.0/29", 443, "tcp"), literal("10.0.0.5", 443, "https")) == {
            ("10.0.0.0-10.0.0.7", 443): "tcp"
        }

    def test_networks_that_are_listed_twice_or_overlap_stay_disjoint(self):
        assert opened(literal("::/0", 80, "http"), literal("2001:db8::/32", 80, "http")) == {
            ("::", 80): "http",
            ("::2-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 80): "http",
        }

    def test_all_of_ipv4_is_neither_loopback_nor_synthetic(self):
        found = destinations(EgressPlan((literal("0.0.0.0/0", 443, "tcp"), wildcard("*.a.com", 443, "https"))))
        assert handling_of(found, "8.8.8.8", 443) == ["tcp"]
        assert handling_of(found, "127.0.0.1", 443) == []
        assert handling_of(found, "198.18.0.10", 443) == []
        assert handling_of(found, "198.19.0.10", 443) == ["https"]


NAMES = ["a.com", "b.a.com", "c.b.a.com", "d.org"]
names = st.sampled_from(NAMES)
ports = st.sampled_from([80, 443])
handlings = st.sampled_from(["https", "http", "tcp"])
networks = st.builds(
    lambda number, length: str(ipaddress.ip_network((number, length), strict=False)),
    st.integers(0, 2**32 - 1).map(lambda n: n & 0x0A0000FF | 0x0A000000),
    st.integers(8, 32),
)
hosts = st.one_of(
    st.builds(lambda n, p, h: exact(n, f"198.18.0.{NAMES.index(n)}", p, h), names, ports, handlings),
    st.builds(lambda n, p, h: wildcard(f"*.{n}", p, h), names, ports, handlings),
    st.builds(literal, networks, ports, handlings),
)


@given(st.lists(hosts, max_size=12).map(tuple))
def test_no_address_and_port_ever_has_two_handlings(plan):
    found = destinations(EgressPlan(plan))
    ordered = sorted((d.version, d.port, d.first, d.last) for d in found)
    for (version, port, _, last), (next_version, next_port, first, _) in itertools.pairwise(ordered):
        assert (version, port) != (next_version, next_port) or last < first


@given(st.lists(hosts, max_size=12).map(tuple), st.integers(0x0A000000, 0x0A0000FF), ports)
def test_the_first_literal_that_holds_an_address_decides(plan, number, port):
    address = ipaddress.IPv4Address(number)
    expected = [
        h.handling
        for h in plan
        if h.kind in ("ip", "cidr") and h.port == port and address in ipaddress.ip_network(h.host)
    ]
    assert handling_of(destinations(EgressPlan(plan)), str(address), port) == expected[:1]


class TestSlices:
    def test_the_most_specific_wildcard_comes_first(self):
        plan = EgressPlan((wildcard("*.com", 443, "https"), wildcard("*.b.com", 443, "https")))
        assert [part.pattern for part in slices(plan)] == ["*.b.com", "*.com"]

    @pytest.mark.parametrize("count", [1, 2, 3, 5, 256])
    def test_they_are_disjoint_and_within_the_network(self, count):
        parts = slices(EgressPlan(tuple(wildcard(f"*.w{i}.com", 443, "https") for i in range(count))))
        assert len(parts) == count
        edges = [edge for part in parts for edge in (part.first, part.last)]
        assert edges == sorted(edges)
        assert edges[0] == span("198.19.0.0")[1]
        assert edges[-1] <= span("198.19.255.255")[1]

    def test_more_wildcards_than_addresses_are_refused(self):
        with pytest.raises(ValueError, match="65536"):
            slices(EgressPlan(tuple(wildcard(f"*.w{i}.com", 443, "https") for i in range(65537))))


def test_wildcards_above_a_name_never_include_the_name_itself():
    assert wildcards_above("a.b.c") == ["*.b.c", "*.c"]
    assert wildcards_above("c") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.2.3", (4, 0x0A010203, 0x0A010203)),
        ("10.1.2.3/8", (4, 0x0A000000, 0x0AFFFFFF)),
        ("0.0.0.0/0", (4, 0, 2**32 - 1)),
        ("::1", (6, 1, 1)),
        ("::/0", (6, 0, 2**128 - 1)),
    ],
)
def test_a_span_is_the_first_and_the_last_address(text, expected):
    assert span(text) == expected


@pytest.mark.parametrize("text", ["", "a.com", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "::1/129", "1.2.3.4/", "0x7f.1"])
def test_anything_else_has_no_span(text):
    with pytest.raises(ValueError):
        span(text)
