"""The ruleset as text: what a plan compiles to, and what is said when it cannot be loaded."""

from __future__ import annotations

import pytest

from akios_jail.jail.errors import JailError
from akios_jail.jail.nftables import Ports, find_nft, ruleset
from akios_jail.policy.plans import EgressHost, EgressPlan

PORTS = Ports(https=61443, http=61080, tcp=61001, dns=61053)

CLOSED = """\
table inet akios {
	counter denied { }
	counter denied_and_logged { }
	chain to_broker {
		type nat hook output priority -100; policy accept;
		udp dport 53 redirect to :61053
		tcp dport 53 redirect to :61053
	}
	chain output {
		type filter hook output priority 0; policy drop;
		oifname != "lo" goto denied
		ct status dnat accept
		ip daddr 127.0.0.1 meta l4proto { tcp, udp } th dport { 61443, 61080, 61001, 61053 } goto denied
		ip6 daddr ::1 meta l4proto { tcp, udp } th dport { 61443, 61080, 61001, 61053 } goto denied
		ip daddr { 127.0.0.0/8, 198.18.0.1 } accept
		ip6 daddr ::1 accept
		meta l4proto tcp ct state invalid drop
		goto denied
	}
	chain denied {
		counter name denied
		limit rate 100/second burst 200 packets counter name denied_and_logged log group 1 snaplen 128
		meta l4proto tcp reject with tcp reset
		meta l4proto udp reject with icmpx port-unreachable
		reject with icmpx admin-prohibited
	}
	chain input {
		type filter hook input priority 0; policy drop;
		iifname "lo" accept
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
	}
}
"""

OPEN_SETS = """\
	set https4 {
		type ipv4_addr . inet_service
		flags interval
		elements = { 198.18.0.10 . 443, 198.18.0.11 . 443, 198.19.0.0-198.19.255.255 . 443 }
	}
	set tcp4 {
		type ipv4_addr . inet_service
		flags interval
		elements = { 10.0.0.0-10.0.0.255 . 5432 }
	}
	set http6 {
		type ipv6_addr . inet_service
		flags interval
		elements = { 2001:db8::1 . 80 }
	}
"""

OPEN_RULES = """\
		ip daddr . tcp dport @https4 redirect to :61443
		ip daddr . tcp dport @tcp4 redirect to :61001
		ip6 daddr . tcp dport @http6 redirect to :61080
"""


def test_an_empty_plan_leaves_names_and_loopback():
    assert ruleset(EgressPlan(()), PORTS) == CLOSED


def test_a_plan_adds_one_set_and_one_redirection_for_each_handling_and_version_and_nothing_else():
    plan = EgressPlan(
        (
            EgressHost("api.openai.com", "exact", "198.18.0.10", 443, "https"),
            EgressHost("internal-crm.corp", "exact", "198.18.0.11", 443, "https"),
            EgressHost("*.example.org", "wildcard", "", 443, "https"),
            EgressHost("10.0.0.0/24", "cidr", "10.0.0.0/24", 5432, "tcp"),
            EgressHost("2001:db8::1", "ip", "2001:db8::1", 80, "http"),
        )
    )
    expected = CLOSED.replace("\tchain to_broker {\n", OPEN_SETS + "\tchain to_broker {\n")
    expected = expected.replace("\t\tudp dport 53", OPEN_RULES + "\t\tudp dport 53")
    assert ruleset(plan, PORTS) == expected


def test_the_brokers_ports_are_above_those_that_the_kernel_gives_to_clients():
    assert len(set(Ports())) == 4
    assert min(Ports()) > 60999, "net.ipv4.ip_local_port_range of a fresh namespace ends there"


def test_a_missing_nft_is_an_error_that_names_the_package():
    with pytest.raises(JailError) as caught:
        find_nft(("/nowhere/nft",))
    assert "/nowhere/nft" in str(caught.value)
    assert "apt install nftables" in caught.value.remedy


def test_nft_is_found_where_distributions_put_it():
    assert find_nft().endswith("/nft")
